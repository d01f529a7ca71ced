package s3api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// address finds out which bucket and key a request is about, from the raw path and the host.
func (c *call) address() (err error) {
	path, ok := strings.CutPrefix(c.r.URL.Path, "/")
	if !ok {
		return s3err.BadRequest
	}
	if head, _, _ := strings.Cut(path, "/"); head == "minio" || head == "holdfast" {
		return c.reserved()
	}
	if c.r.URL.RawQuery != "" {
		if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
			return s3err.New(s3err.InvalidArgument, "The query string could not be decoded.")
		}
	}
	if bucket, ok := c.s.virtualHost(c.r.Host); ok {
		c.bucket, c.key = objectlayer.Bucket(bucket), objectlayer.Key(path)
	} else if bucket, key, _ := strings.Cut(path, "/"); bucket+key != "" {
		c.bucket, c.key = objectlayer.Bucket(bucket), objectlayer.Key(key)
	} else {
		return nil // the service; also "//", which some clients send
	}
	return c.checkNames()
}

// reserved refuses a path that belongs to the server itself, on every host. Those that lead anywhere are answered before a
// request gets here.
func (c *call) reserved() error {
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return s3err.AccessDenied
	default:
		return s3err.AllAccessDisabled
	}
}

// checkNames refuses names that no bucket or key can have, before anything else looks at them.
func (c *call) checkNames() error {
	if c.bucket.Reserved() || !readable(c.bucket) {
		return s3err.InvalidBucketName
	}
	if c.key == "" {
		return nil
	}
	return c.key.Check()
}

// readable tells whether a bucket of this name can exist. MinIO once allowed upper case, "_" and ":".
func readable(b objectlayer.Bucket) bool {
	if len(b) < 3 || len(b) > 63 || b[0] == '.' || strings.Contains(string(b), "..") {
		return false
	}
	for i := range len(b) {
		c := b[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == ':':
		default:
			return false
		}
	}
	return true
}

// virtualHost returns the bucket a host names.
func (s *Server) virtualHost(host string) (bucket string, ok bool) {
	if len(s.o.Domains) == 0 {
		return "", false
	}
	if name, port, found := strings.Cut(host, ":"); found && !strings.Contains(port, ":") {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, domain := range s.o.Domains {
		if host == domain {
			return "", false
		}
		if bucket, ok := strings.CutSuffix(host, "."+domain); ok {
			return bucket, true
		}
	}
	return "", false
}
