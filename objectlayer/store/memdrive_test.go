package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/drivetest"
)

// disk is what lies on one drive, in memory. It outlives the drives that are opened on it.
type disk struct {
	mu     sync.Mutex
	files  map[string][]byte // by path; never written to
	vols   map[string]bool
	stamps map[string]drive.Stamp
	epoch  uint64
}

func newDisk() *disk {
	return &disk{files: map[string][]byte{}, vols: map[string]bool{drive.System: true}, stamps: map[string]drive.Stamp{}}
}

// loadDisk is a disk with the files of a directory.
func loadDisk(t *testing.T, dir string) *disk {
	d := newDisk()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if e.IsDir() {
			if name != "." && !strings.Contains(name, "/") {
				d.vols[name] = true
			}
			return nil
		}
		d.files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// image is what lies on a disk at one moment.
type image struct {
	files map[string][]byte
	vols  map[string]bool
}

func (d *disk) image() image {
	d.mu.Lock()
	defer d.mu.Unlock()
	return image{maps.Clone(d.files), maps.Clone(d.vols)}
}

// restore puts an old image back, as a drive that was away does.
func (d *disk) restore(i image) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files, d.vols, d.stamps = maps.Clone(i.files), maps.Clone(i.vols), map[string]drive.Stamp{}
}

// change edits the files of a disk behind everybody's back.
func (d *disk) change(edit func(files map[string][]byte)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	edit(d.files)
}

// memDrive is one opening of a disk, with the faults a test wants.
type memDrive struct {
	disk *disk

	mu     sync.Mutex
	err    error                               // what everything fails with
	online bool                                // what Online says
	free   uint64                              // what Info says
	gate   func(op string, p drive.Path) error // asked before every call
	commit func(c *drive.Commit) error         // asked before every commit
	lie    func() error                        // asked for the answer to a commit that was done
}

var _ drive.Drive = (*memDrive)(nil)

func openDisk(d *disk) *memDrive {
	d.change(func(files map[string][]byte) { removeTree(files, string(drive.Staging)) })
	return &memDrive{disk: d, online: true, free: 1 << 39}
}

var errBroken = errors.New("broken drive")

// fail makes everything fail from now on; nil ends it.
func (d *memDrive) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err, d.online = err, !errors.Is(err, drive.ErrOffline)
}

func (d *memDrive) Online() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.online
}

// enter begins a call.
func (d *memDrive) enter(ctx context.Context, op string, p drive.Path) error {
	d.mu.Lock()
	err, gate := d.err, d.gate
	d.mu.Unlock()
	if err == nil && gate != nil {
		err = gate(op, p)
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

func (d *memDrive) Info(ctx context.Context) (drive.Info, error) {
	if err := d.enter(ctx, "info", ""); err != nil {
		return drive.Info{}, err
	}
	d.mu.Lock()
	free := d.free
	d.mu.Unlock()
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	return drive.Info{ID: "disk", Total: 1 << 40, Free: free, Epoch: d.disk.epoch}, nil
}

func (d *memDrive) Volumes(ctx context.Context) (all []drive.DirEntry, err error) {
	if err := d.enter(ctx, "volumes", ""); err != nil {
		return nil, err
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(d.disk.vols)) {
		if name != drive.System {
			all = append(all, drive.DirEntry{Name: name, Dir: true})
		}
	}
	return all, nil
}

func (d *memDrive) MakeVolume(ctx context.Context, v string) error {
	if err := d.enter(ctx, "make volume", drive.Path(v)); err != nil {
		return err
	}
	if !drive.Path(v).Valid() || strings.Contains(v, "/") {
		return drive.ErrInvalid
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if d.disk.vols[v] {
		return drive.ErrExists
	}
	d.disk.vols[v] = true
	return nil
}

func (d *memDrive) RemoveVolume(ctx context.Context, v string) error {
	if err := d.enter(ctx, "remove volume", drive.Path(v)); err != nil {
		return err
	}
	if !drive.Path(v).Valid() || strings.Contains(v, "/") || v == drive.System {
		return drive.ErrInvalid
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if !d.disk.vols[v] {
		return drive.ErrNotFound
	}
	if hasTree(d.disk.files, v) {
		return drive.ErrNotEmpty
	}
	delete(d.disk.vols, v)
	return nil
}

func (d *memDrive) ReadFile(ctx context.Context, p drive.Path, limit int64) ([]byte, error) {
	data, err := d.file(ctx, "read", p)
	if err == nil && int64(len(data)) > limit {
		return nil, drive.ErrCorrupt
	}
	return bytes.Clone(data), err
}

func (d *memDrive) file(ctx context.Context, op string, p drive.Path) ([]byte, error) {
	if err := d.enter(ctx, op, p); err != nil {
		return nil, err
	}
	if !p.Valid() {
		return nil, drive.ErrInvalid
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	data, ok := d.disk.files[string(p)]
	if !ok {
		return nil, drive.ErrNotFound
	}
	return data, nil
}

type memFile struct {
	*bytes.Reader
	d *memDrive
	p drive.Path
}

func (f memFile) Close() error { return nil }

func (f memFile) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.d.enter(context.Background(), "read at", f.p); err != nil {
		return 0, err
	}
	return f.Reader.ReadAt(b, offset)
}

func (d *memDrive) Open(ctx context.Context, p drive.Path) (drive.Reader, error) {
	data, err := d.file(ctx, "open", p)
	if err != nil {
		return nil, err
	}
	return memFile{bytes.NewReader(data), d, p}, nil
}

func (d *memDrive) Stat(ctx context.Context, p drive.Path) (drive.FileInfo, error) {
	data, err := d.file(ctx, "stat", p)
	if err == nil {
		return drive.FileInfo{Size: int64(len(data)), ModTime: time.Unix(1e9, 0)}, nil
	}
	if !errors.Is(err, drive.ErrNotFound) {
		return drive.FileInfo{}, err
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if d.disk.vols[string(p)] || p == drive.Staging || hasTree(d.disk.files, string(p)) {
		return drive.FileInfo{Dir: true, ModTime: time.Unix(1e9, 0)}, nil
	}
	return drive.FileInfo{}, drive.ErrNotFound
}

func (d *memDrive) List(ctx context.Context, p drive.Path, after string, most int) ([]drive.DirEntry, error) {
	if err := d.enter(ctx, "list", p); err != nil {
		return nil, err
	}
	if !p.Valid() {
		return nil, drive.ErrInvalid
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	names := map[string]bool{}
	for path := range d.disk.files {
		if rest, ok := strings.CutPrefix(path, string(p)+"/"); ok {
			name, _, dir := strings.Cut(rest, "/")
			names[name] = dir
		}
	}
	if len(names) == 0 && !d.disk.vols[string(p)] && p != drive.Staging {
		return nil, drive.ErrNotFound
	}
	var all []drive.DirEntry
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name > after && (most <= 0 || len(all) < most) {
			all = append(all, drive.DirEntry{Name: name, Dir: names[name]})
		}
	}
	return all, nil
}

type memWalk struct {
	d       *memDrive
	ctx     context.Context
	entries []drive.Entry
}

func (w *memWalk) Next() (drive.Entry, error) {
	if err := w.d.enter(w.ctx, "next", ""); err != nil {
		return drive.Entry{}, err
	}
	if len(w.entries) == 0 {
		return drive.Entry{}, io.EOF
	}
	e := w.entries[0]
	w.entries = w.entries[1:]
	return e, nil
}

func (w *memWalk) Seek(key string) {
	for len(w.entries) > 0 && w.entries[0].Key < key {
		w.entries = w.entries[1:]
	}
}

func (w *memWalk) Close() { w.entries = nil }

func (d *memDrive) Walk(ctx context.Context, v, prefix, after string) (drive.Walker, error) {
	if err := d.enter(ctx, "walk", drive.Path(v)); err != nil {
		return nil, err
	}
	if !drive.Path(v).Valid() || strings.Contains(v, "/") {
		return nil, drive.ErrInvalid
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if !d.disk.vols[v] {
		return nil, drive.ErrNotFound
	}
	w := &memWalk{d: d, ctx: ctx}
	for path, data := range d.disk.files {
		rest, inside := strings.CutPrefix(path, v+"/")
		key, record := strings.CutSuffix(rest, "/"+drive.RecordName)
		if name, dir := strings.CutSuffix(key, drive.DirSuffix); dir {
			key = name + "/"
		}
		if inside && record && strings.HasPrefix(key, prefix) && key > after {
			w.entries = append(w.entries, drive.Entry{Key: key, Record: bytes.Clone(data)})
		}
	}
	slices.SortFunc(w.entries, func(a, b drive.Entry) int { return strings.Compare(a.Key, b.Key) })
	return w, nil
}

type memWriter struct {
	d    *memDrive
	p    drive.Path
	data []byte
	done bool
}

func (w *memWriter) Write(b []byte) (int, error) {
	if err := w.d.enter(context.Background(), "write", w.p); err != nil {
		return 0, err
	}
	w.data = append(w.data, b...)
	return len(b), nil
}

func (w *memWriter) Close() error {
	if w.done {
		return drive.ErrOffline
	}
	w.done = true
	if err := w.d.enter(context.Background(), "sync", w.p); err != nil {
		return err
	}
	w.d.disk.change(func(files map[string][]byte) { files[string(w.p)] = w.data })
	return nil
}

func (w *memWriter) Abort() {
	if !w.done {
		w.done = true
		w.d.disk.change(func(files map[string][]byte) { delete(files, string(w.p)) })
	}
}

func (d *memDrive) Create(ctx context.Context, p drive.Path, _ int64) (drive.Writer, error) {
	if err := d.enter(ctx, "create", p); err != nil {
		return nil, err
	}
	if !p.Valid() || !strings.HasPrefix(string(p), string(drive.Staging)+"/") {
		return nil, drive.ErrInvalid
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if _, known := d.disk.files[string(p)]; known {
		return nil, drive.ErrExists
	}
	d.disk.files[string(p)] = nil
	return &memWriter{d: d, p: p}, nil
}

func (d *memDrive) Discard(ctx context.Context, p drive.Path) error {
	if err := d.enter(ctx, "discard", p); err != nil {
		return err
	}
	if !p.Valid() || !strings.Contains(string(p), "/") || p == drive.Staging {
		return drive.ErrInvalid
	}
	d.disk.change(func(files map[string][]byte) { removeTree(files, string(p)) })
	return nil
}

func (d *memDrive) Commit(ctx context.Context, c *drive.Commit) error {
	if err := d.enter(ctx, "commit", c.Record); err != nil {
		return err
	}
	d.mu.Lock()
	ask, lie := d.commit, d.lie
	d.mu.Unlock()
	if ask != nil {
		if err := ask(c); err != nil {
			return err
		}
	}
	err := d.disk.commit(c)
	if err == nil && lie != nil {
		err = lie()
	}
	return err
}

func (d *disk) commit(c *drive.Commit) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !c.Record.Valid() {
		return drive.ErrInvalid
	}
	last, seen := d.stamps[string(c.Record)]
	if c.Stamp.Epoch < d.epoch || seen && !last.Before(c.Stamp) {
		return drive.ErrStale
	}
	files := maps.Clone(d.files)
	for _, e := range c.Edits {
		if err := d.edit(files, e); err != nil {
			return err
		}
	}
	d.files, d.epoch = files, c.Stamp.Epoch
	d.stamps[string(c.Record)] = c.Stamp
	return nil
}

// edit does one edit of a commit.
func (d *disk) edit(files map[string][]byte, e drive.Edit) error {
	p, from := string(e.Path), string(e.From)
	if !e.Path.Valid() || !strings.Contains(p, "/") || p == string(drive.Staging) || strings.HasPrefix(p, string(drive.Staging)+"/") {
		return drive.ErrInvalid
	}
	if !d.vols[e.Path.Volume()] {
		return drive.ErrNotFound
	}
	for up := filepath.Dir(p); up != "."; up = filepath.Dir(up) {
		if _, file := files[up]; file && e.Op != drive.OpRemove {
			return drive.ErrInvalid
		}
	}
	switch e.Op {
	case drive.OpWrite:
		if hasTree(files, p) {
			return drive.ErrInvalid
		}
		files[p] = bytes.Clone(e.Data)
	case drive.OpMove:
		if strings.HasPrefix(p, from+"/") || strings.HasPrefix(from, p+"/") || p == from || !e.From.Valid() ||
			!strings.Contains(from, "/") || e.From == drive.Staging {
			return drive.ErrInvalid
		}
		moved := map[string][]byte{}
		for path, data := range files {
			if path == from || strings.HasPrefix(path, from+"/") {
				moved[p+path[len(from):]] = data
				delete(files, path)
			}
		}
		if len(moved) == 0 {
			return drive.ErrNotFound
		}
		removeTree(files, p)
		maps.Copy(files, moved)
	case drive.OpRemove:
		removeTree(files, p)
	default:
		return drive.ErrInvalid
	}
	return nil
}

func (d *memDrive) Fence(ctx context.Context, epoch uint64) error {
	if err := d.enter(ctx, "fence", ""); err != nil {
		return err
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if epoch < d.disk.epoch {
		return drive.ErrStale
	}
	d.disk.epoch = epoch
	return nil
}

func (d *memDrive) Close() error {
	d.fail(drive.ErrOffline)
	return nil
}

func hasTree(files map[string][]byte, p string) bool {
	for path := range files {
		if strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

func removeTree(files map[string][]byte, p string) {
	for path := range files {
		if path == p || strings.HasPrefix(path, p+"/") {
			delete(files, path)
		}
	}
}

func TestMemDrive(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(t *testing.T) drive.Drive { return openDisk(newDisk()) })
}
