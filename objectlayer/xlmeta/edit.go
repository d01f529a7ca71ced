package xlmeta

import (
	"fmt"
	"math"
	"slices"
)

// writtenByOthers is the release time a server other than MinIO gives its
// versions; releases with a certain time get their seek indexes dropped.
const writtenByOthers = 0

// Put adds an object, in place of the version with its id if there is one.
//
// inline is this drive's shard when o is marked as inline ([KeyInlineData]),
// not nil even for an empty object; it is copied. When o is not marked, inline
// must be empty; if it is not nil an empty entry is kept, as MinIO does for
// uploads in progress. The error is [ErrInvalid] and leaves j as it was.
func (j *Journal) Put(o Object, inline []byte) error {
	if err := o.check(); err != nil {
		return invalidf("object %v: %v", o.ID, err)
	}
	if o.Inline() && inline == nil {
		return invalidf("object %v: marked inline but has no data", o.ID)
	}
	if !o.Inline() && len(inline) > 0 {
		return invalidf("object %v: has inline data but no mark", o.ID)
	}
	return j.put(o.version(writtenByOthers), inline)
}

// PutMarker adds a delete marker or free-version, in place of the version with
// its id if there is one. The error is [ErrInvalid] and leaves j as it was.
func (j *Journal) PutMarker(d DeleteMarker) error {
	if err := d.check(); err != nil {
		return invalidf("delete marker %v: %v", d.ID, err)
	}
	return j.put(d.version(writtenByOthers), nil)
}

// Amend replaces the metadata of the object with the id of o and keeps its
// inline data, unless o is no longer marked as inline. The error is
// [ErrNoVersion], or [ErrInvalid] also when o became inline, which takes
// [Journal.Put]; both leave j as it was.
func (j *Journal) Amend(o Object) error {
	v, ok := j.Find(o.ID)
	if !ok || v.Type != TypeObject {
		return fmt.Errorf("%w: object %v", ErrNoVersion, o.ID)
	}
	if err := o.check(); err != nil {
		return invalidf("object %v: %v", o.ID, err)
	}
	was, is := v.Flags.Has(FlagInline), o.Inline()
	if is && !was {
		return invalidf("object %v: marked inline but has no data", o.ID)
	}
	data, _ := j.Inline(o.ID) // may be lost on this drive
	if was && !is {
		data = nil
	}
	return j.put(o.version(writtenByOthers), data)
}

// Delete removes a version and its inline data, and gives what was removed.
func (j *Journal) Delete(id VersionID) (Version, bool) {
	i := j.index(id)
	if i < 0 {
		return Version{}, false
	}
	gone := j.versions[i]
	j.versions = slices.Delete(slices.Clone(j.versions), i, i+1)
	j.dropInline(gone)
	return gone, true
}

// SetInline replaces this drive's shard of a version, which is copied. It
// reports whether there is such a version marked as inline.
func (j *Journal) SetInline(id VersionID, data []byte) bool {
	v, ok := j.Find(id)
	if !ok || !v.Flags.Has(FlagInline) {
		return false
	}
	j.dropInline(v)
	j.setInline(id, data)
	return true
}

// DropInline removes this drive's shard of a version, as when it was found
// rotten. The version keeps its mark.
func (j *Journal) DropInline(id VersionID) {
	if v, ok := j.Find(id); ok {
		j.dropInline(v)
	}
}

// put adds v, or replaces the version with its id. A nil inline means no entry.
func (j *Journal) put(v Version, inline []byte) error {
	if j.metadataSize()+v.size() > math.MaxUint32 {
		return invalidf("journal would pass 4 GiB of metadata")
	}
	i := j.index(v.ID)
	if i < 0 {
		j.insert(v)
	} else {
		// The inline data may be a slice of the section that is replaced here:
		// sections are never written to.
		j.dropInline(j.versions[i])
		j.replace(i, v)
	}
	if inline != nil {
		j.setInline(v.ID, inline)
	}
	return nil
}

// insert puts v before the first version that is not newer.
func (j *Journal) insert(v Version) {
	i := slices.IndexFunc(j.versions, func(w Version) bool { return w.ModTime <= v.ModTime })
	if i < 0 {
		i = len(j.versions)
	}
	versions := make([]Version, 0, len(j.versions)+1)
	versions = append(versions, j.versions[:i]...)
	versions = append(versions, v)
	j.versions = append(versions, j.versions[i:]...)
}

// replace puts v in the place of another, and sorts when that may be wrong.
func (j *Journal) replace(i int, v Version) {
	moved := j.versions[i].ModTime != v.ModTime
	j.versions = slices.Clone(j.versions)
	j.versions[i] = v
	if moved {
		sortVersions(j.versions)
	}
}

func sortVersions(versions []Version) {
	slices.SortStableFunc(versions, func(a, b Version) int { return a.Compare(b.Header) })
}

func (j *Journal) setInline(id VersionID, data []byte) {
	if data == nil {
		data = []byte{}
	}
	j.inline = j.inline.with(id.String(), data)
}

// dropInline removes the entry of v, under either key. Servers that used the
// data directory as key knew no versions that share one.
func (j *Journal) dropInline(v Version) {
	if len(j.inline) == 0 {
		return
	}
	if _, ok := j.inline.find(v.ID.String()); ok {
		j.inline = j.inline.with(v.ID.String(), nil)
		return
	}
	if v.Type != TypeObject {
		return
	}
	if dir, err := v.dataDir(); err == nil {
		j.inline = j.inline.with(dir.String(), nil)
	}
}
