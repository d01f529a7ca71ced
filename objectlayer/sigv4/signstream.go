package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// clientChunk is the size of the chunks we send, which is that of most SDKs.
const clientChunk = 64 << 10

// SignStream signs r for a body in chunks, and replaces r.Body, which must have
// size bytes, by its aws-chunked coding. p says which kind of chunks; trailer
// is the lower-case name of the checksum to send behind them, such as
// "x-amz-checksum-crc32c", and empty for SignedChunks, which has no place for
// one. It sets the headers this takes and the content length; r.GetBody is
// cleared, because a stream is signed once.
func (s Signer) SignStream(r *http.Request, size int64, p Payload, trailer string, now time.Time) error {
	e := &chunkEncoder{src: r.Body, left: size}
	if (trailer == "") != (p == SignedChunks) {
		return errors.New("sigv4: sign stream: a trailer goes with a payload that has one")
	}
	if trailer != "" {
		var ok bool
		if e.sum, ok = newChecksum(trailer); !ok {
			return fmt.Errorf("sigv4: sign stream: unknown trailer %q", trailer)
		}
		r.Header.Set("X-Amz-Trailer", trailer)
	}
	keyword, ok := map[Payload]string{
		SignedChunks:          signedChunks,
		SignedChunksTrailer:   signedChunksTrailer,
		UnsignedChunksTrailer: unsignedChunksTrailer,
	}[p]
	if !ok {
		return errors.New("sigv4: sign stream: this payload has no chunks")
	}
	coding := "aws-chunked"
	if inner := r.Header.Get("Content-Encoding"); inner != "" {
		coding += "," + inner
	}
	r.Header.Set("Content-Encoding", coding)
	r.Header.Set("X-Amz-Decoded-Content-Length", strconv.FormatInt(size, 10))
	chain, err := s.sign(r, keyword, now)
	if err != nil {
		return err
	}
	if p != UnsignedChunksTrailer {
		e.chain = chain
	}
	r.ContentLength = e.length(size)
	r.Body, r.GetBody = e, nil
	return nil
}

// A chunkEncoder puts a payload into chunks while it is read.
type chunkEncoder struct {
	src   io.ReadCloser
	left  int64     // bytes of payload still to read
	chain *chain    // nil: unsigned
	sum   *checksum // nil: none

	buf  []byte // lineRoom, then a chunk of payload, then CRLF
	out  []byte // what of buf is still to be handed out
	done bool   // the last piece is in out
}

// lineRoom is what the line in front of a chunk needs at most.
const lineRoom = 16 + len(";chunk-signature=") + len(signatureText{}) + len("\r\n")

func (e *chunkEncoder) Read(p []byte) (int, error) {
	if len(e.out) == 0 {
		if e.done {
			return 0, io.EOF
		}
		if err := e.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, e.out)
	e.out = e.out[n:]
	return n, nil
}

// Close closes the payload.
func (e *chunkEncoder) Close() error {
	if e.src == nil {
		return nil
	}
	return e.src.Close()
}

// next puts the next chunk into out.
func (e *chunkEncoder) next() error {
	if e.buf == nil {
		e.buf = make([]byte, lineRoom+int(min(e.left, clientChunk))+len("\r\n"))
	}
	n := int(min(e.left, clientChunk))
	data := e.buf[lineRoom : lineRoom+n]
	if n > 0 {
		if _, err := io.ReadFull(e.src, data); err != nil {
			return fmt.Errorf("sigv4: read payload: %w", err)
		}
	}
	e.left -= int64(n)
	if e.sum != nil {
		e.sum.hash.Write(data)
	}
	line := e.line(data)
	start := lineRoom - len(line)
	copy(e.buf[start:], line)
	if n > 0 {
		e.out = append(e.buf[start:lineRoom+n], "\r\n"...)
		return nil
	}
	if err := e.expectEnd(); err != nil {
		return err
	}
	e.out = append(line, e.end()...)
	e.done = true
	return nil
}

// expectEnd checks that the payload is not longer than was said.
func (e *chunkEncoder) expectEnd() error {
	if e.src == nil {
		return nil
	}
	_, err := io.ReadFull(e.src, make([]byte, 1))
	switch err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("sigv4: payload is longer than its size")
	}
	return fmt.Errorf("sigv4: read payload: %w", err)
}

// line returns the line in front of a chunk.
func (e *chunkEncoder) line(data []byte) []byte {
	line := strconv.AppendInt(nil, int64(len(data)), 16)
	if e.chain != nil {
		signature := e.chain.chunk(sha256.Sum256(data))
		line = append(append(line, ";chunk-signature="...), signature[:]...)
	}
	return append(line, "\r\n"...)
}

// end returns what follows the line of the zero chunk.
func (e *chunkEncoder) end() []byte {
	var out []byte
	if e.sum != nil {
		value := e.sum.String()
		out = append(out, e.sum.name+":"+value+"\r\n"...)
		if e.chain != nil {
			signature := e.chain.trailer(sha256.Sum256([]byte(e.sum.name + ":" + value + "\n")))
			out = append(append(append(out, trailerSignature+":"...), signature[:]...), "\r\n"...)
		}
	}
	return append(out, "\r\n"...)
}

// length returns the length of a payload of size bytes in chunks.
func (e *chunkEncoder) length(size int64) int64 {
	total := size/clientChunk*e.chunkLength(clientChunk) + e.chunkLength(0) + int64(len("\r\n"))
	if rest := size % clientChunk; rest > 0 {
		total += e.chunkLength(rest)
	}
	if e.sum == nil {
		return total
	}
	total += int64(len(e.sum.name+":") + base64.StdEncoding.EncodedLen(e.sum.hash.Size()) + len("\r\n"))
	if e.chain != nil {
		total += int64(len(trailerSignature+":") + len(signatureText{}) + len("\r\n"))
	}
	return total
}

func (e *chunkEncoder) chunkLength(n int64) int64 {
	length := int64(len(strconv.FormatInt(n, 16)) + len("\r\n"))
	if e.chain != nil {
		length += int64(len(";chunk-signature=") + len(signatureText{}))
	}
	if n > 0 {
		length += n + int64(len("\r\n"))
	}
	return length
}
