package sigv4

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"net/http"
	"strings"
)

const trailerSignature = "x-amz-trailer-signature"

// declaredTrailers returns the checksums that x-amz-trailer announces. Nothing
// else may be announced, and nothing where no trailer can follow.
func declaredTrailers(h http.Header, trailing bool) ([]*checksum, error) {
	values := h["X-Amz-Trailer"]
	if len(values) > 0 && !trailing {
		return nil, refuse(CodeInvalidRequest, "x-amz-trailer needs an x-amz-content-sha256 of a payload with a trailer.")
	}
	var sums []*checksum
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			name = strings.ToLower(strings.Trim(name, " \t"))
			sum, ok := newChecksum(name)
			if !ok || findChecksum(sums, []byte(name)) != nil {
				return nil, refuse(CodeInvalidRequest, "The value specified in the x-amz-trailer header is not supported.")
			}
			sums = append(sums, sum)
		}
	}
	return sums, nil
}

func findChecksum(sums []*checksum, name []byte) *checksum {
	for _, sum := range sums {
		if sum.name == string(name) {
			return sum
		}
	}
	return nil
}

// readTrailer reads and checks what stands between the line of the zero chunk
// and the end of the body.
//
// Two dialects are spoken. AWS SDKs end each line with CRLF and the whole with
// an empty line. The S3 documentation, and minio-go after it, ends the headers
// with a line feed, as they are signed, and then adds a CRLF of its own, which
// reads as an empty line in front of the signature or of the end. So an empty
// line is skipped where the line before it ended in a bare line feed.
func (c *chunkReader) readTrailer() error {
	if !c.trailing {
		return c.expectEmptyLine()
	}
	signed := sha256.New() // over the headers in canonical form
	before := crlf
	for {
		line, ending, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			if ending != crlf {
				return errFraming()
			}
			if before == lf && (c.chain != nil || !c.ended()) {
				before = crlf
				continue
			}
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return errTrailer()
		}
		name, value = bytes.ToLower(bytes.Trim(name, " \t")), bytes.Trim(value, " \t")
		if c.chain != nil && string(name) == trailerSignature {
			return c.endSigned(signed, value, ending)
		}
		if err := c.checkTrailer(name, value); err != nil {
			return err
		}
		canonicalTrailer(signed, name, value)
		before = ending
	}
	if c.chain != nil {
		return errSignature() // it is missing
	}
	return c.allSeen()
}

// endSigned checks the signature of the trailer, after which an empty line is
// all there may be.
func (c *chunkReader) endSigned(signed hash.Hash, claimed []byte, ending ending) error {
	if ending != crlf {
		return errTrailer()
	}
	want := c.chain.trailer([sha256.Size]byte(signed.Sum(nil)))
	if subtle.ConstantTimeCompare(want[:], claimed) != 1 {
		return errSignature()
	}
	if err := c.allSeen(); err != nil {
		return err
	}
	return c.expectEmptyLine()
}

// checkTrailer checks one trailing header, which must have been declared.
func (c *chunkReader) checkTrailer(name, value []byte) error {
	sum := findChecksum(c.checksums, name)
	if sum == nil || sum.seen {
		return errTrailer()
	}
	sum.seen = true
	got, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil || len(got) != sum.hash.Size() {
		return refuse(CodeInvalidRequest, "Value for "+sum.name+" trailing header is invalid.")
	}
	if !bytes.Equal(got, sum.hash.Sum(nil)) {
		return refuse(CodeChecksumMismatch, "The "+sum.name+" you specified did not match what we received.")
	}
	c.trailer.Set(sum.name, string(value))
	return nil
}

// allSeen checks that each declared trailer has arrived.
func (c *chunkReader) allSeen() error {
	for _, sum := range c.checksums {
		if !sum.seen {
			return errTrailer()
		}
	}
	return nil
}

func (c *chunkReader) expectEmptyLine() error {
	line, ending, err := c.line()
	if err != nil {
		return err
	}
	if len(line) != 0 || ending != crlf {
		return errFraming()
	}
	return nil
}

// ended reports whether nothing at all follows.
func (c *chunkReader) ended() bool { return c.start == c.end && c.fill() != nil }

// canonicalTrailer writes a trailing header as it is signed.
func canonicalTrailer(w hash.Hash, name, value []byte) {
	for _, piece := range [][]byte{name, []byte(":"), value, []byte("\n")} {
		w.Write(piece)
	}
}

func errTrailer() *Error {
	return refuse(CodeInvalidRequest, "The trailing headers are not those that x-amz-trailer announces.")
}
