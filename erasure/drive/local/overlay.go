package local

import (
	"path"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// overlay is what a sequence of edits says about a tree that is not looked at: an outcome, not a history. It is pure; replay
// folds the log into one, and prepare asks one what a commit's own earlier edits have changed.
//
// It is a tree of the names the edits touched. A node says what must be at its place in the end:
//
//	file     a file with the bytes that lie at content
//	moved    the file or directory that was somewhere else before, with whatever it holds
//	neither  whatever was there before the edits, or nothing if fresh
//
// fresh means that nothing counts of what was at the place before the edits, or below it, save what the node and its children
// name. A moved node's children tell what the edits changed inside it.
//
// The invariant that makes folding right: an edit only ever replaces a node, or hangs it elsewhere with its children. So
// what a later edit did away with leaves no trace but fresh, and what an earlier edit put into a directory goes where the
// directory goes.
type overlay struct {
	top   node
	moves []edit // in order
}

type node struct {
	children map[string]*node
	fresh    bool
	file     *content
	moved    *moved
}

// content is where the bytes of a written file lie in the log.
type content struct {
	at   commitlog.Place
	size int
}

// moved is a file or directory that a move brought to its place.
type moved struct {
	id     durable.Identity // zero when it came to be by edits of the same commit
	base   string           // where it was before the first edit; empty when it was not
	places []string         // where its own moves took it from and to
	found  string           // where replay has found it, if not where it belongs
}

// fold adds an edit. at is where the bytes of a write lie.
func (o *overlay) fold(e *edit, at commitlog.Place) {
	switch e.op {
	case drive.OpWrite:
		*o.at(e.path) = node{fresh: true, file: &content{at, len(e.data)}}
	case drive.OpRemove:
		if _, s := o.base(e.path); s != isBlocked {
			*o.at(e.path) = node{fresh: true}
		}
	case drive.OpMove:
		base, _ := o.base(e.from)
		from := o.at(e.from)
		source := *from
		*from = node{fresh: true}
		o.moves = append(o.moves, *e)
		if source.file == nil {
			source.move(e, base)
		}
		source.fresh = true
		*o.at(e.path) = source
	}
}

// move makes what was at a place a moved node.
func (n *node) move(e *edit, base string) {
	m := n.moved
	if m == nil {
		m = &moved{base: base}
	}
	if e.id != (durable.Identity{}) {
		m.id = e.id
	}
	m.places = append(m.places, e.from, e.path)
	n.moved = m
}

// elsewhere lists where a moved thing may be besides its places, if directories around it were moved and it was not.
func (o *overlay) elsewhere(m *moved) []string {
	all := slices.Clone(m.places)
	for i := range o.moves {
		from, to := o.moves[i].from, o.moves[i].path
		for _, p := range all {
			if within(p, from) && !slices.Contains(all, to+p[len(from):]) {
				all = append(all, to+p[len(from):])
			}
		}
	}
	return all[len(m.places):]
}

// forget drops what is known of a directory whose content changes otherwise than by edits.
func (o *overlay) forget(dir string) {
	n := &o.top
	parent, last := path.Split(dir)
	for segment := range strings.SplitSeq(strings.TrimSuffix(parent, "/"), "/") {
		if n = n.children[segment]; n == nil {
			return
		}
	}
	delete(n.children, last)
}

// at returns the node of a name, which it makes with all above it.
func (o *overlay) at(name string) *node {
	n := &o.top
	for segment := range strings.SplitSeq(name, "/") {
		n.file = nil // what has something below it is a directory
		child := n.children[segment]
		if child == nil {
			child = new(node)
			if n.children == nil {
				n.children = map[string]*node{}
			}
			n.children[segment] = child
		}
		n = child
	}
	return n
}

// What base says of a name.
type state uint8

const (
	asBefore  state = iota // as it was before the edits, at the place base returns
	isFile                 // a file that was written
	isDir                  // a directory the edits made
	isAbsent               // nothing
	isBlocked              // nothing, and a file that was written is where it needs a directory
)

// base tells what is at a name after the edits, as far as they say, and where that was before them. It changes nothing.
func (o *overlay) base(name string) (before string, s state) {
	n, before := &o.top, "."
	rest := name
	for rest != "" {
		segment, tail, _ := strings.Cut(rest, "/")
		rest = tail
		if before != "" {
			before = join(before, segment)
		}
		if n == nil {
			continue
		}
		if n.file != nil {
			return "", isBlocked
		}
		if n = n.children[segment]; n == nil {
			continue
		}
		switch {
		case n.moved != nil:
			before = n.moved.base
		case n.fresh:
			before = ""
		}
	}
	switch {
	case n != nil && n.file != nil:
		return "", isFile
	case before != "":
		return before, asBefore
	case n != nil && n.arrivals():
		return "", isDir
	}
	return "", isAbsent
}

func join(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// arrivals tells whether the edits put something at the node's place or below.
func (n *node) arrivals() bool {
	return n.file != nil || n.moved != nil || n.receives()
}

// receives tells whether the edits put something below the node's place.
func (n *node) receives() bool {
	for _, child := range n.children {
		if child.arrivals() {
			return true
		}
	}
	return false
}
