package store

import (
	"sync"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// pins keeps data directories while somebody reads from them: who has begun to read a version finishes on it, whatever is
// written to the key meanwhile.
//
// A reader pins the directory after it has picked the version. A writer dooms the directories it is about to replace. One
// that is pinned is not removed but moved out of the bucket, so that the bucket can be deleted too; its readers look for it
// there, and the last of them drops it. A reader that comes too late, after the doom, looks up the key again.
type pins struct {
	mu   sync.Mutex
	dirs map[drive.Path]*pin
}

type pin struct {
	readers int
	doomed  bool       // a writer is removing it, or has
	moved   drive.Path // where it is moved instead, because it had readers; they may come to their end before the move
	settled bool       // the move is over
}

// fate is what becomes of a data directory that is replaced: it is removed, or moved where its readers find it.
type fate struct {
	dir xlmeta.DataDir
	to  drive.Path // empty: removed
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

// where is the place a pinned directory was moved to; empty while it is where it was.
func (p *pins) where(at spot, dir xlmeta.DataDir) drive.Path {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.dirs[at.path().Join(dir.String())]; d != nil {
		return d.moved
	}
	return ""
}

// unpin ends a reader's pin.
func (s *Store) unpin(at spot, dir xlmeta.DataDir) {
	p := &s.pins
	path := at.path().Join(dir.String())
	p.mu.Lock()
	d := p.dirs[path]
	d.readers--
	over := d.readers == 0 && (!d.doomed || d.settled)
	if over {
		delete(p.dirs, path)
	}
	p.mu.Unlock()
	if over && d.moved != "" {
		at.discard(s.running, d.moved)
	}
}

// doom claims directories for removal and decides the fate of each.
func (p *pins) doom(at spot, dirs []xlmeta.DataDir) []fate {
	if len(dirs) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirs == nil {
		p.dirs = make(map[drive.Path]*pin)
	}
	fates := make([]fate, len(dirs))
	for i, dir := range dirs {
		fates[i].dir = dir
		path := at.path().Join(dir.String())
		d := p.dirs[path]
		if d == nil {
			p.dirs[path] = &pin{doomed: true}
			continue
		}
		d.doomed = true
		d.moved = drive.Staging.Join(uuid.NewString())
		fates[i].to = d.moved
	}
	return fates
}

// settle ends a writer's claim, once every drive has answered.
func (s *Store) settle(at spot, fates []fate) {
	p := &s.pins
	for _, f := range fates {
		path := at.path().Join(f.dir.String())
		p.mu.Lock()
		d := p.dirs[path]
		d.settled = true
		over := d.readers == 0
		if over {
			delete(p.dirs, path)
		}
		p.mu.Unlock()
		if over && d.moved != "" {
			at.discard(s.running, d.moved)
		}
	}
}
