package objectlayertest

import (
	"bytes"
	"context"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Get opens a version.
func (m *Model) Get(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*objectlayer.Object, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, v, err := m.find("get", name, k, o)
	if err != nil {
		return nil, err
	}
	offset, length, err := stretch(v, o)
	if err != nil {
		return nil, err
	}
	body := memory{bytes.NewReader(v.data[offset : offset+length])}
	return &objectlayer.Object{Info: b.describe(v), Offset: offset, Length: length, Body: body}, nil
}

// Stat describes a version.
func (m *Model) Stat(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (objectlayer.ObjectInfo, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, v, err := m.find("stat", name, k, o)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	if _, _, err := stretch(v, o); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return b.describe(v), nil
}

// memory is a body that is all there.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// find returns the version a caller asks for when its conditions hold. The lock is held.
func (m *Model) find(op string, name objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*bucket, *version, error) {
	b, err := m.bucket(op, name)
	if err != nil {
		return nil, nil, err
	}
	v, err := b.pick(op, k, o.Version)
	if err != nil {
		return nil, nil, err
	}
	if err := unlock(v, o.Encryption); err != nil && !o.NoKey {
		return nil, nil, err
	}
	if err := b.decide(op, k, v, o.Conditions, true); err != nil {
		return nil, nil, err
	}
	return b, v, nil
}

// pick returns the version of that id, or the current one; never a delete marker.
func (b *bucket) pick(op string, k objectlayer.Key, id objectlayer.VersionID) (*version, error) {
	if err := k.Check(); err != nil {
		return nil, locate(err, b.info.Name, k)
	}
	for _, v := range b.keys[k] {
		if id != "" && v.info.Version != id {
			continue
		}
		if v.info.DeleteMarker {
			e := fault(op, objectlayer.KindDeleteMarker, b.info.Name, k)
			info := b.describe(v)
			e.Version, e.Info = v.info.Version, &info
			return nil, e
		}
		return v, nil
	}
	if id == "" {
		return nil, fault(op, objectlayer.KindNoObject, b.info.Name, k)
	}
	e := fault(op, objectlayer.KindNoVersion, b.info.Name, k)
	e.Version = id
	return nil, e
}

// fits compares the customer key a version or upload has with the one a call gives: one that is missing or not wanted is a
// mistake of the call, another one is not let in.
func fits(has, given []byte) (objectlayer.Kind, bool) {
	if len(has) > 0 && len(given) > 0 {
		return objectlayer.KindDenied, bytes.Equal(has, given)
	}
	return objectlayer.KindCustomerKey, len(has) == len(given)
}

// unlock checks the customer key of a version.
func unlock(v *version, e objectlayer.Encryption) error {
	if kind, ok := fits(v.info.Encryption.CustomerKey, e.CustomerKey); !ok {
		return fault("open", kind, v.info.Bucket, v.info.Key)
	}
	return nil
}

// stretch returns the bytes of a version a caller asks for.
func stretch(v *version, o objectlayer.GetOptions) (offset, length int64, err error) {
	if o.PartNumber == 0 {
		offset, length, ok := o.Range.Resolve(v.info.Size)
		if !ok {
			e := fault("get", objectlayer.KindRange, v.info.Bucket, v.info.Key)
			e.Size = v.info.Size
			return 0, 0, e
		}
		return offset, length, nil
	}
	for _, p := range v.info.Parts {
		if p.Number == o.PartNumber {
			return offset, p.Size, nil
		}
		offset += p.Size
	}
	return 0, 0, fault("get", objectlayer.KindPartNumber, v.info.Bucket, v.info.Key)
}

// decide evaluates conditions against a version, nil meaning that the key has no current one (RFC 9110 section 13.2.2).
// Where a read learns that it need not be repeated, a write fails.
func (b *bucket) decide(op string, k objectlayer.Key, v *version, c objectlayer.Conditions, read bool) error {
	if v == nil {
		if len(c.IfMatch) > 0 || !c.IfUnmodifiedSince.IsZero() || c.IfSize != nil {
			return fault(op, objectlayer.KindNoObject, b.info.Name, k)
		}
		return nil
	}
	failed := func(kind objectlayer.Kind) error {
		e := fault(op, kind, b.info.Name, k)
		info := b.describe(v)
		e.ETag, e.Info = info.ETag, &info
		return e
	}
	modified := v.info.ModTime.Truncate(time.Second)
	switch {
	case len(c.IfMatch) > 0:
		if !matches(c.IfMatch, v.info.ETag) {
			return failed(objectlayer.KindPrecondition)
		}
	case !c.IfUnmodifiedSince.IsZero() && modified.After(c.IfUnmodifiedSince):
		return failed(objectlayer.KindPrecondition)
	}
	if c.IfSize != nil && *c.IfSize != v.info.Size {
		return failed(objectlayer.KindPrecondition)
	}
	still := objectlayer.KindPrecondition
	if read {
		still = objectlayer.KindNotModified
	}
	switch {
	case len(c.IfNoneMatch) > 0:
		if matches(c.IfNoneMatch, v.info.ETag) {
			return failed(still)
		}
	case !c.IfModifiedSince.IsZero() && !modified.After(c.IfModifiedSince):
		return failed(still)
	}
	return nil
}

func matches(tags []objectlayer.ETag, tag objectlayer.ETag) bool {
	for _, t := range tags {
		if t == "*" || t == tag {
			return true
		}
	}
	return false
}
