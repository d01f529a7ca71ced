package monitor

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	before := -1
	for d := time.Duration(0); d < 70*time.Minute; d += max(d/100, time.Microsecond) {
		i := bucketOf(d)
		if i < before || i > before+1 {
			t.Fatalf("%v is in bucket %d, what is shorter in %d", d, i, before)
		}
		before = i
		if end := bucketEnd(i); d <= time.Hour && (end <= d || end > max(d*3/2, 0)+time.Microsecond) {
			t.Fatalf("%v is in bucket %d, which ends at %v", d, i, end)
		}
	}
	if bucketOf(-1) != 0 || bucketOf(1<<62) != buckets-1 {
		t.Error("what cannot be is not in the first and the last bucket")
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var f figures
	if f.p99() != 0 || f.mean() != 0 {
		t.Error("figures of no calls")
	}
	for i := range 1000 {
		took := time.Millisecond
		if i%100 == 0 {
			took = time.Second
		}
		f.note(took, 0, time.Minute)
	}
	if p := f.p99(); p < time.Millisecond || p > 1500*time.Microsecond {
		t.Errorf("one in a hundred takes a second: got %v", p)
	}
	for range 10 {
		f.note(time.Second, 0, time.Minute)
	}
	if p := f.p99(); p < time.Second || p > 1500*time.Millisecond {
		t.Errorf("two in a hundred take a second: got %v", p)
	}
	for range 2 {
		f.note(time.Millisecond, 2*sampleAge, time.Minute)
		f.note(time.Millisecond, 4*sampleAge, time.Minute)
	}
	if p := f.p99(); p > 1500*time.Microsecond {
		t.Errorf("what is old counts: got %v", p)
	}
}

// sleepy hangs for as long as a test likes.
type sleepy struct {
	drive.Drive
	wake chan struct{}
}

func (s sleepy) ReadFile(context.Context, drive.Path, int64) ([]byte, error) {
	<-s.wake
	return nil, nil
}
func (s sleepy) Info(context.Context) (drive.Info, error) {
	<-s.wake
	return drive.Info{}, drive.ErrOffline
}
func (s sleepy) Close() error { return nil }

// Time in which the process did not run is not the drive's.
func TestLostTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := sleepy{wake: make(chan struct{})}
		m := New(inner, Options{Calls: 1})
		for range 2 { // one runs, one waits
			go func() {
				if _, err := m.ReadFile(t.Context(), "v/f", 1); err != nil {
					t.Error(err)
				}
			}()
		}
		time.Sleep(600 * time.Millisecond)
		m.mu.Lock()
		m.began = m.began.Add(-time.Hour) // the clock jumps
		m.mu.Unlock()
		time.Sleep(300 * time.Millisecond)
		if s := m.Stats(); s.State != Online || s.Running != 1 || s.Waiting != 1 {
			t.Errorf("got %+v", s)
		}
		close(inner.wake)
		synctest.Wait()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Time in which a call waits for a processor is not the drive's either.
func TestBusyMachine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := sleepy{wake: make(chan struct{})}
		m := New(inner, Options{})
		m.figures[readFile].known = proven
		go func() { _, _ = m.ReadFile(t.Context(), "v/f", 1) }()
		synctest.Wait()
		c := m.running[0]
		c.inside.Store(false) // as if its worker had not had its turn yet
		time.Sleep(time.Minute)
		if s := m.Stats(); s.State != Online || s.Stuck != 0 {
			t.Errorf("got %+v", s)
		}
		c.inside.Store(true)
		time.Sleep(2 * time.Second)
		if s := m.Stats(); s.State == Online || s.Stuck != 1 { // suspect, or offline when the probe's turn came first
			t.Errorf("got %+v", s)
		}
		close(inner.wake)
		synctest.Wait()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}
