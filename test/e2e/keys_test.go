package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"

	"github.com/holdfast-io/holdfast/test/harness"
)

// oddKeys are keys that somebody uses and somebody else's parser gets wrong.
func oddKeys() []string {
	return []string{
		" leading", "trailing ", "two  spaces", "plus+plus", "percent%41%zz", "percent%2Fslash", "amp&eq=a;b", "hash#query?x",
		"quote'double\"back`tick", "back\\slash", "brackets[]{}<>", "star*", "pipe|caret^tilde~", "dollar$at@bang!", "colon:comma,",
		"tab\there", "new\nline", "carriage\rreturn", "bell\a", "ünïcödé/ключ/键", "e\u0301 combined", "é composed", "emoji-😀", "rtl-עברית", "bom-\ufeff",
		".hidden", "..two", "...", "dir/.hidden", "trailing.dot.", "-dash", "--flag", "xl.meta", "part.1", "x/xl.meta/y", "format.json",
		".minio.sys-not/x", "minio/health", "CON", "UPPER", "upper", strings.Repeat("s", 255), strings.Repeat("long/", 200) + "end",
		"__XLDIR__x", "dir/", "dir/sub/", "a", "a/b", "a/b/c", "0", "null", "~", "*", "?uploads", "versionId=null",
	}
}

// TestOddKeys stores, finds, reads, copies and removes keys as they are.
func TestOddKeys(t *testing.T) {
	t.Parallel()
	c := startSDK(t, harness.Options{})
	var stored []string
	for _, key := range oddKeys() {
		if harness.Peer() && (key == "a" || key == "a/b") {
			continue // MinIO lists no keys below keys
		}
		c.put(key, []byte("content of "+key))
		stored = append(stored, key)
	}
	slices.Sort(stored)
	for _, page := range []int32{1000, 3} {
		input := &s3.ListObjectsV2Input{Bucket: c.bucket, MaxKeys: &page, EncodingType: types.EncodingTypeUrl}
		got, _ := c.listV2(input)
		if diff := cmp.Diff(stored, got); diff != "" {
			t.Errorf("listed in pages of %d (-want +got):\n%s", page, diff)
		}
	}
	for _, key := range stored {
		c.wantBody(key, []byte("content of "+key))
		got, _ := c.listV2(&s3.ListObjectsV2Input{Bucket: c.bucket, Prefix: &key, EncodingType: types.EncodingTypeUrl})
		if !slices.Contains(got, key) {
			t.Errorf("listing with prefix %q: got %q", key, got)
		}
	}
	for _, key := range stored {
		if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: c.bucket, Key: &key}); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	if got, _ := c.listV2(&s3.ListObjectsV2Input{Bucket: c.bucket, EncodingType: types.EncodingTypeUrl}); len(got) > 0 {
		t.Errorf("left after all were deleted: %q", got)
	}
}

// TestOddKeysInOtherCalls uses odd keys where they travel in XML, in a header or in a query instead of the path.
func TestOddKeysInOtherCalls(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	m := s.MinIO()
	if err := m.MakeBucket(t.Context(), "odd", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, key := range oddKeys() {
		if strings.HasSuffix(key, "/") || strings.ContainsAny(key, "\a\r\n\t") || len(key) > 500 || key == "a" || key == "a/b" {
			continue // XML has no words for some, the copy's key grows too long for others
		}
		if _, err := m.PutObject(t.Context(), "odd", key, strings.NewReader(key), int64(len(key)), minio.PutObjectOptions{}); err != nil {
			t.Errorf("put %q: %v", key, err)
			continue
		}
		to := "copies/" + key
		if strings.Contains(key, strings.Repeat("s", 255)) {
			to = "copies"
		}
		if _, err := m.CopyObject(t.Context(), minio.CopyDestOptions{Bucket: "odd", Object: to}, minio.CopySrcOptions{Bucket: "odd", Object: key}); err != nil {
			t.Errorf("copy %q: %v", key, err)
			continue
		}
		if info, err := m.StatObject(t.Context(), "odd", to, minio.StatObjectOptions{}); err != nil || info.Size != int64(len(key)) {
			t.Errorf("stat %q: got %d bytes, %v", to, info.Size, err)
		}
		names := make(chan minio.ObjectInfo, 2)
		names <- minio.ObjectInfo{Key: key}
		names <- minio.ObjectInfo{Key: to}
		close(names)
		for failure := range m.RemoveObjects(t.Context(), "odd", names, minio.RemoveObjectsOptions{}) {
			t.Errorf("remove %q: %v", failure.ObjectName, failure.Err)
		}
	}
	for object := range m.ListObjects(t.Context(), "odd", minio.ListObjectsOptions{Recursive: true}) {
		t.Errorf("left: %q", object.Key)
	}
}

// TestKeysThatAreRefused sends keys no server may store.
func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	c := s.Client()
	c.Must(t, harness.Request{Method: http.MethodPut, Bucket: "bucket"})
	for name, key := range map[string]string{
		"too long":              strings.Repeat("k/", 512) + "x",
		"a segment too long":    strings.Repeat("k", 256),
		"dot":                   "a/./b",
		"dots":                  "a/../b",
		"dots at the beginning": "../../etc/passwd",
		"dots at the end":       "a/..",
		"empty segment":         "a//b",
		"zero byte":             "a\x00b",
		"no UTF-8":              "a\xff\xfeb",
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodDelete} {
				response, err := c.Do(t.Context(), harness.Request{Method: method, Bucket: "bucket", Key: key, Body: []byte("x")[:b2i(method == http.MethodPut)]})
				if err != nil {
					t.Fatal(err)
				}
				if refused := response.Status/100 == 4; !refused && !(harness.Peer() && method != http.MethodPut) {
					t.Errorf("%s: got %s, want 400", method, response)
				}
			}
		})
	}
	if got := s.Client().Must(t, harness.Request{Bucket: "bucket"}); strings.Contains(string(got.Body), "<Key>") {
		t.Errorf("stored: %s", got.Body)
	}
}
