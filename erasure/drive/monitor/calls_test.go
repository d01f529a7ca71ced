package monitor_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
)

// rig is a watched fake, on a clock of its own.
type rig struct {
	*testing.T
	*monitor.Drive
	inner  *fake
	states []string // told to Changed
}

// watch runs a test on a drive that has been watched for so long that it is known to be fast.
func watch(t *testing.T, o monitor.Options, test func(r *rig)) {
	watchNew(t, o, func(r *rig) {
		for range 100 {
			for name, call := range calls {
				if err := call(r); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		r.inner.forget()
		test(r)
	})
}

// watchNew runs a test on a drive of which nothing is known yet.
func watchNew(t *testing.T, o monitor.Options, test func(r *rig)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, inner: newFake()}
		o.Name = "d1"
		o.Changed = func(from, to monitor.State, why error) {
			if (why == nil) != (to == monitor.Online) {
				t.Errorf("%v because of %v", to, why)
			}
			r.states = append(r.states, to.String())
		}
		r.Drive = monitor.New(r.inner, o)
		r.SetID("me")
		defer func() {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}()
		test(r)
	})
}

func (r *rig) read() error {
	_, err := r.ReadFile(r.Context(), "v/f", 10)
	return err
}

// took runs a call and checks how long it takes, and what it says.
func (r *rig) took(want time.Duration, wantErr error, doing string, call func() error) {
	r.Helper()
	began := time.Now()
	err := call()
	if !errors.Is(err, wantErr) || wantErr == nil && err != nil {
		r.Errorf("%s: got %v, want %v", doing, err, wantErr)
	}
	if took := time.Since(began); took != want {
		r.Errorf("%s: took %v, want %v", doing, took, want)
	}
}

// wantState checks what is thought of the drive when nothing moves any more.
func (r *rig) wantState(want monitor.State) {
	r.Helper()
	synctest.Wait()
	if got := r.State(); got != want {
		r.Errorf("drive is %v, want %v (%v)", got, want, r.Stats().Why)
	}
	if r.Online() != (want == monitor.Online) {
		r.Errorf("a drive that is %v: Online is %v", want, r.Online())
	}
}

func (r *rig) wantStates(want ...string) {
	r.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, r.states); diff != "" {
		r.Errorf("states (-want +got)\n%s", diff)
	}
}

func TestHungDrive(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		r.took(0, nil, "reading", r.read)
		resume := r.inner.hang("")
		r.took(time.Second, drive.ErrOffline, "reading what hangs", r.read)
		r.wantState(monitor.Suspect)
		r.took(0, drive.ErrOffline, "reading from a suspect", r.read)
		time.Sleep(2 * time.Second) // two probes
		r.wantState(monitor.Offline)
		r.took(0, drive.ErrOffline, "reading from an offline drive", r.read)
		time.Sleep(time.Hour)
		if got := r.inner.all(); got != 3 {
			t.Errorf("a drive that hangs got %d calls, want two of ours and one of a probe", got)
		}
		resume()
		r.wantState(monitor.Online)
		r.took(0, nil, "reading again", r.read)
		r.wantStates("suspect", "offline", "online")
		if n := r.inner.staged(); n != 0 {
			t.Errorf("probes have left %d files", n)
		}
	})
}

// calls are all calls of a drive.
var calls = map[string]func(r *rig) error{
	"Info":         func(r *rig) error { _, err := r.Info(r.Context()); return err },
	"Volumes":      func(r *rig) error { _, err := r.Volumes(r.Context()); return err },
	"MakeVolume":   func(r *rig) error { return r.MakeVolume(r.Context(), "v") },
	"ReadFile":     func(r *rig) error { return r.read() },
	"Open":         func(r *rig) error { _, err := r.Open(r.Context(), "v/f"); return err },
	"Stat":         func(r *rig) error { _, err := r.Stat(r.Context(), "v/f"); return err },
	"List":         func(r *rig) error { _, err := r.List(r.Context(), "v", "", 0); return err },
	"Walk":         func(r *rig) error { _, err := r.Walk(r.Context(), "v", "", ""); return err },
	"Create":       func(r *rig) error { _, err := r.Create(r.Context(), "v/f", 1); return err },
	"Discard":      func(r *rig) error { return r.Discard(r.Context(), "v/g") },
	"Commit":       func(r *rig) error { return r.Commit(r.Context(), new(drive.Commit)) },
	"Fence":        func(r *rig) error { return r.Fence(r.Context(), 1) },
	"RemoveVolume": func(r *rig) error { return r.RemoveVolume(r.Context(), "v") },
}

func TestEveryCallOfAHungDrive(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			watch(t, monitor.Options{}, func(r *rig) {
				resume := r.inner.hang("")
				r.took(time.Second, drive.ErrOffline, name, func() error { return call(r) })
				resume()
				r.wantState(monitor.Online)
				r.took(0, nil, name, func() error { return call(r) })
			})
		})
	}
}

// What comes home when nobody waits for it any more is let go of.
func TestLateAnswers(t *testing.T) {
	for _, tc := range []struct {
		hangs, lets string // calls of the drive
		call        func(r *rig) error
	}{
		{"Open", "Reader.Close", func(r *rig) error { _, err := r.Open(r.Context(), "v/f"); return err }},
		{"Walk", "Walker.Close", func(r *rig) error { _, err := r.Walk(r.Context(), "v", "", ""); return err }},
		{"Create", "Abort", func(r *rig) error { _, err := r.Create(r.Context(), drive.Staging+"/f", 1); return err }},
		{"Next", "Walker.Close", func(r *rig) error {
			w, err := r.Walk(r.Context(), "v", "", "")
			if err != nil {
				return err
			}
			defer w.Close()
			defer w.Seek("x")
			if _, err := w.Next(); !errors.Is(err, drive.ErrOffline) {
				r.Errorf("got %v", err)
			}
			_, err = w.Next()
			return err
		}},
		{"Writer.Close", "", func(r *rig) error {
			w, err := r.Create(r.Context(), drive.Staging+"/f", 1)
			if err != nil {
				return err
			}
			defer w.Abort()
			if err := w.Close(); !errors.Is(err, drive.ErrOffline) {
				r.Errorf("got %v", err)
			}
			if _, err := w.Write(nil); !errors.Is(err, drive.ErrOffline) {
				r.Errorf("Write after a Close that was given up: got %v", err)
			}
			return w.Close()
		}},
	} {
		t.Run(tc.hangs, func(t *testing.T) {
			watch(t, monitor.Options{}, func(r *rig) {
				resume := r.inner.hang(tc.hangs + " Info")
				if err := tc.call(r); !errors.Is(err, drive.ErrOffline) {
					t.Errorf("got %v", err)
				}
				synctest.Wait()
				if n := r.inner.count(tc.lets); n != 0 {
					t.Errorf("%s was called before %s has answered", tc.lets, tc.hangs)
				}
				resume()
				r.wantState(monitor.Online)
				if n := r.inner.count(tc.lets); n != 1 && tc.lets != "" {
					t.Errorf("%s was called %d times, want once", tc.lets, n)
				}
				if n := r.inner.staged(); n != 0 {
					t.Errorf("%d files are left", n)
				}
			})
		})
	}
}

// A commit that was given up may read its edits for as long as it likes.
func TestCommitKeepsItsBytes(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		for _, size := range []int{5, 1 << 20, 7} {
			resume := r.inner.hang("")
			data := make([]byte, size)
			copy(data, "first")
			c := &drive.Commit{Record: "v/r", Edits: []drive.Edit{drive.Write("v/r/a", data[:5]), drive.Write("v/r/b", nil), drive.Write("v/r/c", data)}}
			if err := r.Commit(r.Context(), c); !errors.Is(err, drive.ErrOffline) {
				t.Errorf("got %v", err)
			}
			clear(data)
			clear(c.Edits)
			*c = drive.Commit{}
			resume()
			r.wantState(monitor.Online)
			if got := r.inner.file("v/r/a"); got != "first" {
				t.Errorf("got %q", got)
			}
			if got := r.inner.file("v/r/c"); len(got) != size || got[:5] != "first" {
				t.Errorf("got %d bytes, %.5q", len(got), got)
			}
			time.Sleep(time.Minute)
		}
	})
}

// Lent memory comes back when the drive is done with it, and not earlier.
func TestLentMemory(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		file, err := r.Open(r.Context(), "v/f")
		if err != nil {
			t.Fatal(err)
		}
		staged, err := r.Create(r.Context(), drive.Staging+"/f", 3)
		if err != nil {
			t.Fatal(err)
		}
		for name, call := range map[string]func() (int, error){
			"ReadAt": func() (int, error) { return file.ReadAt(make([]byte, 3), 0) },
			"Write":  func() (int, error) { return staged.Write([]byte("abc")) },
		} {
			resume := r.inner.hang("")
			came := make(chan int, 1)
			go func() {
				n, err := call()
				if err != nil && err != io.EOF {
					t.Errorf("%s: %v", name, err)
				}
				came <- n
			}()
			time.Sleep(time.Second + time.Millisecond)
			r.wantState(monitor.Online) // a long call may take that long
			time.Sleep(time.Hour)
			r.wantState(monitor.Offline)
			r.took(0, drive.ErrOffline, "reading meanwhile", r.read)
			r.took(0, drive.ErrOffline, name+" meanwhile", func() error { _, err := file.ReadAt(make([]byte, 3), 0); return err })
			select {
			case <-came:
				t.Errorf("%s came back before the drive has answered", name)
			default:
			}
			resume()
			if n := <-came; n != 3 {
				t.Errorf("%s: got %d bytes", name, n)
			}
			r.wantState(monitor.Online)
			time.Sleep(time.Hour)
		}
		if err := errors.Join(staged.Close(), file.Close()); err != nil {
			t.Error(err)
		}
		staged.Abort()
		if r.inner.staged() != 1 || r.inner.count("Abort") != 0 {
			t.Error("Abort after Close does something")
		}
	})
}

// A call that takes long is waited for as long as the drive answers probes.
func TestLongCall(t *testing.T) {
	watch(t, monitor.Options{MaxTimeout: 10 * time.Second}, func(r *rig) {
		w, err := r.Walk(r.Context(), "v", "", "")
		if err != nil {
			t.Fatal(err)
		}
		resume := r.inner.hang("Next")
		time.AfterFunc(5*time.Second, resume)
		r.took(5*time.Second, nil, "a long step of a walk", func() error { _, err := w.Next(); return err })
		if probes := r.inner.count("Create"); probes != 3 { // after 1, 2 and 4 seconds
			t.Errorf("%d probes", probes)
		}
		r.took(0, nil, "the next step", func() error { _, err := w.Next(); return err })
		w.Close()
		w.Close()
		if _, err := w.Next(); err == nil {
			t.Error("a closed walk goes on")
		}
		if n := r.inner.count("Walker.Close"); n != 1 {
			t.Errorf("the walk was closed %d times", n)
		}
		r.wantStates()

		if w, err = r.Walk(r.Context(), "v", "", ""); err != nil {
			t.Fatal(err)
		}
		resume = r.inner.hang("Next")
		r.took(11*time.Second, drive.ErrOffline, "a step without end", func() error { _, err := w.Next(); return err })
		w.Close()
		r.wantStates()
		resume()
	})
}

func TestContextEnds(t *testing.T) {
	watch(t, monitor.Options{Calls: 1}, func(r *rig) {
		resume := r.inner.hang("ReadFile")
		within := func(d time.Duration) error {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			_, err := r.ReadFile(ctx, "v/f", 10)
			return err
		}
		r.took(100*time.Millisecond, context.DeadlineExceeded, "reading", func() error { return within(100 * time.Millisecond) })
		r.took(100*time.Millisecond, context.DeadlineExceeded, "waiting to read", func() error { return within(100 * time.Millisecond) })
		r.took(0, context.DeadlineExceeded, "reading too late", func() error { return within(0) })
		if n := r.inner.count("ReadFile"); n != 1 {
			t.Errorf("the drive got %d calls", n)
		}
		resume()
		r.wantState(monitor.Online)
		r.took(0, nil, "reading", r.read)
		r.wantStates()
	})
}

// Files are closed though the drive takes no calls, and nobody waits for that.
func TestLettingGo(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		file, err := r.Open(r.Context(), "v/f")
		if err != nil {
			t.Fatal(err)
		}
		staged, err := r.Create(r.Context(), drive.Staging+"/f", 3)
		if err != nil {
			t.Fatal(err)
		}
		resume := r.inner.hang("")
		_ = r.read()
		r.took(0, drive.ErrOffline, "writing", func() error { _, err := staged.Write([]byte("abc")); return err })
		r.took(0, drive.ErrOffline, "closing a staged file", staged.Close)
		r.took(0, nil, "aborting", func() error { staged.Abort(); staged.Abort(); return nil })
		r.took(0, nil, "closing", file.Close)
		resume()
		r.wantState(monitor.Online)
		if a, c := r.inner.count("Abort"), r.inner.count("Reader.Close"); a != 1 || c != 1 {
			t.Errorf("aborted %d times, closed %d times", a, c)
		}
	})
}
