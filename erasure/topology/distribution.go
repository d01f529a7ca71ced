package topology

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrDistribution is returned for a recorded distribution that is no order of shards.
var ErrDistribution = errors.New("invalid shard distribution")

// Distribution says which shard lies in which slot of a set: entry i is the number of the
// shard, counted from 1, on the drive in slot i. It is stored with every object in
// this form (docs/format/shards.md). Shards 1..M carry data, the rest parity.
type Distribution []uint8

// Distribute computes the distribution of a name, which here includes its bucket
// ("bucket/name"), over a set of n drives: the order 1..n, rotated by the CRC-32 (IEEE) of
// the name. It returns nil unless n is in 1..[MaxSetDrives].
//
// Readers use the distribution recorded with the object instead.
func Distribute(name string, n int) Distribution {
	if n < 1 || n > MaxSetDrives {
		return nil
	}
	start := int(crc32.ChecksumIEEE([]byte(name)) % uint32(n))
	d := make(Distribution, n)
	for i := range d {
		d[i] = uint8(1 + (start+i+1)%n)
	}
	return d
}

// Validate checks that d is an order of the shards 1..len(d) of at most [MaxSetDrives]
// drives. Distributions read from a drive must pass it before they are used as indexes.
func (d Distribution) Validate() error {
	if len(d) < 1 || len(d) > MaxSetDrives {
		return fmt.Errorf("%w: %d shards", ErrDistribution, len(d))
	}
	var seen [MaxSetDrives + 1]bool
	for _, shard := range d {
		if shard < 1 || int(shard) > len(d) || seen[shard] {
			return fmt.Errorf("%w: %v", ErrDistribution, []uint8(d))
		}
		seen[shard] = true
	}
	return nil
}

// Shard is the index of the shard, from zero, in a slot.
func (d Distribution) Shard(slot int) int { return int(d[slot]) - 1 }

// Slot is the slot that holds a shard, both from zero; -1 if none does.
func (d Distribution) Slot(shard int) int {
	for slot, number := range d {
		if int(number) == shard+1 {
			return slot
		}
	}
	return -1
}
