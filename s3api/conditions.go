package s3api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// conditions reads If-Match and its kin (RFC 9110 section 13.1). prefix is empty, or "X-Amz-Copy-Source-" for those about the
// source of a copy. A date that cannot be read is as if it were not there.
func (c *call) conditions(prefix string) objectlayer.Conditions {
	return objectlayer.Conditions{
		IfMatch:           entityTags(c.r.Header[prefix+"If-Match"]),
		IfNoneMatch:       entityTags(c.r.Header[prefix+"If-None-Match"]),
		IfModifiedSince:   httpDate(c.header(prefix + "If-Modified-Since")),
		IfUnmodifiedSince: httpDate(c.header(prefix + "If-Unmodified-Since")),
	}
}

// writeConditions reads the conditions of a call that changes something. Dates have no meaning there.
func (c *call) writeConditions() objectlayer.Conditions {
	return objectlayer.Conditions{IfMatch: entityTags(c.r.Header["If-Match"]), IfNoneMatch: entityTags(c.r.Header["If-None-Match"])}
}

// deleteConditions reads the conditions of DeleteObject.
func (c *call) deleteConditions() (objectlayer.Conditions, error) {
	conditions := objectlayer.Conditions{IfMatch: entityTags(c.r.Header["If-Match"])}
	if v := c.header("X-Amz-If-Match-Size"); v != "" {
		size, err := strconv.ParseInt(v, 10, 64)
		if err != nil || size < 0 {
			return conditions, s3err.New(s3err.InvalidArgument, "x-amz-if-match-size must be a number of bytes.")
		}
		conditions.IfSize = &size
	}
	if c.header("X-Amz-If-Match-Last-Modified-Time") != "" {
		return conditions, s3err.NotImplemented
	}
	return conditions, nil
}

// entityTags reads a list of entity tags. S3 has no weak ones, so a mark of weakness is dropped; quotes may be missing.
func entityTags(values []string) []objectlayer.ETag {
	if len(values) == 0 {
		return nil
	}
	var tags []objectlayer.ETag
	for _, list := range values {
		for tag := range strings.SplitSeq(list, ",") {
			tag = strings.TrimSpace(tag)
			tag = strings.TrimPrefix(tag, "W/")
			if tag = strings.Trim(tag, `"`); tag != "" {
				tags = append(tags, objectlayer.ETag(tag))
			}
		}
	}
	return tags
}

func httpDate(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := http.ParseTime(text)
	if err != nil {
		return time.Time{}
	}
	return t
}
