package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// AuthType says how a request was authenticated.
type AuthType int

// The ways to authenticate. Anonymous is the zero value: no way.
const (
	Anonymous AuthType = iota
	HeaderV4
	PresignedV4
	PostV4
	HeaderV2
	PresignedV2
	PostV2
)

// String returns a name for logs.
func (t AuthType) String() string {
	switch t {
	case Anonymous:
		return "anonymous"
	case HeaderV4:
		return "v4-header"
	case PresignedV4:
		return "v4-presigned"
	case PostV4:
		return "v4-post"
	case HeaderV2:
		return "v2-header"
	case PresignedV2:
		return "v2-presigned"
	case PostV2:
		return "v2-post"
	}
	return fmt.Sprintf("AuthType(%d)", int(t))
}

// Payload says what a request promised about its body.
type Payload int

// The promises. Unsigned is the zero value: none.
const (
	Unsigned              Payload = iota // UNSIGNED-PAYLOAD, or nothing was said
	Hashed                               // the SHA-256 of the body
	SignedChunks                         // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
	SignedChunksTrailer                  // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
	UnsignedChunksTrailer                // STREAMING-UNSIGNED-PAYLOAD-TRAILER
)

// What x-amz-content-sha256 can say instead of a hash, and the hash of nothing.
const (
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	EmptySHA256     = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

	signedChunks          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	signedChunksTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	unsignedChunksTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	ecdsaChunksPrefix     = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
)

// Chunked reports whether the body is in aws-chunked coding.
func (p Payload) Chunked() bool { return p >= SignedChunks }

// A Result is what a verified request, or an anonymous one, has said about
// itself. The signature of everything in it has been checked.
type Result struct {
	Type AuthType
	// AccessKey is whose secret made the signature; empty when Anonymous.
	AccessKey string
	// SessionToken came with temporary credentials. It is covered by the
	// signature (in a form, by the policy, once that is checked), but whether
	// it is valid, belongs to AccessKey, or is missing, is for the accounts
	// to say.
	SessionToken string
	// SignedHeaders are the lower-case names of the headers a version 4
	// signature covers, in order.
	SignedHeaders []string
	// Date is when the request says it was signed; zero when Anonymous,
	// PresignedV2 or PostV2.
	Date time.Time
	// Region and Service are those of the scope; empty in version 2.
	Region, Service string
	// Payload is what was promised about the body. Body holds it to that.
	Payload Payload
	// Signature is the one that was sent, as it was sent.
	Signature string

	hash [sha256.Size]byte // Payload == Hashed: of the body
	seed *chain            // Payload with signed chunks: where their chain begins
}

// promise records what x-amz-content-sha256 says of the body.
func (res *Result) promise(text string) error {
	switch text {
	case "", UnsignedPayload:
		res.Payload = Unsigned
		return nil
	case signedChunks:
		res.Payload = SignedChunks
		return nil
	case signedChunksTrailer:
		res.Payload = SignedChunksTrailer
		return nil
	case unsignedChunksTrailer:
		res.Payload = UnsignedChunksTrailer
		return nil
	}
	if strings.HasPrefix(text, ecdsaChunksPrefix) {
		return errECDSA()
	}
	if len(text) == hex.EncodedLen(len(res.hash)) {
		if _, err := hex.Decode(res.hash[:], []byte(text)); err == nil {
			res.Payload = Hashed
			return nil
		}
	}
	return refuse(CodeInvalidArgument, "x-amz-content-sha256 must be "+UnsignedPayload+", "+unsignedChunksTrailer+
		", "+signedChunks+", "+signedChunksTrailer+" or a valid sha256 value.")
}

// refuseChunks is for the ways to authenticate that have no place for chunks:
// S3 takes them with a version 4 Authorization header, and unsigned ones
// without credentials.
func (res *Result) refuseChunks() error {
	if res.Payload.Chunked() {
		return refuse(CodeInvalidRequest, "A payload in chunks needs a version 4 signature in the Authorization header.")
	}
	return nil
}
