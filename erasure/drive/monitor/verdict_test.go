package monitor_test

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
)

// A drive that is slow all the time is not taken for one that hangs.
func TestDeadlinesAdapt(t *testing.T) {
	watch(t, monitor.Options{MaxTimeout: 10 * time.Second}, func(r *rig) {
		look := func() error { _, err := r.Stat(r.Context(), "v/f"); return err }
		after := func(d time.Duration) func() error {
			return func() error {
				time.AfterFunc(d, r.inner.hang("Stat"))
				return look()
			}
		}
		for range 50 {
			r.took(300*time.Millisecond, nil, "a slow call", after(300*time.Millisecond))
		}
		r.took(2*time.Second, nil, "a slower call", after(2*time.Second))
		for range 2000 { // until the slow calls are no longer recent
			_ = look()
		}
		r.took(time.Second, drive.ErrOffline, "a slow call of a fast drive", after(2*time.Second))
		r.wantState(monitor.Online)
		time.Sleep(time.Second)
		r.wantStates("suspect", "online")

		for _, d := range []time.Duration{900 * time.Millisecond, 1500 * time.Millisecond} {
			for range 100 {
				r.took(d, nil, "a very slow call", after(d))
			}
		}
		r.took(10*time.Second, drive.ErrOffline, "a call without end", after(time.Minute)) // no more than MaxTimeout
		time.Sleep(time.Hour)
	})
}

// Of a drive that is new nobody knows how long it takes: its first calls may be slow, as long as it answers probes.
func TestNewDrive(t *testing.T) {
	watchNew(t, monitor.Options{}, func(r *rig) {
		look := func() error { _, err := r.Stat(r.Context(), "v/f"); return err }
		resume := r.inner.hang("Stat")
		r.took(5*time.Second, drive.ErrOffline, "a call without end", look)
		r.wantState(monitor.Online) // after a probe
		r.wantStates("suspect", "online")
		resume()
		time.AfterFunc(4*time.Second, r.inner.hang("Stat"))
		r.took(4*time.Second, nil, "a slow call", look)
		time.AfterFunc(20*time.Second, r.inner.hang("Stat"))
		r.took(20*time.Second, nil, "a slow call of a slow drive", look)
		time.Sleep(time.Hour)
	})
	t.Run("hangs", func(t *testing.T) {
		watchNew(t, monitor.Options{}, func(r *rig) {
			resume := r.inner.hang("")
			r.took(5*time.Second, drive.ErrOffline, "the first call", r.read)
			r.wantState(monitor.Suspect)
			time.Sleep(2 * time.Second)
			r.wantState(monitor.Offline)
			resume()
			r.wantState(monitor.Online)
		})
	})
}

// Who has a doubt about a drive is in no hurry, unless others find it suspect meanwhile.
func TestHurry(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		w, err := r.Walk(r.Context(), "v", "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		resume := r.inner.hang("")
		next := make(chan error)
		go func() { _, err := w.Next(); next <- err }()
		time.Sleep(2 * time.Second) // of which the drive has been doubted for one
		r.wantState(monitor.Online)
		r.took(time.Second, drive.ErrOffline, "reading", r.read)
		r.wantState(monitor.Suspect)
		r.took(time.Second, nil, "the walk ends", func() error {
			if err := <-next; !errors.Is(err, drive.ErrOffline) {
				t.Errorf("got %v", err)
			}
			return nil
		})
		r.wantState(monitor.Offline)
		resume()
	})
}

// An hour without an answer does not make a drive one that takes an hour.
func TestHangingIsForgotten(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		for range 2 {
			resume := r.inner.hang("")
			r.took(time.Second, drive.ErrOffline, "reading", r.read)
			time.Sleep(time.Hour)
			resume()
			r.wantState(monitor.Online)
			time.Sleep(time.Hour)
		}
	})
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		calls int
		want  monitor.State
	}{
		{"one fault", syscall.EIO, 1, monitor.Online},
		{"seven faults", fmt.Errorf("read: %w", syscall.EIO), 7, monitor.Online},
		{"eight faults", fmt.Errorf("read: %w", syscall.EIO), 8, monitor.Suspect},
		{"out of files", fmt.Errorf("read: %w", syscall.EMFILE), 1000, monitor.Online},
		{"out of files everywhere", syscall.ENFILE, 1000, monitor.Online},
		{"out of memory", syscall.ENOMEM, 1000, monitor.Online},
		{"not found", drive.ErrNotFound, 1000, monitor.Online},
		{"corrupt", drive.ErrCorrupt, 1000, monitor.Online},
		{"full", drive.ErrFull, 1000, monitor.Online},
		{"stale", drive.ErrStale, 1000, monitor.Online},
		{"end of file", io.EOF, 1000, monitor.Online},
		{"offline", fmt.Errorf("%w: pulled", drive.ErrOffline), 1, monitor.Suspect},
	} {
		t.Run(tc.name, func(t *testing.T) {
			watch(t, monitor.Options{}, func(r *rig) {
				resume := r.inner.hang("Info") // no probe changes the verdict
				defer resume()
				r.inner.add(rule{calls: "ReadFile", err: tc.err, times: tc.calls})
				for range tc.calls {
					if err := r.read(); !errors.Is(err, tc.err) {
						t.Errorf("got %v", err)
					}
				}
				r.wantState(tc.want)
			})
		})
	}
}

// Faults among many good answers are not the drive's end.
func TestFewFaults(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		for range 1000 {
			r.inner.add(rule{calls: "ReadFile", err: syscall.EIO, times: 1})
			for range 10 {
				_ = r.read()
			}
		}
		r.wantStates()
		if got := r.Stats().Faults; got != 1000 {
			t.Errorf("counted %d faults", got)
		}
	})
}

// A drive that passes probes and fails calls comes back more and more slowly.
func TestDamping(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		r.inner.add(rule{calls: "Stat", err: syscall.EIO})
		fail := func() {
			for range 8 {
				_, _ = r.Stat(r.Context(), "v/f")
			}
		}
		for _, pause := range []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60} {
			fail()
			if pause > 0 {
				time.Sleep(pause*time.Second - time.Millisecond)
				r.wantState(monitor.Suspect)
				time.Sleep(time.Millisecond)
			}
			r.wantState(monitor.Online)
		}
		time.Sleep(time.Minute)
		fail()
		r.wantState(monitor.Online)
	})
}

// A drive that says itself that it is gone is asked less and less often, and not at all when nothing is wrong.
func TestOfflineForGood(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		r.took(0, nil, "reading", r.read)
		time.Sleep(24 * time.Hour)
		if n := r.inner.all(); n != 1 {
			t.Errorf("an idle drive got %d calls", n)
		}
		gone := r.inner.add(rule{err: drive.ErrOffline})
		r.took(0, drive.ErrOffline, "reading", r.read)
		r.wantState(monitor.Suspect)
		time.Sleep(time.Second)
		r.wantState(monitor.Offline)
		before := r.inner.count("Info")
		time.Sleep(time.Hour)
		if n := r.inner.count("Info") - before; n < 60 || n > 65 {
			t.Errorf("%d probes in an hour", n)
		}
		r.inner.drop(gone)
		time.Sleep(time.Minute)
		r.wantState(monitor.Online)
		r.wantStates("suspect", "offline", "online")
	})
}

func TestAnotherDrive(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		resume := r.inner.hang("")
		_ = r.read()
		r.inner.id = "other"
		resume()
		time.Sleep(10 * time.Minute)
		r.wantState(monitor.Offline)
		if r.inner.count("Create") != 0 {
			t.Error("something was written to a strange drive")
		}
		r.inner.mu.Lock()
		r.inner.id = "me"
		r.inner.mu.Unlock()
		time.Sleep(time.Minute)
		r.wantState(monitor.Online)
	})
}

func TestProbe(t *testing.T) {
	for _, tc := range []struct {
		name string
		rule rule
		want monitor.State
	}{
		{"sound", rule{calls: "None"}, monitor.Online},
		{"full", rule{calls: "Write", err: drive.ErrFull}, monitor.Online},
		{"Info fails", rule{calls: "Info", err: syscall.EIO}, monitor.Offline},
		{"Create fails", rule{calls: "Create", err: syscall.EIO}, monitor.Offline},
		{"Write fails", rule{calls: "Write", err: syscall.EIO}, monitor.Offline},
		{"Close fails", rule{calls: "Writer.Close", err: syscall.EIO}, monitor.Offline},
		{"ReadFile fails", rule{calls: "ReadFile", err: syscall.EIO}, monitor.Offline},
		{"nothing is kept", rule{calls: "ReadFile", err: drive.ErrNotFound}, monitor.Offline},
		{"Discard fails", rule{calls: "Discard", err: syscall.EIO}, monitor.Offline},
		{"out of files", rule{calls: "Create", err: syscall.EMFILE}, monitor.Suspect},
		{"read-only", rule{calls: "Create Discard", err: drive.ErrOffline}, monitor.ReadOnly},
		{"hangs", rule{calls: "Writer.Close", hang: make(chan struct{})}, monitor.Offline},
	} {
		t.Run(tc.name, func(t *testing.T) {
			watch(t, monitor.Options{}, func(r *rig) {
				if tc.rule.hang != nil { // of this test's bubble
					tc.rule.hang = make(chan struct{})
					defer close(tc.rule.hang)
				}
				wrong := r.inner.add(tc.rule)
				defer r.inner.drop(wrong)
				r.inner.add(rule{calls: "Fence", err: drive.ErrOffline})
				_ = r.Fence(r.Context(), 1)
				time.Sleep(10 * time.Second)
				r.wantState(tc.want)
			})
		})
	}
}

func TestGarbledProbe(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		r.inner.garble = true
		r.inner.add(rule{calls: "Fence", err: drive.ErrOffline})
		_ = r.Fence(r.Context(), 1)
		time.Sleep(10 * time.Second)
		r.wantState(monitor.Offline)
		if why := r.Stats().Why; !errors.Is(why, drive.ErrCorrupt) {
			t.Errorf("got %v", why)
		}
	})
}

// A drive that refuses changes can still be read.
func TestReadOnly(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		const changes = "MakeVolume RemoveVolume Create Discard Commit Fence Write Writer.Close"
		readOnly := r.inner.add(rule{calls: changes, err: drive.ErrOffline})
		r.took(0, drive.ErrOffline, "writing", func() error { return r.Commit(r.Context(), new(drive.Commit)) })
		r.wantState(monitor.ReadOnly)
		before := r.inner.count("Commit")
		r.took(0, drive.ErrOffline, "writing", func() error { return r.Commit(r.Context(), new(drive.Commit)) })
		if r.inner.count("Commit") != before {
			t.Error("a read-only drive was asked to write")
		}
		r.took(0, nil, "reading", r.read)
		r.took(0, nil, "walking", func() error {
			w, err := r.Walk(r.Context(), "v", "", "")
			if err != nil {
				return err
			}
			defer w.Close()
			_, err = w.Next()
			return err
		})
		r.inner.drop(readOnly)
		time.Sleep(time.Minute)
		r.wantState(monitor.Online)
		r.wantStates("suspect", "read-only", "online")
	})
}

// A drive is not let back while it could still do, late, what nobody expects any more.
func TestLooseChanges(t *testing.T) {
	for hangs, call := range map[string]func(r *rig) error{
		"Discard":    func(r *rig) error { return r.Discard(r.Context(), "v/f") },
		"MakeVolume": func(r *rig) error { return r.MakeVolume(r.Context(), "v") },
	} {
		t.Run(hangs, func(t *testing.T) {
			watch(t, monitor.Options{}, func(r *rig) {
				stuck := r.inner.add(rule{calls: hangs, hang: make(chan struct{}), times: 1}) // probes can discard
				r.took(time.Second, drive.ErrOffline, hangs, func() error { return call(r) })
				time.Sleep(time.Hour)
				r.wantState(monitor.Suspect)
				close(stuck.hang)
				r.wantState(monitor.Online)
			})
		})
	}
	t.Run("Stat", func(t *testing.T) { // comes late without doing harm
		watch(t, monitor.Options{}, func(r *rig) {
			resume := r.inner.hang("Stat")
			_, err := r.Stat(r.Context(), "v/f")
			if !errors.Is(err, drive.ErrOffline) {
				t.Errorf("got %v", err)
			}
			r.wantState(monitor.Online)
			resume()
		})
	})
}

// A drive that answers probes and nothing else must not get a thread for each call.
func TestMostlyStuck(t *testing.T) {
	watch(t, monitor.Options{Calls: 4}, func(r *rig) {
		resume := r.inner.hang("Stat")
		for range 10 {
			_, _ = r.Stat(r.Context(), "v/f")
			time.Sleep(10 * time.Minute)
		}
		r.wantState(monitor.Suspect)
		if n := r.inner.count("Stat"); n != 3 {
			t.Errorf("%d calls are stuck", n)
		}
		resume()
		r.wantState(monitor.Online)
	})
}

func TestQueue(t *testing.T) {
	watch(t, monitor.Options{Calls: 2}, func(r *rig) {
		file, err := r.Open(r.Context(), "v/f")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		busy := func(d time.Duration) {
			resume := r.inner.hang("ReadAt")
			for range 2 {
				go func() { _, _ = file.ReadAt(make([]byte, 1), 0) }()
			}
			synctest.Wait()
			time.AfterFunc(d, resume)
		}
		busy(900 * time.Millisecond)
		r.took(900*time.Millisecond, nil, "reading after others", r.read)
		busy(900 * time.Millisecond)
		r.took(900*time.Millisecond, io.EOF, "reading a file after others", func() error {
			_, err := file.ReadAt(make([]byte, 1), 0)
			return err
		})
		for range 2000 {
			_ = r.read()
		}
		_ = r.read()
		busy(5 * time.Second)
		r.took(time.Second, drive.ErrOffline, "waiting too long for others", r.read)
		r.wantState(monitor.Online)
		time.Sleep(5 * time.Second)
		r.wantStates()
	})
}

func TestClose(t *testing.T) {
	watch(t, monitor.Options{MaxTimeout: 5 * time.Second}, func(r *rig) { // in order
		time.AfterFunc(900*time.Millisecond, r.inner.hang("ReadFile"))
		done := make(chan error)
		go func() { done <- r.read() }()
		synctest.Wait()
		go func() { done <- nil }()
		r.took(900*time.Millisecond, nil, "closing a busy drive", func() error { <-done; return r.Close() })
		if err := <-done; err != nil {
			t.Errorf("a call that was under way: %v", err)
		}
		r.took(0, nil, "closing twice", r.Close)
		if n := r.inner.count("Drive.Close"); n != 1 {
			t.Errorf("the drive was closed %d times", n)
		}
		r.took(0, drive.ErrOffline, "reading", r.read)
	})
}

func TestCloseHungDrive(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before time.Duration // how long the drive has hung
		want   time.Duration // how long Close takes
	}{
		"known":   {10 * time.Second, time.Second},
		"unknown": {0, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &rig{T: t, inner: newFake()}
				r.Drive = monitor.New(r.inner, monitor.Options{MaxTimeout: 5 * time.Second})
				file, err := r.Open(t.Context(), "v/f")
				if err != nil {
					t.Fatal(err)
				}
				resume := r.inner.hang("")
				go func() { _, _ = file.ReadAt(make([]byte, 1), 0) }()
				go func() { _ = r.read() }()
				synctest.Wait()
				time.Sleep(tc.before)
				r.took(tc.want, drive.ErrOffline, "closing", r.Close)
				r.took(0, nil, "closing twice", r.Close)
				if n := r.inner.count("Drive.Close"); n != 0 {
					t.Error("the drive was closed under its calls")
				}
				r.took(0, nil, "closing a file", file.Close)
				resume()
				synctest.Wait() // and all goroutines end, or synctest complains
				if n := r.inner.count("Drive.Close"); n != 1 {
					t.Errorf("the drive was closed %d times", n)
				}
			})
		})
	}
}

func TestStats(t *testing.T) {
	watchNew(t, monitor.Options{}, func(r *rig) {
		for range 10 {
			time.AfterFunc(100*time.Millisecond, r.inner.hang("ReadFile"))
			_ = r.read()
		}
		r.inner.add(rule{calls: "Stat", err: syscall.EIO, times: 1})
		_, _ = r.Stat(r.Context(), "v/f")
		resume := r.inner.hang("List")
		_, _ = r.List(r.Context(), "v", "", 0)
		synctest.Wait()
		s := r.Stats()
		got := map[string]string{}
		for _, c := range s.Calls {
			got[c.Name] = fmt.Sprint(c.Calls, c.Errors, c.Timeouts, c.InFlight, c.Mean)
		}
		for name, want := range map[string]string{
			"ReadFile": "10 0 0 0 100ms",
			"Stat":     "1 1 0 0 0s",
			"List":     "1 0 1 1 0s",
		} {
			if got[name] != want {
				t.Errorf("%s: got %s, want %s", name, got[name], want)
			}
		}
		if s.Faults != 1 || s.Timeouts != 1 || s.Running != 1 || s.Stuck != 1 || s.Waiting != 0 || s.State != monitor.Online {
			t.Errorf("got %+v", s)
		}
		if p99 := s.Calls[0].P99; p99 < 100*time.Millisecond || p99 > 150*time.Millisecond {
			t.Errorf("p99 of %s is %v", s.Calls[0].Name, p99)
		}
		resume()
	})
}
