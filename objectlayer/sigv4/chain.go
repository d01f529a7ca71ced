package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
)

// A chain is the row of signatures through a body in chunks. The first, the
// seed, is that of the request; each further one covers the signature before it
// and the hash of a chunk, so chunks cannot be changed, dropped, repeated or
// reordered. What is signed reads
//
//	AWS4-HMAC-SHA256-PAYLOAD                       for the trailer, ...-TRAILER
//	20130524T000000Z                               the time of the request
//	20130524/us-east-1/s3/aws4_request             its scope
//	4f232c4386841ef735655705268965c4...            the signature before
//	e3b0c44298fc1c149afbf4c8996fb924...            hash of nothing; not in the trailer's
//	bf718b6f653bebc184e1479f1935b8da...            hash of the data
//
// Source: "Transferring Payload in Multiple Chunks" and "Including Trailing
// Headers" in the Amazon S3 API reference.
type chain struct {
	key     signingKey
	context string // second and third line
	last    signatureText
}

// A signatureText is a version 4 signature as it is written: 64 hex digits.
type signatureText [2 * sha256.Size]byte

func newChain(key signingKey, stamp string, s scope, seed signatureText) *chain {
	return &chain{key: key, context: "\n" + stamp + "\n" + s.String() + "\n", last: seed}
}

// chunk returns the signature of the next chunk, whose data has this hash.
func (c *chain) chunk(sum [sha256.Size]byte) signatureText {
	return c.sign("AWS4-HMAC-SHA256-PAYLOAD", EmptySHA256+"\n", sum)
}

// trailer returns the signature of the trailing headers.
func (c *chain) trailer(sum [sha256.Size]byte) signatureText {
	return c.sign("AWS4-HMAC-SHA256-TRAILER", "", sum)
}

func (c *chain) sign(kind, between string, sum [sha256.Size]byte) signatureText {
	text := append(make([]byte, 0, 384), kind...)
	text = append(text, c.context...)
	text = append(append(text, c.last[:]...), '\n')
	text = append(text, between...)
	text = hex.AppendEncode(text, sum[:])
	mac := hmacSHA256(c.key[:], text)
	hex.Encode(c.last[:], mac[:])
	return c.last
}
