package s3api

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// readOptions reads what GetObject and HeadObject ask for.
func (c *call) readOptions() (o objectlayer.GetOptions, err error) {
	if o.Version, err = c.versionID(); err != nil {
		return o, err
	}
	if o.Encryption, err = c.customerKey(""); err != nil {
		return o, err
	}
	o.Range = parseRange(c.header("Range"))
	o.Conditions = c.conditions("")
	if c.query == nil {
		return o, nil
	}
	if text, ok := c.query["partNumber"]; ok {
		if o.PartNumber, err = partNumber(text[0]); err != nil {
			return o, err
		}
		if o.Range.Set {
			return o, s3err.New(s3err.InvalidRequest, "Cannot specify both Range header and partNumber query parameter")
		}
	}
	return o, c.checkOverrides()
}

// partNumber reads a part's number.
func partNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > objectlayer.MaxPartNumber {
		return 0, s3err.New(s3err.InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive")
	}
	return n, nil
}

// overrides are the query parameters that replace headers of the answer.
var overrides = [...]struct{ param, header string }{
	{"response-content-type", "Content-Type"},
	{"response-content-language", "Content-Language"},
	{"response-expires", "Expires"},
	{"response-cache-control", "Cache-Control"},
	{"response-content-disposition", "Content-Disposition"},
	{"response-content-encoding", "Content-Encoding"},
}

// checkOverrides refuses the overrides to strangers, who could otherwise make a bucket's public objects look like web pages
// of their own choice, and values that are no header's.
func (c *call) checkOverrides() error {
	for _, o := range overrides {
		values, ok := c.query[o.param]
		switch {
		case !ok:
		case c.caller.Anonymous():
			return s3err.New(s3err.InvalidRequest, "Request specific response headers cannot be used for anonymous GET requests.")
		case strings.ContainsFunc(values[0], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return s3err.New(s3err.InvalidArgument, o.param+" is not the value of a header.")
		}
	}
	return nil
}

// setObject sets the headers that describe a version.
func (c *call) setObject(info *objectlayer.ObjectInfo, o objectlayer.GetOptions) {
	h := c.w.Header()
	c.set("Content-Type", cmp.Or(info.ContentType, "binary/octet-stream")) // or net/http would guess
	c.setETag(info.ETag)
	c.setModified(info.ModTime)
	c.setVersion(info.Version)
	for _, k := range kept {
		if v, ok := info.Headers[k.name]; ok {
			c.set(k.header, v)
		}
	}
	for name, value := range info.UserMeta { // in lower case, as S3 and MinIO send them: boto3 shows the names as they come
		h[strings.ToLower(name)] = []string{value}
	}
	if info.StorageClass != "STANDARD" {
		c.setIf("X-Amz-Storage-Class", info.StorageClass)
	}
	if n := countTags(info.Tags); n > 0 {
		c.set("X-Amz-Tagging-Count", decimal(n))
	}
	c.setEncryption(info.Encryption)
	if info.Retention.Mode != "" {
		c.set(lockMode, info.Retention.Mode)
		c.set(lockUntil, info.Retention.Until.UTC().Format(s3xml.TimeFormat))
	}
	c.setIf(legalHold, info.LegalHold)
	c.setIf("X-Minio-Compressed", info.Compression)
	c.setIf("X-Amz-Restore", info.Restore)
	c.setIf("X-Amz-Replication-Status", info.ReplicationStatus)
	c.setReadChecksums(info, o)
	for _, over := range overrides {
		if v, ok := c.query[over.param]; ok {
			c.set(over.header, v[0])
		}
	}
}

// setReadChecksums shows the checksum of what is read, if that is the whole object or a whole part and the client asked.
func (c *call) setReadChecksums(info *objectlayer.ObjectInfo, o objectlayer.GetOptions) {
	if !strings.EqualFold(c.header("X-Amz-Checksum-Mode"), "ENABLED") {
		return
	}
	switch {
	case o.Range.Set:
	case o.PartNumber == 0 || !info.Multipart:
		c.setChecksums(info.Checksums)
	default:
		for _, p := range info.Parts {
			if p.Number == o.PartNumber && p.Checksum.Value != "" {
				c.setChecksums([]objectlayer.Checksum{p.Checksum})
			}
		}
	}
}

// setStretch sets length and range of the answer and returns its status.
func (c *call) setStretch(info *objectlayer.ObjectInfo, o objectlayer.GetOptions, offset, length int64) int {
	c.set("Content-Length", decimal(length))
	if o.PartNumber != 0 && info.Multipart {
		c.set("X-Amz-Mp-Parts-Count", decimal(len(info.Parts)))
	}
	if !o.Range.Set && o.PartNumber == 0 || length == 0 {
		return http.StatusOK
	}
	c.set("Content-Range", contentRange(offset, length, info.Size))
	return http.StatusPartialContent
}
