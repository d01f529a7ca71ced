// Package sigv4 makes and checks AWS request signatures.
//
// # Concepts
//
// A client and the server share a secret that never travels. The client writes
// its request in a canonical form, hashes it, and signs the hash together with
// the time and a scope (day, region, service). The server does the same with
// the request as it arrived; if both signatures are equal, the request is that
// client's and nobody changed what was signed.
//
// A signature can travel in the Authorization header, in the query of a
// presigned URL, which whoever holds it may use until it expires, or in the
// fields of an upload form, where it signs a policy that says what the form may
// upload. Signature version 4 (HMAC-SHA256) exists in all three places, and so
// does version 2 (HMAC-SHA1), which old clients still use.
//
// The signature in the header says something about the body too, in
// x-amz-content-sha256: nothing, its hash, or that the body comes in chunks,
// of which each carries a signature chained to the one before, and which may
// end in trailing headers with a checksum. That is why checking has two steps.
//
// # Use
//
//	result, err := verifier.Verify(r)       // who asks; reads no body
//	body, size, err := sigv4.Body(r, result) // the payload, checked while it is read
//
// Browser forms take the other way: Verifier.VerifyPost, then ParsePolicy and
// Policy.Check. Clients use Signer.
//
// # Traps
//
//   - A form's credentials are in its body, where Verify does not look. Refuse
//     a form whose request has others.
//   - Verify before anything rewrites the URL, the host or the headers.
//   - An anonymous Result is not an error. Deciding what strangers may do is
//     the caller's business.
//   - Take the credentials from the Result only, never from the request again.
//   - Always read the payload through Body, also where none is expected.
//   - A payload counts as received when Body's reader has said io.EOF.
//
// Sources: "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3
// API reference, "Signing and authenticating REST requests" in the S3 user
// guide for version 2; what is accepted and refused with which code is listed
// in docs/compat/signatures.md.
package sigv4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Secrets answers for the accounts: what is the secret of this access key.
type Secrets interface {
	// Secret returns the secret of an access key, or ok false for a key that
	// is unknown or disabled. It is called at most once per request, before
	// the signature is checked, so it must not tell the two cases apart in
	// any way a client could see.
	Secret(ctx context.Context, accessKey string) (secret string, ok bool, err error)
}

// DefaultMaxSkew is how far the clocks of client and server may be apart.
const DefaultMaxSkew = 15 * time.Minute

// A Verifier checks signatures. Fill in the fields, then share it by pointer;
// its methods may be called concurrently, its fields must not change any more.
//
// Routes with other rules (a region-free call, another service) take another
// Verifier.
type Verifier struct {
	// Secrets is asked for the secret of each access key. Required.
	Secrets Secrets
	// Region is the one region a scope may name. Empty accepts any, also none.
	Region string
	// Services are those a scope may name. Default: "s3" only.
	Services []string
	// Domains are the base domains of virtual-host style addressing. Only
	// version 2 signatures depend on them, because they cover the bucket
	// that is taken from the host.
	Domains []string
	// MaxSkew is how far the clocks may be apart. Default: DefaultMaxSkew.
	MaxSkew time.Duration
	// Now tells the time. Default: time.Now.
	Now func() time.Time

	keys    keyCache
	scratch sync.Pool // of *scratch
}

// Verify decides who sent r. It reads the URL, the host and the headers; the
// body only where the service is not S3 and the client signed its hash without
// sending that (STS), in which case at most 10 MiB of it are read and put back.
//
// A request without credentials yields a Result of type Anonymous. One with
// more than one set of credentials is refused whatever they are.
//
// Errors are *Error for what the client did wrong, and otherwise those of
// Secrets and of reading the body.
func (v *Verifier) Verify(r *http.Request) (*Result, error) {
	sc := v.borrow()
	defer v.giveBack(sc)
	params, malformed := parseQuery(r.URL.RawQuery, sc.params[:0])
	sc.params = params

	source, err := findCredential(r.Header, params)
	if err != nil {
		return nil, err
	}
	if malformed && source != Anonymous {
		return nil, refuse(CodeInvalidRequest, "The query string could not be decoded.")
	}
	switch source {
	case HeaderV4:
		return v.verifyHeader(r, sc)
	case PresignedV4:
		return v.verifyPresigned(r, sc)
	case HeaderV2:
		return v.verifyHeaderV2(r, sc)
	case PresignedV2:
		return v.verifyPresignedV2(r, sc)
	}
	return verifyAnonymous(r)
}

// findCredential decides which one set of credentials a request carries. This
// is the only place that looks, so that no two checks can look at different
// ones.
func findCredential(h http.Header, params []param) (AuthType, error) {
	source, found := Anonymous, 0
	if values := h["Authorization"]; len(values) > 1 {
		return 0, errTwoCredentials()
	} else if len(values) == 1 && values[0] != "" {
		found++
		scheme, _, _ := strings.Cut(values[0], " ")
		switch scheme {
		case algorithm:
			source = HeaderV4
		case "AWS":
			source = HeaderV2
		case algorithmECDSA:
			return 0, errECDSA()
		default:
			return 0, errMechanism()
		}
	}
	var v4, v2 bool
	for _, p := range params {
		switch p.name {
		case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature":
			v4 = true
		case "AWSAccessKeyId", "Signature":
			v2 = true
		}
	}
	if v4 {
		source, found = PresignedV4, found+1
	}
	if v2 {
		source, found = PresignedV2, found+1
	}
	if found > 1 {
		return 0, errTwoCredentials()
	}
	return source, nil
}

// verifyAnonymous accepts a request without credentials. Its body may be in
// chunks with a checksum behind them, as SDKs send it, but not in signed ones.
func verifyAnonymous(r *http.Request) (*Result, error) {
	text, err := single(r.Header, "X-Amz-Content-Sha256")
	if err != nil {
		return nil, err
	}
	res := &Result{Type: Anonymous}
	if err := res.promise(text); err != nil {
		return nil, err
	}
	if res.Payload == SignedChunks || res.Payload == SignedChunksTrailer {
		return nil, refuse(CodeAccessDenied, "A request without credentials cannot have signed chunks.")
	}
	return res, nil
}

func errECDSA() *Error {
	return refuse(CodeInvalidRequest,
		algorithmECDSA+" (Signature Version 4A) is not supported. Please use "+algorithm+".")
}

// secret looks up the secret of an access key.
func (v *Verifier) secret(ctx context.Context, accessKey string) (string, error) {
	secret, ok, err := v.Secrets.Secret(ctx, accessKey)
	if err != nil {
		return "", fmt.Errorf("look up access key: %w", err)
	}
	if !ok {
		return "", errUnknownKey()
	}
	return secret, nil
}

// A claim is a version 4 signature that has been read and not yet checked.
type claim struct {
	credential
	stamp     string // the time as it was signed
	signature string // 64 hex digits, or whatever was sent
}

// confirm checks the signature of req against the claim, and fills in what of
// the result depends on it.
func (v *Verifier) confirm(res *Result, c *claim, req *canonicalRequest, sc *scratch) error {
	secret, err := v.secret(req.Context(), c.accessKey)
	if err != nil {
		return err
	}
	key, cached := v.keys.get(secret, c.scope)
	if !cached {
		key = deriveKey(secret, c.scope)
	}
	want, refusal := req.signature(sc, &key, c.stamp, c.scope)
	if refusal != nil {
		return refusal
	}
	if subtle.ConstantTimeCompare(want[:], []byte(c.signature)) != 1 {
		return errSignature()
	}
	if !cached {
		v.keys.put(secret, c.scope, key)
	}
	res.AccessKey = c.accessKey
	res.Region, res.Service = c.region, c.service
	res.SignedHeaders = req.signed
	res.Signature = c.signature
	if res.Payload == SignedChunks || res.Payload == SignedChunksTrailer {
		res.seed = newChain(key, c.stamp, c.scope, want)
	}
	return nil
}

func (v *Verifier) now() time.Time {
	if v.Now != nil {
		return v.Now()
	}
	return time.Now()
}

func (v *Verifier) maxSkew() time.Duration {
	if v.MaxSkew != 0 {
		return v.MaxSkew
	}
	return DefaultMaxSkew
}

func (v *Verifier) serves(service string) bool {
	if v.Services == nil {
		return service == serviceS3
	}
	return slices.Contains(v.Services, service)
}

func (v *Verifier) borrow() *scratch {
	if sc, ok := v.scratch.Get().(*scratch); ok {
		return sc
	}
	return &scratch{buf: make([]byte, 0, 2<<10), params: make([]param, 0, 16)}
}

// giveBack returns sc to the pool, without what it remembers of the request, and
// not at all if the request has made it unusually large.
func (v *Verifier) giveBack(sc *scratch) {
	if cap(sc.buf) > 64<<10 || cap(sc.params) > 256 {
		return
	}
	clear(sc.params)
	v.scratch.Put(sc)
}

// single returns the value of a header that steers verification and so may be
// given only once; empty if it is not given.
func single(h http.Header, key string) (string, error) {
	values := h[key]
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	}
	return "", refuse(CodeInvalidRequest, "The header "+strings.ToLower(key)+" was given more than once.")
}

// maxHashedBody bounds what hashBody holds in memory. MinIO accepts STS
// requests up to this size.
const maxHashedBody = 10 << 20

// hashBody reads the body, puts it back, and returns its hash in hex.
func hashBody(r *http.Request) (string, error) {
	if r.Body == nil {
		return EmptySHA256, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxHashedBody+1))
	if err != nil {
		return "", fmt.Errorf("read body: %w", err)
	}
	if len(data) > maxHashedBody {
		return "", refuse(CodeEntityTooLarge, "Your proposed upload exceeds the maximum allowed size.")
	}
	r.Body = rewound{bytes.NewReader(data), r.Body}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// rewound is a body that has been read and is read again from memory.
type rewound struct {
	io.Reader
	io.Closer
}
