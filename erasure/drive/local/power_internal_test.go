package local

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/durable/durabletest"
)

// These tests run a drive on a model of a disk and cut the power, or kill the process, before each of its steps. What is
// found then must be, as a whole, the tree before the commit under way or the one after it.

var modelOptions = Options{LogSize: commitlog.MinSize, Quiet: time.Hour}.withDefaults("model")

// tree is what a volume should hold: path to content.
type tree map[string]string

// apply returns the tree after some edits. staged is what lies in Staging.
func (t tree) apply(edits []drive.Edit, staged tree) tree {
	after := maps.Clone(t)
	maps.Copy(after, staged)
	for _, e := range edits {
		moved := tree{}
		for p, content := range after {
			if e.Op == drive.OpMove && within(p, string(e.From)) {
				moved[string(e.Path)+p[len(e.From):]] = content
				delete(after, p)
			} else if within(p, string(e.Path)) {
				delete(after, p)
			}
		}
		maps.Copy(after, moved)
		if e.Op == drive.OpWrite {
			after[string(e.Path)] = string(e.Data)
		}
	}
	return after.visible()
}

// visible leaves out what lies in Staging and what is the drive's own.
func (t tree) visible() tree {
	seen := tree{}
	for p, content := range t {
		if !within(p, staging) && !within(p, stateDir) && p != formatFile {
			seen[p] = content
		}
	}
	return seen
}

// below returns the part of a tree below a directory.
func (t tree) below(dir string) tree {
	part := tree{}
	for p, content := range t {
		if within(p, dir) {
			part[p] = content
		}
	}
	return part
}

// client makes random commits below directories of its own, and knows what should be there.
type client struct {
	d    *Drive
	rng  *rand.Rand
	dirs []string
	seq  *counter

	mu            sync.Mutex // guards:
	before, after tree       // the same when no commit is under way
}

type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

func (c *client) pick(from ...string) string { return from[c.rng.IntN(len(from))] }

// dir returns the name of a directory that may exist.
func (c *client) dir() string {
	dir := c.pick(c.dirs...)
	for range c.rng.IntN(3) {
		dir += "/" + c.pick("a", "b")
	}
	return dir
}

func (c *client) path() drive.Path {
	if c.rng.IntN(3) == 0 {
		return drive.Path(c.dir() + "/" + c.pick("a", "b"))
	}
	return drive.Path(c.dir() + "/" + c.pick("f", "g"))
}

func (c *client) content() []byte {
	size := []int{0, 10, 600, 5000, 9000}[c.rng.IntN(5)]
	return []byte(strings.Repeat(fmt.Sprintf("%06d ", c.seq.next()), size/7+1))
}

// step makes one commit. It returns the error of one that failed for no good reason.
func (c *client) step() error {
	ctx := context.Background()
	staged := tree{}
	var edits []drive.Edit
	for range 1 + c.rng.IntN(4) {
		switch c.rng.IntN(10) {
		case 0, 1, 2, 3:
			edits = append(edits, drive.Write(c.path(), c.content()))
		case 4, 5:
			edits = append(edits, drive.Remove(c.path()))
		case 6, 7:
			edits = append(edits, drive.Move(c.path(), c.path()))
		default:
			dir := drive.Staging.Join(fmt.Sprintf("%s-%d", strings.ReplaceAll(c.dirs[0], "/", "-"), c.rng.IntN(3))) // names are used again
			content := c.content()
			p := dir.Join("d", "part.1")
			if staged[string(p)] != "" {
				continue
			}
			w, err := c.d.Create(ctx, p, int64(len(content)))
			if errors.Is(err, drive.ErrExists) { // left behind by a commit that was refused
				if err := c.d.Discard(ctx, p); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			w.Write(content)
			if err := w.Close(); err != nil {
				return err
			}
			staged[string(p)] = string(content)
			edits = append(edits, drive.Move(drive.Path(c.pick(string(p), string(dir.Join("d")))), c.path()))
		}
	}
	record := drive.Path(c.dirs[0])
	return c.commit(&drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: c.seq.next()}, Record: record, Edits: edits}, staged)
}

func (c *client) commit(commit *drive.Commit, staged tree) error {
	c.mu.Lock()
	c.after = c.before.apply(commit.Edits, staged)
	c.mu.Unlock()
	err := c.d.Commit(context.Background(), commit)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.before = c.after
	case errors.Is(err, drive.ErrNotFound), errors.Is(err, drive.ErrInvalid):
		c.after, err = c.before, nil
	}
	return err
}

// judge compares what was found with what may be there.
func (c *client) judge(found tree) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := tree{}
	for _, dir := range c.dirs {
		maps.Copy(got, found.below(dir))
	}
	if maps.Equal(got, c.before) || maps.Equal(got, c.after) {
		return ""
	}
	return fmt.Sprintf("neither before:\n%s\nnor after:\n%s", cmp.Diff(c.before, got), cmp.Diff(c.after, got))
}

// reopen opens a drive on a disk after a crash and returns what is there.
func reopen(disk *durabletest.Disk, before func(durabletest.Step) error) (tree, error) {
	d, err := open(disk.View(before), nil, modelOptions)
	if err != nil {
		return nil, err
	}
	found := tree(disk.Files()).visible()
	if err := d.Close(); err != nil {
		return nil, err
	}
	if again := tree(disk.Files()).visible(); !maps.Equal(found, again) {
		return nil, fmt.Errorf("closing changed the tree: %s", cmp.Diff(found, again))
	}
	return found, nil
}

// newModelDrive formats a drive on a disk, with volumes v and w.
func newModelDrive(t *testing.T, disk *durabletest.Disk, files durable.FS) *Drive {
	t.Helper()
	d, err := open(files, nil, modelOptions)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.WriteFormat([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"v", "w"} {
		if err := d.MakeVolume(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// violation runs clients on a drive and crashes it at every step. It returns the first thing found that must not be.
func violation(t *testing.T, seed uint64, clients, steps int, tamper func(durable.FS) durable.FS) (found string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	disk := durabletest.NewDisk()
	var all []*client
	var ready bool
	crash := func(s durabletest.Step) error {
		if !ready || found != "" {
			return nil
		}
		after, how := disk.Crash(rng), "power cut"
		if rng.IntN(4) == 0 {
			after, how = disk.Clone(), "killed"
		}
		again := 0
		if rng.IntN(3) == 0 { // crash while recovering, once more
			again = rng.IntN(40)
			n := 0
			second := after.Clone()
			_, err := reopen(after, func(durabletest.Step) error {
				if n++; n == again {
					second = after.Crash(rng)
					return durabletest.ErrDead
				}
				return nil
			})
			if err != nil {
				after = second
			}
		}
		got, err := reopen(after, nil)
		if err != nil {
			found = fmt.Sprintf("seed %d, %s before %v, and at step %d of recovery: %v", seed, how, s, again, err)
			return nil
		}
		for _, c := range all {
			if wrong := c.judge(got); wrong != "" {
				found = fmt.Sprintf("seed %d, %s before %v, and at step %d of recovery: %s", seed, how, s, again, wrong)
			}
		}
		return nil
	}
	d := newModelDrive(t, disk, tamper(disk.View(crash)))
	var seq counter
	for i := range clients {
		dirs := []string{fmt.Sprintf("v/%d", i), fmt.Sprintf("w/%d", i), fmt.Sprintf(".minio.sys/multipart/%d", i)}
		all = append(all, &client{d: d, rng: rand.New(rand.NewPCG(seed, uint64(i)+2)), dirs: dirs, seq: &seq, before: tree{}, after: tree{}})
	}
	ready = true
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() {
			for range steps {
				if err := c.step(); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
	wg.Wait()
	if err := d.Close(); err != nil {
		t.Errorf("seed %d: close: %v", seed, err)
	}
	return found
}

func honest(f durable.FS) durable.FS { return f }

// seeds is how many histories TestCrashAtEveryStep goes through: a few by default, many with -seeds.
var (
	seeds     = flag.Uint64("seeds", 2, "histories to crash at every step")
	firstSeed = flag.Uint64("first-seed", 0, "number of the first of them")
)

func TestCrashAtEveryStep(t *testing.T) {
	t.Parallel()
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		t.Run(fmt.Sprint("one client ", seed), func(t *testing.T) {
			t.Parallel()
			if wrong := violation(t, seed, 1, 40, honest); wrong != "" {
				t.Error(wrong)
			}
		})
		t.Run(fmt.Sprint("four clients ", seed), func(t *testing.T) {
			t.Parallel()
			if wrong := violation(t, 1000+seed, 4, 10, honest); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

// liar is a file system that does not do one of the things durability rests on.
type liar struct {
	durable.FS
	dataOf  string // files below this directory are not synced
	entries string // nor are this directory's entries
}

func (l liar) Create(name string) (durable.File, error) { return l.wrap(name)(l.FS.Create(name)) }
func (l liar) Open(name string) (durable.File, error)   { return l.wrap(name)(l.FS.Open(name)) }

func (l liar) wrap(name string) func(durable.File, error) (durable.File, error) {
	return func(f durable.File, err error) (durable.File, error) {
		if err == nil && l.dataOf != "" && within(name, l.dataOf) {
			f = unsynced{f}
		}
		return f, err
	}
}

func (l liar) SyncDir(name string) error {
	if l.entries != "" && within(name, l.entries) {
		return nil
	}
	return l.FS.SyncDir(name)
}

type unsynced struct{ durable.File }

func (unsynced) Datasync() error { return nil }

// TestCrashTestsFindLies makes sure that the test above would find what it looks for.
func TestCrashTestsFindLies(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]liar{
		"log not synced":                 {dataOf: stateDir},
		"staged files not synced":        {dataOf: staging},
		"staging directories not synced": {entries: staging},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				found := violation(t, seed, 1, 40, func(f durable.FS) durable.FS { lie.FS = f; return lie })
				if found != "" {
					return
				}
			}
			t.Error("nobody noticed")
		})
	}
}
