package s3xml_test

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

var ignoreName = cmpopts.IgnoreTypes(xml.Name{})

func TestDecode(t *testing.T) {
	t.Parallel()
	size := int64(7)
	tests := []struct {
		name string
		doc  string
		into s3xml.Request
		want s3xml.Request
	}{
		{
			name: "delete with namespace and unknown elements",
			doc: `<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet><New><Thing/></New>` +
				`<Object><Key>a &amp; b</Key></Object><Object><Key> c</Key><VersionId>null</VersionId><ETag>"e"</ETag><Size>7</Size></Object></Delete>` + "\n<!-- end -->",
			into: &s3xml.Delete{},
			want: &s3xml.Delete{Quiet: true, Objects: []s3xml.DeleteObject{{Key: "a & b"}, {Key: " c", VersionID: "null", ETag: `"e"`, Size: &size}}},
		},
		{
			name: "complete without namespace",
			doc:  `<CompleteMultipartUpload><Part><ETag>&quot;e&quot;</ETag><PartNumber>1</PartNumber><ChecksumCRC32C>AAAA</ChecksumCRC32C></Part></CompleteMultipartUpload>`,
			into: &s3xml.Complete{},
			want: &s3xml.Complete{Parts: []s3xml.CompletePart{{PartNumber: 1, ETag: `"e"`, ChecksumCRC32C: "AAAA"}}},
		},
		{
			name: "tagging", doc: `<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key><Value/></Tag></TagSet></Tagging>`,
			into: &s3xml.Tagging{},
			want: &s3xml.Tagging{Tags: []s3xml.Tag{{Key: "k", Value: "v"}, {Key: "l"}}},
		},
		{
			name: "versioning", doc: `<VersioningConfiguration><Status>Enabled</Status><ExcludedPrefixes><Prefix>a/*</Prefix></ExcludedPrefixes><ExcludedPrefixes><Prefix>b/*</Prefix></ExcludedPrefixes><ExcludeFolders>true</ExcludeFolders></VersioningConfiguration>`,
			into: &s3xml.Versioning{},
			want: &s3xml.Versioning{Status: "Enabled", ExcludedPrefixes: []s3xml.ExcludedPrefix{{Prefix: "a/*"}, {Prefix: "b/*"}}, ExcludeFolders: true},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := s3xml.Decode([]byte(tt.doc), tt.into); err != nil {
				t.Fatalf("decode: %v", err)
			}
			if diff := cmp.Diff(tt.want, tt.into, ignoreName); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeACLGrantee(t *testing.T) {
	t.Parallel()
	var acl s3xml.AccessControl
	if err := s3xml.Decode([]byte(s3xml.PrivateACL), &acl); err != nil {
		t.Fatal(err)
	}
	if len(acl.Grants) != 1 || acl.Grants[0].Grantee.Type != "CanonicalUser" || acl.Grants[0].Permission != "FULL_CONTROL" {
		t.Errorf("got %+v", acl.Grants)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<a>", s3xml.MaxDepth) + strings.Repeat("</a>", s3xml.MaxDepth)
	var wide strings.Builder
	for i := range 100 {
		wide.WriteString("<e" + strings.Repeat("x", i) + "/>")
	}
	docs := map[string]string{
		"empty":              "",
		"no xml":             "hello",
		"wrong root":         "<Remove></Remove>",
		"cut off":            "<Delete><Object><Key>a</Key>",
		"crossed":            "<Delete><Object></Delete></Object>",
		"trailing element":   "<Delete></Delete><Delete></Delete>",
		"trailing text":      "<Delete></Delete>x",
		"trailing junk":      "<Delete></Delete>\x00",
		"doctype":            `<!DOCTYPE d [<!ENTITY a "b">]><Delete></Delete>`,
		"entity":             "<Delete><Object><Key>&a;</Key></Object></Delete>",
		"stylesheet":         `<?xml-stylesheet href="x"?><Delete></Delete>`,
		"element twice":      "<Delete><Quiet>true</Quiet><Quiet>false</Quiet></Delete>",
		"key twice":          "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
		"too deep":           "<Delete>" + deep + "</Delete>",
		"too many names":     "<Delete>" + wide.String() + "</Delete>",
		"not a bool":         "<Delete><Quiet>maybe</Quiet></Delete>",
		"other charset":      `<?xml version="1.0" encoding="UTF-16"?><Delete></Delete>`,
		"invalid utf-8":      "<Delete><Object><Key>\xff</Key></Object></Delete>",
		"control characters": "<Delete><Object><Key>\x01</Key></Object></Delete>",
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d s3xml.Delete
			if err := s3xml.Decode([]byte(doc), &d); !errors.Is(err, s3xml.ErrMalformed) {
				t.Errorf("got %v, want ErrMalformed", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`<Delete><Object><Key>a</Key></Object></Delete>`))
	f.Add([]byte(`<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`))
	f.Add([]byte(`<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>`))
	f.Add([]byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`))
	f.Add([]byte(s3xml.PrivateACL))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, v := range []s3xml.Request{
			&s3xml.CreateBucket{}, &s3xml.Versioning{}, &s3xml.Encryption{}, &s3xml.Tagging{}, &s3xml.Delete{},
			&s3xml.Complete{}, &s3xml.Retention{}, &s3xml.LegalHold{}, &s3xml.AccessControl{},
		} {
			err := s3xml.Decode(doc, v)
			if err != nil && !errors.Is(err, s3xml.ErrMalformed) {
				t.Errorf("%T: %v is not ErrMalformed", v, err)
			}
			if err != nil {
				continue
			}
			if tags, ok := v.(*s3xml.Tagging); ok { // what we write we read back
				var again s3xml.Tagging
				if err := s3xml.Decode(tags.Append(nil), &again); err != nil {
					t.Fatalf("decode what was written: %v", err)
				}
				if diff := cmp.Diff(tags.Tags, again.Tags, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		}
	})
}
