// Package code turns the bytes of a part into shards for the drives of a set, and any sufficient
// number of those shards back into bytes.
//
// # Concepts
//
// A part is cut in blocks of [Scheme].BlockBytes. Each block stands alone: it is cut in Data
// equally long pieces (the last ones padded with zeros), to which Reed-Solomon coding adds
// Parity pieces. These are the shards of the block; any Data of them suffice to have it
// back. Every shard gets its hash in front ([bitrot]), and what a drive stores is the run of frames
// of one shard number over all blocks of the part (docs/format/shards.md).
//
//	part     | block 0            | block 1            | block 2    |
//	          a     b     c     d  e     f     g     h   i  j  k  l0    4 data shards each
//	shard 0  [#|a][#|e][#|i]        one file on one drive; # is the hash
//	shard 1  [#|b][#|f][#|j]
//	...
//	shard 5  [#|Q][#|R][#|S]        Q = parity of a, b, c, d
//
// [Scheme] is the arithmetic, [Coder] the mathematics, [Window] the memory: one or more
// consecutive blocks of a part, laid out so that nothing is ever copied. Data read from a client
// lands in the middle of the frames it will be written in; frames read from drives are
// verified, completed and sent on from where they landed; and the run of each shard is one
// contiguous piece, one write or read for its drive.
//
//	coder, err := coders.Coder(scheme)
//	buf, err := pool.Get(ctx, coder.MemoryBytes(size))
//	window, err := coder.NewWindow(buf.Bytes(), size)
//	_, err = window.Fill(body, size)
//	err = window.Encode()
//	for shard := range scheme.Shards() {
//		window.Seal(shard)                 // these two on a goroutine for each drive
//		drives[shard].Write(window.Run(shard))
//	}
//
// Shards are numbered from zero here. Which drive holds which is the business of
// topology.Distribution.
//
// # Traps
//
// An empty part has no blocks, no shards and no files. The shards of the last, shorter block are
// shorter too: always ask the scheme. The matrix is that of klauspost/reedsolomon without options;
// any other would write what only we could read.
package code
