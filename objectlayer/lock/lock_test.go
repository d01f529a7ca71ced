package lock_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
)

func TestOneHolderPerName(t *testing.T) {
	t.Parallel()
	table := lock.New(3)
	counters := make([]int, 4) // each guarded by the lock of its name
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 400 {
				n := i % len(counters)
				lease, err := table.Acquire(t.Context(), fmt.Sprint(n))
				if err != nil {
					t.Error(err)
					return
				}
				counters[n]++
				lease.Release()
			}
		})
	}
	wg.Wait()
	for n, got := range counters {
		if got != 800 {
			t.Errorf("name %d: got %d increments, want 800", n, got)
		}
	}
}

func TestStampsAscend(t *testing.T) {
	t.Parallel()
	table := lock.New(7)
	last := drive.Stamp{Epoch: 7}
	for i := range 10 {
		lease, err := table.Acquire(t.Context(), fmt.Sprint(i%3))
		if err != nil {
			t.Fatal(err)
		}
		stamp := lease.Stamp()
		lease.Release()
		if !last.Before(stamp) || stamp.Epoch != 7 {
			t.Fatalf("got stamp %v after %v", stamp, last)
		}
		last = stamp
	}
}

func TestWaiterGivesUp(t *testing.T) {
	t.Parallel()
	table := lock.New(1)
	held, err := table.Acquire(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.Acquire(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	held.Release()
	again, err := table.Acquire(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	again.Release()
}
