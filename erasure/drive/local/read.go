package local

import (
	"context"
	"io"
	"os"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// ReadFile returns a whole file.
func (d *Drive) ReadFile(ctx context.Context, p drive.Path, max int64) ([]byte, error) {
	if err := d.look(ctx, p); err != nil {
		return nil, err
	}
	defer d.leave()
	b, err := d.files.ReadFile(string(p), max)
	if err != nil {
		return nil, d.lift(err)
	}
	return b, nil
}

// look begins a call that reads at a path.
func (d *Drive) look(ctx context.Context, p drive.Path) error {
	if !p.Valid() {
		return d.refuse(drive.ErrInvalid, "path %q", p)
	}
	return d.enter(ctx)
}

// Open opens a file for reading by range.
func (d *Drive) Open(ctx context.Context, p drive.Path) (drive.Reader, error) {
	if err := d.look(ctx, p); err != nil {
		return nil, err
	}
	defer d.leave()
	fd, info, err := d.root.OpenRead(string(p))
	if err != nil {
		return nil, d.lift(err)
	}
	return &file{d: d, file: os.NewFile(uintptr(fd), string(p)), size: info.Size}, nil
}

// file is an open file. It outlives the drive: what is open stays readable until it is closed.
type file struct {
	d    *Drive
	file *os.File // counts its users, so that Close and a late ReadAt may meet
	size int64
}

func (f *file) Size() int64  { return f.size }
func (f *file) Close() error { return f.file.Close() }

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if fault := f.d.fault.Load(); fault != nil {
		return 0, *fault
	}
	n, err := f.file.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = f.d.lift(err)
	}
	return n, err
}

// Stat describes a file or directory.
func (d *Drive) Stat(ctx context.Context, p drive.Path) (drive.FileInfo, error) {
	if err := d.look(ctx, p); err != nil {
		return drive.FileInfo{}, err
	}
	defer d.leave()
	info, err := d.files.Stat(string(p))
	if err != nil {
		return drive.FileInfo{}, d.lift(err)
	}
	return drive.FileInfo{Size: info.Size, ModTime: info.ModTime, Dir: info.Dir}, nil
}
