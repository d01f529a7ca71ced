package erasure

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// errSought is said of the shards that are to be rebuilt.
var errSought = errors.New("erasure: shard is to be rebuilt")

// Rebuild writes the shards of the missing slots, computed from the others, whose shards open opens. Each is written in order, in
// pieces; all are written to from one goroutine. Memory is bounded as for a Reader. It ends with the first error: that of a writer, a
// *QuorumError when fewer than Data shards of a block are sound, ErrGeometry or the context's.
func (s *Set) Rebuild(ctx context.Context, g Geometry, size int64, open Shards, missing map[int]io.Writer) error {
	r, err := s.NewReader(ctx, g, size, open, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	all := r.Range(0, size)
	for slot := range missing {
		if slot < 0 || slot >= s.Size() {
			return fmt.Errorf("%w: slot %d in a set of %d drives", ErrGeometry, slot, s.Size())
		}
		all.heal = all.heal.With(g.shard(slot))
		r.shards[slot].health, r.shards[slot].err = dead, errSought
	}
	if all.heal == 0 {
		return nil
	}
	for all.pos < all.end {
		f, err := all.current()
		if err != nil {
			return err
		}
		for slot, w := range missing {
			if err := f.writeRun(w, g.shard(slot)); err != nil {
				return fmt.Errorf("erasure: rebuild slot %d: %w", slot, err)
			}
		}
		all.advance(f.offset + f.Len() - all.pos)
	}
	return nil
}

// writeRun writes a shard that was computed.
func (f *fetch) writeRun(w io.Writer, shard int) error {
	f.Seal(shard)
	run := f.Run(shard)
	n, err := w.Write(run)
	if err == nil && n < len(run) {
		err = io.ErrShortWrite
	}
	return err
}

// Verify reads every shard of a blob of size bytes and checks its length and every frame. It returns what is wrong by slot:
// drive.ErrCorrupt for a shard that is not as it was written, else what open or the drive said. All drives are read at once, at
// their own pace, and no drive is given up; a drive's memory is one run of frames.
func (s *Set) Verify(ctx context.Context, g Geometry, size int64, open Shards) []error {
	coder, err := s.coder(g, size)
	return s.Each(ctx, func(ctx context.Context, slot int, _ drive.Drive) error {
		if err != nil {
			return err
		}
		file, err := open(ctx, slot)
		if err != nil {
			return err
		}
		defer file.Close()
		if got, want := file.Size(), coder.FileBytes(size); got != want {
			return wrongLength(got, want)
		}
		return s.verify(ctx, coder, size, file)
	})
}

// verify checks the frames of one shard. A shard is a blob coded with one data shard and no parity.
func (s *Set) verify(ctx context.Context, of *code.Coder, size int64, file drive.Reader) error {
	alone := of.Scheme
	alone.Data, alone.Parity, alone.BlockBytes = 1, 0, of.ShardBytes(of.BlockBytes)
	coder, err := s.coders.Coder(alone)
	if err != nil {
		return err
	}
	plain := of.PlainBytes(size)
	capacity := min(plain, windowBlocks(alone)*alone.BlockBytes)
	w, err := s.newWindow(ctx, coder, capacity, true)
	if err != nil {
		return err
	}
	defer w.drop()
	var offset int64
	for done := int64(0); done < plain; done += w.Len() {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := w.Lay(min(capacity, plain-done)); err != nil {
			return err
		}
		if err := readRun(w.Window, 0, file, offset); err != nil {
			return err
		}
		offset += int64(len(w.Run(0)))
	}
	return nil
}
