package store

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// pins keeps data directories in place while somebody reads from them: who has begun to read a version finishes on it,
// whatever is written to the key meanwhile.
//
// A writer dooms the directories its change replaces before it commits. Those nobody reads go with the commit, on each drive
// in one step with the record; those that are being read go after it, with their last reader. If the change does not come
// about they all stay.
//
// A reader looks at the record first and pins the directory after, so it might pin what is on its way out. Therefore
// it notes the key's count of doomings and settlings before it looks: if that has not changed and the directory is not doomed,
// what it saw still holds. Otherwise it looks again under the key's lock, where nothing is doomed.
type pins struct {
	seed   maphash.Seed
	counts [256]atomic.Uint64 // of doomings and settlings, by hash of the record's name

	mu   sync.Mutex
	dirs map[drive.Path]*pin
}

type pin struct {
	readers int
	doomed  bool // a change is under way that replaces it
	orphan  bool // was replaced: its last reader drops it
}

func newPins() pins {
	return pins{seed: maphash.MakeSeed(), dirs: make(map[drive.Path]*pin)}
}

func (p *pins) count(at spot) *atomic.Uint64 {
	return &p.counts[maphash.String(p.seed, at.lockName())%uint64(len(p.counts))]
}

// before returns what take wants to know: the state of things before the record was looked at.
func (p *pins) before(at spot) uint64 { return p.count(at).Load() }

// take pins a directory for reading; false when it may be going away.
func (p *pins) take(at spot, dir xlmeta.DataDir, before uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := at.path().Join(dir.String())
	d := p.dirs[path]
	if p.count(at).Load() != before || d != nil && d.doomed {
		return false
	}
	if d == nil {
		d = new(pin)
		p.dirs[path] = d
	}
	d.readers++
	return true
}

// give ends a reader's pin. It tells whether the directory is to be dropped now.
func (p *pins) give(at spot, dir xlmeta.DataDir) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := at.path().Join(dir.String())
	d := p.dirs[path]
	d.readers--
	if d.readers > 0 || d.doomed {
		return false
	}
	delete(p.dirs, path)
	return d.orphan
}

// retiring are the directories a change replaces.
type retiring struct {
	now   []xlmeta.DataDir // go with the commit
	later []xlmeta.DataDir // go after it
}

// postpone keeps all directories until the change stands.
func (r *retiring) postpone() { r.now, r.later = nil, append(r.later, r.now...) }

// doom announces that a change will replace directories. The holder of the record's lock calls it, and settle once the
// outcome is known.
func (p *pins) doom(at spot, dirs []xlmeta.DataDir) *retiring {
	r := new(retiring)
	if len(dirs) == 0 {
		return r
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(at).Add(1)
	for _, dir := range dirs {
		path := at.path().Join(dir.String())
		d := p.dirs[path]
		if d == nil {
			d = new(pin)
			p.dirs[path] = d
		}
		d.doomed = true
		if d.readers > 0 {
			r.later = append(r.later, dir)
		} else {
			r.now = append(r.now, dir)
		}
	}
	return r
}

// settle ends what doom began; stands tells whether the change came about. It returns the directories the caller has to drop.
func (p *pins) settle(at spot, r *retiring, stands bool) (garbage []drive.Path) {
	if len(r.now)+len(r.later) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(at).Add(1)
	for _, dir := range r.now {
		delete(p.dirs, at.path().Join(dir.String()))
	}
	for _, dir := range r.later {
		path := at.path().Join(dir.String())
		d := p.dirs[path]
		d.doomed, d.orphan = false, d.orphan || stands
		if d.readers > 0 {
			continue
		}
		delete(p.dirs, path)
		if d.orphan {
			garbage = append(garbage, path)
		}
	}
	return garbage
}
