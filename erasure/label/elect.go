package label

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Reading is what came of reading the label of one drive.
type Reading struct {
	Label Label
	// Err is nil when there is a label; ErrUnformatted when the drive answered that it has none;
	// what Parse said of a bad one; anything else when the drive could not be read.
	Err error
}

// ErrShape is returned when the drives agree on a pool of another shape than the command line
// gives. Going on would look for objects where they are not.
var ErrShape = errors.New("label: drives were formatted for another layout")

// Elect finds the roster of a pool from the readings of all its drives, in the order of the command
// line, of which setDrives form a set.
//
// At least half of the drives (rounded down, but at least one) must carry the same roster, and more than
// carry any other: otherwise the error is a *[QuorumError]. When not one drive carries anything it is
// ErrUnformatted, and the pool may be formatted for the first time. When the drives
// agree, but on another number of sets or drives than are given now, it is ErrShape.
func Elect(readings []Reading, setDrives int) (Roster, error) {
	if len(readings) > 0 && count(readings, isUnformatted) == len(readings) {
		return Roster{}, fmt.Errorf("all %d drives: %w", len(readings), ErrUnformatted)
	}
	parties := poll(readings)
	if len(parties) == 0 || parties[0].votes < max(1, len(readings)/2) ||
		len(parties) > 1 && parties[1].votes == parties[0].votes {
		return Roster{}, newQuorumError(readings, parties)
	}
	roster := parties[0].roster
	if roster.Drives() != len(readings) || roster.SetDrives() != setDrives {
		return Roster{}, fmt.Errorf("%w: %d sets of %d drives, but %d drives in sets of %d are given; give the drives, and the set size if any, as they were given first",
			ErrShape, len(roster.Sets), roster.SetDrives(), len(readings), setDrives)
	}
	return roster, nil
}

// party is a roster and the number of drives that carry it.
type party struct {
	roster Roster
	votes  int
}

// poll counts the rosters, the most frequent first.
func poll(readings []Reading) []party {
	var parties []party
	for _, r := range readings {
		if r.Err != nil {
			continue
		}
		i := slices.IndexFunc(parties, func(p party) bool { return p.roster.Equal(r.Label.Roster) })
		if i < 0 {
			i = len(parties)
			parties = append(parties, party{roster: r.Label.Roster})
		}
		parties[i].votes++
	}
	slices.SortStableFunc(parties, func(a, b party) int { return b.votes - a.votes })
	return parties
}

// QuorumError says that the drives of a pool do not agree on who they are. It may pass when drives come
// online; formatting is not the answer.
type QuorumError struct {
	Drives      int         // of the pool
	Agreeing    int         // carry the most frequent roster
	Labelled    int         // carry any
	Unformatted int         // carry none
	Corrupt     int         // carry something damaged
	Unsupported int         // carry a label of another format
	Unreadable  int         // did not say
	Deployments []uuid.UUID // of all rosters found, the most frequent first

	cause error // of the first unsupported label
}

func newQuorumError(readings []Reading, parties []party) *QuorumError {
	e := &QuorumError{
		Drives:      len(readings),
		Unformatted: count(readings, isUnformatted),
		Corrupt:     count(readings, isCorrupt),
		Unsupported: count(readings, isUnsupported),
	}
	for _, p := range parties {
		e.Labelled += p.votes
		if !slices.Contains(e.Deployments, p.roster.Deployment) {
			e.Deployments = append(e.Deployments, p.roster.Deployment)
		}
	}
	if len(parties) > 0 {
		e.Agreeing = parties[0].votes
	}
	e.Unreadable = e.Drives - e.Labelled - e.Unformatted - e.Corrupt - e.Unsupported
	if i := slices.IndexFunc(readings, func(r Reading) bool { return isUnsupported(r.Err) }); i >= 0 {
		e.cause = readings[i].Err
	}
	return e
}

// Unwrap is what was wrong with the first label of another format, if there is one.
func (e *QuorumError) Unwrap() error { return e.cause }

func (e *QuorumError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "label: no quorum: of %d drives %d agree; %d labelled, %d unformatted, %d corrupt, %d unsupported, %d unreadable",
		e.Drives, e.Agreeing, e.Labelled, e.Unformatted, e.Corrupt, e.Unsupported, e.Unreadable)
	switch {
	case e.cause != nil:
		fmt.Fprintf(&s, ": %v", e.cause)
	case len(e.Deployments) > 1:
		fmt.Fprintf(&s, "; drives of deployments %v are mixed: give only those of one", e.Deployments)
	case e.Unreadable > 0:
		s.WriteString("; bring the unreadable drives back")
	}
	return s.String()
}

func count(readings []Reading, is func(error) bool) int {
	n := 0
	for _, r := range readings {
		if is(r.Err) {
			n++
		}
	}
	return n
}

func isUnformatted(err error) bool { return errors.Is(err, ErrUnformatted) }
func isCorrupt(err error) bool     { return errors.Is(err, ErrCorrupt) }
func isUnsupported(err error) bool { return errors.Is(err, ErrUnsupported) }
