package e2e_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// testUploads finds the uploads that were in progress when MinIO stopped and brings them to an end.
func (d *deployment) testUploads(t *testing.T) {
	for i := range d.manifest.Uploads {
		u := &d.manifest.Uploads[i]
		t.Run(u.Key, func(t *testing.T) {
			d.testListedUploads(t, u)
			if diff := cmp.Diff(u.ListParts, d.parts(t, u), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
			if len(u.Parts) == 0 {
				d.testAbort(t, u)
				return
			}
			d.testComplete(t, u)
		})
	}
}

func (d *deployment) testListedUploads(t *testing.T, u *fixture.Upload) {
	output, err := d.sdk.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &u.Bucket, Prefix: &u.Key})
	if err != nil {
		t.Errorf("list uploads: %v", err)
		return
	}
	var ids []string
	for _, upload := range output.Uploads {
		if *upload.Key == u.Key {
			ids = append(ids, *upload.UploadId)
		}
	}
	if diff := cmp.Diff(u.Listed, ids); diff != "" {
		t.Errorf("uploads of %s (-want +got):\n%s", u.Key, diff)
	}
}

func (d *deployment) parts(t *testing.T, u *fixture.Upload) []fixture.UploadedPart {
	output, err := d.sdk.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.UploadID})
	if err != nil {
		t.Errorf("list parts: %v", err)
		return nil
	}
	var parts []fixture.UploadedPart
	for _, p := range output.Parts {
		parts = append(parts, fixture.UploadedPart{
			PartNumber: int(*p.PartNumber), ETag: *p.ETag, Size: *p.Size,
			LastModified: *p.LastModified, ChecksumCRC32: aws.ToString(p.ChecksumCRC32),
		})
	}
	return parts
}

func (d *deployment) testAbort(t *testing.T, u *fixture.Upload) {
	if _, err := d.sdk.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.UploadID}); err != nil {
		t.Errorf("abort: %v", err)
	}
	_, err := d.sdk.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.UploadID})
	if got := errorCode(t, err); got != "NoSuchUpload" {
		t.Errorf("list parts after abort: got %q, want NoSuchUpload", got)
	}
}

// testComplete adds a part to an upload and completes it.
func (d *deployment) testComplete(t *testing.T, u *fixture.Upload) {
	const number = 9
	last := fixture.Content("text:last:777")
	input := &s3.UploadPartInput{
		Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.UploadID, PartNumber: aws.Int32(number), Body: newReader(last),
		ChecksumAlgorithm: types.ChecksumAlgorithm(u.ChecksumAlgorithm),
	}
	part, err := d.sdk.UploadPart(t.Context(), input)
	if err != nil {
		t.Fatalf("upload a part: %v", err)
	}
	var named []types.CompletedPart
	for _, p := range u.Parts {
		if p.PartNumber == 3 {
			continue // too small to be followed by another
		}
		named = append(named, types.CompletedPart{PartNumber: aws.Int32(int32(p.PartNumber)), ETag: aws.String(p.ETag), ChecksumCRC32: optional(p.ChecksumCRC32)})
	}
	named = append(named, types.CompletedPart{PartNumber: aws.Int32(number), ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32})
	if u.ChecksumAlgorithm == "" {
		named[len(named)-1].ChecksumCRC32 = nil
	}
	done, err := d.sdk.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.UploadID, MultipartUpload: &types.CompletedMultipartUpload{Parts: named},
	})
	if err != nil {
		t.Fatalf("complete: %v", err)
	}
	want := slices.Concat(fixture.Content(u.Contents[1]), last)
	got := d.client.Must(t, harness.Request{Method: http.MethodGet, Bucket: u.Bucket, Key: u.Key})
	if digest(got.Body) != digest(want) {
		t.Errorf("GET: got %d bytes with sum %s, want %d with %s", len(got.Body), digest(got.Body), len(want), digest(want))
	}
	if tag := multipartETag(fixture.Content(u.Contents[1]), last); *done.ETag != tag || got.Header.Get("Etag") != tag {
		t.Errorf("got ETag %s and then %s, want %s", *done.ETag, got.Header.Get("Etag"), tag)
	}
}

// multipartETag is the digest of the parts' digests, and how many there are.
func multipartETag(parts ...[]byte) string {
	var sums []byte
	for _, part := range parts {
		sum := md5.Sum(part)
		sums = append(sums, sum[:]...)
	}
	sum := md5.Sum(sums)
	return fmt.Sprintf("%q", fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:]), len(parts)))
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
