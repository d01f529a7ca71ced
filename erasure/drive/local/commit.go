package local

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// Commit applies a change durably; see the package comment for how. Edits that stand in each other's way, such as a file
// where the tree has a directory, or a move into itself, are ErrInvalid. So are edits below Staging, whose content no commit
// makes visible; moves from there leave no empty directories behind.
func (d *Drive) Commit(ctx context.Context, c *drive.Commit) error {
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.leave()
	if err := d.validate(c); err != nil {
		return err
	}
	for {
		err := d.commit(ctx, c)
		if err != errNewEpoch {
			return d.lift(err)
		}
		if err := d.raise(c.Stamp.Epoch); err != nil {
			return err
		}
	}
}

// validate looks at the paths alone.
func (d *Drive) validate(c *drive.Commit) error {
	if !c.Record.Valid() {
		return d.refuse(drive.ErrInvalid, "record %q", c.Record)
	}
	for _, e := range c.Edits {
		bad := !editable(e.Path) || within(string(e.Path), staging)
		switch e.Op {
		case drive.OpWrite, drive.OpRemove:
		case drive.OpMove:
			from, to := string(e.From), string(e.Path)
			bad = bad || !editable(e.From) || within(from, to) || within(to, from)
		default:
			bad = true
		}
		if bad {
			return d.refuse(drive.ErrInvalid, "edit %d of %q from %q", e.Op, e.Path, e.From)
		}
	}
	return nil
}

func (d *Drive) commit(ctx context.Context, c *drive.Commit) error {
	d.order.RLock()
	defer d.order.RUnlock()
	name := lockName(c.Record)
	d.records.lock(name)
	defer d.records.unlock(name)
	for _, name := range stages(c.Edits) {
		d.stages.lock(name)
		defer d.stages.unlock(name)
	}

	if err := d.stamps.check(c.Record, c.Stamp); err != nil {
		return err
	}
	p := plan{d: d, entry: entry{stamp: c.Stamp, record: c.Record}}
	if err := p.prepare(c.Edits); err != nil {
		p.drop()
		return err
	}
	if err := ctx.Err(); err != nil {
		p.drop()
		return err
	}
	ticket, err := d.commits.Append(&p.entry)
	if err != nil {
		return d.notLogged(&p, err)
	}
	defer ticket.Applied()
	d.stamps.done(c.Record, c.Stamp)
	if err := p.apply(); err != nil {
		return d.fail("apply commit", err)
	}
	return nil
}

// notLogged deals with a commit the log did not take.
func (d *Drive) notLogged(p *plan, err error) error {
	if errors.Is(err, commitlog.ErrTooLarge) {
		p.drop()
		return d.refuse(drive.ErrInvalid, "%w: %d edits of %q", err, len(p.edits), p.record)
	}
	return d.fail("write commit log", err)
}

// lockName is under what name a record's commits are ordered. A key may end in the name of a record's own file: "a" and
// "a/xl.meta" want a file and a directory at one place. Ordered as one, the later is refused while it is prepared.
func lockName(record drive.Path) string {
	name, _, _ := strings.Cut(string(record)+"/", "/"+drive.RecordName+"/")
	return strings.TrimSuffix(name, "/")
}

// stageName is under what name what is staged at a path is locked, so that it is not discarded while a commit that names it
// is logged: the first segment below Staging.
func stageName(p drive.Path) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(p), staging+"/"), "/")
	return name
}

// stages returns the locks of what is moved out of Staging, in the order they are taken.
func stages(edits []drive.Edit) []string {
	var names []string
	for _, e := range edits {
		if e.Op == drive.OpMove && below(string(e.From), staging) {
			names = append(names, stageName(e.From))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// plan is a commit on its way.
type plan struct {
	d *Drive
	entry
	steps []step
	made  []string // directories that may be empty if the commit fails
	most  int      // bytes a write may have to be logged; what is larger is staged
	big   bool     // a staged write is among the edits
}

// step is an edit ready to be applied.
type step struct {
	op   drive.Op
	path string
	from string // OpMove: the source; OpWrite: the file that holds the bytes
}

// prepare does all that may fail for good reasons, where nobody sees it.
func (p *plan) prepare(edits []drive.Edit) error {
	if err := p.measure(edits); err != nil {
		return err
	}
	var before overlay
	p.steps, p.edits = make([]step, 0, len(edits)), make([]edit, 0, len(edits))
	for i := range edits {
		if err := p.prepareEdit(&edits[i], &before); err != nil {
			return err
		}
		if len(edits) > 1 {
			before.fold(&p.edits[i], commitlog.Place{})
		}
	}
	if !p.big {
		return nil
	}
	if err := p.d.files.SyncDir(ownStaging); err != nil {
		return p.d.fail("sync staged writes", err)
	}
	return nil
}

// measure decides which writes are too large to be logged: those of more than a sixteenth of what the log can take at once,
// and all but the smallest of a commit that is a quarter of it. It refuses what a drive is too full for.
func (p *plan) measure(edits []drive.Edit) error {
	room, err := p.d.commits.MaxRecord()
	if errors.Is(err, commitlog.ErrNoRoom) {
		return p.d.refuse(drive.ErrFull, "%w", err)
	}
	if err != nil {
		return p.d.fail("make commit log", err)
	}
	total := 0
	for i := range edits {
		total += len(edits[i].Data)
	}
	p.most = room / 16
	if total > room/4 {
		p.most = room / 1024
	}
	if total == 0 {
		return nil
	}
	return p.d.room(int64(total))
}

// prepareEdit prepares one edit. before is what the edits ahead of it in the commit say.
func (p *plan) prepareEdit(e *drive.Edit, before *overlay) error {
	d, name := p.d, string(e.Path)
	switch e.Op {
	case drive.OpRemove:
		if err := d.needVolume(name); err != nil {
			return err
		}
		p.edits = append(p.edits, edit{op: drive.OpRemove, path: name})
		p.steps = append(p.steps, step{op: drive.OpRemove, path: name})
		return nil
	case drive.OpMove:
		id, err := d.source(string(e.From), before)
		if err != nil {
			return err
		}
		if err := p.prepareParent(name, before); err != nil {
			return err
		}
		p.edits = append(p.edits, edit{op: drive.OpMove, path: name, from: string(e.From), id: id})
		p.steps = append(p.steps, step{op: drive.OpMove, path: name, from: string(e.From)})
		return nil
	}
	if err := p.prepareTarget(name, before); err != nil {
		return err
	}
	temp := d.unique(ownStaging)
	p.steps = append(p.steps, step{op: drive.OpWrite, path: name, from: temp})
	big := len(e.Data) > p.most
	if err := d.writeTemp(temp, e.Data, big); err != nil {
		return err
	}
	if !big {
		p.edits = append(p.edits, edit{op: drive.OpWrite, path: name, data: e.Data})
		return nil
	}
	info, err := d.files.Stat(temp)
	p.edits = append(p.edits, edit{op: drive.OpMove, path: name, from: temp, id: info.ID})
	p.big = true
	return err
}

// writeTemp puts bytes into a file; if the log will not hold them too they are synced.
func (d *Drive) writeTemp(temp string, data []byte, sync bool) error {
	file, err := d.files.Create(temp)
	if absent(err) {
		return d.fail("stage write", err) // somebody took tmp away under us
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil && sync {
		if err = file.Datasync(); err != nil {
			err = d.fail("sync staged write", err)
		}
	}
	return errors.Join(err, file.Close())
}

// source finds what a move is to move. Its identity is zero if edits of the same commit make it.
func (d *Drive) source(from string, before *overlay) (durable.Identity, error) {
	base, state := before.base(from)
	switch state {
	case isFile, isDir:
		return durable.Identity{}, nil
	case isAbsent, isBlocked:
		return durable.Identity{}, drive.ErrNotFound
	}
	info, err := d.files.Stat(base)
	return info.ID, err
}

// prepareTarget sees to it that a file can be put at a name.
func (p *plan) prepareTarget(name string, before *overlay) error {
	base, state := before.base(name)
	if state == isDir {
		return p.d.refuse(drive.ErrInvalid, "%q is a directory", name)
	}
	if state == asBefore {
		info, err := p.d.files.Stat(base)
		switch {
		case err == nil && info.Dir:
			return p.d.refuse(drive.ErrInvalid, "%q is a directory", name)
		case err == nil && base == name:
			return nil // and so its parent is a directory
		case err != nil && !absent(err):
			return err
		}
	}
	return p.prepareParent(name, before)
}

// prepareParent sees to it that the directory a name is in exists, or can be made when the edit is applied.
func (p *plan) prepareParent(name string, before *overlay) error {
	volume := volumeOf(name)
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		base, state := before.base(dir)
		switch state {
		case isFile, isBlocked:
			return p.d.inTheWay(name)
		case isDir, isAbsent:
			continue // made when it is applied, if nothing above is in the way
		}
		info, err := p.d.files.Stat(base)
		switch {
		case err == nil && info.Dir:
			return p.makeParent(name, dir)
		case err == nil || errors.Is(err, syscall.ENOTDIR):
			return p.d.inTheWay(name)
		case !absent(err) || dir == volume:
			return err
		}
	}
}

// makeParent makes the directory a name is in, of which dir is there, unless an edit ahead has a hand in it.
func (p *plan) makeParent(name, dir string) error {
	parent := path.Dir(name)
	if parent == dir || p.touches(parent) {
		return nil
	}
	p.made = append(p.made, parent)
	return p.d.makeParent(name)
}

// touches tells whether an edit ahead changes what is at a name, or the way there.
func (p *plan) touches(name string) bool {
	return slices.ContainsFunc(p.steps, func(s step) bool {
		return within(name, s.path) || s.op == drive.OpMove && within(name, s.from)
	})
}

// inTheWay refuses an edit for which there would have to be a directory where a file is.
func (d *Drive) inTheWay(name string) error {
	return d.refuse(drive.ErrInvalid, "a file is where %q needs a directory", name)
}

// needVolume is ErrNotFound unless the volume of a name exists.
func (d *Drive) needVolume(name string) error {
	_, err := d.files.Stat(volumeOf(name))
	return err
}

// drop undoes prepare.
func (p *plan) drop() {
	for _, s := range p.steps {
		if s.op == drive.OpWrite {
			p.d.files.Remove(s.from)
		}
	}
	for _, dir := range p.made {
		p.d.prune(dir, keepDir(dir))
	}
}

// apply does the edits, in order, and then removes directories they have left empty. An error is a fault of the drive.
func (p *plan) apply() error {
	for _, s := range p.steps {
		var err error
		switch s.op {
		case drive.OpWrite:
			err = p.d.place(s.from, s.path)
		case drive.OpMove:
			err = p.d.replace(s.from, s.path)
		case drive.OpRemove:
			err = p.d.dispose(s.path)
		}
		if err != nil {
			return err
		}
	}
	for _, s := range p.steps {
		switch {
		case s.op == drive.OpRemove:
			p.d.prune(path.Dir(s.path), keepDir(s.path))
		case s.op == drive.OpMove && below(s.from, staging):
			p.d.prune(path.Dir(s.from), staging)
		}
	}
	return nil
}
