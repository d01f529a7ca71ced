package inspect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// disk is a drive open for looking. Nothing can be written through it, not even the time of the last access where that can
// be avoided. It is safe for concurrent use.
type disk struct {
	path string
	root *os.Root
}

func openDisk(path string) (*disk, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &disk{path, root}, nil
}

func (d *disk) close() { d.root.Close() }

// open opens a regular file. It does not wait for the other end of a pipe that stands in its place.
func (d *disk) open(name string) (*os.File, int64, error) {
	f, err := d.openQuietly(name, unix.O_NONBLOCK)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// openQuietly opens for reading without leaving a trace, if the owner of the file lets us.
func (d *disk) openQuietly(name string, flags int) (*os.File, error) {
	f, err := d.root.OpenFile(name, os.O_RDONLY|unix.O_NOATIME|flags, 0)
	if errors.Is(err, fs.ErrPermission) {
		f, err = d.root.OpenFile(name, os.O_RDONLY|flags, 0)
	}
	return f, err
}

// readFile reads a file of at most limit bytes.
func (d *disk) readFile(name string, limit int64) ([]byte, error) {
	f, size, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAtMost(f, size, limit)
}

// readAtMost reads a file that had so many bytes when it was opened.
func readAtMost(r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, fmt.Errorf("%d bytes, where at most %d make sense", size, limit)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}

// list calls see with each name in a directory, in no particular order.
func (d *disk) list(dir string, see func(name string, isDir bool)) error {
	f, err := d.openQuietly(dir, unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(1024)
		for _, e := range entries {
			see(e.Name(), e.IsDir())
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// space is the size of the drive's file system and what is free of it for everybody, in bytes.
func (d *disk) space() (total, free uint64) {
	var s unix.Statfs_t
	if unix.Statfs(d.path, &s) != nil {
		return 0, 0
	}
	return s.Blocks * uint64(s.Bsize), s.Bavail * uint64(s.Bsize)
}

// absent tells whether an error says that there is nothing, rather than that it could not be had.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}
