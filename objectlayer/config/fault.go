package config

import (
	"errors"
	"strings"
)

// ErrNoDrives is returned by [Load] when no drives are named anywhere.
var ErrNoDrives = errors.New("no drives are given")

// UsageError is a command line that cannot be read. Text says why.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// Fault is one thing that keeps the server from starting, told to the operator who can mend it.
type Fault struct {
	What   string // such as "Invalid MINIO_ADDRESS"
	Reason string // why
	Action string // what to do about it
	Err    error  // the cause, if another call failed; may be nil
}

func (f *Fault) Error() string { return f.What + ": " + f.Reason }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Faults is everything that is wrong with a configuration. It is never empty as an error.
type Faults []*Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(what, reason, action string) {
	*f = append(*f, &Fault{What: what, Reason: reason, Action: action})
}
