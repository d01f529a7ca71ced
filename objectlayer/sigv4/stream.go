package sigv4

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash"
	"io"
	"math"
	"net/http"
)

// The aws-chunked coding of a body, with signed chunks:
//
//	10000;chunk-signature=<64 hex digits>CRLF    size in hex, signature of the data
//	<65536 bytes>CRLF
//	400;chunk-signature=<64 hex digits>CRLF
//	<1024 bytes>CRLF
//	0;chunk-signature=<64 hex digits>CRLF        the end, always present
//	x-amz-checksum-crc32c:sOO8/Q==CRLF           trailing headers, if declared
//	x-amz-trailer-signature:<64 hex digits>CRLF  only with signed chunks and trailer
//	CRLF
//
// In the unsigned form a size stands alone on its line. S3 wants chunks of at
// least 8 KiB and SDKs send 64 KiB to 1 MiB; here any size is taken that fits
// into x-amz-decoded-content-length, since chunks are not buffered.

// maxLine bounds a line between chunks. The longest that is known, a signed
// trailer with a SHA-256 in it, has 90 bytes.
const maxLine = 1 << 10

// A chunkReader takes the coding off a body and checks all of it.
//
// Data goes from the source straight into the caller's slice and through the
// hashes, except what was read along with a line. The last bytes of each chunk
// are held back until the chunk's signature is known to be good, and those of
// the last chunk until everything behind them has been read and checked.
// Checking chunks before any of their bytes leave would need a buffer as large
// as a client likes to make its chunks.
type chunkReader struct {
	src io.Reader

	left  int64 // bytes of payload still to come
	chunk int64 // of those, in the current chunk; zero before and between chunks
	err   error // sticks

	// Signed chunks.
	chain    *chain // nil if they are unsigned
	claimed  signatureText
	chunkSum hash.Hash
	sum      [sha256.Size]byte // where chunkSum puts it

	// Trailing headers.
	trailing  bool // there may be some
	checksums []*checksum
	trailer   http.Header

	// What has been read ahead: buf[start:end].
	buf        [maxLine]byte
	start, end int
}

func newChunkReader(h http.Header, src io.Reader, res *Result) (*chunkReader, int64, error) {
	size, err := decodedLength(h)
	if err != nil {
		return nil, 0, err
	}
	c := &chunkReader{src: src, left: size, trailer: http.Header{}}
	c.trailing = res.Payload == SignedChunksTrailer || res.Payload == UnsignedChunksTrailer
	if c.checksums, err = declaredTrailers(h, c.trailing); err != nil {
		return nil, 0, err
	}
	if res.Payload != UnsignedChunksTrailer {
		chain := *res.seed
		c.chain, c.chunkSum = &chain, sha256.New()
	}
	return c, size, nil
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if c.err != nil || len(p) == 0 {
		return 0, c.err
	}
	n, err := c.read(p)
	if err != nil {
		c.err = err
	}
	return n, err
}

func (c *chunkReader) read(p []byte) (int, error) {
	if c.chunk == 0 {
		if err := c.beginChunk(); err != nil {
			return 0, err
		}
	}
	n, err := c.data(p)
	if err != nil {
		return 0, err
	}
	if c.chunk > 0 {
		return n, nil
	}
	if err := c.endChunk(); err != nil {
		return 0, err
	}
	if c.left == 0 {
		if err := c.beginChunk(); err != io.EOF {
			return 0, err
		}
		c.err = io.EOF
	}
	return n, nil
}

// beginChunk reads the line in front of a chunk. Behind the last chunk it reads
// all there is, and returns io.EOF if everything was right.
func (c *chunkReader) beginChunk() error {
	line, ending, err := c.line()
	if err != nil {
		return err
	}
	if ending != crlf {
		return errFraming()
	}
	size, err := c.parseChunkLine(line)
	switch {
	case err != nil:
		return err
	case size > c.left:
		return errExcess()
	case size > 0:
		c.chunk = size
		return nil
	case c.left > 0:
		return errIncomplete()
	}
	if err := c.checkChunk(); err != nil {
		return err
	}
	if err := c.readTrailer(); err != nil {
		return err
	}
	return c.expectEnd()
}

// parseChunkLine returns the size of a chunk, and keeps its signature.
func (c *chunkReader) parseChunkLine(line []byte) (int64, error) {
	digits, extension, extended := bytes.Cut(line, []byte(";"))
	size, ok := parseHex(digits)
	if !ok || extended != (c.chain != nil) {
		return 0, errFraming()
	}
	if !extended {
		return size, nil
	}
	claimed, ok := bytes.CutPrefix(extension, []byte("chunk-signature="))
	if !ok || len(claimed) != len(c.claimed) {
		return 0, errFraming()
	}
	copy(c.claimed[:], claimed)
	return size, nil
}

// parseHex parses a size of one to sixteen hex digits, without a sign.
func parseHex(digits []byte) (size int64, ok bool) {
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	for _, d := range digits {
		switch {
		case size > math.MaxInt64>>4:
			return 0, false
		case '0' <= d && d <= '9':
			d -= '0'
		case 'a' <= d && d <= 'f':
			d -= 'a' - 10
		case 'A' <= d && d <= 'F':
			d -= 'A' - 10
		default:
			return 0, false
		}
		size = size<<4 | int64(d)
	}
	return size, true
}

// data fills p with bytes of the current chunk, at least one.
func (c *chunkReader) data(p []byte) (int, error) {
	if int64(len(p)) > c.chunk {
		p = p[:c.chunk]
	}
	n := copy(p, c.buf[c.start:c.end])
	c.start += n
	if n == 0 {
		var err error
		if n, err = c.readSource(p); err != nil {
			return 0, err
		}
	}
	if c.chain != nil {
		c.chunkSum.Write(p[:n])
	}
	for _, sum := range c.checksums {
		sum.hash.Write(p[:n])
	}
	c.chunk -= int64(n)
	c.left -= int64(n)
	return n, nil
}

// endChunk checks what follows the data of a chunk, and its signature.
func (c *chunkReader) endChunk() error {
	line, ending, err := c.line()
	if err != nil {
		return err
	}
	if len(line) != 0 || ending != crlf {
		return errFraming()
	}
	return c.checkChunk()
}

func (c *chunkReader) checkChunk() error {
	if c.chain == nil {
		return nil
	}
	c.chunkSum.Sum(c.sum[:0])
	c.chunkSum.Reset()
	if want := c.chain.chunk(c.sum); subtle.ConstantTimeCompare(want[:], c.claimed[:]) != 1 {
		return errSignature()
	}
	return nil
}

// expectEnd returns io.EOF if the body ends here.
func (c *chunkReader) expectEnd() error {
	if c.start < c.end {
		return errExcess()
	}
	switch err := c.fill(); err {
	case nil:
		return errExcess()
	case errEnded:
		return io.EOF
	default:
		return err
	}
}

// An ending is how a line ends.
type ending int

const (
	lf   ending = iota // a bare line feed; only in trailers
	crlf               // as it should
)

// line returns the next line without its ending. It is good until the next
// call.
func (c *chunkReader) line() ([]byte, ending, error) {
	for searched := 0; ; {
		ahead := c.buf[c.start:c.end]
		if i := bytes.IndexByte(ahead[searched:], '\n'); i >= 0 {
			line := ahead[:searched+i]
			c.start += len(line) + 1
			if line, ok := bytes.CutSuffix(line, []byte("\r")); ok {
				return line, crlf, nil
			}
			return line, lf, nil
		}
		searched = len(ahead)
		if searched == len(c.buf) {
			return nil, 0, errFraming()
		}
		if err := c.fill(); err == errEnded {
			return nil, 0, errIncomplete()
		} else if err != nil {
			return nil, 0, err
		}
	}
}

// errEnded says that the source has ended, which is for the caller to judge.
var errEnded = errors.New("end of body")

// fill reads more into the buffer, at least one byte. The buffer must have room.
func (c *chunkReader) fill() error {
	if c.start > 0 {
		c.end = copy(c.buf[:], c.buf[c.start:c.end])
		c.start = 0
	}
	n, err := io.ReadAtLeast(c.src, c.buf[c.end:], 1)
	c.end += n
	switch {
	case n > 0:
		return nil
	case err == io.EOF:
		return errEnded
	}
	return err
}

// readSource reads payload into p, at least one byte.
func (c *chunkReader) readSource(p []byte) (int, error) {
	n, err := io.ReadAtLeast(c.src, p, 1)
	if err == io.EOF {
		err = errIncomplete()
	}
	return n, err
}

func errFraming() *Error {
	return refuse(CodeInvalidRequest, "The body is not in the aws-chunked coding that x-amz-content-sha256 announces.")
}
