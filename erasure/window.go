package erasure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

const (
	// windowsInFlight is how many windows one reader or writer has at a time: one that is filled from or drained to the
	// client, two on their way from or to the drives.
	windowsInFlight = 3

	// runBytes is what a drive should at least be given to read or write at once. Where the frames of one block are
	// smaller, a window holds several blocks.
	runBytes = 128 << 10

	// memoryPatience is how long a reader or writer waits for its first window. The bound also ends what no patience would:
	// copies that all hold a window to read from and wait for one to write to.
	memoryPatience = 10 * time.Second
)

// windowBlocks is the number of blocks in a full window of a scheme.
func windowBlocks(s code.Scheme) int64 {
	frame := s.ShardBytes(s.BlockBytes) + bitrot.HashBytes
	return (runBytes + frame - 1) / frame
}

// window is a code.Window in pooled memory that several hold at a time: drives that read into it or write from it, and
// whoever fills or drains it. The last one to drop it gives the memory back.
type window struct {
	*code.Window
	memory  *buffer.Buffer
	holders atomic.Int32
}

// newWindow makes a window of capacity bytes with one holder. When the budget is used up it returns buffer.ErrBudget, at once
// or after memoryPatience: who holds a window already must not wait for another.
func (s *Set) newWindow(ctx context.Context, coder *code.Coder, capacity int64, wait bool) (*window, error) {
	size := coder.MemoryBytes(capacity)
	memory, err := s.buffers.TryGet(size)
	if wait && errors.Is(err, buffer.ErrBudget) {
		memory, err = s.waitForMemory(ctx, size)
	}
	if err != nil {
		return nil, err
	}
	w, err := coder.NewWindow(memory.Bytes(), capacity)
	if err != nil {
		memory.Release()
		return nil, err
	}
	held := &window{Window: w, memory: memory}
	held.holders.Store(1)
	return held, nil
}

func (s *Set) waitForMemory(ctx context.Context, size int) (*buffer.Buffer, error) {
	waiting, cancel := context.WithTimeout(ctx, memoryPatience)
	defer cancel()
	memory, err := s.buffers.Get(waiting, size)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("erasure: waited %v for memory: %w", memoryPatience, buffer.ErrBudget)
	}
	return memory, err
}

// hold adds a holder. Only a holder may call it.
func (w *window) hold() { w.holders.Add(1) }

// drop ends the holding of one holder, who must not touch the window any more.
func (w *window) drop() {
	if w.holders.Add(-1) == 0 {
		w.memory.Release()
	}
}

// readRun reads the run of a shard into its place in a window and verifies it.
func readRun(w *code.Window, shard int, file drive.Reader, offset int64) error {
	run := w.Run(shard)
	n, err := file.ReadAt(run, offset)
	if n < len(run) {
		if err == nil || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: shard ends early: %w", drive.ErrCorrupt, io.ErrUnexpectedEOF)
		}
		return err
	}
	for block := range w.Blocks() {
		if err := w.Verify(block, shard); err != nil {
			return rotten(err)
		}
	}
	return nil
}
