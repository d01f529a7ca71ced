package s3xml_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

var (
	when    = time.Date(2026, 11, 22, 17, 48, 48, 486_700_000, time.UTC)
	strange = "a&b <c>\"d'\te\x01\u00fc+ %.txt"
	object  = objectlayer.ObjectInfo{
		Bucket: "photos", Key: "cat.jpg", Version: "af46a7d4-3802-43bc-b4fb-5072785e2aa8", Latest: true, Size: 6,
		ETag: "b1946ac92492d2347c6235b4d2611184", ModTime: when, ContentType: "image/jpeg", StorageClass: "STANDARD",
		Headers:   map[string]string{"cache-control": "max-age=60"},
		UserMeta:  map[string]string{"X-Amz-Meta-B": "2", "X-Amz-Meta-A": "1", "X-Amz-Meta-Odd!": "no element"},
		Tags:      "k=v&k2=v2",
		Checksums: []objectlayer.Checksum{{Algorithm: "SHA256", Value: "OCvtmyJYlNYoM+SR17hlLUErI+adnYwEPDQCrQtktm4=-2", Composite: true}},
		Parts: []objectlayer.PartInfo{
			{Number: 1, Size: 4, Checksum: objectlayer.Checksum{Algorithm: "SHA256", Value: "AAAA"}}, {Number: 3, Size: 1}, {Number: 4, Size: 1},
		},
		Data: 2, Parity: 2,
	}
	odd    = objectlayer.ObjectInfo{Key: objectlayer.Key(strange), Size: 1, ETag: "e", ModTime: when, StorageClass: "REDUCED_REDUNDANCY"}
	marker = objectlayer.ObjectInfo{Key: "cat.jpg", Version: "null", DeleteMarker: true, ModTime: when}
	page   = objectlayer.Listing{Objects: []objectlayer.ObjectInfo{object, odd}, Prefixes: []string{"dir/", "x y/"}, Truncated: true, Next: "x y/"}
	upload = objectlayer.UploadInfo{
		Bucket: "photos", Key: objectlayer.Key(strange), ID: "M2Q4", Initiated: when, StorageClass: "STANDARD", ChecksumAlgorithm: "CRC32", ChecksumComposite: true,
	}
)

func TestGolden(t *testing.T) {
	t.Parallel()
	query := s3xml.Query{Bucket: "photos", Prefix: "", Delimiter: "/", Max: 1000}
	encoded := query
	encoded.URLEncode = true
	docs := map[string][]byte{
		"buckets":          s3xml.BucketList{Buckets: []objectlayer.BucketInfo{{Name: "photos", Created: when}, {Name: "x", Created: when}}}.Append(nil),
		"objects-v1":       s3xml.ObjectList{Query: query, Page: page, Marker: "a"}.Append(nil),
		"objects-v2":       s3xml.ObjectList{Query: encoded, Page: page, V2: true, StartAfter: "a b", Token: "dG9r", NextToken: "bmV4dA==", FetchOwner: true}.Append(nil),
		"objects-metadata": s3xml.ObjectList{Query: query, Page: page, V2: true, Metadata: true}.Append(nil),
		"versions": s3xml.VersionList{
			Query:     query,
			Page:      objectlayer.Listing{Objects: []objectlayer.ObjectInfo{object, marker, odd}, Truncated: true, Next: "odd", NextVersion: "null"},
			KeyMarker: "a", VersionMarker: "null", Metadata: true,
		}.Append(nil),
		"uploads": s3xml.UploadList{
			Query: query, KeyMarker: "a",
			Page: objectlayer.UploadListing{Uploads: []objectlayer.UploadInfo{upload}, Prefixes: []string{"dir/"}, Truncated: true, NextKey: "b", NextUpload: "N3"},
		}.Append(nil),
		"parts": s3xml.PartList{
			Upload: upload, Marker: 1, Max: 2, Truncated: true, URLEncode: true,
			Parts: []objectlayer.PartInfo{{Number: 2, Size: 5, ETag: "e", ModTime: when, Checksum: objectlayer.Checksum{Algorithm: "CRC32", Value: "mJAy/w=="}}, {Number: 4, ETag: "f", ModTime: when}},
		}.Append(nil),
		"initiated":      s3xml.Initiated{Bucket: "photos", Key: strange, UploadID: "M2Q4"}.Append(nil),
		"completed":      s3xml.Completed{Location: "http://h/photos/cat.jpg", Object: object}.Append(nil),
		"copied-object":  s3xml.CopiedObject(object),
		"copied-part":    s3xml.CopiedPart(objectlayer.PartInfo{ETag: "e", ModTime: when, Checksum: objectlayer.Checksum{Algorithm: "CRC32", Value: "mJAy/w=="}}),
		"deleted":        deleteResult(false).Append(nil),
		"deleted-quiet":  deleteResult(true).Append(nil),
		"tagging":        s3xml.Tagging{Tags: []s3xml.Tag{{Key: "k", Value: "v & w"}}}.Append(nil),
		"retention":      s3xml.RetentionOf(objectlayer.Retention{Mode: "GOVERNANCE", Until: when}),
		"legal-hold":     s3xml.LegalHoldOf("ON"),
		"attributes":     s3xml.Attributes{Object: object, ETag: true, Checksum: true, ObjectParts: true, StorageClass: true, Size: true, PartMarker: 1, MaxParts: 1}.Append(nil),
		"attributes-one": s3xml.Attributes{Object: object, Size: true}.Append(nil),
		"posted":         s3xml.Posted{Location: "http://h/photos/cat.jpg", Bucket: "photos", Key: strange, ETag: "e"}.Append(nil),
		"location":       s3xml.Location("eu-x"),
		"policy-status":  s3xml.PolicyStatus(true),
		"fixed":          []byte(s3xml.NoVersioning + "\n" + s3xml.NoNotification + "\n" + s3xml.Accelerate + "\n" + s3xml.RequestPayment + "\n" + s3xml.Logging + "\n" + s3xml.PrivateACL),
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wellFormed(t, doc)
			file := filepath.Join("testdata", name+".xml")
			if *rewrite {
				if err := os.WriteFile(file, doc, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines(want), lines(doc)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func deleteResult(quiet bool) s3xml.DeleteResult {
	return s3xml.DeleteResult{
		Quiet: quiet,
		Deleted: []objectlayer.Deleted{
			{Key: "a"}, {Key: "b", Version: "null"}, {Key: "c", DeleteMarker: true, MarkerVersion: "af46"}, {Key: "d", Version: "af46", DeleteMarker: true, MarkerVersion: "af46"},
		},
		Errors: []s3xml.DeleteError{{Key: "e", Version: "af47", Code: "AccessDenied", Message: "Access Denied."}},
	}
}

func lines(doc []byte) []string { return strings.SplitAfter(string(doc), "><") }

func wellFormed(t *testing.T, doc []byte) {
	t.Helper()
	for _, one := range bytes.SplitAfter(doc, []byte("\n<?xml")) {
		var any struct {
			Inner string `xml:",innerxml"`
		}
		one = bytes.TrimSuffix(one, []byte("\n<?xml"))
		if !bytes.HasPrefix(one, []byte("<?xml")) {
			one = append([]byte("<?xml"), one...)
		}
		if err := xml.Unmarshal(one, &any); err != nil {
			t.Errorf("not well-formed: %v\n%s", err, one)
		}
	}
}

func BenchmarkObjectList(b *testing.B) {
	list := s3xml.ObjectList{Query: s3xml.Query{Bucket: "photos", Max: 1000, URLEncode: true}, V2: true}
	for i := range 1000 {
		o := object
		o.Key, o.Checksums = objectlayer.Key(fmt.Sprintf("dir/key-%04d", i)), nil
		list.Page.Objects = append(list.Page.Objects, o)
	}
	buf := make([]byte, 0, 512<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = list.Append(buf[:0])
	}
}
