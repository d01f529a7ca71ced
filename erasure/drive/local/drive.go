package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// Options say how a drive behaves. The zero value is usual.
type Options struct {
	// Logger is told of replays, of what was set aside and of the drive's end; nil means nobody.
	Logger *slog.Logger
	// Endpoint is how the operator named the drive; empty means its path.
	Endpoint string
	// LogSize is the size in bytes of each of the commit log's two segments when they are made; 0 means 16 MiB. A write of
	// more than a sixteenth of it is staged instead of logged.
	LogSize int64
	// Quiet is how long no commit must have come before the log is checkpointed though it is not full; 0 means 2 s.
	Quiet time.Duration
}

func (o Options) withDefaults(root string) Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Endpoint == "" {
		o.Endpoint = root
	}
	return o
}

// Drive is a directory. It is safe for concurrent use.
type Drive struct {
	o     Options
	files durable.FS
	root  *durable.Dir // the same as files; nil in tests that model the disk
	log   *slog.Logger

	gate   sync.RWMutex // held by every call; guards closed, and root against being closed
	closed bool

	fault   atomic.Pointer[error] // why the drive is offline; set once
	id      atomic.Pointer[string]
	started atomic.Bool // formatted: what follows is set
	commits *commitlog.Log

	order   sync.RWMutex // see the package comment
	records keyLock
	stages  keyLock
	stamps  stamps

	watch  watch
	reaper reaper
	names  nameCache
	serial atomic.Uint64 // of files in ownStaging and trashDir
	run    string        // tells this run's files from an earlier one's

	windowSize int

	replayed atomic.Int64
}

var _ drive.Drive = (*Drive)(nil)

// Open opens the directory root as a drive. An unformatted one is not changed; a formatted one has its log replayed and its
// tmp swept first, which for a full log takes seconds on a spinning drive. Only one Drive at a time can have a directory
// open: others get ErrInUse.
//
// drive.ErrNotFound means that root is absent, drive.ErrCorrupt that the commit log has lost something it had acknowledged:
// then nothing was changed, and the operator must choose to move .minio.sys/holdfast/commit.* away and heal the drive.
func Open(root string, o Options) (*Drive, error) {
	dir, err := durable.OpenDir(root)
	o = o.withDefaults(root)
	if err != nil {
		return nil, (&Drive{o: o}).lift(err)
	}
	locked, err := dir.TryLock()
	if err == nil && !locked {
		err = &Error{Drive: o.Endpoint, Err: ErrInUse}
	}
	if err != nil {
		dir.Close()
		return nil, (&Drive{o: o}).lift(err)
	}
	d, err := open(dir, dir, o)
	if err != nil {
		dir.Close()
		return nil, err
	}
	return d, nil
}

// open makes a drive of files, which belong to it only when it returns nil.
func open(files durable.FS, root *durable.Dir, o Options) (*Drive, error) {
	d := &Drive{o: o, files: files, root: root, log: o.Logger.With("drive", o.Endpoint), run: newRun(),
		windowSize: windowSize}
	d.stamps.init()
	d.watch.since = time.Now()
	if err := d.room(0); err != nil && !errors.Is(err, drive.ErrFull) {
		return nil, d.lift(err)
	}
	if _, err := files.Stat(formatFile); absent(err) {
		return d, nil
	} else if err != nil {
		return nil, d.lift(err)
	}
	if err := d.start(); err != nil {
		d.stop()
		return nil, d.lift(err)
	}
	return d, nil
}

// start makes a formatted drive ready for changes.
func (d *Drive) start() error {
	if err := d.makeSystemDirs(); err != nil {
		return err
	}
	if err := d.loadEpoch(); err != nil {
		return err
	}
	log, err := commitlog.Open(d.files, stateDir, commitlog.Options{
		Size:       d.o.LogSize,
		Quiet:      d.o.Quiet,
		Checkpoint: d.checkpoint,
		Failed:     func(err error) { d.fail("checkpoint", err) },
	})
	if errors.Is(err, commitlog.ErrCorrupt) {
		return d.refuse(drive.ErrCorrupt, "%w; to give up what it holds move %s/commit.* away and heal the drive", err, stateDir)
	}
	if err != nil {
		return err
	}
	d.commits = log
	if err := d.recover(); err != nil {
		return err
	}
	d.started.Store(true)
	return d.sweep()
}

// stop ends what start began. It is the end of the drive.
func (d *Drive) stop() error {
	d.reaper.stop()
	var err error
	if d.commits != nil {
		err = d.commits.Close()
	}
	d.names.drop()
	return err
}

// Close makes everything durable, empties the log and lets go of the directory. A drive that is offline keeps its log.
func (d *Drive) Close() error {
	d.gate.Lock()
	defer d.gate.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	err := d.stop()
	if d.root != nil {
		err = errors.Join(err, d.root.Close())
	}
	return d.lift(err)
}

// enter begins a call; when it returns nil leave must end it.
func (d *Drive) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.gate.RLock()
	err := d.online()
	if err != nil {
		d.gate.RUnlock()
	}
	return err
}

func (d *Drive) leave() { d.gate.RUnlock() }

// change begins a call that changes something.
func (d *Drive) change(ctx context.Context) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	if !d.started.Load() {
		d.leave()
		return d.refuse(drive.ErrNotFound, "not formatted")
	}
	return nil
}

// online tells why the drive cannot be used, if it cannot. The caller holds gate.
func (d *Drive) online() error {
	if d.closed {
		return d.refuse(drive.ErrOffline, "closed")
	}
	if d.fault.Load() == nil && d.root != nil && d.watch.attachedDue() && !d.root.Attached() {
		d.fail("look after the root", errors.New("unmounted, or another directory is in its place"))
	}
	if fault := d.fault.Load(); fault != nil {
		return *fault
	}
	return nil
}

// fail takes the drive offline for good: what it would do from now on might contradict what is on the platter. It returns
// the reason, which is the first one's.
func (d *Drive) fail(doing string, err error) error {
	reason := error(&Error{Drive: d.o.Endpoint, Kind: drive.ErrOffline, Err: fmt.Errorf("%s: %w", doing, err)})
	if d.fault.CompareAndSwap(nil, &reason) {
		d.log.Error("drive is offline until it is opened again", "op", doing, "err", err)
	}
	return *d.fault.Load()
}

// checkpoint makes durable everything that was applied. The log calls it.
func (d *Drive) checkpoint() (commitlog.Note, error) {
	if fault := d.fault.Load(); fault != nil {
		return commitlog.Note{}, *fault
	}
	return d.stamps.note(), d.files.Sync()
}

// Info describes the drive.
func (d *Drive) Info(ctx context.Context) (drive.Info, error) {
	if err := d.enter(ctx); err != nil {
		return drive.Info{}, err
	}
	defer d.leave()
	space, err := d.root.Space()
	if err != nil {
		return drive.Info{}, d.lift(err)
	}
	info := drive.Info{
		Endpoint: d.o.Endpoint, Total: space.Total, Free: space.Free, Inodes: space.Nodes, FreeInode: space.FreeNodes,
		Epoch: d.stamps.current(),
	}
	if id := d.id.Load(); id != nil {
		info.ID = *id
	}
	return info, nil
}

// SetID tells the drive its uuid, for Info. Whoever reads the format file knows it.
func (d *Drive) SetID(id string) { d.id.Store(&id) }

// Stats are what a drive has done since it was opened.
type Stats struct {
	Commits     int64
	Groups      int64 // commits that shared a sync count as one
	Syncs       int64 // of the commit log
	Checkpoints int64
	LogBytes    int64 // written to the commit log
	Replayed    int64 // commits found in the log by Open
}

// Stats returns what the drive has done so far.
func (d *Drive) Stats() Stats {
	s := Stats{Replayed: d.replayed.Load()}
	if d.started.Load() {
		log := d.commits.Stats()
		s.Commits, s.Groups, s.Syncs = log.Appends, log.Groups, log.Syncs
		s.Checkpoints, s.LogBytes = log.Checkpoints, log.Bytes
	}
	return s
}
