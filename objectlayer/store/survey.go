package store

import (
	"context"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// survey is what all pools hold of a key, read under its lock. New versions go where the key is, but MinIO may have left
// versions in several pools, and the newest is current wherever it lies.
type survey []*record

func (s *Store) survey(ctx context.Context, at spot, lease *lock.Lease) (survey, error) {
	all := make(survey, len(s.pools))
	for i, p := range s.pools {
		rec, err := s.weighLocked(ctx, s.spotIn(p, at.bucket, at.name), lease)
		if err != nil {
			return nil, err
		}
		all[i] = rec
	}
	return all, nil
}

// in is the record in the pool of a spot.
func (sv survey) in(at spot) *record { return sv[at.pool.index] }

// newest is the time of the newest version in any pool.
func (sv survey) newest() (at int64) {
	for _, rec := range sv {
		at = max(at, rec.newest())
	}
	return at
}

// current is the newest version clients see, and the record it is in; both are nil when there is none.
func (sv survey) current() (rec *record, v *standing, err error) {
	for _, r := range sv {
		here, _, err := r.pick(true, xlmeta.VersionID{})
		if err != nil {
			return nil, nil, err
		}
		if here != nil && (v == nil || here.ModTime > v.ModTime) {
			rec, v = r, here
		}
	}
	return rec, v, nil
}

// lost is a record that cannot be read, with nothing to wait for: every drive has answered.
func (sv survey) lost() (lost *record) {
	for _, r := range sv {
		if r.away() {
			return nil
		}
		if len(r.versions) > 0 && r.verdict(r.versions[0]) == hidden {
			lost = r
		}
	}
	return lost
}

// find picks a version by id, or the current one. nil means there is none.
func (sv survey) find(latest bool, id xlmeta.VersionID) (*found, error) {
	all := make([]*found, len(sv))
	for i, rec := range sv {
		v, _, err := rec.pick(latest, id)
		if err != nil {
			return nil, err
		}
		all[i] = foundIn(rec, v)
	}
	return choose(all)
}

// allowed decides a write's conditions against the key as it is.
func (s *Store) allowed(ctx context.Context, sv survey, at spot, shown objectlayer.Versioning, c objectlayer.Conditions) error {
	if c.Empty() {
		return nil
	}
	rec, v, err := sv.current()
	if err != nil {
		return err
	}
	if v == nil || v.Type == xlmeta.TypeDeleteMarker {
		return checkWrite(at, c, nil)
	}
	o, err := rec.object(*v)
	if err != nil {
		return err
	}
	info, err := s.describe(ctx, rec.at, &o, shown, nil)
	if err != nil {
		return err
	}
	return checkWrite(at, c, &info)
}

// checkWrite decides conditions of a write; current is nil when the key has no object.
func checkWrite(at spot, c objectlayer.Conditions, current *objectlayer.ObjectInfo) error {
	if current == nil {
		if len(c.IfMatch) > 0 || c.IfSize != nil {
			return noVersion("write", objectlayer.Bucket(at.bucket), at.key(), "")
		}
		return nil
	}
	if c.IfSize != nil && *c.IfSize != current.Size {
		return at.refused(current)
	}
	if checkRead(c, current) != nil {
		return at.refused(current)
	}
	return nil
}

// refused is the answer to a write whose condition does not hold.
func (at spot) refused(current *objectlayer.ObjectInfo) error {
	return &objectlayer.Error{Op: "write", Kind: objectlayer.KindPrecondition, Bucket: objectlayer.Bucket(at.bucket),
		Key: at.key(), ETag: current.ETag, Info: current}
}

// matches tells whether one of the tags is this one, or any.
func matches(tags []objectlayer.ETag, tag objectlayer.ETag) bool {
	for _, t := range tags {
		if t == "*" || t == tag {
			return true
		}
	}
	return false
}
