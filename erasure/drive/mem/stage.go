package mem

import (
	"bytes"
	"context"
	"fmt"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Create makes a staged file.
func (d *Drive) Create(ctx context.Context, p drive.Path, _ int64) (drive.Writer, error) {
	if !editable(p) || !within(string(p), string(drive.Staging)) {
		return nil, fmt.Errorf("%w: staged file %q", drive.ErrInvalid, p)
	}
	if err := d.change(ctx); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	if d.root.find(string(p)) != nil {
		return nil, fmt.Errorf("%w: %q", drive.ErrExists, p)
	}
	dir := d.root.mkdirs(parentOf(string(p)))
	if dir == nil {
		return nil, fmt.Errorf("%w: a file is where %q needs a directory", drive.ErrInvalid, p)
	}
	w := &writer{d: d, path: string(p), node: newFile(nil)}
	dir.entries[baseOf(string(p))] = w.node
	return w, nil
}

// writer is a staged file on its way.
type writer struct {
	d    *Drive
	path string
	node *node // nil when closed
	buf  bytes.Buffer
}

func (w *writer) Write(p []byte) (int, error) {
	w.d.mu.RLock()
	defer w.d.mu.RUnlock()
	if err := w.d.online(); err != nil {
		return 0, err
	}
	if w.node == nil {
		return 0, fmt.Errorf("mem: write to %q after its end", w.path)
	}
	return w.buf.Write(p)
}

func (w *writer) Close() error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	if w.node == nil {
		return fmt.Errorf("mem: close of %q after its end", w.path)
	}
	n := w.node
	w.node = nil
	if err := w.d.online(); err != nil {
		return err
	}
	if w.d.root.find(w.path) != n {
		return fmt.Errorf("%w: %q was discarded", drive.ErrNotFound, w.path)
	}
	w.d.root.set(w.path, newFile(w.buf.Bytes()))
	return nil
}

func (w *writer) Abort() {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	if w.node != nil && w.d.root.find(w.path) == w.node {
		delete(w.d.root.find(parentOf(w.path)).entries, baseOf(w.path))
		w.d.root.prune(parentOf(w.path), string(drive.Staging))
	}
	w.node = nil
}

// Discard drops what is at p.
func (d *Drive) Discard(ctx context.Context, p drive.Path) error {
	if !editable(p) {
		return fmt.Errorf("%w: discard %q", drive.ErrInvalid, p)
	}
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.mu.Unlock()
	name := string(p)
	n := d.root.find(name)
	if n == nil {
		return nil
	}
	if !within(name, string(drive.Staging)) {
		d.discarded = append(d.discarded, discarded{p, n})
	}
	delete(d.root.find(parentOf(name)).entries, baseOf(name))
	d.root.prune(parentOf(name), keepDir(name))
	return nil
}
