package store

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// change is what a commit does to a record.
type change struct {
	// edit changes one drive's journal. It is called once for each drive that can take part.
	edit func(slot int, j *xlmeta.Journal) error
	// first are the edits that have to happen before the record stands, such as moving staged data into place.
	first func(slot int) []drive.Edit
	// last are the edits that happen after the record stands.
	last func(slot int) []drive.Edit
	// skip leaves a drive out: it has not got the data. It is caught up later.
	skip func(slot int) bool
	// replaced are the data directories nothing names any more once the change stands.
	replaced []xlmeta.DataDir
	// overwrites tells that an acknowledged version goes away in favour of a new one.
	overwrites bool
	need       int // how many drives must have it
	read       int // how many must have it for it to be readable
}

// backupName is the file in the data directory of a version about to be replaced that keeps the old record until the new
// one has its quorum. The name is MinIO's.
const backupName = "xl.meta.bkp"

// commit edits every drive's journal and commits the result. It takes over the lease and releases it when the last drive
// has answered. It returns when enough drives have the change or it is certain that they never will.
//
// What a cut in the middle leaves: some drives have the new record and some the old. If so few have the new one that it
// cannot be read, the old one must still be readable. Where half of the drives are enough to read, that holds by itself:
// either the new ones or the old ones suffice. Where more are needed (12+4: seven new and nine old records serve nobody),
// the old record is first copied aside, and its data stays until the quorum is reached; see rollBack.
func (s *Store) commit(ctx context.Context, lease *lock.Lease, rec *record, c change) error {
	at := rec.at
	n := at.set.Size()
	careful := c.overwrites && 2*c.read > n+1
	doomed := s.pins.doom(at, c.replaced)
	commits := make([]*drive.Commit, n)
	stamp := lease.Stamp()
	for slot := range commits {
		edits, err := s.edits(rec, slot, c, careful, doomed)
		if err != nil {
			s.settle(at, doomed)
			lease.Release()
			return err
		}
		if edits != nil {
			commits[slot] = &drive.Commit{Stamp: stamp, Record: at.path(), Edits: edits}
		}
	}
	return s.send(ctx, lease, at, c.need, commits, func(got int) {
		if careful && got >= c.need {
			s.dropAll(at, lease, doomed)
		}
		s.settle(at, doomed)
		if got < n {
			s.missed.note(at)
		}
	})
}

// send commits to the drives under a lease that it releases when the last one has answered; before that it tells done how
// many have the change.
func (s *Store) send(ctx context.Context, lease *lock.Lease, at spot, need int, commits []*drive.Commit, done func(got int)) error {
	s.background.Add(1)
	s.flying.begin(at.bucket)
	err := at.set.Commit(ctx, need, commits, func(errs []error) {
		defer s.background.Done()
		got := 0
		for slot, err := range errs {
			if commits[slot] != nil && err == nil {
				got++
			}
		}
		done(got)
		lease.Release()
		s.flying.end(at.bucket)
	})
	if err != nil {
		return at.writable("commit", err)
	}
	return nil
}

// apply commits edits that are no change of a record. It takes over the lease. A drive without edits is left out.
func (s *Store) apply(ctx context.Context, lease *lock.Lease, at spot, need int, edits func(slot int) []drive.Edit) error {
	commits := make([]*drive.Commit, at.set.Size())
	stamp := lease.Stamp()
	for slot := range commits {
		if e := edits(slot); e != nil {
			commits[slot] = &drive.Commit{Stamp: stamp, Record: at.path(), Edits: e}
		}
	}
	return s.send(ctx, lease, at, need, commits, func(int) {})
}

// edits lists what one drive has to do; nil leaves it out.
func (s *Store) edits(rec *record, slot int, c change, careful bool, doomed []fate) ([]drive.Edit, error) {
	at, a := rec.at, rec.answers[slot]
	if a.journal == nil && a.unknown() && !errors.Is(a.err, drive.ErrCorrupt) && !errors.Is(a.err, xlmeta.ErrCorrupt) {
		return nil, nil
	}
	if c.skip != nil && c.skip(slot) {
		return nil, nil
	}
	j := new(xlmeta.Journal)
	var edits []drive.Edit
	if a.journal != nil {
		*j = *a.journal
		if careful {
			edits = append(edits, drive.Write(at.path().Join(uuid.NewString(), backupName), a.journal.Append(nil)))
		}
	}
	if c.first != nil {
		edits = append(edits, c.first(slot)...)
	}
	if err := c.edit(slot, j); err != nil {
		return nil, at.fault("edit record", 0, err)
	}
	if j.Len() == 0 {
		edits = append(edits, drive.Remove(at.record()))
	} else {
		edits = append(edits, drive.Write(at.record(), j.Append(nil)))
	}
	if !careful {
		for _, f := range doomed {
			edits = append(edits, f.edit(at, a.journal))
		}
	}
	if c.last != nil {
		edits = append(edits, c.last(slot)...)
	}
	return edits, nil
}

// edit removes a replaced data directory from one drive, or moves it to its readers. A drive whose journal does not name the
// directory may not have it.
func (f fate) edit(at spot, j *xlmeta.Journal) drive.Edit {
	path := at.path().Join(f.dir.String())
	if f.to != "" && j != nil {
		if n, err := j.Sharers(f.dir.String()); err == nil && n > 0 {
			return drive.Move(path, f.to)
		}
	}
	return drive.Remove(path)
}

// dropAll does away with data directories and backups that nothing names any more, on all drives. A cut before or while it
// runs leaves garbage, never a loss. The lease's holder calls it.
func (s *Store) dropAll(at spot, lease *lock.Lease, fates []fate) {
	stamp := lease.Stamp()
	at.set.Each(s.running, func(ctx context.Context, _ int, d drive.Drive) error {
		var errs []error
		for _, f := range fates {
			path := at.path().Join(f.dir.String())
			if f.to != "" {
				errs = append(errs, d.Commit(ctx, &drive.Commit{Stamp: stamp, Record: path, Edits: []drive.Edit{drive.Move(path, f.to)}}))
			} else {
				errs = append(errs, d.Discard(ctx, path))
			}
		}
		for _, dir := range backups(ctx, d, at) {
			errs = append(errs, d.Discard(ctx, dir))
		}
		return errors.Join(errs...)
	})
}

// backups lists the directories of a record that hold nothing but a backup.
func backups(ctx context.Context, d drive.Drive, at spot) []drive.Path {
	names, err := d.List(ctx, at.path(), "", 0)
	if err != nil {
		return nil
	}
	var found []drive.Path
	for _, e := range names {
		dir := at.path().Join(e.Name)
		if !e.Dir || uuid.Validate(e.Name) != nil {
			continue
		}
		if inside, err := d.List(ctx, dir, "", 2); err == nil && len(inside) == 1 && inside[0].Name == backupName {
			found = append(found, dir)
		}
	}
	return found
}

// rollBack puts the replaced record back on drives where an overwrite arrived that was cut off before it could be read. It
// tells whether it changed anything. The lease's holder calls it.
func (s *Store) rollBack(ctx context.Context, rec *record, lease *lock.Lease) (undone bool) {
	at, lost := rec.at, rec.versions[0]
	stamp := lease.Stamp()
	errs := at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
		if lost.slots&(1<<slot) == 0 {
			return drive.ErrNotFound
		}
		for _, dir := range backups(ctx, d, at) {
			return d.Commit(ctx, &drive.Commit{Stamp: stamp, Record: at.path(), Edits: []drive.Edit{
				drive.Move(dir.Join(backupName), at.record()),
				drive.Remove(dir),
			}})
		}
		return drive.ErrNotFound
	})
	back := succeeded(errs)
	if back > 0 {
		s.log.Warn("put back a version whose overwrite was cut off", "bucket", at.bucket, "key", at.name,
			"drives", back, "of", popcount(lost.slots))
	}
	return back > 0
}
