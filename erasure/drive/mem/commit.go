package mem

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Commit applies a change.
func (d *Drive) Commit(ctx context.Context, c *drive.Commit) error {
	if err := validate(c); err != nil {
		return err
	}
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if err := d.raise(c.Stamp.Epoch); err != nil {
		return err
	}
	if least, ok := d.stamps[c.Record]; ok && c.Stamp.Seq < least {
		return fmt.Errorf("%w: number %d of %s", drive.ErrStale, c.Stamp.Seq, c.Record)
	}
	var done change
	for _, e := range c.Edits {
		if err := done.edit(d.root, e); err != nil {
			done.undo()
			return err
		}
	}
	for _, e := range c.Edits { // as late as here, so that undo finds the directories
		if e.Op == drive.OpRemove {
			d.root.prune(parentOf(string(e.Path)), keepDir(string(e.Path)))
		}
		if e.Op == drive.OpMove && within(string(e.From), string(drive.Staging)) {
			d.root.prune(parentOf(string(e.From)), string(drive.Staging))
		}
	}
	d.stamps[c.Record] = c.Stamp.Seq + 1
	return nil
}

func within(p, dir string) bool {
	return strings.HasPrefix(p, dir) && (len(p) == len(dir) || p[len(dir)] == '/')
}

// editable tells whether a commit may name the path.
func editable(p drive.Path) bool {
	return p.Valid() && strings.Contains(string(p), "/") && p != drive.Staging && p != drive.System+"/format.json"
}

func validate(c *drive.Commit) error {
	if !c.Record.Valid() {
		return fmt.Errorf("%w: record %q", drive.ErrInvalid, c.Record)
	}
	for _, e := range c.Edits {
		bad := !editable(e.Path) || within(string(e.Path), string(drive.Staging))
		switch e.Op {
		case drive.OpWrite, drive.OpRemove:
		case drive.OpMove:
			from, to := string(e.From), string(e.Path)
			bad = bad || !editable(e.From) || within(from, to) || within(to, from)
		default:
			bad = true
		}
		if bad {
			return fmt.Errorf("%w: edit %d of %q from %q", drive.ErrInvalid, e.Op, e.Path, e.From)
		}
	}
	return nil
}

// keepDir is the directory above a path that stays when all else above it is empty.
func keepDir(p string) string {
	volume, rest, _ := strings.Cut(p, "/")
	if volume != drive.System {
		return volume
	}
	first, _, _ := strings.Cut(rest, "/")
	switch first {
	case "tmp", "multipart", "buckets", "config":
		return volume + "/" + first
	}
	return volume
}

// change remembers what edits have replaced.
type change struct{ steps []replaced }

type replaced struct {
	dir  *node
	name string
	was  *node
}

// put makes a node, or nothing, be at a name in a directory.
func (c *change) put(dir *node, name string, n *node) {
	c.steps = append(c.steps, replaced{dir, name, dir.entries[name]})
	if n == nil {
		delete(dir.entries, name)
	} else {
		dir.entries[name] = n
	}
}

func (c *change) undo() {
	for i := len(c.steps) - 1; i >= 0; i-- {
		s := c.steps[i]
		if s.was == nil {
			delete(s.dir.entries, s.name)
		} else {
			s.dir.entries[s.name] = s.was
		}
	}
}

// edit does one edit, or says why not.
func (c *change) edit(root *node, e drive.Edit) error {
	p := string(e.Path)
	if root.find(e.Path.Volume()) == nil {
		return fmt.Errorf("%w: volume of %q", drive.ErrNotFound, p)
	}
	switch e.Op {
	case drive.OpWrite:
		if old := root.find(p); old != nil && old.dir() {
			return fmt.Errorf("%w: %q is a directory", drive.ErrInvalid, p)
		}
		return c.arrive(root, p, newFile(bytes.Clone(e.Data)))
	case drive.OpMove:
		from := string(e.From)
		n := root.find(from)
		if n == nil {
			return fmt.Errorf("%w: %q", drive.ErrNotFound, from)
		}
		c.put(root.find(parentOf(from)), baseOf(from), nil)
		return c.arrive(root, p, n)
	}
	if dir := root.find(parentOf(p)); dir != nil && dir.entries[baseOf(p)] != nil {
		c.put(dir, baseOf(p), nil)
	}
	return nil
}

// arrive puts a node at a name, and makes the directories that takes.
func (c *change) arrive(root *node, name string, n *node) error {
	dir := root
	for segment := range strings.SplitSeq(parentOf(name), "/") {
		child := dir.entries[segment]
		if child == nil {
			child = newDir()
			c.put(dir, segment, child)
		}
		if !child.dir() {
			return fmt.Errorf("%w: a file is where %q needs a directory", drive.ErrInvalid, name)
		}
		dir = child
	}
	c.put(dir, baseOf(name), n)
	return nil
}
