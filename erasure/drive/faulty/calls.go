package faulty

import (
	"context"
	"slices"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Info describes the drive.
func (d *Drive) Info(ctx context.Context) (drive.Info, error) {
	return get(ctx, d, Info, "", func() (drive.Info, error) { return d.inner.Info(ctx) })
}

// Volumes lists the volumes.
func (d *Drive) Volumes(ctx context.Context) ([]drive.DirEntry, error) {
	return get(ctx, d, Volumes, "", func() ([]drive.DirEntry, error) { return d.inner.Volumes(ctx) })
}

// MakeVolume makes a volume.
func (d *Drive) MakeVolume(ctx context.Context, volume string) error {
	return d.run(ctx, MakeVolume, drive.Path(volume), func() error { return d.inner.MakeVolume(ctx, volume) })
}

// RemoveVolume removes a volume.
func (d *Drive) RemoveVolume(ctx context.Context, volume string) error {
	return d.run(ctx, RemoveVolume, drive.Path(volume), func() error { return d.inner.RemoveVolume(ctx, volume) })
}

// ReadFile returns a whole file.
func (d *Drive) ReadFile(ctx context.Context, p drive.Path, max int64) ([]byte, error) {
	v := d.judge(ReadFile, p)
	if err := v.before(ctx); err != nil {
		return nil, err
	}
	b, err := d.inner.ReadFile(ctx, p, max)
	if err = v.answer(err); err != nil {
		return nil, err
	}
	v.flip(b)
	return b, nil
}

// Open opens a file for reading by range.
func (d *Drive) Open(ctx context.Context, p drive.Path) (drive.Reader, error) {
	r, err := get(ctx, d, Open, p, func() (drive.Reader, error) { return d.inner.Open(ctx, p) })
	if err != nil {
		return nil, err
	}
	return &reader{Reader: r, d: d, path: p}, nil
}

type reader struct {
	drive.Reader
	d    *Drive
	path drive.Path
}

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	v := r.d.judge(ReadAt, r.path)
	if err := v.before(context.Background()); err != nil {
		return 0, err
	}
	n, err := r.Reader.ReadAt(p, off)
	if err = v.answer(err); n > 0 {
		v.flip(p[:n])
	}
	return n, err
}

// Stat describes a file or directory.
func (d *Drive) Stat(ctx context.Context, p drive.Path) (drive.FileInfo, error) {
	return get(ctx, d, Stat, p, func() (drive.FileInfo, error) { return d.inner.Stat(ctx, p) })
}

// List returns names of a directory.
func (d *Drive) List(ctx context.Context, p drive.Path, after string, max int) ([]drive.DirEntry, error) {
	return get(ctx, d, List, p, func() ([]drive.DirEntry, error) { return d.inner.List(ctx, p, after, max) })
}

// Walk yields the records of a volume.
func (d *Drive) Walk(ctx context.Context, volume, prefix, after string) (drive.Walker, error) {
	p := drive.Path(volume + "/" + prefix)
	w, err := get(ctx, d, Walk, p, func() (drive.Walker, error) { return d.inner.Walk(ctx, volume, prefix, after) })
	if err != nil {
		return nil, err
	}
	return &walker{Walker: w, d: d, ctx: ctx, path: p}, nil
}

type walker struct {
	drive.Walker
	d    *Drive
	ctx  context.Context // of the walk, as its contract says
	path drive.Path
	over error
}

func (w *walker) Next() (drive.Entry, error) {
	if w.over != nil {
		return drive.Entry{}, w.over
	}
	v := w.d.judge(Next, w.path)
	if w.over = v.before(w.ctx); w.over != nil {
		return drive.Entry{}, w.over
	}
	e, err := w.Walker.Next()
	if w.over = v.answer(err); w.over != nil {
		return drive.Entry{}, w.over
	}
	if v.flips {
		e.Record = slices.Clone(e.Record)
		v.flip(e.Record)
	}
	return e, nil
}

// Create makes a staged file.
func (d *Drive) Create(ctx context.Context, p drive.Path, size int64) (drive.Writer, error) {
	w, err := get(ctx, d, Create, p, func() (drive.Writer, error) { return d.inner.Create(ctx, p, size) })
	if err != nil {
		return nil, err
	}
	return &writer{Writer: w, d: d, path: p}, nil
}

type writer struct {
	drive.Writer
	d    *Drive
	path drive.Path
}

func (w *writer) Write(p []byte) (int, error) {
	v := w.d.judge(Write, w.path)
	if err := v.before(context.Background()); err != nil {
		return 0, err
	}
	arrives := p
	switch {
	case v.lose:
		arrives = nil
	case v.torn:
		arrives = p[:len(p)/2]
	}
	n, err := w.Writer.Write(arrives)
	if err == nil {
		n = len(p)
	}
	return n, v.answer(err)
}

func (w *writer) Close() error {
	v := w.d.judge(CloseFile, w.path)
	if err := v.before(context.Background()); err != nil {
		w.Writer.Abort()
		return err
	}
	return v.answer(w.Writer.Close())
}

// Discard drops what is at p.
func (d *Drive) Discard(ctx context.Context, p drive.Path) error {
	return d.run(ctx, Discard, p, func() error { return d.inner.Discard(ctx, p) })
}

// Commit applies a change.
func (d *Drive) Commit(ctx context.Context, c *drive.Commit) error {
	paths := []drive.Path{c.Record}
	for _, e := range c.Edits {
		paths = append(paths, e.Path, e.From)
	}
	v := d.judge(Commit, paths...)
	if err := v.before(ctx); err != nil {
		return err
	}
	switch {
	case v.lose:
		return nil
	case v.torn:
		c = tear(c)
	}
	return v.answer(d.inner.Commit(ctx, c))
}

// tear returns a commit of which the writes arrive by half.
func tear(c *drive.Commit) *drive.Commit {
	torn := *c
	torn.Edits = slices.Clone(c.Edits)
	for i, e := range torn.Edits {
		torn.Edits[i].Data = e.Data[:len(e.Data)/2]
	}
	return &torn
}

// Fence makes the drive refuse commits of older epochs.
func (d *Drive) Fence(ctx context.Context, epoch uint64) error {
	return d.run(ctx, Fence, "", func() error { return d.inner.Fence(ctx, epoch) })
}

// Close closes the drive inside. Calls that hang go on.
func (d *Drive) Close() error {
	d.Clear()
	return d.inner.Close()
}
