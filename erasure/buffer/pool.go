package buffer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sync/semaphore"
)

var (
	// ErrBudget is returned by TryGet when the budget is used up at the moment.
	ErrBudget = errors.New("buffer: budget used up")

	// ErrSize is returned for a size that can never be granted: negative, above
	// [MaxSize] or above the whole budget.
	ErrSize = errors.New("buffer: impossible size")
)

// Pool lends out buffers. It is safe for concurrent use.
type Pool struct {
	budget int64
	free   *semaphore.Weighted // the part of the budget that is not lent out, in bytes
	idle   [classes]sync.Pool  // of *Buffer

	inUse, waiting           atomic.Int64
	gets, allocated, refused atomic.Int64
}

// New makes a pool that lends out at most budgetBytes at any time.
func New(budgetBytes int64) *Pool {
	budgetBytes = max(0, budgetBytes)
	return &Pool{budget: budgetBytes, free: semaphore.NewWeighted(budgetBytes)}
}

// Get lends out a buffer of size bytes. While the budget does not allow it, Get waits, first
// come first served whatever the size, until ctx ends and its error is returned. ErrSize is
// returned at once.
func (p *Pool) Get(ctx context.Context, size int) (*Buffer, error) {
	class, err := p.class(size)
	if err != nil {
		return nil, err
	}
	bytes := int64(classBytes(class))
	if !p.free.TryAcquire(bytes) {
		p.waiting.Add(1)
		err := p.free.Acquire(ctx, bytes)
		p.waiting.Add(-1)
		if err != nil {
			return nil, fmt.Errorf("wait for a buffer: %w", err)
		}
	}
	return p.lend(class, size), nil
}

// TryGet is Get for those who do not wait: it returns ErrBudget while the budget does not allow
// the buffer or others wait for theirs.
func (p *Pool) TryGet(size int) (*Buffer, error) {
	class, err := p.class(size)
	if err != nil {
		return nil, err
	}
	if !p.free.TryAcquire(int64(classBytes(class))) {
		p.refused.Add(1)
		return nil, ErrBudget
	}
	return p.lend(class, size), nil
}

func (p *Pool) class(size int) (int, error) {
	if size < 0 || size > MaxSize {
		return 0, fmt.Errorf("%w: %d bytes of at most %d", ErrSize, size, MaxSize)
	}
	class := classOf(size)
	if bytes := classBytes(class); int64(bytes) > p.budget {
		return 0, fmt.Errorf("%w: %d bytes (%d in its class) exceed the budget of %d", ErrSize, size, bytes, p.budget)
	}
	return class, nil
}

// lend finds or makes a buffer whose bytes were taken from the budget.
func (p *Pool) lend(class, size int) *Buffer {
	p.gets.Add(1)
	p.inUse.Add(int64(classBytes(class)))
	b, found := p.idle[class].Get().(*Buffer)
	if !found {
		p.allocated.Add(1)
		b = &Buffer{pool: p, class: class, memory: aligned(classBytes(class))}
	}
	b.wake(size)
	return b
}

// aligned makes n bytes that begin on a multiple of Alignment. Large blocks of Go's heap do so
// by themselves; only where they do not is a margin spent.
func aligned(n int) []byte {
	m := make([]byte, n)
	if misalignment(m) == 0 {
		return m
	}
	m = make([]byte, n+Alignment)
	skip := (Alignment - misalignment(m)) % Alignment
	return m[skip : skip+n : skip+n]
}

func misalignment(m []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(m))) % Alignment)
}

// Stats is the state of a pool at one moment. The counters only grow.
type Stats struct {
	BudgetBytes int64
	InUseBytes  int64 // lent out, in whole size classes
	Waiting     int64 // callers of Get that wait at the moment

	Gets        int64 // buffers lent out
	Allocations int64 // those of them that needed fresh memory
	Refusals    int64 // calls of TryGet that got ErrBudget
}

// Stats reads the counters. They are read one by one, so they may be torn by a
// concurrent Get or Release.
func (p *Pool) Stats() Stats {
	return Stats{
		BudgetBytes: p.budget,
		InUseBytes:  p.inUse.Load(),
		Waiting:     p.waiting.Load(),
		Gets:        p.gets.Load(),
		Allocations: p.allocated.Load(),
		Refusals:    p.refused.Load(),
	}
}
