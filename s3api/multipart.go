package s3api

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

func (c *call) uploadID() objectlayer.UploadID { return objectlayer.UploadID(c.query.Get("uploadId")) }

// createMultipartUpload is CreateMultipartUpload.
func (c *call) createMultipartUpload() error {
	o, err := c.newObject()
	if err != nil {
		return err
	}
	if o.Checksum, err = c.uploadChecksum(); err != nil {
		return err
	}
	u, err := c.view.NewUpload(c.r.Context(), c.bucket, c.key, o)
	if err != nil {
		return err
	}
	if u.ChecksumAlgorithm != "" {
		c.set("X-Amz-Checksum-Algorithm", u.ChecksumAlgorithm)
		c.set("X-Amz-Checksum-Type", s3xml.ChecksumType(u.ChecksumComposite))
	}
	c.setEncryption(u.Encryption)
	return c.xml(s3xml.Initiated{Bucket: string(c.bucket), Key: string(c.key), UploadID: string(u.ID)}.Append(nil))
}

// uploadPart is UploadPart.
func (c *call) uploadPart() error {
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	var o objectlayer.PartOptions
	if o.Encryption, err = c.customerKey(""); err != nil {
		return err
	}
	if o.ContentMD5, err = c.contentMD5(); err != nil {
		return err
	}
	body, size, err := c.payload()
	if err != nil {
		return err
	}
	if size < 0 {
		return s3err.MissingContentLength
	}
	if o.Checksum, o.WantChecksum, err = c.bodyChecksum(body); err != nil {
		return err
	}
	part, err := c.view.PutPart(c.r.Context(), c.bucket, c.key, c.uploadID(), number, body, size, o)
	if err != nil {
		return err
	}
	c.setETag(part.ETag)
	c.setEncryption(o.Encryption)
	if name := checksumHeader(part.Checksum.Algorithm); name != "" {
		c.setIf(name, part.Checksum.Value)
	}
	return c.done(http.StatusOK)
}

// partNumber reads the number of a part to store.
func (c *call) partNumber() (int, error) {
	text := c.query.Get("partNumber")
	if n, err := strconv.Atoi(text); err == nil && n <= 0 {
		return 0, s3err.InvalidPart
	}
	return partNumber(text)
}

// uploadPartCopy is UploadPartCopy.
func (c *call) uploadPartCopy() error {
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	src, err := c.copySource()
	if err != nil {
		return err
	}
	stretch, err := parseCopyRange(c.header("X-Amz-Copy-Source-Range"))
	if err != nil {
		return err
	}
	var o objectlayer.PartOptions
	if o.Encryption, err = c.customerKey(""); err != nil {
		return err
	}
	part, err := c.view.CopyPart(c.r.Context(), src, stretch, c.bucket, c.key, c.uploadID(), number, o)
	if err != nil {
		return sourceError(err, src)
	}
	c.setIf("X-Amz-Copy-Source-Version-Id", string(src.Version))
	c.setEncryption(o.Encryption)
	return c.xml(s3xml.CopiedPart(part))
}

// completeMultipartUpload is CompleteMultipartUpload.
func (c *call) completeMultipartUpload() error {
	var o objectlayer.CompleteOptions
	var err error
	o.Conditions = c.writeConditions()
	if o.Checksum, err = c.wholeChecksum(); err != nil {
		return err
	}
	if o.Encryption, err = c.customerKey(""); err != nil {
		return err
	}
	if text := c.header("X-Amz-Mp-Object-Size"); text != "" {
		size, err := strconv.ParseInt(text, 10, 64)
		if err != nil || size < 0 {
			return s3err.New(s3err.InvalidArgument, "x-amz-mp-object-size must be a number of bytes.")
		}
		o.Size = &size
	}
	parts, err := c.completeParts()
	if err != nil {
		return err
	}
	info, err := c.view.CompleteUpload(c.r.Context(), c.bucket, c.key, c.uploadID(), parts, o)
	if err != nil {
		return err
	}
	c.setVersion(info.Version)
	c.setEncryption(info.Encryption)
	return c.xml(s3xml.Completed{Location: c.location(), Object: info}.Append(nil))
}

// completeParts reads the document. The checksum headers of this call are about the object, not about the document.
func (c *call) completeParts() ([]objectlayer.CompletePart, error) {
	body, err := c.bodyUnder(maxLongDocument)
	if err != nil {
		return nil, err
	}
	var doc s3xml.Complete
	if err := s3xml.Decode(body, &doc); err != nil {
		return nil, s3err.Wrap(s3err.MalformedXML, err)
	}
	if n := len(doc.Parts); n == 0 || n > objectlayer.MaxPartNumber {
		return nil, s3err.MalformedXML
	}
	parts := make([]objectlayer.CompletePart, len(doc.Parts))
	for i, p := range doc.Parts {
		if p.PartNumber < 1 || p.PartNumber > objectlayer.MaxPartNumber {
			return nil, s3err.InvalidPart
		}
		parts[i] = objectlayer.CompletePart{Number: p.PartNumber, ETag: s3xml.UnquoteETag(p.ETag), Checksum: p.Checksum()}
	}
	return parts, nil
}

// location is the address of the object of the call, as the client knows the server.
func (c *call) location() string {
	u := url.URL{Scheme: "http", Host: c.r.Host, Path: c.r.URL.Path}
	if c.r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

// abortMultipartUpload is AbortMultipartUpload.
func (c *call) abortMultipartUpload() error {
	if err := c.view.AbortUpload(c.r.Context(), c.bucket, c.key, c.uploadID()); err != nil {
		return err
	}
	return c.done(http.StatusNoContent)
}
