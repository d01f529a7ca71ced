package inspect

import (
	"fmt"
	"slices"
	"strings"
)

// pageNames is how many names of a directory are held in memory at a time. A larger directory is read several times over.
const pageNames = 1 << 15

// sighting is a name in a directory, and the slots whose drive has it: as a directory, or as anything else.
type sighting struct {
	name  string
	dirs  slots
	files slots
}

// slots is a set of slots, bit i for slot i.
type slots uint16

func (s slots) with(slot int) slots { return s | 1<<slot }
func (s slots) has(slot int) bool   { return s&(1<<slot) != 0 }

// page is a stretch of the names in a directory, all drives together.
type page struct {
	names  []sighting // in ascending order
	more   bool       // there are names behind the last
	record slots      // the drives on which the whole directory holds a record
	files  bool       // the whole directory holds a part file
	errs   []error    // by slot, why it could not be listed there
}

// page lists a directory from behind a name on. Drives that do not have the directory have no names.
func (s *set) page(dir, after string, limit int) page {
	p := page{errs: make([]error, len(s.slots))}
	b := pageBuilder{after: after, limit: limit, names: make(map[string]*sighting)}
	for slot, at := range s.slots {
		if at.disk == nil {
			continue
		}
		err := at.disk.list(dir, func(name string, isDir bool) {
			if name == recordName && !isDir {
				p.record = p.record.with(slot)
			}
			if _, part := partNumber(name); part && !isDir {
				p.files = true
			}
			b.add(name, isDir, slot)
		})
		if err != nil && !absent(err) {
			p.errs[slot] = fmt.Errorf("%s: %w", at.path, err)
		}
	}
	p.names, p.more = b.done()
	return p
}

// pageBuilder keeps the first names behind one, out of names that come in no order, in memory for twice as many.
type pageBuilder struct {
	after string
	limit int
	names map[string]*sighting
	last  string // names behind it were thrown away; empty when none were
}

func (b *pageBuilder) add(name string, isDir bool, slot int) {
	if name <= b.after || b.last != "" && name > b.last {
		return
	}
	s := b.names[name]
	if s == nil {
		if len(b.names) >= 2*b.limit {
			b.prune()
			b.add(name, isDir, slot)
			return
		}
		s = &sighting{name: name}
		b.names[name] = s
	}
	if isDir {
		s.dirs = s.dirs.with(slot)
	} else {
		s.files = s.files.with(slot)
	}
}

// prune keeps the first names.
func (b *pageBuilder) prune() {
	sorted := b.sorted()
	for _, s := range sorted[b.limit:] {
		delete(b.names, s.name)
	}
	b.last = sorted[b.limit-1].name
}

func (b *pageBuilder) sorted() []sighting {
	list := make([]sighting, 0, len(b.names))
	for _, s := range b.names {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(x, y sighting) int { return strings.Compare(x.name, y.name) })
	return list
}

func (b *pageBuilder) done() (names []sighting, more bool) {
	if len(b.names) > b.limit {
		b.prune()
	}
	return b.sorted(), b.last != ""
}
