package store

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// pins keeps data directories while somebody reads from them: who has begun to read a version finishes on it, whatever is
// written to the key meanwhile.
//
// A writer dooms the directories its change replaces before it commits. Those nobody reads go with the commit, on each drive
// in one step with the record. Those that are read are moved out of the bucket instead, so that the bucket can be deleted
// too; their readers look for them there and the last one drops them. A careful commit, which may be taken back, leaves all
// of them where they are until it stands.
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
	doomed  bool       // a change is under way that replaces it
	moved   drive.Path // where drives have it that took such a change
	orphan  bool       // was replaced where it is: its last reader drops it
}

func (p *pins) init() {
	p.seed, p.dirs = maphash.MakeSeed(), make(map[drive.Path]*pin)
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
	d := p.pin(at.data(dir))
	if d.doomed || p.count(at).Load() != before {
		p.forget(at.data(dir))
		return false
	}
	d.readers++
	return true
}

// where is the place a pinned directory may have been moved to; empty when it was not.
func (p *pins) where(at spot, dir xlmeta.DataDir) drive.Path {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.dirs[at.data(dir)]; d != nil {
		return d.moved
	}
	return ""
}

// give ends a reader's pin. It returns what is to be dropped now.
func (p *pins) give(at spot, dir xlmeta.DataDir) []drive.Path {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := at.data(dir)
	p.dirs[path].readers--
	return p.forget(path)
}

// pin returns what is known of a directory. The mutex is held.
func (p *pins) pin(path drive.Path) *pin {
	d := p.dirs[path]
	if d == nil {
		d = new(pin)
		p.dirs[path] = d
	}
	return d
}

// forget removes what nobody has an interest in any more, and returns what is to be dropped with it. The mutex is held.
func (p *pins) forget(path drive.Path) (garbage []drive.Path) {
	d := p.dirs[path]
	if d.readers > 0 || d.doomed {
		return nil
	}
	delete(p.dirs, path)
	if d.moved != "" {
		garbage = append(garbage, d.moved)
	}
	if d.orphan {
		garbage = append(garbage, path)
	}
	return garbage
}

// readingDir is where directories go that are replaced while they are read. It is emptied when the store is opened.
const readingDir drive.Path = drive.System + "/holdfast/reading"

// retiring are the directories a change replaces: each is removed, moved or left with the commit.
type retiring []farewell

type farewell struct {
	dir  xlmeta.DataDir
	move drive.Path // where its readers will find it; empty when it has none
	stay bool       // until the change stands
}

// doom announces that a change will replace directories. The holder of the record's lock calls it, and settle once the
// outcome is known. With stay they all stay until then.
func (p *pins) doom(at spot, dirs []xlmeta.DataDir, stay bool) retiring {
	if len(dirs) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(at).Add(1)
	r := make(retiring, len(dirs))
	for i, dir := range dirs {
		d := p.pin(at.data(dir))
		d.doomed = true
		if d.readers > 0 && !stay && d.moved == "" {
			d.moved = readingDir.Join(uuid.NewString())
		}
		r[i] = farewell{dir: dir, move: d.moved, stay: stay}
	}
	return r
}

// settle ends what doom began; stands tells whether the change came about. It returns what the caller has to drop.
func (p *pins) settle(at spot, r retiring, stands bool) (garbage []drive.Path) {
	if len(r) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(at).Add(1)
	for _, f := range r {
		d := p.dirs[at.data(f.dir)]
		d.doomed = false
		d.orphan = d.orphan || f.stay && stands
		garbage = append(garbage, p.forget(at.data(f.dir))...)
	}
	return garbage
}

// edits are what a commit does about the directories on one drive. A drive whose journal does not name a directory may not
// have it.
func (r retiring) edits(at spot, j *xlmeta.Journal) []drive.Edit {
	var edits []drive.Edit
	for _, f := range r {
		switch {
		case f.stay:
		case f.move != "" && j != nil && names(j, f.dir):
			edits = append(edits, drive.Move(at.data(f.dir), f.move))
		default:
			edits = append(edits, drive.Remove(at.data(f.dir)))
		}
	}
	return edits
}

func names(j *xlmeta.Journal, dir xlmeta.DataDir) bool {
	sharers, err := j.Sharers(dir.String())
	return err == nil && sharers > 0
}

// data is a data directory of the record.
func (at spot) data(dir xlmeta.DataDir) drive.Path { return at.path().Join(dir.String()) }
