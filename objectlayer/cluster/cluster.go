// Package cluster brings drives together: it finds out who each drive is, formats what may be formatted, and puts every
// drive in its slot.
//
// # Concepts
//
// The command line says where drives are; their labels (package label) say who they are. A drive serves the slot its label
// names, whatever path it was found at, and a drive that belongs elsewhere serves none: its slot stays empty and the set
// works on without it. A pool whose drives are all blank is formatted for the first time. A blank drive among labelled ones
// was replaced: it takes over the label of its slot, and the store fills it again.
//
// [Open] goes in steps, and no step begins before the one before it has ended well for all drives of all pools:
//
//  1. look: what lies at each path is found out without opening, locking or changing anything ([Finding]).
//  2. elect: the labels of each pool agree on a roster, all pools on a deployment.
//  3. judge: each drive gets its slot, or the reason why it has none.
//  4. open: the drives with a slot are opened, which locks them and replays their logs.
//  5. label: blank drives are given the labels of their slots.
//
// Whatever refuses to start does so in the first three, so a drive of another deployment, a copy of a drive, or a command
// line with a mistake in it leaves no trace on any drive.
//
//	c, err := cluster.Open(ctx, cluster.Options{Pools: pools, Look: look, Open: open, Logger: log})
//	for pool, sets := range c.Pools { ... }
//	defer c.Close()
//
// # What counts as blank
//
// A label is written only where it can do no harm (see [Member] and judge.go). A folder on the root file system is most
// likely a mount point without its mount. A folder with strange files in it is somebody else's. A drive that holds objects
// but has lost its label is the one that is missing, if all others have said who they are and stand where they belong;
// otherwise it might be any of the missing ones, and giving it the wrong slot would spoil what the right drive could still
// contribute.
//
// An interrupted first format is no quorum of labels, yet no loss either: where all labels that are there agree, the
// labelled drives hold nothing and all others are blank, the format is finished with the roster that was begun.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
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
}

// Finding is what lies at a path.
type Finding struct {
	Format []byte // the content of the format file; nil when there is none
	System bool   // there is a system volume: it is or was a drive
	Data   bool   // there are buckets or settings; without a system volume, files of any kind
	OnRoot bool   // it lies on the root file system, or would if it were made
}

// DefaultPatience is how long a look may take.
const DefaultPatience = 30 * time.Second

// Options are what a cluster is made of. Pools, Look, Open and Logger are required.
type Options struct {
	Pools []topology.Pool
	// Look finds out what lies at a path and changes nothing. A path where there is nothing is no error.
	Look func(path string) (Finding, error)
	// Open opens the drive at a path, making the folder if need be. A drive that another process holds is ErrInUse.
	Open   func(ctx context.Context, path string) (Drive, error)
	Shared erasure.Options // what all sets share
	// AllowRoot lets blank drives on the root file system be formatted. A lone drive always may.
	AllowRoot bool
	Patience  time.Duration // a drive that takes longer to look at is unreadable; 0 = DefaultPatience
	Logger    *slog.Logger
}

// ErrInUse is wrapped by what Open returns for a drive that another process holds.
var ErrInUse = errors.New("drive is in use by another process, or is given twice")

// Cluster is all drives, in their sets.
type Cluster struct {
	Deployment [16]byte
	Pools      [][]*erasure.Set // by pool
	Members    []*Member        // in the order of the command line
}

// Open finds all drives and puts them in their slots. A drive that cannot serve leaves its slot empty. The error is for what
// keeps the whole from starting: a drive that another process holds (ErrInUse), labels that do not agree
// (*label.QuorumError, ErrDeployments), another number of drives than was formatted (label.ErrShape), blank drives that must not be
// formatted (ErrRootDrive, ErrUnlabelled). On error all drives are closed again.
func Open(ctx context.Context, o Options) (*Cluster, error) {
	c, pools := new(Cluster), newPools(o.Pools)
	for _, p := range pools {
		c.Members = append(c.Members, p.members...)
	}
	if err := c.find(ctx, o, pools); err != nil {
		return nil, err
	}
	if err := c.take(ctx, o, pools); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	for _, p := range pools {
		c.Pools = append(c.Pools, p.build(o.Shared))
	}
	for _, m := range c.Members {
		m.report(o.Logger)
	}
	return c, nil
}

// find is what Open does without touching a drive.
func (c *Cluster) find(ctx context.Context, o Options, pools []*pool) error {
	if err := c.look(ctx, o); err != nil {
		return err
	}
	if err := c.elect(o, pools); err != nil {
		return err
	}
	for _, p := range pools {
		if err := p.judge(o.AllowRoot || len(c.Members) == 1); err != nil {
			return fmt.Errorf("pool %s: %w", p.Argument, err)
		}
	}
	return nil
}

// take opens the drives that have a slot, all at once, for replaying their logs is what takes time. Then it labels the
// blank ones.
func (c *Cluster) take(ctx context.Context, o Options, pools []*pool) error {
	if err := c.forSeated(func(m *Member) error { return m.open(ctx, o) }); err != nil {
		return err
	}
	for _, p := range pools {
		if !p.blank {
			continue
		}
		o.Logger.Info(fmt.Sprintf("Formatting pool %d, %d set(s), %d drives per set.", p.index+1, p.Sets(), p.SetDrives))
		for _, m := range p.members {
			if m.Err != nil { // its label would be missing, and with enough of them the pool could not be told from a broken one
				return fmt.Errorf("all drives must be there to format a pool for the first time: %s: %w", m.Endpoint, m.Err)
			}
		}
	}
	return c.forSeated((*Member).seat)
}

// forSeated calls fn for all members that may serve, at once, and returns one of the errors.
func (c *Cluster) forSeated(fn func(*Member) error) error {
	var group errgroup.Group
	for _, m := range c.Members {
		if m.Err == nil {
			group.Go(func() error { return fn(m) })
		}
	}
	return group.Wait()
}

// Name is the deployment id as text.
func (c *Cluster) Name() string { return uuid.UUID(c.Deployment).String() }

// Close waits for what the sets still do, though not for a drive that hangs, and closes all drives.
func (c *Cluster) Close() error {
	c.wait()
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

// closePatience is how long Close waits for what drives have been asked.
const closePatience = 10 * time.Second

// wait waits until the sets are idle, or for closePatience. What hangs longer is left behind.
func (c *Cluster) wait() {
	idle := make(chan struct{})
	go func() {
		for _, sets := range c.Pools {
			for _, set := range sets {
				set.Wait()
			}
		}
		close(idle)
	}()
	timer := time.NewTimer(closePatience)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}
