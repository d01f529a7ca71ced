package objectlayertest

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"io"
	"maps"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Put stores a version.
func (m *Model) Put(ctx context.Context, name objectlayer.Bucket, k objectlayer.Key, body io.Reader, size int64, o objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	if err := m.admit("put", name, k, o); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	data, sum, err := receive(ctx, body, size, digests{o.ContentMD5, o.Checksum, o.WantChecksum})
	if err != nil {
		return objectlayer.ObjectInfo{}, locate(err, name, k)
	}
	v := newVersion(name, k, data, o)
	if sum.Algorithm != "" {
		v.info.Checksums = []objectlayer.Checksum{sum}
	}
	v.info.Parts = []objectlayer.PartInfo{{Number: 1, Size: int64(len(data)), Checksum: sum}}

	m.mu.Lock()
	defer m.mu.Unlock()
	return m.commit("put", v, o.Conditions)
}

// admit refuses what can be refused before the body is read.
func (m *Model) admit(op string, name objectlayer.Bucket, k objectlayer.Key, o objectlayer.PutOptions) error {
	if err := k.Check(); err != nil {
		return locate(err, name, k)
	}
	if a := o.Checksum.Algorithm; a != "" && newHash(a) == nil {
		return fault(op, objectlayer.KindArgument, name, k)
	}
	if e := o.Encryption; e.Scheme == objectlayer.EncryptCustomer && len(e.CustomerKey) != 32 {
		return fault(op, objectlayer.KindCustomerKey, name, k)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, err := m.bucket(op, name)
	return err
}

// newVersion returns a version that only lacks its id and time.
func newVersion(name objectlayer.Bucket, k objectlayer.Key, data []byte, o objectlayer.PutOptions) *version {
	v := &version{data: data}
	v.info = objectlayer.ObjectInfo{
		Bucket: name, Key: k, Size: int64(len(data)), ETag: etagOf(data),
		ContentType: o.ContentType, Headers: maps.Clone(o.Headers), UserMeta: maps.Clone(o.UserMeta), Tags: o.Tags,
		StorageClass: o.StorageClass, Encryption: o.Encryption, Retention: o.Retention, LegalHold: o.LegalHold,
	}
	if v.info.ContentType == "" {
		v.info.ContentType = "binary/octet-stream"
	}
	if v.info.StorageClass == "" {
		v.info.StorageClass = "STANDARD"
	}
	v.info.Encryption.CustomerKey = bytes.Clone(o.Encryption.CustomerKey)
	return v
}

// commit decides the conditions and makes the version current. The lock is held.
func (m *Model) commit(op string, v *version, c objectlayer.Conditions) (objectlayer.ObjectInfo, error) {
	b, err := m.bucket(op, v.info.Bucket)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	if err := b.decide(op, v.info.Key, b.current(v.info.Key), c, false); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	if v.info.Retention.Mode == "" {
		v.info.Retention = b.defaultRetention(m.now())
	}
	m.insert(b, v)
	return b.describe(v), nil
}

// digests are what a body has to match.
type digests struct {
	md5      []byte
	checksum objectlayer.Checksum
	want     func() string
}

// receive reads a body to its end and checks it.
func receive(ctx context.Context, body io.Reader, size int64, d digests) ([]byte, objectlayer.Checksum, error) {
	limit := size
	if size < 0 {
		limit = objectlayer.MaxObjectSize
	}
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	var sum objectlayer.Checksum
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindIncomplete, Err: err}
	case err != nil:
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindInternal, Err: err}
	case ctx.Err() != nil:
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindCancelled, Err: ctx.Err()}
	case int64(len(data)) > limit:
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindTooLarge}
	case int64(len(data)) < size:
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindIncomplete}
	}
	if got := md5.Sum(data); d.md5 != nil && !bytes.Equal(got[:], d.md5) {
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindDigest}
	}
	if d.checksum.Algorithm == "" {
		return data, sum, nil
	}
	want := d.checksum.Value
	if d.want != nil {
		want = d.want()
	}
	sum = ChecksumOf(d.checksum.Algorithm, data)
	if (want != "" || d.want != nil) && want != sum.Value {
		return nil, sum, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindChecksum}
	}
	return data, sum, nil
}

// locate says in an error of ours which key it is about.
func locate(err error, b objectlayer.Bucket, k objectlayer.Key) error {
	var e *objectlayer.Error
	if errors.As(err, &e) {
		e.Bucket, e.Key = b, k
	}
	return err
}
