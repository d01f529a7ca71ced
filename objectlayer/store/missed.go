package store

import (
	"context"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// missed is the queue of records that some drive did not get, or holds damaged. It is worked off one at a time; a record
// whose drives are still away is tried again later, with growing pauses, so that a store with nothing to mend is idle.
type missed struct {
	store *Store
	wake  chan struct{}
	saved bool // there is a list on the drives; set before run

	mu    sync.Mutex
	queue []spot
	known map[string]bool // lock names in the queue, so that a busy key is queued once; true: its bytes are in doubt too
}

// maxMissed bounds the queue. What does not fit is found again by the next read of the key.
const maxMissed = 100_000

func newMissed(s *Store) *missed {
	return &missed{store: s, wake: make(chan struct{}, 1), known: make(map[string]bool)}
}

// note queues a record that a drive may not have.
func (m *missed) note(at spot) { m.add(at, false) }

// damaged queues a record with a shard that was found missing or rotten.
func (m *missed) damaged(at spot) { m.add(at, true) }

func (m *missed) add(at spot, deep bool) {
	m.mu.Lock()
	name := at.lockName()
	was, known := m.known[name]
	if known || len(m.queue) < maxMissed {
		m.known[name] = was || deep
	}
	if !known && len(m.queue) < maxMissed {
		m.queue = append(m.queue, at)
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take takes the next record, and whether every byte of it has to be looked at.
func (m *missed) take() (at spot, deep, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return spot{}, false, false
	}
	at = m.queue[0]
	m.queue = m.queue[1:]
	deep = m.known[at.lockName()]
	delete(m.known, at.lockName())
	return at, deep, true
}

func (m *missed) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.queue)
}

// run mends until ctx ends.
func (m *missed) run(ctx context.Context) {
	const shortest, longest = time.Second, time.Minute
	pause := shortest
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		}
		left := m.mend(ctx)
		if len(left) == 0 {
			pause = shortest
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
		pause = min(2*pause, longest)
		for _, l := range left { // when stopping too, so that they are saved
			m.add(l.at, l.deep)
		}
	}
}

// leftover is a record that could not be made whole yet.
type leftover struct {
	at   spot
	deep bool
}

// mend works through the queue once and returns what is still not whole.
func (m *missed) mend(ctx context.Context) (left []leftover) {
	for ctx.Err() == nil {
		at, deep, ok := m.take()
		if !ok {
			break
		}
		whole, err := m.store.heal(ctx, at, deep)
		switch {
		case err != nil || !whole:
			m.store.log.Debug("record not mended yet", "bucket", at.bucket, "key", at.name, "err", err)
			left = append(left, leftover{at, deep})
		case m.store.options.Hooks.Healed != nil:
			m.store.options.Hooks.Healed(objectlayer.Bucket(at.bucket), at.key())
		}
	}
	return left
}
