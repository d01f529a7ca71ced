// Package mem is a drive in memory, for tests. It keeps the contract of package drive to the letter, and can crash.
//
//	d := mem.New()
//	...
//	d = d.Crash(rng) // what a restarted process finds after a loss of power
//
// All state lies behind one lock; commits are undone step by step when one of their edits is refused, and readers see them
// whole.
package mem

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Drive is a formatted drive in memory.
type Drive struct {
	mu        sync.RWMutex // guards what follows, and all nodes
	id        string
	root      *node
	down      string // why the drive is offline
	epoch     uint64
	stamps    map[drive.Path]uint64 // record -> the least sequence number that is not stale
	discarded []discarded
}

// discarded is what Discard has taken away since the drive was made: not durably, so that a crash may bring it back.
type discarded struct {
	path drive.Path
	node *node
}

var _ drive.Drive = (*Drive)(nil)

// New makes an empty drive.
func New() *Drive {
	d := &Drive{root: newDir(), stamps: map[drive.Path]uint64{}}
	for _, dir := range []string{"tmp", "multipart", "buckets", "config"} {
		d.root.mkdirs(drive.System + "/" + dir)
	}
	return d
}

// SetID tells the drive its uuid, for Info.
func (d *Drive) SetID(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.id = id
}

// Crash ends the drive as a loss of power would, and returns what is found afterwards: everything committed, nothing that
// was staged, and of what was discarded whatever rng draws. The drive itself is offline from then on.
func (d *Drive) Crash(rng *rand.Rand) *Drive {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = "crashed"
	after := New()
	after.id, after.epoch = d.id, d.epoch
	for record, seq := range d.stamps {
		after.stamps[record] = seq
	}
	after.root = d.root.clone()
	after.root.set(string(drive.Staging), newDir())
	for _, gone := range d.discarded {
		volume := after.root.find(gone.path.Volume())
		if volume != nil && after.root.find(string(gone.path)) == nil && rng.IntN(2) == 0 {
			if dir := after.root.mkdirs(parentOf(string(gone.path))); dir != nil {
				dir.entries[baseOf(string(gone.path))] = gone.node.clone()
			}
		}
	}
	return after
}

// Close ends the drive. What it held can still be had by Reopen.
func (d *Drive) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down == "" {
		d.down = "closed"
	}
	return nil
}

// Reopen returns a drive with what this one, which was closed, held: all but what was staged.
func (d *Drive) Reopen() *Drive {
	d.mu.Lock()
	d.discarded = nil
	d.mu.Unlock()
	return d.Crash(nil)
}

// enter begins a call that reads; leave ends it.
func (d *Drive) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.RLock()
	err := d.online()
	if err != nil {
		d.mu.RUnlock()
	}
	return err
}

func (d *Drive) leave() { d.mu.RUnlock() }

// change begins a call that changes something; d.mu.Unlock ends it.
func (d *Drive) change(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	err := d.online()
	if err != nil {
		d.mu.Unlock()
	}
	return err
}

func (d *Drive) online() error {
	if d.down != "" {
		return fmt.Errorf("%w: %s", drive.ErrOffline, d.down)
	}
	return nil
}

// size is what the drive says of itself; nothing limits it.
const size = 1 << 40

// Info describes the drive.
func (d *Drive) Info(ctx context.Context) (drive.Info, error) {
	if err := d.enter(ctx); err != nil {
		return drive.Info{}, err
	}
	defer d.leave()
	return drive.Info{ID: d.id, Endpoint: "mem", Total: size, Free: size, Epoch: d.epoch}, nil
}

// Volumes lists the volumes.
func (d *Drive) Volumes(ctx context.Context) ([]drive.DirEntry, error) {
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	defer d.leave()
	var volumes []drive.DirEntry
	for _, e := range d.root.list("") {
		if e.Name != drive.System {
			volumes = append(volumes, e)
		}
	}
	return volumes, nil
}

func validVolume(volume string) bool {
	return drive.Path(volume).Valid() && !strings.Contains(volume, "/")
}

// MakeVolume makes a volume.
func (d *Drive) MakeVolume(ctx context.Context, volume string) error {
	if !validVolume(volume) {
		return fmt.Errorf("%w: volume %q", drive.ErrInvalid, volume)
	}
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if d.root.entries[volume] != nil {
		return fmt.Errorf("%w: volume %q", drive.ErrExists, volume)
	}
	d.root.entries[volume] = newDir()
	return nil
}

// RemoveVolume removes a volume that holds no file.
func (d *Drive) RemoveVolume(ctx context.Context, volume string) error {
	if !validVolume(volume) || volume == drive.System {
		return fmt.Errorf("%w: volume %q", drive.ErrInvalid, volume)
	}
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.mu.Unlock()
	n := d.root.entries[volume]
	switch {
	case n == nil:
		return fmt.Errorf("%w: volume %q", drive.ErrNotFound, volume)
	case n.holdsFile():
		return fmt.Errorf("%w: volume %q", drive.ErrNotEmpty, volume)
	}
	delete(d.root.entries, volume)
	return nil
}

// Fence makes the drive refuse commits of epochs below this one.
func (d *Drive) Fence(ctx context.Context, epoch uint64) error {
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.mu.Unlock()
	return d.raise(epoch)
}

// raise shows the drive an epoch.
func (d *Drive) raise(epoch uint64) error {
	if epoch < d.epoch {
		return fmt.Errorf("%w: epoch %d after %d", drive.ErrStale, epoch, d.epoch)
	}
	if epoch > d.epoch {
		d.epoch = epoch
		clear(d.stamps)
	}
	return nil
}

// now is the time files are said to have been changed.
func now() time.Time { return time.Now() }
