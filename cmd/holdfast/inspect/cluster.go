package inspect

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// cluster is the drives of a command line, open for looking and put where their labels say that they belong.
type cluster struct {
	survey Survey
	pools  []*pool
	disks  []*disk
}

type pool struct {
	index      int
	deployment uuid.UUID
	sets       []*set
}

// set is the drives that hold the shards of the same names.
type set struct {
	pool  *pool
	index int
	slots []slot
}

// slot is the place of one drive in a set. Without a drive that may be used, disk is nil and path and why say what was found
// in its place, if anything.
type slot struct {
	disk *disk
	path string
	why  string
}

// owner is the set that holds a name.
func (p *pool) owner(name string) *set {
	return p.sets[topology.SetOf(name, p.deployment, len(p.sets))]
}

// present is the number of drives of the set that can be asked.
func (s *set) present() int {
	n := 0
	for _, slot := range s.slots {
		if slot.disk != nil {
			n++
		}
	}
	return n
}

// openCluster opens the drives of a command line and reads their labels. Drives that cannot be opened are part of the survey.
func openCluster(drives []string, o Options) (*cluster, error) {
	for _, d := range drives {
		if strings.Contains(d, "://") {
			return nil, fmt.Errorf("%s is the drive of a node: inspect reads directories, so run it there and name them", d)
		}
	}
	layout, err := topology.Expand(drives, o.SetDrives)
	if err != nil {
		return nil, err
	}
	c := new(cluster)
	held := heldLocks()
	for i, p := range layout {
		c.openPool(i, p, held)
	}
	s := &c.survey
	s.Start = StartWhole
	for _, p := range s.Pools {
		s.Start = s.Start.worse(p.Start)
	}
	one := true
	if s.Deployment, one = sameDeployment(s.Pools); !one {
		s.Start = StartRefused
		s.Warnings = append(s.Warnings, "the pools belong to different deployments: a server would refuse them")
	}
	return c, nil
}

func (c *cluster) openPool(index int, p topology.Pool, held map[inode]int) {
	disks := make([]*disk, len(p.Drives))
	readings := make([]label.Reading, len(p.Drives))
	for i, path := range p.Drives {
		disks[i], readings[i].Err = openDisk(path)
		if readings[i].Err != nil {
			continue
		}
		c.disks = append(c.disks, disks[i])
		readings[i] = disks[i].readLabel()
		c.warn(disks[i], held)
	}
	survey, roster, verdicts, ok := surveyPool(p, readings)
	for i, d := range disks {
		if d != nil {
			survey.Drives[i].Filling = d.filling()
			survey.Drives[i].Total, survey.Drives[i].Free = d.space()
		}
	}
	c.survey.Pools = append(c.survey.Pools, survey)
	if ok {
		c.pools = append(c.pools, newPool(index, roster, verdicts, disks, survey.Drives))
	}
}

// warn notes what makes everything else that is found on a drive provisional.
func (c *cluster) warn(d *disk, held map[inode]int) {
	if pid, ok := d.holder(held); ok {
		c.survey.Warnings = append(c.survey.Warnings,
			fmt.Sprintf("process %d holds a lock on %s: a server runs on it, and what is shown may change", pid, d.path))
		return
	}
	commits, err := d.pending()
	switch {
	case err != nil:
		c.survey.Warnings = append(c.survey.Warnings, fmt.Sprintf("the commit log of %s cannot be read: %v", d.path, err))
	case commits > 0:
		c.survey.Warnings = append(c.survey.Warnings, fmt.Sprintf(
			"the commit log of %s holds %s: it was not stopped cleanly, and a start will mend what of them is missing",
			d.path, counted(commits, "commit")))
	}
}

// newPool puts the sound drives of a pool in their slots.
func newPool(index int, roster label.Roster, verdicts []label.Verdict, disks []*disk, drives []DriveSurvey) *pool {
	p := &pool{index: index, deployment: roster.Deployment}
	for i, ids := range roster.Sets {
		s := &set{pool: p, index: i, slots: make([]slot, len(ids))}
		for j, id := range ids {
			s.slots[j].why = "no drive with the uuid " + id.String() + " was given"
			if label.GivenUp(id) {
				s.slots[j].why = "this slot was given up"
			}
		}
		p.sets = append(p.sets, s)
	}
	for i, v := range verdicts {
		if v.State == label.Sound {
			p.sets[v.Slot.Set].slots[v.Slot.Drive] = slot{disk: disks[i], path: drives[i].Path}
			continue
		}
		if v.Slot.Set < len(p.sets) && v.Slot.Drive < len(p.sets[v.Slot.Set].slots) {
			if at := &p.sets[v.Slot.Set].slots[v.Slot.Drive]; at.disk == nil {
				at.path, at.why = drives[i].Path, drives[i].State+": "+drives[i].Why
			}
		}
	}
	return p
}

func (c *cluster) close() {
	for _, d := range c.disks {
		d.close()
	}
}
