package code

import (
	"errors"
	"fmt"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

const (
	// BlockBytes is the size of the blocks we write.
	BlockBytes = 1 << 20

	// MaxBlockBytes is the largest block we read: objects written before 2021 have it.
	MaxBlockBytes = 10 << 20
)

// ErrScheme is returned for a scheme that cannot be or is too large for us.
var ErrScheme = errors.New("code: invalid scheme")

// Scheme is how the bytes of an object are coded. It is recorded with every version of an object,
// and may differ between them.
type Scheme struct {
	topology.Geometry
	BlockBytes int64
}

// Validate checks the geometry and 1 <= BlockBytes <= [MaxBlockBytes]. A scheme read from a drive
// must pass it before any other method is called.
func (s Scheme) Validate() error {
	if err := s.Geometry.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrScheme, err)
	}
	if s.BlockBytes < 1 || s.BlockBytes > MaxBlockBytes {
		return fmt.Errorf("%w: blocks of %d bytes", ErrScheme, s.BlockBytes)
	}
	return nil
}

// ShardBytes is the size of each shard of a block of blockBytes.
func (s Scheme) ShardBytes(blockBytes int64) int64 {
	return (blockBytes + int64(s.Data) - 1) / int64(s.Data)
}

// Blocks is the number of blocks of a part of partBytes.
func (s Scheme) Blocks(partBytes int64) int64 {
	return (partBytes + s.BlockBytes - 1) / s.BlockBytes
}

// Block is the size of the i-th block, from zero, of a part of partBytes: BlockBytes for all but
// the last, zero beyond.
func (s Scheme) Block(i, partBytes int64) int64 {
	return max(0, min(s.BlockBytes, partBytes-i*s.BlockBytes))
}

// PlainBytes is the size of each shard of a part of partBytes, without hashes.
func (s Scheme) PlainBytes(partBytes int64) int64 {
	whole, rest := partBytes/s.BlockBytes, partBytes%s.BlockBytes
	return whole*s.ShardBytes(s.BlockBytes) + s.ShardBytes(rest)
}

// Layout is the arithmetic of each shard file of a part of partBytes.
func (s Scheme) Layout(partBytes int64) bitrot.Layout {
	return bitrot.Layout{PlainBytes: s.PlainBytes(partBytes), ChunkBytes: s.ShardBytes(s.BlockBytes)}
}

// FileBytes is the exact size of each shard file of a part of partBytes.
func (s Scheme) FileBytes(partBytes int64) int64 {
	return s.Layout(partBytes).FileBytes()
}

func (s Scheme) String() string {
	return fmt.Sprintf("%v in blocks of %d", s.Geometry, s.BlockBytes)
}
