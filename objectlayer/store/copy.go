package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Copy implements objectlayer.Objects. The bytes are read and stored anew under the destination's name, which its
// encryption is bound to; only where an object is copied onto itself they may stay where they are.
func (s *Store) Copy(ctx context.Context, src objectlayer.Source, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.CopyOptions) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	state, err := s.writeTarget(ctx, b, k)
	if err != nil {
		return none, err
	}
	from, err := s.Get(ctx, src.Bucket, src.Key, objectlayer.GetOptions{
		Version: src.Version, Conditions: src.Conditions, Encryption: src.Encryption,
	})
	if err != nil {
		return none, sourceError(err)
	}
	defer from.Body.Close()
	put := o.PutOptions
	if !o.ReplaceMeta {
		put.ContentType = from.Info.ContentType
		put.Headers = maps.Clone(from.Info.Headers)
		put.UserMeta = maps.Clone(from.Info.UserMeta)
	}
	if !o.ReplaceTags {
		put.Tags = from.Info.Tags
	}
	if c, ok := from.Body.(*content); ok && src.Bucket == b && src.Key == k {
		info, err := s.restate(ctx, c.f, state, put)
		if !errors.Is(err, errRewrite) {
			return info, err
		}
	}
	if put.Checksum.Algorithm == "" {
		put.Checksum.Algorithm = copyChecksum(from.Info)
	}
	return s.Put(ctx, b, k, from.Body, from.Length, put)
}

// errRewrite says that a version's bytes cannot stay where they are.
var errRewrite = errors.New("store: bytes have to be written anew")

// restate makes a version with other metadata of the bytes of one that is there: without versioning in its place, otherwise
// beside it, sharing its data directory (docs/format/xl-meta.md).
func (s *Store) restate(ctx context.Context, f *found, state *bucketState, o objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	d := &draft{
		at:         f.at,
		state:      state.rules.Versioning.Of(f.at.key()),
		shown:      state.rules.Versioning.State(),
		conditions: o.Conditions,
		geometry:   geometryOf(&f.object),
		transform:  f.transform,
		object:     f.object,
		source:     &f.standing,
	}
	switch {
	case f.object.Transitioned(),
		cmp.Or(o.StorageClass, standard) != f.info.StorageClass,
		!s.keepsEncryption(f, o.Encryption, state.rules),
		o.Checksum.Algorithm != "" && !hasChecksum(f.info, o.Checksum.Algorithm):
		return none, errRewrite
	}
	d.object.MetaUser = clientMeta(o, state.rules, s.options.Now())
	for _, key := range []string{metaETag, metaOldETag} {
		if etag, ok := f.object.MetaUser[key]; ok {
			d.object.MetaUser[key] = etag
		}
	}
	d.object.MetaSys = maps.Clone(f.object.MetaSys)
	maps.DeleteFunc(d.object.MetaSys, func(key string, _ []byte) bool { return aboutHistory(key) })
	info, err := s.publish(ctx, d)
	if errors.Is(err, errSourceGone) {
		return none, errRewrite
	}
	return info, err
}

// keepsEncryption tells whether an object that is asked to be encrypted so is so already. What a customer's key seals is
// always sealed anew.
func (s *Store) keepsEncryption(f *found, want objectlayer.Encryption, rules bucket.Rules) bool {
	if want.Scheme == objectlayer.EncryptNone {
		want = s.defaultEncryption(rules)
	}
	have := f.info.Encryption
	return want.Scheme == have.Scheme && want.Scheme != objectlayer.EncryptCustomer &&
		(want.KeyID == "" || want.KeyID == have.KeyID) && (len(want.Context) == 0 || maps.Equal(want.Context, have.Context))
}

// aboutHistory tells a system entry about what happened to a version from one about its bytes.
func aboutHistory(key string) bool {
	key = strings.ToLower(key)
	return key == keyUpload || key == keyAmended || key == xlmeta.KeyPurgeStatus || strings.HasSuffix(key, "-timestamp") ||
		strings.HasPrefix(key, "x-minio-internal-replica") || strings.HasPrefix(key, "x-minio-internal-replication")
}

func hasChecksum(info objectlayer.ObjectInfo, algorithm string) bool {
	return slices.ContainsFunc(info.Checksums, func(c objectlayer.Checksum) bool { return c.Algorithm == algorithm })
}

// errSourceGone says that a version whose bytes were to be shared has gone.
var errSourceGone = errors.New("store: source was replaced")

// inherit finds the version whose bytes the draft shares, as it is now.
func (d *draft) inherit(rec *record) bool {
	for _, v := range rec.versions {
		if verdict := rec.verdict(v); sameVersion(v.Header, d.source.Header) && (verdict == committed || verdict == doubtful) {
			d.source = &v
			d.absent = func(slot int) bool { return !v.slots.has(slot) }
			return true
		}
	}
	return false
}

// copyChecksum is the checksum a copy gets that asks for none: that of the source, recomputed over the full object, and
// CRC64NVME where the source has none (S3 API CopyObject).
func copyChecksum(from objectlayer.ObjectInfo) string {
	if len(from.Checksums) > 0 {
		return from.Checksums[0].Algorithm
	}
	return checksum.CRC64NVME.String()
}

// sourceError makes a failed condition on the source of a copy what S3 answers: 412 in every case.
func sourceError(err error) error {
	var e *objectlayer.Error
	if errors.As(err, &e) && e.Kind == objectlayer.KindNotModified {
		refused := *e
		refused.Op, refused.Kind = "copy", objectlayer.KindPrecondition
		return &refused
	}
	return err
}
