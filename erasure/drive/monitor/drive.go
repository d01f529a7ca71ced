package monitor

import (
	"context"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// leastRate is the bytes a second that a drive moves at least. Calls may take that much longer than others of their kind.
const leastRate = 4 << 20

// timeFor is how long a drive may take for some bytes.
func timeFor(bytes int64) time.Duration {
	return time.Duration(bytes/leastRate)*time.Second + time.Duration(bytes%leastRate)*time.Second/leastRate
}

// Info describes the drive.
func (m *Drive) Info(ctx context.Context) (drive.Info, error) {
	return ask(m, ctx, info, func() (drive.Info, error) { return m.inner.Info(ctx) }, nil)
}

// Volumes lists the volumes.
func (m *Drive) Volumes(ctx context.Context) ([]drive.DirEntry, error) {
	return ask(m, ctx, volumes, func() ([]drive.DirEntry, error) { return m.inner.Volumes(ctx) }, nil)
}

// MakeVolume makes a volume.
func (m *Drive) MakeVolume(ctx context.Context, volume string) error {
	return m.tell(ctx, makeVolume, func() error { return m.inner.MakeVolume(ctx, volume) })
}

// RemoveVolume removes a volume.
func (m *Drive) RemoveVolume(ctx context.Context, volume string) error {
	return m.tell(ctx, removeVolume, func() error { return m.inner.RemoveVolume(ctx, volume) })
}

// ReadFile returns a whole file.
func (m *Drive) ReadFile(ctx context.Context, p drive.Path, max int64) ([]byte, error) {
	return ask(m, ctx, readFile, func() ([]byte, error) { return m.inner.ReadFile(ctx, p, max) }, nil)
}

// Open opens a file for reading by range.
func (m *Drive) Open(ctx context.Context, p drive.Path) (drive.Reader, error) {
	inner, err := ask(m, ctx, open, func() (drive.Reader, error) { return m.inner.Open(ctx, p) }, closeReader)
	if err != nil {
		return nil, err
	}
	return &reader{m: m, inner: inner}, nil
}

func closeReader(r drive.Reader) { _ = r.Close() } // it was not read

// Stat describes a file or directory.
func (m *Drive) Stat(ctx context.Context, p drive.Path) (drive.FileInfo, error) {
	return ask(m, ctx, stat, func() (drive.FileInfo, error) { return m.inner.Stat(ctx, p) }, nil)
}

// List returns names of a directory.
func (m *Drive) List(ctx context.Context, p drive.Path, after string, max int) ([]drive.DirEntry, error) {
	return ask(m, ctx, list, func() ([]drive.DirEntry, error) { return m.inner.List(ctx, p, after, max) }, nil)
}

// Walk yields the records of a volume.
func (m *Drive) Walk(ctx context.Context, volume, prefix, after string) (drive.Walker, error) {
	inner, err := ask(m, ctx, walk, func() (drive.Walker, error) { return m.inner.Walk(ctx, volume, prefix, after) }, drive.Walker.Close)
	if err != nil {
		return nil, err
	}
	return &walker{m: m, ctx: ctx, inner: inner}, nil
}

// Create makes a staged file.
func (m *Drive) Create(ctx context.Context, p drive.Path, size int64) (drive.Writer, error) {
	inner, err := ask(m, ctx, create, func() (drive.Writer, error) { return m.inner.Create(ctx, p, size) }, drive.Writer.Abort)
	if err != nil {
		return nil, err
	}
	return &writer{m: m, path: p, inner: inner}, nil
}

// Discard drops what is at p.
func (m *Drive) Discard(ctx context.Context, p drive.Path) error {
	return m.tell(ctx, discard, func() error { return m.inner.Discard(ctx, p) })
}

// Fence makes the drive refuse commits of older epochs.
func (m *Drive) Fence(ctx context.Context, epoch uint64) error {
	return m.tell(ctx, fence, func() error { return m.inner.Fence(ctx, epoch) })
}

// Commit applies a change. The drive works on a copy of it, since the caller has its bytes back when Commit returns, whatever
// the drive does then.
func (m *Drive) Commit(ctx context.Context, c *drive.Commit) error {
	w := m.lent.Get().(*commitCall)
	w.inner, w.ctx = m.inner, ctx
	w.copy(c)
	wasLeft, err := m.do(ctx, commit, timeFor(int64(len(w.bytes))), w)
	if !wasLeft {
		w.clear()
		m.lent.Put(w)
	}
	return err
}

// commitCall is the work of a commit, with all that the drive is given.
type commitCall struct {
	inner drive.Drive
	ctx   context.Context
	own   drive.Commit
	edits []drive.Edit
	bytes []byte
}

// copy takes over a commit.
func (w *commitCall) copy(c *drive.Commit) {
	size := 0
	for i := range c.Edits {
		size += len(c.Edits[i].Data)
	}
	if cap(w.bytes) < size {
		w.bytes = make([]byte, 0, size)
	}
	w.bytes, w.edits = w.bytes[:0], append(w.edits[:0], c.Edits...)
	for i := range w.edits {
		from := len(w.bytes)
		w.bytes = append(w.bytes, w.edits[i].Data...)
		w.edits[i].Data = w.bytes[from:len(w.bytes):len(w.bytes)]
	}
	w.own = drive.Commit{Stamp: c.Stamp, Record: c.Record, Edits: w.edits}
}

// keepBytes is the largest copy whose memory is used again.
const keepBytes = 64 << 10

// clear lets go of what the drive was given.
func (w *commitCall) clear() {
	clear(w.edits)
	kept := commitCall{edits: w.edits[:0], bytes: w.bytes[:0]}
	if cap(kept.bytes) > keepBytes {
		kept.bytes = nil
	}
	*w = kept
}

func (w *commitCall) do() error  { return w.inner.Commit(w.ctx, &w.own) }
func (w *commitCall) late(error) {}
