package objectlayertest

import (
	"context"
	"encoding/xml"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Model is a Store in memory. All methods may be called at once.
type Model struct {
	mu      sync.RWMutex
	now     func() time.Time
	buckets map[objectlayer.Bucket]*bucket
}

var _ objectlayer.Store = (*Model)(nil)

// bucket and everything below it is guarded by Model.mu.
type bucket struct {
	info     objectlayer.BucketInfo
	settings map[objectlayer.SettingKind][]byte
	keys     map[objectlayer.Key][]*version // newest first, never empty
	uploads  map[objectlayer.UploadID]*upload
	done     map[objectlayer.UploadID]*completion // answered uploads, for asking again
	last     time.Time                            // of the newest version
}

// version is never changed once it is in a stack; an amendment puts another in its place.
type version struct {
	info objectlayer.ObjectInfo // Version is "null" or a uuid; Latest is not kept
	data []byte
}

// NewModel returns an empty store that tells the time by now; nil is time.Now.
func NewModel(now func() time.Time) *Model {
	if now == nil {
		now = time.Now
	}
	return &Model{now: now, buckets: map[objectlayer.Bucket]*bucket{}}
}

// fault makes the error of a call.
func fault(op string, kind objectlayer.Kind, b objectlayer.Bucket, k objectlayer.Key) *objectlayer.Error {
	return &objectlayer.Error{Op: op, Kind: kind, Bucket: b, Key: k}
}

// bucket returns a bucket; the lock is held.
func (m *Model) bucket(op string, name objectlayer.Bucket) (*bucket, error) {
	b, ok := m.buckets[name]
	if !ok {
		return nil, fault(op, objectlayer.KindNoBucket, name, "")
	}
	return b, nil
}

// tick returns the time of a new version: never earlier than, or equal to, that of one before it.
func (m *Model) tick(b *bucket) time.Time {
	t := m.now().UTC()
	if !t.After(b.last) {
		t = b.last.Add(time.Nanosecond)
	}
	b.last = t
	return t
}

// MakeBucket makes a bucket.
func (m *Model) MakeBucket(_ context.Context, name objectlayer.Bucket, o objectlayer.MakeBucketOptions) error {
	if !name.Valid() {
		return fault("make bucket", objectlayer.KindName, name, "")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.buckets[name]; ok {
		if o.Force {
			return nil
		}
		return fault("make bucket", objectlayer.KindBucketExists, name, "")
	}
	b := &bucket{
		info:     objectlayer.BucketInfo{Name: name, Created: m.now().UTC(), ObjectLock: o.ObjectLock},
		settings: map[objectlayer.SettingKind][]byte{},
		keys:     map[objectlayer.Key][]*version{},
		uploads:  map[objectlayer.UploadID]*upload{},
		done:     map[objectlayer.UploadID]*completion{},
	}
	if o.ObjectLock {
		b.info.Versioning = objectlayer.VersioningEnabled
		b.settings[objectlayer.SettingVersioning] = []byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
		b.settings[objectlayer.SettingObjectLock] = []byte(`<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`)
	}
	m.buckets[name] = b
	return nil
}

// StatBucket describes a bucket.
func (m *Model) StatBucket(_ context.Context, name objectlayer.Bucket) (objectlayer.BucketInfo, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, err := m.bucket("stat bucket", name)
	if err != nil {
		return objectlayer.BucketInfo{}, err
	}
	return b.info, nil
}

// ListBuckets lists all buckets.
func (m *Model) ListBuckets(context.Context) ([]objectlayer.BucketInfo, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	list := make([]objectlayer.BucketInfo, 0, len(m.buckets))
	for _, name := range slices.Sorted(maps.Keys(m.buckets)) {
		list = append(list, m.buckets[name].info)
	}
	return list, nil
}

// DeleteBucket removes a bucket.
func (m *Model) DeleteBucket(_ context.Context, name objectlayer.Bucket, force bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.bucket("delete bucket", name)
	if err != nil {
		return err
	}
	if len(b.keys) > 0 && !force {
		return fault("delete bucket", objectlayer.KindBucketNotEmpty, name, "")
	}
	delete(m.buckets, name)
	return nil
}

// Setting returns a document.
func (m *Model) Setting(_ context.Context, name objectlayer.Bucket, kind objectlayer.SettingKind) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, err := m.bucket("get setting", name)
	if err != nil {
		return nil, err
	}
	doc, ok := b.settings[kind]
	if !ok {
		return nil, fault("get setting", objectlayer.KindNoSetting, name, "")
	}
	return slices.Clone(doc), nil
}

// SetSetting stores or removes a document.
func (m *Model) SetSetting(_ context.Context, name objectlayer.Bucket, kind objectlayer.SettingKind, doc []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.bucket("set setting", name)
	if err != nil {
		return err
	}
	if kind == objectlayer.SettingVersioning {
		if err := b.setVersioning(doc); err != nil {
			return err
		}
	}
	if doc == nil {
		delete(b.settings, kind)
		return nil
	}
	b.settings[kind] = slices.Clone(doc)
	return nil
}

func (b *bucket) setVersioning(doc []byte) error {
	var v struct{ Status string }
	if doc != nil {
		if err := xml.Unmarshal(doc, &v); err != nil {
			e := fault("set setting", objectlayer.KindArgument, b.info.Name, "")
			e.Err = err
			return e
		}
	}
	state := objectlayer.VersioningOff
	switch v.Status {
	case "Enabled":
		state = objectlayer.VersioningEnabled
	case "Suspended":
		state = objectlayer.VersioningSuspended
	}
	if b.info.ObjectLock && state != objectlayer.VersioningEnabled {
		return fault("set setting", objectlayer.KindVersioning, b.info.Name, "")
	}
	b.info.Versioning = state
	return nil
}

// defaultRetention returns what a version gets in a bucket with object lock when it names no retention.
func (b *bucket) defaultRetention(now time.Time) objectlayer.Retention {
	var lock struct {
		Rule struct {
			DefaultRetention struct {
				Mode        string
				Days, Years int
			}
		}
	}
	if err := xml.Unmarshal(b.settings[objectlayer.SettingObjectLock], &lock); err != nil {
		return objectlayer.Retention{} // a bucket without a document
	}
	d := lock.Rule.DefaultRetention
	if d.Mode == "" || d.Days+d.Years == 0 {
		return objectlayer.Retention{}
	}
	return objectlayer.Retention{Mode: d.Mode, Until: now.AddDate(d.Years, 0, d.Days)}
}

// insert puts a version on top of its key's stack, giving it the id and time it has to have.
func (m *Model) insert(b *bucket, v *version) {
	k := v.info.Key
	v.info.ModTime = m.tick(b)
	v.info.Version = objectlayer.NullVersion
	if b.info.Versioning == objectlayer.VersioningEnabled && !k.Dir() {
		v.info.Version = objectlayer.VersionID(uuid.NewString())
	} else {
		b.remove(k, objectlayer.NullVersion)
	}
	b.keys[k] = slices.Insert(b.keys[k], 0, v)
}

// remove takes a version out and returns it, nil when there is none.
func (b *bucket) remove(k objectlayer.Key, id objectlayer.VersionID) *version {
	stack := b.keys[k]
	i := slices.IndexFunc(stack, func(v *version) bool { return v.info.Version == id })
	if i < 0 {
		return nil
	}
	v := stack[i]
	stack = slices.Delete(slices.Clone(stack), i, i+1)
	if len(stack) == 0 {
		delete(b.keys, k)
	} else {
		b.keys[k] = stack
	}
	return v
}

// current returns the newest version of a key, nil when there is none or it is a delete marker.
func (b *bucket) current(k objectlayer.Key) *version {
	stack := b.keys[k]
	if len(stack) == 0 || stack[0].info.DeleteMarker {
		return nil
	}
	return stack[0]
}

// describe returns what a caller sees of a version. The caller owns the result.
func (b *bucket) describe(v *version) objectlayer.ObjectInfo {
	info := v.info
	info.Latest = b.keys[info.Key][0] == v
	if b.info.Versioning == objectlayer.VersioningOff && info.Version == objectlayer.NullVersion && len(b.keys[info.Key]) == 1 {
		info.Version = ""
	}
	info.Headers = maps.Clone(info.Headers)
	info.UserMeta = maps.Clone(info.UserMeta)
	info.Checksums = slices.Clone(info.Checksums)
	info.Parts = slices.Clone(info.Parts)
	info.Encryption.CustomerKey = nil
	return info
}
