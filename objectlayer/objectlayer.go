// Package objectlayer is the vocabulary of the system: what its names and values are, how it fails, and the contracts its
// engines keep and its doors speak. It imports only the standard library; whoever has read it and package drive can guess
// the rest.
//
// # Concepts
//
// A bucket holds objects under keys. A key has a stack of versions, newest first; the newest is current. A version is an
// object or a delete marker, is immutable in its bytes, and may have its metadata amended. A bucket without versioning
// keeps one version per key, whose id is "null".
//
// [Store] is the object view of everything; doors get it from a [Gate], bound to a [Caller], so that no door can forget
// authorisation. Every call is linearizable per key: when a call that changes something has returned, every later call
// through any door sees it, and it survives the loss of power. Conditions are decided when a change is committed, never by
// holding a lock while a client is still sending.
//
//	view := gate.Store(caller)
//	info, err := view.Put(ctx, "photos", "cat.jpg", body, size, objectlayer.PutOptions{})
//
// # Traps
//
// An error tells its class through [KindOf]; never look at its text. A Put whose reader fails stores nothing and returns
// the reader's error inside an *Error (errors.Is and errors.As find it). KindWriteQuorum means unknown: the change may
// stand.
package objectlayer

import (
	"context"
	"io"
)

// Gate hands out the views one caller may use. It is the only thing a door is given.
type Gate interface {
	// Store returns the object view for this caller. It costs nothing; make one per request.
	Store(Caller) Store
}

// Accounts turns what a door knows into an identity and its secret.
type Accounts interface {
	// Secret returns the secret of an access key, for checking signatures. ok is false for keys that are unknown,
	// disabled or expired.
	Secret(ctx context.Context, accessKey, sessionToken string) (secret string, ok bool, err error)
	// Caller describes the holder of an access key whose secret was proven; the empty key is the anonymous caller.
	Caller(ctx context.Context, accessKey string) (Caller, error)
}

// Store is the object view of everything.
type Store interface {
	Buckets
	Objects
	Uploads
}

// Buckets are the calls on buckets. Names are not checked for S3's rules except by MakeBucket: MinIO kept older ones.
type Buckets interface {
	// MakeBucket makes a bucket. KindBucketExists, KindName.
	MakeBucket(ctx context.Context, b Bucket, o MakeBucketOptions) error
	// StatBucket describes a bucket. KindNoBucket.
	StatBucket(ctx context.Context, b Bucket) (BucketInfo, error)
	// ListBuckets lists the buckets the caller may see, by name.
	ListBuckets(ctx context.Context) ([]BucketInfo, error)
	// DeleteBucket removes an empty bucket, or with force a bucket and everything in it. KindBucketNotEmpty.
	DeleteBucket(ctx context.Context, b Bucket, force bool) error
	// Setting returns one of the documents a bucket carries, as it is stored. KindNoSetting when it has none.
	Setting(ctx context.Context, b Bucket, kind SettingKind) ([]byte, error)
	// SetSetting stores or, with a nil document, removes one. The document is the door's to validate.
	SetSetting(ctx context.Context, b Bucket, kind SettingKind, doc []byte) error
}

// Objects are the calls on objects and their versions.
type Objects interface {
	// Put stores a version. size is the number of bytes body will yield, -1 when unknown (at most MaxObjectSize). A body
	// that ends early is KindIncomplete, one that goes on KindTooLarge. Nothing is visible unless Put returns nil.
	Put(ctx context.Context, b Bucket, k Key, body io.Reader, size int64, o PutOptions) (ObjectInfo, error)
	// Get opens a version for reading. The caller closes it. KindNoObject, KindNoVersion, KindDeleteMarker, KindRange,
	// KindPartNumber, KindNotModified, KindPrecondition, KindCustomerKey.
	Get(ctx context.Context, b Bucket, k Key, o GetOptions) (*Object, error)
	// Stat describes a version; errors as Get's.
	Stat(ctx context.Context, b Bucket, k Key, o GetOptions) (ObjectInfo, error)
	// Copy stores a version of dst from one of src, or changes the metadata of src when both are the same.
	Copy(ctx context.Context, src Source, b Bucket, k Key, o CopyOptions) (ObjectInfo, error)
	// Delete deletes each target on its own; the answers are in the order of the targets. The error is for the call as a
	// whole (KindNoBucket).
	Delete(ctx context.Context, b Bucket, targets []DeleteTarget, o DeleteOptions) ([]Deleted, error)
	// List returns a page of keys or versions.
	List(ctx context.Context, b Bucket, o ListOptions) (Listing, error)
	// Amend changes metadata of one version that is not part of its bytes. The version's ModTime and ETag stay.
	Amend(ctx context.Context, b Bucket, k Key, v VersionID, a Amendment) (ObjectInfo, error)
}

// Uploads are the calls on multipart uploads. KindNoUpload for an upload that is not (or no longer) there.
type Uploads interface {
	NewUpload(ctx context.Context, b Bucket, k Key, o PutOptions) (UploadInfo, error)
	// PutPart stores a part, replacing one of the same number. size as Put's.
	PutPart(ctx context.Context, b Bucket, k Key, id UploadID, number int, body io.Reader, size int64, o PartOptions) (PartInfo, error)
	// CopyPart stores a part from a range of an object.
	CopyPart(ctx context.Context, src Source, r Range, b Bucket, k Key, id UploadID, number int, o PartOptions) (PartInfo, error)
	// ListParts returns up to max parts whose number is greater than after, and whether there are more.
	ListParts(ctx context.Context, b Bucket, k Key, id UploadID, after, max int) (UploadInfo, []PartInfo, bool, error)
	// ListUploads returns a page of uploads ordered by key, then time of initiation.
	ListUploads(ctx context.Context, b Bucket, o ListUploadsOptions) (UploadListing, error)
	// CompleteUpload makes a version of the parts named. KindPart, KindPartOrder, KindTooSmall, KindPrecondition.
	// Completing again with the same parts, while the version still stands, returns the same answer.
	CompleteUpload(ctx context.Context, b Bucket, k Key, id UploadID, parts []CompletePart, o CompleteOptions) (ObjectInfo, error)
	AbortUpload(ctx context.Context, b Bucket, k Key, id UploadID) error
}

// Object is a version opened for reading. Info is complete before the first byte is read; Offset and Length are the
// stretch that will be read. One goroutine uses it.
type Object struct {
	Info   ObjectInfo
	Offset int64
	Length int64
	Body   ObjectBody
}

// ObjectBody yields the bytes of the stretch. WriteTo moves them with the fewest copies; an error after the first byte
// means the rest cannot be had.
type ObjectBody interface {
	io.Reader
	io.WriterTo
	io.Closer
}
