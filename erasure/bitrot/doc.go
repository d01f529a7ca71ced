// Package bitrot frames the bytes of a shard on their way to and from a drive, so that a
// drive that returns something else than was written is found out at once.
//
// # Concepts
//
// The shard of each block is a chunk; a chunk with its hash in front is a frame; a shard file is
// the frames of all blocks of a part, one after another (docs/format/shards.md):
//
//	+---------+------------------+---------+------------------+-- ... -+---------+-------+
//	| hash 32 | chunk            | hash 32 | chunk            |        | hash 32 | chunk |
//	+---------+------------------+---------+------------------+-- ... -+---------+-------+
//
// All chunks but the last are equally long, so the frame of any block is found by
// arithmetic ([Layout]) and read without its neighbours. There is no header, no length and no
// trailer: the size of the file must be exactly [Layout.FileBytes].
//
// The hash is HighwayHash-256 with a fixed public key. It detects accidents, and damage by
// somebody who cannot also rewrite the hash; it authenticates nothing.
//
// Nothing is copied: a frame is prepared where it lies. Leave room for the hash, fill in the
// chunk, [Seal] it and write the frame as one piece; read a frame as one piece and [Open]
// it to get at the chunk.
//
//	frame := buf[:bitrot.HashBytes+len(chunk)]
//	copy(frame[bitrot.HashBytes:], chunk)
//	bitrot.Seal(frame)
package bitrot
