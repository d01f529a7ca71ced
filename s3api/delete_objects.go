package s3api

import (
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// maxDeleted is how many keys one DeleteObjects may name.
const maxDeleted = 1000

// deleteObjects is DeleteObjects.
func (c *call) deleteObjects() error {
	bypass, err := c.flag(bypassGovernance)
	if err != nil {
		return err
	}
	if err := c.needDigest(); err != nil {
		return err
	}
	var request s3xml.Delete
	if err := c.document(maxLongDocument, &request); err != nil {
		return err
	}
	if n := len(request.Objects); n == 0 || n > maxDeleted {
		return s3err.MalformedXML
	}
	result := s3xml.DeleteResult{Quiet: request.Quiet}
	targets := make([]objectlayer.DeleteTarget, 0, len(request.Objects))
	for i := range request.Objects {
		target, err := deleteTarget(&request.Objects[i])
		if err != nil {
			result.Errors = append(result.Errors, deleteError(request.Objects[i].Key, request.Objects[i].VersionID, err))
			continue
		}
		targets = append(targets, target)
	}
	answers, err := c.view.Delete(c.r.Context(), c.bucket, targets, objectlayer.DeleteOptions{BypassGovernance: bypass})
	if err != nil {
		return err
	}
	for _, d := range answers {
		if d.Err != nil {
			c.logDelete(d)
			result.Errors = append(result.Errors, deleteError(string(d.Key), string(d.Version), d.Err))
			continue
		}
		result.Deleted = append(result.Deleted, d)
	}
	return c.xml(result.Append(nil))
}

// needDigest refuses a request without a digest of its body, as S3 does for this call alone.
func (c *call) needDigest() error {
	if c.header("Content-Md5") != "" {
		return nil
	}
	sums, err := c.checksumRequest()
	if err != nil {
		return err
	}
	if sums.Algorithm == checksum.None {
		return s3err.MissingContentMD5
	}
	return nil
}

// deleteTarget reads one entry of the document.
func deleteTarget(o *s3xml.DeleteObject) (t objectlayer.DeleteTarget, err error) {
	t.Key = objectlayer.Key(o.Key)
	if err := t.Key.Check(); err != nil {
		return t, err
	}
	if t.Version, err = parseVersion(strings.TrimSpace(o.VersionID)); err != nil {
		return t, err
	}
	if o.LastModifiedTime != "" {
		return t, s3err.NotImplemented
	}
	if tag := s3xml.UnquoteETag(o.ETag); tag != "" {
		t.Conditions.IfMatch = []objectlayer.ETag{tag}
	}
	t.Conditions.IfSize = o.Size
	return t, nil
}

func deleteError(key, version string, err error) s3xml.DeleteError {
	e := s3err.Resolve(err)
	return s3xml.DeleteError{Key: key, Version: version, Code: e.Code.String(), Message: e.Text()}
}

// logDelete logs a fault of ours that is only a line in an answer that says 200.
func (c *call) logDelete(d objectlayer.Deleted) {
	if s3err.Resolve(d.Err).Code == s3err.InternalError {
		c.s.o.Logger.Error("delete failed", "op", c.operation(), "bucket", c.bucket, "key", d.Key, "version", d.Version, "err", d.Err)
	}
}
