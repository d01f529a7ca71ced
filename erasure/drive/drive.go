// Package drive is the contract between the erasure layer and one place where shards and records lie: a directory on a
// mounted file system, the same over a network, or memory in a test.
//
// # Concepts
//
// A drive holds a tree of files. The first segment of a [Path] is its volume, a directory directly below the root of the
// drive; it is made and removed by its own calls and never springs into being because something is stored below it. A
// directory that holds a file called [RecordName] is a record: small, whole on every drive of a set, replaced as one. Its
// shards lie in directories below it. What a record says is no concern of a drive.
//
// # Writing
//
// Bulk data is staged first: [Drive.Create] makes a file nobody looks for yet, and its Close promises that the bytes and
// every directory entry that leads to them survive a loss of power. [Drive.Commit] then makes the change visible: a list of
// edits (write a small file, move a staged file or directory, remove a tree) that is applied whole or not at all, in order,
// whatever happens to the process or the power in between. When Commit returns nil the change is durable.
//
//	w, _ := d.Create(ctx, ".minio.sys/tmp/7f0c/8a11/part.1", size)
//	io.Copy(w, shard)
//	w.Close()
//	d.Commit(ctx, &drive.Commit{
//		Stamp:  drive.Stamp{Epoch: 7, Seq: 4711},
//		Record: "photos/cat.jpg",
//		Edits: []drive.Edit{
//			drive.Move(".minio.sys/tmp/7f0c/8a11", "photos/cat.jpg/8a11"),
//			drive.Write("photos/cat.jpg/xl.meta", meta),
//		},
//	})
//
// # Order and fencing
//
// Whoever owns a set's locks gives each commit a [Stamp]. A drive remembers the highest epoch it was shown, for ever, and
// refuses commits of older ones with [ErrStale]: an owner that was replaced while it slept can do no harm. Within an epoch
// a commit whose sequence number is not above the last one applied to the same record is refused likewise, so that a
// delayed or repeated message cannot bring back what was replaced. Readers take no lock and see a record as it was before a
// commit or after it, never in between.
//
// # Traps
//
// A file handed out by Open stays readable after a commit has moved or removed it. A path is slash separated whatever the
// operating system, has no empty, "." or ".." segment and no NUL; the drive refuses others with [ErrInvalid] before it
// touches anything. Errors other than those below are faults of the drive itself.
package drive

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

const (
	// RecordName is the file that makes a directory a record.
	RecordName = "xl.meta"
	// DirSuffix ends the last segment of a record whose name ends in a slash: the name "a/b/" is stored as "a/b__XLDIR__".
	DirSuffix = "__XLDIR__"
	// System is the volume of the store's own state. It exists on every formatted drive.
	System = ".minio.sys"
	// Staging is where staged files belong: what lies below it is thrown away when a drive is opened.
	Staging Path = System + "/tmp"
)

// What a drive may say. Everything else it returns is a fault of the drive.
var (
	ErrNotFound = errors.New("drive: not found")
	ErrExists   = errors.New("drive: exists")
	ErrNotEmpty = errors.New("drive: not empty")
	ErrInvalid  = errors.New("drive: invalid path") // refused before anything was touched
	ErrCorrupt  = errors.New("drive: corrupt")      // what was read is not what was written
	ErrFull     = errors.New("drive: full")         // no space, no inodes or over quota; nothing was changed
	ErrOffline  = errors.New("drive: offline")      // pulled, unmounted, hung, closed or read-only
	ErrStale    = errors.New("drive: stale stamp")  // the commit comes from an earlier owner or was overtaken
)

// Path names a file or directory on a drive: "volume/segment/segment".
type Path string

// Join appends segments.
func (p Path) Join(segments ...string) Path {
	for _, s := range segments {
		p += Path("/" + s)
	}
	return p
}

// Volume returns the first segment.
func (p Path) Volume() string {
	v, _, _ := strings.Cut(string(p), "/")
	return v
}

// Valid tells whether a drive accepts the path.
func (p Path) Valid() bool {
	if p == "" || len(p) > 4096 || strings.IndexByte(string(p), 0) >= 0 {
		return false
	}
	for segment := range strings.SplitSeq(string(p), "/") {
		if segment == "" || segment == "." || segment == ".." || len(segment) > 255 {
			return false
		}
	}
	return true
}

// Stamp orders the commits of one set. Epoch is the term of the owner of the set's locks, Seq counts its grants.
type Stamp struct {
	Epoch uint64
	Seq   uint64
}

// Before tells whether s was given out before t.
func (s Stamp) Before(t Stamp) bool {
	return s.Epoch < t.Epoch || s.Epoch == t.Epoch && s.Seq < t.Seq
}

// Op is the kind of an [Edit].
type Op uint8

// The kinds of edits. Their numbers are part of the commit log's format.
const (
	OpWrite  Op = 1 // the file Path holds exactly Data; missing directories below the volume are made
	OpMove   Op = 2 // what is at From is at Path, replacing it; From must be durable (see Create)
	OpRemove Op = 3 // nothing is at Path; parents left empty go too, up to the volume. Absent is fine
)

// Edit is one step of a commit.
type Edit struct {
	Op   Op
	Path Path
	From Path   // OpMove only
	Data []byte // OpWrite only; lent until Commit returns
}

// Write, Move and Remove make edits.
func Write(p Path, data []byte) Edit { return Edit{Op: OpWrite, Path: p, Data: data} }
func Move(from, to Path) Edit        { return Edit{Op: OpMove, Path: to, From: from} }
func Remove(p Path) Edit             { return Edit{Op: OpRemove, Path: p} }

// Commit is a change that happens whole or not at all.
type Commit struct {
	Stamp  Stamp
	Record Path // the directory whose commits are ordered by Stamp, usually the record the edits are about
	Edits  []Edit
}

// Info describes a drive at one moment.
type Info struct {
	ID        string // the drive's uuid as its format file says; empty when unformatted
	Endpoint  string // how the operator named it
	Total     uint64 // bytes of the file system
	Free      uint64 // bytes an unprivileged writer may still use
	Inodes    uint64 // file system nodes; 0 when the file system does not say
	FreeInode uint64
	Epoch     uint64 // the highest epoch it was shown
}

// DirEntry is one name in a directory.
type DirEntry struct {
	Name string
	Dir  bool
}

// FileInfo is what Stat tells.
type FileInfo struct {
	Size    int64
	ModTime time.Time
	Dir     bool
}

// Entry is one record met by a [Walker].
type Entry struct {
	Key    string // the record's name below the volume, a trailing DirSuffix turned back into a slash
	Record []byte // content of its RecordName file; valid until the next call of Next
}

// Walker yields records in ascending byte order of Entry.Key. It is used by one goroutine. A record written or removed
// during the walk may or may not be met; every other record in range is met exactly once.
type Walker interface {
	// Next returns the next record, or io.EOF after the last. After an error other than io.EOF the walk is over.
	Next() (Entry, error)
	// Seek continues at the first key that is not less than key. It never goes back.
	Seek(key string)
	// Close gives back what the walk holds. It may be called at any time and more than once.
	Close()
}

// Writer is a staged file on its way to the drive. It is used by one goroutine.
type Writer interface {
	io.Writer
	// Close makes the file durable: its bytes and all directory entries that lead to it. A file whose Close has not
	// returned nil must not be named in a commit.
	Close() error
	// Abort drops the file. After Close it does nothing.
	Abort()
}

// Reader is an open file. ReadAt may be called from several goroutines at once.
type Reader interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// Drive is one place where shards and records lie. All methods may be called concurrently. Reading calls return
// ErrNotFound for what is absent, and for anything below a volume that is absent.
type Drive interface {
	// Info describes the drive. It does no more work than one system call.
	Info(ctx context.Context) (Info, error)

	// Volumes lists the volumes in ascending order, the system volume not among them.
	Volumes(ctx context.Context) ([]DirEntry, error)
	// MakeVolume makes a volume, durably. ErrExists when it is there.
	MakeVolume(ctx context.Context, volume string) error
	// RemoveVolume removes a volume, durably. ErrNotEmpty when a file lies anywhere below it; directories that hold no
	// file go with it.
	RemoveVolume(ctx context.Context, volume string) error

	// ReadFile returns a whole file; the slice belongs to the caller. A file of more than max bytes is ErrCorrupt.
	ReadFile(ctx context.Context, p Path, max int64) ([]byte, error)
	// Open opens a file for reading by range.
	Open(ctx context.Context, p Path) (Reader, error)
	// Stat describes a file or directory.
	Stat(ctx context.Context, p Path) (FileInfo, error)
	// List returns up to max names of a directory in ascending order, those greater than after; max <= 0 means all.
	List(ctx context.Context, p Path, after string, max int) ([]DirEntry, error)
	// Walk yields the records of a volume whose key begins with prefix and is greater than after. The walk ends when ctx
	// does. A volume that is absent is ErrNotFound.
	Walk(ctx context.Context, volume, prefix, after string) (Walker, error)

	// Create makes a staged file; p must lie below Staging. size is the number of bytes to come, -1 when unknown.
	Create(ctx context.Context, p Path, size int64) (Writer, error)
	// Discard drops what is at p, file or directory: something staged, or something no record names any more. It does not
	// wait for the space, and after a loss of power p may be there again. Absent is fine.
	Discard(ctx context.Context, p Path) error
	// Commit applies a change durably. On ErrStale, ErrInvalid, ErrFull and ErrNotFound (a volume or a move's source is
	// absent) nothing was changed; after any other error the change may stand or not, and stands or not for good once
	// the drive has been reopened.
	Commit(ctx context.Context, c *Commit) error
	// Fence makes the drive refuse commits of epochs below this one, durably. ErrStale when it was shown a higher one.
	Fence(ctx context.Context, epoch uint64) error

	// Close makes everything durable, empties the commit log and lets go of the drive.
	Close() error
}
