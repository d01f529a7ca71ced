package faulty_test

import (
	"context"
	"errors"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/drivetest"
	"github.com/holdfast-io/holdfast/erasure/drive/faulty"
	"github.com/holdfast-io/holdfast/erasure/drive/mem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDrive(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(*testing.T) drive.Drive { return faulty.New(mem.New()) })
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a faulty drive with one record.
type world struct {
	*testing.T
	d   *faulty.Drive
	seq uint64
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, d: faulty.New(mem.New())}
	check(t, w.d.MakeVolume(t.Context(), "v"))
	check(t, w.write("v/r/xl.meta", "content"))
	return w
}

func (w *world) write(p drive.Path, content string) error {
	w.seq++
	return w.d.Commit(w.Context(), &drive.Commit{Stamp: drive.Stamp{Seq: w.seq}, Record: "v/r",
		Edits: []drive.Edit{drive.Write(p, []byte(content))}})
}

func (w *world) read(p drive.Path) (string, error) {
	b, err := w.d.ReadFile(w.Context(), p, 100)
	return string(b), err
}

func (w *world) want(p drive.Path, content string) {
	w.Helper()
	if got, err := w.read(p); err != nil || got != content {
		w.Errorf("%s: got %q, %v, want %q", p, got, err, content)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fault := w.d.Add(faulty.Rule{Calls: []faulty.Call{faulty.ReadFile}, Path: "v/r", Skip: 1, Times: 2, Err: syscall.EIO})
	for i, want := range []error{nil, syscall.EIO, syscall.EIO, nil} {
		if _, err := w.read("v/r/xl.meta"); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("read %d: got %v, want %v", i, err, want)
		}
	}
	if _, err := w.read("v/other"); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("a path the rule is not about: %v", err)
	}
	if fault.Hits() != 2 {
		t.Errorf("%d hits", fault.Hits())
	}
	fault.Remove()
	fault.Remove()
	w.d.Add(faulty.Rule{Calls: faulty.Writes, Err: drive.ErrFull})
	if err := w.write("v/r/xl.meta", "refused"); !errors.Is(err, drive.ErrFull) {
		t.Errorf("got %v", err)
	}
	w.d.Clear()
	w.want("v/r/xl.meta", "content")
}

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.d.Add(faulty.Rule{Calls: []faulty.Call{faulty.Commit}, Path: "xl.meta", Err: drive.ErrOffline, After: true})
	if err := w.write("v/r/xl.meta", "done all the same"); !errors.Is(err, drive.ErrOffline) {
		t.Errorf("got %v", err)
	}
	w.want("v/r/xl.meta", "done all the same")
}

func TestLostAndTornWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := w.d.Add(faulty.Rule{Calls: []faulty.Call{faulty.Commit}, Lose: true})
	check(t, w.write("v/r/xl.meta", "lost"))
	w.want("v/r/xl.meta", "content")
	lost.Remove()
	w.d.Add(faulty.Rule{Calls: []faulty.Call{faulty.Commit, faulty.Write}, Torn: true, Times: 2})
	check(t, w.write("v/r/xl.meta", "12345678"))
	w.want("v/r/xl.meta", "1234")

	f, err := w.d.Create(t.Context(), drive.Staging.Join("f"), 8)
	check(t, err)
	if n, err := io.WriteString(f, "abcdefgh"); n != 8 || err != nil {
		t.Errorf("a torn write: got %d, %v", n, err)
	}
	check(t, f.Close())
	check(t, w.d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Seq: 99}, Record: "v/f",
		Edits: []drive.Edit{drive.Move(drive.Staging.Join("f"), "v/f")}}))
	w.want("v/f", "abcd")
}

func TestFailedCloseDropsTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.d.Add(faulty.Rule{Calls: []faulty.Call{faulty.CloseFile}, Err: syscall.EIO})
	f, err := w.d.Create(t.Context(), drive.Staging.Join("f"), 8)
	check(t, err)
	if err := f.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
	if _, err := w.d.Stat(t.Context(), drive.Staging.Join("f")); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestFlips(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.d.Add(faulty.Rule{Calls: faulty.Reads, Flip: true, Times: 3}) // ReadFile, Open, ReadAt
	if got, err := w.read("v/r/xl.meta"); err != nil || got == "content" || len(got) != 7 {
		t.Errorf("got %q, %v", got, err)
	}
	f, err := w.d.Open(t.Context(), "v/r/xl.meta")
	check(t, err)
	b := make([]byte, 7)
	if _, err := f.ReadAt(b, 0); err != nil || string(b) == "content" {
		t.Errorf("got %q, %v", b, err)
	}
	check(t, f.Close())
	w.want("v/r/xl.meta", "content")
}

func TestDelayAndHang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		slow := w.d.Add(faulty.Rule{Calls: faulty.Reads, Delay: time.Minute})
		began := time.Now()
		w.want("v/r/xl.meta", "content")
		if took := time.Since(began); took != time.Minute {
			t.Errorf("took %v", took)
		}
		slow.Remove()
		stuck := w.d.Add(faulty.Rule{Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.d.ReadFile(ctx, "v/r/xl.meta", 100); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		go func() {
			time.Sleep(time.Hour)
			stuck.Remove()
		}()
		began = time.Now()
		w.want("v/r/xl.meta", "content")
		if took := time.Since(began); took != time.Hour {
			t.Errorf("took %v", took)
		}
	})
}
