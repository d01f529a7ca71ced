package store

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Keys of a version's client metadata, spelled as on disk (docs/format/xl-meta.md).
const (
	metaContentType  = "content-type"
	metaETag         = "etag"
	metaOldETag      = "md5Sum" // of releases before 2017
	metaStorageClass = "x-amz-storage-class"
	metaTagging      = "X-Amz-Tagging"
	metaLockMode     = "x-amz-object-lock-mode"
	metaLockUntil    = "x-amz-object-lock-retain-until-date"
	metaLegalHold    = "x-amz-object-lock-legal-hold"
	metaRestore      = "x-amz-restore"
	metaReplication  = "X-Amz-Replication-Status"
	metaUploadSum    = "x-minio-multipart-checksum"
	metaUploadKind   = "x-minio-multipart-checksum-type"

	standard = "STANDARD"
	reduced  = "REDUCED_REDUNDANCY"

	lockTime = "2006-01-02T15:04:05.000Z"
)

// clientMeta is the metadata a new version gets from its put: what clients sent, and the bucket's defaults.
func clientMeta(o objectlayer.PutOptions, rules bucket.Rules, now time.Time) map[string]string {
	meta := make(map[string]string, 4+len(o.Headers)+len(o.UserMeta))
	maps.Copy(meta, o.Headers)
	maps.Copy(meta, o.UserMeta)
	meta[metaContentType] = o.ContentType
	if o.ContentType == "" {
		meta[metaContentType] = "binary/octet-stream"
	}
	if o.StorageClass != "" && o.StorageClass != standard {
		meta[metaStorageClass] = o.StorageClass
	}
	if o.Tags != "" {
		meta[metaTagging] = o.Tags
	}
	r := o.Retention
	if r.Mode == "" {
		r = rules.DefaultRetention(now)
	}
	if r.Mode != "" {
		meta[metaLockMode], meta[metaLockUntil] = r.Mode, r.Until.UTC().Format(lockTime)
	}
	if o.LegalHold != "" {
		meta[metaLegalHold] = o.LegalHold
	}
	return meta
}

// describe is what clients are told of an object version. t may be nil; what needs the customer's key is left out without it.
func (s *Store) describe(ctx context.Context, at spot, o *xlmeta.Object, versioning objectlayer.Versioning, t *transform) (objectlayer.ObjectInfo, error) {
	info := objectlayer.ObjectInfo{
		Bucket:       objectlayer.Bucket(at.bucket),
		Key:          at.key(),
		Version:      clientVersion(o.ID, versioning),
		Size:         actualSize(o),
		ModTime:      time.Unix(0, o.ModTime).UTC(),
		StorageClass: standard,
		Data:         o.Data,
		Parity:       o.Parity,
	}
	takeMeta(&info, o.MetaUser)
	info.Parts = make([]objectlayer.PartInfo, len(o.Parts))
	for i, p := range o.Parts {
		info.Parts[i] = objectlayer.PartInfo{Number: p.Number, Size: partSize(o, p)}
	}
	if len(o.MetaSys[xlmeta.KeyCompression]) > 0 {
		info.Compression = "s2"
	}
	if o.Transitioned() && !o.Restored() {
		info.StorageClass = string(o.MetaSys[xlmeta.KeyTransitionTier])
	}
	return info, s.describeSealed(ctx, at, o, t, &info)
}

// takeMeta spreads a version's client metadata over the fields of info.
func takeMeta(info *objectlayer.ObjectInfo, meta map[string]string) {
	info.Headers, info.UserMeta = make(map[string]string), make(map[string]string)
	for k, v := range meta {
		switch k {
		case metaContentType:
			info.ContentType = v
		case metaTagging:
			info.Tags = v
		case metaStorageClass:
			if v != "" {
				info.StorageClass = v
			}
		case metaLockMode:
			info.Retention.Mode = v
		case metaLockUntil:
			info.Retention.Until, _ = time.Parse(time.RFC3339Nano, v)
		case metaLegalHold:
			info.LegalHold = v
		case metaRestore:
			info.Restore = v
		case metaReplication:
			info.ReplicationStatus = v
		case metaETag, metaOldETag, metaUploadSum, metaUploadKind:
		default:
			switch lower := strings.ToLower(k); {
			case strings.HasPrefix(lower, "x-amz-meta-x-amz-unencrypted-content-"): // written by encrypting clients about themselves
			case strings.HasPrefix(lower, "x-amz-meta-"), strings.HasPrefix(lower, "x-minio-meta-"):
				info.UserMeta[k] = v
			default:
				info.Headers[lower] = v
			}
		}
	}
}

// describeSealed fills in what encryption hides: the ETag and the checksums.
func (s *Store) describeSealed(ctx context.Context, at spot, o *xlmeta.Object, t *transform, info *objectlayer.ObjectInfo) error {
	stored := o.MetaUser[metaETag]
	if stored == "" {
		stored = o.MetaUser[metaOldETag]
	}
	info.Multipart = strings.Contains(stored, "-")
	sums := o.MetaSys[xlmeta.KeyChecksum]
	info.Encryption = describeEncryption(o.MetaSys)
	scheme := crypt.SchemeOf(o.MetaSys)
	var err error
	if t == nil && scheme != crypt.None && scheme != crypt.SSEC && (len(sums) > 0 || crypt.ETagNeedsKey(scheme, stored)) {
		if t, err = s.openTransform(ctx, at, o, nil); err != nil {
			return err
		}
	}
	var key crypt.ObjectKey
	if t != nil {
		key = t.key
	}
	visible, err := crypt.VisibleETag(scheme, stored, key)
	if err != nil {
		return at.cryptFault("describe", err)
	}
	info.ETag = objectlayer.ETag(visible)
	if len(sums) == 0 || (t == nil && scheme != crypt.None) {
		return nil
	}
	if t != nil {
		if sums, err = t.openChecksum(sums); err != nil {
			return at.cryptFault("describe", err)
		}
	}
	return takeChecksums(info, sums)
}

// describeEncryption is what may be told of how something is encrypted. What does not parse is left out.
func describeEncryption(meta map[string][]byte) objectlayer.Encryption {
	about, _ := crypt.Describe(meta)
	return objectlayer.Encryption{Scheme: objectlayer.EncryptionScheme(about.Scheme), KeyID: about.KeyID, Context: about.Context}
}

// takeChecksums fills in the object's checksums, and those of its parts where they were kept.
func takeChecksums(info *objectlayer.ObjectInfo, stored []byte) error {
	values, err := checksum.Decode(stored)
	if err != nil {
		return err
	}
	for _, v := range values {
		info.Checksums = append(info.Checksums, objectlayer.Checksum{
			Algorithm: v.Algorithm.String(),
			Value:     v.Text(),
			Composite: v.Type == checksum.Composite,
		})
		for i := range min(len(v.PartSums), len(info.Parts)) {
			info.Parts[i].Checksum = objectlayer.Checksum{Algorithm: v.Algorithm.String(), Value: checksum.Format(v.PartSums[i])}
		}
	}
	return nil
}

// clientVersion is how clients see a version id: not at all in a bucket that never had versioning.
func clientVersion(id xlmeta.VersionID, v objectlayer.Versioning) objectlayer.VersionID {
	if id.IsNull() && v == objectlayer.VersioningOff {
		return ""
	}
	return objectlayer.VersionID(id.String())
}

// versionID reads the id a client names; latest is true when it names none.
func versionID(v objectlayer.VersionID) (id xlmeta.VersionID, latest bool, err error) {
	if v == "" {
		return id, true, nil
	}
	id, err = xlmeta.ParseVersionID(string(v))
	if err != nil {
		err = &objectlayer.Error{Op: "version", Kind: objectlayer.KindArgument, Version: v, Detail: "versionId"}
	}
	return id, false, err
}
