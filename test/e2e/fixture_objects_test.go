package e2e_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// testObjects asks for every version in every way.
func (d *deployment) testObjects(t *testing.T) {
	for i := range d.manifest.Objects {
		o := &d.manifest.Objects[i]
		t.Run(fmt.Sprintf("%s/%s@%s", o.Bucket, strings.ReplaceAll(o.Key, "/", "|"), o.VersionID), func(t *testing.T) {
			if o.DeleteMarker {
				d.testDeleteMarker(t, o)
				return
			}
			d.testHead(t, o)
			d.testGet(t, o)
			d.testRange(t, o)
			d.testTags(t, o)
			d.testAttributes(t, o)
		})
	}
}

func (d *deployment) request(o *fixture.Object, method string) harness.Request {
	return harness.Request{
		Method: method, Bucket: o.Bucket, Key: o.Key, Query: "versionId=" + o.VersionID,
		Header: d.customerKey(o.SSECKey),
	}
}

func (d *deployment) do(t *testing.T, r harness.Request) *harness.Response {
	t.Helper()
	response, err := d.client.Do(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %v", r.Method, err)
	}
	return response
}

func (d *deployment) testDeleteMarker(t *testing.T, o *fixture.Object) {
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		response := d.do(t, d.request(o, method))
		if response.Status != o.HeadStatus {
			t.Errorf("%s: got %s, want %d", method, response, o.HeadStatus)
		}
		for name, want := range o.HeadHeaders {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: got %s %q, want %q", method, name, got, want)
			}
		}
	}
	if !o.IsLatest {
		return
	}
	latest := d.do(t, harness.Request{Method: http.MethodGet, Bucket: o.Bucket, Key: o.Key})
	if latest.Status != http.StatusNotFound || latest.Code() != "NoSuchKey" || latest.Header.Get("X-Amz-Delete-Marker") != "true" {
		t.Errorf("GET without a version: got %s with header %v, want 404 NoSuchKey and a delete marker", latest, latest.Header)
	}
}

func (d *deployment) testHead(t *testing.T, o *fixture.Object) {
	r := d.request(o, http.MethodHead)
	r.Header = maps.Clone(r.Header)
	if r.Header == nil {
		r.Header = make(map[string]string)
	}
	r.Header["X-Amz-Checksum-Mode"] = "ENABLED"
	response := d.do(t, r)
	if response.Status != o.HeadStatus {
		t.Errorf("HEAD: got %s, want %d", response, o.HeadStatus)
		return
	}
	if diff := cmp.Diff(o.Headers, told(response.Header, o.Headers)); diff != "" {
		t.Errorf("HEAD: headers (-want +got):\n%s", diff)
	}
}

// told picks the headers that say something about an object: those a manifest has, and any other that S3 or MinIO could have
// said of it.
func told(h http.Header, manifest map[string]string) map[string]string {
	picked := lowerKeys(h)
	maps.DeleteFunc(picked, func(name, value string) bool {
		if _, ok := manifest[name]; ok {
			return false
		}
		switch name {
		case "x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region":
			return true
		case "x-amz-version-id":
			return value == "null" // S3 says it of null versions in buckets that have others, MinIO does not
		}
		return !strings.HasPrefix(name, "x-amz-") && !strings.HasPrefix(name, "content-") || name == "content-security-policy"
	})
	return picked
}

func (d *deployment) testGet(t *testing.T, o *fixture.Object) {
	response := d.do(t, d.request(o, http.MethodGet))
	if response.Status != o.GetStatus {
		t.Errorf("GET: got %s, want %d", response, o.GetStatus)
		return
	}
	if got := int64(len(response.Body)); got != o.Size || digest(response.Body) != o.SHA256 {
		t.Errorf("GET: got %d bytes with sum %s, want %d with %s", got, digest(response.Body), o.Size, o.SHA256)
	}
	if got, want := response.Header.Get("Content-Length"), strconv.FormatInt(o.Size, 10); got != want {
		t.Errorf("GET: got Content-Length %s, want %s", got, want)
	}
	if got, want := response.Header.Get("Etag"), o.Headers["etag"]; got != want {
		t.Errorf("GET: got ETag %s, want %s", got, want)
	}
}

func (d *deployment) testRange(t *testing.T, o *fixture.Object) {
	if o.Range == nil || o.Range.MinIOFailed != nil && harness.Peer() {
		return
	}
	r := d.request(o, http.MethodGet)
	r.Header = maps.Clone(r.Header)
	if r.Header == nil {
		r.Header = make(map[string]string)
	}
	r.Header["Range"] = o.Range.Spec
	response := d.do(t, r)
	if response.Status != http.StatusPartialContent || digest(response.Body) != o.Range.SHA256 {
		t.Errorf("GET %s: got %d and %d bytes with sum %s, want 206 and %s",
			o.Range.Spec, response.Status, len(response.Body), digest(response.Body), o.Range.SHA256)
	}
	want := fmt.Sprintf("bytes %s/%d", strings.TrimPrefix(o.Range.Spec, "bytes="), o.Size)
	if got := response.Header.Get("Content-Range"); got != want {
		t.Errorf("GET %s: got Content-Range %q, want %q", o.Range.Spec, got, want)
	}
}

func (d *deployment) testTags(t *testing.T, o *fixture.Object) {
	output, err := d.sdk.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{
		Bucket: &o.Bucket, Key: &o.Key, VersionId: &o.VersionID,
	})
	if err != nil {
		t.Errorf("tags: %v", err)
		return
	}
	tags := make(map[string]string)
	for _, tag := range output.TagSet {
		tags[*tag.Key] = *tag.Value
	}
	if diff := cmp.Diff(o.Tags, tags, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func (d *deployment) testAttributes(t *testing.T, o *fixture.Object) {
	if o.Attributes == nil {
		return
	}
	input := &s3.GetObjectAttributesInput{
		Bucket: &o.Bucket, Key: &o.Key, VersionId: &o.VersionID,
		ObjectAttributes: types.ObjectAttributesEtag.Values(),
	}
	if len(o.SSECKey) > 0 {
		input.SSECustomerAlgorithm = aws.String("AES256")
		input.SSECustomerKey = aws.String(base64.StdEncoding.EncodeToString(o.SSECKey))
		input.SSECustomerKeyMD5 = aws.String(base64.StdEncoding.EncodeToString(d.manifest.SSEC.KeyMD5))
	}
	output, err := d.sdk.GetObjectAttributes(t.Context(), input)
	if err != nil {
		t.Errorf("attributes: %v", err)
		return
	}
	if diff := cmp.Diff(wantedAttributes(o), attributes(output), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// wantedAttributes is the right answer: MinIO gives the sizes of parts as they are stored, encrypted and compressed, S3 as
// they were sent.
func wantedAttributes(o *fixture.Object) *fixture.Attributes {
	wanted := *o.Attributes
	wanted.ObjectParts.Parts = slices.Clone(wanted.ObjectParts.Parts)
	for i := range wanted.ObjectParts.Parts {
		part := &wanted.ObjectParts.Parts[i]
		if at := slices.Index(o.OnDisk.PartNumbers, part.PartNumber); at >= 0 && !harness.Peer() {
			part.Size = o.OnDisk.PartActualSizes[at]
		}
	}
	return &wanted
}

// attributes writes the SDK's answer as manifests do.
func attributes(output *s3.GetObjectAttributesOutput) *fixture.Attributes {
	a := &fixture.Attributes{
		ETag:         aws.ToString(output.ETag),
		StorageClass: string(output.StorageClass),
		ObjectSize:   aws.ToInt64(output.ObjectSize),
	}
	if c := output.Checksum; c != nil {
		a.Checksum = &fixture.Checksum{
			ChecksumType:      string(c.ChecksumType),
			ChecksumCRC32:     aws.ToString(c.ChecksumCRC32),
			ChecksumCRC32C:    aws.ToString(c.ChecksumCRC32C),
			ChecksumCRC64NVME: aws.ToString(c.ChecksumCRC64NVME),
			ChecksumSHA1:      aws.ToString(c.ChecksumSHA1),
			ChecksumSHA256:    aws.ToString(c.ChecksumSHA256),
		}
	}
	if output.ObjectParts == nil {
		return a
	}
	a.ObjectParts.TotalPartsCount = int(aws.ToInt32(output.ObjectParts.TotalPartsCount))
	for _, p := range output.ObjectParts.Parts {
		a.ObjectParts.Parts = append(a.ObjectParts.Parts, struct {
			PartNumber int
			Size       int64
			fixture.Checksum
		}{int(aws.ToInt32(p.PartNumber)), aws.ToInt64(p.Size), fixture.Checksum{
			ChecksumCRC32:     aws.ToString(p.ChecksumCRC32),
			ChecksumCRC32C:    aws.ToString(p.ChecksumCRC32C),
			ChecksumCRC64NVME: aws.ToString(p.ChecksumCRC64NVME),
			ChecksumSHA1:      aws.ToString(p.ChecksumSHA1),
			ChecksumSHA256:    aws.ToString(p.ChecksumSHA256),
		}})
	}
	return a
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
