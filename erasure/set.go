package erasure

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Options is what a Set shares with others. The zero value works.
type Options struct {
	Coders  *code.Cache  // nil: one of its own
	Buffers *buffer.Pool // the memory of all blobs on their way; nil: DefaultBufferBytes of its own
	Logger  *slog.Logger // nil: silence
}

// DefaultBufferBytes is the budget of a Set that was not given a pool.
const DefaultBufferBytes = 256 << 20

func (o Options) withDefaults() Options {
	if o.Coders == nil {
		o.Coders = new(code.Cache)
	}
	if o.Buffers == nil {
		o.Buffers = buffer.New(DefaultBufferBytes)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Set is many drives as one place for coded blobs. It is safe for concurrent use.
type Set struct {
	slots   []atomic.Pointer[slot]
	coders  *code.Cache
	buffers *buffer.Pool
	log     *slog.Logger
	counts  counts

	background background
}

// NewSet makes a set of drives, by slot. A nil drive is a slot whose drive is offline.
func NewSet(drives []drive.Drive, o Options) *Set {
	o = o.withDefaults()
	s := &Set{
		slots:   make([]atomic.Pointer[slot], len(drives)),
		coders:  o.Coders,
		buffers: o.Buffers,
		log:     o.Logger,
	}
	s.background.idle.L = &s.background.mu
	for i, d := range drives {
		s.slots[i].Store(newSlot(d))
	}
	return s
}

// Size is the number of slots.
func (s *Set) Size() int { return len(s.slots) }

// Drive returns the drive in a slot. It is never nil: an offline slot answers drive.ErrOffline to everything.
func (s *Set) Drive(slot int) drive.Drive { return s.slots[slot].Load().drive }

// Replace puts another drive in a slot, nil for none, and returns the one that was there. Calls under way finish on the
// drive they began with.
func (s *Set) Replace(slot int, d drive.Drive) drive.Drive {
	return s.slots[slot].Swap(newSlot(d)).drive
}

// Wait waits until everything that goes on behind calls that have returned has come to its end: commits on slow drives, late
// reads and writes. New calls meanwhile prolong it.
func (s *Set) Wait() { s.background.wait() }

// Each runs fn for every slot at once, waits for all and returns their errors by slot.
func (s *Set) Each(ctx context.Context, fn func(ctx context.Context, slot int, d drive.Drive) error) []error {
	errs := make([]error, len(s.slots))
	var others sync.WaitGroup
	for slot := range s.slots {
		if slot == len(s.slots)-1 { // nothing else to do meanwhile
			errs[slot] = fn(ctx, slot, s.Drive(slot))
			break
		}
		others.Go(func() { errs[slot] = fn(ctx, slot, s.Drive(slot)) })
	}
	others.Wait()
	return errs
}

// Answer is what one drive said to a [Poll].
type Answer[T any] struct {
	Slot  int
	Value T
	Err   error
}

// Poll runs ask for every slot at once and hands the answers to enough on the calling goroutine, one by one as they come. It
// returns when enough says true or every drive has answered, so that a slow drive delays nobody who can decide without it. The
// context of those that have not answered then ends; what they say is dropped.
//
// When ctx ends Poll returns its error, otherwise nil.
func Poll[T any](ctx context.Context, s *Set, ask func(ctx context.Context, slot int, d drive.Drive) (T, error), enough func(Answer[T]) bool) error {
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Answer[T], s.Size())
	for slot := range s.slots {
		s.background.spawn(func() {
			value, err := ask(asking, slot, s.Drive(slot))
			answers <- Answer[T]{slot, value, err}
		})
	}
	for range s.slots {
		select {
		case a := <-answers:
			if enough(a) {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// background counts goroutines that may outlive the call that started them.
type background struct {
	mu      sync.Mutex
	idle    sync.Cond // on mu: running is zero
	running int       // guarded by mu
}

func (b *background) spawn(fn func()) {
	b.mu.Lock()
	b.running++
	b.mu.Unlock()
	go func() {
		defer b.done()
		fn()
	}()
}

func (b *background) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running--; b.running == 0 {
		b.idle.Broadcast()
	}
}

func (b *background) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.running > 0 {
		b.idle.Wait()
	}
}
