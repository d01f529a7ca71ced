package inspect

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// backupName is the file that keeps the record before an overwrite while that is in flight.
const backupName = "xl.meta.bkp"

// isDataDir tells whether a directory beside a record could hold part files. A key below the record's own may look the same.
func isDataDir(name string) bool {
	return name == "legacy" || len(name) == 36 && uuid.Validate(name) == nil
}

// residue finds what lies in the data directories beside a record and belongs to none of its versions. A directory that holds a
// record, or other directories, is no data directory but the beginning of a longer key.
func (r *record) residue() []Finding {
	named := r.named()
	found := make(map[string]*Finding) // by path, so that the drives come together
	for _, at := range r.set.slots {
		if at.disk == nil {
			continue
		}
		for _, dir := range dataDirs(at.disk, r.path()) {
			r.residueIn(at, dir, named[dir], found)
		}
	}
	list := make([]Finding, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[name])
	}
	return list
}

// named gives the part files of the data directories that the versions name, all drives together.
func (r *record) named() map[string]map[string]bool {
	dirs := make(map[string]map[string]bool)
	for header, o := range r.objects {
		if !header.Flags.Has(xlmeta.FlagUsesDataDir) || header.Flags.Has(xlmeta.FlagInline) {
			continue
		}
		dir := o.DataDir.String()
		if dirs[dir] == nil {
			dirs[dir] = make(map[string]bool)
		}
		for _, p := range o.Parts {
			dirs[dir][partName(p.Number)] = true
		}
	}
	for _, t := range r.drives {
		for _, s := range t.versions {
			if s.Type == xlmeta.TypeLegacy {
				dirs["legacy"] = nil
			}
		}
	}
	return dirs
}

func dataDirs(d *disk, dir string) []string {
	var names []string
	d.list(dir, func(name string, isDir bool) {
		if isDir && isDataDir(name) {
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names
}

// residueIn looks at one directory on one drive. parts are the files that belong there; nil when no version names it.
func (r *record) residueIn(at slot, dir string, parts map[string]bool, found map[string]*Finding) {
	var files []string
	other := false
	at.disk.list(path.Join(r.path(), dir), func(name string, isDir bool) {
		other = other || isDir || name == recordName
		files = append(files, name)
	})
	switch {
	case other || dir == "legacy":
		return
	case parts == nil && !slices.Contains(files, backupName):
		note(found, r.finding(KindUnreferenced), path.Join(r.path(), dir), at.path,
			"no version names it; it holds "+counted(len(files), "file"))
		return
	}
	for _, name := range files {
		switch full := path.Join(r.path(), dir, name); {
		case parts[name], isUpload(r.volume, r.name) && isPartFile(name):
		case name == backupName:
			note(found, r.finding(KindBackup), full, at.path, "the record before an overwrite that was interrupted")
		case parts == nil:
			note(found, r.finding(KindUnreferenced), full, at.path, "no version names its directory")
		default:
			note(found, r.finding(KindStray), full, at.path, "no version names it")
		}
	}
}

// note enters a finding about a path, or one more drive that has it.
func note(found map[string]*Finding, f Finding, name, drive, why string) {
	if found[name] == nil {
		f.Path, f.Why = name, why
		found[name] = &f
	}
	found[name].Drives = append(found[name].Drives, drive)
}

// isPartFile tells whether a name is that of a part of an upload, or of what is known of it.
func isPartFile(name string) bool {
	_, ok := partNumber(strings.TrimSuffix(name, partMetaSuffix))
	return ok
}
