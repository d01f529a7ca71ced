// Package bucket knows the rules a bucket carries: how they are kept, and what they say.
//
// All settings of a bucket lie in one system document, [Metadata], whose bytes are MinIO's (docs/format/bucket-metadata.md):
// a four-byte head and a msgpack map of a name, two flags, ten embedded documents and the time each was last changed. The
// documents are kept as they were sent; the parsers of this package answer the questions the engine asks of them.
//
// The package is pure: bytes in, values out. Unknown keys of the map are dropped by MinIO whenever it rewrites the document,
// so nothing of ours may be added to it.
package bucket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// ErrCorrupt is wrapped by every error about bytes that are no bucket metadata.
var ErrCorrupt = errors.New("bucket: metadata is corrupt")

// MaxSize bounds a metadata document: ten embedded documents of at most a few MiB.
const MaxSize = 32 << 20

const settingKinds = int(objectlayer.SettingTargets) + 1

// Metadata is everything the store keeps about one bucket.
type Metadata struct {
	Name        string
	Created     time.Time
	LockEnabled bool // only in documents of old releases; true means the default object lock document

	docs    [settingKinds][]byte
	updated [settingKinds]time.Time

	targetsMeta        []byte // how Targets is encrypted
	targetsMetaUpdated time.Time
}

// New returns the metadata of a bucket made now.
func New(name string, now time.Time) *Metadata { return &Metadata{Name: name, Created: now.UTC()} }

// Doc returns a setting's document, nil when the bucket has none. The slice must not be altered.
func (m *Metadata) Doc(k objectlayer.SettingKind) []byte {
	if len(m.docs[k]) == 0 {
		return nil
	}
	return m.docs[k]
}

// Updated returns when a setting was last changed.
func (m *Metadata) Updated(k objectlayer.SettingKind) time.Time { return m.updated[k] }

// With returns a copy that has another document for one setting; an empty document removes it. Times never set become the
// time of creation, as MinIO stores them with the first change.
func (m *Metadata) With(k objectlayer.SettingKind, doc []byte, now time.Time) *Metadata {
	c := *m
	for i := range c.updated {
		if c.updated[i].IsZero() {
			c.updated[i] = c.Created
		}
	}
	if c.targetsMetaUpdated.IsZero() {
		c.targetsMetaUpdated = c.Created
	}
	c.docs[k] = doc
	c.updated[k] = now.UTC()
	return &c
}

// field binds one key of the map to where it lives. Their order is the order on disk.
type field struct {
	key  string
	doc  func(*Metadata) *[]byte
	time func(*Metadata) *time.Time
}

func docField(key string, k objectlayer.SettingKind) field {
	return field{key: key, doc: func(m *Metadata) *[]byte { return &m.docs[k] }}
}

func timeField(key string, k objectlayer.SettingKind) field {
	return field{key: key, time: func(m *Metadata) *time.Time { return &m.updated[k] }}
}

var fields = []field{
	docField("PolicyConfigJSON", objectlayer.SettingPolicy),
	docField("NotificationConfigXML", objectlayer.SettingNotification),
	docField("LifecycleConfigXML", objectlayer.SettingLifecycle),
	docField("ObjectLockConfigXML", objectlayer.SettingObjectLock),
	docField("VersioningConfigXML", objectlayer.SettingVersioning),
	docField("EncryptionConfigXML", objectlayer.SettingEncryption),
	docField("TaggingConfigXML", objectlayer.SettingTagging),
	docField("QuotaConfigJSON", objectlayer.SettingQuota),
	docField("ReplicationConfigXML", objectlayer.SettingReplication),
	docField("BucketTargetsConfigJSON", objectlayer.SettingTargets),
	{key: "BucketTargetsConfigMetaJSON", doc: func(m *Metadata) *[]byte { return &m.targetsMeta }},
	timeField("PolicyConfigUpdatedAt", objectlayer.SettingPolicy),
	timeField("ObjectLockConfigUpdatedAt", objectlayer.SettingObjectLock),
	timeField("EncryptionConfigUpdatedAt", objectlayer.SettingEncryption),
	timeField("TaggingConfigUpdatedAt", objectlayer.SettingTagging),
	timeField("QuotaConfigUpdatedAt", objectlayer.SettingQuota),
	timeField("ReplicationConfigUpdatedAt", objectlayer.SettingReplication),
	timeField("VersioningConfigUpdatedAt", objectlayer.SettingVersioning),
	timeField("LifecycleConfigUpdatedAt", objectlayer.SettingLifecycle),
	timeField("NotificationConfigUpdatedAt", objectlayer.SettingNotification),
	timeField("BucketTargetsConfigUpdatedAt", objectlayer.SettingTargets),
	{key: "BucketTargetsConfigMetaUpdatedAt", time: func(m *Metadata) *time.Time { return &m.targetsMetaUpdated }},
}

const head = 1 // format and version, each a little endian uint16

// Append appends the document to dst.
func (m *Metadata) Append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, head)
	dst = binary.LittleEndian.AppendUint16(dst, head)
	dst = msgp.AppendMapHeader(dst, uint32(3+len(fields)))
	dst = msgp.AppendString(dst, "Name")
	dst = msgp.AppendString(dst, m.Name)
	dst = msgp.AppendString(dst, "Created")
	dst = msgp.AppendTime(dst, m.Created)
	dst = msgp.AppendString(dst, "LockEnabled")
	dst = msgp.AppendBool(dst, m.LockEnabled)
	for _, f := range fields {
		dst = msgp.AppendString(dst, f.key)
		if f.doc != nil {
			dst = msgp.AppendBytes(dst, *f.doc(m))
		} else {
			dst = msgp.AppendTime(dst, *f.time(m))
		}
	}
	return dst
}

// Decode parses a document. Keys it does not know are skipped; other formats and versions are refused. The result does not
// alias b.
func Decode(b []byte) (*Metadata, error) {
	if len(b) < 4 || len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	if f, v := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]); f != head || v != head {
		return nil, fmt.Errorf("%w: format %d version %d", ErrCorrupt, f, v)
	}
	n, rest, err := msgp.ReadMapHeaderBytes(b[4:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	m := new(Metadata)
	for range n {
		var key []byte
		if key, rest, err = msgp.ReadMapKeyZC(rest); err == nil {
			rest, err = m.decodeField(string(key), rest)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes behind its end", ErrCorrupt, len(rest))
	}
	return m, nil
}

func (m *Metadata) decodeField(key string, b []byte) (rest []byte, err error) {
	switch key {
	case "Name":
		m.Name, rest, err = msgp.ReadStringBytes(b)
		return rest, err
	case "Created":
		m.Created, rest, err = readTime(b)
		return rest, err
	case "LockEnabled":
		m.LockEnabled, rest, err = msgp.ReadBoolBytes(b)
		return rest, err
	}
	for _, f := range fields {
		switch {
		case f.key != key:
		case f.doc != nil:
			*f.doc(m), rest, err = msgp.ReadBytesBytes(b, nil)
			return rest, err
		default:
			*f.time(m), rest, err = readTime(b)
			return rest, err
		}
	}
	return msgp.Skip(b)
}

// readTime reads a time in UTC, so that equal documents make equal values.
func readTime(b []byte) (time.Time, []byte, error) {
	t, rest, err := msgp.ReadTimeBytes(b)
	return t.UTC(), rest, err
}
