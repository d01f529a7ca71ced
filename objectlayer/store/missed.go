package store

import (
	"context"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// missed is the queue of records that some drive did not get, or holds damaged. It is worked off one at a time. A record
// that could not be made whole waits until a drive of its set has come back or gone, or else for a pause that grows; a store
// with nothing to mend is idle.
type missed struct {
	store *Store
	wake  chan struct{}
	saved bool // there is a list on the drives; set before run

	mu    sync.Mutex
	queue []spot
	known map[string]mending // how to mend what is in the queue, by lock name, so that a busy key is queued once
}

// maxMissed bounds the queue. What does not fit is found again by the next read of the key.
const maxMissed = 100_000

func newMissed(s *Store) *missed {
	return &missed{store: s, wake: make(chan struct{}, 1), known: make(map[string]mending)}
}

// note queues a record that some drive may not have as it should.
func (m *missed) note(at spot) { m.add(at, mending{}) }

// removed queues a record from which versions were removed that some drive may still have.
func (m *missed) removed(at spot, gone []xlmeta.VersionID) { m.add(at, mending{gone: gone}) }

// damaged queues a record with a shard that was found missing or rotten.
func (m *missed) damaged(at spot) { m.add(at, mending{deep: true}) }

func (m *missed) add(at spot, how mending) {
	m.mu.Lock()
	name := at.lockName()
	was, known := m.known[name]
	if known || len(m.queue) < maxMissed {
		m.known[name] = mending{deep: was.deep || how.deep, gone: append(was.gone, how.gone...)}
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

// take takes the next record.
func (m *missed) take() (at spot, how mending, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return spot{}, mending{}, false
	}
	at = m.queue[0]
	m.queue = m.queue[1:]
	how = m.known[at.lockName()]
	delete(m.known, at.lockName())
	return at, how, true
}

// leftover is a record that could not be made whole yet.
type leftover struct {
	at     spot
	how    mending
	online slots // drives that were there when it was tried
}

const (
	lookAgain     = time.Second // between looks at whether a drive has come back
	shortestPause = 10 * time.Second
	longestPause  = 10 * time.Minute
)

// run mends until ctx ends.
func (m *missed) run(ctx context.Context) {
	var left []leftover
	pause, tried := shortestPause, time.Now()
	for {
		var again <-chan time.Time
		if len(left) > 0 {
			again = time.After(lookAgain)
		}
		select {
		case <-ctx.Done():
			for _, l := range left { // so that they are saved
				m.add(l.at, l.how)
			}
			return
		case <-m.wake:
		case <-again:
		}
		everything := time.Since(tried) > pause
		if everything {
			pause, tried = min(2*pause, longestPause), time.Now()
		}
		left = append(m.requeue(left, everything), m.mend(ctx)...)
		if len(left) == 0 {
			pause, tried = shortestPause, time.Now()
		}
	}
}

// requeue puts those back into the queue that are worth another try, and returns the others.
func (m *missed) requeue(left []leftover, all bool) (rest []leftover) {
	for _, l := range left {
		if all || l.at.online() != l.online {
			m.add(l.at, l.how)
		} else {
			rest = append(rest, l)
		}
	}
	return rest
}

// online are the drives of the set that are there.
func (at spot) online() (there slots) {
	for slot := range at.set.Size() {
		if at.set.Online(slot) {
			there |= 1 << slot
		}
	}
	return there
}

// mend works through the queue once and returns what is still not whole.
func (m *missed) mend(ctx context.Context) (left []leftover) {
	for ctx.Err() == nil {
		at, how, ok := m.take()
		if !ok {
			break
		}
		online := at.online()
		h, err := m.store.heal(ctx, at, how)
		if healed := m.store.options.Hooks.Healed; h.changed && healed != nil {
			healed(objectlayer.Bucket(at.bucket), at.key())
		}
		if err != nil || !h.whole {
			m.store.log.Debug("record not mended yet", "bucket", at.bucket, "key", at.name, "err", err)
			left = append(left, leftover{at, how, online})
		}
	}
	return left
}
