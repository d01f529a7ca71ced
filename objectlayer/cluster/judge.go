package cluster

import (
	"errors"
	"fmt"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/label"
)

// Why a drive without a label is not given one.
var (
	// ErrRootDrive is wrapped by what is said of blank drives on the root file system.
	ErrRootDrive = errors.New("an empty folder on the root file system looks like a mount point without its mount")
	// ErrUnlabelled is wrapped by what is said of drives that hold data and have lost their label.
	ErrUnlabelled = errors.New("holds data and carries no label")

	errStrange   = errors.New("holds files and is no drive: mount the right one, or empty it")
	errAmbiguous = errors.New("other drives are unreadable, copies or not at their paths, so it cannot be told which one it is")
)

// judge finds the slot of every member, or says why it has none. Members whose Err stays nil may be opened. The error is for
// a blank pool that must not be formatted; allowRoot is Options.AllowRoot.
func (p *pool) judge(allowRoot bool) error {
	certain := true // every drive that has a label could be read and stands where it belongs
	verdicts := p.roster.Judge(p.readings())
	for i, v := range verdicts {
		m := p.members[i]
		m.State, m.Err, m.moved = v.State, v.Err, v.Moved
		if v.State != label.Sound && v.State != label.Vacant || v.Moved {
			certain = false
		}
		if v.State != label.Sound && v.State != label.Vacant {
			continue
		}
		var err error
		if m.label, err = p.roster.Label(v.Slot); err != nil {
			return err
		}
		m.Slot = v.Slot
	}
	var refused []string
	var reason error
	for _, m := range p.members {
		if m.State != label.Vacant {
			continue
		}
		m.Err = m.mayBeLabelled(p.blank, certain, allowRoot)
		m.Fresh = m.Err == nil && !p.blank
		if m.Err != nil && p.blank {
			refused, reason = append(refused, m.Endpoint), m.Err
		}
	}
	if reason != nil {
		return fmt.Errorf("%w: %s", reason, strings.Join(refused, ", "))
	}
	return nil
}

// mayBeLabelled tells why a drive without a good label must not be given one, if so. blank tells that its whole pool is, and
// certain that all others have said who they are and stand where they belong.
func (m *Member) mayBeLabelled(blank, certain, allowRoot bool) error {
	f := m.finding
	switch {
	case f.System && f.Data && blank: // no other label says what deployment the data belongs to
		return ErrUnlabelled
	case f.System && f.Data && !certain:
		return fmt.Errorf("%w: %w", ErrUnlabelled, errAmbiguous)
	case f.System && f.Data:
		return nil
	case f.Data && !blank:
		return errStrange
	case f.OnRoot && !allowRoot:
		return ErrRootDrive
	default:
		return nil
	}
}
