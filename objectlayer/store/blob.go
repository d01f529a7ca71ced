package store

import (
	"context"
	"io"
	"strconv"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// blob is a version's bytes on their way: in memory, framed for each drive, or staged on the drives.
type blob struct {
	inline [][]byte   // by slot; nil when staged
	staged drive.Path // a data directory, or the file of a part; empty when inline
	errs   []error    // by slot: why the drive has not got it
}

// missing tells whether a drive has not got the bytes.
func (b *blob) missing(slot int) bool { return b.errs != nil && b.errs[slot] != nil }

// stage puts a stream on the drives and makes it durable on enough of them: as a file of that name in a directory of its
// own, or without a name as a file of its own. It returns how many bytes there were.
func (s *Store) stage(ctx context.Context, at spot, g erasure.Geometry, file string, size int64, out io.Reader) (blob, int64, error) {
	b := blob{staged: stagingPath()}
	path := b.staged
	if file != "" {
		path = path.Join(file)
	}
	w, err := at.set.NewWriter(ctx, g, path, size)
	if err != nil {
		return blob{}, 0, at.writable("stage", err)
	}
	stored, err := w.ReadFrom(out)
	if err == nil {
		b.errs, err = w.Close()
	}
	if err != nil {
		w.Abort()
		s.drop(at, b)
		return blob{}, 0, at.writable("stage", err)
	}
	return b, stored, nil
}

// drop forgets bytes that will not be used, without waiting for slow drives.
func (s *Store) drop(at spot, b blob) {
	if b.staged != "" {
		s.background.Go(func() { s.clear(at, []drive.Path{b.staged}, nil) })
	}
}

// leftovers are what has to be dropped from drives that do not take the blob into use.
func (b *blob) leftovers() []drive.Path {
	if b.staged == "" {
		return nil
	}
	return []drive.Path{b.staged}
}

// stagingPath is a new place for bytes on their way.
func stagingPath() drive.Path { return drive.Staging.Join(uuid.NewString()) }

// partFile is the name of a part's file in its data directory.
func partFile(number int) string { return "part." + strconv.Itoa(number) }
