package erasure

import (
	"errors"
	"fmt"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// QuorumError says that too few drives did what was asked, and what each of the others said instead.
type QuorumError struct {
	Need, Got int
	Errs      []error // by slot; nil for a drive that did it, was not asked or has not answered
}

func (e *QuorumError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "erasure: %d of %d drives needed", e.Got, e.Need)
	for slot, err := range e.Errs {
		if err != nil {
			fmt.Fprintf(&b, "; slot %d: %v", slot, err)
		}
	}
	return b.String()
}

// Unwrap returns what the drives said. errors.Is is therefore true for whatever any one of them said; see Most.
func (e *QuorumError) Unwrap() []error {
	said := make([]error, 0, len(e.Errs))
	for _, err := range e.Errs {
		if err != nil {
			said = append(said, err)
		}
	}
	return said
}

// Most returns what more than half of the drives that failed agree on, one of the errors of package drive, or nil.
func (e *QuorumError) Most() error {
	said := e.Unwrap()
	for _, verdict := range []error{
		drive.ErrOffline, drive.ErrFull, drive.ErrNotFound, drive.ErrStale, drive.ErrCorrupt,
		drive.ErrExists, drive.ErrNotEmpty, drive.ErrInvalid,
	} {
		agree := 0
		for _, err := range said {
			if errors.Is(err, verdict) {
				agree++
			}
		}
		if 2*agree > len(said) {
			return verdict
		}
	}
	return nil
}

// missed counts a quorum that was not reached, and returns err as it is.
func (s *Set) missed(err error) error {
	if _, missed := err.(*QuorumError); missed {
		s.counts.quorumsMissed.Add(1)
	}
	return err
}
