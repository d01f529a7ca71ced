package objectlayer

// SettingKind names one of the documents a bucket carries.
type SettingKind uint8

// The kinds, in the order of the bucket metadata format.
const (
	SettingPolicy SettingKind = iota
	SettingNotification
	SettingLifecycle
	SettingObjectLock
	SettingVersioning
	SettingEncryption
	SettingTagging
	SettingQuota
	SettingReplication
	SettingTargets
)

// MakeBucketOptions are the options of MakeBucket.
type MakeBucketOptions struct {
	ObjectLock bool // turns versioning on, for good
	Force      bool // no error when the bucket is there: what is missing of it is made
}

// PutOptions are the options of Put and NewUpload.
type PutOptions struct {
	ContentType string            // empty: binary/octet-stream
	Headers     map[string]string // standard headers to keep, see ObjectInfo.Headers
	UserMeta    map[string]string // see ObjectInfo.UserMeta
	Tags        string            // URL query form, valid
	// StorageClass is empty (STANDARD) or REDUCED_REDUNDANCY.
	StorageClass string
	Encryption   Encryption
	Conditions   Conditions
	ContentMD5   []byte // what the body's MD5 must be; nil = not checked
	// Checksum is the additional checksum to compute and keep. Algorithm empty = none. Value empty = whatever the body
	// gives, unless WantChecksum is set.
	Checksum Checksum
	// WantChecksum, when set, is asked after the body's end for the value it must have: a trailer.
	WantChecksum func() string
	Retention    Retention
	LegalHold    string
}

// GetOptions are the options of Get and Stat.
type GetOptions struct {
	Version    VersionID
	Range      Range
	PartNumber int // 0 = the whole object; excludes Range
	Conditions Conditions
	Encryption Encryption // SSE-C: the customer key
	// NoKey, of Stat: tell what can be told of an SSE-C object without its key (tags, retention, size) instead of failing.
	NoKey bool
}

// Source names what is copied.
type Source struct {
	Bucket     Bucket
	Key        Key
	Version    VersionID
	Conditions Conditions
	Encryption Encryption // SSE-C: the customer key of the source
}

// CopyOptions are the options of Copy.
type CopyOptions struct {
	PutOptions       // Conditions are about the destination
	ReplaceMeta bool // take ContentType, Headers and UserMeta from here and not from the source
	ReplaceTags bool // take Tags from here
}

// DeleteTarget is one version, or with an empty Version whatever "delete the key" means in the bucket.
type DeleteTarget struct {
	Key        Key
	Version    VersionID
	Conditions Conditions
}

// DeleteOptions are the options of Delete.
type DeleteOptions struct {
	Prefix           bool // each target's key is a prefix: everything below goes, all versions
	BypassGovernance bool // delete versions under GOVERNANCE retention
}

// Deleted answers one target.
type Deleted struct {
	Key           Key
	Version       VersionID // the version asked for
	DeleteMarker  bool      // a marker was made, or the version deleted was one
	MarkerVersion VersionID // its id
	Err           error     // nil also when there was nothing to delete
}

// ListOptions are the options of List.
type ListOptions struct {
	Prefix    string
	Delimiter string
	// After is the last key (or common prefix) already seen; the page begins behind it.
	After string
	// AfterVersion, with Versions: the last version of After already seen; the page begins behind it.
	AfterVersion VersionID
	Max          int // 0..MaxListing entries, common prefixes included
	Versions     bool
	Metadata     bool // fill UserMeta, Tags, Headers and geometry of the entries
}

// Listing is a page. Objects and Prefixes are each in ascending byte order of the key; versions newest first.
type Listing struct {
	Objects   []ObjectInfo
	Prefixes  []string
	Truncated bool
	// Next is what After of the next page has to be, when Truncated; NextVersion what AfterVersion has to be.
	Next        string
	NextVersion VersionID
}

// Amendment changes metadata. A nil field leaves what is there.
type Amendment struct {
	Tags             *string // "" removes them
	Retention        *Retention
	LegalHold        *string
	BypassGovernance bool
}

// PartOptions are the options of PutPart and CopyPart.
type PartOptions struct {
	ContentMD5   []byte
	Checksum     Checksum
	WantChecksum func() string
	Encryption   Encryption // SSE-C: the upload's key again
}

// CompletePart names one part of a completion.
type CompletePart struct {
	Number   int
	ETag     ETag
	Checksum Checksum // optional: must match the part's
}

// CompleteOptions are the options of CompleteUpload.
type CompleteOptions struct {
	Conditions Conditions
	Checksum   Checksum // of the object, optional: must match
	Size       *int64   // x-amz-mp-object-size, optional: must match
	Encryption Encryption
}

// ListUploadsOptions are the options of ListUploads.
type ListUploadsOptions struct {
	Prefix      string
	Delimiter   string
	AfterKey    string
	AfterUpload UploadID
	Max         int
}

// UploadListing is a page of uploads.
type UploadListing struct {
	Uploads    []UploadInfo
	Prefixes   []string
	Truncated  bool
	NextKey    string
	NextUpload UploadID
}
