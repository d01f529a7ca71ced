package local

import (
	"context"
	"math"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// List returns names of a directory in ascending order. Of a directory of any size it keeps no more than max names at a time.
func (d *Drive) List(ctx context.Context, p drive.Path, after string, max int) ([]drive.DirEntry, error) {
	if err := d.look(ctx, p); err != nil {
		return nil, err
	}
	defer d.leave()
	if max <= 0 || max > math.MaxInt32 {
		max = math.MaxInt32
	}
	s := selection{compare: strings.Compare, size: max}
	var tagged []byte
	err := d.root.Names(string(p), nil, func(name []byte, dir bool) {
		if string(name) > after {
			tagged = append(append(tagged[:0], name...), tag(dir))
			s.add(tagged)
		}
	})
	if err != nil {
		return nil, d.lift(err)
	}
	names, _ := s.take()
	entries := make([]drive.DirEntry, len(names))
	for i, name := range names {
		last := len(name) - 1
		entries[i] = drive.DirEntry{Name: strings.Clone(name[:last]), Dir: name[last] == tag(true)}
	}
	return entries, nil
}

// tag goes behind a name while it is sorted, to tell directories from files. No byte of a name is less than a tag, so that
// tags do not change the order.
func tag(dir bool) byte {
	if dir {
		return 1
	}
	return 0
}
