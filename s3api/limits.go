package s3api

import (
	"net/http"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// maxHeaders is how many bytes the names and values of all headers of a request may have.
const maxHeaders = 8 << 10

// Prefixes of headers, in canonical form.
const (
	internalPrefix = "X-Minio-Internal-" // the store's own metadata; a client that could set it could forge encryption keys
	amzMetaPrefix  = "X-Amz-Meta-"
	ownMetaPrefix  = "X-Minio-Meta-"
)

// checkHeaders holds the headers to their limits and refuses those no client may send.
func (c *call) checkHeaders() error {
	all, user := 0, 0
	for name, values := range c.r.Header {
		size := 0
		for _, v := range values {
			size += len(name) + len(v)
		}
		all += size
		switch {
		case strings.HasPrefix(name, internalPrefix):
			return s3err.New(s3err.InvalidArgument, "The header "+strings.ToLower(name)+" is reserved.")
		case isUserMeta(name):
			if strings.Contains(name, internalPrefix) { // would be stored under a reserved name by a careless reader
				return s3err.New(s3err.InvalidArgument, "The header "+strings.ToLower(name)+" is reserved.")
			}
			user += size
		}
	}
	if all > maxHeaders || user > objectlayer.MaxUserMeta {
		return s3err.MetadataTooLarge
	}
	return c.refuseUnsupported()
}

func isUserMeta(name string) bool {
	return strings.HasPrefix(name, amzMetaPrefix) || strings.HasPrefix(name, ownMetaPrefix)
}

// unsupported are headers that change what a request means in ways this release does not follow. Ignoring them would store
// or show something else than the client believes.
var unsupported = []struct{ name, value, method string }{
	{"X-Amz-Meta-Snowball-Auto-Extract", "true", http.MethodPut},
	{"X-Minio-Source-Replication-Request", "true", ""},
	{"X-Minio-Extract", "true", ""},
	{"X-Amz-Rename-Source", "", http.MethodPut},
}

func (c *call) refuseUnsupported() error {
	if _, ok := c.r.Header["X-Amz-Write-Offset-Bytes"]; ok {
		return s3err.BadRequest
	}
	for _, u := range unsupported {
		values, ok := c.r.Header[u.name]
		if !ok || u.method != "" && u.method != c.r.Method {
			continue
		}
		if u.value == "" || strings.EqualFold(values[0], u.value) {
			return s3err.NotImplemented
		}
	}
	return nil
}
