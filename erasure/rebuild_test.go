package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Any shards, up to Parity, are rebuilt byte for byte from the others.
func TestRebuildGivesBackTheShards(tt *testing.T) {
	tt.Parallel()
	rapid.Check(tt, func(t *rapid.T) {
		g := rapid.SampledFrom(geometries[1:]).Draw(t, "geometry")
		block := rapid.SampledFrom([]int{100, 4 << 10, 64 << 10}).Draw(t, "block")
		size := rapid.IntRange(0, 12*block).Draw(t, "size")
		lost := rapid.SliceOfNDistinct(rapid.IntRange(0, g[0]+g[1]-1), 0, g[1], rapid.ID).Draw(t, "lost")
		if err := inBubble(tt, func(ctx context.Context) error {
			return rebuildLost(ctx, newRig(g[0], g[1], int64(block)), noise(size), lost)
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func rebuildLost(ctx context.Context, r *rig, blob []byte, lost []int) error {
	size := int64(len(blob))
	if _, err := r.write(ctx, bytes.NewReader(blob), size); err != nil {
		return err
	}
	want := make(map[int][]byte)
	got := make(map[int]*bytes.Buffer)
	sinks := make(map[int]io.Writer)
	for _, slot := range lost {
		want[slot] = r.drives[slot].file(staged)
		r.drives[slot].hooks.open = func() error { return errors.New("asked for a shard that is to be rebuilt") }
		got[slot] = new(bytes.Buffer)
		sinks[slot] = got[slot]
	}
	if err := r.set.Rebuild(ctx, r.Geometry, size, r.shards, sinks); err != nil {
		return err
	}
	for slot := range want {
		if !bytes.Equal(got[slot].Bytes(), want[slot]) {
			return fmt.Errorf("slot %d: %d bytes differ from the %d lost", slot, got[slot].Len(), len(want[slot]))
		}
	}
	return r.idle()
}

func TestRebuildThatCannotBe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block, size = 64 << 10, 9 * 64 << 10
		r := newRig(2, 2, block)
		r.stage(t, noise(size))
		full := &limitedWriter{left: block, err: drive.ErrFull}
		if err := r.set.Rebuild(t.Context(), r.Geometry, size, r.shards, map[int]io.Writer{1: full}); !errors.Is(err, drive.ErrFull) {
			t.Errorf("full drive: got %v", err)
		}
		if err := r.set.Rebuild(t.Context(), r.Geometry, size, r.shards, map[int]io.Writer{4: io.Discard}); !errors.Is(err, erasure.ErrGeometry) {
			t.Errorf("slot that is not there: got %v", err)
		}
		r.drives[0].put(staged, nil)
		r.drives[2].hooks.open = func() error { return drive.ErrNotFound }
		var missed *erasure.QuorumError
		err := r.set.Rebuild(t.Context(), r.Geometry, size, r.shards, map[int]io.Writer{1: io.Discard})
		if !errors.As(err, &missed) || missed.Need != 2 || !errors.Is(missed.Errs[0], drive.ErrCorrupt) || !errors.Is(missed.Errs[2], drive.ErrNotFound) {
			t.Errorf("too little left: got %v", err)
		}
		r.checkIdle(t)
	})
}

func TestVerify(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 300 << 10
		for _, size := range []int{0, 1, block, 5*block + 1} {
			r := newRig(3, 2, block)
			r.stage(t, noise(size))
			for slot, err := range r.set.Verify(t.Context(), r.Geometry, int64(size), r.shards) {
				if err != nil {
					t.Errorf("%d bytes: slot %d: %v", size, slot, err)
				}
			}
			r.drives[0].put(staged, append(slices.Clone(r.drives[0].file(staged)), 1))
			r.drives[1].hooks.open = func() error { return drive.ErrNotFound }
			broken := errors.New("input/output error")
			r.drives[2].hooks.read = func() error { return broken }
			want := []error{drive.ErrCorrupt, drive.ErrNotFound, broken, nil, drive.ErrCorrupt}
			if size == 0 {
				want[2], want[4] = nil, nil
			} else {
				file := slices.Clone(r.drives[4].file(staged))
				file[len(file)-1] ^= 0x80
				r.drives[4].put(staged, file)
			}
			for slot, err := range r.set.Verify(t.Context(), r.Geometry, int64(size), r.shards) {
				if !errors.Is(err, want[slot]) {
					t.Errorf("%d bytes: slot %d: got %v, want %v", size, slot, err, want[slot])
				}
			}
			r.checkIdle(t)
		}
	})
}
