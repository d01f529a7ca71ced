package store

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// found is a version that was looked up, ready to be described or read.
type found struct {
	at        spot
	rec       *record
	standing  standing
	latest    bool        // it is the current version
	pins      *pins       // hold its data directory, until it is released; nil when it has none
	released  atomic.Bool // read by goroutines that may outlive the reader
	object    xlmeta.Object
	transform *transform
	info      objectlayer.ObjectInfo
}

// Stat implements objectlayer.Objects.
func (s *Store) Stat(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (objectlayer.ObjectInfo, error) {
	f, err := s.find(ctx, b, k, o, s.search)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	_, _, err = f.stretch(o)
	return f.info, err
}

// Get implements objectlayer.Objects.
func (s *Store) Get(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*objectlayer.Object, error) {
	f, err := s.find(ctx, b, k, o, s.seize)
	if err != nil {
		return nil, err
	}
	offset, length, err := f.stretch(o)
	if err != nil {
		s.release(f)
		return nil, err
	}
	if f.object.Transitioned() && !f.object.Restored() {
		s.release(f)
		return nil, f.at.fault("get", objectlayer.KindUnsupported, nil)
	}
	body := s.content(ctx, f, offset, length)
	if err := body.start(); err != nil {
		body.Close()
		return nil, err
	}
	return &objectlayer.Object{Info: f.info, Offset: offset, Length: length, Body: body}, nil
}

// find looks up the version a read asks for and decides the read's conditions.
func (s *Store) find(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions, search searcher) (*found, error) {
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
	f, err := search(ctx, b, k, latest, id)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, noVersion("read", b, k, o.Version)
	}
	if err := s.explain(ctx, f, state.rules.Versioning.State(), o); err != nil {
		s.release(f)
		return nil, err
	}
	return f, nil
}

// explain fills in what a reader is told of a version, and decides whether it may have it.
func (s *Store) explain(ctx context.Context, f *found, shown objectlayer.Versioning, o objectlayer.GetOptions) (err error) {
	if f.standing.Type == xlmeta.TypeDeleteMarker {
		return f.markerError(shown)
	}
	if !o.NoKey || crypt.SchemeOf(f.object.MetaSys) != crypt.SSEC {
		if f.transform, err = s.openTransform(ctx, f.at, &f.object, o.Encryption.CustomerKey); err != nil {
			return err
		}
	}
	if f.info, err = s.describe(ctx, f.at, &f.object, shown, f.transform); err != nil {
		return err
	}
	f.info.Latest = f.latest
	return checkRead(o.Conditions, &f.info)
}

// searcher looks for a version in every pool. Of several the newest holds. nil means there is none.
type searcher func(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, latest bool, id xlmeta.VersionID) (*found, error)

// search looks without a lock.
func (s *Store) search(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, latest bool, id xlmeta.VersionID) (*found, error) {
	all := make([]*found, len(s.pools))
	for i, at := range s.spots(b, k) {
		rec, v, err := s.lookup(ctx, at, latest, id)
		if err != nil {
			return nil, err
		}
		all[i] = foundIn(rec, v)
	}
	return choose(all)
}

// seize looks without a lock and pins the data directory of what it finds, so that it can be read to the end whatever is
// written meanwhile. It looks again under the key's lock if that comes too late.
func (s *Store) seize(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, latest bool, id xlmeta.VersionID) (*found, error) {
	at := s.spots(b, k)[0]
	before := s.pins.before(at)
	f, err := s.search(ctx, b, k, latest, id)
	if err != nil || f == nil || !f.inFiles() || s.hold(f, before) {
		return f, err
	}
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return nil, at.readable("read", err)
	}
	defer lease.Release()
	all, err := s.survey(ctx, at, lease)
	if err != nil {
		return nil, err
	}
	if f, err = all.find(latest, id); err != nil || f == nil || !f.inFiles() {
		return f, err
	}
	for !s.hold(f, s.pins.before(at)) { // another key with the same count
	}
	return f, nil
}

// foundIn is what was found in one pool; without a version only the record counts.
func foundIn(rec *record, v *standing) *found {
	f := &found{at: rec.at, rec: rec}
	if v != nil {
		f.standing = *v
	}
	return f
}

// choose picks the newest of what was found in the pools, and tells whether it is current.
func choose(all []*found) (best *found, err error) {
	var newest int64
	for _, f := range all {
		if f.standing.ModTime > 0 && (best == nil || f.standing.ModTime > best.standing.ModTime) {
			best = f
		}
		newest = max(newest, f.rec.visible())
	}
	if best == nil {
		return nil, nil
	}
	best.latest = best.standing.ModTime == newest
	if best.standing.Type != xlmeta.TypeDeleteMarker {
		best.object, err = best.rec.object(best.standing)
	}
	return best, err
}

// visible is the time of the first version that clients see, 0 when there is none.
func (r *record) visible() int64 {
	for _, v := range r.versions {
		if !v.FreeVersion() && r.verdict(v) != abandoned {
			return v.ModTime
		}
	}
	return 0
}

// inFiles tells whether the version's bytes are in a data directory.
func (f *found) inFiles() bool {
	return f.standing.Type == xlmeta.TypeObject && !f.object.Inline() && f.object.Size > 0
}

// hold pins the version's data directory.
func (s *Store) hold(f *found, before uint64) bool {
	if !s.pins.take(f.at, f.object.DataDir, before) {
		return false
	}
	f.pins = &s.pins
	return true
}

// release ends what hold began.
func (s *Store) release(f *found) {
	if f.released.Swap(true) || f.pins == nil {
		return
	}
	if garbage := s.pins.give(f.at, f.object.DataDir); len(garbage) > 0 {
		s.background.Go(func() { s.clear(f.at, garbage, nil) })
	}
}

// markerError is the answer to reading a delete marker.
func (f *found) markerError(shown objectlayer.Versioning) error {
	b, k, id := objectlayer.Bucket(f.at.bucket), f.at.key(), clientVersion(f.standing.ID, shown)
	return &objectlayer.Error{Op: "read", Kind: objectlayer.KindDeleteMarker, Bucket: b, Key: k, Version: id, Info: &objectlayer.ObjectInfo{
		Bucket: b, Key: k, Version: id, DeleteMarker: true, Latest: f.latest,
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
