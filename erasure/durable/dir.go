package durable

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Dir is the real [FS]: a directory, held open. Every name is resolved beneath it by the kernel (openat2 with
// RESOLVE_BENEATH, Linux 5.6; where that is missing or forbidden, with the last segment not followed), so that neither ".."
// nor a symbolic link nor a file system mounted over or removed from its path leads anywhere else.
type Dir struct {
	fd       int
	path     string
	dev, ino uint64
	plain    bool // no openat2
}

var _ FS = (*Dir)(nil)

// OpenDir opens a directory. Its path may be a symbolic link.
func OpenDir(name string) (*Dir, error) {
	fd, err := retry(func() (int, error) { return unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, fault("open", name, err)
	}
	d := &Dir{fd: fd, path: name}
	info, err := statAt(fd, "", unix.AT_EMPTY_PATH)
	if err != nil {
		unix.Close(fd)
		return nil, fault("stat", name, err)
	}
	d.dev, d.ino = info.dev, info.ID.Inode
	if probe, err := openBeneath(fd, ".", unix.O_PATH, 0); err == nil {
		unix.Close(probe)
	} else if err == unix.ENOSYS || err == unix.EPERM {
		d.plain = true
	}
	return d, nil
}

// Path returns the name the directory was opened by.
func (d *Dir) Path() string { return d.path }

// Close lets go of the directory and of its lock. Calls that are under way must have ended.
func (d *Dir) Close() error { return unix.Close(d.fd) }

// TryLock takes the directory for this Dir alone; false means that another Dir has it, in whatever process. The lock
// (flock(2)) goes when the Dir is closed or the process ends, however it ends.
func (d *Dir) TryLock() (bool, error) {
	_, err := retry(func() (int, error) { return 0, unix.Flock(d.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if err == unix.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, fault("lock", d.path, err)
}

// Attached tells whether the path still leads to the directory that was opened. It does not after an unmount, or when
// something else was mounted or moved there. It is one system call.
func (d *Dir) Attached() bool {
	info, err := statAt(unix.AT_FDCWD, d.path, 0)
	return err == nil && info.dev == d.dev && info.ID.Inode == d.ino
}

// Space is what the file system holds.
type Space struct {
	Total     uint64 // bytes
	Free      uint64 // bytes an unprivileged writer may use
	Nodes     uint64 // inodes; 0 when the file system has no fixed number
	FreeNodes uint64
}

// Space asks the file system how full it is.
func (d *Dir) Space() (Space, error) {
	var st unix.Statfs_t
	if _, err := retry(func() (int, error) { return 0, unix.Fstatfs(d.fd, &st) }); err != nil {
		return Space{}, fault("statfs", d.path, err)
	}
	unit := uint64(st.Frsize)
	if unit == 0 { // file systems that know no fragments
		unit = uint64(st.Bsize)
	}
	return Space{Total: st.Blocks * unit, Free: st.Bavail * unit, Nodes: st.Files, FreeNodes: st.Ffree}, nil
}

// Identity tells one file or directory from every other that a file system ever held: inode numbers are used again, but
// not within one clock tick. The zero value is nobody's.
type Identity struct {
	Inode uint64
	Born  int64 // Unix nanoseconds; 0 where the file system does not keep it
}

// Info describes a file or directory.
type Info struct {
	ID      Identity
	Size    int64
	ModTime time.Time
	Changed time.Time // of anything, its entries and its names included
	Dir     bool
	Regular bool
	Links   int // of a directory, on most file systems: 2 and one for each directory in it; 1 says nothing
	dev     uint64
}

// Stat describes what is at name.
func (d *Dir) Stat(name string) (Info, error) {
	info, err := statAt(d.fd, name, unix.AT_SYMLINK_NOFOLLOW)
	return info, fault("stat", name, err)
}

// Create makes a file that must not exist.
func (d *Dir) Create(name string) (File, error) {
	fd, err := d.open(name, unix.O_CREAT|unix.O_EXCL|unix.O_RDWR, 0o666)
	if err != nil {
		return nil, fault("create", name, err)
	}
	return &file{fd: fd, name: name}, nil
}

// Open opens a file for reading and writing.
func (d *Dir) Open(name string) (File, error) {
	fd, err := d.open(name, unix.O_RDWR, 0)
	if err != nil {
		return nil, fault("open", name, err)
	}
	return &file{fd: fd, name: name}, nil
}

// OpenRead opens a file for reading and describes it. The descriptor belongs to the caller.
func (d *Dir) OpenRead(name string) (fd int, info Info, err error) {
	fd, err = d.open(name, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, Info{}, fault("open", name, err)
	}
	info, err = statAt(fd, "", unix.AT_EMPTY_PATH)
	if err == nil && !info.Regular {
		err = unix.EISDIR
	}
	if err != nil {
		unix.Close(fd)
		return -1, Info{}, fault("open", name, err)
	}
	return fd, info, nil
}

// ReadFile returns a whole file.
func (d *Dir) ReadFile(name string, max int64) ([]byte, error) { return d.AppendFile(nil, name, max) }

// AppendFile appends a whole file of up to max bytes to dst, which grows at most once unless the file does.
func (d *Dir) AppendFile(dst []byte, name string, max int64) ([]byte, error) {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return dst, fault("open", name, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return dst, fault("stat", name, err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return dst, fault("read", name, unix.EISDIR)
	case st.Size > max:
		return dst, fault("read", name, unix.EFBIG)
	}
	dst = slices.Grow(dst, int(st.Size))
	start := len(dst)
	for int64(len(dst)-start) < st.Size { // files are replaced, never grown: what fstat said is all there is
		n, err := retry(func() (int, error) { return unix.Read(fd, dst[len(dst):start+int(st.Size)]) })
		if err != nil {
			return dst[:start], fault("read", name, err)
		}
		if n == 0 {
			break
		}
		dst = dst[:len(dst)+n]
	}
	return dst, nil
}

// ReadDir lists a directory.
func (d *Dir) ReadDir(name string) ([]Entry, error) {
	var entries []Entry
	err := d.Names(name, nil, func(n []byte, dir bool) {
		entries = append(entries, Entry{Name: string(n), Dir: dir})
	})
	return entries, err
}

// Names calls visit for each name in a directory, in no order. The bytes are valid during the call. buf is where the kernel
// puts them; when it is nil Names makes one.
func (d *Dir) Names(name string, buf []byte, visit func(name []byte, dir bool)) error {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return fault("open", name, err)
	}
	defer unix.Close(fd)
	if buf == nil {
		buf = make([]byte, 32<<10)
	}
	for {
		n, err := retry(func() (int, error) { return unix.Getdents(fd, buf) })
		if err != nil {
			return fault("readdir", name, err)
		}
		if n == 0 {
			return nil
		}
		eachDirent(buf[:n], func(entry []byte, kind byte) {
			dir := kind == unix.DT_DIR
			if kind == unix.DT_UNKNOWN {
				info, err := statAt(fd, string(entry), unix.AT_SYMLINK_NOFOLLOW)
				dir = err == nil && info.Dir
			}
			visit(entry, dir)
		})
	}
}

// Mkdir makes a directory.
func (d *Dir) Mkdir(name string) error {
	return fault("mkdir", name, d.inParent(name, func(fd int, last string) error { return unix.Mkdirat(fd, last, 0o777) }))
}

// Rename moves a file or directory.
func (d *Dir) Rename(from, to string) error { return fault("rename", to, d.rename(from, to, 0)) }

// Exchange lets two names change places.
func (d *Dir) Exchange(a, b string) error {
	return fault("exchange", b, d.rename(a, b, unix.RENAME_EXCHANGE))
}

func (d *Dir) rename(from, to string, flags uint) error {
	return d.inParent(from, func(fromDir int, fromName string) error {
		rename := func(toDir int, toName string) error {
			if flags == 0 {
				return unix.Renameat(fromDir, fromName, toDir, toName)
			}
			return unix.Renameat2(fromDir, fromName, toDir, toName, flags)
		}
		if path.Dir(from) == path.Dir(to) {
			return rename(fromDir, path.Base(to))
		}
		return d.inParent(to, rename)
	})
}

// Remove removes a file.
func (d *Dir) Remove(name string) error {
	return fault("remove", name, d.inParent(name, func(fd int, last string) error { return unix.Unlinkat(fd, last, 0) }))
}

// Rmdir removes an empty directory.
func (d *Dir) Rmdir(name string) error {
	return fault("rmdir", name, d.inParent(name, func(fd int, last string) error {
		return unix.Unlinkat(fd, last, unix.AT_REMOVEDIR)
	}))
}

// SyncDir makes the entries of a directory durable.
func (d *Dir) SyncDir(name string) error {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return fault("sync", name, err)
	}
	_, err = retry(func() (int, error) { return 0, unix.Fsync(fd) })
	return fault("sync", name, errors.Join(err, unix.Close(fd)))
}

// Sync makes everything in the file system durable.
func (d *Dir) Sync() error { return fault("syncfs", d.path, unix.Syncfs(d.fd)) }

// inParent opens the directory a name is in and calls do with it and the last segment.
func (d *Dir) inParent(name string, do func(fd int, last string) error) error {
	parent, last := path.Split(name)
	if parent == "" {
		return do(d.fd, last)
	}
	fd, err := d.open(parent[:len(parent)-1], unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return do(fd, last)
}

// open opens a name beneath the directory.
func (d *Dir) open(name string, flags int, mode uint32) (int, error) {
	if d.plain {
		return retry(func() (int, error) {
			return unix.Openat(d.fd, name, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, mode)
		})
	}
	return openBeneath(d.fd, name, flags, mode)
}

// fault gives an error its place. A nil error stays nil.
func fault(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// retry repeats a system call that a signal has interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// timeOf turns the kernel's time into ours.
func timeOf(t unix.StatxTimestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)) }

func nanosOf(t unix.StatxTimestamp) int64 {
	if t.Sec > math.MaxInt64/int64(time.Second)-1 || t.Sec < 0 {
		return 0
	}
	return t.Sec*int64(time.Second) + int64(t.Nsec)
}
