package e2e_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/holdfast-io/holdfast/test/harness"
)

// TestSDKConditionalWrites writes only if.
func TestSDKConditionalWrites(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	put := func(key, match, noneMatch string) error {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: c.bucket, Key: &key, Body: newReader([]byte(match + noneMatch)), IfMatch: optional(match), IfNoneMatch: optional(noneMatch),
		})
		return err
	}
	if err := put("key", "", "*"); err != nil {
		t.Errorf("If-None-Match: * where there is nothing: %v", err)
	}
	c.wantCode(put("key", "", "*"), "PreconditionFailed")
	c.wantCode(put("absent", `"00000000000000000000000000000000"`, ""), "NoSuchKey")
	c.wantCode(put("key", `"00000000000000000000000000000000"`, ""), "PreconditionFailed")
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: c.bucket, Key: aws.String("key")})
	if err != nil {
		t.Fatal(err)
	}
	if err := put("key", *head.ETag, ""); err != nil {
		t.Errorf("If-Match with the right ETag: %v", err)
	}

	m := c.beginUpload("parts", s3.CreateMultipartUploadInput{})
	part := m.part(1, []byte("only"))
	c.put("parts", []byte("in between"))
	_, err = c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: c.bucket, Key: &m.key, UploadId: m.id, IfNoneMatch: aws.String("*"), MultipartUpload: completed(part),
	})
	c.wantCode(err, "PreconditionFailed")
	c.wantBody("parts", []byte("in between"))
}

// TestSDKOneWriterWins lets many writers create the same key: one succeeds.
func TestSDKOneWriterWins(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	for range 10 {
		key := "race/" + time.Now().Format(time.RFC3339Nano)
		var won atomic.Int64
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: c.bucket, Key: &key, Body: newReader([]byte("x")), IfNoneMatch: aws.String("*")})
				if err == nil {
					won.Add(1)
				} else {
					c.wantCode(err, "PreconditionFailed", "ConditionalRequestConflict")
				}
			})
		}
		group.Wait()
		if won.Load() != 1 {
			t.Errorf("%s: %d writers succeeded, want 1", key, won.Load())
		}
	}
}

// TestSDKConditionalReads reads only if.
func TestSDKConditionalReads(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	etag := c.put("key", []byte("body")).ETag
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	other := aws.String(`"00000000000000000000000000000000"`)
	for name, test := range map[string]struct {
		input s3.GetObjectInput
		want  string
	}{
		"match":              {s3.GetObjectInput{IfMatch: etag}, ""},
		"no match":           {s3.GetObjectInput{IfMatch: other}, "PreconditionFailed"},
		"none match":         {s3.GetObjectInput{IfNoneMatch: etag}, "NotModified"},
		"none match, other":  {s3.GetObjectInput{IfNoneMatch: other}, ""},
		"modified since":     {s3.GetObjectInput{IfModifiedSince: &past}, ""},
		"not modified since": {s3.GetObjectInput{IfModifiedSince: &future}, "NotModified"},
		"unmodified":         {s3.GetObjectInput{IfUnmodifiedSince: &future}, ""},
		"modified":           {s3.GetObjectInput{IfUnmodifiedSince: &past}, "PreconditionFailed"},
		"match wins":         {s3.GetObjectInput{IfMatch: etag, IfUnmodifiedSince: &past}, ""},
		"none match wins":    {s3.GetObjectInput{IfNoneMatch: etag, IfModifiedSince: &past}, "NotModified"},
	} {
		t.Run(name, func(t *testing.T) {
			input := test.input
			input.Bucket, input.Key = c.bucket, aws.String("key")
			output, err := c.GetObject(t.Context(), &input)
			if err == nil {
				output.Body.Close()
			}
			if got := errorCode(t, err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
