package code

import (
	"errors"
	"fmt"
	"iter"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// ErrLength is returned when a window is asked to hold more than it was made for.
var ErrLength = errors.New("code: window too small")

// Window is a stretch of a part in memory: one or more consecutive blocks, of which only the
// last may be short. Its memory is one slot for each shard, and a slot is laid out like the
// shard's file:
//
//	slot 0   | hash | shard 0 of block 0 | hash | shard 0 of block 1 | ... | room to spare |
//	slot 1   | hash | shard 1 of block 0 | hash | shard 1 of block 1 | ... | room to spare |
//	...
//
// A window is filled from a reader ([Window.Fill]) and coded ([Window.Encode]), or laid out for a
// number of bytes ([Window.Lay]), filled with frames from drives and completed
// ([Window.Rebuild]); over and over.
//
// Run, Frame, Shard, Seal and Verify may be called concurrently for different shards. All other
// methods need the window for themselves.
type Window struct {
	coder    *Coder
	memory   []byte // lent by the caller of NewWindow
	stride   int    // from slot to slot
	capacity int64  // bytes of the part that fit
	length   int64  // bytes of the part in the window now

	// Arguments of the matrix, kept here so that a call allocates nothing.
	shards [topology.MaxSetDrives][]byte
	wanted [topology.MaxSetDrives]bool
}

// slotAlignment lets slots begin on cache lines.
const slotAlignment = 64

func (c *Coder) strideBytes(capacity int64) int {
	return int(c.FileBytes(capacity)+slotAlignment-1) &^ (slotAlignment - 1)
}

// MemoryBytes is the memory that a window of so many bytes of a part needs: a little more than
// capacity * Shards / Data.
func (c *Coder) MemoryBytes(capacity int64) int {
	return c.Shards() * c.strideBytes(capacity)
}

// NewWindow makes a window that holds up to capacity bytes, out of memory of at least
// MemoryBytes(capacity). The memory must not be used otherwise while the window is.
func (c *Coder) NewWindow(memory []byte, capacity int64) (*Window, error) {
	if capacity < 0 || len(memory) < c.MemoryBytes(capacity) {
		return nil, fmt.Errorf("%w: %d bytes of memory for %d bytes of data", ErrLength, len(memory), capacity)
	}
	return &Window{coder: c, memory: memory, stride: c.strideBytes(capacity), capacity: capacity}, nil
}

// Lay lays the window out for length bytes. What it held before is lost; what the frames hold
// now is for the caller to fill in. The error is ErrLength.
func (w *Window) Lay(length int64) error {
	if length < 0 || length > w.capacity {
		return fmt.Errorf("%w: %d bytes where %d fit", ErrLength, length, w.capacity)
	}
	w.length = length
	return nil
}

// Len is the number of bytes of the part in the window.
func (w *Window) Len() int64 { return w.length }

// Blocks is the number of blocks in the window.
func (w *Window) Blocks() int { return int(w.coder.Blocks(w.length)) }

// Run is the slot of a shard as far as it is used: the frames of all blocks, one after another,
// as they stand in the shard's file.
func (w *Window) Run(shard int) []byte {
	slot := shard * w.stride
	end := slot + int(w.coder.FileBytes(w.length))
	return w.memory[slot:end:end]
}

// Frame is the frame of one shard of one block.
func (w *Window) Frame(block, shard int) []byte {
	offset, length := w.coder.Layout(w.length).Frame(int64(block))
	begin := shard*w.stride + int(offset)
	end := begin + int(length)
	return w.memory[begin:end:end]
}

// Shard is one shard of one block: its frame without the hash.
func (w *Window) Shard(block, shard int) []byte {
	return w.Frame(block, shard)[bitrot.HashBytes:]
}

// Seal puts the hashes in front of a shard of all blocks.
func (w *Window) Seal(shard int) {
	for block := range w.Blocks() {
		bitrot.Seal(w.Frame(block, shard))
	}
}

// Verify checks the hash of one shard of one block, whose frame was read from a drive. The error is
// bitrot.ErrCorrupt.
func (w *Window) Verify(block, shard int) error {
	_, err := bitrot.Open(w.Frame(block, shard))
	return err
}

// Data yields length bytes of the part, beginning at offset in the window, as pieces of the
// data shards in order. They must be there: read and verified, rebuilt, or filled in. What of the
// range lies outside the window is left out.
func (w *Window) Data(offset, length int64) iter.Seq[[]byte] {
	offset = max(0, offset)
	end := min(w.length, offset+length)
	return func(yield func([]byte) bool) {
		for offset < end {
			piece := w.piece(offset)
			piece = piece[:min(int64(len(piece)), end-offset)]
			if !yield(piece) {
				return
			}
			offset += int64(len(piece))
		}
	}
}

// piece is the rest of the data shard that holds the byte at offset, without the padding at the
// end of its block.
func (w *Window) piece(offset int64) []byte {
	block, inBlock := offset/w.coder.BlockBytes, offset%w.coder.BlockBytes
	blockBytes := w.coder.Block(block, w.length)
	shardBytes := w.coder.ShardBytes(blockBytes)
	piece := w.Shard(int(block), int(inBlock/shardBytes))[inBlock%shardBytes:]
	return piece[:min(int64(len(piece)), blockBytes-inBlock)]
}
