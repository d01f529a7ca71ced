package s3api

import (
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// kept are the standard headers an object keeps, by their canonical and their stored name.
var kept = [...]struct{ header, name string }{
	{"Cache-Control", "cache-control"},
	{"Content-Disposition", "content-disposition"},
	{"Content-Encoding", "content-encoding"},
	{"Content-Language", "content-language"},
	{"Expires", "expires"},
	{"X-Amz-Website-Redirect-Location", "x-amz-website-redirect-location"},
}

// newObject reads from the headers everything a new object is given but its checksum and conditions.
func (c *call) newObject() (o objectlayer.PutOptions, err error) {
	o.ContentType = c.header("Content-Type")
	o.Headers = c.keptHeaders()
	o.UserMeta = c.userMeta()
	if o.Tags, err = c.taggingHeader(); err != nil {
		return o, err
	}
	if o.StorageClass, err = storageClass(c.header("X-Amz-Storage-Class")); err != nil {
		return o, err
	}
	if o.Encryption, err = c.encryption(); err != nil {
		return o, err
	}
	return o, c.lockHeaders(&o)
}

// keptHeaders returns the standard headers to keep, nil when there are none.
func (c *call) keptHeaders() map[string]string {
	var m map[string]string
	for _, k := range kept {
		value := c.header(k.header)
		if k.name == "content-encoding" {
			value = withoutChunked(value)
		}
		if value == "" {
			continue
		}
		if m == nil {
			m = make(map[string]string, len(kept))
		}
		m[k.name] = value
	}
	return m
}

// withoutChunked removes the aws-chunked coding, which was only that of the request, from a Content-Encoding.
func withoutChunked(encoding string) string {
	if !strings.Contains(encoding, "aws-chunked") {
		return encoding
	}
	var rest []string
	for token := range strings.SplitSeq(encoding, ",") {
		if token = strings.TrimSpace(token); token != "" && token != "aws-chunked" {
			rest = append(rest, token)
		}
	}
	return strings.Join(rest, ",")
}

// userMeta returns the client's own metadata. A header given more than once is one with commas, as S3 has it.
func (c *call) userMeta() map[string]string {
	var m map[string]string
	for name, values := range c.r.Header {
		if !isUserMeta(name) {
			continue
		}
		if m == nil {
			m = make(map[string]string)
		}
		m[name] = strings.Join(values, ",")
	}
	return m
}

// taggingHeader reads x-amz-tagging. It is kept the way it was written.
func (c *call) taggingHeader() (string, error) {
	text := c.header("X-Amz-Tagging")
	if text == "" {
		return "", nil
	}
	tags, err := parseTags(text)
	if err != nil {
		return "", err
	}
	return text, checkTags(tags, objectlayer.MaxObjectTags)
}

// storageClass checks a storage class. Tiers are chosen by lifecycle rules, never by a client.
func storageClass(name string) (string, error) {
	switch name {
	case "", "STANDARD":
		return "", nil
	case "REDUCED_REDUNDANCY":
		return name, nil
	default:
		return "", s3err.InvalidStorageClass
	}
}

const (
	lockMode  = "X-Amz-Object-Lock-Mode"
	lockUntil = "X-Amz-Object-Lock-Retain-Until-Date"
	legalHold = "X-Amz-Object-Lock-Legal-Hold"
)

// lockHeaders reads retention and legal hold of a new object. They need a bucket with object lock: in another they would
// promise what nobody keeps.
func (c *call) lockHeaders(o *objectlayer.PutOptions) (err error) {
	mode, until, hold := c.header(lockMode), c.header(lockUntil), c.header(legalHold)
	if mode == "" && until == "" && hold == "" {
		return nil
	}
	if mode == "" != (until == "") {
		return s3err.New(s3err.InvalidArgument, "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	}
	if mode != "" {
		if o.Retention, err = c.retention(mode, until); err != nil {
			return err
		}
	}
	if hold != "" && hold != "ON" && hold != "OFF" {
		return s3err.New(s3err.InvalidArgument, "Legal Hold must be either of 'ON' or 'OFF'")
	}
	o.LegalHold = hold
	return c.needObjectLock()
}

// retention checks a mode and date.
func (c *call) retention(mode, until string) (objectlayer.Retention, error) {
	if mode != "GOVERNANCE" && mode != "COMPLIANCE" {
		return objectlayer.Retention{}, s3err.New(s3err.InvalidArgument, "Unknown wormMode directive.")
	}
	t, err := time.Parse(time.RFC3339, until)
	if err != nil {
		return objectlayer.Retention{}, s3err.New(s3err.InvalidArgument, "Date must be provided in ISO 8601 format")
	}
	if !t.After(c.began) {
		return objectlayer.Retention{}, s3err.New(s3err.InvalidArgument, "The retain until date must be in the future!")
	}
	return objectlayer.Retention{Mode: mode, Until: t.UTC()}, nil
}

// needObjectLock refuses a bucket without object lock. A caller who may not see that is left to the store.
func (c *call) needObjectLock() error {
	info, err := c.view.StatBucket(c.r.Context(), c.bucket)
	switch {
	case objectlayer.KindOf(err) == objectlayer.KindDenied:
		return nil
	case err != nil:
		return err
	case !info.ObjectLock:
		return s3err.New(s3err.InvalidRequest, "Bucket is missing ObjectLockConfiguration")
	}
	return nil
}

// versionID reads the version a call is about.
func (c *call) versionID() (objectlayer.VersionID, error) {
	if c.query == nil {
		return "", nil
	}
	return parseVersion(c.query.Get("versionId"))
}

// parseVersion checks a version id: empty, "null" or a uuid.
func parseVersion(text string) (objectlayer.VersionID, error) {
	if text == "" || text == string(objectlayer.NullVersion) {
		return objectlayer.VersionID(text), nil
	}
	id := strings.ToLower(text)
	ok := len(id) == 36
	for i := 0; ok && i < len(id); i++ {
		switch c := id[i]; i {
		case 8, 13, 18, 23:
			ok = c == '-'
		default:
			ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		}
	}
	if !ok {
		return "", s3err.New(s3err.InvalidArgument, "Invalid version id specified")
	}
	return objectlayer.VersionID(id), nil
}
