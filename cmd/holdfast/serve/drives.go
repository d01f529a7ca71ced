package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// localDrives finds and opens drives of this machine for the cluster.
type localDrives struct {
	config.Drives
	log *slog.Logger
}

// watchedDrive is a local drive whose calls are watched. Its label is read and written while nobody else uses the drive, and
// not watched.
type watchedDrive struct {
	*monitor.Drive
	local *local.Drive
}

func (d watchedDrive) ReadFormat() ([]byte, error)    { return d.local.ReadFormat() }
func (d watchedDrive) WriteFormat(label []byte) error { return d.local.WriteFormat(label) }

// SetID tells the drive who it is, and the watch who it has to be.
func (d watchedDrive) SetID(id string) {
	d.local.SetID(id)
	d.Drive.SetID(id)
}

// open opens a drive, to be watched from then on. A folder that is not there is made, as MinIO does.
func (l localDrives) open(_ context.Context, path string) (cluster.Drive, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, err
	}
	d, err := local.Open(path, local.Options{Logger: l.log})
	if errors.Is(err, local.ErrInUse) {
		return nil, fmt.Errorf("%w: %w", cluster.ErrInUse, err)
	}
	if err != nil {
		return nil, err
	}
	return watchedDrive{monitor.New(d, monitor.Options{Name: path, MaxTimeout: l.MaxTimeout, Changed: l.changed(path)}), d}, nil
}

// changed tells the operator what becomes of a drive.
func (l localDrives) changed(path string) func(from, to monitor.State, why error) {
	log := l.log.With("drive", path)
	return func(_, to monitor.State, why error) {
		switch to {
		case monitor.Online:
			log.Info("drive is back in service")
		case monitor.Suspect:
			log.Warn("drive is left alone until it has passed a probe", "err", why)
		case monitor.ReadOnly:
			log.Error("drive takes no changes and is only read", "err", why)
		case monitor.Offline:
			log.Error("drive is out of service until it passes a probe", "err", why)
		}
	}
}

// look finds out what lies at a path. It changes nothing and takes no lock: a drive that another server has open can be
// looked at.
func (l localDrives) look(path string) (f cluster.Finding, err error) {
	if f.OnRoot, err = l.onRoot(path); err != nil {
		return f, err
	}
	dir, err := durable.OpenDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(".")
	if err != nil {
		return f, err
	}
	for _, e := range entries {
		switch {
		case e.Name == drive.System:
			f.System = true
		case e.Name != "lost+found" && !strings.HasPrefix(e.Name, "."): // what file systems and desktops make is nobody's data
			f.Data = true
		}
	}
	if !f.System {
		return f, nil
	}
	if !f.Data {
		if f.Data, err = hasDocuments(dir); err != nil {
			return f, err
		}
	}
	f.Format, err = readFormat(dir)
	return f, err
}

// readFormat reads the label; nil when there is none. An empty file is one.
func readFormat(dir *durable.Dir) ([]byte, error) {
	b, err := dir.ReadFile(drive.System+"/format.json", label.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && b == nil {
		b = []byte{}
	}
	return b, err
}

// hasDocuments tells whether the system volume holds settings or uploads, besides the folders every drive has.
func hasDocuments(dir *durable.Dir) (bool, error) {
	for _, name := range []string{"buckets", "config", "multipart", "pool.bin"} {
		entries, err := dir.ReadDir(drive.System + "/" + name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if len(entries) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// onRoot tells whether a folder lies on the file system of "/", or would if it were made.
func (l localDrives) onRoot(path string) (bool, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return false, err
	}
	var here, root unix.Stat_t
	for err = unix.Stat(path, &here); errors.Is(err, unix.ENOENT) && path != "/"; err = unix.Stat(path, &here) {
		path = filepath.Dir(path)
	}
	if err != nil {
		return false, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if l.RootBelowBytes > 0 {
		var system unix.Statfs_t
		if err := unix.Statfs(path, &system); err != nil {
			return false, &fs.PathError{Op: "statfs", Path: path, Err: err}
		}
		return int64(system.Blocks)*system.Frsize <= l.RootBelowBytes, nil
	}
	if err := unix.Stat("/", &root); err != nil {
		return false, &fs.PathError{Op: "stat", Path: "/", Err: err}
	}
	return here.Dev == root.Dev, nil
}
