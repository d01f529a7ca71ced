package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"github.com/minio/minio-go/v7/pkg/tags"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// minioClient is a server's client of MinIO's SDK. Its bucket exists.
type minioClient struct {
	*minio.Client
	t      *testing.T
	bucket string
}

func startMinIO(t *testing.T, o harness.Options) *minioClient {
	t.Helper()
	s := harness.Start(t, o)
	c := &minioClient{s.MinIO(), t, "minio-go"}
	if err := c.MakeBucket(t.Context(), c.bucket, minio.MakeBucketOptions{Region: harness.Region}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *minioClient) put(key string, body []byte, o minio.PutObjectOptions) minio.UploadInfo {
	c.t.Helper()
	info, err := c.PutObject(c.t.Context(), c.bucket, key, bytes.NewReader(body), int64(len(body)), o)
	if err != nil {
		c.t.Fatalf("put %q: %v", key, err)
	}
	return info
}

func (c *minioClient) wantBody(key string, want []byte, o minio.GetObjectOptions) {
	c.t.Helper()
	object, err := c.GetObject(c.t.Context(), c.bucket, key, o)
	if err != nil {
		c.t.Fatalf("get %q: %v", key, err)
	}
	defer object.Close()
	got, err := io.ReadAll(object)
	if err != nil || !bytes.Equal(got, want) {
		c.t.Errorf("get %q: got %d bytes with sum %s, %v; want %d with %s", key, len(got), digest(got), err, len(want), digest(want))
	}
}

// TestMinIOGoSizes puts objects of all sizes: with a length, without one (so in parts), in parts because they are large.
func TestMinIOGoSizes(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} { // signed chunks, unsigned ones
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startMinIO(t, harness.Options{TLS: tls})
			for _, size := range append(objectSizes(), 17<<20+3) {
				body := fixture.Content(fmt.Sprintf("rnd:minio:%d", size))
				key := fmt.Sprint("size/", size)
				info := c.put(key, body, minio.PutObjectOptions{PartSize: 5 << 20})
				c.wantBody(key, body, minio.GetObjectOptions{})
				stat, err := c.StatObject(t.Context(), c.bucket, key, minio.StatObjectOptions{})
				if err != nil || stat.Size != int64(size) || stat.ETag != info.ETag {
					t.Errorf("stat %q: got %d bytes and ETag %s, %v; want %d and %s", key, stat.Size, stat.ETag, err, size, info.ETag)
				}
			}
			body := fixture.Content("rnd:stream:6000000")
			if _, err := c.PutObject(t.Context(), c.bucket, "stream", io.MultiReader(bytes.NewReader(body)), -1, minio.PutObjectOptions{PartSize: 5 << 20}); err != nil {
				t.Fatal(err)
			}
			c.wantBody("stream", body, minio.GetObjectOptions{})
		})
	}
}

// TestMinIOGoSignatures puts objects in all the ways in which the SDK protects a body.
func TestMinIOGoSignatures(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	body := fixture.Content("rnd:signed:200001")
	for name, o := range map[string]minio.PutObjectOptions{
		"streaming signature": {DisableMultipart: true},
		"whole digest":        {DisableContentSha256: false, SendContentMd5: true, DisableMultipart: true},
		"md5 only":            {DisableContentSha256: true, SendContentMd5: true},
		"crc32c trailer":      {Checksum: minio.ChecksumCRC32C},
		"crc32 trailer":       {Checksum: minio.ChecksumCRC32},
		"sha256 trailer":      {Checksum: minio.ChecksumSHA256},
		"sha1 trailer":        {Checksum: minio.ChecksumSHA1},
		"crc64 trailer":       {Checksum: minio.ChecksumCRC64NVME},
	} {
		if _, err := c.PutObject(t.Context(), c.bucket, name, bytes.NewReader(body), int64(len(body)), o); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.wantBody(name, body, minio.GetObjectOptions{})
	}
}

func TestMinIOGoReads(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	body := fixture.Content("rnd:reads:3000000")
	c.put("key", body, minio.PutObjectOptions{})
	object, err := c.GetObject(t.Context(), c.bucket, "key", minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	for _, offset := range []int64{0, 1, 1 << 20, 2_999_990} {
		got := make([]byte, min(100, len(body)-int(offset)))
		if _, err := object.ReadAt(got, offset); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if want := body[offset:][:len(got)]; !bytes.Equal(got, want) {
			t.Errorf("at %d: got %x, want %x", offset, got, want)
		}
	}
	if _, err := object.Seek(-10, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(object); err != nil || !bytes.Equal(got, body[len(body)-10:]) {
		t.Errorf("the last ten: got %x, %v", got, err)
	}
	_, err = c.StatObject(t.Context(), c.bucket, "absent", minio.StatObjectOptions{})
	if got := minio.ToErrorResponse(err).Code; got != "NoSuchKey" {
		t.Errorf("stat of an absent key: got %q, want NoSuchKey", got)
	}
}

// TestMinIOGoPresigned uses URLs and forms that carry their own permission.
func TestMinIOGoPresigned(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	put, err := c.PresignedPutObject(t.Context(), c.bucket, "up & down", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	send := func(method string, u *url.URL, contentType string, body io.Reader) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, u.String(), body)
		if err != nil {
			t.Fatal(err)
		}
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		got, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(got)
	}
	if status, got := send(http.MethodPut, put, "", strings.NewReader("presigned")); status != http.StatusOK {
		t.Fatalf("PUT: got %d %s", status, got)
	}
	get, err := c.PresignedGetObject(t.Context(), c.bucket, "up & down", time.Minute, url.Values{"response-content-type": {"text/x-test"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, got := send(http.MethodGet, get, "", nil); status != http.StatusOK || got != "presigned" {
		t.Errorf("GET: got %d %q", status, got)
	}
	policy := minio.NewPostPolicy()
	for _, err := range []error{
		policy.SetBucket(c.bucket), policy.SetKeyStartsWith("forms/"), policy.SetExpires(time.Now().Add(time.Hour)),
		policy.SetContentLengthRange(1, 1000), policy.SetContentType("text/plain"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	u, fields, err := c.PresignedPostPolicy(t.Context(), policy)
	if err != nil {
		t.Fatal(err)
	}
	fields["key"] = "forms/${filename}"
	contentType, body := form(t, fields, "upload.txt", "from a form")
	if status, got := send(http.MethodPost, u, contentType, body); status != http.StatusNoContent {
		t.Errorf("POST: got %d %s, want 204", status, got)
	}
	c.wantBody("forms/upload.txt", []byte("from a form"), minio.GetObjectOptions{})
	fields["key"] = "elsewhere/x"
	contentType, body = form(t, fields, "upload.txt", "from a form")
	if status, got := send(http.MethodPost, u, contentType, body); status != http.StatusForbidden {
		t.Errorf("POST against the policy: got %d %s, want 403", status, got)
	}
	fields["key"] = "forms/large"
	contentType, body = form(t, fields, "upload.txt", strings.Repeat("x", 2000))
	if status, got := send(http.MethodPost, u, contentType, body); status != http.StatusBadRequest || !strings.Contains(got, "EntityTooLarge") {
		t.Errorf("POST of too much: got %d %s, want 400 EntityTooLarge", status, got)
	}
}

// TestMinIOGoCompose makes objects of others on the server.
func TestMinIOGoCompose(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	parts := [][]byte{fixture.Content("rnd:one:5242880"), fixture.Content("rnd:two:5242999"), fixture.Content("rnd:three:77")}
	var sources []minio.CopySrcOptions
	for i, part := range parts {
		key := fmt.Sprint("part-", i)
		c.put(key, part, minio.PutObjectOptions{})
		sources = append(sources, minio.CopySrcOptions{Bucket: c.bucket, Object: key})
	}
	if _, err := c.ComposeObject(t.Context(), minio.CopyDestOptions{Bucket: c.bucket, Object: "whole"}, sources...); err != nil {
		t.Fatal(err)
	}
	c.wantBody("whole", slices.Concat(parts...), minio.GetObjectOptions{})
	if _, err := c.CopyObject(t.Context(), minio.CopyDestOptions{
		Bucket: c.bucket, Object: "whole", ReplaceMetadata: true, UserMetadata: map[string]string{"a": "b"},
	}, minio.CopySrcOptions{Bucket: c.bucket, Object: "whole"}); err != nil {
		t.Fatalf("copy onto itself with other metadata: %v", err)
	}
	if stat, err := c.StatObject(t.Context(), c.bucket, "whole", minio.StatObjectOptions{}); err != nil || stat.UserMetadata["A"] != "b" {
		t.Errorf("stat: got metadata %v, %v", stat.UserMetadata, err)
	}
	c.wantBody("whole", slices.Concat(parts...), minio.GetObjectOptions{})
}

func TestMinIOGoTags(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	want, err := tags.NewTags(map[string]string{"a": "1", "b c": "2/3"}, true)
	if err != nil {
		t.Fatal(err)
	}
	c.put("key", nil, minio.PutObjectOptions{UserTags: map[string]string{"first": "put"}})
	if err := c.PutObjectTagging(t.Context(), c.bucket, "key", want, minio.PutObjectTaggingOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetObjectTagging(t.Context(), c.bucket, "key", minio.GetObjectTaggingOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.ToMap(), got.ToMap()); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if err := c.SetBucketTagging(t.Context(), c.bucket, want); err != nil {
		t.Fatal(err)
	}
	got, err = c.GetBucketTagging(t.Context(), c.bucket)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.ToMap(), got.ToMap()); diff != "" {
		t.Errorf("tags of the bucket (-want +got):\n%s", diff)
	}
	if err := c.RemoveBucketTagging(t.Context(), c.bucket); err != nil {
		t.Error(err)
	}
}

// TestMinIOGoRemove removes objects one by one, in bulk, with all versions, and uploads that were left.
func TestMinIOGoRemove(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	if err := c.EnableVersioning(t.Context(), c.bucket); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		c.put(fmt.Sprint("k/", i%20), nil, minio.PutObjectOptions{})
	}
	for i := range 10 {
		if err := c.RemoveObject(t.Context(), c.bucket, fmt.Sprint("k/", i), minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(versions bool) (n int) {
		for object := range c.ListObjects(t.Context(), c.bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: versions}) {
			if object.Err != nil {
				t.Fatal(object.Err)
			}
			n++
		}
		return n
	}
	if keys, versions := count(false), count(true); keys != 10 || versions != 60 {
		t.Errorf("got %d keys and %d versions, want 10 and 60", keys, versions)
	}
	all := c.ListObjects(t.Context(), c.bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true})
	for failure := range c.RemoveObjects(t.Context(), c.bucket, all, minio.RemoveObjectsOptions{}) {
		t.Errorf("remove %q: %v", failure.ObjectName, failure.Err)
	}
	if got := count(true); got != 0 {
		t.Errorf("got %d versions after all were removed", got)
	}
	core := minio.Core{Client: c.Client}
	if _, err := core.NewMultipartUpload(t.Context(), c.bucket, "left", minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveIncompleteUpload(t.Context(), c.bucket, "left"); err != nil {
		t.Error(err)
	}
	for upload := range c.ListIncompleteUploads(t.Context(), c.bucket, "", true) {
		t.Errorf("left: %+v", upload)
	}
	if err := c.RemoveBucket(t.Context(), c.bucket); err != nil {
		t.Error(err)
	}
}

// TestMinIOGoEncryption lets the SDK ask for each kind of encryption.
func TestMinIOGoEncryption(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{TLS: true, Env: kmsEnv()})
	kms, err := encrypt.NewSSEKMS("test-key", map[string]string{"k": "v"})
	if err != nil {
		t.Fatal(err)
	}
	customer := encrypt.DefaultPBKDF([]byte("password"), []byte("salt"))
	body := fixture.Content("rnd:encrypted:11000000")
	for name, sse := range map[string]encrypt.ServerSide{"c": customer, "s3": encrypt.NewSSE(), "kms": kms} {
		for _, size := range []int{0, 100_000, len(body)} {
			key := fmt.Sprintf("%s/%d", name, size)
			c.put(key, body[:size], minio.PutObjectOptions{ServerSideEncryption: sse, PartSize: 5 << 20})
			o := minio.GetObjectOptions{}
			if name == "c" {
				o.ServerSideEncryption = sse
			}
			c.wantBody(key, body[:size], o)
		}
	}
	if _, err := c.CopyObject(t.Context(), minio.CopyDestOptions{Bucket: c.bucket, Object: "plain"}, minio.CopySrcOptions{
		Bucket: c.bucket, Object: "c/100000", Encryption: customer,
	}); err != nil {
		t.Fatalf("copy to an object without a key: %v", err)
	}
	c.wantBody("plain", body[:100_000], minio.GetObjectOptions{})
}

// TestMinIOGoListings lists with what MinIO adds to S3.
func TestMinIOGoListings(t *testing.T) {
	t.Parallel()
	c := startMinIO(t, harness.Options{})
	for _, key := range []string{"a", "b/c", "b/d/e"} {
		c.put(key, []byte(key), minio.PutObjectOptions{UserMetadata: map[string]string{"name": key}, UserTags: map[string]string{"t": "1"}})
	}
	list := func(o minio.ListObjectsOptions) (keys []string) {
		t.Helper()
		for object := range c.ListObjects(t.Context(), c.bucket, o) {
			if object.Err != nil {
				t.Fatal(object.Err)
			}
			keys = append(keys, object.Key)
			if o.WithMetadata && object.UserMetadata["X-Amz-Meta-Name"] != object.Key {
				t.Errorf("%q: got metadata %v", object.Key, object.UserMetadata)
			}
		}
		return keys
	}
	for name, test := range map[string]struct {
		o    minio.ListObjectsOptions
		want []string
	}{
		"flat":      {minio.ListObjectsOptions{}, []string{"a", "b/"}},
		"recursive": {minio.ListObjectsOptions{Recursive: true}, []string{"a", "b/c", "b/d/e"}},
		"version 1": {minio.ListObjectsOptions{Recursive: true, UseV1: true}, []string{"a", "b/c", "b/d/e"}},
		"metadata":  {minio.ListObjectsOptions{Recursive: true, WithMetadata: true}, []string{"a", "b/c", "b/d/e"}},
		"pages":     {minio.ListObjectsOptions{Recursive: true, MaxKeys: 1}, []string{"a", "b/c", "b/d/e"}},
	} {
		if diff := cmp.Diff(test.want, list(test.o)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
