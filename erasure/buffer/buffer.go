package buffer

import "bytes"

// Buffer is a piece of memory on loan. It has one owner at a time and is not safe for
// concurrent use; its bytes are as safe as any slice.
type Buffer struct {
	pool     *Pool
	class    int
	memory   []byte // the whole size class
	size     int    // what was asked for
	released bool
	poisoned bool // memory is all poison, unless somebody wrote after releasing it
}

// Bytes is the memory, exactly as long as was asked for. The slice is valid until Release.
func (b *Buffer) Bytes() []byte {
	if b.released {
		panic("buffer: used after release")
	}
	return b.memory[:b.size:b.size]
}

// Release gives the buffer back. The caller must not touch it or its bytes afterwards.
func (b *Buffer) Release() {
	if b.released {
		panic("buffer: released twice")
	}
	b.released = true
	pool, class := b.pool, b.class
	pool.idle[class].Put(b.asleep())
	pool.inUse.Add(-int64(classBytes(class)))
	pool.free.Release(int64(classBytes(class)))
}

// asleep is what waits for the next taker: b itself, or, where misuse is looked for, another
// Buffer with b's memory, so that b stays released for ever.
func (b *Buffer) asleep() *Buffer {
	if !debug {
		return b
	}
	heir := &Buffer{pool: b.pool, class: b.class, memory: b.memory, released: true, poisoned: true}
	b.memory = nil
	fill(heir.memory, poison)
	return heir
}

// wake makes the buffer ready for an owner who asked for size bytes.
func (b *Buffer) wake(size int) {
	if b.poisoned && bytes.Count(b.memory, []byte{poison}) != len(b.memory) {
		panic("buffer: written to after release")
	}
	b.size, b.released, b.poisoned = size, false, false
}

// poison fills released memory in debug builds: no plausible length, text or pointer.
const poison = 0xDB

// fill sets all bytes of m, which is not empty, at the speed of copy.
func fill(m []byte, value byte) {
	m[0] = value
	for done := 1; done < len(m); done *= 2 {
		copy(m[done:], m[:done])
	}
}
