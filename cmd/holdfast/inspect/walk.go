package inspect

import (
	"context"
	"path"
	"strings"
)

// maxDepth bounds how deep directories may lie in each other: a key of 1024 bytes has at most 512 segments.
const maxDepth = 600

// walk meets every record of a volume of a set, and everything that has no business there. Calls are made in the order of names,
// by the goroutine of run.
type walk struct {
	set     *set
	volume  string
	limit   int                               // names of a directory in memory; 0 = pageNames
	record  func(name string) error           // there is a record of that name on one drive at least
	finding func(Finding) error               // everything else
	skip    func(path string) (leaveOut bool) // directories not to go into; may be nil
}

func (w *walk) run(ctx context.Context) error {
	if w.limit == 0 {
		w.limit = pageNames
	}
	return w.dir(ctx, w.volume, false, 0)
}

// dir walks a directory. insideRecord tells that it lies directly in the directory of a record.
func (w *walk) dir(ctx context.Context, dir string, insideRecord bool, depth int) error {
	if depth > maxDepth {
		return w.finding(w.about(KindUnlisted, dir, 0, "it lies too deep: the file system leads in a circle"))
	}
	for after := ""; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := w.set.page(dir, after, w.limit)
		if err := w.begin(dir, after == "", insideRecord, p); err != nil {
			return err
		}
		isData := p.record == 0 && isDataDir(path.Base(dir)) && (insideRecord || p.files)
		for _, s := range p.names {
			if err := w.name(ctx, dir, s, p.record != 0, isData, depth); err != nil {
				return err
			}
		}
		if !p.more {
			return nil
		}
		after = p.names[len(p.names)-1].name
	}
}

// begin tells what a directory as a whole is.
func (w *walk) begin(dir string, first, insideRecord bool, p page) error {
	if !first {
		return nil
	}
	for slot, err := range p.errs {
		if err == nil {
			continue
		}
		if err := w.finding(w.about(KindUnlisted, dir, slots(0).with(slot), err.Error())); err != nil {
			return err
		}
	}
	switch {
	case p.record != 0 && dir != w.volume:
		return w.record(strings.TrimPrefix(dir, w.volume+"/"))
	case !insideRecord && p.files && isDataDir(path.Base(dir)):
		var on slots
		for _, s := range p.names {
			on |= s.files
		}
		return w.finding(w.about(KindUnreferenced, dir, on, "there is no record beside it"))
	}
	return nil
}

// name deals with one name in a directory.
func (w *walk) name(ctx context.Context, dir string, s sighting, inRecord, isData bool, depth int) error {
	full := path.Join(dir, s.name)
	if w.skip != nil && w.skip(full) {
		return nil
	}
	isRecord := s.name == recordName && dir != w.volume
	if s.files != 0 && !isRecord && !isData { // files of data directories are the business of their record
		kind, why := KindStray, "it is no part of the format"
		if s.name == backupName {
			kind, why = KindBackup, "the record before an overwrite that was interrupted"
		}
		if err := w.finding(w.about(kind, full, s.files, why)); err != nil {
			return err
		}
	}
	if s.dirs == 0 {
		return nil
	}
	return w.dir(ctx, full, inRecord, depth+1)
}

// about begins a finding about a path on the drives of some slots; none means all.
func (w *walk) about(kind Kind, path string, on slots, why string) Finding {
	f := Finding{Severity: Residue, Kind: kind, Pool: w.set.pool.index, Set: w.set.index, Bucket: w.volume, Path: path, Why: why}
	if kind == KindUnlisted {
		f.Severity = Weaker
	}
	for slot, at := range w.set.slots {
		if at.disk != nil && (on == 0 || on.has(slot)) {
			f.Drives = append(f.Drives, at.path)
		}
	}
	return f
}
