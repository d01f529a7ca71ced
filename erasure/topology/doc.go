// Package topology is the arithmetic of a cluster: which drives there are, how
// they are grouped, which group owns a name, and which drive holds which shard.
// It reads nothing, opens nothing and remembers nothing.
//
// # Concepts
//
// A drive is a string: a path, or a URL whose last part is a path. The command
// line names all drives in order, mostly through ellipses: /mnt/disk{1...16}.
//
//	cluster   all pools
//	pool      the drives of one argument; pools are added, never changed
//	set       2..16 drives of one pool, all sets of a pool are equally large;
//	          an object lives on exactly one set
//	slot      one position in a set; the drive in it is known by its label
//	          (package label), the slot by its indexes
//
// [Expand] turns arguments into pools. [SetOf] names the set of a pool that owns
// a name: a keyed hash of the name modulo the number of sets. [Distribute] rotates the
// shards of a name over the slots of its set, so that the drives share the work of
// data and parity evenly. [Geometry] is how many shards carry data and how many
// carry parity, and thereby how many drives must answer a read or a write.
//
//	pools, err := topology.Expand([]string{"/mnt/disk{1...16}"}, 0)
//	m := topology.Map{Deployment: id, Pools: pools}
//	set := m.SetOf(0, "photos/cat.jpg")
//	order := topology.Distribute("bucket/photos/cat.jpg", pools[0].SetDrives)
//
// # Traps
//
// Every rule here is part of the format on the drives (docs/format/drive-layout.md,
// docs/format/shards.md): another rounding or another order does not fail, it looks
// for objects where they are not. The set hash takes the name without its bucket, the
// distribution takes it with the bucket. Writers compute a distribution; readers
// use the one recorded with the object.
package topology
