package e2e_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/minio/crc64nvme"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// algorithms are all checksums of S3 that the SDK computes.
func algorithms() []types.ChecksumAlgorithm {
	return []types.ChecksumAlgorithm{
		types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
		types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
	}
}

// checksum computes a checksum in the way of the S3 documents: big endian, base64.
func checksum(algorithm types.ChecksumAlgorithm, b []byte) string {
	var sum []byte
	switch algorithm {
	case types.ChecksumAlgorithmCrc32:
		sum = binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b))
	case types.ChecksumAlgorithmCrc32c:
		sum = binary.BigEndian.AppendUint32(nil, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	case types.ChecksumAlgorithmCrc64nvme:
		sum = binary.BigEndian.AppendUint64(nil, crc64nvme.Checksum(b))
	case types.ChecksumAlgorithmSha1:
		s := sha1.Sum(b)
		sum = s[:]
	case types.ChecksumAlgorithmSha256:
		s := sha256.Sum256(b)
		sum = s[:]
	}
	return base64.StdEncoding.EncodeToString(sum)
}

// checksums puts a value where an algorithm's belongs.
func checksums(algorithm types.ChecksumAlgorithm, value, kind string) fixture.Checksum {
	c := fixture.Checksum{ChecksumType: kind}
	switch algorithm {
	case types.ChecksumAlgorithmCrc32:
		c.ChecksumCRC32 = value
	case types.ChecksumAlgorithmCrc32c:
		c.ChecksumCRC32C = value
	case types.ChecksumAlgorithmCrc64nvme:
		c.ChecksumCRC64NVME = value
	case types.ChecksumAlgorithmSha1:
		c.ChecksumSHA1 = value
	case types.ChecksumAlgorithmSha256:
		c.ChecksumSHA256 = value
	}
	return c
}

// TestSDKChecksums stores objects with each checksum, in a header (the body can be read twice) and in a trailer (it cannot),
// over HTTP, where the SDK signs every chunk, and HTTPS, where it signs none.
func TestSDKChecksums(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startSDK(t, harness.Options{TLS: tls})
			for _, algorithm := range algorithms() {
				for _, size := range []int{0, 1, 70_000, 1<<20 + 1} {
					c.testChecksum(t, algorithm, size)
				}
			}
		})
	}
}

func (c *sdkClient) testChecksum(t *testing.T, algorithm types.ChecksumAlgorithm, size int) {
	body := fixture.Content("rnd:sum:1048577")[:size]
	want := checksums(algorithm, checksum(algorithm, body), "FULL_OBJECT")
	for how, reader := range map[string]io.Reader{"header": bytes.NewReader(body), "trailer": io.MultiReader(bytes.NewReader(body))} {
		key := string(algorithm) + "/" + how
		var options []func(*s3.Options)
		if how == "trailer" {
			options = append(options, s3.WithAPIOptions(v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware))
		}
		input := &s3.PutObjectInput{Bucket: c.bucket, Key: &key, Body: reader, ChecksumAlgorithm: algorithm, ContentLength: aws.Int64(int64(size))}
		put, err := c.PutObject(t.Context(), input, options...)
		if err != nil {
			if how == "trailer" && isHTTPOnly(err) {
				continue // the SDK refuses to send trailers without TLS
			}
			t.Errorf("%s, %d bytes: %v", key, size, err)
			continue
		}
		got := fixture.Checksum{
			ChecksumType: string(put.ChecksumType), ChecksumCRC32: aws.ToString(put.ChecksumCRC32), ChecksumCRC32C: aws.ToString(put.ChecksumCRC32C),
			ChecksumCRC64NVME: aws.ToString(put.ChecksumCRC64NVME), ChecksumSHA1: aws.ToString(put.ChecksumSHA1), ChecksumSHA256: aws.ToString(put.ChecksumSHA256),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, %d bytes: put answered (-want +got):\n%s", key, size, diff)
		}
		// The SDK compares body and checksum.
		read, output := c.with(t).get(&s3.GetObjectInput{Key: &key, ChecksumMode: types.ChecksumModeEnabled})
		if !bytes.Equal(read, body) || checksums(algorithm, outputChecksum(output, algorithm), "").ChecksumType != "" {
			t.Errorf("%s: got %d bytes, want %d", key, len(read), size)
		}
		if got := outputChecksum(output, algorithm); got != checksum(algorithm, body) {
			t.Errorf("%s, %d bytes: get answered %q, want %q", key, size, got, checksum(algorithm, body))
		}
		c.testChecksumAttributes(t, key, body, want)
	}
}

func outputChecksum(output *s3.GetObjectOutput, algorithm types.ChecksumAlgorithm) string {
	return aws.ToString(map[types.ChecksumAlgorithm]*string{
		types.ChecksumAlgorithmCrc32: output.ChecksumCRC32, types.ChecksumAlgorithmCrc32c: output.ChecksumCRC32C,
		types.ChecksumAlgorithmCrc64nvme: output.ChecksumCRC64NVME, types.ChecksumAlgorithmSha1: output.ChecksumSHA1,
		types.ChecksumAlgorithmSha256: output.ChecksumSHA256,
	}[algorithm])
}

func (c *sdkClient) testChecksumAttributes(t *testing.T, key string, body []byte, want fixture.Checksum) {
	output, err := c.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{
		Bucket: c.bucket, Key: &key, ObjectAttributes: types.ObjectAttributesEtag.Values(),
	})
	if err != nil {
		t.Errorf("attributes of %s: %v", key, err)
		return
	}
	got := attributes(output)
	if got.ObjectSize != int64(len(body)) {
		t.Errorf("attributes of %s: got size %d, want %d", key, got.ObjectSize, len(body))
	}
	if diff := cmp.Diff(&want, got.Checksum, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("attributes of %s: checksum (-want +got):\n%s", key, diff)
	}
}

// TestSDKWrongChecksums sends checksums that are not those of the body.
func TestSDKWrongChecksums(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	other := []byte("another body")
	for _, algorithm := range algorithms() {
		key, value := "wrong/"+string(algorithm), checksum(algorithm, other)
		input := &s3.PutObjectInput{Bucket: c.bucket, Key: &key, Body: newReader([]byte("the body")), ChecksumAlgorithm: algorithm}
		switch algorithm {
		case types.ChecksumAlgorithmCrc32:
			input.ChecksumCRC32 = &value
		case types.ChecksumAlgorithmCrc32c:
			input.ChecksumCRC32C = &value
		case types.ChecksumAlgorithmCrc64nvme:
			input.ChecksumCRC64NVME = &value
		case types.ChecksumAlgorithmSha1:
			input.ChecksumSHA1 = &value
		case types.ChecksumAlgorithmSha256:
			input.ChecksumSHA256 = &value
		}
		_, err := c.PutObject(t.Context(), input)
		c.wantCode(err, "XAmzContentChecksumMismatch", "BadDigest")
		_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: c.bucket, Key: &key})
		c.wantCode(err, "NotFound")
	}
}
