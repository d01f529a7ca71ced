package s3api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"github.com/minio/minio-go/v7/pkg/sse"
	"github.com/minio/minio-go/v7/pkg/tags"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
)

// wantMinio demands that a call of the client failed with a code.
func wantMinio(t *testing.T, err error, code string) {
	t.Helper()
	if got := minio.ToErrorResponse(err).Code; got != code {
		t.Errorf("got %v (%s), want %s", err, got, code)
	}
}

func TestMinioBuckets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.minio()
	r.ok(client.MakeBucket(r.ctx, "bucket", minio.MakeBucketOptions{}))
	r.ok(client.MakeBucket(r.ctx, "locked", minio.MakeBucketOptions{ObjectLocking: true}))
	wantMinio(t, client.MakeBucket(r.ctx, "bucket", minio.MakeBucketOptions{}), "BucketAlreadyOwnedByYou")
	found, err := client.BucketExists(r.ctx, "bucket")
	r.ok(err)
	absent, err := client.BucketExists(r.ctx, "absent")
	r.ok(err)
	if !found || absent {
		t.Errorf("got %v and %v", found, absent)
	}
	list, err := client.ListBuckets(r.ctx)
	r.ok(err)
	if len(list) != 2 || list[0].Name != "bucket" || list[0].CreationDate.IsZero() {
		t.Errorf("got %+v", list)
	}
	r.ok(client.EnableVersioning(r.ctx, "bucket"))
	state, err := client.GetBucketVersioning(r.ctx, "bucket")
	r.ok(err)
	if !state.Enabled() {
		t.Errorf("got %+v", state)
	}
	r.ok(client.SetBucketVersioning(r.ctx, "bucket", minio.BucketVersioningConfiguration{
		Status: "Enabled", ExcludedPrefixes: []minio.ExcludedPrefix{{Prefix: "tmp/*"}}, ExcludeFolders: true,
	}))
	state, err = client.GetBucketVersioning(r.ctx, "bucket")
	r.ok(err)
	if len(state.ExcludedPrefixes) != 1 || state.ExcludedPrefixes[0].Prefix != "tmp/*" || !state.ExcludeFolders {
		t.Errorf("got %+v", state)
	}
	r.ok(client.SuspendVersioning(r.ctx, "bucket"))
	wantMinio(t, client.SuspendVersioning(r.ctx, "locked"), "InvalidBucketState")

	set, err := tags.MapToBucketTags(map[string]string{"a": "1", "b": "2"})
	r.ok(err)
	r.ok(client.SetBucketTagging(r.ctx, "bucket", set))
	got, err := client.GetBucketTagging(r.ctx, "bucket")
	r.ok(err)
	if m := got.ToMap(); len(m) != 2 || m["b"] != "2" {
		t.Errorf("got %v", m)
	}
	r.ok(client.SetBucketEncryption(r.ctx, "bucket", sse.NewConfigurationSSES3()))
	rules, err := client.GetBucketEncryption(r.ctx, "bucket")
	r.ok(err)
	if len(rules.Rules) != 1 || rules.Rules[0].Apply.SSEAlgorithm != "AES256" {
		t.Errorf("got %+v", rules)
	}
	policy, err := client.GetBucketPolicy(r.ctx, "bucket")
	r.ok(err) // the client takes NoSuchBucketPolicy for an empty one
	if policy != "" {
		t.Errorf("got %q", policy)
	}
	r.store("dir/k", "x", objectlayer.PutOptions{})
	wantMinio(t, client.RemoveBucket(r.ctx, "bucket"), "BucketNotEmpty")
	r.ok(client.RemoveBucketWithOptions(r.ctx, "bucket", minio.RemoveBucketOptions{ForceDelete: true}))
	wantMinio(t, client.RemoveBucketWithOptions(r.ctx, "locked", minio.RemoveBucketOptions{ForceDelete: true}), "MethodNotAllowed")
}

func TestMinioObjects(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T, ...change) *rig{"http": newRig, "https": newTLSRig} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := make(t)
			r.bucket(objectlayer.MakeBucketOptions{})
			client := r.minio()
			key := "d\u00efr/a b+c&d%.txt"
			for _, size := range []int{0, 1, 100_000, 17 << 20} {
				data := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
				for _, known := range []int64{int64(size), -1} {
					o := minio.PutObjectOptions{ContentType: "text/plain", UserMetadata: map[string]string{"color": "blue"}, UserTags: map[string]string{"t": "1"}, PartSize: 6 << 20}
					info, err := client.PutObject(r.ctx, "bucket", key, bytes.NewReader(data), known, o)
					r.ok(err)
					stat, err := client.StatObject(r.ctx, "bucket", key, minio.StatObjectOptions{})
					r.ok(err)
					if stat.Size != int64(size) || stat.ETag != info.ETag || stat.UserMetadata["Color"] != "blue" || stat.ContentType != "text/plain" || stat.UserTagCount != 1 {
						t.Errorf("%d bytes: got %+v", size, stat)
					}
					object, err := client.GetObject(r.ctx, "bucket", key, minio.GetObjectOptions{})
					r.ok(err)
					if got := readAll(t, object); got != string(data) {
						t.Errorf("%d bytes: got %d", size, len(got))
					}
				}
			}
			object, err := client.GetObject(r.ctx, "bucket", key, minio.GetObjectOptions{})
			r.ok(err)
			at := [10]byte{}
			_, err = object.ReadAt(at[:], 1<<20)
			r.ok(err)
			if string(at[:]) != "0123456789" {
				t.Errorf("got %q", at)
			}
			r.ok(object.Close())
			_, err = client.StatObject(r.ctx, "bucket", "absent", minio.StatObjectOptions{})
			wantMinio(t, err, "NoSuchKey")
			r.ok(client.RemoveObject(r.ctx, "bucket", key, minio.RemoveObjectOptions{}))
			r.empty()
		})
	}
}

func TestMinioListing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.versionedBucket()
	for _, k := range []objectlayer.Key{"a", "b c", "dir/x", "dir/y/z"} {
		r.store(k, "data", objectlayer.PutOptions{UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, Tags: "t=1", ContentType: "text/plain"})
	}
	r.store("a", "again", objectlayer.PutOptions{})
	client := r.minio()
	list := func(o minio.ListObjectsOptions) (keys []string, all []minio.ObjectInfo) {
		t.Helper()
		for info := range client.ListObjects(r.ctx, "bucket", o) {
			r.ok(info.Err)
			keys, all = append(keys, info.Key), append(all, info)
		}
		return keys, all
	}
	for name, c := range map[string]struct {
		o    minio.ListObjectsOptions
		want []string
	}{
		"all":        {minio.ListObjectsOptions{Recursive: true, MaxKeys: 1}, []string{"a", "b c", "dir/x", "dir/y/z"}},
		"one level":  {minio.ListObjectsOptions{}, []string{"a", "b c", "dir/"}},
		"prefix":     {minio.ListObjectsOptions{Prefix: "dir/"}, []string{"dir/x", "dir/y/"}},
		"v1":         {minio.ListObjectsOptions{UseV1: true, Recursive: true, MaxKeys: 2}, []string{"a", "b c", "dir/x", "dir/y/z"}},
		"v1 level":   {minio.ListObjectsOptions{UseV1: true, MaxKeys: 1}, []string{"a", "b c", "dir/"}},
		"after":      {minio.ListObjectsOptions{Recursive: true, StartAfter: "b c"}, []string{"dir/x", "dir/y/z"}},
		"versions":   {minio.ListObjectsOptions{Recursive: true, WithVersions: true, MaxKeys: 1}, []string{"a", "a", "b c", "dir/x", "dir/y/z"}},
		"v-metadata": {minio.ListObjectsOptions{Recursive: true, WithVersions: true, WithMetadata: true}, []string{"a", "a", "b c", "dir/x", "dir/y/z"}},
	} {
		if got, _ := list(c.o); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	_, all := list(minio.ListObjectsOptions{WithMetadata: true, Recursive: true})
	if got := all[1]; got.UserMetadata["X-Amz-Meta-A"] != "1" || got.UserMetadata["content-type"] != "text/plain" || got.UserTags["t"] != "1" {
		t.Errorf("got %+v", got)
	}
}

func TestMinioDeletes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	keys := []string{"p/a", "p/b/c", "q&<r", "s t"}
	for _, k := range keys {
		r.store(objectlayer.Key(k), "x", objectlayer.PutOptions{})
	}
	client := r.minio()
	r.ok(client.RemoveObject(r.ctx, "bucket", "p/", minio.RemoveObjectOptions{ForceDelete: true}))
	many := make(chan minio.ObjectInfo, len(keys))
	for _, k := range keys {
		many <- minio.ObjectInfo{Key: k}
	}
	close(many)
	for failed := range client.RemoveObjects(r.ctx, "bucket", many, minio.RemoveObjectsOptions{}) {
		t.Errorf("%+v", failed)
	}
	r.empty()
}

func TestMinioCopies(t *testing.T) {
	t.Parallel()
	r := newTLSRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.minio()
	key, err := encrypt.NewSSEC([]byte(strings.Repeat("k", 32)))
	r.ok(err)
	data := strings.Repeat("0123456789", 700_000)
	_, err = client.PutObject(r.ctx, "bucket", "a b/src", strings.NewReader(data), int64(len(data)), minio.PutObjectOptions{ServerSideEncryption: key})
	r.ok(err)
	_, err = client.CopyObject(r.ctx, minio.CopyDestOptions{Bucket: "bucket", Object: "dst"}, minio.CopySrcOptions{Bucket: "bucket", Object: "a b/src", Encryption: encrypt.SSECopy(key)})
	r.ok(err)
	if _, got := r.stored("dst"); got != data {
		t.Errorf("got %d bytes", len(got))
	}
	_, err = client.ComposeObject(r.ctx, minio.CopyDestOptions{Bucket: "bucket", Object: "composed"},
		minio.CopySrcOptions{Bucket: "bucket", Object: "dst", MatchRange: true, Start: 0, End: 5<<20 - 1},
		minio.CopySrcOptions{Bucket: "bucket", Object: "dst"})
	r.ok(err)
	if _, got := r.stored("composed"); got != data[:5<<20]+data {
		t.Errorf("got %d bytes", len(got))
	}
	_, err = client.StatObject(r.ctx, "bucket", "a b/src", minio.StatObjectOptions{})
	wantMinio(t, err, "InvalidRequest")
}

func TestMinioUploads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	core := minio.Core{Client: r.minio()}
	id, err := core.NewMultipartUpload(r.ctx, "bucket", "big", minio.PutObjectOptions{UserMetadata: map[string]string{"a": "1"}})
	r.ok(err)
	var parts []minio.CompletePart
	for n, data := range []string{strings.Repeat("a", 5<<20), "tail"} {
		p, err := core.PutObjectPart(r.ctx, "bucket", "big", id, n+1, strings.NewReader(data), int64(len(data)), minio.PutObjectPartOptions{})
		r.ok(err)
		parts = append(parts, minio.CompletePart{PartNumber: n + 1, ETag: p.ETag})
	}
	list, err := core.ListObjectParts(r.ctx, "bucket", "big", id, 0, 1)
	r.ok(err)
	if len(list.ObjectParts) != 1 || !list.IsTruncated || list.NextPartNumberMarker != 1 {
		t.Errorf("got %+v", list)
	}
	uploads, err := core.ListMultipartUploads(r.ctx, "bucket", "big", "", "", "", 10)
	r.ok(err)
	if len(uploads.Uploads) != 1 || uploads.Uploads[0].UploadID != id || uploads.Uploads[0].Initiated.IsZero() {
		t.Errorf("got %+v", uploads)
	}
	_, err = core.CompleteMultipartUpload(r.ctx, "bucket", "big", id, []minio.CompletePart{parts[1], parts[0]}, minio.PutObjectOptions{})
	wantMinio(t, err, "InvalidPartOrder")
	_, err = core.CompleteMultipartUpload(r.ctx, "bucket", "big", id, []minio.CompletePart{{PartNumber: 1, ETag: "x"}}, minio.PutObjectOptions{})
	wantMinio(t, err, "InvalidPart")
	info, err := core.CompleteMultipartUpload(r.ctx, "bucket", "big", id, parts, minio.PutObjectOptions{})
	r.ok(err)
	if !strings.HasSuffix(info.ETag, "-2") {
		t.Errorf("got %+v", info)
	}
	wantMinio(t, core.AbortMultipartUpload(r.ctx, "bucket", "big", id), "NoSuchUpload")
	attributes, err := core.GetObjectAttributes(r.ctx, "bucket", "big", minio.ObjectAttributesOptions{})
	r.ok(err)
	if attributes.ObjectSize != 5<<20+4 || attributes.ObjectParts.PartsCount != 2 {
		t.Errorf("got %+v", attributes)
	}
}

func TestMinioPresigned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	client := r.minio()
	put, err := client.PresignedPutObject(r.ctx, "bucket", "a b", time.Hour)
	r.ok(err)
	r.want(r.follow("PUT", put, "hello"), 200, "")
	get, err := client.PresignedGetObject(r.ctx, "bucket", "a b", time.Hour, url.Values{"response-content-type": {"text/x"}})
	r.ok(err)
	a := r.follow("GET", get, "")
	r.want(a, 200, "")
	if a.body != "hello" || a.header.Get("Content-Type") != "text/x" {
		t.Errorf("got %q, %v", a.body, a.header)
	}
	get.RawQuery = strings.Replace(get.RawQuery, "text%2Fx", "text%2Fy", 1)
	r.want(r.follow("GET", get, ""), 403, "SignatureDoesNotMatch")
}

func (r *rig) follow(method string, u *url.URL, body string) answer {
	r.Helper()
	req, err := http.NewRequestWithContext(r.ctx, method, u.String(), strings.NewReader(body))
	r.ok(err)
	return r.send(req)
}

func TestMinioTrailers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	creds := r.minio()
	data := []byte(strings.Repeat("x", 100_000))
	for _, c := range []minio.ChecksumType{minio.ChecksumCRC32, minio.ChecksumCRC32C, minio.ChecksumSHA1, minio.ChecksumSHA256, minio.ChecksumCRC64NVME} {
		info, err := creds.PutObject(context.WithoutCancel(r.ctx), "bucket", "k", io.MultiReader(bytes.NewReader(data)), int64(len(data)), minio.PutObjectOptions{Checksum: c})
		r.ok(err)
		stored, _ := r.stored("k")
		want := objectlayertest.ChecksumOf(strings.ReplaceAll(c.String(), "-", ""), data)
		if len(stored.Checksums) != 1 || stored.Checksums[0] != want {
			t.Errorf("%s: got %+v, want %+v (%+v)", c, stored.Checksums, want, info)
		}
	}
}

func TestMinioTagging(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.versionedBucket()
	first := r.store("k", "1", objectlayer.PutOptions{})
	r.store("k", "2", objectlayer.PutOptions{})
	client := r.minio()
	version := string(first.Version)
	set, err := tags.MapToObjectTags(map[string]string{"k 1": "a+b=c/d", "b": ""})
	r.ok(err)
	r.ok(client.PutObjectTagging(r.ctx, "bucket", "k", set, minio.PutObjectTaggingOptions{VersionID: version}))
	got, err := client.GetObjectTagging(r.ctx, "bucket", "k", minio.GetObjectTaggingOptions{VersionID: version})
	r.ok(err)
	if m := got.ToMap(); len(m) != 2 || m["k 1"] != "a+b=c/d" {
		t.Errorf("got %v", m)
	}
	current, err := client.GetObjectTagging(r.ctx, "bucket", "k", minio.GetObjectTaggingOptions{})
	r.ok(err)
	if m := current.ToMap(); len(m) != 0 {
		t.Errorf("the current version has %v", m)
	}
	r.ok(client.RemoveObjectTagging(r.ctx, "bucket", "k", minio.RemoveObjectTaggingOptions{VersionID: version}))
	got, err = client.GetObjectTagging(r.ctx, "bucket", "k", minio.GetObjectTaggingOptions{VersionID: version})
	r.ok(err)
	if m := got.ToMap(); len(m) != 0 {
		t.Errorf("got %v", m)
	}
	_, err = client.GetObjectTagging(r.ctx, "bucket", "absent", minio.GetObjectTaggingOptions{})
	wantMinio(t, err, "NoSuchKey")
}

func TestMinioObjectLock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{ObjectLock: true})
	client := r.minio()
	enabled, _, _, _, err := client.GetObjectLockConfig(r.ctx, "bucket")
	r.ok(err)
	if enabled != "Enabled" {
		t.Errorf("got %q", enabled)
	}
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	put, err := client.PutObject(r.ctx, "bucket", "k", strings.NewReader("x"), 1, minio.PutObjectOptions{Mode: minio.Governance, RetainUntilDate: until, LegalHold: minio.LegalHoldDisabled})
	r.ok(err)
	mode, date, err := client.GetObjectRetention(r.ctx, "bucket", "k", put.VersionID)
	r.ok(err)
	if *mode != minio.Governance || !date.Equal(until) {
		t.Errorf("got %v until %v, want %v", *mode, *date, until)
	}
	remove := minio.RemoveObjectOptions{VersionID: put.VersionID}
	wantMinio(t, client.RemoveObject(r.ctx, "bucket", "k", remove), "InvalidRequest")
	on, later := minio.LegalHoldEnabled, until.Add(time.Hour)
	r.ok(client.PutObjectLegalHold(r.ctx, "bucket", "k", minio.PutObjectLegalHoldOptions{Status: &on}))
	hold, err := client.GetObjectLegalHold(r.ctx, "bucket", "k", minio.GetObjectLegalHoldOptions{})
	r.ok(err)
	if *hold != on {
		t.Errorf("got %v", *hold)
	}
	remove.GovernanceBypass = true
	wantMinio(t, client.RemoveObject(r.ctx, "bucket", "k", remove), "InvalidRequest")
	off := minio.LegalHoldDisabled
	r.ok(client.PutObjectLegalHold(r.ctx, "bucket", "k", minio.PutObjectLegalHoldOptions{Status: &off}))
	compliance := minio.Compliance
	r.ok(client.PutObjectRetention(r.ctx, "bucket", "k", minio.PutObjectRetentionOptions{Mode: &compliance, RetainUntilDate: &later}))
	wantMinio(t, client.RemoveObject(r.ctx, "bucket", "k", remove), "InvalidRequest")
}
