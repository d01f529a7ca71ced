package s3xml

import (
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// BucketList is the answer to ListBuckets.
type BucketList struct {
	Buckets []objectlayer.BucketInfo
}

// Append appends the document.
func (l BucketList) Append(dst []byte) []byte {
	w := begin(dst, "ListAllMyBucketsResult")
	w.owner("Owner")
	w.open("Buckets")
	for i := range l.Buckets {
		w.open("Bucket")
		w.text("Name", string(l.Buckets[i].Name))
		w.time("CreationDate", l.Buckets[i].Created)
		w.close("Bucket")
	}
	w.close("Buckets")
	w.close("ListAllMyBucketsResult")
	return w.b
}

// Query is what a listing call asked for, echoed in the answer.
type Query struct {
	Bucket    string
	Prefix    string
	Delimiter string
	Max       int
	URLEncode bool
}

// ObjectList is the answer to ListObjects (V2 false) and ListObjectsV2.
type ObjectList struct {
	Query
	Page     objectlayer.Listing
	Metadata bool // MinIO's extension metadata=true

	Marker string // V1

	V2         bool
	StartAfter string
	Token      string // the continuation token of the request
	NextToken  string
	FetchOwner bool
}

// Append appends the document.
func (l ObjectList) Append(dst []byte) []byte {
	w := begin(dst, "ListBucketResult")
	w.text("Name", l.Bucket)
	w.name("Prefix", l.Prefix, l.URLEncode)
	if l.V2 {
		w.optionalName("StartAfter", l.StartAfter, l.URLEncode)
		w.optional("ContinuationToken", l.Token)
		if l.Page.Truncated {
			w.text("NextContinuationToken", l.NextToken)
		}
		w.int("KeyCount", int64(len(l.Page.Objects)+len(l.Page.Prefixes)))
	} else {
		w.name("Marker", l.Marker, l.URLEncode)
		if l.Page.Truncated {
			w.name("NextMarker", l.Page.Next, l.URLEncode)
		}
	}
	w.listing(l.Query, l.Page.Truncated)
	for i := range l.Page.Objects {
		o := &l.Page.Objects[i]
		w.open("Contents")
		w.name("Key", string(o.Key), l.URLEncode)
		w.time("LastModified", o.ModTime)
		w.etag("ETag", string(o.ETag))
		w.checksumType(o)
		w.int("Size", o.Size)
		if !l.V2 || l.FetchOwner {
			w.owner("Owner")
		}
		w.text("StorageClass", o.StorageClass)
		if l.Metadata {
			w.metadata(o)
		}
		w.close("Contents")
	}
	w.prefixes(l.Page.Prefixes, l.URLEncode)
	w.close("ListBucketResult")
	return w.b
}

// VersionList is the answer to ListObjectVersions. Versions and delete markers are interleaved in the order of the keys.
type VersionList struct {
	Query
	Page          objectlayer.Listing
	Metadata      bool
	KeyMarker     string
	VersionMarker string
}

// Append appends the document.
func (l VersionList) Append(dst []byte) []byte {
	w := begin(dst, "ListVersionsResult")
	w.text("Name", l.Bucket)
	w.name("Prefix", l.Prefix, l.URLEncode)
	w.name("KeyMarker", l.KeyMarker, l.URLEncode)
	w.text("VersionIdMarker", l.VersionMarker)
	if l.Page.Truncated {
		w.name("NextKeyMarker", l.Page.Next, l.URLEncode)
		w.optional("NextVersionIdMarker", string(l.Page.NextVersion))
	}
	w.listing(l.Query, l.Page.Truncated)
	for i := range l.Page.Objects {
		w.version(&l.Page.Objects[i], l.URLEncode, l.Metadata)
	}
	w.prefixes(l.Page.Prefixes, l.URLEncode)
	w.close("ListVersionsResult")
	return w.b
}

func (w *writer) version(o *objectlayer.ObjectInfo, urlEncode, metadata bool) {
	element, id := "Version", string(o.Version)
	if o.DeleteMarker {
		element = "DeleteMarker"
	}
	if id == "" {
		id = string(objectlayer.NullVersion)
	}
	w.open(element)
	w.name("Key", string(o.Key), urlEncode)
	w.text("VersionId", id)
	w.bool("IsLatest", o.Latest)
	w.time("LastModified", o.ModTime)
	if !o.DeleteMarker {
		w.etag("ETag", string(o.ETag))
		w.checksumType(o)
		w.int("Size", o.Size)
	}
	w.owner("Owner")
	if !o.DeleteMarker {
		w.text("StorageClass", o.StorageClass)
	}
	if metadata {
		w.metadata(o)
	}
	w.close(element)
}

// UploadList is the answer to ListMultipartUploads.
type UploadList struct {
	Query
	Page         objectlayer.UploadListing
	KeyMarker    string
	UploadMarker string
}

// Append appends the document.
func (l UploadList) Append(dst []byte) []byte {
	w := begin(dst, "ListMultipartUploadsResult")
	w.text("Bucket", l.Bucket)
	w.name("KeyMarker", l.KeyMarker, l.URLEncode)
	w.text("UploadIdMarker", l.UploadMarker)
	w.name("NextKeyMarker", l.Page.NextKey, l.URLEncode)
	w.text("NextUploadIdMarker", string(l.Page.NextUpload))
	w.optionalName("Delimiter", l.Delimiter, l.URLEncode)
	w.encodingType(l.URLEncode)
	w.name("Prefix", l.Prefix, l.URLEncode)
	w.int("MaxUploads", int64(l.Max))
	w.bool("IsTruncated", l.Page.Truncated)
	for i := range l.Page.Uploads {
		u := &l.Page.Uploads[i]
		w.open("Upload")
		w.name("Key", string(u.Key), l.URLEncode)
		w.text("UploadId", string(u.ID))
		w.owner("Initiator")
		w.owner("Owner")
		w.text("StorageClass", u.StorageClass)
		w.time("Initiated", u.Initiated)
		w.checksumOfUpload(u)
		w.close("Upload")
	}
	w.prefixes(l.Page.Prefixes, l.URLEncode)
	w.close("ListMultipartUploadsResult")
	return w.b
}

// PartList is the answer to ListParts.
type PartList struct {
	Upload    objectlayer.UploadInfo
	Parts     []objectlayer.PartInfo
	Marker    int
	Max       int
	Truncated bool
	URLEncode bool
}

// Append appends the document.
func (l PartList) Append(dst []byte) []byte {
	next := l.Marker
	if n := len(l.Parts); n > 0 {
		next = l.Parts[n-1].Number
	}
	w := begin(dst, "ListPartsResult")
	w.text("Bucket", string(l.Upload.Bucket))
	w.name("Key", string(l.Upload.Key), l.URLEncode)
	w.text("UploadId", string(l.Upload.ID))
	w.owner("Initiator")
	w.owner("Owner")
	w.text("StorageClass", l.Upload.StorageClass)
	w.int("PartNumberMarker", int64(l.Marker))
	w.int("NextPartNumberMarker", int64(next))
	w.int("MaxParts", int64(l.Max))
	w.bool("IsTruncated", l.Truncated)
	w.checksumOfUpload(&l.Upload)
	for i := range l.Parts {
		p := &l.Parts[i]
		w.open("Part")
		w.int("PartNumber", int64(p.Number))
		w.time("LastModified", p.ModTime)
		w.etag("ETag", string(p.ETag))
		w.int("Size", p.Size)
		w.checksum(p.Checksum)
		w.close("Part")
	}
	w.encodingType(l.URLEncode)
	w.close("ListPartsResult")
	return w.b
}

// listing writes the elements all listings of objects share.
func (w *writer) listing(q Query, truncated bool) {
	w.int("MaxKeys", int64(q.Max))
	w.optionalName("Delimiter", q.Delimiter, q.URLEncode)
	w.bool("IsTruncated", truncated)
	w.encodingType(q.URLEncode)
}

func (w *writer) encodingType(urlEncode bool) {
	if urlEncode {
		w.text("EncodingType", "url")
	}
}

func (w *writer) prefixes(prefixes []string, urlEncode bool) {
	for _, p := range prefixes {
		w.open("CommonPrefixes")
		w.name("Prefix", p, urlEncode)
		w.close("CommonPrefixes")
	}
}

func (w *writer) owner(element string) {
	w.open(element)
	w.b = append(w.b, "<ID>"+objectlayer.OwnerID+"</ID><DisplayName>"+objectlayer.OwnerName+"</DisplayName>"...)
	w.close(element)
}

// checksumType says which additional checksum an entry has, not its value.
func (w *writer) checksumType(o *objectlayer.ObjectInfo) {
	for i := range o.Checksums {
		w.text("ChecksumAlgorithm", o.Checksums[i].Algorithm)
	}
	if len(o.Checksums) > 0 {
		w.text("ChecksumType", ChecksumType(o.Checksums[0].Composite))
	}
}

func (w *writer) checksumOfUpload(u *objectlayer.UploadInfo) {
	if u.ChecksumAlgorithm != "" {
		w.text("ChecksumAlgorithm", u.ChecksumAlgorithm)
		w.text("ChecksumType", ChecksumType(u.ChecksumComposite))
	}
}

// checksum writes a checksum's value under its algorithm's name. A composite loses the count of parts, as on S3.
func (w *writer) checksum(c objectlayer.Checksum) {
	if c.Value == "" {
		return
	}
	value := c.Value
	if c.Composite {
		value, _, _ = strings.Cut(value, "-")
	}
	w.open("Checksum" + c.Algorithm)
	w.b = AppendText(w.b, value)
	w.close("Checksum" + c.Algorithm)
}

// ChecksumType names how a checksum of several parts was made.
func ChecksumType(composite bool) string {
	if composite {
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// metadata writes MinIO's extension of listings: the stored headers as elements, the tags, and the erasure geometry.
func (w *writer) metadata(o *objectlayer.ObjectInfo) {
	w.open("UserMetadata")
	for _, name := range slices.Sorted(maps.Keys(o.UserMeta)) {
		w.header(name, o.UserMeta[name])
	}
	if o.ContentType != "" {
		w.header("content-type", o.ContentType)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		w.header(name, o.Headers[name])
	}
	w.close("UserMetadata")
	w.optional("UserTags", o.Tags)
	if o.Data > 0 {
		w.open("Internal")
		w.int("K", int64(o.Data))
		w.int("M", int64(o.Parity))
		w.close("Internal")
	}
}

// header writes a header as an element, unless its name cannot be one.
func (w *writer) header(name, value string) {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return
		}
	}
	w.text(name, value)
}
