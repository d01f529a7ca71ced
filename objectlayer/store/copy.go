package store

import (
	"context"
	"errors"
	"maps"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
)

// Copy implements objectlayer.Objects. The bytes are read and stored anew under the destination's name, which its
// encryption is bound to.
func (s *Store) Copy(ctx context.Context, src objectlayer.Source, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.CopyOptions) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	if _, err := s.writeTarget(ctx, b, k); err != nil {
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
	if put.Checksum.Algorithm == "" {
		put.Checksum.Algorithm = copyChecksum(from.Info)
	}
	return s.Put(ctx, b, k, from.Body, from.Length, put)
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
