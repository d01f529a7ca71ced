package store

import (
	"context"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// change is what a commit does to a record.
type change struct {
	// edit changes one drive's journal. It is called once for each drive that can take part.
	edit func(slot int, j *xlmeta.Journal) error
	// first are the edits that have to happen before the record stands, such as moving staged data into place. In a careful
	// commit backup is the directory for whatever they would destroy (see undo.go), otherwise it is empty.
	first func(slot int, backup drive.Path) []drive.Edit
	// skip leaves a drive out: it has not got the data. It is caught up later.
	skip func(slot int) bool
	// replaced are the data directories nothing names any more once the change stands.
	replaced []xlmeta.DataDir
	// removes are the versions that go for good.
	removes []xlmeta.VersionID
	// makes is the version that appears, the zero Header when none does; stakes is what is lost if neither it nor what it
	// takes the place of can be read afterwards.
	makes  xlmeta.Header
	stakes []stake
	staged []drive.Path // dropped from drives that did not take the change
	spent  []drive.Path // dropped from all drives once it stands
	all    bool         // every drive that is there must take it
	need   int          // how many drives must have it
	read   int          // how many must have it for it to be readable
}

// stake is something a commit takes away from each drive it reaches.
type stake struct {
	copies int // drives that have it
	read   int // drives that must keep it for it to be readable
}

// careful tells whether a cut in the middle could leave too few copies of both old and new: too few of the new to read it,
// at most read-1, and too few of the old among the rest.
func (c *change) careful() bool {
	for _, s := range c.stakes {
		if s.copies-(c.read-1) < s.read {
			return true
		}
	}
	return false
}

// commit edits every drive's journal and commits the result. It takes over the lease and releases it when the last drive
// has answered. It returns when enough drives have the change or it is certain that they never will.
func (s *Store) commit(ctx context.Context, lease *lock.Lease, rec *record, c change) error {
	at := rec.at
	var backup drive.Path
	if c.careful() {
		backup = at.backup(c.makes)
	}
	retiring := s.pins.doom(at, c.replaced, backup != "")
	commits := make([]*drive.Commit, at.set.Size())
	stamp := lease.Stamp()
	given, refused := 0, error(nil)
	for slot := range commits {
		edits, err := rec.edits(slot, &c, backup, retiring)
		switch {
		case err != nil:
			refused = err
		case edits != nil:
			given++
			commits[slot] = &drive.Commit{Stamp: stamp, Record: at.path(), Edits: edits}
		}
	}
	if c.all {
		c.need = max(c.need, given)
	}
	if refused != nil && given < c.need {
		garbage := s.pins.settle(at, retiring, false)
		lease.Release()
		s.clear(at, append(garbage, c.staged...), nil)
		return at.fault("edit record", objectlayer.KindInternal, refused)
	}
	uneven := rec.uneven()
	return s.send(ctx, lease, at, c.need, commits, func(took slots) func() {
		stands := took.count() >= c.need
		garbage := s.pins.settle(at, retiring, stands)
		if stands {
			garbage = append(garbage, c.spent...)
		}
		if stands && backup != "" {
			garbage = append(garbage, backup)
		}
		switch missed := took.count() < len(commits); {
		case missed && stands && len(c.removes) > 0:
			s.missed.removed(at, c.removes)
		case missed || uneven:
			s.missed.note(at)
		}
		return func() {
			s.clear(at, garbage, nil)
			s.clear(at, c.staged, took.has)
		}
	})
}

// send commits to the drives under a lease that it takes over. When the last drive has answered it tells done which of them
// took the commit, releases the lease, and calls what done returned. Both may be nil.
func (s *Store) send(ctx context.Context, lease *lock.Lease, at spot, need int, commits []*drive.Commit, done func(took slots) (after func())) error {
	s.background.Add(1)
	s.flying.begin(at.bucket)
	err := at.set.Commit(ctx, need, commits, func(errs []error) {
		defer s.background.Done()
		defer s.flying.end(at.bucket)
		var took slots
		for slot, c := range commits {
			if c != nil && errs[slot] == nil {
				took |= 1 << slot
			}
		}
		var after func()
		if done != nil {
			after = done(took)
		}
		lease.Release()
		if after != nil {
			after()
		}
	})
	if err != nil {
		return at.writable("commit", err)
	}
	return nil
}

// apply commits edits that are no change of a record, as send does. A drive without edits is left out.
func (s *Store) apply(ctx context.Context, lease *lock.Lease, at spot, need int, edits func(slot int) []drive.Edit, done func(took slots) (after func())) error {
	commits := make([]*drive.Commit, at.set.Size())
	stamp := lease.Stamp()
	for slot := range commits {
		if e := edits(slot); e != nil {
			commits[slot] = &drive.Commit{Stamp: stamp, Record: at.path(), Edits: e}
		}
	}
	return s.send(ctx, lease, at, need, commits, done)
}

// edits lists what one drive has to do for a change; nil leaves it out. A copy that is rotten is replaced.
func (r *record) edits(slot int, c *change, backup drive.Path, gone retiring) ([]drive.Edit, error) {
	at, a := r.at, r.answers[slot]
	if a.away() || c.skip != nil && c.skip(slot) {
		return nil, nil
	}
	j := new(xlmeta.Journal)
	var edits []drive.Edit
	if a.journal != nil {
		*j = *a.journal
		if backup != "" {
			edits = append(edits, drive.Write(backup.Join(backupName), a.journal.Append(nil)))
		}
	}
	if c.first != nil {
		edits = append(edits, c.first(slot, backup)...)
	}
	if err := c.edit(slot, j); err != nil {
		return nil, err
	}
	edits = append(edits, recordEdit(at, j))
	return append(edits, gone.edits(at, a.journal)...), nil
}

// recordEdit makes a journal the record; without versions there is none.
func recordEdit(at spot, j *xlmeta.Journal) drive.Edit {
	if j.Len() == 0 {
		return drive.Remove(at.record())
	}
	return drive.Write(at.record(), j.Append(nil))
}

// clear drops what nothing names any more from all drives but those that keep says. What cannot be dropped is garbage, never
// a loss: the next start of the drive or the next healing of the record finds it.
func (s *Store) clear(at spot, paths []drive.Path, keep func(slot int) bool) {
	if len(paths) == 0 {
		return
	}
	at.set.Each(context.WithoutCancel(s.running), func(ctx context.Context, slot int, d drive.Drive) error {
		if keep != nil && keep(slot) {
			return nil
		}
		for _, p := range paths {
			_ = d.Discard(ctx, p)
		}
		return nil
	})
}
