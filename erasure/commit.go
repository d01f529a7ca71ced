package erasure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// errNotSent is said of drives a commit was not sent to because it could not have reached its quorum.
var errNotSent = errors.New("erasure: commit not sent, too few drives to reach its quorum")

// Commit sends commits[slot] to all drives at once; nil leaves a drive out. It returns nil as soon as need drives have it, or a
// *QuorumError as soon as that has become impossible; nothing is taken back then, and drives that have it keep it. When fewer
// than need commits are given none is sent.
//
// A commit that was sent cannot be recalled, so the end of ctx ends nothing here: drives that have not answered go on in the
// background, and the edits stay lent to them. When every drive has answered, done is called exactly once with what they
// said by slot (nil for those left out), maybe before Commit has returned, on a goroutine of its own or the caller's. It may be nil.
func (s *Set) Commit(ctx context.Context, need int, commits []*drive.Commit, done func(errs []error)) error {
	v := &vote{need: need, errs: make([]error, s.Size()), verdict: make(chan error, 1), done: done}
	if len(commits) > s.Size() {
		v.finish()
		return fmt.Errorf("erasure: %d commits for %d drives", len(commits), s.Size())
	}
	var sent int
	for slot, c := range commits {
		if c != nil {
			v.pending++
			sent = slot
		}
	}
	if v.pending < need {
		for slot, c := range commits {
			if c != nil {
				v.errs[slot] = errNotSent
			}
		}
		refused := &QuorumError{Need: need, Errs: slices.Clone(v.errs)}
		v.finish()
		return s.missed(refused)
	}
	if v.pending == 0 {
		v.finish()
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	if v.pending == 1 { // a goroutine would gain nothing
		v.answer(sent, s.Drive(sent).Commit(ctx, commits[sent]))
	} else {
		for slot, c := range commits {
			if c != nil {
				s.background.spawn(func() { v.answer(slot, s.Drive(slot).Commit(ctx, c)) })
			}
		}
	}
	return s.missed(<-v.verdict)
}

// vote counts the answers to one commit.
type vote struct {
	need    int
	verdict chan error // told once, when the outcome is certain
	done    func(errs []error)

	mu      sync.Mutex // guards what follows while drives answer
	errs    []error
	pending int
	got     int
	decided bool
}

// answer takes what one drive says.
func (v *vote) answer(slot int, err error) {
	if v.count(slot, err) {
		v.finish()
	}
}

// count tells whether this was the last answer.
func (v *vote) count(slot int, err error) (last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.errs[slot] = err
	v.pending--
	if err == nil {
		v.got++
	}
	switch {
	case v.decided:
	case v.got >= v.need:
		v.decided = true
		v.verdict <- nil
	case v.got+v.pending < v.need:
		v.decided = true
		v.verdict <- &QuorumError{Need: v.need, Got: v.got, Errs: slices.Clone(v.errs)}
	}
	return v.pending == 0
}

func (v *vote) finish() {
	if v.done != nil {
		v.done(v.errs)
	}
}
