package s3api_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
)

func (r *rig) aws(options ...func(*s3.Options)) *s3.Client {
	o := s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(r.server.URL),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(userKey, userSecret, ""),
		HTTPClient:   r.server.Client(),
	}
	return s3.New(o, options...)
}

// wantCode demands that a call of the SDK failed with a code of S3.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

var bucketName = aws.String("bucket")

func TestAWSBuckets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.aws()
	_, err := client.CreateBucket(r.ctx, &s3.CreateBucketInput{Bucket: bucketName})
	r.ok(err)
	_, err = client.CreateBucket(r.ctx, &s3.CreateBucketInput{
		Bucket: bucketName, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	})
	wantCode(t, err, "BucketAlreadyOwnedByYou")
	_, err = client.CreateBucket(r.ctx, &s3.CreateBucketInput{Bucket: aws.String("locked"), ObjectLockEnabledForBucket: aws.Bool(true)})
	r.ok(err)
	list, err := client.ListBuckets(r.ctx, &s3.ListBucketsInput{})
	r.ok(err)
	if len(list.Buckets) != 2 || *list.Buckets[0].Name != "bucket" || *list.Owner.ID != objectlayer.OwnerID || list.Buckets[0].CreationDate.IsZero() {
		t.Errorf("got %+v", list)
	}
	_, err = client.HeadBucket(r.ctx, &s3.HeadBucketInput{Bucket: bucketName})
	r.ok(err)
	location, err := client.GetBucketLocation(r.ctx, &s3.GetBucketLocationInput{Bucket: bucketName})
	r.ok(err)
	if location.LocationConstraint != "" {
		t.Errorf("got location %q", location.LocationConstraint)
	}
	_, err = client.DeleteBucket(r.ctx, &s3.DeleteBucketInput{Bucket: bucketName})
	r.ok(err)
	_, err = client.HeadBucket(r.ctx, &s3.HeadBucketInput{Bucket: bucketName})
	wantCode(t, err, "NotFound")
	_, err = client.GetBucketLocation(r.ctx, &s3.GetBucketLocationInput{Bucket: bucketName})
	wantCode(t, err, "NoSuchBucket")
}

func TestAWSPutAndGet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.aws()
	body := strings.Repeat("0123456789", 10_000)
	put, err := client.PutObject(r.ctx, &s3.PutObjectInput{
		Bucket: bucketName, Key: aws.String("dir/k\u00e9y +%&?.txt"), Body: strings.NewReader(body),
		ContentType: aws.String("text/plain"), CacheControl: aws.String("max-age=60"), ContentDisposition: aws.String("attachment"),
		ContentEncoding: aws.String("identity"), ContentLanguage: aws.String("de"), Expires: aws.Time(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)),
		Metadata: map[string]string{"color": "blue", "Mixed-Case": "Value X"}, Tagging: aws.String("a=b&c=d%20e"),
		StorageClass: types.StorageClassReducedRedundancy, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c,
	})
	r.ok(err)
	sum := objectlayertest.ChecksumOf("CRC32C", []byte(body))
	if aws.ToString(put.ChecksumCRC32C) != sum.Value || aws.ToString(put.ETag) != `"a96edb7d63c7b63a79ca9bdeadc4cf65"` && len(aws.ToString(put.ETag)) != 34 {
		t.Errorf("got %+v", put)
	}
	get, err := client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("dir/k\u00e9y +%&?.txt"), ChecksumMode: types.ChecksumModeEnabled})
	r.ok(err)
	if got := readAll(t, get.Body); got != body {
		t.Errorf("got %d bytes", len(got))
	}
	if *get.ContentType != "text/plain" || *get.CacheControl != "max-age=60" || *get.ContentDisposition != "attachment" || *get.ContentEncoding != "identity" ||
		*get.ContentLanguage != "de" || *get.ExpiresString != "Wed, 02 Jan 2030 03:04:05 GMT" || get.Metadata["color"] != "blue" || get.Metadata["mixed-case"] != "Value X" ||
		*get.TagCount != 2 || get.StorageClass != types.StorageClassReducedRedundancy || *get.ChecksumCRC32C != sum.Value || get.ChecksumType != types.ChecksumTypeFullObject ||
		*get.ETag != *put.ETag || *get.ContentLength != int64(len(body)) || get.LastModified.IsZero() || get.VersionId != nil {
		t.Errorf("got %+v", get)
	}
	head, err := client.HeadObject(r.ctx, &s3.HeadObjectInput{Bucket: bucketName, Key: aws.String("dir/k\u00e9y +%&?.txt")})
	r.ok(err)
	if *head.ContentLength != int64(len(body)) || *head.ETag != *put.ETag || head.ChecksumCRC32C != nil {
		t.Errorf("got %+v", head)
	}
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("absent")})
	wantCode(t, err, "NoSuchKey")
	_, err = client.HeadObject(r.ctx, &s3.HeadObjectInput{Bucket: bucketName, Key: aws.String("absent")})
	wantCode(t, err, "NotFound")
}

// TestAWSStreams puts bodies that cannot be read twice, which the SDK sends in chunks with a trailing checksum.
func TestAWSStreams(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		make := newRig
		if tls {
			make = newTLSRig
		}
		r := make(t)
		r.bucket(objectlayer.MakeBucketOptions{})
		client := r.aws()
		for _, algorithm := range []types.ChecksumAlgorithm{types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256} {
			for _, size := range []int{0, 1, 70_000, 1 << 20} {
				data := bytes.Repeat([]byte("x"), size)
				_, err := client.PutObject(r.ctx, &s3.PutObjectInput{
					Bucket: bucketName, Key: aws.String("k"), Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(size)), ChecksumAlgorithm: algorithm,
				})
				r.ok(err)
				info, got := r.stored("k")
				if got != string(data) || len(info.Checksums) != 1 || info.Checksums[0] != objectlayertest.ChecksumOf(string(algorithm), data) {
					t.Errorf("%s, %d bytes, tls %v: got %d bytes, %+v", algorithm, size, tls, len(got), info.Checksums)
				}
				if enc := info.Headers["content-encoding"]; enc != "" {
					t.Errorf("content encoding %q was kept", enc)
				}
			}
		}
	}
}

func TestAWSRangesAndParts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("k", "0123456789", objectlayer.PutOptions{})
	client := r.aws()
	get, err := client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("k"), Range: aws.String("bytes=2-4")})
	r.ok(err)
	if got := readAll(t, get.Body); got != "234" || *get.ContentRange != "bytes 2-4/10" || *get.ContentLength != 3 {
		t.Errorf("got %q, %+v", got, get)
	}
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("k"), Range: aws.String("bytes=10-")})
	wantCode(t, err, "InvalidRange")
	head, err := client.HeadObject(r.ctx, &s3.HeadObjectInput{Bucket: bucketName, Key: aws.String("k"), PartNumber: aws.Int32(1)})
	r.ok(err)
	if *head.ContentLength != 10 || head.PartsCount != nil {
		t.Errorf("got %+v", head)
	}
}

func TestAWSConditions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.aws()
	key := aws.String("k")
	put, err := client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key, IfNoneMatch: aws.String("*")})
	r.ok(err)
	_, err = client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key, IfNoneMatch: aws.String("*")})
	wantCode(t, err, "PreconditionFailed")
	_, err = client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key, IfMatch: put.ETag})
	r.ok(err)
	_, err = client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key, IfMatch: aws.String(`"x"`)})
	wantCode(t, err, "PreconditionFailed")
	_, err = client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: aws.String("absent"), IfMatch: put.ETag})
	wantCode(t, err, "NoSuchKey")
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, IfNoneMatch: put.ETag})
	wantCode(t, err, "NotModified")
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, IfModifiedSince: aws.Time(time.Now().Add(time.Hour))})
	wantCode(t, err, "NotModified")
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, IfMatch: aws.String("x")})
	wantCode(t, err, "PreconditionFailed")
	_, err = client.DeleteObject(r.ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key, IfMatch: aws.String("x")})
	wantCode(t, err, "PreconditionFailed")
	_, err = client.DeleteObject(r.ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key, IfMatch: put.ETag})
	r.ok(err)
	r.empty()
}

func TestAWSVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.aws()
	state, err := client.GetBucketVersioning(r.ctx, &s3.GetBucketVersioningInput{Bucket: bucketName})
	r.ok(err)
	if state.Status != "" {
		t.Errorf("got %q", state.Status)
	}
	_, err = client.PutBucketVersioning(r.ctx, &s3.PutBucketVersioningInput{
		Bucket: bucketName, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	r.ok(err)
	state, err = client.GetBucketVersioning(r.ctx, &s3.GetBucketVersioningInput{Bucket: bucketName})
	r.ok(err)
	if state.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("got %q", state.Status)
	}
	key := aws.String("a/k")
	var ids []*string
	for _, body := range []string{"one", "two"} {
		put, err := client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key, Body: strings.NewReader(body)})
		r.ok(err)
		ids = append(ids, put.VersionId)
	}
	del, err := client.DeleteObject(r.ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if !*del.DeleteMarker || del.VersionId == nil {
		t.Errorf("got %+v", del)
	}
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key})
	wantCode(t, err, "NoSuchKey")
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, VersionId: del.VersionId})
	wantCode(t, err, "MethodNotAllowed")
	get, err := client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, VersionId: ids[0]})
	r.ok(err)
	if got := readAll(t, get.Body); got != "one" || *get.VersionId != *ids[0] {
		t.Errorf("got %q, version %s", got, *get.VersionId)
	}
	list, err := client.ListObjectVersions(r.ctx, &s3.ListObjectVersionsInput{Bucket: bucketName})
	r.ok(err)
	if len(list.Versions) != 2 || len(list.DeleteMarkers) != 1 || !*list.DeleteMarkers[0].IsLatest || *list.Versions[0].VersionId != *ids[1] || *list.Versions[0].Key != "a/k" {
		t.Errorf("got %+v", list)
	}
	page, err := client.ListObjectVersions(r.ctx, &s3.ListObjectVersionsInput{Bucket: bucketName, MaxKeys: aws.Int32(1)})
	r.ok(err)
	if !*page.IsTruncated || *page.NextKeyMarker != "a/k" || *page.NextVersionIdMarker != *del.VersionId {
		t.Errorf("got %+v", page)
	}
	page, err = client.ListObjectVersions(r.ctx, &s3.ListObjectVersionsInput{Bucket: bucketName, KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker})
	r.ok(err)
	if len(page.Versions) != 2 || *page.IsTruncated {
		t.Errorf("got %+v", page)
	}
	gone, err := client.DeleteObject(r.ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key, VersionId: del.VersionId})
	r.ok(err)
	if !*gone.DeleteMarker || *gone.VersionId != *del.VersionId {
		t.Errorf("got %+v", gone)
	}
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, VersionId: del.VersionId})
	wantCode(t, err, "NoSuchVersion")
}

func TestAWSList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	keys := []objectlayer.Key{"a", "a b", "dir/1", "dir/2", "dir/sub/3", "x&y<z>", "\u00fc"}
	for _, k := range keys {
		r.store(k, "data", objectlayer.PutOptions{})
	}
	client := r.aws()
	var got []objectlayer.Key
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucketName, MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		r.ok(err)
		for _, o := range page.Contents {
			got = append(got, objectlayer.Key(*o.Key))
			if *o.Size != 4 || o.Owner != nil || *o.ETag != `"8d777f385d3dfec8815d20f7496026dc"` || o.StorageClass != "STANDARD" {
				t.Errorf("got %+v", o)
			}
		}
	}
	if !slices.Equal(got, keys) {
		t.Errorf("got %q, want %q", got, keys)
	}
	page, err := client.ListObjectsV2(r.ctx, &s3.ListObjectsV2Input{Bucket: bucketName, Delimiter: aws.String("/"), StartAfter: aws.String("a"), FetchOwner: aws.Bool(true)})
	r.ok(err)
	if len(page.Contents) != 3 || len(page.CommonPrefixes) != 1 || *page.CommonPrefixes[0].Prefix != "dir/" || *page.KeyCount != 4 || *page.Contents[0].Owner.DisplayName != "minio" {
		t.Errorf("got %+v", page)
	}
	first, err := client.ListObjects(r.ctx, &s3.ListObjectsInput{Bucket: bucketName, Prefix: aws.String("dir/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(1), EncodingType: types.EncodingTypeUrl})
	r.ok(err)
	if !*first.IsTruncated || *first.NextMarker != "dir/1" || len(first.Contents) != 1 {
		t.Errorf("got %+v", first)
	}
	second, err := client.ListObjects(r.ctx, &s3.ListObjectsInput{Bucket: bucketName, Prefix: aws.String("dir/"), Delimiter: aws.String("/"), Marker: first.NextMarker})
	r.ok(err)
	if len(second.Contents) != 1 || len(second.CommonPrefixes) != 1 || *second.CommonPrefixes[0].Prefix != "dir/sub/" {
		t.Errorf("got %+v", second)
	}
}

func TestAWSCopy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.versionedBucket()
	client := r.aws()
	first := r.store("dir/sourc\u00e9 +1", "one", objectlayer.PutOptions{ContentType: "text/plain", UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, Tags: "t=1"})
	r.store("dir/sourc\u00e9 +1", "two", objectlayer.PutOptions{})
	source := "bucket/dir/sourc%C3%A9%20%2B1"
	out, err := client.CopyObject(r.ctx, &s3.CopyObjectInput{Bucket: bucketName, Key: aws.String("dst"), CopySource: aws.String(source + "?versionId=" + string(first.Version))})
	r.ok(err)
	if *out.CopySourceVersionId != string(first.Version) || out.VersionId == nil || *out.CopyObjectResult.ETag != `"`+string(first.ETag)+`"` || out.CopyObjectResult.LastModified.IsZero() {
		t.Errorf("got %+v", out)
	}
	if info, data := r.stored("dst"); data != "one" || info.UserMeta["X-Amz-Meta-A"] != "1" || info.Tags != "t=1" || info.ContentType != "text/plain" {
		t.Errorf("got %q, %+v", data, info)
	}
	_, err = client.CopyObject(r.ctx, &s3.CopyObjectInput{
		Bucket: bucketName, Key: aws.String("dst"), CopySource: aws.String("/" + source), MetadataDirective: types.MetadataDirectiveReplace,
		ContentType: aws.String("image/png"), TaggingDirective: types.TaggingDirectiveReplace, Tagging: aws.String("t=2"),
	})
	r.ok(err)
	if info, data := r.stored("dst"); data != "two" || len(info.UserMeta) != 0 || info.Tags != "t=2" || info.ContentType != "image/png" {
		t.Errorf("got %q, %+v", data, info)
	}
	_, err = client.CopyObject(r.ctx, &s3.CopyObjectInput{Bucket: bucketName, Key: aws.String("dst"), CopySource: aws.String("bucket/dst")})
	wantCode(t, err, "InvalidRequest")
	_, err = client.CopyObject(r.ctx, &s3.CopyObjectInput{Bucket: bucketName, Key: aws.String("dst"), CopySource: aws.String("bucket/absent")})
	wantCode(t, err, "NoSuchKey")
	_, err = client.CopyObject(r.ctx, &s3.CopyObjectInput{Bucket: bucketName, Key: aws.String("dst"), CopySource: aws.String("absent/k")})
	wantCode(t, err, "NoSuchBucket")
	_, err = client.CopyObject(r.ctx, &s3.CopyObjectInput{Bucket: bucketName, Key: aws.String("x"), CopySource: aws.String(source), CopySourceIfNoneMatch: aws.String("*")})
	wantCode(t, err, "PreconditionFailed")
}

func TestAWSMultipart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.aws()
	key := aws.String("big")
	for _, c := range []struct {
		algorithm types.ChecksumAlgorithm
		kind      types.ChecksumType
	}{{types.ChecksumAlgorithmCrc32, types.ChecksumTypeComposite}, {types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject}, {types.ChecksumAlgorithmSha256, types.ChecksumTypeComposite}} {
		created, err := client.CreateMultipartUpload(r.ctx, &s3.CreateMultipartUploadInput{
			Bucket: bucketName, Key: key, ContentType: aws.String("text/plain"), Metadata: map[string]string{"a": "1"}, ChecksumAlgorithm: c.algorithm, ChecksumType: c.kind,
		})
		r.ok(err)
		if created.ChecksumAlgorithm != c.algorithm || created.ChecksumType != c.kind {
			t.Errorf("got %+v", created)
		}
		var parts []types.CompletedPart
		whole := ""
		for i, data := range []string{strings.Repeat("a", 5<<20), strings.Repeat("b", 5<<20), "tail"} {
			n := int32(i + 1)
			part, err := client.UploadPart(r.ctx, &s3.UploadPartInput{
				Bucket: bucketName, Key: key, UploadId: created.UploadId, PartNumber: aws.Int32(n), Body: strings.NewReader(data), ChecksumAlgorithm: c.algorithm,
			})
			r.ok(err)
			parts = append(parts, types.CompletedPart{
				PartNumber: aws.Int32(n), ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32, ChecksumCRC64NVME: part.ChecksumCRC64NVME, ChecksumSHA256: part.ChecksumSHA256,
			})
			whole += data
		}
		listed, err := client.ListParts(r.ctx, &s3.ListPartsInput{Bucket: bucketName, Key: key, UploadId: created.UploadId, MaxParts: aws.Int32(2)})
		r.ok(err)
		if len(listed.Parts) != 2 || !*listed.IsTruncated || *listed.NextPartNumberMarker != "2" || listed.ChecksumAlgorithm != c.algorithm || *listed.Parts[1].Size != 5<<20 {
			t.Errorf("got %+v", listed)
		}
		done, err := client.CompleteMultipartUpload(r.ctx, &s3.CompleteMultipartUploadInput{
			Bucket: bucketName, Key: key, UploadId: created.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}, MpuObjectSize: aws.Int64(int64(len(whole))),
		})
		r.ok(err)
		if done.ChecksumType != c.kind || !strings.HasSuffix(*done.ETag, `-3"`) || !strings.HasSuffix(*done.Location, "/bucket/big") {
			t.Errorf("got %+v", done)
		}
		info, got := r.stored("big")
		if got != whole || info.ContentType != "text/plain" {
			t.Errorf("got %d bytes, %+v", len(got), info)
		}
		get, err := client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: key, PartNumber: aws.Int32(3), ChecksumMode: types.ChecksumModeEnabled})
		r.ok(err)
		if got := readAll(t, get.Body); got != "tail" || *get.PartsCount != 3 || *get.ContentRange != "bytes 10485760-10485763/10485764" {
			t.Errorf("got %q, %+v", got, get)
		}
		attributes, err := client.GetObjectAttributes(r.ctx, &s3.GetObjectAttributesInput{
			Bucket: bucketName, Key: key, MaxParts: aws.Int32(2),
			ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesEtag, types.ObjectAttributesChecksum, types.ObjectAttributesObjectParts, types.ObjectAttributesObjectSize, types.ObjectAttributesStorageClass},
		})
		r.ok(err)
		if *attributes.ObjectSize != int64(len(whole)) || *attributes.ObjectParts.TotalPartsCount != 3 || len(attributes.ObjectParts.Parts) != 2 || !*attributes.ObjectParts.IsTruncated || attributes.Checksum == nil ||
			`"`+*attributes.ETag+`"` != *done.ETag || attributes.StorageClass != "STANDARD" || attributes.LastModified.IsZero() {
			t.Errorf("got %+v", attributes)
		}
	}
}

func TestAWSUploadsAndPartCopies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("src", strings.Repeat("0123456789", 600_000), objectlayer.PutOptions{})
	client := r.aws()
	key := aws.String("k")
	created, err := client.CreateMultipartUpload(r.ctx, &s3.CreateMultipartUploadInput{Bucket: bucketName, Key: key})
	r.ok(err)
	one, err := client.UploadPartCopy(r.ctx, &s3.UploadPartCopyInput{
		Bucket: bucketName, Key: key, UploadId: created.UploadId, PartNumber: aws.Int32(1), CopySource: aws.String("bucket/src"), CopySourceRange: aws.String("bytes=5-5242889"),
	})
	r.ok(err)
	two, err := client.UploadPartCopy(r.ctx, &s3.UploadPartCopyInput{Bucket: bucketName, Key: key, UploadId: created.UploadId, PartNumber: aws.Int32(2), CopySource: aws.String("bucket/src")})
	r.ok(err)
	_, err = client.UploadPartCopy(r.ctx, &s3.UploadPartCopyInput{
		Bucket: bucketName, Key: key, UploadId: created.UploadId, PartNumber: aws.Int32(3), CopySource: aws.String("bucket/src"), CopySourceRange: aws.String("bytes=7000000-8000000"),
	})
	wantCode(t, err, "InvalidRange")
	_, err = client.CompleteMultipartUpload(r.ctx, &s3.CompleteMultipartUploadInput{Bucket: bucketName, Key: key, UploadId: created.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
		{PartNumber: aws.Int32(1), ETag: one.CopyPartResult.ETag}, {PartNumber: aws.Int32(2), ETag: two.CopyPartResult.ETag},
	}}})
	r.ok(err)
	if _, got := r.stored("k"); len(got) != 5242885+6_000_000 || got[:5] != "56789" {
		t.Errorf("got %d bytes", len(got))
	}

	for _, k := range []string{"u/1", "u/2", "v"} {
		_, err := client.CreateMultipartUpload(r.ctx, &s3.CreateMultipartUploadInput{Bucket: bucketName, Key: aws.String(k)})
		r.ok(err)
	}
	uploads, err := client.ListMultipartUploads(r.ctx, &s3.ListMultipartUploadsInput{Bucket: bucketName, Delimiter: aws.String("/")})
	r.ok(err)
	if len(uploads.Uploads) != 1 || len(uploads.CommonPrefixes) != 1 || *uploads.Uploads[0].Key != "v" {
		t.Errorf("got %+v", uploads)
	}
	_, err = client.AbortMultipartUpload(r.ctx, &s3.AbortMultipartUploadInput{Bucket: bucketName, Key: aws.String("v"), UploadId: uploads.Uploads[0].UploadId})
	r.ok(err)
	_, err = client.AbortMultipartUpload(r.ctx, &s3.AbortMultipartUploadInput{Bucket: bucketName, Key: aws.String("v"), UploadId: uploads.Uploads[0].UploadId})
	wantCode(t, err, "NoSuchUpload")
}

func TestAWSDeleteObjects(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.versionedBucket()
	client := r.aws()
	v := r.store("a", "1", objectlayer.PutOptions{})
	r.store("b", "1", objectlayer.PutOptions{})
	out, err := client.DeleteObjects(r.ctx, &s3.DeleteObjectsInput{Bucket: bucketName, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: aws.String("a"), VersionId: aws.String(string(v.Version))}, {Key: aws.String("b")}, {Key: aws.String("absent")}, {Key: aws.String("../x")}, {Key: aws.String("b"), VersionId: aws.String("bogus")},
	}}})
	r.ok(err)
	if len(out.Deleted) != 3 || !*out.Deleted[1].DeleteMarker || out.Deleted[1].DeleteMarkerVersionId == nil || *out.Deleted[0].VersionId != string(v.Version) {
		t.Errorf("got %+v", out.Deleted)
	}
	if len(out.Errors) != 2 || *out.Errors[0].Code != "XMinioInvalidResourceName" || *out.Errors[0].Key != "../x" || *out.Errors[1].Code != "InvalidArgument" || *out.Errors[1].VersionId != "bogus" {
		t.Errorf("got %+v", out.Errors)
	}
	quiet, err := client.DeleteObjects(r.ctx, &s3.DeleteObjectsInput{Bucket: bucketName, Delete: &types.Delete{Quiet: aws.Bool(true), Objects: []types.ObjectIdentifier{{Key: aws.String("b")}}}})
	r.ok(err)
	if len(quiet.Deleted) != 0 || len(quiet.Errors) != 0 {
		t.Errorf("got %+v", quiet)
	}
}

func TestAWSTagging(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.versionedBucket()
	client := r.aws()
	v := r.store("k", "1", objectlayer.PutOptions{})
	key := aws.String("k")
	none, err := client.GetObjectTagging(r.ctx, &s3.GetObjectTaggingInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if len(none.TagSet) != 0 || *none.VersionId != string(v.Version) {
		t.Errorf("got %+v", none)
	}
	set := []types.Tag{{Key: aws.String("k 1"), Value: aws.String("a+b=c/d")}, {Key: aws.String("\u00fc"), Value: aws.String("")}}
	_, err = client.PutObjectTagging(r.ctx, &s3.PutObjectTaggingInput{Bucket: bucketName, Key: key, Tagging: &types.Tagging{TagSet: set}})
	r.ok(err)
	got, err := client.GetObjectTagging(r.ctx, &s3.GetObjectTaggingInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if len(got.TagSet) != 2 || *got.TagSet[0].Key != "k 1" || *got.TagSet[0].Value != "a+b=c/d" || *got.TagSet[1].Key != "\u00fc" {
		t.Errorf("got %+v", got.TagSet)
	}
	_, err = client.DeleteObjectTagging(r.ctx, &s3.DeleteObjectTaggingInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if info, _ := r.stored("k"); info.Tags != "" {
		t.Errorf("got tags %q", info.Tags)
	}
	_, err = client.PutObjectTagging(r.ctx, &s3.PutObjectTaggingInput{Bucket: bucketName, Key: key, Tagging: &types.Tagging{TagSet: append(set, set[0])}})
	wantCode(t, err, "InvalidTag")

	_, err = client.GetBucketTagging(r.ctx, &s3.GetBucketTaggingInput{Bucket: bucketName})
	wantCode(t, err, "NoSuchTagSet")
	_, err = client.PutBucketTagging(r.ctx, &s3.PutBucketTaggingInput{Bucket: bucketName, Tagging: &types.Tagging{TagSet: set}})
	r.ok(err)
	bucketTags, err := client.GetBucketTagging(r.ctx, &s3.GetBucketTaggingInput{Bucket: bucketName})
	r.ok(err)
	if len(bucketTags.TagSet) != 2 {
		t.Errorf("got %+v", bucketTags.TagSet)
	}
	_, err = client.DeleteBucketTagging(r.ctx, &s3.DeleteBucketTaggingInput{Bucket: bucketName})
	r.ok(err)
	_, err = client.GetBucketTagging(r.ctx, &s3.GetBucketTaggingInput{Bucket: bucketName})
	wantCode(t, err, "NoSuchTagSet")
}

func TestAWSEncryption(t *testing.T) {
	t.Parallel()
	r := newTLSRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.aws()
	_, err := client.GetBucketEncryption(r.ctx, &s3.GetBucketEncryptionInput{Bucket: bucketName})
	wantCode(t, err, "ServerSideEncryptionConfigurationNotFoundError")
	_, err = client.PutBucketEncryption(r.ctx, &s3.PutBucketEncryptionInput{Bucket: bucketName, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String("my-key")}}},
	}})
	r.ok(err)
	rules, err := client.GetBucketEncryption(r.ctx, &s3.GetBucketEncryptionInput{Bucket: bucketName})
	r.ok(err)
	if got := rules.ServerSideEncryptionConfiguration.Rules; len(got) != 1 || *got[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID != "my-key" {
		t.Errorf("got %+v", got)
	}
	_, err = client.DeleteBucketEncryption(r.ctx, &s3.DeleteBucketEncryptionInput{Bucket: bucketName})
	r.ok(err)

	key := strings.Repeat("k", 32)
	put, err := client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: aws.String("c"), Body: strings.NewReader("secret"), SSECustomerAlgorithm: aws.String("AES256"), SSECustomerKey: aws.String(base64Of(key)), SSECustomerKeyMD5: aws.String(md5Of(key))})
	r.ok(err)
	if *put.SSECustomerAlgorithm != "AES256" || *put.SSECustomerKeyMD5 != md5Of(key) {
		t.Errorf("got %+v", put)
	}
	_, err = client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("c")})
	wantCode(t, err, "InvalidRequest")
	get, err := client.GetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("c"), SSECustomerAlgorithm: aws.String("AES256"), SSECustomerKey: aws.String(base64Of(key)), SSECustomerKeyMD5: aws.String(md5Of(key))})
	r.ok(err)
	if got := readAll(t, get.Body); got != "secret" || *get.SSECustomerKeyMD5 != md5Of(key) {
		t.Errorf("got %q, %+v", got, get)
	}
	kms, err := client.PutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: aws.String("kms"), ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("arn:aws:kms:my-key"), SSEKMSEncryptionContext: aws.String(base64Of(`{"a":"b"}`))})
	r.ok(err)
	if *kms.SSEKMSKeyId != "arn:aws:kms:my-key" || kms.ServerSideEncryption != types.ServerSideEncryptionAwsKms || *kms.SSEKMSEncryptionContext != base64Of(`{"a":"b"}`) {
		t.Errorf("got %+v", kms)
	}
	if info, _ := r.stored("kms"); info.Encryption.KeyID != "my-key" || info.Encryption.Context["a"] != "b" {
		t.Errorf("got %+v", info.Encryption)
	}
}

func TestAWSObjectLock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{ObjectLock: true})
	client := r.aws()
	lock, err := client.GetObjectLockConfiguration(r.ctx, &s3.GetObjectLockConfigurationInput{Bucket: bucketName})
	r.ok(err)
	if lock.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled {
		t.Errorf("got %+v", lock)
	}
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	key := aws.String("k")
	put, err := client.PutObject(r.ctx, &s3.PutObjectInput{
		Bucket: bucketName, Key: key, Body: strings.NewReader("x"), ObjectLockMode: types.ObjectLockModeGovernance, ObjectLockRetainUntilDate: aws.Time(until), ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOff,
	})
	r.ok(err)
	head, err := client.HeadObject(r.ctx, &s3.HeadObjectInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if head.ObjectLockMode != types.ObjectLockModeGovernance || !head.ObjectLockRetainUntilDate.Equal(until) || head.ObjectLockLegalHoldStatus != types.ObjectLockLegalHoldStatusOff {
		t.Errorf("got %+v", head)
	}
	_, err = client.DeleteObject(r.ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key, VersionId: put.VersionId})
	wantCode(t, err, "InvalidRequest")
	_, err = client.PutObjectRetention(r.ctx, &s3.PutObjectRetentionInput{Bucket: bucketName, Key: key, Retention: &types.ObjectLockRetention{}})
	wantCode(t, err, "InvalidRequest")
	_, err = client.PutObjectRetention(r.ctx, &s3.PutObjectRetentionInput{Bucket: bucketName, Key: key, Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: aws.Time(until.Add(time.Hour))}})
	r.ok(err)
	retention, err := client.GetObjectRetention(r.ctx, &s3.GetObjectRetentionInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if retention.Retention.Mode != types.ObjectLockRetentionModeCompliance || !retention.Retention.RetainUntilDate.Equal(until.Add(time.Hour)) {
		t.Errorf("got %+v", retention.Retention)
	}
	_, err = client.PutObjectLegalHold(r.ctx, &s3.PutObjectLegalHoldInput{Bucket: bucketName, Key: key, LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOn}})
	r.ok(err)
	hold, err := client.GetObjectLegalHold(r.ctx, &s3.GetObjectLegalHoldInput{Bucket: bucketName, Key: key})
	r.ok(err)
	if hold.LegalHold.Status != types.ObjectLockLegalHoldStatusOn {
		t.Errorf("got %+v", hold.LegalHold)
	}
	_, err = client.DeleteObject(r.ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key, VersionId: put.VersionId, BypassGovernanceRetention: aws.Bool(true)})
	wantCode(t, err, "InvalidRequest")
	_, err = client.PutBucketVersioning(r.ctx, &s3.PutBucketVersioningInput{Bucket: bucketName, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}})
	wantCode(t, err, "InvalidBucketState")
}

func TestAWSPresigned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	presigner := s3.NewPresignClient(r.aws())
	put, err := presigner.PresignPutObject(r.ctx, &s3.PutObjectInput{Bucket: bucketName, Key: aws.String("k")})
	r.ok(err)
	req, err := http.NewRequestWithContext(r.ctx, put.Method, put.URL, strings.NewReader("presigned"))
	r.ok(err)
	for name, values := range put.SignedHeader {
		if name != "Host" && name != "Content-Length" {
			req.Header[name] = values
		}
	}
	r.want(r.send(req), 200, "")
	get, err := presigner.PresignGetObject(r.ctx, &s3.GetObjectInput{Bucket: bucketName, Key: aws.String("k"), ResponseContentType: aws.String("text/x-mine"), ResponseContentDisposition: aws.String(`attachment; filename="a b"`)})
	r.ok(err)
	req, err = http.NewRequestWithContext(r.ctx, get.Method, get.URL, nil)
	r.ok(err)
	a := r.send(req)
	r.want(a, 200, "")
	if a.body != "presigned" || a.header.Get("Content-Type") != "text/x-mine" || a.header.Get("Content-Disposition") != `attachment; filename="a b"` {
		t.Errorf("got %q, %v", a.body, a.header)
	}
	req, err = http.NewRequestWithContext(r.ctx, "DELETE", get.URL, nil)
	r.ok(err)
	r.want(r.send(req), 403, "SignatureDoesNotMatch")
}
