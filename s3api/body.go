package s3api

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"io"
	"os"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// Limits of documents in bodies.
const (
	maxDocument     = 1 << 20
	maxLongDocument = 5 << 20 // DeleteObjects with 1000 keys, CompleteMultipartUpload with 10000 parts
)

// payload is the body of a call: decoded, held to what was signed and announced, and cut off when the client stalls. Its
// errors are S3's.
type payload struct{ checked *sigv4.Reader }

// payload opens the body. size is the number of bytes it will yield, -1 when the client did not say.
func (c *call) payload() (p *payload, size int64, err error) {
	r := *c.r // net/http looks at the body of its own request, to see what is left of it
	if r.Body != nil {
		r.Body = &pacedBody{ReadCloser: r.Body, control: c.w.control, patience: c.s.o.Patience, left: c.s.o.Patience}
	}
	checked, size, err := sigv4.Body(&r, c.auth)
	if err != nil {
		return nil, 0, ofSignature(err)
	}
	if size > objectlayer.MaxObjectSize {
		return nil, 0, s3err.EntityTooLarge
	}
	return &payload{checked}, size, nil
}

// Read implements io.Reader.
func (p *payload) Read(b []byte) (int, error) {
	n, err := p.checked.Read(b)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, bodyError(err)
}

// trailer returns a trailing header. It is asked for after the last byte was read, which need not have been the end.
func (p *payload) trailer(name string) string {
	var none [1]byte
	p.Read(none[:]) // the end, or an error that shows as a missing trailer
	return p.checked.Trailer().Get(name)
}

// bodyError says whose fault it is that a body cannot be read. Apart from broken promises it is always the connection.
func bodyError(err error) error {
	var refused *sigv4.Error
	switch {
	case errors.As(err, &refused):
		return ofSignature(err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return s3err.Wrap(s3err.RequestTimeout, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s3err.Wrap(s3err.IncompleteBody, err)
	default:
		return s3err.Wrap(s3err.ClientDisconnected, err)
	}
}

// document reads the body whole, checks it, and parses it. An empty body is an empty document.
func (c *call) document(limit int64, into s3xml.Request) error {
	body, err := c.wholeBody(limit)
	if err != nil {
		return err
	}
	if err := s3xml.Decode(body, into); err != nil {
		return s3err.Wrap(s3err.MalformedXML, err)
	}
	return nil
}

// wholeBody reads a small body and compares it with the digests in the headers.
func (c *call) wholeBody(limit int64) ([]byte, error) {
	body, err := c.bodyUnder(limit)
	if err != nil {
		return nil, err
	}
	return body, c.checkDigests(body)
}

// bodyUnder reads a body of at most limit bytes to its end: only then is it known to be what was signed.
func (c *call) bodyUnder(limit int64) ([]byte, error) {
	p, size, err := c.payload()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, s3err.MalformedXML
	}
	var body bytes.Buffer
	if size > 0 { // what was announced need not come, so it takes no more room at once than most documents need
		body.Grow(int(min(size, 16<<10)) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(io.LimitReader(p, limit+1)); err != nil {
		return nil, err
	}
	if int64(body.Len()) > limit {
		return nil, s3err.MalformedXML
	}
	return body.Bytes(), nil
}

// checkDigests compares a document with Content-MD5 and the checksum header, if they were sent.
func (c *call) checkDigests(body []byte) error {
	want, err := c.contentMD5()
	if err != nil {
		return err
	}
	if got := md5.Sum(body); want != nil && !bytes.Equal(want, got[:]) {
		return s3err.BadDigest
	}
	sums, err := c.checksumRequest()
	if err != nil {
		return err
	}
	if sums.Sum == nil {
		return nil
	}
	h := sums.Algorithm.New()
	h.Write(body)
	if !bytes.Equal(h.Sum(nil), sums.Sum) {
		return s3err.XAmzContentChecksumMismatch
	}
	return nil
}

// contentMD5 reads the header of that name (RFC 1864).
func (c *call) contentMD5() ([]byte, error) {
	values := c.r.Header["Content-Md5"]
	if len(values) == 0 {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(values[0])
	if err != nil || len(sum) != md5.Size {
		return nil, s3err.InvalidDigest
	}
	return sum, nil
}
