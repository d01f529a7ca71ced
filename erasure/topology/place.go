package topology

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/dchest/siphash"
)

// Slot is a position in a pool: which set, and which drive of it, both from zero.
type Slot struct {
	Set, Drive int
}

// Place is a position in the cluster.
type Place struct {
	Pool int
	Slot
}

func (p Place) String() string {
	return fmt.Sprintf("pool %d set %d drive %d", p.Pool, p.Set, p.Drive)
}

// Sets is the number of sets of the pool.
func (p Pool) Sets() int { return len(p.Drives) / p.SetDrives }

// Set lists the drives of one set in order. The slice is a view of the pool.
func (p Pool) Set(set int) []string {
	first := set * p.SetDrives
	return p.Drives[first : first+p.SetDrives : first+p.SetDrives]
}

// Slot is the position of the i-th drive of the pool.
func (p Pool) Slot(i int) Slot { return Slot{Set: i / p.SetDrives, Drive: i % p.SetDrives} }

// Index is the inverse of [Pool.Slot].
func (p Pool) Index(s Slot) int { return s.Set*p.SetDrives + s.Drive }

// Map is the whole cluster: pools of sets of slots. It is plain data, safe for concurrent
// use as long as nobody changes it.
type Map struct {
	Deployment [16]byte // keys the set hash; the same in all pools
	Pools      []Pool   // in the order of the command line
}

// SetOf names the set of a pool that owns a name; see the function [SetOf].
func (m Map) SetOf(pool int, name string) int {
	return SetOf(name, m.Deployment, m.Pools[pool].Sets())
}

// Drive is the drive at a place, as the command line spells it.
func (m Map) Drive(p Place) string {
	pool := m.Pools[p.Pool]
	return pool.Drives[pool.Index(p.Slot)]
}

// Drives is the number of drives of all pools.
func (m Map) Drives() int {
	n := 0
	for _, p := range m.Pools {
		n += len(p.Drives)
	}
	return n
}

// All yields every drive with its place, in the order of the command line.
func (m Map) All() iter.Seq2[Place, string] {
	return func(yield func(Place, string) bool) {
		for i, pool := range m.Pools {
			for j, drive := range pool.Drives {
				if !yield(Place{Pool: i, Slot: pool.Slot(j)}, drive) {
					return
				}
			}
		}
	}
}

// SetOf names the set, from zero, that owns a name in a pool of so many sets: SipHash-2-4 of
// the name, keyed with the two little endian halves of the deployment id, modulo sets.
// The name goes without its bucket, so equal names in all buckets share a set. Fewer
// than two sets leave no choice: the result is 0.
//
// Source: docs/format/drive-layout.md, "Which set"; SipHash: Aumasson and Bernstein, 2012.
func SetOf(name string, deployment [16]byte, sets int) int {
	if sets < 2 {
		return 0
	}
	k0 := binary.LittleEndian.Uint64(deployment[:8])
	k1 := binary.LittleEndian.Uint64(deployment[8:])
	return int(siphash.Hash(k0, k1, []byte(name)) % uint64(sets))
}
