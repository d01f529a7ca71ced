package local

import (
	"context"
	"path"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

const (
	// allocateFrom is the announced size in bytes from which a staged file's blocks are reserved in advance.
	allocateFrom = 128 << 10
	// flushEvery is how many bytes of a staged file may pile up before they are sent on their way, so that Close has little
	// left to wait for.
	flushEvery = 4 << 20
)

// Create makes a staged file. drive.ErrExists: there is one of that name. The space for an announced size is reserved at
// once, so that a drive that is too full says so before the bytes come.
func (d *Drive) Create(ctx context.Context, p drive.Path, size int64) (drive.Writer, error) {
	if err := d.change(ctx); err != nil {
		return nil, err
	}
	defer d.leave()
	name := string(p)
	if !editable(p) || !below(name, staging) {
		return nil, d.refuse(drive.ErrInvalid, "staged file %q", p)
	}
	if err := d.room(max(size, 0)); err != nil {
		return nil, d.lift(err)
	}
	file, err := d.createStaged(name)
	if err != nil {
		return nil, d.lift(err)
	}
	w := &writer{d: d, name: name, file: file}
	if size >= allocateFrom {
		w.allocated = size
		if err := file.Preallocate(size); err != nil {
			w.Abort()
			return nil, d.lift(err)
		}
	}
	return w, nil
}

// createStaged makes the file and what leads to it. Others may remove directories as long as they are empty.
func (d *Drive) createStaged(name string) (durable.File, error) {
	var file durable.File
	var err error
	for range again {
		if file, err = d.files.Create(name); !absent(err) {
			return file, err
		}
		if err = durable.MkdirAll(d.files, path.Dir(name), staging); err != nil {
			break
		}
	}
	if absent(err) {
		err = d.fail("stage file", err) // somebody took tmp away under us
	}
	return nil, err
}

// writer is a staged file on its way.
type writer struct {
	d         *Drive
	name      string
	file      durable.File // nil when closed
	allocated int64        // reserved in advance
	written   int64
	flushed   int64 // sent on their way
	err       error // of the first Write that failed
}

func (w *writer) Write(p []byte) (int, error) {
	d := w.d
	d.gate.RLock()
	defer d.gate.RUnlock()
	if err := d.online(); err != nil {
		return 0, err
	}
	if w.file == nil {
		return 0, d.refuse(nil, "write to %q after its end", w.name)
	}
	n, err := w.file.Write(p)
	w.written += int64(n)
	if err != nil {
		w.err = d.lift(err)
		return n, w.err
	}
	if behind := w.written - w.flushed; behind >= flushEvery {
		w.file.StartWriteback(w.flushed, behind)
		w.flushed = w.written
	}
	return n, nil
}

// Close makes the file durable, or drops it.
func (w *writer) Close() error {
	d := w.d
	d.gate.RLock()
	defer d.gate.RUnlock()
	if w.file == nil {
		return d.refuse(nil, "close of %q after its end", w.name)
	}
	err := d.online()
	if err == nil {
		err = w.err
	}
	if err == nil {
		err = w.sync()
	}
	if err != nil {
		w.drop()
		return d.lift(err)
	}
	file := w.file
	w.file = nil
	return d.lift(file.Close())
}

// sync makes durable the bytes and all entries that lead to them.
func (w *writer) sync() error {
	if w.allocated > w.written {
		if err := w.file.Truncate(w.written); err != nil { // gives back the blocks that were not needed
			return err
		}
	}
	if err := w.file.Datasync(); err != nil {
		return w.d.fail("sync staged file", err)
	}
	err := durable.SyncUp(w.d.files, path.Dir(w.name), staging)
	if err != nil && !absent(err) { // absent: it was discarded
		return w.d.fail("sync staging directory", err)
	}
	return err
}

// Abort drops the file.
func (w *writer) Abort() {
	w.d.gate.RLock()
	defer w.d.gate.RUnlock()
	if w.file != nil {
		w.drop()
	}
}

func (w *writer) drop() {
	w.file.Close()
	w.file = nil
	if !w.d.closed { // otherwise the next start sweeps it
		w.d.files.Remove(w.name)
		w.d.prune(path.Dir(w.name), staging)
	}
}

// Discard drops what is at p, staged or not. It is not durable: after a crash what was not staged may be back. Parents left
// empty go too.
func (d *Drive) Discard(ctx context.Context, p drive.Path) error {
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.leave()
	if !editable(p) {
		return d.refuse(drive.ErrInvalid, "discard %q", p)
	}
	name := string(p)
	if below(name, staging) {
		d.stages.lock(stageName(p))
		defer d.stages.unlock(stageName(p))
	}
	if err := d.dispose(name); err != nil {
		return d.lift(err)
	}
	d.prune(path.Dir(name), keepDir(name))
	return nil
}
