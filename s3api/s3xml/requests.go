package s3xml

import (
	"encoding/xml"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// CreateBucket is the body of CreateBucket ("CreateBucketConfiguration"); it may be absent.
type CreateBucket struct {
	XMLName            xml.Name `xml:"CreateBucketConfiguration"`
	LocationConstraint string
}

// Versioning is the body of PutBucketVersioning, with MinIO's two extensions.
type Versioning struct {
	XMLName          xml.Name `xml:"VersioningConfiguration"`
	Status           string
	ExcludedPrefixes []ExcludedPrefix
	ExcludeFolders   bool
}

// ExcludedPrefix is a pattern of keys that are not versioned.
type ExcludedPrefix struct {
	Prefix string
}

// Encryption is the body of PutBucketEncryption.
type Encryption struct {
	XMLName xml.Name         `xml:"ServerSideEncryptionConfiguration"`
	Rules   []EncryptionRule `xml:"Rule"`
}

// EncryptionRule says what objects that ask for nothing are encrypted with.
type EncryptionRule struct {
	Default struct {
		SSEAlgorithm   string
		KMSMasterKeyID string
	} `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKeyEnabled bool
}

// ObjectLock is the body of PutObjectLockConfiguration.
type ObjectLock struct {
	XMLName           xml.Name `xml:"ObjectLockConfiguration"`
	ObjectLockEnabled string
	Rule              *ObjectLockRule
}

// ObjectLockRule is what versions get that ask for no retention: a mode for some days or years.
type ObjectLockRule struct {
	DefaultRetention struct {
		Mode  string
		Days  *int
		Years *int
	}
}

// Tagging is the body of the tagging calls, in both directions.
type Tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []Tag    `xml:"TagSet>Tag"`
}

// Tag is one tag.
type Tag struct {
	Key   string
	Value string
}

// Delete is the body of DeleteObjects.
type Delete struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Objects []DeleteObject `xml:"Object"`
}

// DeleteObject names one version to delete.
type DeleteObject struct {
	Key              string
	VersionID        string `xml:"VersionId"`
	ETag             string
	LastModifiedTime string
	Size             *int64
}

// Complete is the body of CompleteMultipartUpload.
type Complete struct {
	XMLName xml.Name       `xml:"CompleteMultipartUpload"`
	Parts   []CompletePart `xml:"Part"`
}

// CompletePart names one part of a completion.
type CompletePart struct {
	PartNumber        int
	ETag              string
	ChecksumCRC32     string
	ChecksumCRC32C    string
	ChecksumCRC64NVME string
	ChecksumSHA1      string
	ChecksumSHA256    string
}

// Checksum returns the part's checksum, of which a client gives at most one.
func (p CompletePart) Checksum() objectlayer.Checksum {
	for _, c := range [...]objectlayer.Checksum{
		{Algorithm: "CRC32", Value: p.ChecksumCRC32},
		{Algorithm: "CRC32C", Value: p.ChecksumCRC32C},
		{Algorithm: "CRC64NVME", Value: p.ChecksumCRC64NVME},
		{Algorithm: "SHA1", Value: p.ChecksumSHA1},
		{Algorithm: "SHA256", Value: p.ChecksumSHA256},
	} {
		if c.Value != "" {
			return c
		}
	}
	return objectlayer.Checksum{}
}

// Retention is the body of PutObjectRetention. Both elements empty removes a retention.
type Retention struct {
	XMLName         xml.Name `xml:"Retention"`
	Mode            string
	RetainUntilDate string
}

// LegalHold is the body of PutObjectLegalHold.
type LegalHold struct {
	XMLName xml.Name `xml:"LegalHold"`
	Status  string
}

// AccessControl is the body of the PutAcl calls, of which only the private list is accepted.
type AccessControl struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Grants  []Grant  `xml:"AccessControlList>Grant"`
}

// Grant is one entry of an access control list.
type Grant struct {
	Grantee struct {
		Type string `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
	}
	Permission string
}

func (*CreateBucket) many() []string  { return nil }
func (*Versioning) many() []string    { return []string{"ExcludedPrefixes"} }
func (*Encryption) many() []string    { return []string{"Rule"} }
func (*ObjectLock) many() []string    { return nil }
func (*Tagging) many() []string       { return []string{"Tag"} }
func (*Delete) many() []string        { return []string{"Object"} }
func (*Complete) many() []string      { return []string{"Part"} }
func (*Retention) many() []string     { return nil }
func (*LegalHold) many() []string     { return nil }
func (*AccessControl) many() []string { return []string{"Grant"} }

// UnquoteETag removes the quotes around an entity tag in a header or document.
func UnquoteETag(s string) objectlayer.ETag {
	return objectlayer.ETag(strings.Trim(strings.TrimSpace(s), `"`))
}

// stored is how a document that was sent is kept: without what is unknown, without the XML declaration, in the namespace.
func stored(root string, fill func(*writer)) []byte {
	w := begin(nil, root)
	w.b = w.b[len(Header):]
	fill(&w)
	w.close(root)
	return w.b
}

// Stored returns the document as buckets keep it.
func (v *Versioning) Stored() []byte {
	return stored("VersioningConfiguration", func(w *writer) {
		w.text("Status", v.Status)
		for _, p := range v.ExcludedPrefixes {
			w.open("ExcludedPrefixes")
			w.text("Prefix", p.Prefix)
			w.close("ExcludedPrefixes")
		}
		if v.ExcludeFolders {
			w.bool("ExcludeFolders", true)
		}
	})
}

// Stored returns the document as buckets keep it.
func (e *Encryption) Stored() []byte {
	return stored("ServerSideEncryptionConfiguration", func(w *writer) {
		for _, r := range e.Rules {
			w.open("Rule")
			w.open("ApplyServerSideEncryptionByDefault")
			w.text("SSEAlgorithm", r.Default.SSEAlgorithm)
			w.optional("KMSMasterKeyID", r.Default.KMSMasterKeyID)
			w.close("ApplyServerSideEncryptionByDefault")
			if r.BucketKeyEnabled {
				w.bool("BucketKeyEnabled", true)
			}
			w.close("Rule")
		}
	})
}

// Stored returns the document as buckets keep it.
func (o *ObjectLock) Stored() []byte {
	return stored("ObjectLockConfiguration", func(w *writer) {
		w.text("ObjectLockEnabled", o.ObjectLockEnabled)
		if o.Rule == nil {
			return
		}
		d := o.Rule.DefaultRetention
		w.open("Rule")
		w.open("DefaultRetention")
		w.text("Mode", d.Mode)
		if d.Days != nil {
			w.int("Days", int64(*d.Days))
		}
		if d.Years != nil {
			w.int("Years", int64(*d.Years))
		}
		w.close("DefaultRetention")
		w.close("Rule")
	})
}

// Stored returns the document as buckets keep it.
func (t *Tagging) Stored() []byte { return t.Append(nil)[len(Header):] }
