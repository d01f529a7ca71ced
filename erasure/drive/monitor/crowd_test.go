package monitor_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
)

const crowd = 500

// However many want something of a drive that hangs, all have their answer within a second, and few calls reach the drive.
func TestCrowd(t *testing.T) {
	watch(t, monitor.Options{}, func(r *rig) {
		file, err := r.Open(r.Context(), "v/f")
		if err != nil {
			t.Fatal(err)
		}
		resume := r.inner.hang("")
		began := time.Now()
		var callers, lenders sync.WaitGroup
		for i := range crowd {
			callers.Go(func() {
				var err error
				switch i % 3 {
				case 0:
					err = r.read()
				case 1:
					err = r.Commit(r.Context(), new(drive.Commit))
				case 2:
					_, err = r.Create(r.Context(), drive.Staging+"/f", 1)
				}
				if !errors.Is(err, drive.ErrOffline) {
					t.Errorf("got %v", err)
				}
			})
			if i == 10 { // these wait until the drive has answered
				for range 10 {
					lenders.Go(func() { _, _ = file.ReadAt(make([]byte, 1), 0) })
				}
			}
		}
		callers.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
		time.Sleep(time.Hour)
		if most := r.inner.busiest(); most > 64+1 { // and a probe
			t.Errorf("%d calls reached the drive", most)
		}
		if s := r.Stats(); s.Running != 64 || s.Stuck != 64 || s.Waiting != 0 {
			t.Errorf("got %+v", s)
		}
		resume()
		lenders.Wait()
		r.wantState(monitor.Online)
		for range crowd {
			callers.Go(func() {
				if err := r.read(); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		synctest.Wait()
		if s := r.Stats(); s.Running+s.Stuck+s.Waiting != 0 {
			t.Errorf("got %+v", s)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
}

// stuck is a drive whose calls hang in the kernel, where no clock of ours reaches: they read from a pipe nobody writes to.
type stuck struct {
	drive.Drive
	pipe    int
	waiting atomic.Int32
}

func (s *stuck) hang() error {
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	var b [1]byte
	for {
		if _, err := syscall.Read(s.pipe, b[:]); err != syscall.EINTR {
			return err
		}
	}
}

func (s *stuck) Info(context.Context) (drive.Info, error) {
	return drive.Info{}, errors.Join(drive.ErrOffline, s.hang())
}
func (s *stuck) ReadFile(context.Context, drive.Path, int64) ([]byte, error) { return nil, s.hang() }
func (s *stuck) Close() error                                                { return nil }

// TestThreads counts them, and so runs alone.
func TestThreads(t *testing.T) {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pipe[0])
	inner := &stuck{pipe: pipe[0]}
	const calls = 20
	d := monitor.New(inner, monitor.Options{Calls: calls})
	before := threads(t)
	var callers sync.WaitGroup
	for range crowd {
		callers.Go(func() {
			if _, err := d.ReadFile(t.Context(), "v/f", 1); !errors.Is(err, drive.ErrOffline) {
				t.Errorf("got %v", err)
			}
		})
	}
	callers.Wait()
	during := threads(t)
	t.Logf("%d threads, then %d, with %d callers and %d calls at a time", before, during, crowd, calls)
	if n := inner.waiting.Load(); n < calls || n > calls+1 {
		t.Errorf("%d calls hang, want %d and a probe", n, calls)
	}
	if more := during - before; more > calls+8 { // some for the runtime
		t.Errorf("%d callers cost %d threads", crowd, more)
	}
	if err := syscall.Close(pipe[1]); err != nil { // and all of them read the end of the pipe
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}
