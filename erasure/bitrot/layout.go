package bitrot

// Layout is the arithmetic of one shard file. Its numbers are bytes; neither is negative and
// ChunkBytes is not zero.
type Layout struct {
	PlainBytes int64 // the shard without hashes
	ChunkBytes int64 // every chunk but the last, which may be shorter
}

// FileBytes is the exact size of the file of a shard of plainBytes cut in chunks of chunkBytes.
func FileBytes(plainBytes, chunkBytes int64) int64 {
	return Layout{plainBytes, chunkBytes}.FileBytes()
}

// Frames is the number of frames; none for an empty shard.
func (l Layout) Frames() int64 {
	return (l.PlainBytes + l.ChunkBytes - 1) / l.ChunkBytes
}

// FileBytes is the exact size of the file.
func (l Layout) FileBytes() int64 {
	return l.PlainBytes + l.Frames()*HashBytes
}

// Frame tells where the i-th frame, from zero, begins in the file, and how long it is with its
// hash. Beyond the last frame the length is zero.
func (l Layout) Frame(i int64) (offset, length int64) {
	offset = i * (l.ChunkBytes + HashBytes)
	chunk := min(l.ChunkBytes, l.PlainBytes-i*l.ChunkBytes)
	if i < 0 || chunk <= 0 {
		return offset, 0
	}
	return offset, chunk + HashBytes
}

// Find tells which frame holds a byte of the plain shard, and where in that frame's chunk.
func (l Layout) Find(plainOffset int64) (frame, offset int64) {
	return plainOffset / l.ChunkBytes, plainOffset % l.ChunkBytes
}
