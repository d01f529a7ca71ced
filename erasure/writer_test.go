package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// What a Writer stages is what Encode makes of the same blob, however the body comes and whether its size is known or not.
func TestWriterAndEncodeAgree(tt *testing.T) {
	tt.Parallel()
	rapid.Check(tt, func(t *rapid.T) {
		g := rapid.SampledFrom(geometries).Draw(t, "geometry")
		block := rapid.SampledFrom([]int{1, 100, 4 << 10, 64 << 10}).Draw(t, "block")
		blob := noise(rapid.OneOf(
			rapid.IntRange(0, 3*block),
			rapid.Map(rapid.IntRange(1, 8), func(n int) int { return n * block }),
			rapid.IntRange(0, 10*block),
		).Draw(t, "size"))
		size := int64(len(blob))
		if rapid.Bool().Draw(t, "unknown size") {
			size = -1
		}
		var body io.Reader = bytes.NewReader(blob)
		if rapid.Bool().Draw(t, "end with data") {
			body = iotest.DataErrReader(body)
		}
		if rapid.Bool().Draw(t, "in halves") {
			body = iotest.HalfReader(body)
		}
		if err := inBubble(tt, func(ctx context.Context) error {
			return writeAsEncoded(ctx, newRig(g[0], g[1], int64(block)), blob, body, size)
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func writeAsEncoded(ctx context.Context, r *rig, blob []byte, body io.Reader, size int64) error {
	errs, err := r.write(ctx, body, size)
	if err != nil {
		return err
	}
	want, err := r.set.Encode(r.Geometry, blob)
	if err != nil {
		return err
	}
	for slot := range want {
		if got := r.drives[slot].file(staged); errs[slot] != nil || !bytes.Equal(got, want[slot]) {
			return fmt.Errorf("slot %d: got %d bytes, %v, want %d as encoded", slot, len(got), errs[slot], len(want[slot]))
		}
	}
	return r.idle()
}

func TestBodiesThatGoWrong(t *testing.T) {
	t.Parallel()
	const block = 64 << 10
	broken := errors.New("connection reset")
	for name, tc := range map[string]struct {
		body io.Reader
		size int64
		want error
	}{
		"shorter":                  {bytes.NewReader(noise(3*block - 1)), 3 * block, erasure.ErrSize},
		"longer":                   {bytes.NewReader(noise(3*block + 1)), 3 * block, erasure.ErrSize},
		"empty, was to be more":    {bytes.NewReader(nil), 1, erasure.ErrSize},
		"more, was to be empty":    {bytes.NewReader([]byte{1}), 0, erasure.ErrSize},
		"fails at once":            {iotest.ErrReader(broken), 3 * block, broken},
		"fails later":              {io.MultiReader(bytes.NewReader(noise(2*block)), iotest.ErrReader(broken)), -1, broken},
		"fails at its end":         {io.MultiReader(bytes.NewReader(noise(3*block)), iotest.ErrReader(broken)), 3 * block, broken},
		"cut off, size unknown":    {io.MultiReader(bytes.NewReader(noise(10)), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, io.ErrUnexpectedEOF},
		"cut off between blocks":   {io.MultiReader(bytes.NewReader(noise(block)), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, io.ErrUnexpectedEOF},
		"cut off, end was known":   {io.MultiReader(bytes.NewReader(noise(block)), iotest.ErrReader(io.ErrUnexpectedEOF)), 2 * block, io.ErrUnexpectedEOF},
		"fails with the last byte": {iotest.DataErrReader(io.MultiReader(bytes.NewReader(noise(7)), iotest.ErrReader(broken))), 8, broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(2, 2, block)
			w, err := r.set.NewWriter(t.Context(), r.Geometry, staged, tc.size)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.ReadFrom(tc.body); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if _, err := w.Close(); err == nil {
				t.Error("a broken body can be kept")
			}
			w.Abort()
			r.checkEmpty(t)
		})
	}
}

// checkEmpty fails the test when something is left on a drive or was not given back.
func (r *rig) checkEmpty(t *testing.T) {
	t.Helper()
	r.checkIdle(t)
	for slot, d := range r.drives {
		if names := d.names(); len(names) > 0 {
			t.Errorf("slot %d holds %v", slot, names)
		}
	}
}

func TestWriterGoesOnWithoutDrivesThatFail(t *testing.T) {
	t.Parallel()
	const block = 64 << 10
	blob := noise(20*block + 3)
	fault := fmt.Errorf("no space: %w", drive.ErrFull)
	for name, fail := range map[string]func(h *hooks){
		"create":      func(h *hooks) { h.create = func() error { return fault } },
		"first write": func(h *hooks) { h.write = func() error { return fault } },
		"later write": func(h *hooks) { h.write = failAfter(3, fault) },
		"close":       func(h *hooks) { h.close = func() error { return fault } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for failing := range 5 {
				synctest.Test(t, func(t *testing.T) { writeWithFailures(t, newRig(2, 2, block), blob, failing, fail, fault) })
			}
		})
	}
}

func writeWithFailures(t *testing.T, r *rig, blob []byte, failing int, fail func(h *hooks), fault error) {
	for slot := range min(failing, 4) {
		fail(&r.drives[slot].hooks)
	}
	errs, err := r.write(t.Context(), bytes.NewReader(blob), int64(len(blob)))
	if failing <= 1 { // the write quorum of 2+2 is 3
		if err != nil {
			t.Errorf("%d fail: %v", failing, err)
		}
		for slot, err := range errs {
			if got, want := errors.Is(err, fault), slot < failing; got != want {
				t.Errorf("%d fail: slot %d: got %v", failing, slot, err)
			}
		}
		if got, err := r.read(t.Context(), int64(len(blob)), 0, -1, nil); err != nil || !bytes.Equal(got, blob) {
			t.Errorf("%d fail: read back %d bytes, %v", failing, len(got), err)
		}
		r.checkIdle(t)
		return
	}
	var missed *erasure.QuorumError
	if !errors.As(err, &missed) || missed.Need != 3 || missed.Got >= 3 || missed.Most() != drive.ErrFull {
		t.Errorf("%d fail: got %v, want a QuorumError of full drives", failing, err)
	}
	r.checkEmpty(t)
}

// failAfter is a hook that succeeds n times.
func failAfter(n int, err error) func() error {
	return func() error {
		if n--; n < 0 {
			return err
		}
		return nil
	}
}

func TestWriterLeavesOutOfflineDrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2, 2, 64<<10)
		r.set.Replace(1, nil)
		errs, err := r.write(t.Context(), bytes.NewReader(noise(100)), 100)
		if err != nil || !errors.Is(errs[1], drive.ErrOffline) {
			t.Errorf("got %v, %v", errs, err)
		}
		r.set.Replace(2, nil)
		var missed *erasure.QuorumError
		if _, err := r.set.NewWriter(t.Context(), r.Geometry, staged, 100); !errors.As(err, &missed) || missed.Got != 2 || missed.Most() != drive.ErrOffline {
			t.Errorf("got %v, want a QuorumError", err)
		}
		r.checkIdle(t)
	})
}

func TestHungDriveDoesNotHoldUpWriters(t *testing.T) {
	t.Parallel()
	const block = 256 << 10
	for name, hang := range map[string]func(h *hooks, hook func() error){
		"create":      func(h *hooks, hook func() error) { h.create = hook },
		"first write": func(h *hooks, hook func() error) { h.write = hook },
		"close":       func(h *hooks, hook func() error) { h.close = hook },
	} {
		for _, blocks := range []int{1, 10} {
			t.Run(fmt.Sprintf("%s of %d blocks", name, blocks), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(2, 2, block)
					blob := noise(blocks * block)
					begin := time.Now()
					hang(&r.drives[1].hooks, func() error { time.Sleep(time.Hour); return nil })
					errs, err := r.write(t.Context(), bytes.NewReader(blob), int64(len(blob)))
					if err != nil || !errors.Is(errs[1], drive.ErrOffline) || errs[0] != nil {
						t.Errorf("got %v, %v", errs, err)
					}
					if took := time.Since(begin); took != 500*time.Millisecond {
						t.Errorf("a hung drive cost %v", took)
					}
					if got := r.set.Stats(); got.LateWrites != 1 || got.AbandonedSlots != 1 {
						t.Errorf("got %+v", got)
					}

					second := time.Now() // costs nothing: the slot is left out
					errs, err = r.write(t.Context(), bytes.NewReader(blob), int64(len(blob)))
					if err != nil || !errors.Is(errs[1], drive.ErrOffline) || time.Since(second) != 0 {
						t.Errorf("second writer: got %v, %v after %v", errs, err, time.Since(second))
					}

					r.checkIdle(t)
					if names := r.drives[1].names(); len(names) > 0 {
						t.Errorf("the late drive kept %v", names)
					}
					if took := time.Since(begin); took != time.Hour {
						t.Errorf("the late write ended after %v", took)
					}
				})
			})
		}
	}
}

// A drive that is as slow as half the speed of the others is waited for, a slower one is not.
func TestWriterWaitsForSlowDrivesWithinReason(t *testing.T) {
	t.Parallel()
	const block = 256 << 10
	for _, tc := range []struct {
		slow time.Duration
		kept bool
	}{{110 * time.Millisecond, true}, {190 * time.Millisecond, true}, {400 * time.Millisecond, false}} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(2, 2, block)
			for _, d := range r.drives {
				d.hooks.write = func() error { time.Sleep(100 * time.Millisecond); return nil }
			}
			r.drives[3].hooks.write = func() error { time.Sleep(tc.slow); return nil }
			errs, err := r.write(t.Context(), bytes.NewReader(noise(40*block)), 40*block)
			if err != nil || (errs[3] == nil) != tc.kept {
				t.Errorf("%v: got %v, %v", tc.slow, errs, err)
			}
			r.checkIdle(t)
		})
	}
}

// Where too many are slow they are all waited for.
func TestWriterWaitsForItsQuorum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 256 << 10
		r := newRig(2, 2, block)
		for slot := range 2 {
			r.drives[slot].hooks.write = func() error { time.Sleep(5 * time.Second); return nil }
		}
		errs, err := r.write(t.Context(), bytes.NewReader(noise(5*block)), 5*block)
		if diff := cmp.Diff([]error{nil, nil, nil, nil}, errs); err != nil || diff != "" {
			t.Errorf("got %v, %s", err, diff)
		}
		r.checkIdle(t)
	})
}

func TestEndOfContextEndsWriting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 256 << 10
		r := newRig(2, 2, block)
		hold := make(chan struct{})
		for _, d := range r.drives {
			d.hooks.write = func() error { <-hold; return nil }
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if _, err := r.write(ctx, bytes.NewReader(noise(9*block)), 9*block); !errors.Is(err, context.Canceled) {
			t.Errorf("body: got %v, want %v", err, context.Canceled)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if _, err := r.write(ctx, bytes.NewReader(noise(block)), block); !errors.Is(err, context.Canceled) {
			t.Errorf("close: got %v, want %v", err, context.Canceled)
		}
		close(hold)
		r.checkEmpty(t)
	})
}

func TestWriterMemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 2, block)
		most := int64(0)
		body := readerFunc(func(p []byte) (int, error) {
			synctest.Wait()
			most = max(most, r.pool.Stats().InUseBytes)
			return len(p), nil
		})
		for _, d := range r.drives {
			d.hooks.write = func() error { time.Sleep(time.Second); return nil }
		}
		if _, err := r.write(t.Context(), io.LimitReader(body, 20*block), -1); err != nil {
			t.Fatal(err)
		}
		if most > 3*5<<19 { // a window of 2+2 takes 2.5 MiB in its size class
			t.Errorf("%d bytes were in use at a time", most)
		}
		r.checkIdle(t)
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestWriterWorksWithMemoryForOneBlock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 2, block)
		r.set = newSetWithMemory(r, 5<<19)
		blob := noise(5*block + 1)
		r.stage(t, blob)
		got, err := r.read(t.Context(), int64(len(blob)), 0, -1, nil)
		if err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		r.set = newSetWithMemory(r, 1<<20)
		if _, err := r.write(t.Context(), bytes.NewReader(blob), int64(len(blob))); !errors.Is(err, buffer.ErrSize) {
			t.Errorf("without memory for a block: got %v, want %v", err, buffer.ErrSize)
		}
		r.checkIdle(t)
	})
}

func TestWaitingForMemoryEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 2, block)
		r.stage(t, noise(block))
		all, err := r.pool.Get(t.Context(), buffer.MaxSize)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := r.pool.Get(t.Context(), buffer.MaxSize)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, err := r.write(t.Context(), bytes.NewReader(noise(1)), 1); !errors.Is(err, buffer.ErrBudget) {
			t.Errorf("writer: got %v, want %v", err, buffer.ErrBudget)
		}
		if _, err := r.read(t.Context(), block, 0, -1, nil); !errors.Is(err, buffer.ErrBudget) || time.Since(begin) != 20*time.Second {
			t.Errorf("reader: got %v after %v, want %v", err, time.Since(begin), buffer.ErrBudget)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.read(ctx, block, 0, -1, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("reader in a hurry: got %v, want %v", err, context.DeadlineExceeded)
		}
		time.AfterFunc(time.Second, rest.Release)
		if got, err := r.read(t.Context(), block, 0, -1, nil); err != nil || len(got) != block {
			t.Errorf("reader with patience: got %d bytes, %v", len(got), err)
		}
		all.Release()
		r.checkIdle(t)
	})
}

func TestWriterMisuse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2, 1, 1<<20)
		w, err := r.set.NewWriter(t.Context(), r.Geometry, staged, -1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ReadFrom(bytes.NewReader(noise(10))); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ReadFrom(bytes.NewReader(noise(10))); err == nil {
			t.Error("a second body was taken")
		}
		if _, err := w.Close(); err != nil {
			t.Error(err)
		}
		w.Abort()
		w.Abort()
		if len(r.drives[0].names()) != 1 {
			t.Error("Abort after Close dropped what is the caller's")
		}
		if _, err := w.Close(); err == nil {
			t.Error("closed twice")
		}
		idle, err := r.set.NewWriter(t.Context(), r.Geometry, staged+"2", 5)
		if err != nil {
			t.Fatal(err)
		}
		idle.Abort()
		if _, err := idle.Close(); err == nil {
			t.Error("closed after Abort")
		}
		r.checkIdle(t)
	})
}
