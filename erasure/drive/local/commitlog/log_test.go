package commitlog_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/durable/durabletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type record []byte

func (r record) Size() int                { return len(r) }
func (r record) Append(dst []byte) []byte { return append(dst, r...) }

var id = commitlog.ID{1, 2, 3}

func options() commitlog.Options {
	return commitlog.Options{Size: commitlog.MinSize, Quiet: time.Hour, Checkpoint: func() (commitlog.Note, error) { return commitlog.Note{}, nil }}
}

// start opens a log on a disk and starts it.
func start(t *testing.T, f durable.FS, o commitlog.Options) *commitlog.Log {
	t.Helper()
	l, err := commitlog.Open(f, ".", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(id, commitlog.Note{}); err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *commitlog.Log, r []byte) commitlog.Ticket {
	t.Helper()
	ticket, err := l.Append(record(r))
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// found lists what a log holds that was opened and not started.
func found(t *testing.T, f durable.FS) []string {
	t.Helper()
	l, err := commitlog.Open(f, ".", options())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var all []string
	err = l.Replay(func(r []byte, at commitlog.Place) error {
		again := make([]byte, len(r))
		if err := l.ReadAt(again, at); err != nil || !bytes.Equal(again, r) {
			t.Errorf("reading %q again: got %q, %v", r, again, err)
		}
		all = append(all, string(r))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != l.Len() {
		t.Errorf("got %d records, Len says %d", len(all), l.Len())
	}
	return all
}

func TestAppendedIsFoundInOrder(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	l := start(t, disk.View(nil), options())
	var want []string
	for i := range 20 {
		r := bytes.Repeat([]byte{byte('a' + i)}, i*100)
		want = append(want, string(r))
		add(t, l, r).Applied()
	}
	if diff := cmp.Diff(want, found(t, disk.View(nil))); diff != "" {
		t.Error(diff)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := found(t, disk.View(nil)); len(got) != 0 {
		t.Errorf("%d records are left after Close", len(got))
	}
}

func TestNoFilesBeforeTheFirstAppend(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	l := start(t, disk.View(func(s durabletest.Step) error { return fmt.Errorf("%s %s", s.Op, s.Name) }), options())
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestRecycling runs many times the size of the log through it while the process dies and the power fails.
func TestRecycling(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	disk := durabletest.NewDisk()
	var durableTo, appended uint64 // number of the last record checkpointed, acknowledged
	for round := range 30 {
		var o commitlog.Options
		var applied atomic.Uint64
		applied.Store(appended)
		o = options()
		o.Checkpoint = func() (commitlog.Note, error) {
			atomic.StoreUint64(&durableTo, applied.Load())
			return commitlog.Note{}, nil
		}
		l, err := commitlog.Open(disk.View(nil), ".", o)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		next := atomic.LoadUint64(&durableTo) + 1
		first := true
		err = l.Replay(func(r []byte, _ commitlog.Place) error {
			n := binary.LittleEndian.Uint64(r)
			if first && n <= next {
				next = n
			}
			first = false
			if n != next {
				return fmt.Errorf("record %d where %d was due", n, next)
			}
			next++
			return nil
		})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !first && next <= appended || first && atomic.LoadUint64(&durableTo) < appended {
			t.Fatalf("round %d: lost records %d to %d", round, next, appended)
		}
		appended = max(appended, next-1)
		applied.Store(appended)
		atomic.StoreUint64(&durableTo, appended)
		if err := l.Start(id, commitlog.Note{}); err != nil {
			t.Fatal(err)
		}
		for range rng.IntN(100) {
			r := make([]byte, 8+rng.IntN(6000))
			binary.LittleEndian.PutUint64(r, appended+1)
			ticket := add(t, l, r)
			appended++
			applied.Store(appended)
			ticket.Applied()
		}
		if rng.IntN(4) == 0 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		after := disk.Crash(rng)
		l.Close() // on the old disk, which nobody looks at again
		disk = after
	}
}

// TestTornTail cuts the last frame off, and flips a bit of it, at every byte: the records before it are found and nothing else.
func TestTornTail(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	l := start(t, disk.View(nil), options())
	defer l.Close()
	for i := range 3 {
		add(t, l, []byte(fmt.Sprint("record ", i))).Applied()
	}
	const frame = 8192 + 2*4096 // where the last frame begins
	whole := []byte(disk.Files()["commit.0"])
	end := bytes.LastIndexFunc(whole, func(r rune) bool { return r != 0 })
	want := []string{"record 0", "record 1"}
	for at := frame; at <= end; at++ {
		for name, damage := range map[string]func([]byte) []byte{
			"cut":  func(b []byte) []byte { clear(b[at:]); return b },
			"flip": func(b []byte) []byte { b[at] ^= 1 << (at % 8); return b },
		} {
			damaged := damage(bytes.Clone(whole))
			if bytes.Equal(damaged, whole) {
				continue
			}
			if err := disk.Damage("commit.0", func([]byte) []byte { return damaged }); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, found(t, disk.View(nil))); diff != "" {
				t.Fatalf("%s at %d: %s", name, at, diff)
			}
		}
	}
}

// TestHole flips a bit of a frame that has good ones behind it.
func TestHole(t *testing.T) {
	t.Parallel()
	tests := map[string]int{"first frame's header": 8192, "first frame's payload": 8192 + 40, "second frame": 8192 + 4096 + 33}
	for name, at := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := durabletest.NewDisk()
			l := start(t, disk.View(nil), options())
			defer l.Close()
			for i := range 3 {
				add(t, l, []byte(fmt.Sprint("record ", i))).Applied()
			}
			disk.Damage("commit.0", func(b []byte) []byte { b[at] ^= 1; return b })
			if _, err := commitlog.Open(disk.View(nil), ".", options()); !errors.Is(err, commitlog.ErrCorrupt) {
				t.Errorf("got %v, want %v", err, commitlog.ErrCorrupt)
			}
		})
	}
}

// TestForgedFrame lets a client's bytes look like a frame behind a torn one.
func TestForgedFrame(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	l := start(t, disk.View(nil), options())
	add(t, l, []byte("first")).Applied()
	b := []byte(disk.Files()["commit.0"])
	forged := append(make([]byte, 4096-36), b[8192:8192+64]...) // a whole frame, on a block boundary inside a record
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = start(t, disk.View(nil), options())
	defer l.Close()
	add(t, l, forged).Applied()
	var torn string
	for _, name := range []string{"commit.0", "commit.1"} {
		if i := bytes.Index([]byte(disk.Files()[name]), forged); i >= 0 {
			torn = name
		}
	}
	disk.Damage(torn, func(b []byte) []byte { b[8192] ^= 1; return b })
	if got := found(t, disk.View(nil)); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestLostHeader(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	l := start(t, disk.View(nil), options())
	defer l.Close()
	add(t, l, []byte("x")).Applied()
	disk.Damage("commit.0", func(b []byte) []byte { clear(b[:8192]); return b })
	if _, err := commitlog.Open(disk.View(nil), ".", options()); !errors.Is(err, commitlog.ErrCorrupt) {
		t.Errorf("got %v, want %v", err, commitlog.ErrCorrupt)
	}
}

// TestGroups holds the disk back while many append, and counts the syncs that served them.
func TestGroups(t *testing.T) {
	t.Parallel()
	const writers = 50
	disk := durabletest.NewDisk()
	gate, blocked := make(chan struct{}), make(chan struct{})
	var syncs atomic.Int32
	view := disk.View(func(s durabletest.Step) error {
		if s.Op == "datasync" && s.Name == "commit.0" && syncs.Add(1) == 2 {
			close(blocked)
			<-gate
		}
		return nil
	})
	l := start(t, view, options())
	add(t, l, []byte("makes the files")).Applied()
	var wg sync.WaitGroup
	wg.Go(func() { add(t, l, []byte("leader")).Applied() })
	<-blocked
	var joined sync.WaitGroup
	for i := range writers {
		joined.Add(1)
		wg.Go(func() {
			ticket, err := l.Append(signal{record(fmt.Sprint(i)), joined.Done})
			if err != nil {
				t.Error(err)
				return
			}
			ticket.Applied()
		})
	}
	joined.Wait()
	close(gate)
	wg.Wait()
	if got := syncs.Load(); got != 3 {
		t.Errorf("%d appends took %d syncs, want 1 for the first, 1 for the leader, 1 for all others", writers, got)
	}
	if got := l.Stats(); got.Groups != 3 || got.Appends != writers+2 {
		t.Errorf("got %+v", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// signal is a record that says when it has joined a group.
type signal struct {
	record
	joined func()
}

func (s signal) Append(dst []byte) []byte {
	s.joined()
	return s.record.Append(dst)
}

// TestFullLogWaits lets both segments fill up while the first record stays unapplied.
func TestFullLogWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := durabletest.NewDisk()
		l := start(t, disk.View(nil), options())
		first := add(t, l, make([]byte, 20000))
		var done atomic.Int32
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 10 {
				add(t, l, make([]byte, 20000)).Applied()
				done.Add(1)
			}
		})
		synctest.Wait()
		if got := done.Load(); got >= 10 || got == 0 {
			t.Errorf("%d of 10 appends went through with one record unapplied in a log of 128 KiB", got)
		}
		first.Applied()
		wg.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestQuiet sees the log checkpointed once after the last append, and nothing after that.
func TestQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := durabletest.NewDisk()
		var steps, points atomic.Int32
		o := options()
		o.Quiet = 2 * time.Second
		o.Checkpoint = func() (commitlog.Note, error) { points.Add(1); return commitlog.Note{}, nil }
		l := start(t, disk.View(func(durabletest.Step) error { steps.Add(1); return nil }), o)
		for range 3 {
			add(t, l, []byte("x")).Applied()
			time.Sleep(1500 * time.Millisecond) // of the bubble's time
		}
		if got := points.Load(); got != 0 {
			t.Errorf("%d checkpoints while appends went on", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := points.Load(); got != 1 {
			t.Errorf("got %d checkpoints, want 1", got)
		}
		if got := found(t, disk.View(nil)); len(got) != 0 {
			t.Errorf("%d records are left", len(got))
		}
		before := steps.Load()
		time.Sleep(24 * time.Hour)
		if got := steps.Load(); got != before {
			t.Errorf("%d steps in a quiet day", got-before)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestFailedSyncEndsTheLog(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	var broken atomic.Bool
	var tries atomic.Int32
	l := start(t, disk.View(func(s durabletest.Step) error {
		if broken.Load() && s.Op == "datasync" {
			tries.Add(1)
			return syscall.EIO
		}
		return nil
	}), options())
	add(t, l, []byte("good")).Applied()
	broken.Store(true)
	for range 3 {
		if _, err := l.Append(record("bad")); !errors.Is(err, syscall.EIO) {
			t.Errorf("got %v", err)
		}
	}
	if err := l.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Close: got %v", err)
	}
	if got := tries.Load(); got != 1 {
		t.Errorf("%d syncs after the first had failed", got-1)
	}
	if got := found(t, disk.View(nil)); len(got) == 0 || got[0] != "good" {
		t.Errorf("got %q, want the acknowledged record first", got)
	}
}

func TestFailedCheckpointKeepsTheRecords(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	failed := make(chan error, 1)
	o := options()
	o.Checkpoint = func() (commitlog.Note, error) { return commitlog.Note{}, syscall.EIO }
	o.Failed = func(err error) { failed <- err }
	l := start(t, disk.View(nil), o)
	add(t, l, []byte("kept")).Applied()
	if err := l.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Close: got %v", err)
	}
	if err := <-failed; !errors.Is(err, syscall.EIO) {
		t.Errorf("told %v", err)
	}
	if diff := cmp.Diff([]string{"kept"}, found(t, disk.View(nil))); diff != "" {
		t.Error(diff)
	}
}

func TestFullDriveGetsASmallerLog(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	o := options()
	o.Size = 1 << 20
	room := 500 << 10
	l := start(t, disk.View(func(s durabletest.Step) error {
		var used int
		for _, data := range disk.Files() {
			used += len(data)
		}
		if s.Op == "write" && used >= room {
			return syscall.ENOSPC
		}
		return nil
	}), o)
	most, err := l.MaxRecord()
	if err != nil || most >= 256<<10 || most < 100<<10 {
		t.Fatalf("got room for %d bytes, %v", most, err)
	}
	if _, err := l.Append(make(record, most+1)); !errors.Is(err, commitlog.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, commitlog.ErrTooLarge)
	}
	room = 1 << 30
	add(t, l, make([]byte, most)).Applied()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestNoteIsRemembered(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	var point byte
	o := options()
	o.Checkpoint = func() (commitlog.Note, error) { point++; return commitlog.Note{point}, nil }
	for want := range byte(5) {
		l, err := commitlog.Open(disk.View(nil), ".", o)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Note(); got != (commitlog.Note{want}) {
			t.Errorf("got %v, want %d", got, want)
		}
		if err := l.Start(id, commitlog.Note{99}); err != nil {
			t.Fatal(err)
		}
		add(t, l, []byte("x")).Applied()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOtherOwner(t *testing.T) {
	t.Parallel()
	disk := durabletest.NewDisk()
	l := start(t, disk.View(nil), options())
	defer l.Close()
	add(t, l, []byte("x")).Applied()
	other, err := commitlog.Open(disk.View(nil), ".", options())
	if err != nil {
		t.Fatal(err)
	}
	if !other.Belongs(id) || other.Belongs(commitlog.ID{9}) {
		t.Error("the records belong to the wrong one")
	}
	names, err := other.SetAside(".superseded")
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	if err := other.Start(commitlog.ID{9}, commitlog.Note{}); err != nil {
		t.Fatal(err)
	}
	add(t, other, []byte("y")).Applied()
	if diff := cmp.Diff([]string{"y"}, found(t, disk.View(nil))); diff != "" {
		t.Error(diff)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

// FuzzOpen opens a log whose files are anything.
func FuzzOpen(f *testing.F) {
	disk := durabletest.NewDisk()
	l, err := commitlog.Open(disk.View(nil), ".", options())
	if err != nil {
		f.Fatal(err)
	}
	if err := l.Start(id, commitlog.Note{}); err != nil {
		f.Fatal(err)
	}
	for i := range 3 {
		ticket, err := l.Append(record(fmt.Sprint("record ", i)))
		if err != nil {
			f.Fatal(err)
		}
		ticket.Applied()
	}
	seed := []byte(disk.Files()["commit.0"])
	f.Add(seed[:20480], 8192, []byte{1})
	f.Add(seed[:4096], 12, []byte{1, 2, 3})
	f.Cleanup(func() { l.Close() })
	f.Fuzz(func(t *testing.T, head []byte, at int, patch []byte) {
		file := make([]byte, commitlog.MinSize)
		copy(file, head)
		if at >= 0 && at < len(file) {
			copy(file[at:], patch)
		}
		disk := durabletest.NewDisk()
		if err := durable.WriteFile(disk.View(nil), "commit.0", file); err != nil {
			t.Fatal(err)
		}
		l, err := commitlog.Open(disk.View(nil), ".", options())
		if err != nil {
			return
		}
		defer l.Close()
		l.Replay(func([]byte, commitlog.Place) error { return nil })
	})
}
