package local

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// ErrInUse is said by Open of a drive another process, or another Drive of this one, has open.
var ErrInUse = errors.New("drive is in use by another process")

// Error is a failure with its place. errors.Is finds what package drive calls it, if it is one of those, and the system's
// error.
type Error struct {
	Drive string // its endpoint
	Kind  error  // one of package drive's errors; nil for a fault
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("drive %s: %v", e.Drive, e.Err) }

// Unwrap returns the kind, if any, and the cause.
func (e *Error) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Err}
	}
	return []error{e.Kind, e.Err}
}

// kinds is what a drive calls the system's errors. What is absent here is a fault of the drive.
var kinds = map[syscall.Errno]error{
	syscall.ENOENT:       drive.ErrNotFound,
	syscall.ENOTDIR:      drive.ErrNotFound,
	syscall.EISDIR:       drive.ErrNotFound, // reading: there is no file of that name
	syscall.EEXIST:       drive.ErrExists,
	syscall.ENOTEMPTY:    drive.ErrNotEmpty,
	syscall.ENAMETOOLONG: drive.ErrInvalid,
	syscall.ELOOP:        drive.ErrInvalid, // a symbolic link where none belongs
	syscall.EXDEV:        drive.ErrInvalid, // a link that leads out of the drive
	syscall.EFBIG:        drive.ErrCorrupt, // larger than what it may be
	syscall.ENOSPC:       drive.ErrFull,
	syscall.EDQUOT:       drive.ErrFull,
	syscall.EROFS:        drive.ErrOffline,
	syscall.ENODEV:       drive.ErrOffline,
	syscall.ENXIO:        drive.ErrOffline,
	syscall.ENOTCONN:     drive.ErrOffline,
	syscall.ESTALE:       drive.ErrOffline,
	syscall.ESHUTDOWN:    drive.ErrOffline,
}

// lift turns the system's error into one of this package.
func (d *Drive) lift(err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	var kind error
	var errno syscall.Errno
	if errors.As(err, &errno) {
		kind = kinds[errno]
	}
	return &Error{Drive: d.o.Endpoint, Kind: kind, Err: err}
}

// refuse is a failure of the drive's own finding.
func (d *Drive) refuse(kind error, format string, args ...any) error {
	return &Error{Drive: d.o.Endpoint, Kind: kind, Err: fmt.Errorf(format, args...)}
}

func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
