package erasure_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// commits makes one commit for each slot.
func (r *rig) commits() []*drive.Commit {
	all := make([]*drive.Commit, len(r.drives))
	for slot := range all {
		all[slot] = &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: uint64(slot)}}
	}
	return all
}

func TestCommitAnswersAtQuorum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2, 2, 1<<20)
		r.drives[3].hooks.commit = func() error { time.Sleep(time.Hour); return drive.ErrFull }
		r.drives[2].hooks.commit = func() error { time.Sleep(time.Second); return nil }
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var told [][]error
		err := r.set.Commit(ctx, 3, r.commits(), func(errs []error) { told = append(told, errs) })
		if err != nil || time.Since(begin) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		cancel() // the client goes away; the straggler goes on
		r.set.Wait()
		want := [][]error{{nil, nil, nil, drive.ErrFull}}
		if diff := cmp.Diff(want, told, cmpopts.EquateErrors()); diff != "" || time.Since(begin) != time.Hour {
			t.Errorf("done: (-want +got)\n%s", diff)
		}
		for slot, d := range r.drives[:3] {
			if len(d.commits) != 1 || d.commits[0].Stamp.Seq != uint64(slot) {
				t.Errorf("slot %d: got %v", slot, d.commits)
			}
		}
	})
}

func TestCommitGivesUpWhenQuorumIsImpossible(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2, 2, 1<<20)
		stale := func() error { return drive.ErrStale }
		r.drives[0].hooks.commit, r.drives[1].hooks.commit = stale, stale
		r.drives[2].hooks.commit = func() error { time.Sleep(time.Hour); return nil }
		begin := time.Now()
		var told []error
		err := r.set.Commit(t.Context(), 3, r.commits(), func(errs []error) { told = errs })
		var missed *erasure.QuorumError
		if !errors.As(err, &missed) || missed.Need != 3 || missed.Most() != drive.ErrStale || time.Since(begin) != 0 {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		r.set.Wait()
		if diff := cmp.Diff([]error{drive.ErrStale, drive.ErrStale, nil, nil}, told, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("done: (-want +got)\n%s", diff)
		}
		if len(r.drives[2].commits) != 1 {
			t.Error("the slow drive did not go on")
		}
	})
}

func TestCommitLeavesDrivesOut(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 4} {
		r := newRig(n, 0, 1<<20)
		calls := 0
		done := func([]error) { calls++ }
		if err := r.set.Commit(t.Context(), 0, make([]*drive.Commit, n), done); err != nil || calls != 1 {
			t.Errorf("none: got %v, told %d times", err, calls)
		}
		if err := r.set.Commit(t.Context(), 1, nil, done); err == nil || calls != 2 {
			t.Errorf("fewer than needed: got %v, told %d times", err, calls)
		}
		if err := r.set.Commit(t.Context(), 1, make([]*drive.Commit, n+1), done); err == nil || calls != 3 {
			t.Errorf("more than slots: got %v, told %d times", err, calls)
		}
		commits := r.commits()
		commits[0] = nil
		var missed *erasure.QuorumError
		if err := r.set.Commit(t.Context(), n, commits, done); !errors.As(err, &missed) || calls != 4 {
			t.Errorf("one short: got %v, told %d times", err, calls)
		}
		r.set.Wait()
		for slot, d := range r.drives {
			if len(d.commits) != 0 {
				t.Errorf("slot %d got a commit that could not reach its quorum", slot)
			}
		}
		if err := r.set.Commit(t.Context(), 1, r.commits(), nil); err != nil {
			t.Errorf("without done: got %v", err)
		}
		r.set.Wait()
	}
}

func TestCommitOutlivesItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(2, 2, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.set.Commit(ctx, 4, r.commits(), nil); err != nil {
		t.Errorf("got %v", err)
	}
	r.checkIdle(t)
}
