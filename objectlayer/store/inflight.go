package store

import (
	"context"
	"sync"
)

// inflight counts, for each volume, the commits some drive has not answered yet. Whoever is about to look at what lies on
// every single drive waits for them: an acknowledged delete may still be on its way to the slowest one.
type inflight struct {
	mu     sync.Mutex
	counts map[string]int
	change chan struct{} // closed and replaced when a count falls to zero
}

func (f *inflight) begin(volume string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil {
		f.counts, f.change = make(map[string]int), make(chan struct{})
	}
	f.counts[volume]++
}

func (f *inflight) end(volume string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts[volume]--; f.counts[volume] == 0 {
		delete(f.counts, volume)
		close(f.change)
		f.change = make(chan struct{})
	}
}

// settle waits until no commit of the volume is under way, or ctx ends.
func (f *inflight) settle(ctx context.Context, volume string) {
	for {
		f.mu.Lock()
		busy, change := f.counts[volume] > 0, f.change
		f.mu.Unlock()
		if !busy {
			return
		}
		select {
		case <-change:
		case <-ctx.Done():
			return
		}
	}
}
