// Package erasure makes many drives one [Set] that loses nothing when some of them fail. It moves bytes and counts answers;
// what the bytes mean is no concern of it.
//
// # Concepts
//
// A blob is a stream of bytes that is never changed. It is cut into blocks, each block into Data pieces of equal length
// (the last filled up with zeros), and Parity more pieces are computed from them; any Data of the Data+Parity pieces give
// the block back. The pieces of one number make a shard, and every drive of the set, each in its slot, keeps one shard of
// the blob. [Geometry] says how many pieces there are and which shard lies in which slot. On a drive a shard is a file of
// frames, each a piece with its hash in front (docs/format/shards.md, package bitrot), or a short byte string inside a record.
//
//	blob      |<-- BlockSize -->|<-- BlockSize -->|<- rest ->|
//	block     |  piece 1  |  piece 2  | + piece 3 (parity) + piece 4 (parity)
//	shard 1   | hash | piece 1 of block 0 | hash | piece 1 of block 1 | hash | piece 1 of the rest |
//
// A quorum is the number of drives that must agree before anything counts: enough that two writes cannot both have it, few
// enough that Parity drives may be away. When it is missed the answer is a [*QuorumError], which knows what each drive said.
//
// # Use
//
//	w, err := set.NewWriter(ctx, g, staging.Join("part.1"), size)
//	if err != nil {
//		return err
//	}
//	defer w.Abort()
//	if _, err := w.ReadFrom(body); err != nil {
//		return err
//	}
//	staged, err := w.Close() // staged[slot] is nil where the shard is durable
//	...
//	err = set.Commit(ctx, g.WriteQuorum(), commits, func(errs []error) { healThoseThatMissedIt(errs) })
//
//	r, err := set.NewReader(ctx, g, size, open, damaged)
//	if err != nil {
//		return err
//	}
//	defer r.Close()
//	_, err = r.Range(0, size).WriteTo(response)
//
// Small blobs need no files: [Set.Encode] and [Set.Decode] turn them into shards in memory and back.
//
// # Traps
//
// A drive may be slow or hang. Nothing here waits for one drive when the others suffice: calls return, and what the late drive
// still holds (a buffer, a goroutine) is given back when it answers. [Set.Wait] waits for that; call it before closing drives.
// DESIGN.md beside the code tells who owns which bytes when.
package erasure
