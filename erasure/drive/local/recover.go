package local

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// recover brings the tree to what the log says was acknowledged, and begins an empty log.
func (d *Drive) recover() error {
	id, marked, err := d.readMarker()
	if err != nil {
		return err
	}
	note := d.commits.Note()
	d.stamps.resume(note)
	switch {
	case d.commits.Len() == 0:
	case marked && d.commits.Belongs(id):
		if err := d.replay(); err != nil {
			return fmt.Errorf("replay commit log: %w", err)
		}
		note = d.stamps.note()
	default:
		if err := d.setAside(); err != nil {
			return fmt.Errorf("set commit log aside: %w", err)
		}
	}
	if !marked {
		if id, err = d.writeMarker(); err != nil {
			return err
		}
	}
	return d.commits.Start(id, note)
}

// The marker says which .minio.sys/tmp the log was written beside: a random id, and the marker's own identity. When the log
// has another id, or the marker is gone, MinIO has run on the drive since. When the marker is not the file it says it is, the
// tree is a copy, in which nothing can be known by the inodes in the log.

// readMarker returns the id, if the marker is there and is itself.
func (d *Drive) readMarker() (id commitlog.ID, ok bool, err error) {
	b, err := d.files.ReadFile(markerFile, 1024)
	if absent(err) {
		return id, false, nil
	}
	if err != nil {
		return id, false, err
	}
	info, err := d.files.Stat(markerFile)
	if err != nil {
		return id, false, err
	}
	if n, err := hex.Decode(id[:], b[:min(len(b), hex.EncodedLen(len(id)))]); err != nil || n != len(id) {
		return commitlog.ID{}, false, nil
	}
	return id, string(b) == markerText(id, info.ID), nil
}

func markerText(id commitlog.ID, self durable.Identity) string {
	return fmt.Sprintf("%x %x %x\n", id[:], self.Inode, self.Born)
}

// writeMarker draws an id and writes it, durably.
func (d *Drive) writeMarker() (id commitlog.ID, err error) {
	rand.Read(id[:])
	temp := d.unique(ownStaging)
	file, err := d.files.Create(temp)
	if err != nil {
		return id, err
	}
	info, err := d.files.Stat(temp)
	if err == nil {
		_, err = file.Write([]byte(markerText(id, info.ID)))
	}
	if err == nil {
		err = file.Datasync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return id, err
	}
	if err := d.files.Rename(temp, markerFile); err != nil {
		return id, err
	}
	return id, d.files.SyncDir(ownStaging)
}

// setAside keeps a log that must not be replayed.
func (d *Drive) setAside() error {
	n := d.commits.Len()
	names, err := d.commits.SetAside(fmt.Sprintf(".superseded-%d", time.Now().Unix()))
	if err != nil {
		return err
	}
	d.log.Warn("the drive was copied or used by another server after it had crashed: "+
		"commits it had not finished are set aside and not applied; heal it", "commits", n, "files", names)
	return nil
}

// replay brings about what the log says.
func (d *Drive) replay() error {
	began := time.Now()
	r := replay{d: d}
	err := d.commits.Replay(func(record []byte, at commitlog.Place) error {
		e, err := decodeEntry(record)
		if err != nil {
			return d.refuse(drive.ErrCorrupt, "%w", err)
		}
		r.want.forget(staging) // names there are used again without the log being told
		for i := range e.edits {
			r.want.fold(&e.edits[i], at.Plus(e.edits[i].off))
		}
		d.stamps.done(e.record, e.stamp)
		d.replayed.Add(1)
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.run(); err != nil {
		return err
	}
	if err := d.files.Sync(); err != nil {
		return err
	}
	d.log.Info("replayed commit log", "commits", d.replayed.Load(), "missing", r.missing, "took", time.Since(began))
	return nil
}

// replay makes the tree what an overlay wants. Every step may be the last before a crash, after which another replay of the
// same log begins from there: so what is moved goes only to places where that one will look, and what is removed is what that
// one would remove too.
type replay struct {
	d       *Drive
	want    overlay
	away    []*moved
	missing int // moved things that are nowhere; a Discard may have removed them
}

func (r *replay) run() error {
	volumes := r.want.top.children
	for volume, n := range volumes {
		info, err := r.d.files.Stat(volume)
		switch {
		case absent(err):
			if n.arrivals() {
				r.d.log.Warn("commit log names a volume that is gone", "volume", volume)
			}
			delete(volumes, volume)
		case err != nil:
			return err
		case !info.Dir:
			delete(volumes, volume)
		}
	}
	for volume, n := range volumes {
		if err := r.locate(n, volume, true); err != nil {
			return err
		}
	}
	if err := r.park(); err != nil {
		return err
	}
	for volume, n := range volumes { // not before all is parked: settling clears the places things are moved from
		if err := r.settle(n, volume, false); err != nil {
			return err
		}
	}
	return nil
}

// locate finds the moved things at or below a place that are not where they belong. home tells whether all moved things above
// are where they belong.
func (r *replay) locate(n *node, at string, home bool) error {
	if n.moved != nil && home {
		is, err := r.is(at, n.moved.id)
		if err != nil {
			return err
		}
		home = is
	}
	if n.moved != nil && !home {
		if err := r.find(n.moved); err != nil {
			return err
		}
	}
	for name, child := range n.children {
		if err := r.locate(child, path.Join(at, name), home); err != nil {
			return err
		}
	}
	return nil
}

// find looks for a moved thing wherever it may have got to.
func (r *replay) find(m *moved) error {
	for _, places := range []func() []string{
		func() []string { return append([]string{m.aside()}, m.places...) },
		func() []string { return r.want.elsewhere(m) },
	} {
		for _, p := range places() {
			is, err := r.is(p, m.id)
			if err != nil {
				return err
			}
			if is {
				m.found = p
				r.away = append(r.away, m)
				return nil
			}
		}
	}
	return nil
}

// aside is where replay puts a moved thing until its place is ready.
func (m *moved) aside() string {
	return fmt.Sprintf("%s/parked.%x.%x", ownStaging, m.id.Inode, m.id.Born)
}

// park puts aside what is not where it belongs. What lies deepest goes first, while the way to it still is what it was.
func (r *replay) park() error {
	slices.SortFunc(r.away, func(a, b *moved) int { return strings.Count(b.found, "/") - strings.Count(a.found, "/") })
	for _, m := range r.away {
		if m.found == m.aside() {
			continue
		}
		if err := r.d.files.Rename(m.found, m.aside()); err != nil {
			return err
		}
	}
	return nil
}

// is tells whether the thing of an identity is at a place.
func (r *replay) is(at string, id durable.Identity) (bool, error) {
	info, err := r.d.files.Stat(at)
	if absent(err) {
		return false, nil
	}
	return err == nil && info.ID == id, err
}

// settle makes true what a node and its children say, from the top down. void means that what is found at the place does
// not count, because of what was done to a directory above.
func (r *replay) settle(n *node, at string, void bool) error {
	switch {
	case n.file != nil:
		return r.write(n.file, at)
	case n.moved != nil:
		here, err := r.bring(n.moved, at)
		if err != nil {
			return err
		}
		if !here && !n.receives() {
			r.missing++
		}
		void = !here
	default:
		void = void || n.fresh
	}
	if void {
		if err := r.clear(n, at); err != nil {
			return err
		}
	}
	for name, child := range n.children {
		if err := r.settle(child, path.Join(at, name), void); err != nil {
			return err
		}
	}
	if n.fresh && !n.arrivals() {
		r.d.prune(path.Dir(at), keepDir(at))
	}
	return nil
}

// bring puts a moved thing where it belongs. It tells whether it is there.
func (r *replay) bring(m *moved, at string) (bool, error) {
	if m.found == "" {
		return r.is(at, m.id)
	}
	return true, r.put(m.aside(), at)
}

// put renames a file or directory to a place, whatever is there.
func (r *replay) put(from, at string) error {
	if err := r.d.makeParent(at); err != nil {
		return err
	}
	return r.d.replace(from, at)
}

// clear removes what is at a place, except for what the children name.
func (r *replay) clear(n *node, at string) error {
	info, err := r.d.files.Stat(at)
	if absent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Dir || !n.receives() {
		return r.d.dispose(at)
	}
	entries, err := r.d.files.ReadDir(at)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if n.children[e.Name] == nil {
			if err := r.d.dispose(path.Join(at, e.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// write sees to it that a file holds what the log says. One that does already is left alone.
func (r *replay) write(c *content, at string) error {
	want := make([]byte, c.size)
	if err := r.d.commits.ReadAt(want, c.at); err != nil {
		return err
	}
	if got, err := r.d.files.ReadFile(at, int64(c.size)); err == nil && string(got) == string(want) {
		return nil
	}
	temp := r.d.unique(ownStaging)
	if err := r.d.writeTemp(temp, want, false); err != nil {
		return err
	}
	return r.put(temp, at)
}
