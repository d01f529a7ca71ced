package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Careful commits
//
// A commit that takes something away may be cut off when some drives have it and some have not. Where half of the drives are
// enough to read, one side always has enough. Where more are needed (with 12+4, seven new and nine old records serve
// nobody) the commit is careful: each drive keeps aside whatever the change takes away from it, in a directory that belongs
// to the new version, until that version has its quorum. Who then finds the new version abandoned, under the key's lock,
// undoes it on every drive that has it. Since it was never readable nobody can have seen it.
//
// A backup directory holds, each if there was one: the record as xl.meta.bkp, the name MinIO gives it; of a completed upload
// the upload's record and the notes of its parts, under their own names but for the record's. Its name looks like that of
// a data directory no version names, which is how MinIO takes it.

const (
	backupName   = "xl.meta.bkp"
	backupUpload = "upload.meta"
)

// backup is where drives keep what a version takes away.
func (at spot) backup(h xlmeta.Header) drive.Path {
	b := append([]byte("holdfast backup"), h.ID[:]...)
	b = binary.BigEndian.AppendUint64(append(b, byte(h.Type)), uint64(h.ModTime))
	sum := sha256.Sum256(b)
	return at.data(xlmeta.DataDir(sum[:16]))
}

// undo takes an abandoned version back on the drives that have it and kept a backup. It tells whether it changed anything.
func (s *Store) undo(ctx context.Context, rec *record, lease *lock.Lease) bool {
	lost := rec.versions[0]
	stamp := lease.Stamp()
	errs := rec.at.set.Each(context.WithoutCancel(ctx), func(ctx context.Context, slot int, d drive.Drive) error {
		if !lost.slots.has(slot) {
			return drive.ErrNotFound
		}
		edits, err := rec.undoEdits(ctx, slot, d, lost)
		if err != nil {
			return err
		}
		return d.Commit(ctx, &drive.Commit{Stamp: stamp, Record: rec.at.path(), Edits: edits})
	})
	back := succeeded(errs)
	if back > 0 {
		s.log.Warn("took back a write that was cut off", "bucket", rec.at.bucket, "key", rec.at.name, "drives", back)
	}
	return back > 0
}

// undoEdits lists what brings one drive back to where it was before a version. drive.ErrNotFound when it has no backup.
func (r *record) undoEdits(ctx context.Context, slot int, d drive.Drive, lost standing) ([]drive.Edit, error) {
	backup := r.at.backup(lost.Header)
	names, err := d.List(ctx, backup, "", 0)
	if err != nil {
		return nil, err
	}
	kept := make(map[string]bool, len(names))
	for _, e := range names {
		kept[e.Name] = true
	}
	entry, ok := r.copyOf(lost, slot)
	if !ok {
		return nil, drive.ErrNotFound
	}
	var edits []drive.Edit
	old := new(xlmeta.Journal)
	if kept[backupName] {
		if a := ask(ctx, d, backup.Join(backupName)); a.err == nil {
			old = a.journal
		} else {
			return nil, a.err
		}
		edits = append(edits, drive.Move(backup.Join(backupName), r.at.record()))
	} else {
		edits = append(edits, drive.Remove(r.at.record()))
	}
	edits, err = r.undoData(edits, entry, old, names)
	return append(edits, drive.Remove(backup)), err
}

// undoData appends the edits that undo what became of a version's data directory.
func (r *record) undoData(edits []drive.Edit, entry xlmeta.Version, old *xlmeta.Journal, kept []drive.DirEntry) ([]drive.Edit, error) {
	dir, err := entry.Dir()
	if err != nil || dir == "" {
		return edits, err
	}
	if sharers, err := old.Sharers(dir); err != nil || sharers > 0 {
		return edits, err // a version of other metadata
	}
	path := r.at.path().Join(dir)
	o, err := entry.Object()
	if err != nil {
		return nil, err
	}
	name, ok := o.MetaSys[keyUpload]
	if !ok {
		return append(edits, drive.Remove(path)), nil
	}
	backup, upload := r.at.backup(entry.Header), uploadSpot(r.at, string(name))
	if strings.Contains(string(name), "/") || !upload.path().Valid() {
		return nil, errors.New("store: name of an upload is no path")
	}
	for _, e := range kept {
		if strings.HasPrefix(e.Name, "part.") {
			edits = append(edits, drive.Move(backup.Join(e.Name), path.Join(e.Name)))
		}
		if e.Name == backupUpload {
			edits = append(edits, drive.Move(backup.Join(e.Name), upload.record()))
		}
	}
	return append(edits, drive.Move(path, upload.path().Join(dir))), nil
}
