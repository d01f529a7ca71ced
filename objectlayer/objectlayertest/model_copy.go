package objectlayertest

import (
	"context"
	"maps"
	"slices"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Copy stores a version of k from one of src.
func (m *Model) Copy(_ context.Context, src objectlayer.Source, name objectlayer.Bucket, k objectlayer.Key, o objectlayer.CopyOptions) (objectlayer.ObjectInfo, error) {
	if err := m.admit("copy", name, k, o.PutOptions); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from, err := m.source(src)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	v := newVersion(name, k, from.data, o.PutOptions)
	if !o.ReplaceMeta {
		v.info.ContentType = from.info.ContentType
		v.info.Headers, v.info.UserMeta = maps.Clone(from.info.Headers), maps.Clone(from.info.UserMeta)
	}
	if !o.ReplaceTags {
		v.info.Tags = from.info.Tags
	}
	if src.Bucket == name && src.Key == k { // the same bytes under other metadata keep their shape
		v.info.ETag, v.info.Parts, v.info.Multipart = from.info.ETag, from.info.Parts, from.info.Multipart
		v.info.Checksums = slices.Clone(from.info.Checksums)
	} else {
		v.info.Parts = []objectlayer.PartInfo{{Number: 1, Size: v.info.Size}}
	}
	if a := copyAlgorithm(o.Checksum.Algorithm, from); a != "" {
		v.info.Checksums = []objectlayer.Checksum{ChecksumOf(a, v.data)}
	}
	return m.commit("copy", v, o.Conditions)
}

// source finds what is copied. A source whose condition does not hold is KindPrecondition, never KindNotModified.
func (m *Model) source(src objectlayer.Source) (*version, error) {
	b, err := m.bucket("copy", src.Bucket)
	if err != nil {
		return nil, err
	}
	v, err := b.pick("copy", src.Key, src.Version)
	if err != nil {
		return nil, err
	}
	if err := unlock(v, src.Encryption); err != nil {
		return nil, err
	}
	return v, b.decide("copy", src.Key, v, src.Conditions, false)
}

// copyAlgorithm says which checksum a copy gets: the one asked for, that of the source, or CRC64NVME.
func copyAlgorithm(asked string, from *version) string {
	if asked != "" {
		return asked
	}
	for _, c := range from.info.Checksums {
		return c.Algorithm
	}
	return "CRC64NVME"
}
