// Package cluster brings drives together: it finds out who each drive is, formats what may be formatted, and puts every
// drive in its slot.
//
// # Concepts
//
// The command line says where drives are; their labels (package label) say who they are. A drive serves the slot its label
// names, whatever path it was found at, and a drive that belongs elsewhere serves none: its slot stays empty, the set works
// on without it, and nothing is written to it. A pool whose drives are all blank is formatted for the first time. A blank
// drive among formatted ones was replaced: it takes over the label of its slot and the store fills it again.
//
// A blank folder on the root file system where the other drives are mounts is most likely a mount point without its mount.
// It is not formatted unless the operator says so.
package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// Drive is a drive whose label can be read and written.
type Drive interface {
	drive.Drive
	// ReadFormat returns the drive's label, drive.ErrNotFound when it has none.
	ReadFormat() ([]byte, error)
	// WriteFormat gives the drive a label, durably, and makes it ready to serve.
	WriteFormat([]byte) error
	// SetID tells the drive who it is.
	SetID(string)
	// OnRoot tells whether the drive lies on the root file system.
	OnRoot() bool
}

// Options are what a cluster is made of. Pools and Open are required.
type Options struct {
	Pools  []topology.Pool
	Open   func(ctx context.Context, path string) (Drive, error)
	Shared erasure.Options // what all sets share
	// AllowRoot lets a blank drive on the root file system take a slot.
	AllowRoot bool
	Logger    *slog.Logger
}

// Cluster is all drives, in their sets.
type Cluster struct {
	Deployment [16]byte
	Pools      [][]*erasure.Set // by pool
	Members    []*Member        // in the order of the command line
}

// Member is one drive of the command line and what became of it.
type Member struct {
	Endpoint string // as the command line spells it
	Pool     int
	Slot     topology.Slot // of its label; of its path where it has none
	State    label.State
	Fresh    bool  // it was formatted just now, into a slot of a pool that exists
	Err      error // why it does not serve; nil when it does
	Drive    Drive // nil when it could not be opened
}

// Serves tells whether the drive has its slot.
func (m *Member) Serves() bool { return m.State == label.Sound && m.Err == nil }

// Open opens all drives and puts them in their slots. Drives that cannot serve leave their slots empty; the error is for
// what keeps the whole from starting: a drive that another process holds, labels without a quorum, the wrong number of
// drives. On error all drives are closed again.
func Open(ctx context.Context, o Options) (c *Cluster, err error) {
	c = new(Cluster)
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	for i, p := range o.Pools {
		members, err := openPool(ctx, o, i, p)
		c.Members = append(c.Members, members...)
		if err != nil {
			return c, err
		}
		sets, err := c.seat(ctx, o, p, members)
		if err != nil {
			return c, fmt.Errorf("pool %s: %w", p.Argument, err)
		}
		c.Pools = append(c.Pools, sets)
	}
	return c, nil
}

// openPool opens the drives of a pool at once: replaying their logs is what takes time.
func openPool(ctx context.Context, o Options, pool int, p topology.Pool) ([]*Member, error) {
	members := make([]*Member, len(p.Drives))
	var group errgroup.Group
	for i, path := range p.Drives {
		m := &Member{Endpoint: path, Pool: pool, Slot: p.Slot(i)}
		members[i] = m
		group.Go(func() error {
			m.Drive, m.Err = o.Open(ctx, path)
			if m.Err == nil {
				return nil
			}
			m.Drive = nil
			if errors.Is(m.Err, ErrInUse) {
				return m.Err
			}
			o.Logger.Error("drive cannot be opened", "drive", path, "err", m.Err)
			return nil
		})
	}
	return members, group.Wait()
}

// ErrInUse is wrapped by what Open returns for a drive that another process holds.
var ErrInUse = errors.New("drive is in use by another process")

// seat elects the pool's roster and puts its drives in their slots.
func (c *Cluster) seat(ctx context.Context, o Options, p topology.Pool, members []*Member) ([]*erasure.Set, error) {
	readings := make([]label.Reading, len(members))
	for i, m := range members {
		readings[i] = m.read()
	}
	roster, err := label.Elect(readings, p.SetDrives)
	first := errors.Is(err, label.ErrUnformatted)
	if first {
		roster, err = c.format(o, p, members)
	}
	if err != nil {
		return nil, err
	}
	if len(c.Pools) == 0 {
		c.Deployment = roster.Deployment
	} else if roster.Deployment != uuid.UUID(c.Deployment) {
		return nil, fmt.Errorf("belongs to deployment %s, the pools before it to %s", roster.Deployment, uuid.UUID(c.Deployment))
	}
	if !first {
		judge(o, roster, members, readings)
	}
	return c.build(o, p, members), nil
}

// read reads a drive's label.
func (m *Member) read() label.Reading {
	if m.Drive == nil {
		return label.Reading{Err: m.Err}
	}
	raw, err := m.Drive.ReadFormat()
	if errors.Is(err, drive.ErrNotFound) {
		return label.Reading{Err: label.ErrUnformatted}
	}
	if err != nil {
		return label.Reading{Err: err}
	}
	l, err := label.Parse(raw)
	return label.Reading{Label: l, Err: err}
}

// format labels the drives of a pool that has none.
func (c *Cluster) format(o Options, p topology.Pool, members []*Member) (label.Roster, error) {
	for _, m := range members {
		if m.Drive == nil { // it may carry a label of a deployment that must not be split in two
			return label.Roster{}, fmt.Errorf("all drives must be there to format a pool for the first time: %s: %w", m.Endpoint, m.Err)
		}
	}
	roster, err := label.NewRoster(rand.Reader, uuid.UUID(c.Deployment), p.Sets(), p.SetDrives)
	if err != nil {
		return roster, err
	}
	o.Logger.Info(fmt.Sprintf("Formatting pool %d, %d set(s), %d drives per set.", members[0].Pool+1, p.Sets(), p.SetDrives))
	for i, m := range members {
		m.Slot, m.State = p.Slot(i), label.Sound
		if err := m.label(roster); err != nil {
			return roster, fmt.Errorf("format %s: %w", m.Endpoint, err)
		}
	}
	return roster, nil
}

// label writes the label of the member's slot.
func (m *Member) label(roster label.Roster) error {
	l, err := roster.Label(m.Slot)
	if err != nil {
		return err
	}
	raw, err := l.Marshal()
	if err != nil {
		return err
	}
	if err := m.Drive.WriteFormat(raw); err != nil {
		return err
	}
	m.Drive.SetID(l.This.String())
	return nil
}

// judge finds each drive's slot, and formats those that were replaced.
func judge(o Options, roster label.Roster, members []*Member, readings []label.Reading) {
	for i, v := range roster.Judge(readings) {
		m := members[i]
		m.State = v.State
		switch v.State {
		case label.Sound:
			m.Slot = v.Slot
			m.Drive.SetID(readings[i].Label.This.String())
			if v.Moved {
				o.Logger.Warn("drive was found at the path of another; it serves its own slot", "drive", m.Endpoint, "set", v.Slot.Set, "slot", v.Slot.Drive)
			}
		case label.Vacant:
			m.Slot = v.Slot
			m.Err = m.replace(o, roster)
		default:
			m.Err = errors.Join(m.Err, v.Err)
		}
		if !m.Serves() {
			o.Logger.Error("drive does not serve", "drive", m.Endpoint, "state", m.State.String(), "err", m.Err)
		}
	}
}

// errBareMount keeps a mount point without its mount from being taken for a new drive.
var errBareMount = errors.New("an empty folder on the root file system: mount the drive, or set MINIO_CI_CD=1 to use the folder itself")

// replace formats a blank drive for the slot it stands at, and notes that it has to be filled.
func (m *Member) replace(o Options, roster label.Roster) error {
	if m.Drive.OnRoot() && !o.AllowRoot {
		return errBareMount
	}
	if err := m.label(roster); err != nil {
		return err
	}
	m.State, m.Fresh = label.Sound, true
	o.Logger.Warn("blank drive takes over its slot and will be filled", "drive", m.Endpoint, "set", m.Slot.Set, "slot", m.Slot.Drive)
	return nil
}

// build makes the pool's sets of the drives that serve.
func (c *Cluster) build(o Options, p topology.Pool, members []*Member) []*erasure.Set {
	slots := make([][]drive.Drive, p.Sets())
	for i := range slots {
		slots[i] = make([]drive.Drive, p.SetDrives)
	}
	for _, m := range members {
		if m.Serves() {
			slots[m.Slot.Set][m.Slot.Drive] = m.Drive
		}
	}
	sets := make([]*erasure.Set, len(slots))
	for i, drives := range slots {
		sets[i] = erasure.NewSet(drives, o.Shared)
	}
	return sets
}

// Tracker is the note that MinIO keeps on a drive while it is being filled (docs/format/drive-layout.md). Writing it lets
// either server go on with the work.
func (m *Member) Tracker(now time.Time) []byte {
	info, err := m.Drive.Info(context.Background())
	if err != nil {
		info.ID = ""
	}
	t := label.Tracker{
		ID: info.ID, PoolIndex: m.Pool, SetIndex: m.Slot.Set, DiskIndex: m.Slot.Drive,
		Path: m.Endpoint, Endpoint: m.Endpoint, Started: now.UTC(), LastUpdate: now.UTC(),
	}
	return t.Marshal()
}

// Close waits for what the sets still do and closes all drives.
func (c *Cluster) Close() error {
	for _, sets := range c.Pools {
		for _, set := range sets {
			set.Wait()
		}
	}
	var errs []error
	for _, m := range c.Members {
		if m.Drive != nil {
			if err := m.Drive.Close(); err != nil {
				errs = append(errs, fmt.Errorf("close %s: %w", m.Endpoint, err))
			}
		}
	}
	return errors.Join(errs...)
}
