package durabletest

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"syscall"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

// ErrDead ends a view: every call after the one that got it fails with it and changes nothing.
var ErrDead = errors.New("durabletest: the process has died")

// Step is a call that changes the disk or makes a change durable, about to be made.
type Step struct {
	Op   string // create, write, truncate, datasync, mkdir, rename, exchange, remove, rmdir, syncdir, sync
	Name string
}

// View is the disk as one process sees it.
type View struct {
	disk *Disk

	mu     sync.Mutex // guards dead; held while before runs, so that steps come one at a time
	dead   bool
	before func(Step) error
}

// View opens the disk for a process. before is asked ahead of every [Step] and may be nil; its error is that of the call,
// which then is not made. It may call [Disk.Crash].
func (d *Disk) View(before func(Step) error) *View { return &View{disk: d, before: before} }

// Kill ends the view.
func (v *View) Kill() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dead = true
}

func (v *View) alive() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dead {
		return ErrDead
	}
	return nil
}

// do makes a call that changes something.
func (v *View) do(op, name string, call func(d *Disk) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dead {
		return pathError(op, name, ErrDead)
	}
	if v.before != nil {
		if err := v.before(Step{op, name}); err != nil {
			v.dead = errors.Is(err, ErrDead)
			return pathError(op, name, err)
		}
	}
	v.disk.mu.Lock()
	defer v.disk.mu.Unlock()
	return pathError(op, name, call(v.disk))
}

// look makes a call that changes nothing.
func (v *View) look(op, name string, call func(d *Disk) error) error {
	if err := v.alive(); err != nil {
		return pathError(op, name, err)
	}
	v.disk.mu.Lock()
	defer v.disk.mu.Unlock()
	return pathError(op, name, call(v.disk))
}

func pathError(op, name string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Create makes a file that must not exist.
func (v *View) Create(name string) (durable.File, error) {
	var n *node
	err := v.do("create", name, func(d *Disk) error {
		dir, last, err := d.parent(name)
		if err != nil {
			return err
		}
		if dir.entries[last] != nil {
			return syscall.EEXIST
		}
		n = d.newNode(false)
		n.links = 2 // its name, and open
		dir.entries[last] = n
		d.note(nil, put{dir: dir.number, name: last, node: n.number})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &handle{view: v, name: name, node: n}, nil
}

// Open opens a file.
func (v *View) Open(name string) (durable.File, error) {
	var n *node
	err := v.look("open", name, func(d *Disk) (err error) {
		if n, err = d.find(name); err == nil && n.dir {
			return syscall.EISDIR
		}
		if err == nil {
			n.links++
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &handle{view: v, name: name, node: n}, nil
}

// ReadFile returns a whole file.
func (v *View) ReadFile(name string, max int64) (data []byte, err error) {
	err = v.look("read", name, func(d *Disk) error {
		n, err := d.find(name)
		switch {
		case err != nil:
			return err
		case n.dir:
			return syscall.EISDIR
		case int64(len(n.data)) > max:
			return syscall.EFBIG
		}
		data = slices.Clone(n.data)
		return nil
	})
	return data, err
}

// ReadDir lists a directory.
func (v *View) ReadDir(name string) (entries []durable.Entry, err error) {
	err = v.look("readdir", name, func(d *Disk) error {
		n, err := d.find(name)
		if err != nil {
			return err
		}
		if !n.dir {
			return syscall.ENOTDIR
		}
		for name, child := range n.entries {
			entries = append(entries, durable.Entry{Name: name, Dir: child.dir})
		}
		return nil
	})
	return entries, err
}

// Stat describes what is at name.
func (v *View) Stat(name string) (info durable.Info, err error) {
	err = v.look("stat", name, func(d *Disk) error {
		n, err := d.find(name)
		if err != nil {
			return err
		}
		info = durable.Info{
			ID:   durable.Identity{Inode: uint64(n.number), Born: n.born},
			Size: int64(len(n.data)), Dir: n.dir, Regular: !n.dir, Links: 1,
		}
		return nil
	})
	return info, err
}

// Mkdir makes a directory.
func (v *View) Mkdir(name string) error {
	return v.do("mkdir", name, func(d *Disk) error {
		dir, last, err := d.parent(name)
		if err != nil {
			return err
		}
		if dir.entries[last] != nil {
			return syscall.EEXIST
		}
		n := d.newNode(true)
		n.links = 1
		dir.entries[last] = n
		d.note(n, put{dir: dir.number, name: last, node: n.number})
		return nil
	})
}

// Rename moves a file or directory.
func (v *View) Rename(from, to string) error {
	return v.do("rename", to, func(d *Disk) error {
		fromDir, fromName, err := d.parent(from)
		if err != nil {
			return err
		}
		toDir, toName, err := d.parent(to)
		if err != nil {
			return err
		}
		n, old := fromDir.entries[fromName], toDir.entries[toName]
		switch {
		case n == nil:
			return syscall.ENOENT
		case old == n:
			return nil
		case old != nil && old.dir && !n.dir:
			return syscall.EISDIR
		case old != nil && !old.dir && n.dir:
			return syscall.ENOTDIR
		case old != nil && len(old.entries) > 0:
			return syscall.ENOTEMPTY
		}
		delete(fromDir.entries, fromName)
		toDir.entries[toName] = n
		arrives := put{dir: toDir.number, name: toName, node: n.number}
		if old != nil {
			arrives.gone = old.number
			defer d.unlink(old)
		}
		d.note(nil, put{dir: fromDir.number, name: fromName, gone: n.number}, arrives)
		return nil
	})
}

// Exchange lets two names change places.
func (v *View) Exchange(a, b string) error {
	return v.do("exchange", b, func(d *Disk) error {
		aDir, aName, err := d.parent(a)
		if err != nil {
			return err
		}
		bDir, bName, err := d.parent(b)
		if err != nil {
			return err
		}
		x, y := aDir.entries[aName], bDir.entries[bName]
		if x == nil || y == nil {
			return syscall.ENOENT
		}
		aDir.entries[aName], bDir.entries[bName] = y, x
		d.note(nil, put{dir: aDir.number, name: aName, node: y.number}, put{dir: bDir.number, name: bName, node: x.number})
		return nil
	})
}

// Remove removes a file.
func (v *View) Remove(name string) error { return v.unlink("remove", name, false) }

// Rmdir removes an empty directory.
func (v *View) Rmdir(name string) error { return v.unlink("rmdir", name, true) }

func (v *View) unlink(op, name string, dir bool) error {
	return v.do(op, name, func(d *Disk) error {
		parent, last, err := d.parent(name)
		if err != nil {
			return err
		}
		n := parent.entries[last]
		switch {
		case n == nil:
			return syscall.ENOENT
		case n.dir && !dir:
			return syscall.EISDIR
		case !n.dir && dir:
			return syscall.ENOTDIR
		case len(n.entries) > 0:
			return syscall.ENOTEMPTY
		}
		delete(parent.entries, last)
		d.note(nil, put{dir: parent.number, name: last, gone: n.number})
		d.unlink(n)
		return nil
	})
}

func (d *Disk) unlink(n *node) {
	n.links--
	d.drop()
}

// SyncDir makes the entries of a directory durable.
func (v *View) SyncDir(name string) error {
	return v.do("syncdir", name, func(d *Disk) error {
		n, err := d.find(name)
		if err != nil {
			return err
		}
		d.settle(func(_ int, c change) bool {
			return slices.ContainsFunc(c.puts, func(p put) bool { return p.dir == n.number })
		})
		return nil
	})
}

// Sync makes everything durable.
func (v *View) Sync() error {
	return v.do("sync", ".", func(d *Disk) error {
		d.settle(func(int, change) bool { return true })
		for _, n := range d.nodes {
			n.sync()
		}
		return nil
	})
}

func (n *node) sync() {
	if len(n.dirty) > 0 {
		n.platter, n.dirty = slices.Clone(n.data), map[int]bool{}
	}
}

// handle is an open file.
type handle struct {
	view *View
	name string
	node *node
	off  int64 // of the next Write
}

func (h *handle) Write(p []byte) (int, error) {
	n, err := h.WriteAt(p, h.off)
	h.off += int64(n)
	return n, err
}

func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	err := h.view.do("write", h.name, func(*Disk) error {
		n := h.node
		if end := int(off) + len(p); end > len(n.data) {
			n.data = append(n.data, make([]byte, end-len(n.data))...)
		}
		copy(n.data[off:], p)
		for s := int(off) / sector; s*sector < int(off)+len(p); s++ {
			n.dirty[s] = true
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (h *handle) ReadAt(p []byte, off int64) (n int, err error) {
	err = h.view.look("read", h.name, func(*Disk) error {
		if off < int64(len(h.node.data)) {
			n = copy(p, h.node.data[off:])
		}
		if n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

func (h *handle) Size() (size int64, err error) {
	err = h.view.look("size", h.name, func(*Disk) error { size = int64(len(h.node.data)); return nil })
	return size, err
}

func (h *handle) Truncate(size int64) error {
	return h.view.do("truncate", h.name, func(*Disk) error {
		h.node.data = h.node.data[:min(int(size), len(h.node.data))]
		h.node.dirty[int(size)/sector] = true
		return nil
	})
}

func (h *handle) Datasync() error {
	return h.view.do("datasync", h.name, func(*Disk) error { h.node.sync(); return nil })
}

func (h *handle) Close() error {
	h.view.disk.mu.Lock()
	defer h.view.disk.mu.Unlock()
	h.view.disk.unlink(h.node)
	return nil
}

func (h *handle) Preallocate(int64) error     { return nil }
func (h *handle) StartWriteback(int64, int64) {}
