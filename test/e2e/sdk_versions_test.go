package e2e_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/test/harness"
)

func (c *sdkClient) versioning(status types.BucketVersioningStatus) {
	c.t.Helper()
	_, err := c.PutBucketVersioning(c.t.Context(), &s3.PutBucketVersioningInput{
		Bucket: c.bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	output, err := c.GetBucketVersioning(c.t.Context(), &s3.GetBucketVersioningInput{Bucket: c.bucket})
	if err != nil || output.Status != status {
		c.t.Fatalf("got status %v, %v, want %s", output, err, status)
	}
}

// TestSDKVersions takes a key through the life of a versioned bucket.
func TestSDKVersions(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	key := aws.String("doc")
	c.put("doc", []byte("before"))
	c.versioning(types.BucketVersioningStatusEnabled)
	var ids []string
	for i := range 3 {
		ids = append(ids, *c.put("doc", fmt.Appendf(nil, "version %d", i)).VersionId)
	}
	for i, id := range ids {
		if got, _ := c.get(&s3.GetObjectInput{Key: key, VersionId: &id}); string(got) != fmt.Sprintf("version %d", i) {
			t.Errorf("version %s: got %q", id, got)
		}
	}
	if got, _ := c.get(&s3.GetObjectInput{Key: key, VersionId: aws.String("null")}); string(got) != "before" {
		t.Errorf("the null version: got %q", got)
	}
	marker, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: c.bucket, Key: key})
	if err != nil || !aws.ToBool(marker.DeleteMarker) {
		t.Fatalf("delete: got %+v, %v", marker, err)
	}
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: c.bucket, Key: key})
	c.wantCode(err, "NoSuchKey")
	_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: c.bucket, Key: key, VersionId: marker.VersionId})
	c.wantCode(err, "MethodNotAllowed")
	c.wantVersions([]string{*marker.VersionId, ids[2], ids[1], ids[0], "null"})

	c.remove("doc", *marker.VersionId)
	c.wantBody("doc", []byte("version 2"))
	c.remove("doc", ids[2])
	c.wantBody("doc", []byte("version 1"))
	c.copyVersion("doc", ids[0], "restored")
	c.wantBody("restored", []byte("version 0"))
	c.remove("restored", *c.latest("restored"))

	c.versioning(types.BucketVersioningStatusSuspended)
	c.put("doc", []byte("suspended"))
	c.wantVersions([]string{"null", ids[1], ids[0]})
	if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: c.bucket, Key: key}); err != nil {
		t.Error(err)
	}
	c.wantVersions([]string{"null", ids[1], ids[0]}) // the null version is a marker now
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: c.bucket, Key: key})
	c.wantCode(err, "NoSuchKey")
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: c.bucket, Key: key, VersionId: aws.String("11111111-2222-4333-8444-555555555555")})
	c.wantCode(err, "NoSuchVersion")
}

func (c *sdkClient) remove(key, version string) {
	c.t.Helper()
	if _, err := c.DeleteObject(c.t.Context(), &s3.DeleteObjectInput{Bucket: c.bucket, Key: &key, VersionId: &version}); err != nil {
		c.t.Fatalf("remove %s of %q: %v", version, key, err)
	}
}

func (c *sdkClient) copyVersion(key, version, to string) {
	c.t.Helper()
	_, err := c.CopyObject(c.t.Context(), &s3.CopyObjectInput{
		Bucket: c.bucket, Key: &to, CopySource: aws.String(*c.bucket + "/" + key + "?versionId=" + version),
	})
	if err != nil {
		c.t.Fatalf("copy version %s of %q: %v", version, key, err)
	}
}

func (c *sdkClient) latest(key string) *string {
	c.t.Helper()
	output, err := c.HeadObject(c.t.Context(), &s3.HeadObjectInput{Bucket: c.bucket, Key: &key})
	if err != nil {
		c.t.Fatal(err)
	}
	return output.VersionId
}

// wantVersions checks which versions the bucket's only key has, newest first.
func (c *sdkClient) wantVersions(want []string) {
	c.t.Helper()
	output, err := c.ListObjectVersions(c.t.Context(), &s3.ListObjectVersionsInput{Bucket: c.bucket})
	if err != nil {
		c.t.Fatal(err)
	}
	entries := make(map[string]bool)
	for _, v := range output.Versions {
		entries[*v.VersionId] = *v.IsLatest
	}
	for _, m := range output.DeleteMarkers {
		entries[*m.VersionId] = *m.IsLatest
	}
	got := make(map[string]bool)
	for i, id := range want {
		got[id] = i == 0
	}
	if diff := cmp.Diff(got, entries); diff != "" {
		c.t.Errorf("versions and which is the latest (-want +got):\n%s", diff)
	}
}

// TestSDKDeleteVersions deletes versions in bulk.
func TestSDKDeleteVersions(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	c.versioning(types.BucketVersioningStatusEnabled)
	var ids []types.ObjectIdentifier
	for i := range 30 {
		key := fmt.Sprintf("k%d", i%10)
		ids = append(ids, types.ObjectIdentifier{Key: &key, VersionId: c.put(key, []byte("x")).VersionId})
	}
	markers, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{
		Bucket: c.bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("k0")}, {Key: aws.String("k1")}}},
	})
	if err != nil || len(markers.Deleted) != 2 || !aws.ToBool(markers.Deleted[0].DeleteMarker) {
		t.Fatalf("got %+v, %v, want two markers", markers, err)
	}
	for _, d := range markers.Deleted {
		ids = append(ids, types.ObjectIdentifier{Key: d.Key, VersionId: d.DeleteMarkerVersionId})
	}
	for chunk := range slices.Chunk(ids, 20) {
		output, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: c.bucket, Delete: &types.Delete{Objects: chunk}})
		if err != nil || len(output.Errors) > 0 {
			t.Errorf("got %v and errors %v", err, output.Errors)
		}
	}
	c.wantVersions(nil)
	if _, err := c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: c.bucket}); err != nil {
		t.Errorf("delete the empty bucket: %v", err)
	}
}

// TestSDKObjectLock keeps versions from being removed.
func TestSDKObjectLock(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	c.bucket = aws.String("locked")
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: c.bucket, ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	key := aws.String("kept")
	version := c.put("kept", []byte("x")).VersionId
	hold := func(status types.ObjectLockLegalHoldStatus) {
		t.Helper()
		_, err := c.PutObjectLegalHold(t.Context(), &s3.PutObjectLegalHoldInput{
			Bucket: c.bucket, Key: key, VersionId: version, LegalHold: &types.ObjectLockLegalHold{Status: status},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	hold(types.ObjectLockLegalHoldStatusOn)
	_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: c.bucket, Key: key, VersionId: version})
	c.wantCode(err, "AccessDenied", "InvalidRequest")
	hold(types.ObjectLockLegalHoldStatusOff)
	c.remove("kept", *version)
}
