package cluster

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// ErrDeployments is wrapped by the error for pools that belong to different deployments.
var ErrDeployments = errors.New("the pools belong to different deployments")

// pool is one pool on its way to becoming sets.
type pool struct {
	topology.Pool
	index   int
	members []*Member
	roster  label.Roster
	blank   bool // it holds nothing: its first format begins now, or was interrupted
}

func newPools(given []topology.Pool) []*pool {
	pools := make([]*pool, len(given))
	for i, g := range given {
		p := &pool{Pool: g, index: i}
		for j, path := range g.Drives {
			p.members = append(p.members, &Member{Endpoint: path, Pool: i, Slot: g.Slot(j)})
		}
		pools[i] = p
	}
	return pools
}

// elect finds the roster of every pool. Blank pools get new ones when all others have been found to agree.
func (c *Cluster) elect(o Options, pools []*pool) error {
	for _, p := range pools {
		err := p.elect()
		if err != nil {
			for _, m := range p.members { // the error counts them, the log names them
				o.Logger.Error("drive label", "drive", m.Endpoint, "label", describe(m.reading))
			}
			return fmt.Errorf("pool %s: %w", p.Argument, err)
		}
		switch {
		case p.roster.Deployment == uuid.Nil:
		case c.Deployment == uuid.Nil:
			c.Deployment = p.roster.Deployment
		case c.Deployment != p.roster.Deployment:
			return fmt.Errorf("%w: pool %s to %s, those before it to %s", ErrDeployments, p.Argument, p.roster.Deployment, c.Name())
		}
	}
	for _, p := range pools {
		if p.roster.Deployment != uuid.Nil {
			continue
		}
		var err error
		if p.roster, err = label.NewRoster(rand.Reader, c.Deployment, p.Sets(), p.SetDrives); err != nil {
			return fmt.Errorf("pool %s: %w", p.Argument, err)
		}
		c.Deployment = p.roster.Deployment
	}
	return nil
}

// elect finds the roster the drives of the pool agree on. It stays zero in a pool that was never formatted.
func (p *pool) elect() (err error) {
	p.roster, err = label.Elect(p.readings(), p.SetDrives)
	if errors.Is(err, label.ErrUnformatted) {
		p.blank = true
		return nil
	}
	if err != nil {
		if roster, interrupted := p.interrupted(); interrupted {
			p.blank, p.roster = true, roster
			return nil
		}
	}
	return err
}

// interrupted tells whether the first format of the pool was cut off, and returns the roster it was begun with: some drives
// carry labels of one roster of this shape and hold nothing yet, all others have answered that they have no label.
func (p *pool) interrupted() (label.Roster, bool) {
	var roster label.Roster
	for _, m := range p.members {
		switch {
		case errors.Is(m.reading.Err, label.ErrUnformatted):
			continue
		case m.reading.Err != nil || m.finding.Data:
			return label.Roster{}, false
		case roster.Sets == nil:
			roster = m.reading.Label.Roster
		case !roster.Equal(m.reading.Label.Roster):
			return label.Roster{}, false
		}
	}
	return roster, roster.Drives() == len(p.members) && roster.SetDrives() == p.SetDrives
}

func (p *pool) readings() []label.Reading {
	readings := make([]label.Reading, len(p.members))
	for i, m := range p.members {
		readings[i] = m.reading
	}
	return readings
}

// build makes the pool's sets of the drives that serve.
func (p *pool) build(shared erasure.Options) []*erasure.Set {
	slots := make([][]drive.Drive, p.Sets())
	for i := range slots {
		slots[i] = make([]drive.Drive, p.SetDrives)
	}
	for _, m := range p.members {
		if m.Serves() {
			slots[m.Slot.Set][m.Slot.Drive] = m.Drive
		}
	}
	sets := make([]*erasure.Set, len(slots))
	for i, drives := range slots {
		sets[i] = erasure.NewSet(drives, shared)
	}
	return sets
}

// describe says in a few words what was read.
func describe(r label.Reading) string {
	if r.Err != nil {
		return r.Err.Error()
	}
	return fmt.Sprintf("drive %v of deployment %v, %d sets of %d drives", r.Label.This, r.Label.Deployment, len(r.Label.Sets), r.Label.SetDrives())
}
