package store

import (
	"context"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// found is a version that was looked up, ready to be described or read.
type found struct {
	at        spot
	rec       *record
	standing  standing
	object    xlmeta.Object
	transform *transform
	info      objectlayer.ObjectInfo
}

// Stat implements objectlayer.Objects.
func (s *Store) Stat(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (objectlayer.ObjectInfo, error) {
	f, err := s.find(ctx, b, k, o)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	if _, _, err := f.stretch(o); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return f.info, nil
}

// Get implements objectlayer.Objects.
func (s *Store) Get(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*objectlayer.Object, error) {
	for {
		f, err := s.find(ctx, b, k, o)
		if err != nil {
			return nil, err
		}
		offset, length, err := f.stretch(o)
		if err != nil {
			return nil, err
		}
		if f.object.Transitioned() && !f.object.Restored() {
			return nil, f.at.fault("get", objectlayer.KindUnsupported, nil)
		}
		if !s.hold(ctx, f) {
			if err := s.await(ctx, f.at); err != nil {
				return nil, err
			}
			continue // replaced since it was looked up: look again
		}
		return &objectlayer.Object{Info: f.info, Offset: offset, Length: length, Body: s.content(ctx, f, offset, length)}, nil
	}
}

// hold pins the data directory of a version, so that it can be read to the end whatever is written meanwhile. It is false
// when the version was replaced already.
func (s *Store) hold(ctx context.Context, f *found) bool {
	if !f.inFiles() {
		return true
	}
	if !s.pins.take(f.at, f.object.DataDir) {
		return false
	}
	if s.dataStands(ctx, f) {
		return true
	}
	s.unpin(f.at, f.object.DataDir)
	return false
}

// await waits until whoever is writing to the record is done.
func (s *Store) await(ctx context.Context, at spot) error {
	lease, err := s.locks.Acquire(ctx, at.lockName())
	if err != nil {
		return at.readable("read", err)
	}
	lease.Release()
	return nil
}

// inFiles tells whether the version's bytes are in a data directory.
func (f *found) inFiles() bool { return !f.object.Inline() && f.object.Size > 0 }

// dataStands tells whether the version's data directory is still there, or, where that cannot be learned from a drive, that
// the record still names it. The pin was taken before, so a directory that stands now stays.
func (s *Store) dataStands(ctx context.Context, f *found) bool {
	dir := f.at.path().Join(f.object.DataDir.String())
	for slot := range f.at.set.Size() {
		if f.standing.slots&(1<<slot) == 0 {
			continue
		}
		if _, err := f.at.set.Drive(slot).Stat(ctx, dir); err == nil {
			return true
		}
	}
	rec, err := s.weigh(ctx, f.at)
	if err != nil {
		return true // reading will say what is wrong
	}
	for _, v := range rec.versions {
		if v.ID == f.standing.ID && v.ModTime == f.standing.ModTime {
			return true
		}
	}
	return false
}

// find looks up the version a read asks for and decides the read's conditions.
func (s *Store) find(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*found, error) {
	if err := k.Check(); err != nil {
		return nil, err
	}
	state, err := s.bucket(ctx, b)
	if err != nil {
		return nil, err
	}
	id, latest, err := versionID(o.Version)
	if err != nil {
		return nil, err
	}
	f, err := s.search(ctx, b, k, latest, id)
	if err != nil {
		return nil, err
	}
	shown := state.rules.Versioning.State()
	if f == nil {
		return nil, noVersion("read", b, k, o.Version)
	}
	if f.standing.Type == xlmeta.TypeDeleteMarker {
		return nil, f.markerError(shown)
	}
	if f.transform, err = s.openTransform(ctx, f.at, &f.object, o.Encryption.CustomerKey); err != nil {
		return nil, err
	}
	if f.info, err = s.describe(ctx, f.at, &f.object, shown, f.transform); err != nil {
		return nil, err
	}
	f.info.Latest = f.isLatest()
	return f, checkRead(o.Conditions, &f.info)
}

// search looks for a version in every pool. Of several current versions the newest holds. nil means there is none.
func (s *Store) search(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, latest bool, id xlmeta.VersionID) (*found, error) {
	var best *found
	for _, at := range s.spots(b, k) {
		rec, v, err := s.lookup(ctx, at, latest, id)
		if err != nil {
			return nil, err
		}
		if v != nil && (best == nil || v.ModTime > best.standing.ModTime) {
			best = &found{at: at, rec: rec, standing: *v}
		}
	}
	if best == nil || best.standing.Type == xlmeta.TypeDeleteMarker {
		return best, nil
	}
	var err error
	best.object, err = best.rec.object(best.standing)
	return best, err
}

// isLatest tells whether the version is the first that clients see.
func (f *found) isLatest() bool {
	for _, v := range f.rec.versions {
		if !v.FreeVersion() && f.rec.verdict(v) != abandoned {
			return v.Header == f.standing.Header
		}
	}
	return false
}

// markerError is the answer to reading a delete marker.
func (f *found) markerError(shown objectlayer.Versioning) error {
	b, k, id := objectlayer.Bucket(f.at.bucket), f.at.key(), clientVersion(f.standing.ID, shown)
	return &objectlayer.Error{Op: "read", Kind: objectlayer.KindDeleteMarker, Bucket: b, Key: k, Version: id, Info: &objectlayer.ObjectInfo{
		Bucket: b, Key: k, Version: id, DeleteMarker: true, Latest: f.isLatest(),
		ModTime: time.Unix(0, f.standing.ModTime).UTC(),
	}}
}

// checkRead decides the conditions of a read in the order of RFC 9110 section 13.2.2.
func checkRead(c objectlayer.Conditions, info *objectlayer.ObjectInfo) error {
	refuse := func(kind objectlayer.Kind) error {
		return &objectlayer.Error{Op: "read", Kind: kind, Bucket: info.Bucket, Key: info.Key, ETag: info.ETag, Info: info}
	}
	modified := info.ModTime.Truncate(time.Second) // what the client was told has seconds
	switch {
	case len(c.IfMatch) > 0:
		if !matches(c.IfMatch, info.ETag) {
			return refuse(objectlayer.KindPrecondition)
		}
	case !c.IfUnmodifiedSince.IsZero() && modified.After(c.IfUnmodifiedSince):
		return refuse(objectlayer.KindPrecondition)
	}
	switch {
	case len(c.IfNoneMatch) > 0:
		if matches(c.IfNoneMatch, info.ETag) {
			return refuse(objectlayer.KindNotModified)
		}
	case !c.IfModifiedSince.IsZero() && !modified.After(c.IfModifiedSince):
		return refuse(objectlayer.KindNotModified)
	}
	return nil
}

// stretch is the part of the version a read asks for.
func (f *found) stretch(o objectlayer.GetOptions) (offset, length int64, err error) {
	size := f.info.Size
	if o.PartNumber == 0 {
		offset, length, ok := o.Range.Resolve(size)
		if !ok {
			return 0, 0, &objectlayer.Error{Op: "read", Kind: objectlayer.KindRange, Bucket: f.info.Bucket, Key: f.info.Key, Size: size}
		}
		return offset, length, nil
	}
	for _, p := range f.info.Parts {
		if p.Number == o.PartNumber {
			return offset, p.Size, nil
		}
		offset += p.Size
	}
	return 0, 0, &objectlayer.Error{Op: "read", Kind: objectlayer.KindPartNumber, Bucket: f.info.Bucket, Key: f.info.Key, Size: size}
}
