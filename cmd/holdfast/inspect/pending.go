package inspect

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// pending is the number of commits in the drive's commit log: after a crash, what a start has yet to carry out. After a clean stop,
// and where none of our servers ever ran, there are none.
func (d *disk) pending() (int, error) {
	files := &logFiles{disk: d}
	defer files.close()
	log, err := commitlog.Open(files, ownState, commitlog.Options{})
	if err != nil {
		return 0, err
	}
	return log.Len(), nil
}

// logFiles are the files of a commit log for those who only read it: package commitlog opens them for writing, and writes nothing before
// it is asked to. Everything but Open is refused.
type logFiles struct {
	disk   *disk
	opened []*os.File
}

func (l *logFiles) Open(name string) (durable.File, error) {
	f, size, err := l.disk.open(name)
	if err != nil {
		return nil, err
	}
	l.opened = append(l.opened, f)
	return readOnly{f, size}, nil
}

func (l *logFiles) close() {
	for _, f := range l.opened {
		f.Close()
	}
}

func (l *logFiles) Create(string) (durable.File, error)     { return nil, unix.EROFS }
func (l *logFiles) ReadFile(string, int64) ([]byte, error)  { return nil, unix.EROFS }
func (l *logFiles) ReadDir(string) ([]durable.Entry, error) { return nil, unix.EROFS }
func (l *logFiles) Stat(string) (durable.Info, error)       { return durable.Info{}, unix.EROFS }
func (l *logFiles) Mkdir(string) error                      { return unix.EROFS }
func (l *logFiles) Rename(_, _ string) error                { return unix.EROFS }
func (l *logFiles) Exchange(_, _ string) error              { return unix.EROFS }
func (l *logFiles) Remove(string) error                     { return unix.EROFS }
func (l *logFiles) Rmdir(string) error                      { return unix.EROFS }
func (l *logFiles) SyncDir(string) error                    { return unix.EROFS }
func (l *logFiles) Sync() error                             { return unix.EROFS }

// readOnly is an open file of a commit log.
type readOnly struct {
	*os.File
	size int64
}

func (r readOnly) Size() (int64, error)             { return r.size, nil }
func (readOnly) Write([]byte) (int, error)          { return 0, unix.EROFS }
func (readOnly) WriteAt([]byte, int64) (int, error) { return 0, unix.EROFS }
func (readOnly) Truncate(int64) error               { return unix.EROFS }
func (readOnly) Preallocate(int64) error            { return unix.EROFS }
func (readOnly) StartWriteback(int64, int64)        {}
func (readOnly) Datasync() error                    { return unix.EROFS }
