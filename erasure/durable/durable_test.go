package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/durable/durabletest"
)

func openDir(t *testing.T, path string) *durable.Dir {
	t.Helper()
	d, err := durable.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestCrashPoints cuts the power before each step of each recipe: the file is as before or as after, and after once the
// recipe has returned.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	before, after := strings.Repeat("old ", 1000), strings.Repeat("newer ", 1000)
	zeros := "head" + string(make([]byte, 9996))
	recipes := map[string]struct {
		run  func(f durable.FS) error
		want string
	}{
		"replace": {func(f durable.FS) error { return durable.Replace(f, "d/f", "d/f.new", []byte(after)) }, after},
		"zeros":   {func(f durable.FS) error { return durable.Zeros(f, "d/f", "d/f.new", 10000, []byte("head")) }, zeros},
	}
	for name, r := range recipes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				rng := rand.New(rand.NewPCG(seed, 1))
				disk := durabletest.NewDisk()
				set := disk.View(nil)
				must(t, set.Mkdir("d"))
				must(t, durable.WriteFile(set, "d/f", []byte(before)))
				must(t, set.Sync())
				check := func(allowed ...string) {
					t.Helper()
					if got := disk.Crash(rng).Files()["d/f"]; !slices.Contains(allowed, got) {
						t.Fatalf("seed %d: found %d bytes that are neither old nor new", seed, len(got))
					}
				}
				must(t, r.run(disk.View(func(durabletest.Step) error { check(before, r.want); return nil })))
				check(r.want)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNameNeedsItsDirectories makes sure that the model is as unkind as ext4: without SyncUp a synced file may be gone.
func TestNameNeedsItsDirectories(t *testing.T) {
	t.Parallel()
	for _, synced := range []bool{false, true} {
		var lost int
		for seed := range uint64(50) {
			disk := durabletest.NewDisk()
			f := disk.View(nil)
			must(t, f.Mkdir("tmp"))
			must(t, f.Sync())
			must(t, durable.MkdirAll(f, "tmp/a/b", "tmp"))
			must(t, durable.WriteFile(f, "tmp/a/b/f", []byte("x")))
			if synced {
				must(t, durable.SyncUp(f, "tmp/a/b", "tmp"))
			}
			if disk.Crash(rand.New(rand.NewPCG(seed, 2))).Files()["tmp/a/b/f"] != "x" {
				lost++
			}
		}
		if synced && lost > 0 || !synced && lost == 0 {
			t.Errorf("synced %v: lost in %d of 50 crashes", synced, lost)
		}
	}
}

func TestFailedReplaceLeavesTheOldFile(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"create", "write", "datasync", "rename"} {
		disk := durabletest.NewDisk()
		must(t, durable.WriteFile(disk.View(nil), "f", []byte("old")))
		err := durable.Replace(disk.View(func(s durabletest.Step) error {
			if s.Op == op {
				return syscall.EIO
			}
			return nil
		}), "f", "f.new", []byte("new"))
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: got %v", op, err)
		}
		if diff := cmp.Diff(map[string]string{"f": "old"}, disk.Files()); diff != "" {
			t.Errorf("%s: %s", op, diff)
		}
	}
}

func TestDir(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("without openat2 ", plain), func(t *testing.T) {
			t.Parallel()
			d := openDir(t, t.TempDir())
			if plain {
				durable.WithoutOpenat2(d)
			}
			testDir(t, d)
		})
	}
}

func testDir(t *testing.T, d *durable.Dir) {
	must(t, durable.MkdirAll(d, "a/b/c", "."))
	long := strings.Repeat("x", 255)
	must(t, durable.MkdirAll(d, filepath.Join("a", long, long), "a"))
	must(t, durable.Replace(d, "a/f", "a/f.new", []byte("hello")))
	must(t, durable.Replace(d, filepath.Join("a", long, long, "f"), filepath.Join("a", long, long, "g"), []byte("deep")))
	if got, err := d.ReadFile(filepath.Join("a", long, long, "f"), 4); err != nil || string(got) != "deep" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := d.ReadFile("a/f", 4); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("reading 5 bytes into 4: got %v", err)
	}
	if _, err := d.ReadFile("a", 4); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("reading a directory: got %v", err)
	}
	if got, err := d.AppendFile([]byte("said "), "a/f", 10); err != nil || string(got) != "said hello" {
		t.Errorf("got %q, %v", got, err)
	}
	must(t, durable.Zeros(d, "z", "z.new", 300<<10, []byte("head")))
	if info, err := d.Stat("z"); err != nil || info.Size != 300<<10 || info.Dir || info.ID.Inode == 0 {
		t.Errorf("got %+v, %v", info, err)
	}
	must(t, d.Exchange("a/f", "a/b"))
	if got, err := d.ReadFile("a/b", 10); err != nil || string(got) != "hello" {
		t.Errorf("after the exchange: got %q, %v", got, err)
	}
	entries, err := d.ReadDir("a")
	must(t, err)
	slices.SortFunc(entries, func(a, b durable.Entry) int { return strings.Compare(a.Name, b.Name) })
	if diff := cmp.Diff([]durable.Entry{{Name: "b"}, {Name: "f", Dir: true}, {Name: long, Dir: true}}, entries); diff != "" {
		t.Error(diff)
	}
	must(t, durable.RemoveAll(d, "a", nil))
	must(t, durable.RemoveAll(d, "a", nil))
	must(t, d.Sync())
	if space, err := d.Space(); err != nil || space.Total == 0 || space.Free > space.Total {
		t.Errorf("got %+v, %v", space, err)
	}
}

// TestNothingLeadsOut follows links and dots that lead out of the directory.
func TestNothingLeadsOut(t *testing.T) {
	t.Parallel()
	outside, root := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "f"), []byte("secret"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(root, "link")))
	must(t, os.Symlink(filepath.Join(outside, "f"), filepath.Join(root, "file")))
	d := openDir(t, root)
	calls := map[string]func(string) error{
		"open":    func(n string) error { _, err := d.Open(n); return err },
		"read":    func(n string) error { _, err := d.ReadFile(n, 100); return err },
		"create":  func(n string) error { _, err := d.Create(n + "x"); return err },
		"mkdir":   func(n string) error { return d.Mkdir(n + "x") },
		"remove":  func(n string) error { return d.Remove(n) },
		"rename":  func(n string) error { return d.Rename(n, "here") },
		"readdir": func(n string) error { _, err := d.ReadDir(filepath.Dir(n)); return err },
	}
	for call, do := range calls {
		if err := do("link/f"); err == nil {
			t.Errorf("%s followed a link out of the directory", call)
		}
		if err := do("../" + filepath.Base(outside) + "/f"); err == nil {
			t.Errorf("%s followed dots out of the directory", call)
		}
	}
	if _, err := d.ReadFile("file", 100); err == nil {
		t.Error("read followed a link to a file outside")
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside: got %v, %v", entries, err)
	}
}

func TestAttached(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	root, link := filepath.Join(base, "root"), filepath.Join(base, "link")
	must(t, os.Mkdir(root, 0o777))
	must(t, os.Symlink(root, link))
	d := openDir(t, link)
	if !d.Attached() {
		t.Error("not attached through a link")
	}
	must(t, os.Rename(root, root+".away"))
	if d.Attached() {
		t.Error("attached after the directory went away")
	}
	must(t, os.Mkdir(root, 0o777))
	if d.Attached() {
		t.Error("attached after another took its place")
	}
	must(t, d.Mkdir("x"))
	if _, err := os.Stat(filepath.Join(root+".away", "x")); err != nil {
		t.Errorf("a write went elsewhere: %v", err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	a, err := durable.OpenDir(root)
	must(t, err)
	b := openDir(t, root)
	for _, step := range []struct {
		d    *durable.Dir
		want bool
	}{{a, true}, {b, false}, {a, true}} {
		if got, err := step.d.TryLock(); got != step.want || err != nil {
			t.Fatalf("got %v, %v, want %v", got, err, step.want)
		}
	}
	must(t, a.Close())
	if got, err := b.TryLock(); !got || err != nil {
		t.Errorf("after the first was closed: got %v, %v", got, err)
	}
}

// TestMkdirAllAgainstRemoval makes directories while another removes them.
func TestMkdirAllAgainstRemoval(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	must(t, d.Mkdir("v"))
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				d.Rmdir("v/a/b/c")
				d.Rmdir("v/a/b")
				d.Rmdir("v/a")
			}
		}
	})
	for range 2000 {
		if err := durable.MkdirAll(d, "v/a/b/c", "v"); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	wg.Wait()
	if err := durable.MkdirAll(d, "absent/a", "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below an absent directory: got %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var want []string
	for i := range 3000 {
		name := fmt.Sprintf("%04d", i)
		want = append(want, name)
		must(t, os.Mkdir(filepath.Join(root, name), 0o777))
	}
	var got []string
	must(t, openDir(t, root).Names(".", make([]byte, 4096), func(name []byte, dir bool) {
		if !dir {
			t.Errorf("%s is not a directory", name)
		}
		got = append(got, string(name))
	}))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkReadFile(b *testing.B) {
	root := b.TempDir()
	d, err := durable.OpenDir(root)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	if err := durable.WriteFile(d, "f", make([]byte, 4096)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.ReadFile("f", 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
