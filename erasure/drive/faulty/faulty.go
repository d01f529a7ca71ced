// Package faulty wraps a drive and lets it misbehave by rule, for tests.
//
//	d := faulty.New(mem.New())
//	slow := d.Add(faulty.Rule{Calls: faulty.Reads, Delay: time.Second})
//	d.Add(faulty.Rule{Calls: []faulty.Call{faulty.Commit}, Path: "photos/", Skip: 2, Times: 1, Err: syscall.EIO})
//	...
//	slow.Remove()
//
// A rule says which calls it is for and what becomes of them. Without rules the wrapper is a drive like the one inside.
// Rules are looked at in the order they were added; delays add up, of the other faults the first one wins.
package faulty

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Call names a call on a drive, or on what one of its calls has returned.
type Call string

// The calls.
const (
	Info         Call = "info"
	Volumes      Call = "volumes"
	MakeVolume   Call = "make volume"
	RemoveVolume Call = "remove volume"
	ReadFile     Call = "read file"
	Open         Call = "open"
	ReadAt       Call = "read at"
	Stat         Call = "stat"
	List         Call = "list"
	Walk         Call = "walk"
	Next         Call = "next"
	Create       Call = "create"
	Write        Call = "write"
	CloseFile    Call = "close file" // of a staged file
	Discard      Call = "discard"
	Commit       Call = "commit"
	Fence        Call = "fence"
)

// Calls that belong together.
var (
	Reads  = []Call{ReadFile, Open, ReadAt, Stat, List, Walk, Next}
	Writes = []Call{MakeVolume, RemoveVolume, Create, Write, CloseFile, Discard, Commit, Fence}
)

// Rule is a fault and when it happens.
type Rule struct {
	Calls []Call // empty: all
	Path  string // what the path must contain; of a commit its record or one of its edits
	Skip  int    // so many calls that match go well first
	Times int    // so many calls fail then; 0: all

	Delay time.Duration // before anything is done. The end of the call's context ends it with the context's error
	Hang  bool          // nothing is done and nothing answered before the rule is removed or the context ends
	Err   error         // the answer; nothing is done
	After bool          // with Err: it is done all the same, only the answer is lost
	Lose  bool          // Write, Commit, Discard: nothing is done, and success reported
	Torn  bool          // Write, Commit: only the first half of the bytes of each write arrives, and success is reported
	Flip  bool          // ReadFile, ReadAt, Next: one bit of what was read is wrong
}

// Fault is a rule in force.
type Fault struct {
	rule    Rule
	drive   *Drive
	removed chan struct{}

	// guarded by Drive.mu
	matched int
	hits    int
}

// Hits is how many calls the rule has spoiled.
func (f *Fault) Hits() int {
	f.drive.mu.Lock()
	defer f.drive.mu.Unlock()
	return f.hits
}

// Remove ends the fault. Calls it holds up go on.
func (f *Fault) Remove() {
	f.drive.mu.Lock()
	defer f.drive.mu.Unlock()
	if i := slices.Index(f.drive.faults, f); i >= 0 {
		f.drive.faults = slices.Delete(f.drive.faults, i, i+1)
		close(f.removed)
	}
}

// Drive is a drive with faults.
type Drive struct {
	inner drive.Drive

	mu     sync.Mutex
	faults []*Fault
}

var _ drive.Drive = (*Drive)(nil)

// New wraps a drive. Closing the wrapper closes it.
func New(inner drive.Drive) *Drive { return &Drive{inner: inner} }

// Add puts a rule into force.
func (d *Drive) Add(r Rule) *Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := &Fault{rule: r, drive: d, removed: make(chan struct{})}
	d.faults = append(d.faults, f)
	return f
}

// Clear removes all rules.
func (d *Drive) Clear() {
	d.mu.Lock()
	faults := slices.Clone(d.faults)
	d.mu.Unlock()
	for _, f := range faults {
		f.Remove()
	}
}

// verdict is what becomes of one call.
type verdict struct {
	delay             time.Duration
	hang              *Fault
	err               error
	after             bool
	lose, torn, flips bool
}

// judge applies the rules to a call.
func (d *Drive) judge(call Call, paths ...drive.Path) (v verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.faults {
		r := f.rule
		if !r.matches(call, paths) {
			continue
		}
		if f.matched++; f.matched <= r.Skip || r.Times > 0 && f.matched > r.Skip+r.Times {
			continue
		}
		f.hits++
		v.delay += r.Delay
		switch {
		case v.hang != nil || v.err != nil || v.lose || v.torn || v.flips:
		case r.Hang:
			v.hang = f
		case r.Err != nil:
			v.err, v.after = r.Err, r.After
		default:
			v.lose, v.torn, v.flips = r.Lose, r.Torn, r.Flip
		}
	}
	return v
}

func (r *Rule) matches(call Call, paths []drive.Path) bool {
	if len(r.Calls) > 0 && !slices.Contains(r.Calls, call) {
		return false
	}
	return r.Path == "" || slices.ContainsFunc(paths, func(p drive.Path) bool { return strings.Contains(string(p), r.Path) })
}

// before does what a verdict wants done ahead of the call. The call goes on if it returns nil.
func (v *verdict) before(ctx context.Context) error {
	if v.delay > 0 {
		timer := time.NewTimer(v.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if v.hang != nil {
		select {
		case <-v.hang.removed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if v.err != nil && !v.after {
		return v.err
	}
	return nil
}

// answer is the call's answer, or what becomes of it.
func (v *verdict) answer(err error) error {
	if v.after && err == nil {
		return v.err
	}
	return err
}

// flip spoils one bit.
func (v *verdict) flip(b []byte) {
	if v.flips && len(b) > 0 {
		b[len(b)/2] ^= 0x10
	}
}

// run makes a call that returns nothing but an error.
func (d *Drive) run(ctx context.Context, call Call, p drive.Path, do func() error) error {
	v := d.judge(call, p)
	if err := v.before(ctx); err != nil {
		return err
	}
	if v.lose {
		return nil
	}
	return v.answer(do())
}

// get makes a call that returns something.
func get[T any](ctx context.Context, d *Drive, call Call, p drive.Path, do func() (T, error)) (T, error) {
	var none T
	v := d.judge(call, p)
	if err := v.before(ctx); err != nil {
		return none, err
	}
	got, err := do()
	if err = v.answer(err); err != nil {
		return none, err
	}
	return got, nil
}
