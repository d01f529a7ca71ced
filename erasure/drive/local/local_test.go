package local_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/drivetest"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
)

// small makes logs that tests fill up.
var small = local.Options{LogSize: commitlog.MinSize, Quiet: time.Hour}

// open opens a directory as a drive, formats it if it is not, and closes it after the test.
func open(t testing.TB, root string, o local.Options) *local.Drive {
	t.Helper()
	d, err := local.Open(root, o)
	for try := 0; errors.Is(err, local.ErrInUse) && try < 1000; try++ {
		// Another test of this process is starting a child: until that has become another program it shares all locks.
		runtime.Gosched()
		d, err = local.Open(root, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, err := d.ReadFormat(); errors.Is(err, drive.ErrNotFound) {
		err = d.WriteFormat([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func commit(t testing.TB, d *local.Drive, seq uint64, edits ...drive.Edit) {
	t.Helper()
	check(t, d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: seq}, Record: "v/r", Edits: edits}))
}

func wantFile(t testing.TB, d *local.Drive, p drive.Path, want string) {
	t.Helper()
	b, err := d.ReadFile(t.Context(), p, 1<<20)
	if err != nil || string(b) != want {
		t.Errorf("%s: got %.50q, %v, want %.50q", p, b, err, want)
	}
}

func TestDrive(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(t *testing.T) drive.Drive {
		o := small
		o.Quiet = 20 * time.Millisecond
		return open(t, t.TempDir(), o)
	})
}

// TestDriveReadsLittleAtATime runs the suite with directories read three names at a time.
func TestDriveReadsLittleAtATime(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(t *testing.T) drive.Drive {
		d := open(t, t.TempDir(), small)
		local.SetWindow(d, 3)
		return d
	})
}

func TestUnformattedIsNotTouched(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d, err := local.Open(root, small)
	check(t, err)
	if _, err := d.ReadFormat(); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("ReadFormat: got %v", err)
	}
	if _, err := d.Info(t.Context()); err != nil {
		t.Errorf("Info: got %v", err)
	}
	c := &drive.Commit{Record: "v/r", Edits: []drive.Edit{drive.Write("v/r/xl.meta", nil)}}
	if err := d.Commit(t.Context(), c); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("Commit: got %v", err)
	}
	if err := d.MakeVolume(t.Context(), "v"); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("MakeVolume: got %v", err)
	}
	if _, err := local.Open(root, small); !errors.Is(err, local.ErrInUse) {
		t.Errorf("opening it twice: got %v", err)
	}
	check(t, d.Close())
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 0 {
		t.Errorf("found %v, %v", entries, err)
	}
}

func TestOpenNothing(t *testing.T) {
	t.Parallel()
	if _, err := local.Open(filepath.Join(t.TempDir(), "absent"), small); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	_, err := local.Open(root, local.Options{Endpoint: "/mnt/drive7"})
	if !errors.Is(err, local.ErrInUse) || !strings.Contains(err.Error(), "/mnt/drive7") {
		t.Errorf("got %v", err)
	}
	check(t, d.Close())
	check(t, open(t, root, small).Close())
}

func TestFormat(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.WriteFormat([]byte(`{"version":"1"}`)))
	d.SetID("the id")
	if info, err := d.Info(t.Context()); err != nil || info.ID != "the id" || info.Endpoint != root {
		t.Errorf("got %+v, %v", info, err)
	}
	check(t, d.Close())
	d = open(t, root, small)
	if b, err := d.ReadFormat(); err != nil || string(b) != `{"version":"1"}` {
		t.Errorf("got %q, %v", b, err)
	}
	got, err := d.List(t.Context(), drive.System, "", 0)
	check(t, err)
	want := []drive.DirEntry{{Name: "buckets", Dir: true}, {Name: "config", Dir: true}, {Name: "format.json"},
		{Name: "holdfast", Dir: true}, {Name: "multipart", Dir: true}, {Name: "tmp", Dir: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReplay opens a drive after a crash that lost everything that was applied and not synced.
func TestReplay(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	commit(t, d, 1, drive.Write("v/a/xl.meta", []byte("kept")))
	w, err := d.Create(t.Context(), drive.Staging.Join("u", "d", "part.1"), 5)
	check(t, err)
	io.WriteString(w, "shard")
	check(t, w.Close())
	commit(t, d, 2, drive.Move(drive.Staging.Join("u", "d"), "v/b/d"), drive.Write("v/b/xl.meta", []byte("b")))
	large := strings.Repeat("x", 10000)
	commit(t, d, 3, drive.Write("v/large/xl.meta", []byte(large)))
	commit(t, d, 4, drive.Remove("v/a"))
	local.Abandon(d)

	check(t, os.MkdirAll(filepath.Join(root, "v/a"), 0o777)) // undo the fourth, the second and the third
	check(t, os.WriteFile(filepath.Join(root, "v/a/xl.meta"), []byte("kept"), 0o666))
	check(t, os.MkdirAll(filepath.Join(root, ".minio.sys/tmp/u"), 0o777))
	check(t, os.Rename(filepath.Join(root, "v/b/d"), filepath.Join(root, ".minio.sys/tmp/u/d")))
	check(t, os.RemoveAll(filepath.Join(root, "v/b")))
	check(t, os.Rename(filepath.Join(root, "v/large/xl.meta"), filepath.Join(root, "v/large/somewhere")))
	check(t, os.Truncate(filepath.Join(root, "v/large/somewhere"), 10000))

	var logged bytes.Buffer
	o := small
	o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	d = open(t, root, o)
	wantFile(t, d, "v/b/d/part.1", "shard")
	wantFile(t, d, "v/b/xl.meta", "b")
	if _, err := d.Stat(t.Context(), "v/a"); !errors.Is(err, drive.ErrNotFound) {
		t.Errorf("what was removed: got %v", err)
	}
	if got := d.Stats().Replayed; got != 4 || !strings.Contains(logged.String(), "commits=4") {
		t.Errorf("replayed %d, logged %s", got, &logged)
	}
	check(t, d.Close())
	if got := open(t, root, small).Stats().Replayed; got != 0 {
		t.Errorf("after a clean stop %d commits were replayed", got)
	}
}

func TestEpochAndStampsSurvive(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*local.Drive){
		"stopped": func(d *local.Drive) { d.Close() },
		"crashed": local.Abandon,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			d := open(t, root, small)
			check(t, d.MakeVolume(t.Context(), "v"))
			try := func(epoch, seq uint64, want error) {
				t.Helper()
				err := d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: epoch, Seq: seq}, Record: "v/r"})
				if !errors.Is(err, want) || want == nil && err != nil {
					t.Errorf("epoch %d, number %d: got %v, want %v", epoch, seq, err, want)
				}
			}
			check(t, d.Fence(t.Context(), 7))
			try(8, 100, nil)
			for range 3 {
				stop(d)
				d = open(t, root, small)
				if info, err := d.Info(t.Context()); err != nil || info.Epoch != 8 {
					t.Errorf("got %+v, %v", info, err)
				}
				try(7, 1000, drive.ErrStale)
				try(8, 100, drive.ErrStale)
			}
			try(8, 101, nil)
			if err := d.Fence(t.Context(), 7); !errors.Is(err, drive.ErrStale) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDamagedEpoch(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.Fence(t.Context(), 7))
	check(t, d.Close())
	check(t, os.Truncate(filepath.Join(root, ".minio.sys/holdfast/epoch"), 0))
	if _, err := local.Open(root, small); !errors.Is(err, drive.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// TestMinIOHasRun starts MinIO on a crashed drive, as far as the drive can tell.
func TestMinIOHasRun(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	commit(t, d, 1, drive.Write("v/a/xl.meta", []byte("ours")))
	local.Abandon(d)
	system := filepath.Join(root, ".minio.sys")
	check(t, os.MkdirAll(filepath.Join(system, "tmp-old"), 0o777))
	check(t, os.Rename(filepath.Join(system, "tmp"), filepath.Join(system, "tmp-old", "uuid")))
	check(t, os.MkdirAll(filepath.Join(system, "tmp", ".trash"), 0o777))
	check(t, os.WriteFile(filepath.Join(root, "v/a/xl.meta"), []byte("theirs, newer"), 0o666))

	var logged bytes.Buffer
	o := small
	o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	d = open(t, root, o)
	wantFile(t, d, "v/a/xl.meta", "theirs, newer")
	if !strings.Contains(logged.String(), "level=WARN") {
		t.Errorf("logged %s", &logged)
	}
	aside, err := filepath.Glob(filepath.Join(system, "holdfast", "commit.?.superseded-*"))
	if err != nil || len(aside) != 2 {
		t.Errorf("found %v, %v", aside, err)
	}
	local.AwaitReaper(d)
	if entries, err := os.ReadDir(filepath.Join(system, "tmp-old")); err != nil || len(entries) != 0 {
		t.Errorf("tmp-old holds %v, %v", entries, err)
	}
	commit(t, d, 2, drive.Write("v/a/xl.meta", []byte("ours again")))
	local.Abandon(d)
	d = open(t, root, small)
	wantFile(t, d, "v/a/xl.meta", "ours again")
	if got := d.Stats().Replayed; got != 1 {
		t.Errorf("replayed %d", got)
	}
}

// TestCopied opens a copy of a crashed drive, in which every inode is another.
func TestCopied(t *testing.T) {
	t.Parallel()
	root, dup := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	w, err := d.Create(t.Context(), drive.Staging.Join("d", "part.1"), 5)
	check(t, err)
	io.WriteString(w, "shard")
	check(t, w.Close())
	commit(t, d, 1, drive.Move(drive.Staging.Join("d"), "v/a/d"), drive.Write("v/a/xl.meta", []byte("a")))
	local.Abandon(d)
	check(t, os.CopyFS(dup, os.DirFS(root)))
	d = open(t, dup, small)
	wantFile(t, d, "v/a/d/part.1", "shard")
	wantFile(t, d, "v/a/xl.meta", "a")
	if got := d.Stats().Replayed; got != 0 {
		t.Errorf("replayed %d", got)
	}
	if got := open(t, root, small).Stats().Replayed; got != 1 {
		t.Errorf("of the original %d were replayed", got)
	}
}

// TestMinIOHasRunAfterCleanStop finds nothing to set aside.
func TestMinIOHasRunAfterCleanStop(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	commit(t, d, 1, drive.Write("v/a/xl.meta", []byte("x")))
	check(t, d.Close())
	check(t, os.RemoveAll(filepath.Join(root, ".minio.sys/tmp")))
	d = open(t, root, small)
	commit(t, d, 2, drive.Write("v/b/xl.meta", []byte("y")))
	local.Abandon(d)
	d = open(t, root, small)
	wantFile(t, d, "v/b/xl.meta", "y")
	if got := d.Stats().Replayed; got != 1 {
		t.Errorf("replayed %d", got)
	}
	if aside, _ := filepath.Glob(filepath.Join(root, ".minio.sys/holdfast/*superseded*")); len(aside) != 0 {
		t.Errorf("found %v", aside)
	}
}

func TestCorruptLogIsReported(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	for i := range uint64(3) {
		commit(t, d, i, drive.Write("v/a/xl.meta", fmt.Append(nil, i)))
	}
	local.Abandon(d)
	log := filepath.Join(root, ".minio.sys/holdfast/commit.0")
	b, err := os.ReadFile(log)
	check(t, err)
	b[8192+40]++ // in the first record
	check(t, os.WriteFile(log, b, 0o666))
	if _, err := local.Open(root, small); !errors.Is(err, drive.ErrCorrupt) || !strings.Contains(err.Error(), "commit.*") {
		t.Errorf("got %v, want %v and what to do", err, drive.ErrCorrupt)
	}
	wantOnDisk(t, filepath.Join(root, "v/a/xl.meta"), "2")
	check(t, os.Remove(log))
	wantFile(t, open(t, root, small), "v/a/xl.meta", "2")
}

func wantOnDisk(t *testing.T, name, want string) {
	t.Helper()
	if b, err := os.ReadFile(name); err != nil || string(b) != want {
		t.Errorf("%s: got %q, %v, want %q", name, b, err, want)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	check(t, open(t, root, small).Close())
	tmp := filepath.Join(root, ".minio.sys/tmp")
	for _, dir := range []string{"7f0c/8a11", ".trash/uuid/deep", ".holdfast/dir"} {
		check(t, os.MkdirAll(filepath.Join(tmp, dir), 0o777))
		check(t, os.WriteFile(filepath.Join(tmp, dir, "part.1"), make([]byte, 2<<20), 0o666))
	}
	d := open(t, root, small)
	local.AwaitReaper(d)
	for dir, want := range map[string][]string{".": {".holdfast", ".trash"}, ".trash": nil, ".holdfast": {"id"}} {
		entries, err := os.ReadDir(filepath.Join(tmp, dir))
		check(t, err)
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", dir, diff)
		}
	}
}

// TestOtherDirectoryInPlace has the drive unmounted, as far as it can tell.
func TestOtherDirectoryInPlace(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "drive")
	check(t, os.Mkdir(root, 0o777))
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	commit(t, d, 1, drive.Write("v/a/xl.meta", []byte("x")))
	check(t, os.Rename(root, root+".away"))
	check(t, os.Mkdir(root, 0o777))
	local.LookNow(d)
	if _, err := d.ReadFile(t.Context(), "v/a/xl.meta", 10); !errors.Is(err, drive.ErrOffline) {
		t.Errorf("ReadFile: got %v", err)
	}
	err := d.Commit(t.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: 2}, Record: "v/r",
		Edits: []drive.Edit{drive.Write("v/b/xl.meta", nil)}})
	if !errors.Is(err, drive.ErrOffline) {
		t.Errorf("Commit: got %v", err)
	}
	d.Close()
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 0 {
		t.Errorf("the other directory holds %v, %v", entries, err)
	}
	wantFile(t, open(t, root+".away", small), "v/a/xl.meta", "x")
}

// TestNamesAreRemembered pages through a directory whose names are kept between the pages, and changes it meanwhile.
func TestNamesAreRemembered(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir(), local.Options{})
	local.SetWindow(d, 100)
	check(t, d.MakeVolume(t.Context(), "v"))
	var edits []drive.Edit
	for i := range 250 {
		edits = append(edits, drive.Write(drive.Path(fmt.Sprintf("v/dir/%03d/xl.meta", i)), nil))
	}
	commit(t, d, 1, edits...)
	page := func(after string) (keys []string) {
		w, err := d.Walk(t.Context(), "v", "dir/", after)
		check(t, err)
		defer w.Close()
		for len(keys) < 10 {
			e, err := w.Next()
			if err == io.EOF {
				break
			}
			check(t, err)
			keys = append(keys, e.Key)
		}
		return keys
	}
	for local.CachedWindows(d) == 0 { // the directory's times must lie back a little for its names to be kept
		page("")
	}
	var got []string
	for after := ""; ; {
		keys := page(after)
		if len(keys) == 0 {
			break
		}
		got = append(got, keys...)
		after = keys[len(keys)-1]
	}
	if len(got) != 250 || got[0] != "dir/000" || got[249] != "dir/249" {
		t.Errorf("got %d keys", len(got))
	}
	commit(t, d, 2, drive.Write("v/dir/000a/xl.meta", nil), drive.Remove("v/dir/001"))
	if diff := cmp.Diff([]string{"dir/000a", "dir/002"}, page("dir/000")[:2]); diff != "" {
		t.Errorf("after a change: %s", diff)
	}
}
