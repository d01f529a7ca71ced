package durable

import (
	"io"

	"golang.org/x/sys/unix"
)

// file is a plain descriptor: os.File's poller, finalizer and locks buy nothing here, where one owner closes it.
type file struct {
	fd   int
	name string
}

func (f *file) Write(p []byte) (int, error) {
	var done int
	for done < len(p) {
		n, err := retry(func() (int, error) { return unix.Write(f.fd, p[done:]) })
		if err != nil {
			return done, fault("write", f.name, err)
		}
		done += n
	}
	return done, nil
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	var done int
	for done < len(p) {
		n, err := retry(func() (int, error) { return unix.Pwrite(f.fd, p[done:], off+int64(done)) })
		if err != nil {
			return done, fault("write", f.name, err)
		}
		done += n
	}
	return done, nil
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	var done int
	for done < len(p) {
		n, err := retry(func() (int, error) { return unix.Pread(f.fd, p[done:], off+int64(done)) })
		if err != nil {
			return done, fault("read", f.name, err)
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (f *file) Size() (int64, error) {
	var st unix.Stat_t
	err := unix.Fstat(f.fd, &st)
	return st.Size, fault("stat", f.name, err)
}

func (f *file) Truncate(size int64) error {
	_, err := retry(func() (int, error) { return 0, unix.Ftruncate(f.fd, size) })
	return fault("truncate", f.name, err)
}

func (f *file) Preallocate(size int64) error {
	if size <= 0 {
		return nil
	}
	_, err := retry(func() (int, error) { return 0, unix.Fallocate(f.fd, unix.FALLOC_FL_KEEP_SIZE, 0, size) })
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS {
		return nil
	}
	return fault("allocate", f.name, err)
}

func (f *file) StartWriteback(off, n int64) {
	unix.SyncFileRange(f.fd, off, n, unix.SYNC_FILE_RANGE_WRITE)
}

func (f *file) Datasync() error {
	_, err := retry(func() (int, error) { return 0, unix.Fdatasync(f.fd) })
	return fault("sync", f.name, err)
}

func (f *file) Close() error { return fault("close", f.name, unix.Close(f.fd)) }
