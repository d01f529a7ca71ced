package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
)

// rig is a folder of drives and the cluster on them.
type rig struct {
	t      *testing.T
	dir    string
	onRoot map[string]bool // names of drives that pretend to lie on the root file system
	allow  bool
	open   func(path string) (cluster.Drive, error) // nil: openLocal
	mu     sync.Mutex
	log    bytes.Buffer // guarded by mu
}

func newRig(t *testing.T) *rig { return &rig{t: t, dir: t.TempDir(), onRoot: make(map[string]bool)} }

// Write collects the log.
func (r *rig) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

// logged returns the log since the last call.
func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.log.Reset()
	return r.log.String()
}

// path is that of a drive, file or folder below the rig.
func (r *rig) path(elem ...string) string { return filepath.Join(append([]string{r.dir}, elem...)...) }

// options are for drives named by arguments as on the command line, relative to the rig.
func (r *rig) options(setDrives int, args ...string) cluster.Options {
	r.t.Helper()
	full := make([]string, len(args))
	for i, a := range args {
		full[i] = r.dir + "/" + a
	}
	pools, err := topology.Expand(full, setDrives)
	if err != nil {
		r.t.Fatal(err)
	}
	return cluster.Options{
		Pools: pools,
		Look:  r.look,
		Open: func(_ context.Context, path string) (cluster.Drive, error) {
			if r.open != nil {
				return r.open(path)
			}
			return openLocal(path)
		},
		AllowRoot: r.allow,
		Logger:    slog.New(slog.NewTextHandler(r, nil)),
	}
}

func openLocal(path string) (cluster.Drive, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, err
	}
	d, err := local.Open(path, local.Options{LogSize: 1 << 16})
	if errors.Is(err, local.ErrInUse) {
		return nil, fmt.Errorf("%w: %w", cluster.ErrInUse, err)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// look is as much of a look as these tests need.
func (r *rig) look(path string) (cluster.Finding, error) {
	f := cluster.Finding{OnRoot: r.onRoot[filepath.Base(path)]}
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	for _, e := range entries {
		if e.Name() == ".minio.sys" {
			f.System = true
		} else {
			f.Data = true
		}
	}
	if err != nil || !f.System {
		return f, err
	}
	if f.Format, err = os.ReadFile(filepath.Join(path, formatFile)); errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	return f, err
}

const formatFile = ".minio.sys/format.json"

// start opens a cluster that has to open. It is closed by the test, or when the test ends.
func (r *rig) start(setDrives int, args ...string) *cluster.Cluster {
	r.t.Helper()
	c, err := cluster.Open(r.t.Context(), r.options(setDrives, args...))
	if err != nil {
		r.t.Fatalf("open: %v\n%s", err, r.logged())
	}
	r.t.Cleanup(func() { r.close(c) })
	return c
}

func (r *rig) close(c *cluster.Cluster) {
	if err := c.Close(); err != nil {
		r.t.Errorf("close: %v", err)
	}
}

// format makes a cluster and closes it.
func (r *rig) format(setDrives int, args ...string) {
	r.t.Helper()
	r.close(r.start(setDrives, args...))
	r.logged()
}

// refused opens a cluster that must not open, and that must not have changed anything below the rig.
func (r *rig) refused(setDrives int, args ...string) error {
	r.t.Helper()
	before := r.tree("")
	c, err := cluster.Open(r.t.Context(), r.options(setDrives, args...))
	if err == nil {
		r.close(c)
		r.t.Fatal("the cluster opened")
	}
	r.unchanged("", before)
	return err
}

// label reads the label of a drive.
func (r *rig) label(drive string) label.Label {
	r.t.Helper()
	l, err := label.Parse(r.raw(drive))
	if err != nil {
		r.t.Fatalf("label of %s: %v", drive, err)
	}
	return l
}

func (r *rig) raw(drive string) []byte {
	r.t.Helper()
	b, err := os.ReadFile(r.path(drive, formatFile))
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// write puts a file below the rig.
func (r *rig) write(content []byte, elem ...string) {
	r.t.Helper()
	name := r.path(elem...)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o666); err != nil {
		r.t.Fatal(err)
	}
}

// relabel changes the label of a drive.
func (r *rig) relabel(drive string, change func(*label.Label)) {
	r.t.Helper()
	l := r.label(drive)
	change(&l)
	raw, err := l.Marshal()
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(raw, drive, formatFile)
}

// fill gives a drive a bucket with something in it.
func (r *rig) fill(drives ...string) {
	r.t.Helper()
	for _, d := range drives {
		r.write([]byte("x"), d, "photos", "cat.jpg", "xl.meta")
	}
}

func (r *rig) remove(elem ...string) {
	r.t.Helper()
	if err := os.RemoveAll(r.path(elem...)); err != nil {
		r.t.Fatal(err)
	}
}

// swap lets two drives change places.
func (r *rig) swap(a, b string) {
	r.t.Helper()
	for _, step := range [][2]string{{a, "aside"}, {b, a}, {"aside", b}} {
		if err := os.Rename(r.path(step[0]), r.path(step[1])); err != nil {
			r.t.Fatal(err)
		}
	}
}

// clone copies a drive over another.
func (r *rig) clone(from, to string) {
	r.t.Helper()
	r.remove(to)
	if err := os.CopyFS(r.path(to), os.DirFS(r.path(from))); err != nil {
		r.t.Fatal(err)
	}
}

// file is what is known of one file or folder.
type file struct {
	Content string
	Changed time.Time
}

// tree lists everything below a drive, or below the whole rig.
func (r *rig) tree(drive string) map[string]file {
	r.t.Helper()
	all := make(map[string]file)
	err := filepath.WalkDir(r.path(drive), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		f := file{Changed: info.ModTime()}
		if entry.Type().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f.Content = string(content)
		}
		all[strings.TrimPrefix(path, r.dir)] = f
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func (r *rig) unchanged(drive string, before map[string]file) {
	r.t.Helper()
	if diff := cmp.Diff(before, r.tree(drive)); diff != "" {
		r.t.Errorf("%s was written to (-before +after):\n%s", drive, diff)
	}
}

// fate is what became of a member, in a form to compare.
type fate struct {
	Slot   string
	State  string
	Serves bool
	Fresh  bool
}

func fates(c *cluster.Cluster) map[string]fate {
	all := make(map[string]fate)
	for _, m := range c.Members {
		all[filepath.Base(m.Endpoint)] = fate{
			Slot:  fmt.Sprintf("%d.%d.%d", m.Pool, m.Slot.Set, m.Slot.Drive),
			State: m.State.String(), Serves: m.Serves(), Fresh: m.Fresh,
		}
	}
	return all
}

func sound(slot string) fate { return fate{Slot: slot, State: "sound", Serves: true} }

// expect compares the fates of members, and the drives in the sets with them.
func (r *rig) expect(c *cluster.Cluster, want map[string]fate) {
	r.t.Helper()
	if diff := cmp.Diff(want, fates(c)); diff != "" {
		r.t.Errorf("members (-want +got):\n%s", diff)
	}
	seated := 0
	for _, m := range c.Members {
		if !m.Serves() {
			if m.Err == nil || m.Drive != nil {
				r.t.Errorf("%s does not serve: error %v, drive %v", m.Endpoint, m.Err, m.Drive)
			}
			continue
		}
		seated++
		info, err := c.Pools[m.Pool][m.Slot.Set].Drive(m.Slot.Drive).Info(r.t.Context())
		if err != nil || info.Endpoint != m.Endpoint || info.ID != m.ID || info.ID != r.label(filepath.Base(m.Endpoint)).This.String() {
			r.t.Errorf("slot %v of pool %d: got drive %+v %v, want %s %s", m.Slot, m.Pool, info, err, m.Endpoint, m.ID)
		}
	}
	online := 0
	for _, sets := range c.Pools {
		for _, set := range sets {
			for slot := range set.Size() {
				if _, err := set.Drive(slot).Info(r.t.Context()); err == nil {
					online++
				}
			}
		}
	}
	if online != seated {
		r.t.Errorf("%d drives are in the sets, %d members serve", online, seated)
	}
}

var someID = uuid.MustParse("0190aaaa-bbbb-4ccc-8ddd-eeeeffff0001")
