package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// State is what is thought of a drive.
type State uint8

const (
	// Online drives take calls.
	Online State = iota
	// Suspect drives did not answer in time or too often with faults, and take no calls until a probe has told what they are.
	Suspect
	// ReadOnly drives answer, but refuse changes. They take calls that change nothing.
	ReadOnly
	// Offline drives did not pass two probes in a row. They take no calls, and nobody waits for an answer any more.
	Offline
)

func (s State) String() string {
	switch s {
	case Online:
		return "online"
	case Suspect:
		return "suspect"
	case ReadOnly:
		return "read-only"
	case Offline:
		return "offline"
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// refusesLocked tells whether the drive takes no calls of a kind.
func (m *Drive) refusesLocked(k kind) bool {
	switch m.state {
	case Online:
		return false
	case ReadOnly:
		return table[k].changes
	}
	return true
}

// enterLocked makes a state the drive's.
func (m *Drive) enterLocked(s State, why error) {
	m.state, m.why, m.refusal = s, why, nil
	switch s {
	case Online:
		m.score = 0
		return
	case Offline:
		m.refusal = m.offline("%v: %w", s, why)
		m.abandonLocked(m.refusal)
	default:
		m.refusal = m.offline("%v: %w", s, why)
	}
	m.flushLocked()
}

// suspectLocked stops calls from going to the drive and has somebody look after it.
func (m *Drive) suspectLocked(why error) {
	if m.closed || m.state == Suspect || m.state == Offline {
		return
	}
	m.enterLocked(Suspect, why)
	m.look.hurryUp()
	m.lookLocked(m.look.damp(m.now()))
}

// doubtLocked has somebody look after a drive that goes on taking calls.
func (m *Drive) doubtLocked(why error) {
	if m.closed || m.state != Online {
		return
	}
	m.look.doubt = why
	m.lookLocked(0)
}

// verdict is what an answer says of the drive.
type verdict uint8

const (
	sound    verdict = iota // nothing
	negative                // it was told why not, as package drive allows
	fault                   // the drive's own
	away                    // the drive says itself that it is offline
)

// judge finds out whose fault an error is.
func judge(err error) verdict {
	switch {
	case err == nil || err == io.EOF:
		return sound
	case errors.Is(err, drive.ErrNotFound):
		return negative
	case errors.Is(err, drive.ErrOffline):
		return away
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sound
	case ours(err):
		return negative
	}
	for _, said := range answers {
		if errors.Is(err, said) {
			return negative
		}
	}
	return fault
}

// answers are what drives may say besides ErrNotFound and ErrOffline.
var answers = [...]error{
	drive.ErrExists, drive.ErrNotEmpty, drive.ErrInvalid, drive.ErrCorrupt, drive.ErrFull, drive.ErrStale,
}

// ours tells whether the process or the machine has run out of something, which says nothing of the drive.
func ours(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

const (
	// Each fault adds faultScore to the drive's score, everything else takes one off. At suspectScore the drive is suspect:
	// eight faults at once, or more than one in five calls for long.
	faultScore   = 4
	suspectScore = 32
)

// scoreLocked counts an answer.
func (m *Drive) scoreLocked(v verdict, err error) {
	switch {
	case v == away:
		m.suspectLocked(err)
	case v == fault:
		m.faults++
		if m.score += faultScore; m.score >= suspectScore {
			m.suspectLocked(fmt.Errorf("too many faults, the last: %w", err))
		}
	case m.score > 0:
		m.score--
	}
}
