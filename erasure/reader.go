package erasure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Shards opens the shard file, or inline shard, of one slot. It is called when a shard is first needed, at most once for each
// slot, from several goroutines at once for different slots. drive.ErrNotFound means that the shard is missing.
type Shards func(ctx context.Context, slot int) (drive.Reader, error)

// Reader reads a blob by range. Its methods may be called concurrently; each RangeReader is for one goroutine.
//
// Shards stay open from their first use until Close or the end of the Reader's context, whichever is first.
type Reader struct {
	set      *Set
	ctx      context.Context
	coder    *code.Coder
	size     int64
	fileSize int64 // of every shard
	open     Shards
	damaged  func(slot int, err error)
	shards   []shard // by slot
	slots    []int   // by shard number
	unwatch  func() bool

	mu     sync.Mutex
	ranges []*RangeReader // guarded by mu
}

// NewReader prepares to read a blob of size bytes; no drive is asked yet. damaged, which may be nil, is told once of each
// slot whose shard was found missing, rotten or unreadable (a drive that is offline or slow is neither); it is called on
// goroutines of the Reader, maybe several at once and after Close, and must not block. The error is ErrGeometry.
func (s *Set) NewReader(ctx context.Context, g Geometry, size int64, open Shards, damaged func(slot int, err error)) (*Reader, error) {
	coder, err := s.coder(g, size)
	if err != nil {
		return nil, err
	}
	r := &Reader{
		set: s, ctx: ctx, coder: coder, size: size,
		fileSize: coder.FileBytes(size),
		open:     open,
		damaged:  damaged,
		shards:   make([]shard, s.Size()),
		slots:    g.slots(),
	}
	for slot := range r.shards {
		r.shards[slot].reader, r.shards[slot].slot = r, slot
	}
	r.unwatch = context.AfterFunc(ctx, r.closeShards)
	return r, nil
}

// Size is the size of the blob in bytes.
func (r *Reader) Size() int64 { return r.size }

// Close closes all ranges and lets go of the shards. No call of a RangeReader may be under way. Reads that are still under
// way end in the background.
func (r *Reader) Close() error {
	r.unwatch()
	r.mu.Lock()
	ranges := r.ranges
	r.ranges = nil
	r.mu.Unlock()
	for _, rr := range ranges {
		_ = rr.Close()
	}
	r.closeShards()
	return nil
}

func (r *Reader) closeShards() {
	for i := range r.shards {
		r.shards[i].close()
	}
}

// Range prepares to read length bytes from offset on; a length of -1 means to the end. A range that does not lie within the
// blob fails with its first read.
func (r *Reader) Range(offset, length int64) *RangeReader {
	rr := r.rangeReader(offset, length)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ranges = append(r.ranges, rr)
	return rr
}

func (r *Reader) rangeReader(offset, length int64) *RangeReader {
	rr := &RangeReader{reader: r, perWindow: windowBlocks(r.coder.Scheme)}
	if length == -1 && offset <= r.size {
		length = r.size - offset
	}
	if offset < 0 || length < 0 || offset > r.size || length > r.size-offset {
		rr.err = fmt.Errorf("erasure: range of %d bytes at %d is not in a blob of %d", length, offset, r.size)
		return rr
	}
	rr.pos, rr.planned, rr.end = offset, offset, offset+length
	return rr
}

// quorumError says what is wrong with each slot.
func (r *Reader) quorumError(got int) error {
	e := &QuorumError{Need: r.coder.Data, Got: got, Errs: make([]error, len(r.shards))}
	for slot := range r.shards {
		_, e.Errs[slot] = r.shards[slot].state()
	}
	return e
}

// RangeReader reads one range of a blob, in order. Windows of the range are fetched ahead of the reading; every byte was
// verified before it is handed out. It is used by one goroutine.
//
// Errors are a *QuorumError when there are too few sound shards, the cause of the Reader's context when that has ended,
// buffer.ErrBudget when there was no memory for a while, buffer.ErrSize when there never will be. After an error every further
// call returns it.
type RangeReader struct {
	reader    *Reader
	pos, end  int64 // what is left to hand out
	planned   int64 // fetches were begun up to here
	perWindow int64 // blocks
	heal      code.Shards
	fetches   []*fetch // in order; the first holds pos
	err       error
}

var _ interface {
	io.ReadCloser
	io.WriterTo
} = (*RangeReader)(nil)

// Start begins to fetch and waits until the first bytes are there, so that a caller learns whether the range can be read before
// it has promised anything to its client. It need not be called.
func (rr *RangeReader) Start() error {
	if rr.pos == rr.end {
		return rr.err
	}
	_, err := rr.current()
	return err
}

// Read implements io.Reader. It returns as much as the current window has.
func (rr *RangeReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, rr.err
	}
	if rr.err == nil && rr.pos == rr.end {
		return 0, io.EOF
	}
	f, err := rr.current()
	if err != nil {
		return 0, err
	}
	n := 0
	for piece := range f.Data(rr.pos-f.offset, min(int64(len(p)), rr.end-rr.pos)) {
		n += copy(p[n:], piece)
	}
	rr.advance(int64(n))
	return n, nil
}

// WriteTo implements io.WriterTo. It hands the data shards to w where they lie, one after another.
func (rr *RangeReader) WriteTo(w io.Writer) (int64, error) {
	begin := rr.pos
	for rr.pos < rr.end {
		f, err := rr.current()
		if err != nil {
			return rr.pos - begin, err
		}
		for piece := range f.Data(rr.pos-f.offset, rr.end-rr.pos) {
			n, err := w.Write(piece)
			if err == nil && n < len(piece) {
				err = io.ErrShortWrite
			}
			rr.pos += int64(n)
			if err != nil {
				return rr.pos - begin, err
			}
		}
		rr.advance(0)
	}
	return rr.pos - begin, rr.err
}

// Close gives back what the range holds. It may be called more than once. The Reader stays open.
func (rr *RangeReader) Close() error {
	rr.drop()
	if rr.err == nil {
		rr.err = errClosed
	}
	r := rr.reader
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ranges = slices.DeleteFunc(r.ranges, func(other *RangeReader) bool { return other == rr })
	return nil
}

// current returns the fetch that holds pos, complete. There are bytes left.
func (rr *RangeReader) current() (*fetch, error) {
	if rr.err != nil {
		return nil, rr.err
	}
	f, err := rr.complete()
	if err != nil {
		rr.drop()
		rr.err = rr.reader.set.missed(err)
	}
	return f, err
}

func (rr *RangeReader) complete() (*fetch, error) {
	for {
		if err := rr.fetchAhead(); err != nil {
			return nil, err
		}
		f := rr.fetches[0]
		err := f.wait()
		if _, missed := err.(*QuorumError); !missed || f.Blocks() == 1 {
			return f, err
		}
		// Two shards that rot in different blocks need not be two lost shards: look at each block by itself.
		rr.drop()
		rr.planned, rr.perWindow = rr.pos, 1
	}
}

// advance moves on by n bytes and drops the current window when it is used up.
func (rr *RangeReader) advance(n int64) {
	rr.pos += n
	if f := rr.fetches[0]; rr.pos == min(rr.end, f.offset+f.Len()) {
		f.close()
		rr.fetches = append(rr.fetches[:0], rr.fetches[1:]...)
	}
}

func (rr *RangeReader) drop() {
	for _, f := range rr.fetches {
		f.close()
	}
	rr.fetches = nil
}

// fetchAhead begins fetches until windowsInFlight are under way or the range is covered. Only the first may wait for memory.
func (rr *RangeReader) fetchAhead() error {
	for rr.planned < rr.end && len(rr.fetches) < windowsInFlight {
		f, err := rr.reader.newFetch(rr, len(rr.fetches) == 0)
		if err != nil {
			if len(rr.fetches) > 0 && errors.Is(err, buffer.ErrBudget) {
				return nil
			}
			return err
		}
		rr.fetches = append(rr.fetches, f)
		rr.planned = min(rr.end, f.offset+f.Len())
	}
	return nil
}
