// Package buffer lends out memory: sized, aligned buffers with one owner at a time, under
// one budget for the whole process.
//
// # Concepts
//
// A [Pool] has a budget in bytes. A [Buffer] taken from it counts against the budget, rounded
// up to its size class, until it is released. When the budget is used up, [Pool.Get] waits
// its turn and [Pool.TryGet] says [ErrBudget] at once: the number of requests in flight is bounded
// by memory rather than by hope, and nothing that a client sends can make the process grow
// beyond it.
//
//	b, err := pool.Get(ctx, coder.MemoryBytes(size))
//	if err != nil {
//		return err
//	}
//	defer b.Release()
//	fill(b.Bytes())
//
// Size classes are a quarter of a power of two apart, so rounding wastes at most a fifth of
// a buffer. Every buffer begins on a multiple of [Alignment], as O_DIRECT and vector
// instructions like it.
//
// Released buffers are kept for the next taker in a [sync.Pool] per class, so the garbage collector
// takes back what a burst needed and a store at rest keeps nothing. Buffers hold no
// pointers, so the collector never looks into them.
//
// # Ownership
//
// Whoever holds the *Buffer owns its bytes; passing the pointer on passes the ownership. The
// last owner calls Release exactly once and forgets every slice of it. Builds with
// the race detector enforce this: they overwrite released memory, hand out a fresh *Buffer
// every time, and panic when a released buffer is used, released again or written to.
//
// # Traps
//
// A buffer comes with whatever its previous owner left in it. Whoever waits in Get while
// holding a buffer can deadlock with another who does the same: take all you need in one Get,
// and use TryGet for what you can do without, such as read-ahead.
package buffer
