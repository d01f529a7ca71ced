package mem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// look begins a call that reads at a path, and returns what is there.
func (d *Drive) look(ctx context.Context, p drive.Path) (*node, error) {
	if !p.Valid() {
		return nil, fmt.Errorf("%w: %q", drive.ErrInvalid, p)
	}
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	defer d.leave()
	n := d.root.find(string(p))
	if n == nil {
		return nil, fmt.Errorf("%w: %q", drive.ErrNotFound, p)
	}
	return n, nil
}

// file returns the file at a path.
func (d *Drive) file(ctx context.Context, p drive.Path) (*node, error) {
	n, err := d.look(ctx, p)
	if err == nil && n.dir() {
		return nil, fmt.Errorf("%w: %q is a directory", drive.ErrNotFound, p)
	}
	return n, err
}

// ReadFile returns a whole file.
func (d *Drive) ReadFile(ctx context.Context, p drive.Path, max int64) ([]byte, error) {
	n, err := d.file(ctx, p)
	switch {
	case err != nil:
		return nil, err
	case int64(len(n.data)) > max:
		return nil, fmt.Errorf("%w: %q has %d bytes, more than %d", drive.ErrCorrupt, p, len(n.data), max)
	}
	return append([]byte{}, n.data...), nil
}

// Open opens a file for reading by range.
func (d *Drive) Open(ctx context.Context, p drive.Path) (drive.Reader, error) {
	n, err := d.file(ctx, p)
	if err != nil {
		return nil, err
	}
	return reader{bytes.NewReader(n.data)}, nil
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

// Stat describes a file or directory.
func (d *Drive) Stat(ctx context.Context, p drive.Path) (drive.FileInfo, error) {
	n, err := d.look(ctx, p)
	if err != nil {
		return drive.FileInfo{}, err
	}
	return drive.FileInfo{Size: int64(len(n.data)), ModTime: n.changed, Dir: n.dir()}, nil
}

// List returns names of a directory.
func (d *Drive) List(ctx context.Context, p drive.Path, after string, max int) ([]drive.DirEntry, error) {
	n, err := d.look(ctx, p)
	if err != nil {
		return nil, err
	}
	if !n.dir() {
		return nil, fmt.Errorf("%w: %q is a file", drive.ErrNotFound, p)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	entries := n.list(after)
	if max > 0 && len(entries) > max {
		entries = entries[:max]
	}
	return entries, nil
}

// Walk yields the records of a volume. It meets those that were there when it began and still are.
func (d *Drive) Walk(ctx context.Context, volume, prefix, after string) (drive.Walker, error) {
	if !validVolume(volume) {
		return nil, fmt.Errorf("%w: volume %q", drive.ErrInvalid, volume)
	}
	n, err := d.look(ctx, drive.Path(volume))
	if err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	w := &walker{d: d, ctx: ctx}
	collect(n, volume, "", func(key string, p drive.Path) {
		if strings.HasPrefix(key, prefix) && key > after {
			w.records = append(w.records, record{key, p})
		}
	})
	slices.SortFunc(w.records, func(a, b record) int { return strings.Compare(a.key, b.key) })
	return w, nil
}

// collect calls found for each record in a directory and below. key is the directory's as the beginning of keys.
func collect(n *node, dir, key string, found func(key string, p drive.Path)) {
	for name, child := range n.entries {
		if !child.dir() || dir == drive.System && name == "tmp" {
			continue
		}
		at := dir + "/" + name
		if r := child.entries[drive.RecordName]; r != nil && !r.dir() {
			last := name
			if base, ok := strings.CutSuffix(name, drive.DirSuffix); ok {
				last = base + "/"
			}
			found(key+last, drive.Path(at).Join(drive.RecordName))
		}
		collect(child, at, key+name+"/", found)
	}
}

// walker is a walk over records found when it began.
type walker struct {
	d       *Drive
	ctx     context.Context // of the walk, as its contract says
	records []record
}

type record struct {
	key  string
	path drive.Path
}

func (w *walker) Next() (drive.Entry, error) {
	if err := w.d.enter(w.ctx); err != nil {
		w.records = nil
		return drive.Entry{}, err
	}
	defer w.d.leave()
	for len(w.records) > 0 {
		r := w.records[0]
		w.records = w.records[1:]
		if n := w.d.root.find(string(r.path)); n != nil && !n.dir() {
			return drive.Entry{Key: r.key, Record: bytes.Clone(n.data)}, nil
		}
	}
	return drive.Entry{}, io.EOF
}

func (w *walker) Seek(key string) {
	w.records = w.records[sort.Search(len(w.records), func(i int) bool { return w.records[i].key >= key }):]
}

func (w *walker) Close() { w.records = nil }
