package e2e_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/test/harness"
)

// testListings lists every bucket, in pages of several sizes. Keys below other keys are in S3's listings but not in MinIO's;
// both are right.
func (d *deployment) testListings(t *testing.T) {
	for i := range d.manifest.Buckets {
		b := &d.manifest.Buckets[i]
		t.Run(b.Name, func(t *testing.T) {
			hidden := d.hidden(b.Name)
			pages := []int32{1000, 7, 1}
			if harness.Peer() {
				pages = pages[:2] // MinIO ends a delimited listing in pages of one too early
			}
			for _, page := range pages {
				keys, _ := d.list(t, b.Name, "", page)
				keys = slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(hidden, key) })
				if diff := cmp.Diff(b.ListV2Keys, keys, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("keys in pages of %d (-want +got):\n%s", page, diff)
				}
				keys, prefixes := d.list(t, b.Name, "/", page)
				if diff := cmp.Diff(b.ListDelimited.Keys, keys, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("keys with a delimiter in pages of %d (-want +got):\n%s", page, diff)
				}
				prefixes = slices.DeleteFunc(prefixes, func(prefix string) bool {
					return slices.ContainsFunc(hidden, func(key string) bool { return key[:min(len(key), len(prefix))] == prefix })
				})
				if diff := cmp.Diff(b.ListDelimited.Prefixes, prefixes, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("prefixes in pages of %d (-want +got):\n%s", page, diff)
				}
			}
			d.testVersions(t, b.Name, hidden)
		})
	}
}

// hidden are the keys of a bucket that MinIO lists nowhere.
func (d *deployment) hidden(bucket string) []string {
	var keys []string
	for _, o := range d.manifest.Objects {
		if o.Bucket == bucket && o.NotListed {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// list lists a bucket page by page.
func (d *deployment) list(t *testing.T, bucket, delimiter string, page int32) (keys, prefixes []string) {
	t.Helper()
	input := &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: &page}
	if delimiter != "" {
		input.Delimiter = &delimiter
	}
	pages := s3.NewListObjectsV2Paginator(d.sdk, input)
	for pages.HasMorePages() {
		output, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatalf("list %s: %v", bucket, err)
		}
		if n := len(output.Contents) + len(output.CommonPrefixes); n > int(page) || int(aws.ToInt32(output.KeyCount)) != n {
			t.Errorf("list %s: got %d entries and KeyCount %d in a page of %d", bucket, n, aws.ToInt32(output.KeyCount), page)
		}
		for _, object := range output.Contents {
			keys = append(keys, *object.Key)
		}
		for _, prefix := range output.CommonPrefixes {
			prefixes = append(prefixes, *prefix.Prefix)
		}
	}
	return keys, prefixes
}

// listedVersion is an entry of ListObjectVersions.
type listedVersion struct {
	XMLName      xml.Name // Version or DeleteMarker
	Key          string
	VersionID    string `xml:"VersionId"`
	IsLatest     bool
	LastModified time.Time
	ETag         string
	Size         int64
	StorageClass string
}

// testVersions compares the versions of a bucket with its manifest, in the order in which they come: by key, newest first.
func (d *deployment) testVersions(t *testing.T, bucket string, hidden []string) {
	var want []listedVersion
	for _, o := range d.manifest.Objects {
		if o.Bucket != bucket || o.NotListed {
			continue
		}
		v := listedVersion{
			XMLName: xml.Name{Local: "Version"}, Key: o.Key, VersionID: o.VersionID, IsLatest: o.IsLatest,
			LastModified: o.LastModified.UTC(), ETag: o.ListETag, Size: o.ListSize, StorageClass: o.ListStorageClass,
		}
		if o.DeleteMarker {
			v.XMLName.Local = "DeleteMarker"
		}
		want = append(want, v)
	}
	slices.SortStableFunc(want, func(a, b listedVersion) int {
		if c := cmpStrings(a.Key, b.Key); c != 0 {
			return c
		}
		return b.LastModified.Compare(a.LastModified)
	})
	for _, page := range []int{1000, 3} {
		got := slices.DeleteFunc(d.versions(t, bucket, page), func(v listedVersion) bool { return slices.Contains(hidden, v.Key) })
		ignore := cmpopts.IgnoreFields(listedVersion{}, "XMLName.Space")
		// MinIO gives markers an empty ETag, a size and a class, which S3 does not have.
		markers := cmp.Transformer("marker", func(v listedVersion) listedVersion {
			if v.XMLName.Local == "DeleteMarker" {
				v.ETag, v.Size, v.StorageClass = "", 0, ""
			}
			return v
		})
		if diff := cmp.Diff(want, got, ignore, cmpopts.EquateEmpty(), cmp.FilterValues(isMarker, markers)); diff != "" {
			t.Errorf("versions in pages of %d (-want +got):\n%s", page, diff)
		}
	}
}

func isMarker(a, b listedVersion) bool {
	plain := func(v listedVersion) bool { return v.ETag == "" && v.Size == 0 && v.StorageClass == "" }
	return a.XMLName.Local == "DeleteMarker" && b.XMLName.Local == "DeleteMarker" && (!plain(a) || !plain(b))
}

func cmpStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// versions lists the versions of a bucket page by page. It reads the document itself, because the SDK separates versions
// from markers.
func (d *deployment) versions(t *testing.T, bucket string, page int) []listedVersion {
	t.Helper()
	var all []listedVersion
	next := ""
	for {
		response := d.client.Must(t, harness.Request{
			Method: http.MethodGet, Bucket: bucket, Query: fmt.Sprintf("versions&max-keys=%d%s", page, next),
		})
		var document struct {
			IsTruncated         bool
			NextKeyMarker       string
			NextVersionIDMarker string          `xml:"NextVersionIdMarker"`
			Entries             []listedVersion `xml:",any"`
		}
		if err := xml.Unmarshal(response.Body, &document); err != nil {
			t.Fatalf("list versions of %s: %v", bucket, err)
		}
		entries := slices.DeleteFunc(document.Entries, func(v listedVersion) bool {
			return v.XMLName.Local != "Version" && v.XMLName.Local != "DeleteMarker"
		})
		if len(entries) > page {
			t.Errorf("list versions of %s: got %d entries in a page of %d", bucket, len(entries), page)
		}
		all = append(all, entries...)
		if !document.IsTruncated {
			return all
		}
		if len(entries) == 0 {
			t.Fatalf("list versions of %s: a page is empty and not the last", bucket)
		}
		next = "&key-marker=" + url.QueryEscape(document.NextKeyMarker) + "&version-id-marker=" + url.QueryEscape(document.NextVersionIDMarker)
	}
}
