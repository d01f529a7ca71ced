package mem

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// node is a file or directory. The bytes of a file never change; a file is replaced as a whole.
type node struct {
	entries map[string]*node // nil for a file
	data    []byte
	changed time.Time
}

func newDir() *node             { return &node{entries: map[string]*node{}, changed: now()} }
func newFile(data []byte) *node { return &node{data: data, changed: now()} }
func (n *node) dir() bool       { return n.entries != nil }

func parentOf(name string) string { return path.Dir(name) }
func baseOf(name string) string   { return path.Base(name) }

// find returns what is at a name, or nil.
func (n *node) find(name string) *node {
	if name == "." {
		return n
	}
	for segment := range strings.SplitSeq(name, "/") {
		if n = n.entries[segment]; n == nil {
			return nil
		}
	}
	return n
}

// mkdirs returns the directory at a name, made with all above it that were missing, or nil if a file is in the way.
func (n *node) mkdirs(name string) *node {
	if name == "." {
		return n
	}
	for segment := range strings.SplitSeq(name, "/") {
		if !n.dir() {
			return nil
		}
		child := n.entries[segment]
		if child == nil {
			child = newDir()
			n.entries[segment] = child
		}
		n = child
	}
	if !n.dir() {
		return nil
	}
	return n
}

// set puts a node at a name whose directory exists.
func (n *node) set(name string, child *node) { n.find(parentOf(name)).entries[baseOf(name)] = child }

// clone copies a tree. Bytes are shared.
func (n *node) clone() *node {
	c := *n
	if n.dir() {
		c.entries = make(map[string]*node, len(n.entries))
		for name, child := range n.entries {
			c.entries[name] = child.clone()
		}
	}
	return &c
}

func (n *node) holdsFile() bool {
	if !n.dir() {
		return true
	}
	for _, child := range n.entries {
		if child.holdsFile() {
			return true
		}
	}
	return false
}

// list returns the names greater than after, in order.
func (n *node) list(after string) []drive.DirEntry {
	entries := make([]drive.DirEntry, 0, len(n.entries))
	for name, child := range n.entries {
		if name > after {
			entries = append(entries, drive.DirEntry{Name: name, Dir: child.dir()})
		}
	}
	slices.SortFunc(entries, func(a, b drive.DirEntry) int { return strings.Compare(a.Name, b.Name) })
	return entries
}

// prune removes the directory at a name if it is empty, and those above as long as they are, up to and without stop.
func (n *node) prune(name, stop string) {
	for strings.HasPrefix(name, stop+"/") {
		dir := n.find(name)
		if dir != nil && (!dir.dir() || len(dir.entries) > 0) {
			return
		}
		if dir != nil {
			delete(n.find(parentOf(name)).entries, baseOf(name))
		}
		name = parentOf(name)
	}
}
