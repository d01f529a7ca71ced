package s3api

import (
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// getObjectAttributes is GetObjectAttributes.
func (c *call) getObjectAttributes() error {
	doc, err := c.attributeQuery()
	if err != nil {
		return err
	}
	var o objectlayer.GetOptions
	if o.Version, err = c.versionID(); err != nil {
		return err
	}
	if o.Encryption, err = c.customerKey(""); err != nil {
		return err
	}
	if doc.Object, err = c.view.Stat(c.r.Context(), c.bucket, c.key, o); err != nil {
		return err
	}
	c.setModified(doc.Object.ModTime)
	c.setVersion(doc.Object.Version)
	return c.xml(doc.Append(nil))
}

// attributeQuery reads what is asked for.
func (c *call) attributeQuery() (a s3xml.Attributes, err error) {
	for _, list := range c.r.Header["X-Amz-Object-Attributes"] {
		for name := range strings.SplitSeq(list, ",") {
			switch strings.TrimSpace(name) {
			case "ETag":
				a.ETag = true
			case "Checksum":
				a.Checksum = true
			case "ObjectParts":
				a.ObjectParts = true
			case "StorageClass":
				a.StorageClass = true
			case "ObjectSize":
				a.Size = true
			default:
				return a, s3err.New(s3err.InvalidArgument, "Invalid attribute name specified.")
			}
		}
	}
	if !(a.ETag || a.Checksum || a.ObjectParts || a.StorageClass || a.Size) {
		return a, s3err.New(s3err.InvalidArgument, "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	if a.MaxParts, err = countHeader(c.header("X-Amz-Max-Parts"), objectlayer.MaxPartNumber); err != nil {
		return a, err
	}
	a.PartMarker, err = countHeader(c.header("X-Amz-Part-Number-Marker"), 0)
	return a, err
}

// countHeader reads a number of parts.
func countHeader(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, s3err.New(s3err.InvalidArgument, "A number of parts must not be negative.")
	}
	return min(n, objectlayer.MaxPartNumber), nil
}
