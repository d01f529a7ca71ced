package s3api

import (
	"net/http"

	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// putObject is PutObject.
func (c *call) putObject() error {
	o, err := c.newObject()
	if err != nil {
		return err
	}
	o.Conditions = c.writeConditions()
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
	info, err := c.view.Put(c.r.Context(), c.bucket, c.key, body, size, o)
	if err != nil {
		return err
	}
	c.setETag(info.ETag)
	c.setVersion(info.Version)
	c.setEncryption(info.Encryption)
	c.setChecksums(info.Checksums)
	return c.done(http.StatusOK)
}
