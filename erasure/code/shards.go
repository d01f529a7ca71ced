package code

import (
	"iter"
	"math/bits"
)

// Shards is a set of shard numbers, from zero. The zero value is empty.
type Shards uint32

// FirstShards is the set of the first n shards.
func FirstShards(n int) Shards { return 1<<n - 1 }

// With is s and shard i.
func (s Shards) With(i int) Shards { return s | 1<<i }

// Without is s except shard i.
func (s Shards) Without(i int) Shards { return s &^ (1 << i) }

// Has tells whether shard i is in s.
func (s Shards) Has(i int) bool { return s&(1<<i) != 0 }

// Count is the number of shards in s.
func (s Shards) Count() int { return bits.OnesCount32(uint32(s)) }

// All yields the shards in s in ascending order.
func (s Shards) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for ; s != 0; s &= s - 1 {
			if !yield(bits.TrailingZeros32(uint32(s))) {
				return
			}
		}
	}
}
