package s3xml

import (
	"github.com/holdfast-io/holdfast/objectlayer"
)

// Answers that are always the same.
const (
	NoVersioning   = Header + `<VersioningConfiguration xmlns="` + Namespace + `"></VersioningConfiguration>`
	NoNotification = Header + `<NotificationConfiguration xmlns="` + Namespace + `"></NotificationConfiguration>`
	Accelerate     = Header + `<AccelerateConfiguration xmlns="` + Namespace + `"></AccelerateConfiguration>`
	RequestPayment = Header + `<RequestPaymentConfiguration xmlns="` + Namespace + `"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`
	Logging        = Header + `<BucketLoggingStatus xmlns="` + Namespace + `"></BucketLoggingStatus>`
	// PrivateACL is the one access control list there is: the owner may do everything.
	PrivateACL = Header + `<AccessControlPolicy xmlns="` + Namespace + `"><Owner><ID>` + objectlayer.OwnerID + `</ID><DisplayName>` +
		objectlayer.OwnerName + `</DisplayName></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
		` xsi:type="CanonicalUser"><ID>` + objectlayer.OwnerID + `</ID><DisplayName>` + objectlayer.OwnerName +
		`</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`
)

// Location returns the answer to GetBucketLocation.
func Location(region string) []byte {
	w := begin(nil, "LocationConstraint")
	w.b = AppendText(w.b, region)
	w.close("LocationConstraint")
	return w.b
}

// PolicyStatus returns the answer to GetBucketPolicyStatus.
func PolicyStatus(public bool) []byte {
	w := begin(nil, "PolicyStatus")
	if public {
		w.text("IsPublic", "TRUE")
	} else {
		w.text("IsPublic", "FALSE")
	}
	w.close("PolicyStatus")
	return w.b
}

// Initiated is the answer to CreateMultipartUpload.
type Initiated struct {
	Bucket, Key, UploadID string
}

// Append appends the document.
func (a Initiated) Append(dst []byte) []byte {
	w := begin(dst, "InitiateMultipartUploadResult")
	w.text("Bucket", a.Bucket)
	w.text("Key", a.Key)
	w.text("UploadId", a.UploadID)
	w.close("InitiateMultipartUploadResult")
	return w.b
}

// Completed is the answer to CompleteMultipartUpload.
type Completed struct {
	Location string
	Object   objectlayer.ObjectInfo
}

// Append appends the document.
func (a Completed) Append(dst []byte) []byte {
	w := begin(dst, "CompleteMultipartUploadResult")
	w.text("Location", a.Location)
	w.text("Bucket", string(a.Object.Bucket))
	w.text("Key", string(a.Object.Key))
	w.etag("ETag", string(a.Object.ETag))
	w.resultChecksums(a.Object.Checksums)
	w.close("CompleteMultipartUploadResult")
	return w.b
}

// CopiedObject returns the answer to CopyObject.
func CopiedObject(o objectlayer.ObjectInfo) []byte {
	w := begin(nil, "CopyObjectResult")
	w.time("LastModified", o.ModTime)
	w.etag("ETag", string(o.ETag))
	w.resultChecksums(o.Checksums)
	w.close("CopyObjectResult")
	return w.b
}

// CopiedPart returns the answer to UploadPartCopy.
func CopiedPart(p objectlayer.PartInfo) []byte {
	w := begin(nil, "CopyPartResult")
	w.time("LastModified", p.ModTime)
	w.etag("ETag", string(p.ETag))
	w.checksum(p.Checksum)
	w.close("CopyPartResult")
	return w.b
}

// resultChecksums writes the checksums of a new version with their values whole.
func (w *writer) resultChecksums(checksums []objectlayer.Checksum) {
	for _, c := range checksums {
		w.text("Checksum"+c.Algorithm, c.Value)
	}
	if len(checksums) > 0 {
		w.text("ChecksumType", ChecksumType(checksums[0].Composite))
	}
}

// DeleteResult is the answer to DeleteObjects.
type DeleteResult struct {
	Quiet   bool
	Deleted []objectlayer.Deleted
	Errors  []DeleteError
}

// DeleteError says why one target still stands.
type DeleteError struct {
	Key, Version, Code, Message string
}

// Append appends the document.
func (a DeleteResult) Append(dst []byte) []byte {
	w := begin(dst, "DeleteResult")
	for i := range a.Deleted {
		if a.Quiet {
			break
		}
		d := &a.Deleted[i]
		w.open("Deleted")
		w.text("Key", string(d.Key))
		w.optional("VersionId", string(d.Version))
		if d.DeleteMarker {
			w.bool("DeleteMarker", true)
			w.optional("DeleteMarkerVersionId", string(d.MarkerVersion))
		}
		w.close("Deleted")
	}
	for _, e := range a.Errors {
		w.open("Error")
		w.text("Key", e.Key)
		w.optional("VersionId", e.Version)
		w.text("Code", e.Code)
		w.text("Message", e.Message)
		w.close("Error")
	}
	w.close("DeleteResult")
	return w.b
}

// Append appends a tag set, the answer to the calls that read tags.
func (t Tagging) Append(dst []byte) []byte {
	w := begin(dst, "Tagging")
	w.open("TagSet")
	for _, tag := range t.Tags {
		w.open("Tag")
		w.text("Key", tag.Key)
		w.text("Value", tag.Value)
		w.close("Tag")
	}
	w.close("TagSet")
	w.close("Tagging")
	return w.b
}

// RetentionOf returns the answer to GetObjectRetention.
func RetentionOf(r objectlayer.Retention) []byte {
	w := begin(nil, "Retention")
	w.text("Mode", r.Mode)
	w.time("RetainUntilDate", r.Until)
	w.close("Retention")
	return w.b
}

// LegalHoldOf returns the answer to GetObjectLegalHold.
func LegalHoldOf(status string) []byte {
	w := begin(nil, "LegalHold")
	w.text("Status", status)
	w.close("LegalHold")
	return w.b
}

// Attributes is the answer to GetObjectAttributes. Only what was asked for is shown.
type Attributes struct {
	Object                                          objectlayer.ObjectInfo
	ETag, Checksum, ObjectParts, StorageClass, Size bool
	PartMarker, MaxParts                            int
}

// Append appends the document.
func (a Attributes) Append(dst []byte) []byte {
	w := begin(dst, "GetObjectAttributesResponse")
	if a.ETag {
		w.text("ETag", string(a.Object.ETag))
	}
	if a.Checksum && len(a.Object.Checksums) > 0 {
		w.open("Checksum")
		for _, c := range a.Object.Checksums {
			w.checksum(c)
		}
		w.text("ChecksumType", ChecksumType(a.Object.Checksums[0].Composite))
		w.close("Checksum")
	}
	if a.ObjectParts {
		w.objectParts(a)
	}
	if a.StorageClass {
		w.text("StorageClass", a.Object.StorageClass)
	}
	if a.Size {
		w.int("ObjectSize", a.Object.Size)
	}
	w.close("GetObjectAttributesResponse")
	return w.b
}

func (w *writer) objectParts(a Attributes) {
	first := 0
	for first < len(a.Object.Parts) && a.Object.Parts[first].Number <= a.PartMarker {
		first++
	}
	page := a.Object.Parts[first:]
	truncated := len(page) > a.MaxParts
	if truncated {
		page = page[:a.MaxParts]
	}
	next := 0
	if truncated && len(page) > 0 {
		next = page[len(page)-1].Number
	}
	w.open("ObjectParts")
	w.bool("IsTruncated", truncated)
	w.int("MaxParts", int64(a.MaxParts))
	w.int("NextPartNumberMarker", int64(next))
	w.int("PartNumberMarker", int64(a.PartMarker))
	for i := range page {
		w.open("Part")
		w.int("PartNumber", int64(page[i].Number))
		w.int("Size", page[i].Size)
		w.checksum(page[i].Checksum)
		w.close("Part")
	}
	w.int("PartsCount", int64(len(a.Object.Parts)))
	w.close("ObjectParts")
}

// Posted is the answer to a browser upload that asked for status 201.
type Posted struct {
	Location, Bucket, Key string
	ETag                  objectlayer.ETag
}

// Append appends the document.
func (a Posted) Append(dst []byte) []byte {
	w := begin(dst, "PostResponse")
	w.text("Location", a.Location)
	w.text("Bucket", a.Bucket)
	w.text("Key", a.Key)
	w.etag("ETag", string(a.ETag))
	w.close("PostResponse")
	return w.b
}
