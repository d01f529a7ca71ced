package erasure_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

func TestOfflineSlot(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := erasure.NewSet(make([]drive.Drive, 2), erasure.Options{})
	if got := s.Size(); got != 2 {
		t.Errorf("got size %d", got)
	}
	d := s.Drive(1)
	for name, call := range map[string]func() error{
		"Info":         func() error { _, err := d.Info(ctx); return err },
		"Volumes":      func() error { _, err := d.Volumes(ctx); return err },
		"MakeVolume":   func() error { return d.MakeVolume(ctx, "v") },
		"RemoveVolume": func() error { return d.RemoveVolume(ctx, "v") },
		"ReadFile":     func() error { _, err := d.ReadFile(ctx, "v/f", 1); return err },
		"Open":         func() error { _, err := d.Open(ctx, "v/f"); return err },
		"Stat":         func() error { _, err := d.Stat(ctx, "v/f"); return err },
		"List":         func() error { _, err := d.List(ctx, "v", "", 0); return err },
		"Walk":         func() error { _, err := d.Walk(ctx, "v", "", ""); return err },
		"Create":       func() error { _, err := d.Create(ctx, staged, 1); return err },
		"Discard":      func() error { return d.Discard(ctx, staged) },
		"Commit":       func() error { return d.Commit(ctx, &drive.Commit{}) },
		"Fence":        func() error { return d.Fence(ctx, 1) },
	} {
		if err := call(); !errors.Is(err, drive.ErrOffline) {
			t.Errorf("%s: got %v, want %v", name, err, drive.ErrOffline)
		}
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close: got %v", err)
	}
}

func TestOnline(t *testing.T) {
	t.Parallel()
	s := erasure.NewSet([]drive.Drive{nil, newFake(), judged{online: true}, judged{online: false}}, erasure.Options{})
	for slot, want := range []bool{false, true, true, false} {
		if got := s.Online(slot); got != want {
			t.Errorf("slot %d: got %v", slot, got)
		}
	}
}

// judged is a drive that knows whether it is in order.
type judged struct {
	drive.Drive
	online bool
}

func (j judged) Online() bool { return j.online }

func TestReplace(t *testing.T) {
	t.Parallel()
	s := erasure.NewSet([]drive.Drive{nil, newFake()}, erasure.Options{})
	next := newFake()
	if old := s.Replace(0, next); old == nil || s.Drive(0) != next {
		t.Errorf("got %v, then %v", old, s.Drive(0))
	}
	if old := s.Replace(0, nil); old != next || s.Drive(0) == nil {
		t.Errorf("got %v, then %v", old, s.Drive(0))
	}
}

func TestEachAsksAllAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(4, 2, 1<<20)
	var together sync.WaitGroup
	together.Add(6)
	errs := r.set.Each(t.Context(), func(_ context.Context, slot int, d drive.Drive) error {
		together.Done()
		together.Wait()
		if d != r.drives[slot] {
			return errors.New("wrong drive")
		}
		return fmt.Errorf("slot %d", slot)
	})
	for slot, err := range errs {
		if err == nil || err.Error() != fmt.Sprintf("slot %d", slot) {
			t.Errorf("slot %d: got %v", slot, err)
		}
	}
	if errs := erasure.NewSet(nil, erasure.Options{}).Each(t.Context(), nil); len(errs) != 0 {
		t.Errorf("no slots: got %v", errs)
	}
}

func TestPollStopsWhenItKnowsEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2, 2, 1<<20)
		begin := time.Now()
		var cut error
		ask := func(ctx context.Context, slot int, _ drive.Drive) (string, error) {
			if slot == 3 {
				<-ctx.Done()
				cut = ctx.Err()
				return "", cut
			}
			time.Sleep(time.Duration(slot) * time.Second)
			return fmt.Sprint("answer ", slot), nil
		}
		var got []string
		err := erasure.Poll(t.Context(), r.set, ask, func(a erasure.Answer[string]) bool {
			got = append(got, a.Value)
			return len(got) == 3
		})
		if diff := cmp.Diff([]string{"answer 0", "answer 1", "answer 2"}, got); err != nil || diff != "" || time.Since(begin) != 2*time.Second {
			t.Errorf("got %v after %v (-want +got)\n%s", err, time.Since(begin), diff)
		}
		r.set.Wait()
		if cut == nil {
			t.Error("the context of the last drive did not end")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = erasure.Poll(ctx, r.set, ask, func(erasure.Answer[string]) bool { return false })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		r.set.Wait()
		answered := 0
		err = erasure.Poll(t.Context(), r.set, func(context.Context, int, drive.Drive) (int, error) { return 0, drive.ErrNotFound },
			func(a erasure.Answer[int]) bool { answered++; return false })
		if err != nil || answered != 4 {
			t.Errorf("got %v after %d answers", err, answered)
		}
	})
}
