package objectlayertest

import (
	"context"
	"io"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Denied is the Store of a caller who may do nothing: every call is KindDenied and no body is read.
type Denied struct{}

var _ objectlayer.Store = Denied{}

func denied(op string, b objectlayer.Bucket, k objectlayer.Key) error {
	return &objectlayer.Error{Op: op, Kind: objectlayer.KindDenied, Bucket: b, Key: k}
}

// MakeBucket is denied, and so are all others.
func (Denied) MakeBucket(_ context.Context, b objectlayer.Bucket, _ objectlayer.MakeBucketOptions) error {
	return denied("make bucket", b, "")
}

// StatBucket is denied.
func (Denied) StatBucket(_ context.Context, b objectlayer.Bucket) (objectlayer.BucketInfo, error) {
	return objectlayer.BucketInfo{}, denied("stat bucket", b, "")
}

// ListBuckets is denied.
func (Denied) ListBuckets(context.Context) ([]objectlayer.BucketInfo, error) {
	return nil, denied("list buckets", "", "")
}

// DeleteBucket is denied.
func (Denied) DeleteBucket(_ context.Context, b objectlayer.Bucket, _ bool) error {
	return denied("delete bucket", b, "")
}

// Setting is denied.
func (Denied) Setting(_ context.Context, b objectlayer.Bucket, _ objectlayer.SettingKind) ([]byte, error) {
	return nil, denied("get setting", b, "")
}

// SetSetting is denied.
func (Denied) SetSetting(_ context.Context, b objectlayer.Bucket, _ objectlayer.SettingKind, _ []byte) error {
	return denied("set setting", b, "")
}

// Put is denied.
func (Denied) Put(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ io.Reader, _ int64, _ objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	return objectlayer.ObjectInfo{}, denied("put", b, k)
}

// Get is denied.
func (Denied) Get(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.GetOptions) (*objectlayer.Object, error) {
	return nil, denied("get", b, k)
}

// Stat is denied.
func (Denied) Stat(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.GetOptions) (objectlayer.ObjectInfo, error) {
	return objectlayer.ObjectInfo{}, denied("stat", b, k)
}

// Copy is denied.
func (Denied) Copy(_ context.Context, _ objectlayer.Source, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.CopyOptions) (objectlayer.ObjectInfo, error) {
	return objectlayer.ObjectInfo{}, denied("copy", b, k)
}

// Delete is denied.
func (Denied) Delete(_ context.Context, b objectlayer.Bucket, _ []objectlayer.DeleteTarget, _ objectlayer.DeleteOptions) ([]objectlayer.Deleted, error) {
	return nil, denied("delete", b, "")
}

// List is denied.
func (Denied) List(_ context.Context, b objectlayer.Bucket, _ objectlayer.ListOptions) (objectlayer.Listing, error) {
	return objectlayer.Listing{}, denied("list", b, "")
}

// Amend is denied.
func (Denied) Amend(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.VersionID, _ objectlayer.Amendment) (objectlayer.ObjectInfo, error) {
	return objectlayer.ObjectInfo{}, denied("amend", b, k)
}

// NewUpload is denied.
func (Denied) NewUpload(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.PutOptions) (objectlayer.UploadInfo, error) {
	return objectlayer.UploadInfo{}, denied("new upload", b, k)
}

// PutPart is denied.
func (Denied) PutPart(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.UploadID, _ int, _ io.Reader, _ int64, _ objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	return objectlayer.PartInfo{}, denied("put part", b, k)
}

// CopyPart is denied.
func (Denied) CopyPart(_ context.Context, _ objectlayer.Source, _ objectlayer.Range, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.UploadID, _ int, _ objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	return objectlayer.PartInfo{}, denied("copy part", b, k)
}

// ListParts is denied.
func (Denied) ListParts(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.UploadID, _, _ int) (objectlayer.UploadInfo, []objectlayer.PartInfo, bool, error) {
	return objectlayer.UploadInfo{}, nil, false, denied("list parts", b, k)
}

// ListUploads is denied.
func (Denied) ListUploads(_ context.Context, b objectlayer.Bucket, _ objectlayer.ListUploadsOptions) (objectlayer.UploadListing, error) {
	return objectlayer.UploadListing{}, denied("list uploads", b, "")
}

// CompleteUpload is denied.
func (Denied) CompleteUpload(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.UploadID, _ []objectlayer.CompletePart, _ objectlayer.CompleteOptions) (objectlayer.ObjectInfo, error) {
	return objectlayer.ObjectInfo{}, denied("complete upload", b, k)
}

// AbortUpload is denied.
func (Denied) AbortUpload(_ context.Context, b objectlayer.Bucket, k objectlayer.Key, _ objectlayer.UploadID) error {
	return denied("abort upload", b, k)
}
