package monitor

import (
	"context"
	"io"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// reader is an open file.
type reader struct {
	m     *Drive
	inner drive.Reader
}

func (r *reader) Size() int64 { return r.inner.Size() }

// ReadAt returns when the drive has: p is lent to it until then.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	c, err := r.m.enter(readAt, timeFor(int64(len(p))))
	if err != nil {
		return 0, err
	}
	n, err := r.inner.ReadAt(p, off)
	r.m.exit(c, err)
	return n, err
}

func (r *reader) Close() error { return r.m.letGo(r.inner.Close) }

// writer is a staged file.
type writer struct {
	m       *Drive
	path    drive.Path
	inner   drive.Writer
	written int64
	gone    bool // there is nothing to abort, or whoever comes home late does it
}

// Write returns when the drive has: p is lent to it until then.
func (w *writer) Write(p []byte) (int, error) {
	if w.gone {
		return 0, w.m.offline("write to %q after its end", w.path)
	}
	c, err := w.m.enter(write, timeFor(int64(len(p))))
	if err != nil {
		return 0, err
	}
	n, err := w.inner.Write(p)
	w.written += int64(n)
	w.m.exit(c, err)
	return n, err
}

func (w *writer) Close() error {
	if w.gone {
		return w.m.offline("close of %q after its end", w.path)
	}
	wasLeft, err := w.m.do(context.Background(), closeFile, timeFor(w.written), w)
	w.gone = wasLeft || err == nil
	return err
}

func (w *writer) Abort() {
	if w.gone {
		return
	}
	w.gone = true
	_ = w.m.letGo(func() error { w.inner.Abort(); return nil })
}

// do is the work of Close.
func (w *writer) do() error { return w.inner.Close() }

// late drops a file whose Close was given up. The caller was told that it must not be used.
func (w *writer) late(err error) {
	if err != nil {
		w.inner.Abort()
		return
	}
	_ = w.m.inner.Discard(context.Background(), w.path) // what stays is swept when the drive is next opened
}

// walker is a walk.
type walker struct {
	m     *Drive
	ctx   context.Context // of the walk, as its contract says
	inner drive.Walker
	entry drive.Entry // of the work of Next
	err   error       // why the walk is over
	gone  bool        // there is nothing to close, or whoever comes home late does it
}

func (w *walker) Next() (drive.Entry, error) {
	if w.err != nil {
		return drive.Entry{}, w.err
	}
	wasLeft, err := w.m.do(w.ctx, next, 0, w)
	if wasLeft || err != nil && err != io.EOF {
		w.err = err
		w.gone = w.gone || wasLeft
	}
	if err != nil {
		return drive.Entry{}, err
	}
	return w.entry, nil
}

// do is the work of Next.
func (w *walker) do() (err error) {
	w.entry, err = w.inner.Next()
	return err
}

func (w *walker) late(error) { w.inner.Close() }

func (w *walker) Seek(key string) {
	if w.err == nil {
		w.inner.Seek(key)
	}
}

func (w *walker) Close() {
	if w.gone {
		return
	}
	w.gone = true
	if w.err == nil {
		w.err = w.m.offline("walk was closed")
	}
	_ = w.m.letGo(func() error { w.inner.Close(); return nil })
}

// letGo gives back what the drive holds open. A drive that takes no calls is not waited for.
func (m *Drive) letGo(do func() error) error {
	r := &releaseCall{give: do}
	wasLeft, err := m.do(context.Background(), release, 0, r)
	if wasLeft || r.begun {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.releases = append(m.releases, do)
	switch {
	case m.releasing:
	case m.closed: // Close does not wait any more
		go m.letAllGo()
	default:
		m.others.Go(m.letAllGo)
	}
	m.releasing = true
	return nil
}

// letAllGo works through the releases. On a drive that hangs it costs one thread.
func (m *Drive) letAllGo() {
	for {
		m.mu.Lock()
		if len(m.releases) == 0 {
			m.releases, m.releasing = nil, false
			m.mu.Unlock()
			return
		}
		do := m.releases[0]
		m.releases = m.releases[1:]
		m.mu.Unlock()
		_ = do() // nobody waits for what it says
	}
}

// releaseCall is the work of letting go.
type releaseCall struct {
	give  func() error
	begun bool
}

func (r *releaseCall) do() error {
	r.begun = true
	return r.give()
}

func (r *releaseCall) late(error) {}
