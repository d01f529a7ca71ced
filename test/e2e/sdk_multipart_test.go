package e2e_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// minPart is the least a part that is not the last may have, in bytes.
const minPart = 5 << 20

// multipart is an upload in progress.
type multipart struct {
	c   *sdkClient
	key string
	id  *string
	alg types.ChecksumAlgorithm
}

func (c *sdkClient) beginUpload(key string, input s3.CreateMultipartUploadInput) *multipart {
	c.t.Helper()
	input.Bucket, input.Key = c.bucket, &key
	output, err := c.CreateMultipartUpload(c.t.Context(), &input)
	if err != nil {
		c.t.Fatalf("create upload of %q: %v", key, err)
	}
	return &multipart{c, key, output.UploadId, input.ChecksumAlgorithm}
}

// part uploads a part and returns how it is named when the upload is completed.
func (m *multipart) part(number int32, body []byte) types.CompletedPart {
	m.c.t.Helper()
	output, err := m.c.UploadPart(m.c.t.Context(), &s3.UploadPartInput{
		Bucket: m.c.bucket, Key: &m.key, UploadId: m.id, PartNumber: &number, Body: bytes.NewReader(body), ChecksumAlgorithm: m.alg,
	})
	if err != nil {
		m.c.t.Fatalf("upload part %d of %q: %v", number, m.key, err)
	}
	p := types.CompletedPart{PartNumber: &number, ETag: output.ETag}
	if m.alg != "" {
		p.ChecksumCRC32, p.ChecksumCRC32C, p.ChecksumCRC64NVME = output.ChecksumCRC32, output.ChecksumCRC32C, output.ChecksumCRC64NVME
		p.ChecksumSHA1, p.ChecksumSHA256 = output.ChecksumSHA1, output.ChecksumSHA256
	}
	return p
}

func (m *multipart) complete(parts ...types.CompletedPart) (*s3.CompleteMultipartUploadOutput, error) {
	return m.c.CompleteMultipartUpload(m.c.t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: m.c.bucket, Key: &m.key, UploadId: m.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
}

func TestSDKMultipart(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	bodies := [][]byte{fixture.Content(fmt.Sprintf("rnd:p1:%d", minPart)), fixture.Content(fmt.Sprintf("rnd:p2:%d", minPart+1)), fixture.Content("rnd:p3:12345")}
	whole := bytes.Join(bodies, nil)
	m := c.beginUpload("three", s3.CreateMultipartUploadInput{ContentType: aws.String("text/x-parts"), Metadata: map[string]string{"a": "b"}, Tagging: aws.String("t=1")})
	third := m.part(30, bodies[2]) // numbers need not be consecutive, nor their order that of sending
	m.part(20, []byte("replaced by the next"))
	second := m.part(20, bodies[1])
	first := m.part(10, bodies[0])
	done, err := m.complete(first, second, third)
	if err != nil {
		t.Fatal(err)
	}
	if want := multipartETag(bodies...); *done.ETag != want {
		t.Errorf("got ETag %s, want %s", *done.ETag, want)
	}
	c.wantBody("three", whole)
	c.testRanges("three", whole)
	if !harness.Peer() { // MinIO counts the parts where numbers are missing
		c.testParts("three", map[int32][]byte{10: bodies[0], 20: bodies[1], 30: bodies[2]})
	}
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: c.bucket, Key: aws.String("three")})
	if err != nil {
		t.Fatal(err)
	}
	if *head.ContentType != "text/x-parts" || head.Metadata["a"] != "b" {
		t.Errorf("got type %q and metadata %v", *head.ContentType, head.Metadata)
	}
	if _, err = c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: c.bucket, Key: &m.key, UploadId: m.id}); err == nil {
		t.Error("the upload is there after it was completed")
	}
}

// testParts reads an object part by part.
func (c *sdkClient) testParts(key string, parts map[int32][]byte) {
	c.t.Helper()
	for number, want := range parts {
		got, output := c.get(&s3.GetObjectInput{Key: &key, PartNumber: &number})
		if !bytes.Equal(got, want) || aws.ToInt32(output.PartsCount) != int32(len(parts)) {
			c.t.Errorf("part %d: got %d bytes of %d parts, want %d of %d", number, len(got), aws.ToInt32(output.PartsCount), len(want), len(parts))
		}
	}
	_, err := c.GetObject(c.t.Context(), &s3.GetObjectInput{Bucket: c.bucket, Key: &key, PartNumber: aws.Int32(9999)})
	c.wantCode(err, "InvalidPartNumber", "InvalidPart")
}

// TestSDKMultipartChecksums uploads parts with each checksum, of the parts and of the whole.
func TestSDKMultipartChecksums(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	bodies := [][]byte{fixture.Content(fmt.Sprintf("rnd:c1:%d", minPart)), fixture.Content("rnd:c2:999")}
	whole := bytes.Join(bodies, nil)
	for _, algorithm := range algorithms() {
		for _, kind := range []types.ChecksumType{types.ChecksumTypeComposite, types.ChecksumTypeFullObject} {
			crc := algorithm != types.ChecksumAlgorithmSha1 && algorithm != types.ChecksumAlgorithmSha256
			if kind == types.ChecksumTypeFullObject && !crc || kind == types.ChecksumTypeComposite && algorithm == types.ChecksumAlgorithmCrc64nvme {
				continue // S3 has no such checksums
			}
			key := fmt.Sprintf("%s-%s", algorithm, kind)
			t.Run(key, func(t *testing.T) {
				c := c.with(t)
				m := c.beginUpload(key, s3.CreateMultipartUploadInput{ChecksumAlgorithm: algorithm, ChecksumType: kind})
				done, err := m.complete(m.part(1, bodies[0]), m.part(2, bodies[1]))
				if err != nil {
					t.Fatal(err)
				}
				value := checksum(algorithm, whole)
				if kind == types.ChecksumTypeComposite {
					value = composite(algorithm, bodies)
				}
				want := checksums(algorithm, value, string(kind))
				got := fixture.Checksum{
					ChecksumType: string(done.ChecksumType), ChecksumCRC32: aws.ToString(done.ChecksumCRC32), ChecksumCRC32C: aws.ToString(done.ChecksumCRC32C),
					ChecksumCRC64NVME: aws.ToString(done.ChecksumCRC64NVME), ChecksumSHA1: aws.ToString(done.ChecksumSHA1), ChecksumSHA256: aws.ToString(done.ChecksumSHA256),
				}
				if harness.Peer() {
					want.ChecksumType = "" // MinIO does not tell
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("complete answered (-want +got):\n%s", diff)
				}
				_, output := c.get(&s3.GetObjectInput{Key: &key, ChecksumMode: types.ChecksumModeEnabled})
				if got := outputChecksum(output, algorithm); got != value {
					t.Errorf("get answered %q, want %q", got, value)
				}
			})
		}
	}
}

// TestSDKMultipartRefused tries to complete uploads wrongly.
func TestSDKMultipartRefused(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	m := c.beginUpload("refused", s3.CreateMultipartUploadInput{})
	one, two := m.part(1, []byte("small")), m.part(2, []byte("last"))
	_, err := m.complete(two, one)
	c.wantCode(err, "InvalidPartOrder")
	_, err = m.complete(types.CompletedPart{PartNumber: aws.Int32(1), ETag: aws.String(`"00000000000000000000000000000000"`)}, two)
	c.wantCode(err, "InvalidPart")
	_, err = m.complete(one, types.CompletedPart{PartNumber: aws.Int32(3), ETag: two.ETag})
	c.wantCode(err, "InvalidPart", "EntityTooSmall") // both is true
	_, err = m.complete(one, two)
	c.wantCode(err, "EntityTooSmall")
	parts, err := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: c.bucket, Key: &m.key, UploadId: m.id, MaxParts: aws.Int32(1)})
	if err != nil || len(parts.Parts) != 1 || !aws.ToBool(parts.IsTruncated) {
		t.Errorf("list one part: got %+v, %v", parts, err)
	}
	if _, err := c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: c.bucket, Key: &m.key, UploadId: m.id}); err != nil {
		t.Error(err)
	}
	_, err = m.complete(one)
	c.wantCode(err, "NoSuchUpload")
	_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: c.bucket, Key: &m.key})
	c.wantCode(err, "NotFound")
}

// TestSDKUploadPartCopy makes an object of ranges of another.
func TestSDKUploadPartCopy(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	source := fixture.Content(fmt.Sprintf("rnd:source:%d", 2*minPart))
	c.put("source", source)
	m := c.beginUpload("copied", s3.CreateMultipartUploadInput{})
	var parts []types.CompletedPart
	for i, spec := range []string{fmt.Sprintf("bytes=%d-%d", 100, 100+minPart-1), "bytes=0-99"} {
		number := int32(i + 1)
		output, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
			Bucket: c.bucket, Key: &m.key, UploadId: m.id, PartNumber: &number,
			CopySource: aws.String(*c.bucket + "/source"), CopySourceRange: &spec,
		})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: &number, ETag: output.CopyPartResult.ETag})
	}
	if _, err := m.complete(parts...); err != nil {
		t.Fatal(err)
	}
	c.wantBody("copied", append(bytes.Clone(source[100:100+minPart]), source[:100]...))
}

// TestSDKListUploads finds uploads in progress.
func TestSDKListUploads(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	want := make(map[string]string)
	for i := range 5 {
		key := fmt.Sprintf("dir/%d", i)
		want[*c.beginUpload(key, s3.CreateMultipartUploadInput{}).id] = key
	}
	got := make(map[string]string)
	pages := s3.NewListMultipartUploadsPaginator(c.Client, &s3.ListMultipartUploadsInput{Bucket: c.bucket, MaxUploads: aws.Int32(2)})
	for pages.HasMorePages() {
		output, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range output.Uploads {
			got[*u.UploadId] = *u.Key
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uploads (-want +got):\n%s", diff)
	}
}

// composite is the checksum of the parts' checksums.
func composite(algorithm types.ChecksumAlgorithm, bodies [][]byte) string {
	var sums []byte
	for _, body := range bodies {
		sums = append(sums, rawChecksum(algorithm, body)...)
	}
	return fmt.Sprintf("%s-%d", checksum(algorithm, sums), len(bodies))
}
