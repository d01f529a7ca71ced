package e2e_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// kmsEnv is a key server built into the process, with one key.
func kmsEnv() map[string]string {
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x5a}, 32))
	return map[string]string{"MINIO_KMS_SECRET_KEY": "test-key:" + key}
}

// customer is a key of a client, ready for the SDK.
type customer struct{ algorithm, key, md5 *string }

func newCustomer(fill byte) customer {
	key := bytes.Repeat([]byte{fill}, 32)
	sum := md5.Sum(key)
	return customer{aws.String("AES256"), aws.String(base64.StdEncoding.EncodeToString(key)), aws.String(base64.StdEncoding.EncodeToString(sum[:]))}
}

// TestCustomerKeys stores objects that only the holder of a key can read.
func TestCustomerKeys(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{TLS: true})
	mine, other := newCustomer(1), newCustomer(2)
	for _, size := range []int{0, 1, 65536, 65537, 1<<20 + 1} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			c, key := c.with(t), fmt.Sprint("ssec/", size)
			body := fixture.Content(fmt.Sprintf("rnd:ssec:%d", size))
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: c.bucket, Key: &key, Body: newReader(body),
				SSECustomerAlgorithm: mine.algorithm, SSECustomerKey: mine.key, SSECustomerKeyMD5: mine.md5,
			})
			if err != nil {
				t.Fatal(err)
			}
			get := func(k customer, spec *string) ([]byte, error) {
				output, err := c.GetObject(t.Context(), &s3.GetObjectInput{
					Bucket: c.bucket, Key: &key, Range: spec, SSECustomerAlgorithm: k.algorithm, SSECustomerKey: k.key, SSECustomerKeyMD5: k.md5,
				})
				if err != nil {
					return nil, err
				}
				defer output.Body.Close()
				return io.ReadAll(output.Body)
			}
			if got, err := get(mine, nil); err != nil || !bytes.Equal(got, body) {
				t.Errorf("with the key: got %d bytes, %v", len(got), err)
			}
			if size > 100 {
				first := size - 70
				if got, err := get(mine, aws.String(fmt.Sprintf("bytes=%d-%d", first, size-8))); err != nil || !bytes.Equal(got, body[first:size-7]) {
					t.Errorf("a range: got %d bytes, %v", len(got), err)
				}
			}
			if !harness.Peer() || size > 0 { // with MinIO everybody may read nothing
				_, err = get(other, nil)
				c.wantCode(err, "AccessDenied")
			}
			_, err = get(customer{}, nil)
			c.wantCode(err, "InvalidRequest")
			_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{
				Bucket: c.bucket, Key: aws.String(key + "-rekeyed"), CopySource: aws.String(*c.bucket + "/" + key),
				CopySourceSSECustomerAlgorithm: mine.algorithm, CopySourceSSECustomerKey: mine.key, CopySourceSSECustomerKeyMD5: mine.md5,
				SSECustomerAlgorithm: other.algorithm, SSECustomerKey: other.key, SSECustomerKeyMD5: other.md5,
			})
			if err != nil {
				t.Fatalf("copy to another key: %v", err)
			}
			key += "-rekeyed"
			if got, err := get(other, nil); err != nil || !bytes.Equal(got, body) {
				t.Errorf("copied to another key: got %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestCustomerKeyMultipart uploads parts encrypted with a client's key.
func TestCustomerKeyMultipart(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{TLS: true})
	k := newCustomer(3)
	key := "ssec-parts"
	created, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: c.bucket, Key: &key, SSECustomerAlgorithm: k.algorithm, SSECustomerKey: k.key, SSECustomerKeyMD5: k.md5,
	})
	if err != nil {
		t.Fatal(err)
	}
	bodies := [][]byte{fixture.Content(fmt.Sprintf("rnd:k1:%d", minPart)), fixture.Content("rnd:k2:100001")}
	var parts []types.CompletedPart
	for i, body := range bodies {
		number := int32(i + 1)
		part, err := c.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: c.bucket, Key: &key, UploadId: created.UploadId, PartNumber: &number, Body: newReader(body),
			SSECustomerAlgorithm: k.algorithm, SSECustomerKey: k.key, SSECustomerKeyMD5: k.md5,
		})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: &number, ETag: part.ETag})
	}
	_, err = c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: c.bucket, Key: &key, UploadId: created.UploadId, MultipartUpload: completed(parts...),
		SSECustomerAlgorithm: k.algorithm, SSECustomerKey: k.key, SSECustomerKeyMD5: k.md5,
	})
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Join(bodies, nil)
	for _, r := range [][2]int{{0, len(whole) - 1}, {minPart - 100, minPart + 100}, {minPart + 70000, len(whole) - 1}} {
		got, _ := c.get(&s3.GetObjectInput{
			Key: &key, Range: aws.String(fmt.Sprintf("bytes=%d-%d", r[0], r[1])),
			SSECustomerAlgorithm: k.algorithm, SSECustomerKey: k.key, SSECustomerKeyMD5: k.md5,
		})
		if !bytes.Equal(got, whole[r[0]:r[1]+1]) {
			t.Errorf("bytes %d to %d: got %d bytes that are not these", r[0], r[1], len(got))
		}
	}
}

// TestCustomerKeysNeedTLS sends a key in the clear.
func TestCustomerKeysNeedTLS(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	c := s.Client()
	c.Must(t, harness.Request{Method: http.MethodPut, Bucket: "bucket"})
	k := newCustomer(1)
	c.Refused(t, harness.Request{
		Method: http.MethodPut, Bucket: "bucket", Key: "key", Body: []byte("x"),
		Header: map[string]string{
			"X-Amz-Server-Side-Encryption-Customer-Algorithm": *k.algorithm,
			"X-Amz-Server-Side-Encryption-Customer-Key":       *k.key,
			"X-Amz-Server-Side-Encryption-Customer-Key-Md5":   *k.md5,
		},
	}, http.StatusBadRequest, "InvalidRequest")
}

// TestServerKeys stores objects that the server encrypts with a key of its own.
func TestServerKeys(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{Env: kmsEnv()})
	for name, input := range map[string]s3.PutObjectInput{
		"sse-s3":              {ServerSideEncryption: types.ServerSideEncryptionAes256},
		"sse-kms":             {ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("test-key")},
		"sse-kms default key": {ServerSideEncryption: types.ServerSideEncryptionAwsKms},
		"sse-kms context": {
			ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("test-key"),
			SSEKMSEncryptionContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"a":"b"}`))),
		},
	} {
		for _, size := range []int{0, 1, 100_000, 1<<20 + 1} {
			t.Run(fmt.Sprintf("%s, %d bytes", name, size), func(t *testing.T) {
				c, input := c.with(t), input
				key, body := fmt.Sprintf("%s/%d", name, size), fixture.Content(fmt.Sprintf("rnd:kms:%d", size))
				input.Bucket, input.Key, input.Body = c.bucket, &key, newReader(body)
				put, err := c.PutObject(t.Context(), &input)
				if err != nil {
					t.Fatal(err)
				}
				got, output := c.get(&s3.GetObjectInput{Key: &key})
				if !bytes.Equal(got, body) || output.ServerSideEncryption != input.ServerSideEncryption || put.ServerSideEncryption != input.ServerSideEncryption {
					t.Errorf("got %d bytes with %q, put answered %q; want %d with %q",
						len(got), output.ServerSideEncryption, put.ServerSideEncryption, size, input.ServerSideEncryption)
				}
				if want := input.SSEKMSKeyId; want != nil && !strings.HasSuffix(aws.ToString(output.SSEKMSKeyId), *want) {
					t.Errorf("got key %q, want %q", aws.ToString(output.SSEKMSKeyId), *want)
				}
			})
		}
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: c.bucket, Key: aws.String("unknown"), Body: newReader(nil),
		ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("no-such-key"),
	})
	if err == nil {
		t.Error("put with an unknown key succeeded")
	}
}

// TestBucketEncryption lets a bucket decide that its objects are encrypted, and looks for the plain text on the drives.
func TestBucketEncryption(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Env: kmsEnv()})
	c := &sdkClient{s.S3(), t, aws.String("encrypted")}
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: c.bucket}); err != nil {
		t.Fatal(err)
	}
	_, err := c.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: c.bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	secret := bytes.Repeat([]byte("the plain text nobody may find. "), 8192)
	if got := c.put("auto", secret).ServerSideEncryption; got != types.ServerSideEncryptionAes256 {
		t.Errorf("got encryption %q, want AES256", got)
	}
	c.put("small", secret[:100])
	c.wantBody("auto", secret)
	c.wantBody("small", secret[:100])
	s.Stop()
	for _, path := range filesWith(t, s.Drives, secret[:32]) {
		t.Errorf("%s holds the plain text", path)
	}
}

// TestNoServerKey asks for encryption where there is no key.
func TestNoServerKey(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: c.bucket, Key: aws.String("key"), Body: newReader(nil), ServerSideEncryption: types.ServerSideEncryptionAes256,
	})
	c.wantCode(err, "NotImplemented")
}
