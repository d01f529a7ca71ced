package objectlayertest

import (
	"context"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Delete deletes each target.
func (m *Model) Delete(_ context.Context, name objectlayer.Bucket, targets []objectlayer.DeleteTarget, o objectlayer.DeleteOptions) ([]objectlayer.Deleted, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.bucket("delete", name)
	if err != nil {
		return nil, err
	}
	answers := make([]objectlayer.Deleted, 0, len(targets))
	for _, t := range targets {
		var d objectlayer.Deleted
		switch {
		case o.Prefix:
			d.Err = b.deletePrefix(string(t.Key))
		case t.Version != "":
			d = m.deleteVersion(b, t, o.BypassGovernance)
		default:
			d = m.deleteKey(b, t)
		}
		d.Key, d.Version = t.Key, t.Version
		answers = append(answers, d)
	}
	return answers, nil
}

// deletePrefix removes everything below a prefix.
func (b *bucket) deletePrefix(prefix string) error {
	if b.info.ObjectLock {
		return fault("delete", objectlayer.KindArgument, b.info.Name, objectlayer.Key(prefix))
	}
	for k := range b.keys {
		if strings.HasPrefix(string(k), prefix) {
			delete(b.keys, k)
		}
	}
	return nil
}

// deleteVersion removes exactly one version.
func (m *Model) deleteVersion(b *bucket, t objectlayer.DeleteTarget, bypass bool) objectlayer.Deleted {
	for _, v := range b.keys[t.Key] {
		if v.info.Version != t.Version {
			continue
		}
		if m.held(v, bypass) {
			e := fault("delete", objectlayer.KindHeld, b.info.Name, t.Key)
			e.Version = t.Version
			return objectlayer.Deleted{Err: e}
		}
		if err := b.decide("delete", t.Key, v, t.Conditions, false); err != nil {
			return objectlayer.Deleted{Err: err}
		}
		b.remove(t.Key, t.Version)
		if v.info.DeleteMarker {
			return objectlayer.Deleted{DeleteMarker: true, MarkerVersion: t.Version}
		}
		return objectlayer.Deleted{}
	}
	return objectlayer.Deleted{}
}

// deleteKey does what deleting a key means in the bucket. A key that has no versions, or whose newest is a delete marker
// already, stays as it is.
func (m *Model) deleteKey(b *bucket, t objectlayer.DeleteTarget) objectlayer.Deleted {
	if err := t.Key.Check(); err != nil {
		return objectlayer.Deleted{Err: locate(err, b.info.Name, t.Key)}
	}
	stack := b.keys[t.Key]
	if len(stack) == 0 {
		return objectlayer.Deleted{}
	}
	if newest := stack[0].info; newest.DeleteMarker {
		return objectlayer.Deleted{DeleteMarker: true, MarkerVersion: newest.Version}
	}
	if err := b.decide("delete", t.Key, stack[0], t.Conditions, false); err != nil {
		return objectlayer.Deleted{Err: err}
	}
	if b.info.Versioning == objectlayer.VersioningOff || t.Key.Dir() {
		b.remove(t.Key, objectlayer.NullVersion)
		return objectlayer.Deleted{}
	}
	marker := &version{info: objectlayer.ObjectInfo{Bucket: b.info.Name, Key: t.Key, DeleteMarker: true}}
	m.insert(b, marker)
	return objectlayer.Deleted{DeleteMarker: true, MarkerVersion: marker.info.Version}
}

// held tells whether a version may not be deleted.
func (m *Model) held(v *version, bypass bool) bool {
	r := v.info.Retention
	switch {
	case v.info.LegalHold == "ON":
		return true
	case r.Mode == "" || !r.Until.After(m.now()):
		return false
	default:
		return r.Mode == "COMPLIANCE" || !bypass
	}
}

// Amend changes metadata of one version.
func (m *Model) Amend(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.VersionID, a objectlayer.Amendment) (objectlayer.ObjectInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.bucket("amend", name)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	old, err := b.pick("amend", k, id)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	v := *old
	if a.Tags != nil {
		v.info.Tags = *a.Tags
	}
	if a.LegalHold != nil {
		v.info.LegalHold = *a.LegalHold
	}
	if a.Retention != nil {
		if !loosens(old.info.Retention, *a.Retention, m.now(), a.BypassGovernance) {
			v.info.Retention = *a.Retention
		} else {
			return objectlayer.ObjectInfo{}, fault("amend", objectlayer.KindHeld, name, k)
		}
	}
	stack := b.keys[k]
	for i := range stack {
		if stack[i] == old {
			stack[i] = &v
		}
	}
	return b.describe(&v), nil
}

// loosens tells whether a new retention protects less than one that still holds and may not be taken back.
func loosens(old, now objectlayer.Retention, at time.Time, bypass bool) bool {
	if old.Mode == "" || !old.Until.After(at) {
		return false
	}
	if old.Mode == "GOVERNANCE" && bypass {
		return false
	}
	weaker := now.Mode == "" || old.Mode == "COMPLIANCE" && now.Mode != "COMPLIANCE"
	return weaker || now.Until.Before(old.Until)
}
