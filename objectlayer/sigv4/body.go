package sigv4

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
)

// A Reader is the payload of a request, checked while it is read.
//
// What comes out before io.EOF is provisional: the whole was as promised only
// when Read has returned io.EOF. Where the length of the payload is known
// beforehand (always, if it comes in chunks), its last byte is not handed out
// before everything has been checked either, so that a caller who stops at the
// length is not fooled.
//
// Errors are *Error where the client broke a promise, also when it sent less
// than it announced; otherwise they come from the connection. They stick.
type Reader struct {
	src     io.Reader
	body    io.Closer
	err     error
	trailer http.Header // filled before src says io.EOF
}

// Body returns the payload of r and its length, or -1 if nobody said. The
// payload is what is left when the aws-chunked coding, if any, is taken off.
// res is what Verify said of r; only one Body may be taken of it.
//
// Beside the payload's own hash nothing is added to an unchunked body. Memory
// does not depend on any size the client names.
func Body(r *http.Request, res *Result) (*Reader, int64, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	out := &Reader{src: body, body: body}
	if res.Payload.Chunked() {
		chunks, size, err := newChunkReader(r.Header, body, res)
		if err != nil {
			return nil, 0, err
		}
		if r.ContentLength >= 0 && size > r.ContentLength {
			return nil, 0, errIncomplete()
		}
		out.src, out.trailer = chunks, chunks.trailer
		return out, size, nil
	}
	if len(r.Header["X-Amz-Trailer"]) > 0 {
		return nil, 0, refuse(CodeInvalidRequest, "x-amz-trailer needs an x-amz-content-sha256 of a payload with a trailer.")
	}
	if res.Payload == Hashed {
		out.src = &hashReader{src: body, left: r.ContentLength, hash: sha256.New(), want: res.hash}
	}
	return out, r.ContentLength, nil
}

// Read implements io.Reader.
func (b *Reader) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.src.Read(p)
	if err != nil {
		// net/http says so when a body is shorter than its Content-Length.
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errIncomplete()
		}
		b.err = err
	}
	return n, err
}

// Close closes the body of the request.
func (b *Reader) Close() error { return b.body.Close() }

// Trailer returns the trailing headers, which have been checked against the
// payload. It is empty before Read has returned io.EOF.
func (b *Reader) Trailer() http.Header {
	if b.err != io.EOF {
		return http.Header{}
	}
	return b.trailer
}

// A hashReader passes a body on and holds it to its SHA-256.
type hashReader struct {
	src  io.Reader
	left int64 // bytes still to come; negative if unknown
	hash hash.Hash
	want [sha256.Size]byte
}

func (h *hashReader) Read(p []byte) (int, error) {
	n, err := h.src.Read(p)
	h.hash.Write(p[:n])
	if h.left > 0 {
		h.left -= int64(n)
		if h.left == 0 && !h.matches() {
			return 0, errHash() // the end of a wrong payload is not handed out
		}
	}
	if err == io.EOF && !h.matches() {
		return 0, errHash()
	}
	return n, err
}

func (h *hashReader) matches() bool {
	var sum [sha256.Size]byte
	return bytes.Equal(h.hash.Sum(sum[:0]), h.want[:])
}

func errHash() *Error {
	return refuse(CodeContentSHA256Mismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
}

// decodedLength returns the length of the payload inside its chunks.
func decodedLength(h http.Header) (int64, error) {
	text, err := single(h, "X-Amz-Decoded-Content-Length")
	if err != nil {
		return 0, err
	}
	if text == "" {
		return 0, refuse(CodeMissingContentLength, "You must provide the x-amz-decoded-content-length HTTP header.")
	}
	size, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, refuse(CodeInvalidArgument, "x-amz-decoded-content-length must be a number of bytes.")
	}
	return int64(size), nil
}
