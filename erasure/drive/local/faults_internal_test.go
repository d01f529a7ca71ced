package local

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/durable/durabletest"
)

// TestFaultAtEveryStep has each step of a commit fail, for several reasons. The change stands or not, as the answer says, and
// a drive that cannot tell stops.
func TestFaultAtEveryStep(t *testing.T) {
	t.Parallel()
	before := tree{"v/r/xl.meta": "old", "v/r/d1/part.1": "one", "w/gone/f": "x"}
	edits := []drive.Edit{
		drive.Move(".minio.sys/tmp/u/d2", "v/r/d2"),
		drive.Write("v/r/xl.meta", []byte("new")),
		drive.Write("v/deep/er/xl.meta", make([]byte, 9000)),
		drive.Remove("v/r/d1"),
		drive.Remove("w/gone/f"),
	}
	after := before.apply(edits, tree{".minio.sys/tmp/u/d2/part.1": "two"})
	for _, reason := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
		for n := 1; ; n++ {
			doing := fmt.Sprintf("%v at step %d", reason, n)
			disk := durabletest.NewDisk()
			step, failed := 0, durabletest.Step{}
			armed := false
			d := newModelDrive(t, disk, disk.View(func(s durabletest.Step) error {
				if !armed {
					return nil
				}
				if step++; step == n {
					failed = s
					return reason
				}
				return nil
			}))
			seq := uint64(0)
			commit := func(edits ...drive.Edit) error {
				seq++
				return d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: seq}, Record: "v/r", Edits: edits})
			}
			for p, content := range before {
				if err := commit(drive.Write(drive.Path(p), []byte(content))); err != nil {
					t.Fatal(err)
				}
			}
			w, err := d.Create(t.Context(), ".minio.sys/tmp/u/d2/part.1", 3)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte("two"))
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			d.reaper.stop() // its steps are not the commit's
			armed = true
			err = commit(edits...)
			armed = false
			next := commit(drive.Write("v/next", nil), drive.Remove("v/next"))
			found := tree(disk.Files()).visible()
			switch {
			case errors.Is(next, drive.ErrOffline):
				if err == nil {
					t.Errorf("%s (%v): acknowledged, and then the drive stopped", doing, failed)
				}
			case next != nil:
				t.Errorf("%s (%v): the next commit got %v", doing, failed, next)
			case err == nil && !maps.Equal(found, after):
				t.Errorf("%s (%v): acknowledged, but %s", doing, failed, cmp.Diff(after, found))
			case err != nil && !maps.Equal(found, before):
				t.Errorf("%s (%v): refused with %v, but %s", doing, failed, err, cmp.Diff(before, found))
			}
			if errors.Is(err, drive.ErrFull) && errors.Is(next, drive.ErrOffline) {
				t.Errorf("%s (%v): said to be full, and stopped", doing, failed)
			}
			d.Close()
			again, openErr := reopen(disk, nil)
			if openErr != nil {
				t.Errorf("%s (%v): reopening: %v", doing, failed, openErr)
			}
			if !maps.Equal(again, after) && (err == nil || !maps.Equal(again, before)) {
				t.Errorf("%s (%v): answered %v, after reopening %s", doing, failed, err, cmp.Diff(after, again))
			}
			if step < n {
				break // there are no more steps
			}
		}
	}
}

// TestVolumesSurvive cuts the power before each step of making and removing a volume, and after the last.
func TestVolumesSurvive(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		disk := durabletest.NewDisk()
		here, sure := false, false
		look := func(durabletest.Step) error {
			after := disk.Crash(rng)
			d, err := open(after.View(nil), nil, modelOptions)
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
				return nil
			}
			defer d.Close()
			_, err = d.Stat(t.Context(), "x")
			if sure && (err == nil) != here {
				t.Errorf("seed %d: the volume should be there: %v, but %v", seed, here, err)
			}
			return nil
		}
		d := newModelDrive(t, disk, disk.View(look))
		d.reaper.stop() // so that all steps are ours
		for range 3 {
			here, sure = true, false
			if err := d.MakeVolume(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			sure = true
			look(durabletest.Step{})
			seq := uint64(rng.Uint32())<<8 + seed
			for i, e := range []drive.Edit{drive.Write("x/a/f", nil), drive.Remove("x/a/f")} {
				err := d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: seq, Seq: uint64(i)}, Record: "x/a",
					Edits: []drive.Edit{e}})
				if err != nil && !errors.Is(err, drive.ErrStale) {
					t.Fatal(err)
				}
			}
			here, sure = false, false
			if err := d.RemoveVolume(t.Context(), "x"); err != nil && !errors.Is(err, drive.ErrNotEmpty) {
				t.Fatal(err)
			}
			sure = true
			look(durabletest.Step{})
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStagedFilesSurvive: what a Writer's Close has promised is there for a commit to name, whatever else was lost.
func TestStagedFilesSurvive(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 4))
		disk := durabletest.NewDisk()
		d := newModelDrive(t, disk, disk.View(nil))
		w, err := d.Create(t.Context(), ".minio.sys/tmp/a/b/c", -1)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte("shard"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := disk.Crash(rng).Files()[".minio.sys/tmp/a/b/c"]; got != "shard" {
			t.Errorf("seed %d: got %q", seed, got)
		}
		d.Close()
	}
}

// TestFailedSyncStopsTheDrive: a sync that failed is never asked for again.
func TestFailedSyncStopsTheDrive(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"datasync", "syncdir"} {
		disk := durabletest.NewDisk()
		armed, syncs := false, 0
		d := newModelDrive(t, disk, disk.View(func(s durabletest.Step) error {
			if armed && s.Op == op {
				syncs++
				return syscall.EIO
			}
			return nil
		}))
		w, err := d.Create(t.Context(), ".minio.sys/tmp/a/b", -1)
		if err != nil {
			t.Fatal(err)
		}
		armed = true
		if err := w.Close(); !errors.Is(err, drive.ErrOffline) || !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: Close got %v", op, err)
		}
		if _, err := d.ReadFile(t.Context(), "v/f", 1); !errors.Is(err, drive.ErrOffline) {
			t.Errorf("%s: afterwards ReadFile got %v", op, err)
		}
		d.Close()
		if syncs != 1 {
			t.Errorf("%s: asked for %d times", op, syncs)
		}
	}
}

// TestCheckpointsKeepUp commits many times the size of the log with a power cut now and then.
func TestCheckpointsKeepUp(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	disk := durabletest.NewDisk()
	d := newModelDrive(t, disk, disk.View(nil))
	want := tree{}
	for n := range uint64(400) {
		p := fmt.Sprintf("v/r%d/xl.meta", rng.IntN(20))
		content := string(make([]byte, rng.IntN(3000)))
		err := d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: n}, Record: "v/r",
			Edits: []drive.Edit{drive.Write(drive.Path(p), []byte(content))}})
		if err != nil {
			t.Fatal(err)
		}
		want[p] = content
		if n%20 == 0 {
			got, err := reopen(disk.Crash(rng), nil)
			if err != nil || !maps.Equal(got, want) {
				t.Fatalf("after %d commits: %v, %s", n, err, cmp.Diff(want, got))
			}
		}
	}
	if s := d.Stats(); s.Checkpoints < 10 || s.Commits != 400 || s.Replayed != 0 {
		t.Errorf("got %+v", s)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEntryRoundTrip(t *testing.T) {
	t.Parallel()
	want := entry{stamp: drive.Stamp{Epoch: 3, Seq: 1 << 60}, record: "v/r", edits: []edit{
		{op: drive.OpWrite, path: "v/r/xl.meta", data: []byte("data")},
		{op: drive.OpMove, path: "v/r/d", from: ".minio.sys/tmp/u/d", id: durable.Identity{Inode: 9, Born: -1}},
		{op: drive.OpRemove, path: "v/r/old"},
	}}
	b := want.Append(nil)
	if len(b) != want.Size() {
		t.Errorf("Size says %d, got %d bytes", want.Size(), len(b))
	}
	got, err := decodeEntry(b)
	if err != nil {
		t.Fatal(err)
	}
	if off := got.edits[0].off; string(b[off:off+4]) != "data" {
		t.Errorf("data at %d", off)
	}
	got.edits[0].off = 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for n := range b {
		if _, err := decodeEntry(b[:n]); err == nil {
			t.Errorf("the first %d bytes were accepted", n)
		}
	}
}

func FuzzDecodeEntry(f *testing.F) {
	seed := entry{record: "v/r", edits: []edit{{op: drive.OpWrite, path: "v/f", data: []byte("x")},
		{op: drive.OpMove, path: "v/to", from: "v/from"}, {op: drive.OpRemove, path: "v/gone"}}}
	f.Add(seed.Append(nil))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEntry(b)
		if err != nil {
			return
		}
		if again := e.Append(nil); string(again) != string(b) {
			t.Errorf("%x became %x", b, again)
		}
		var o overlay
		for i := range e.edits {
			o.fold(&e.edits[i], commitlog.Place{})
			o.base(e.edits[i].path)
		}
	})
}

func FuzzDecodeEpoch(f *testing.F) {
	f.Add(encodeEpoch(7))
	f.Add(append(append(encodeEpoch(7), make([]byte, epochSlot-epochSize)...), encodeEpoch(8)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		epoch, slot, ok := decodeEpoch(b)
		if ok && string(encodeEpoch(epoch)) != string(b[slot*epochSlot:][:epochSize]) {
			t.Errorf("read %d from %x", epoch, b)
		}
	})
}
