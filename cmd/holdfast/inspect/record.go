package inspect

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

const (
	recordName = "xl.meta"
	// maxRecord bounds what is read as a record, in bytes: a hundred thousand versions with inline data.
	maxRecord = 256 << 20
)

// record is what all drives of a set say of one name. Where many versions are kept the drives are heard one after the other and
// only what they say is remembered, so that the inline data of one of them is in memory at a time.
type record struct {
	set     *set
	volume  string // the bucket, or the system volume
	name    string // as stored
	drives  []testimony
	objects map[xlmeta.Header]*xlmeta.Object // each variant of an object's metadata, once; Index means nothing
	markers map[xlmeta.Header]*xlmeta.DeleteMarker
}

// testimony is what one drive says of a record.
type testimony struct {
	versions []statement // newest first
	err      error       // why there are none to tell of
}

// statement is what one drive says of one version.
type statement struct {
	xlmeta.Header
	index int   // the shard it claims to hold, from 1; of objects
	fault error // the metadata cannot be read
	shard error // what is wrong with an inline shard
	bytes int64 // of the inline shard
}

// identity is what two drives must agree on to mean the same version.
type identity struct {
	id      xlmeta.VersionID
	modTime int64
	typ     xlmeta.Type
}

func (s statement) identity() identity { return identity{s.ID, s.ModTime, s.Type} }

func (r *record) path() string { return r.volume + "/" + r.name }

// hear reads the record of a name on all drives of a set.
func (s *set) hear(ctx context.Context, volume, name string, frames *frameChecker) *record {
	r := &record{
		set: s, volume: volume, name: name, drives: make([]testimony, len(s.slots)),
		objects: make(map[xlmeta.Header]*xlmeta.Object), markers: make(map[xlmeta.Header]*xlmeta.DeleteMarker),
	}
	for slot := range s.slots {
		r.drives[slot] = r.hearOne(ctx, s.slots[slot].disk, frames)
	}
	return r
}

var errNoDrive = errors.New("no drive")

func (r *record) hearOne(ctx context.Context, d *disk, frames *frameChecker) testimony {
	if d == nil {
		return testimony{err: errNoDrive}
	}
	raw, err := d.readFile(path.Join(r.path(), recordName), maxRecord)
	if err != nil {
		return testimony{err: err}
	}
	j, err := xlmeta.DecodeHeaders(raw)
	if err != nil {
		return testimony{err: err}
	}
	t := testimony{versions: make([]statement, 0, j.Len())}
	for _, v := range j.Versions() {
		t.versions = append(t.versions, r.take(ctx, j, v, frames))
	}
	return t
}

// take reads one version of a drive's journal, and its inline shard.
func (r *record) take(ctx context.Context, j *xlmeta.Journal, v xlmeta.Version, frames *frameChecker) statement {
	s := statement{Header: v.Header}
	switch v.Type {
	case xlmeta.TypeDeleteMarker:
		var d xlmeta.DeleteMarker
		if d, s.fault = v.DeleteMarker(); s.fault == nil {
			r.markers[v.Header] = &d
		}
	case xlmeta.TypeLegacy:
		_, s.fault = v.Legacy()
	case xlmeta.TypeObject:
		var o xlmeta.Object
		if o, s.fault = v.Object(); s.fault != nil {
			return s
		}
		s.index = o.Index
		if r.objects[v.Header] == nil {
			r.objects[v.Header] = &o
		}
		if v.Flags.Has(xlmeta.FlagInline) {
			s.bytes, s.shard = checkInline(ctx, j, &o, frames)
		}
	}
	return s
}

func checkInline(ctx context.Context, j *xlmeta.Journal, o *xlmeta.Object, frames *frameChecker) (int64, error) {
	scheme, err := schemeOf(o.Data, o.Parity, o.BlockSize)
	if err != nil {
		return 0, err
	}
	shard, ok := j.Inline(o.ID)
	if !ok && o.Size > 0 {
		return 0, fmt.Errorf("inline data: %w", fs.ErrNotExist)
	}
	if err := frames.check(ctx, bytes.NewReader(shard), int64(len(shard)), scheme.Layout(o.Size)); err != nil {
		return 0, fmt.Errorf("inline data: %w", err)
	}
	return int64(len(shard)), nil
}

// candidate is one version with what each slot says of it; nil where a slot has none.
type candidate struct {
	xlmeta.Header // of the variant most drives have, the first of several
	said          []*statement
}

// merge lines up the versions of all drives, newest first.
func (r *record) merge() []*candidate {
	byIdentity := make(map[identity]*candidate)
	var all []*candidate
	for slot := range r.drives {
		for i := range r.drives[slot].versions {
			s := &r.drives[slot].versions[i]
			c := byIdentity[s.identity()]
			if c == nil {
				c = &candidate{said: make([]*statement, len(r.drives))}
				byIdentity[s.identity()] = c
				all = append(all, c)
			}
			c.said[slot] = s
		}
	}
	for _, c := range all {
		c.lead()
	}
	slices.SortStableFunc(all, func(a, b *candidate) int { return a.Compare(b.Header) })
	return all
}

// lead picks the variant that speaks for the version.
func (c *candidate) lead() {
	most := 0
	for _, s := range c.said {
		if s == nil {
			continue
		}
		votes := 0
		for _, other := range c.said {
			if other != nil && other.fault == nil && other.Matches(s.Header) {
				votes++
			}
		}
		if most == 0 || votes > most {
			c.Header, most = s.Header, cmp.Or(votes, 1)
		}
	}
}

// object is the metadata of a version that is an object; nil when no drive's can be read.
func (r *record) object(c *candidate) *xlmeta.Object {
	if o := r.objects[c.Header]; o != nil {
		return o
	}
	for _, s := range c.said {
		if s != nil && s.fault == nil && s.Matches(c.Header) {
			return r.objects[s.Header]
		}
	}
	return nil
}

// unheard is the number of drives whose copy of the record is not known.
func (r *record) unheard() int {
	n := 0
	for _, t := range r.drives {
		if t.err != nil && !absent(t.err) {
			n++
		}
	}
	return n
}

// partName is the file of a part.
func partName(number int) string { return fmt.Sprintf("part.%d", number) }
