package store

import (
	"sync"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// pins keeps data directories in place while somebody reads from them: who has begun to read a version finishes on it,
// whatever is written to the key meanwhile.
//
// A reader pins the directory after it has picked the version. A writer dooms the directories it is about to replace; one
// that is pinned stays and is dropped by its last reader. A reader that comes too late, after the doom, is told to look up
// the key again.
type pins struct {
	mu   sync.Mutex
	dirs map[drive.Path]*pin
}

type pin struct {
	readers int
	doomed  bool // a writer is removing it
	orphan  bool // replaced while pinned: the last reader drops it
}

// take pins a directory for reading; false when it is going away.
func (p *pins) take(at spot, dir xlmeta.DataDir) bool {
	path := at.path().Join(dir.String())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirs == nil {
		p.dirs = make(map[drive.Path]*pin)
	}
	d := p.dirs[path]
	switch {
	case d == nil:
		p.dirs[path] = &pin{readers: 1}
	case d.doomed:
		return false
	default:
		d.readers++
	}
	return true
}

// give ends a reader's pin.
func (s *Store) unpin(at spot, dir xlmeta.DataDir) {
	path := at.path().Join(dir.String())
	p := &s.pins
	p.mu.Lock()
	d := p.dirs[path]
	d.readers--
	last := d.readers == 0
	if last {
		delete(p.dirs, path)
	}
	p.mu.Unlock()
	if last && d.orphan {
		at.discard(s.running, path)
	}
}

// doom claims directories for removal and returns those that may be removed now.
func (p *pins) doom(at spot, dirs []xlmeta.DataDir) []xlmeta.DataDir {
	if len(dirs) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirs == nil {
		p.dirs = make(map[drive.Path]*pin)
	}
	var free []xlmeta.DataDir
	for _, dir := range dirs {
		path := at.path().Join(dir.String())
		if d := p.dirs[path]; d != nil {
			d.orphan = true
			continue
		}
		p.dirs[path] = &pin{doomed: true}
		free = append(free, dir)
	}
	return free
}

// settle forgets doomed directories once their removal is over.
func (p *pins) settle(at spot, dirs []xlmeta.DataDir) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, dir := range dirs {
		delete(p.dirs, at.path().Join(dir.String()))
	}
}
