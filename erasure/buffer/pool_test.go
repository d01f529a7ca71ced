package buffer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure/buffer"
)

func TestBuffersAreSizedAndAligned(t *testing.T) {
	t.Parallel()
	pool := buffer.New(buffer.MaxSize)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(
			rapid.IntRange(0, 64<<10),
			rapid.IntRange(0, 2<<20),
			rapid.SampledFrom([]int{0, 1, 4096, 4097, 32 << 10, 32<<10 + 1, 40 << 10, 40<<10 + 1}),
		).Draw(t, "size")
		b, err := pool.Get(t.Context(), size)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		bytes := b.Bytes()
		if len(bytes) != size || cap(bytes) != size {
			t.Errorf("got %d bytes of capacity %d, want %d", len(bytes), cap(bytes), size)
		}
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(bytes))); at%buffer.Alignment != 0 {
			t.Errorf("%d bytes begin at %#x", size, at)
		}
		inUse := pool.Stats().InUseBytes
		if inUse < int64(size) || inUse%buffer.Alignment != 0 || inUse > max(buffer.Alignment, int64(size)+int64(size)/4+buffer.Alignment) {
			t.Errorf("%d bytes take %d of the budget", size, inUse)
		}
	})
	largest, err := pool.Get(t.Context(), buffer.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	largest.Release()
	if got := pool.Stats().InUseBytes; got != 0 {
		t.Errorf("after all releases: %d bytes in use", got)
	}
}

func TestImpossibleSizes(t *testing.T) {
	t.Parallel()
	pool := buffer.New(1 << 20)
	for _, size := range []int{-1, 1<<20 + 1, buffer.MaxSize + 1, int(^uint(0) >> 1)} {
		if _, err := pool.Get(t.Context(), size); !errors.Is(err, buffer.ErrSize) {
			t.Errorf("Get(%d): got %v, want %v", size, err, buffer.ErrSize)
		}
		if _, err := pool.TryGet(size); !errors.Is(err, buffer.ErrSize) {
			t.Errorf("TryGet(%d): got %v, want %v", size, err, buffer.ErrSize)
		}
	}
	if _, err := buffer.New(-1).TryGet(0); !errors.Is(err, buffer.ErrSize) {
		t.Errorf("without budget: got %v, want %v", err, buffer.ErrSize)
	}
}

func TestTryGetRefusesBeyondBudget(t *testing.T) {
	t.Parallel()
	pool := buffer.New(3 * 4096)
	first, err := pool.TryGet(8000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.TryGet(5000); !errors.Is(err, buffer.ErrBudget) {
		t.Errorf("got %v, want %v", err, buffer.ErrBudget)
	}
	second, err := pool.TryGet(4096)
	if err != nil {
		t.Fatal(err)
	}
	want := buffer.Stats{BudgetBytes: 12288, InUseBytes: 12288, Gets: 2, Allocations: 2, Refusals: 1}
	if diff := cmp.Diff(want, pool.Stats()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	first.Release()
	second.Release()
	if got := pool.Stats().InUseBytes; got != 0 {
		t.Errorf("after all releases: %d bytes in use", got)
	}
}

func TestGetWaitsItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := buffer.New(2 * 4096)
		held, err := pool.Get(t.Context(), 4096)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		var done sync.WaitGroup
		wait := func(name string, size int) {
			done.Go(func() {
				b, err := pool.Get(t.Context(), size)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, name) // one at a time: each takes the whole budget or follows one that did
				b.Release()
			})
			synctest.Wait()
		}
		wait("large", 2*4096)
		wait("small", 4096)
		if _, err := pool.TryGet(4096); !errors.Is(err, buffer.ErrBudget) {
			t.Errorf("past those who wait: got %v, want %v", err, buffer.ErrBudget)
		}
		if got := pool.Stats().Waiting; got != 2 {
			t.Errorf("got %d waiting, want 2", got)
		}
		held.Release()
		done.Wait()
		if diff := cmp.Diff([]string{"large", "small"}, order); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestGetEndsWithItsContext(t *testing.T) {
	t.Parallel()
	pool := buffer.New(4096)
	held, err := pool.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pool.Get(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	held.Release()
	again, err := pool.TryGet(1)
	if err != nil {
		t.Fatalf("the budget was not given back: %v", err)
	}
	again.Release()
}

func TestMisusePanics(t *testing.T) {
	t.Parallel()
	pool := buffer.New(1 << 20)
	for name, misuse := range map[string]func(*buffer.Buffer){
		"release twice":     func(b *buffer.Buffer) { b.Release() },
		"use after release": func(b *buffer.Buffer) { b.Bytes() },
	} {
		b, err := pool.Get(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		b.Release()
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse(b)
		}()
	}
}

func TestConcurrentOwners(t *testing.T) {
	t.Parallel()
	const budget = 1 << 20
	pool := buffer.New(budget)
	var all sync.WaitGroup
	for id := range byte(8) {
		all.Go(func() {
			for i := range 100 {
				b, err := pool.Get(t.Context(), 1+(i*7919)%(300<<10))
				if err != nil {
					t.Error(err)
					return
				}
				bytes := b.Bytes()
				bytes[0], bytes[len(bytes)-1] = id, id
				if got := pool.Stats().InUseBytes; got > budget {
					t.Errorf("%d bytes in use", got)
				}
				if bytes[0] != id || bytes[len(bytes)-1] != id {
					t.Error("two owners share a buffer")
				}
				b.Release()
			}
		})
	}
	all.Wait()
	if got := pool.Stats().InUseBytes; got != 0 {
		t.Errorf("after all releases: %d bytes in use", got)
	}
}

func BenchmarkGetRelease(b *testing.B) {
	for name, size := range map[string]int{"4KiB": 4 << 10, "2MiB": 2 << 20} {
		b.Run(name, func(b *testing.B) {
			pool := buffer.New(64 << 20)
			b.ReportAllocs()
			for b.Loop() {
				buf, err := pool.Get(b.Context(), size)
				if err != nil {
					b.Fatal(err)
				}
				buf.Release()
			}
		})
	}
}
