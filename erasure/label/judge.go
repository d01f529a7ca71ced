package label

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// State is what a drive turned out to be.
type State uint8

// The states of a drive. Only a Sound one is used; a Vacant one may be formatted.
const (
	Unreadable  State = iota // did not say; may be anything
	Sound                    // belongs in Verdict.Slot
	Vacant                   // blank or damaged, and stands where Verdict.Slot is free
	Surplus                  // blank or damaged, but its slot is taken or was given up
	Foreign                  // belongs to another deployment
	Misfit                   // belongs to another pool of this deployment, or its roster was changed
	Clone                    // carries the uuid of another drive: a copy
	Unsupported              // carries a label of another format
)

var stateNames = [...]string{"unreadable", "sound", "vacant", "surplus", "foreign", "misfit", "clone", "unsupported"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Verdict is the judgement of one drive.
type Verdict struct {
	State State
	Slot  topology.Slot // Sound, Clone: where its uuid belongs; otherwise where it was found
	Moved bool          // Sound, Clone: it was found at the path of another slot
	Err   error         // why it is not used; nil when Sound
}

// Judge says of each drive, in the order of the command line, what it is and where it belongs. A drive
// is accepted by its uuid: one that is found at the path of another slot is Sound and serves its
// own. Of drives that carry the same uuid the one found at the path of its slot is Sound and
// the others are Clones; if none is, nobody can tell which was written last, and all are.
//
// A blank or damaged drive is Vacant when the slot of its path is free, so that it may take over
// its label ([Roster.Label]). Slots whose drive was not found stay empty.
func (r Roster) Judge(readings []Reading) []Verdict {
	verdicts := make([]Verdict, len(readings))
	claims := make(map[uuid.UUID][]int)
	for i, reading := range readings {
		verdicts[i] = r.judgeOne(reading, r.position(i))
		if verdicts[i].State == Sound {
			claims[reading.Label.This] = append(claims[reading.Label.This], i)
		}
	}
	r.rejectClones(verdicts, claims)
	r.findVacancies(verdicts, claims)
	return verdicts
}

// position is the slot of the i-th drive of the command line.
func (r Roster) position(i int) topology.Slot {
	n := max(1, r.SetDrives())
	return topology.Slot{Set: i / n, Drive: i % n}
}

// judgeOne judges a drive without regard to the others.
func (r Roster) judgeOne(reading Reading, found topology.Slot) Verdict {
	v := Verdict{Slot: found, Err: reading.Err}
	switch {
	case isUnformatted(reading.Err), isCorrupt(reading.Err):
		v.State = Vacant
	case isUnsupported(reading.Err):
		v.State = Unsupported
	case reading.Err != nil:
		v.State = Unreadable
	case reading.Label.Deployment != r.Deployment:
		v.State = Foreign
		v.Err = fmt.Errorf("label: drive %v belongs to deployment %v, not to %v", reading.Label.This, reading.Label.Deployment, r.Deployment)
	default:
		slot, found := r.Find(reading.Label.This)
		if !found || !r.Equal(reading.Label.Roster) {
			v.State = Misfit
			v.Err = fmt.Errorf("label: drive %v belongs to another pool of deployment %v, or its sets were changed", reading.Label.This, r.Deployment)
			break
		}
		v.State, v.Moved, v.Slot = Sound, slot != v.Slot, slot
	}
	return v
}

// rejectClones leaves at most one drive of each uuid.
func (r Roster) rejectClones(verdicts []Verdict, claims map[uuid.UUID][]int) {
	for id, claimants := range claims {
		if len(claimants) == 1 {
			continue
		}
		for _, i := range claimants {
			if v := &verdicts[i]; v.Moved {
				v.State = Clone
				v.Err = fmt.Errorf("label: %d drives carry the uuid %v; remove the copies", len(claimants), id)
			}
		}
	}
}

var (
	errTaken   = errors.New("label: the drive that belongs here was found at another path")
	errGivenUp = errors.New("label: this slot was given up")
)

// findVacancies denies blank drives the slots that others hold, or that nobody may hold.
func (r Roster) findVacancies(verdicts []Verdict, claims map[uuid.UUID][]int) {
	for i := range verdicts {
		v := &verdicts[i]
		if v.State != Vacant {
			continue
		}
		l, err := r.Label(v.Slot)
		switch {
		case err != nil:
			v.State, v.Err = Surplus, errGivenUp
		case len(claims[l.This]) > 0:
			v.State, v.Err = Surplus, errTaken
		}
	}
}
