// Package durable changes files so that the change survives a loss of power.
//
// # Concepts
//
// A system call that returned has changed the kernel's memory, not the platter. What it takes to get there differs for the
// two halves of a file. Its bytes and its size are brought down by syncing the file. Its name is an entry in a directory and
// is brought down by syncing that directory; the directory's own name is an entry in its parent, and so on up to a
// directory known to be durable already, the boundary. A file that was written, synced and renamed into place without its
// directory being synced is, after a power cut, often found under its old name (ext4 and xfs, observed on Linux 6.18);
// one that was renamed before its bytes were synced is found empty under the new one.
//
// Hence the recipes of this package: [Replace] (write beside, sync, rename over, sync the directory), [Zeros] (a file whose
// blocks are all written, so that later overwrites change no metadata), [MkdirAll] and [SyncUp] (all entries that lead to a
// name, up to a boundary).
//
//	dir, err := durable.OpenDir("/mnt/drive1")
//	err = durable.Replace(dir, "state/epoch", "state/epoch.new", data)
//
// The recipes work on an [FS], a directory tree seen through one handle. [Dir] is the real one; it resolves every name
// beneath that handle, so that a mount that goes away or a symbolic link that leads elsewhere cannot divert a write. Tests
// put a model of a disk that loses power in its place.
//
// # Traps
//
// An error of Datasync, SyncDir or Sync means that it is unknown what is on the platter, and that it will stay unknown:
// Linux marks the pages clean after the failure, so a second sync succeeds without having written anything (Rebello et al.,
// "Can Applications Recover from fsync Failures?", USENIX ATC 2020). Give the file up; never retry.
package durable

import (
	"errors"
	"io"
	"io/fs"
	"path"
)

// FS is a tree of files below one directory. Names are slash separated and relative to it; "." is the directory itself. A
// name that leads out of the tree is an error. Errors are *fs.PathError with a system error number inside.
//
// Nothing is durable before the file (its bytes) and the directory (its name) have been synced. All methods may be called
// concurrently.
type FS interface {
	// Create makes a file that must not exist.
	Create(name string) (File, error)
	// Open opens a file for reading and writing.
	Open(name string) (File, error)
	// ReadFile returns a whole file; one of more than max bytes is EFBIG.
	ReadFile(name string, max int64) ([]byte, error)
	// ReadDir lists a directory in no particular order.
	ReadDir(name string) ([]Entry, error)
	// Stat describes what is at name; a symbolic link is not followed.
	Stat(name string) (Info, error)
	// Mkdir makes a directory whose parent exists.
	Mkdir(name string) error
	// Rename moves a file or directory; a file, or an empty directory, at the new name is replaced in the same step.
	Rename(from, to string) error
	// Exchange lets two names change places in one step.
	Exchange(a, b string) error
	// Remove removes a file.
	Remove(name string) error
	// Rmdir removes an empty directory.
	Rmdir(name string) error
	// SyncDir makes the entries of a directory durable.
	SyncDir(name string) error
	// Sync makes everything durable that has been done in the whole file system.
	Sync() error
}

// File is an open file. Write and Close are for one goroutine; the others may be called concurrently.
type File interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size returns the number of bytes in the file.
	Size() (int64, error)
	// Truncate cuts the file, and gives back blocks that were allocated beyond.
	Truncate(size int64) error
	// Preallocate reserves room for size bytes without changing the file's size. A file system that cannot does nothing.
	Preallocate(size int64) error
	// StartWriteback asks that n bytes at off be on their way to the platter soon. It is a hint and makes nothing durable.
	StartWriteback(off, n int64)
	// Datasync makes the file's bytes and size durable.
	Datasync() error
}

// Entry is one name in a directory.
type Entry struct {
	Name string
	Dir  bool
}

// Replace makes name hold exactly data, durably: after a loss of power it is found with its old content or the new. temp is
// a name in the same directory that nobody else uses; what an earlier attempt left there is overwritten.
func Replace(f FS, name, temp string, data []byte) error {
	if err := f.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := WriteFile(f, temp, data); err != nil {
		return errors.Join(err, ignoreAbsent(f.Remove(temp)))
	}
	if err := f.Rename(temp, name); err != nil {
		return errors.Join(err, ignoreAbsent(f.Remove(temp)))
	}
	return f.SyncDir(path.Dir(name))
}

// WriteFile makes a file of which the bytes are durable, the name not yet.
func WriteFile(f FS, name string, data []byte) error {
	file, err := f.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Datasync()
	}
	return errors.Join(err, file.Close())
}

// Zeros makes a file of size zero bytes, durably. The zeros are written, not merely allocated: overwriting them later
// changes neither the file's size nor its extents, so that a Datasync then costs one write and no journal commit. fill
// may put a beginning in; it is part of the file when the file has its name. temp is as for [Replace].
func Zeros(f FS, name, temp string, size int64, fill []byte) error {
	if err := f.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeZeros(f, temp, size, fill); err != nil {
		return errors.Join(err, ignoreAbsent(f.Remove(temp)))
	}
	if err := f.Rename(temp, name); err != nil {
		return errors.Join(err, ignoreAbsent(f.Remove(temp)))
	}
	return f.SyncDir(path.Dir(name))
}

func writeZeros(f FS, name string, size int64, fill []byte) error {
	file, err := f.Create(name)
	if err != nil {
		return err
	}
	chunk := make([]byte, min(size, 256<<10))
	err = file.Preallocate(size)
	for off := int64(0); off < size && err == nil; off += int64(len(chunk)) {
		_, err = file.WriteAt(chunk[:min(int64(len(chunk)), size-off)], off)
	}
	if err == nil && len(fill) > 0 {
		_, err = file.WriteAt(fill, 0)
	}
	if err == nil {
		err = file.Datasync()
	}
	return errors.Join(err, file.Close())
}

// MkdirAll makes a directory and those above it that are missing. None of them is durable before [SyncUp]. It tolerates
// others that make the same directories, and gives up when others keep removing them. Directories above stop are expected
// to exist: when stop itself is missing the error is fs.ErrNotExist.
func MkdirAll(f FS, name, stop string) error {
	const attempts = 100
	var err error
	for range attempts {
		if err = mkdirAll(f, name, stop); !errors.Is(err, fs.ErrNotExist) || missing(f, stop) {
			return err
		}
	}
	return err
}

func mkdirAll(f FS, name, stop string) error {
	if name == stop || name == "." {
		return nil
	}
	err := f.Mkdir(name)
	if errors.Is(err, fs.ErrNotExist) && path.Dir(name) != stop {
		if err = mkdirAll(f, path.Dir(name), stop); err == nil {
			err = f.Mkdir(name)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func missing(f FS, name string) bool {
	_, err := f.Stat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// SyncUp makes durable all entries that lead from the directory top to the directory name, and those of name itself.
func SyncUp(f FS, name, top string) error {
	for {
		if err := f.SyncDir(name); err != nil {
			return err
		}
		if name == top || name == "." {
			return nil
		}
		name = path.Dir(name)
	}
}

// RemoveAll removes a file or a directory with all it holds. Absent is fine. stop, when it is not nil, is asked between
// two steps and ends the work with its error. Nothing is synced.
func RemoveAll(f FS, name string, stop func() error) error {
	if stop != nil {
		if err := stop(); err != nil {
			return err
		}
	}
	info, err := f.Stat(name)
	if err != nil {
		return ignoreAbsent(err)
	}
	if !info.Dir {
		return ignoreAbsent(f.Remove(name))
	}
	entries, err := f.ReadDir(name)
	if err != nil {
		return ignoreAbsent(err)
	}
	for _, e := range entries {
		if err := RemoveAll(f, path.Join(name, e.Name), stop); err != nil {
			return err
		}
	}
	return ignoreAbsent(f.Rmdir(name))
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
