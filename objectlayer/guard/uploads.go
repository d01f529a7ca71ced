package guard

import (
	"context"
	"io"

	"github.com/holdfast-io/holdfast/objectlayer"
)

func (v *view) NewUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.PutOptions) (objectlayer.UploadInfo, error) {
	if err := v.check(ctx, "new upload", putRequests(b, k, o)...); err != nil {
		return objectlayer.UploadInfo{}, err
	}
	return v.gate.store.NewUpload(ctx, b, k, o)
}

func (v *view) PutPart(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, body io.Reader, size int64, o objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	if err := v.check(ctx, "put part", Request{Action: "s3:PutObject", Bucket: b, Key: k}); err != nil {
		return objectlayer.PartInfo{}, err
	}
	return v.gate.store.PutPart(ctx, b, k, id, number, body, size, o)
}

func (v *view) CopyPart(ctx context.Context, src objectlayer.Source, r objectlayer.Range, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, o objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	if err := v.check(ctx, "copy part", Request{Action: "s3:PutObject", Bucket: b, Key: k}, getRequest(src.Bucket, src.Key, src.Version)); err != nil {
		return objectlayer.PartInfo{}, err
	}
	return v.gate.store.CopyPart(ctx, src, r, b, k, id, number, o)
}

func (v *view) ListParts(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, after, max int) (objectlayer.UploadInfo, []objectlayer.PartInfo, bool, error) {
	if err := v.check(ctx, "list parts", Request{Action: "s3:ListMultipartUploadParts", Bucket: b, Key: k}); err != nil {
		return objectlayer.UploadInfo{}, nil, false, err
	}
	return v.gate.store.ListParts(ctx, b, k, id, after, max)
}

func (v *view) ListUploads(ctx context.Context, b objectlayer.Bucket, o objectlayer.ListUploadsOptions) (objectlayer.UploadListing, error) {
	if err := v.check(ctx, "list uploads", Request{Action: "s3:ListBucketMultipartUploads", Bucket: b, Prefix: o.Prefix, Delimiter: o.Delimiter, MaxKeys: o.Max}); err != nil {
		return objectlayer.UploadListing{}, err
	}
	return v.gate.store.ListUploads(ctx, b, o)
}

func (v *view) CompleteUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, parts []objectlayer.CompletePart, o objectlayer.CompleteOptions) (objectlayer.ObjectInfo, error) {
	if err := v.check(ctx, "complete upload", Request{Action: "s3:PutObject", Bucket: b, Key: k}); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return v.gate.store.CompleteUpload(ctx, b, k, id, parts, o)
}

func (v *view) AbortUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID) error {
	if err := v.check(ctx, "abort upload", Request{Action: "s3:AbortMultipartUpload", Bucket: b, Key: k}); err != nil {
		return err
	}
	return v.gate.store.AbortUpload(ctx, b, k, id)
}
