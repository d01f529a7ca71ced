// Package durabletest is a disk that loses power: a model of a file system in memory in which nothing is durable before it
// has been synced, and that can be cut off at any moment.
//
// # Concepts
//
// A [Disk] keeps, beside the tree everybody sees, what of it is on the platter. [Disk.Crash] gives one of the many disks
// that may be found after a loss of power:
//
//   - A change of directories (a file made, renamed, removed) that was not synced may have survived or not. One that did
//     has taken all earlier changes to the same directories and to the same file along, as with any journal; changes that have
//     nothing to do with each other survive independently, which is worse than what ext4, xfs and btrfs do.
//   - Bytes of a file that were not synced survive sector by sector; the size is the old one, the new one, or between.
//   - Syncing a file does not make its name durable.
//
// A [View] is the disk as one process sees it: each of its calls can be watched, made to fail, or be its last. The disk
// stays as it is when the process dies; another view shows what a restarted process finds.
//
//	disk := durabletest.NewDisk()
//	view := disk.View(func(s durabletest.Step) error { ... return durabletest.ErrDead })
//	...
//	after := disk.Crash(rng)
package durabletest

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

const sector = 512

// Disk is the disk. Its methods may be called concurrently.
type Disk struct {
	mu      sync.Mutex
	nodes   map[int]*node // by number; those without a name that are still open among them
	root    *node
	born    int64
	pending []change               // changes of directories that are not durable, oldest first
	durable map[int]map[string]int // directory -> name -> node, on the platter
}

// node is a file or directory.
type node struct {
	number  int
	born    int64
	dir     bool
	entries map[string]*node
	data    []byte // as everybody sees it
	platter []byte // as it was when last synced
	dirty   map[int]bool
	links   int
}

// change is one step in the life of directories: each put names (or, with a zero node, removes) an entry.
type change struct {
	puts    []put
	touches []int // the nodes it cannot be parted from
	made    *node // a directory that came to be
}

type put struct {
	dir  int
	name string
	node int
	gone int // the node that had the name
}

// NewDisk makes an empty disk.
func NewDisk() *Disk {
	d := &Disk{nodes: map[int]*node{}, durable: map[int]map[string]int{}}
	d.root = d.newNode(true)
	d.durable[d.root.number] = map[string]int{}
	return d
}

// newNode makes a node under the lowest number that is free, so that numbers are used again as soon as possible.
func (d *Disk) newNode(dir bool) *node {
	number := 1
	for d.nodes[number] != nil {
		number++
	}
	d.born++
	n := &node{number: number, born: d.born, dir: dir, dirty: map[int]bool{}}
	if dir {
		n.entries = map[string]*node{}
	}
	d.nodes[number] = n
	return n
}

// find follows a name.
func (d *Disk) find(name string) (*node, error) {
	n := d.root
	if name == "." || name == "" {
		return n, nil
	}
	for segment := range strings.SplitSeq(name, "/") {
		if !n.dir {
			return nil, syscall.ENOTDIR
		}
		if n = n.entries[segment]; n == nil {
			return nil, syscall.ENOENT
		}
	}
	return n, nil
}

// parent finds the directory of a name and the last segment.
func (d *Disk) parent(name string) (*node, string, error) {
	n, err := d.find(path.Dir(name))
	if err != nil {
		return nil, "", err
	}
	if !n.dir {
		return nil, "", syscall.ENOTDIR
	}
	return n, path.Base(name), nil
}

// note records a change, done in the tree already, as not durable.
func (d *Disk) note(made *node, puts ...put) {
	c := change{puts: puts, made: made}
	for _, p := range puts {
		c.touches = append(c.touches, p.dir)
		for _, n := range []int{p.node, p.gone} {
			if n != 0 {
				c.touches = append(c.touches, n)
			}
		}
	}
	d.pending = append(d.pending, c)
}

// settle makes durable the changes for which keep is true and those they cannot be parted from.
func (d *Disk) settle(keep func(i int, c change) bool) {
	taken := make([]bool, len(d.pending))
	wanted := map[int]bool{}
	for i, c := range slices.Backward(d.pending) {
		if keep(i, c) || slices.ContainsFunc(c.touches, func(n int) bool { return wanted[n] }) {
			taken[i] = true
			for _, n := range c.touches {
				wanted[n] = true
			}
		}
	}
	var rest []change
	for i, c := range d.pending {
		if !taken[i] {
			rest = append(rest, c)
			continue
		}
		if c.made != nil && d.durable[c.made.number] == nil {
			d.durable[c.made.number] = map[string]int{}
		}
		for _, p := range c.puts {
			if p.node == 0 {
				delete(d.durable[p.dir], p.name)
			} else {
				d.durable[p.dir][p.name] = p.node
			}
		}
	}
	d.pending = rest
}

// drop forgets a node that has no name, is in no pending change, on no platter and not open.
func (d *Disk) drop() {
	used := map[int]bool{d.root.number: true}
	for _, c := range d.pending {
		for _, n := range c.touches {
			used[n] = true
		}
	}
	for _, entries := range d.durable {
		for _, n := range entries {
			used[n] = true
		}
	}
	for number, n := range d.nodes {
		if !used[number] && n.links == 0 && number != d.root.number {
			delete(d.nodes, number)
			delete(d.durable, number)
		}
	}
}

// Crash returns a disk as it may be found after a loss of power now. The disk itself goes on.
func (d *Disk) Crash(rng *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	platter := &Disk{nodes: d.nodes, root: d.root, pending: slices.Clone(d.pending), durable: map[int]map[string]int{}}
	for dir, entries := range d.durable {
		platter.durable[dir] = maps.Clone(entries)
	}
	odds := []float64{0, 0.2, 0.5, 0.9, 1}[rng.IntN(5)]
	first := rng.IntN(len(d.pending) + 1) // some journals keep a prefix
	prefix := rng.IntN(2) == 0
	platter.settle(func(i int, _ change) bool {
		if prefix {
			return i < first
		}
		return rng.Float64() < odds
	})
	after := NewDisk()
	after.born = d.born
	after.adopt(after.root, platter, d.root.number, rng)
	return after
}

// adopt copies what the platter holds of a directory.
func (d *Disk) adopt(to *node, platter *Disk, number int, rng *rand.Rand) {
	to.born = platter.nodes[number].born
	for _, name := range slices.Sorted(maps.Keys(platter.durable[number])) {
		from := platter.nodes[platter.durable[number][name]]
		n := d.newNodeAs(from)
		to.entries[name] = n
		d.durable[to.number][name] = n.number
		if from.dir {
			d.adopt(n, platter, from.number, rng)
		} else {
			n.data = from.survives(rng)
			n.platter = slices.Clone(n.data)
		}
	}
}

// newNodeAs makes a node with the identity of one on another disk.
func (d *Disk) newNodeAs(from *node) *node {
	if from.number != d.root.number {
		if other := d.nodes[from.number]; other != nil {
			panic("durabletest: two nodes of one number")
		}
	}
	n := &node{number: from.number, born: from.born, dir: from.dir, dirty: map[int]bool{}, links: 1}
	if from.dir {
		n.entries = map[string]*node{}
		d.durable[n.number] = map[string]int{}
	}
	d.nodes[n.number] = n
	return n
}

// survives draws the bytes of a file after a loss of power.
func (n *node) survives(rng *rand.Rand) []byte {
	if len(n.dirty) == 0 {
		return slices.Clone(n.platter)
	}
	size := len(n.platter)
	if grown := len(n.data) - size; grown > 0 {
		size += []int{0, grown, rng.IntN(grown + 1)}[rng.IntN(3)]
	}
	data := make([]byte, size)
	copy(data, n.platter)
	odds := []float64{0, 0.5, 1}[rng.IntN(3)]
	for s := range n.dirty {
		if from := s * sector; from < size && rng.Float64() < odds {
			copy(data[from:min(from+sector, size)], n.data[min(from, len(n.data)):])
		}
	}
	return data
}

// Clone returns a disk as a restarted process finds it: nothing is lost, and what was not durable still is not.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := &Disk{nodes: map[int]*node{}, born: d.born, pending: slices.Clone(d.pending), durable: map[int]map[string]int{}}
	for dir, entries := range d.durable {
		after.durable[dir] = maps.Clone(entries)
	}
	for number, n := range d.nodes {
		after.nodes[number] = &node{
			number: n.number, born: n.born, dir: n.dir, data: slices.Clone(n.data), platter: slices.Clone(n.platter),
			dirty: maps.Clone(n.dirty),
		}
	}
	for number, n := range d.nodes {
		if !n.dir {
			continue
		}
		to := after.nodes[number]
		to.entries = map[string]*node{}
		for name, child := range n.entries {
			to.entries[name] = after.nodes[child.number]
			to.entries[name].links = 1
		}
	}
	for i, c := range after.pending {
		if c.made != nil {
			after.pending[i].made = after.nodes[c.made.number]
		}
	}
	after.root = after.nodes[d.root.number]
	after.drop()
	return after
}

// Files returns all files everybody sees and what they hold.
func (d *Disk) Files() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	files := map[string]string{}
	collect(d.root, "", files)
	return files
}

func collect(n *node, at string, files map[string]string) {
	for name, child := range n.entries {
		if child.dir {
			collect(child, path.Join(at, name), files)
		} else {
			files[path.Join(at, name)] = string(child.data)
		}
	}
}

// Damage lets change have its way with the bytes of a file, on the platter too.
func (d *Disk) Damage(name string, change func([]byte) []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if err != nil {
		return &fs.PathError{Op: "damage", Path: name, Err: err}
	}
	n.data = change(slices.Clone(n.data))
	n.platter, n.dirty = slices.Clone(n.data), map[int]bool{}
	return nil
}

var _ durable.FS = (*View)(nil)
