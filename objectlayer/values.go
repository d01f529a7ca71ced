package objectlayer

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Different things have different types, so that the compiler catches swapped arguments.
type (
	Bucket    string // name of a bucket
	Key       string // name of an object, as the client sends it; bytes, never normalised
	VersionID string // "" = the current version, "null" = the null version, otherwise a uuid in lower case
	UploadID  string // opaque to clients
	ETag      string // without quotes
)

// NullVersion is the id of the version a bucket without versioning keeps.
const NullVersion VersionID = "null"

// Limits of S3 and of the drive format.
const (
	MaxKeyLen     = 1024
	MaxSegmentLen = 255
	MaxObjectSize = 5 << 40
	MaxPartNumber = 10000
	MinPartSize   = 5 << 20
	MaxUserMeta   = 2 << 10
	MaxListing    = 1000
	MaxObjectTags = 10
	MaxBucketTags = 50
)

// Valid tells whether a bucket of this name may be made: the strict rule of S3 ("General purpose bucket naming rules"), and
// not one of the store's own names.
func (b Bucket) Valid() bool {
	if len(b) < 3 || len(b) > 63 || b.Reserved() {
		return false
	}
	digits, dots := true, 0
	for i := range len(b) {
		c := b[i]
		switch {
		case c >= 'a' && c <= 'z':
			digits = false
		case c >= '0' && c <= '9':
		case c == '-' || c == '.':
			if i == 0 || i == len(b)-1 || (c == '.' && (b[i-1] == '.' || b[i-1] == '-')) || (c == '-' && b[i-1] == '.') {
				return false
			}
			if c == '.' {
				dots++
			} else {
				digits = false
			}
		default:
			return false
		}
	}
	return !(digits && dots == 3)
}

// Reserved tells whether the name belongs to the store: the system volume and the prefix of its own HTTP paths.
func (b Bucket) Reserved() bool {
	return b == "minio" || b == "holdfast" || strings.HasPrefix(string(b), ".minio.sys")
}

// Check returns nil for a key that can be stored, otherwise an *Error with one of the three key kinds.
func (k Key) Check() error {
	s := strings.TrimSuffix(string(k), "/")
	if len(k) > MaxKeyLen {
		return &Error{Op: "check key", Kind: KindKeyTooLong, Key: k}
	}
	if s == "" || !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return &Error{Op: "check key", Kind: KindKey, Key: k}
	}
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "" || len(segment) > MaxSegmentLen {
			return &Error{Op: "check key", Kind: KindKey, Key: k}
		}
		for piece := range strings.SplitSeq(segment, `\`) {
			if p := strings.TrimSpace(piece); p == "." || p == ".." {
				return &Error{Op: "check key", Kind: KindKeyDots, Key: k}
			}
		}
	}
	return nil
}

// Dir tells whether the key ends in a slash. Such objects have no versions.
func (k Key) Dir() bool { return strings.HasSuffix(string(k), "/") }

// Caller is who asks, from where, over which door: the subject of every authorisation. A Caller is only made by the one
// place of a door that has checked the credential.
type Caller struct {
	AccessKey  string // empty for an anonymous caller
	Root       bool   // the operator's own credential
	Door       string // "s3", "nfs", "fuse" or "internal"
	RemoteAddr string
	RequestID  string
	UserAgent  string
	Secure     bool              // the request came over TLS
	Attributes map[string]string // what policies may ask about, lower case; filled by the door, read only by policies
}

// Anonymous tells whether the caller showed no credential.
func (c Caller) Anonymous() bool { return c.AccessKey == "" }

// Range is a stretch of bytes. The zero value means all.
type Range struct {
	Set    bool
	Offset int64 // from the start; -1 with Length n: the last n bytes
	Length int64 // -1: to the end
}

// Resolve returns the offset and length the range means in an object of that size, ok false when it lies outside
// (RFC 9110 section 14.1.2).
func (r Range) Resolve(size int64) (offset, length int64, ok bool) {
	switch {
	case !r.Set:
		return 0, size, true
	case r.Offset < 0:
		if r.Length == 0 || size == 0 {
			return 0, 0, false
		}
		n := min(r.Length, size)
		return size - n, n, true
	case r.Offset >= size:
		return 0, 0, false
	case r.Length < 0:
		return r.Offset, size - r.Offset, true
	default:
		return r.Offset, min(r.Length, size-r.Offset), true
	}
}

// Conditions is what must hold of the current version for a call to proceed (RFC 9110 section 13; S3 "Conditional
// requests"). The zero value always holds. Writes decide them at commit, against the version they would replace.
type Conditions struct {
	IfMatch           []ETag // one of them is the current ETag; "*" any
	IfNoneMatch       []ETag // none of them is; "*" the key must have no current version
	IfModifiedSince   time.Time
	IfUnmodifiedSince time.Time
	IfSize            *int64 // deletes: the current size
}

// Empty tells whether nothing is asked.
func (c Conditions) Empty() bool {
	return len(c.IfMatch) == 0 && len(c.IfNoneMatch) == 0 && c.IfModifiedSince.IsZero() && c.IfUnmodifiedSince.IsZero() && c.IfSize == nil
}

// Encryption is how an object is or shall be encrypted at rest. The zero value is not at all, or for writes what the
// bucket's default says.
type Encryption struct {
	Scheme         EncryptionScheme
	CustomerKey    []byte            // SSE-C: 32 bytes; lent
	KeyID          string            // SSE-KMS: empty = the default key
	Context        map[string]string // SSE-KMS: the client's encryption context
	CustomerKeyMD5 string            // SSE-C, in answers: base64, echoes the request
}

// EncryptionScheme says who holds the key.
type EncryptionScheme uint8

// The schemes.
const (
	EncryptNone     EncryptionScheme = iota
	EncryptCustomer                  // SSE-C
	EncryptS3                        // SSE-S3
	EncryptKMS                       // SSE-KMS
)

// Checksum is the additional checksum of an object or part ("Checking object integrity" in the S3 user guide).
type Checksum struct {
	Algorithm string // CRC32, CRC32C, CRC64NVME, SHA1 or SHA256
	Value     string // base64; a composite ends in "-<parts>"
	Composite bool   // false: over the full object
}

// Retention protects a version until a time.
type Retention struct {
	Mode  string // GOVERNANCE or COMPLIANCE; empty = none
	Until time.Time
}

// Owner of everything, as S3 documents show it.
const (
	OwnerID   = "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4"
	OwnerName = "minio"
)

// BucketInfo is what the system says about a bucket.
type BucketInfo struct {
	Name       Bucket
	Created    time.Time
	Versioning Versioning
	ObjectLock bool
}

// Versioning is the state of a bucket's versioning.
type Versioning uint8

// The states.
const (
	VersioningOff Versioning = iota
	VersioningEnabled
	VersioningSuspended
)

// ObjectInfo is what the system says about one version of an object. It is plain data, safe to keep.
type ObjectInfo struct {
	Bucket       Bucket
	Key          Key
	Version      VersionID // "" in a bucket that never had versioning, otherwise "null" or a uuid
	Latest       bool
	DeleteMarker bool
	Size         int64 // bytes a client reads
	ETag         ETag
	ModTime      time.Time
	ContentType  string
	// Headers are the stored standard headers, lower case: cache-control, content-disposition, content-encoding,
	// content-language, expires, x-amz-website-redirect-location.
	Headers map[string]string
	// UserMeta is the client's own metadata as stored: "X-Amz-Meta-Name" (and "X-Minio-Meta-...") in canonical case.
	UserMeta          map[string]string
	Tags              string // URL query form; empty = none
	StorageClass      string // STANDARD, REDUCED_REDUNDANCY or a tier's name
	Compression       string // how the bytes are compressed at rest: "s2" or empty
	Encryption        Encryption
	Checksums         []Checksum
	Parts             []PartInfo // of the stored version, in order; one for a plain put
	Multipart         bool       // made by a completed upload: the ETag ends in "-<parts>"
	Retention         Retention
	LegalHold         string // ON, OFF or empty
	Restore           string // x-amz-restore of a version whose data was in a tier
	ReplicationStatus string
	Data, Parity      int // erasure geometry, for metadata listings
}

// PartInfo is one part of an object or of an upload.
type PartInfo struct {
	Number   int
	Size     int64 // bytes a client reads
	ETag     ETag  // of parts of an upload; empty for parts of an object
	ModTime  time.Time
	Checksum Checksum
}

// UploadInfo is one multipart upload in progress.
type UploadInfo struct {
	Bucket            Bucket
	Key               Key
	ID                UploadID
	Initiated         time.Time
	StorageClass      string
	ChecksumAlgorithm string
	ChecksumComposite bool
	Encryption        Encryption
	UserMeta          map[string]string
}
