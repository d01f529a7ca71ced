package s3api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// call is one request on its way. It lives as long as the request and belongs to its goroutine.
type call struct {
	s *Server
	w responder
	r *http.Request

	id     string
	began  time.Time
	bucket objectlayer.Bucket // empty for calls on the service
	key    objectlayer.Key    // empty for calls on a bucket
	query  url.Values         // nil when there is none
	route  *route

	auth   *sigv4.Result
	caller objectlayer.Caller
	view   objectlayer.Store

	values [24]string // backs the values of response headers
	used   int
}

func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	now := s.o.Clock()
	c := &call{s: s, r: r, began: now, id: s.requestID(now)}
	c.w.start(w, s.o.Patience)
	if r.ContentLength != 0 {
		// A body may also be read by net/http alone, when the call does not want it.
		_ = c.w.control.SetReadDeadline(time.Now().Add(s.o.Patience))
	}
	return c
}

// requestID returns an id no other request of this process has: the time in nanoseconds, or one more than the last.
func (s *Server) requestID(now time.Time) string {
	for {
		last := s.lastID.Load()
		next := max(now.UnixNano(), last+1)
		if s.lastID.CompareAndSwap(last, next) {
			return hex16(uint64(next))
		}
	}
}

func hex16(n uint64) string {
	const digits = "0123456789ABCDEF"
	var b [16]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digits[n&15]
		n >>= 4
	}
	return string(b[:])
}

// Values of headers that are always the same. net/http does not change them, and they have no room for Add to write into.
var (
	acceptRanges = []string{"bytes"}
	serverName   = []string{"Holdfast"}
	hsts         = []string{"max-age=31536000; includeSubDomains"}
	vary         = []string{"Origin", "Accept-Encoding"}
	noSniff      = []string{"nosniff"}
	xssBlock     = []string{"1; mode=block"}
)

// standardHeaders sets what every answer has.
func (c *call) standardHeaders() {
	h := c.w.Header()
	h["Accept-Ranges"] = acceptRanges
	h["Server"] = serverName
	h["Vary"] = vary
	h["X-Content-Type-Options"] = noSniff
	h["X-Xss-Protection"] = xssBlock
	if c.r.TLS != nil {
		h["Strict-Transport-Security"] = hsts // RFC 6797 section 7.2: never over plain HTTP
	}
	if c.s.hostID != nil {
		h["X-Amz-Id-2"] = c.s.hostID
	}
	if c.s.region != nil {
		h["X-Amz-Bucket-Region"] = c.s.region
	}
	c.set("X-Amz-Request-Id", c.id)
}

// set sets a response header; name is in canonical form. The first two dozen values need no allocation.
func (c *call) set(name, value string) {
	if c.used == len(c.values) {
		c.w.Header()[name] = []string{value}
		return
	}
	c.values[c.used] = value
	c.used++
	c.w.Header()[name] = c.values[c.used-1 : c.used : c.used]
}

// setIf sets a header unless it would be empty.
func (c *call) setIf(name, value string) {
	if value != "" {
		c.set(name, value)
	}
}

func (c *call) setETag(tag objectlayer.ETag) { c.setIf("Etag", quote(tag)) }

func quote(tag objectlayer.ETag) string {
	if tag == "" {
		return ""
	}
	return `"` + string(tag) + `"`
}

func (c *call) setModified(t time.Time) {
	if !t.IsZero() {
		c.set("Last-Modified", t.UTC().Format(http.TimeFormat))
	}
}

func (c *call) setVersion(v objectlayer.VersionID) { c.setIf("X-Amz-Version-Id", string(v)) }

// header returns a request header; name is in canonical form.
func (c *call) header(name string) string {
	if v := c.r.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// flag reads a request header that is true or false. Other values are a mistake.
func (c *call) flag(name string) (bool, error) {
	switch v := c.header(name); v {
	case "", "false", "False", "FALSE":
		return false, nil
	case "true", "True", "TRUE":
		return true, nil
	default:
		return false, s3err.New(s3err.InvalidArgument, name+" must be true or false.")
	}
}

// xml answers with a document.
func (c *call) xml(doc []byte) error {
	c.set("Content-Type", "application/xml")
	return c.send(http.StatusOK, doc)
}

// send answers with a body that is all there.
func (c *call) send(status int, body []byte) error {
	c.set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	if len(body) == 0 || c.r.Method == http.MethodHead {
		return nil
	}
	if _, err := c.w.Write(body); err != nil {
		panic(http.ErrAbortHandler) // the client is gone, and an answer cannot be taken back
	}
	return nil
}

// done answers without a body.
func (c *call) done(status int) error {
	if status != http.StatusNoContent {
		c.set("Content-Length", "0")
	}
	c.w.WriteHeader(status)
	return nil
}

// operation names the call for logs.
func (c *call) operation() string {
	if c.route == nil {
		return "none"
	}
	return c.route.name
}

// fail answers with an error. What the store says about the version an answer was decided on goes into the headers.
func (c *call) fail(err error) {
	if c.w.began() {
		panic(http.ErrAbortHandler)
	}
	e := s3err.Resolve(err)
	e.Bucket, e.Key = string(c.bucket), string(c.key)
	if e.Code == s3err.InvalidRange {
		e.RangeRequested = c.header("Range")
	}
	var failed *objectlayer.Error
	if errors.As(err, &failed) {
		c.describeFailure(failed, e)
	}
	if e.Code == s3err.InternalError {
		c.s.o.Logger.Error("request failed", "op", c.operation(), "bucket", c.bucket, "key", c.key, "err", err)
	}
	s3err.Write(&c.w, c.r, e)
}

// describeFailure sets the headers that go with some errors, and says NoSuchKey where the current version of a key is a
// delete marker but MethodNotAllowed where the client named the marker.
func (c *call) describeFailure(failed *objectlayer.Error, e *s3err.Error) {
	switch failed.Kind {
	case objectlayer.KindDeleteMarker:
		c.set("X-Amz-Delete-Marker", "true")
		c.setVersion(failed.Version)
		if c.query.Get("versionId") == "" {
			e.Code = s3err.NoSuchKey
			return
		}
		c.set("Allow", http.MethodDelete)
		if failed.Info != nil {
			c.setModified(failed.Info.ModTime)
		}
	case objectlayer.KindPrecondition:
		if failed.Info != nil {
			c.setETag(failed.Info.ETag)
			c.setModified(failed.Info.ModTime)
		}
	case objectlayer.KindNotModified: // RFC 9110 section 15.4.5
		if failed.Info != nil {
			c.setETag(failed.Info.ETag)
			c.setModified(failed.Info.ModTime)
			c.setVersion(failed.Info.Version)
			c.setIf("Cache-Control", failed.Info.Headers["cache-control"])
			c.setIf("Expires", failed.Info.Headers["expires"])
		}
	}
}

func decimal[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }
