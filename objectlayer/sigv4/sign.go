package sigv4

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Signer makes version 4 signatures with one set of credentials. It is a
// plain value; its methods may be called concurrently.
type Signer struct {
	AccessKey, Secret string
	// SessionToken comes with temporary credentials. Empty otherwise.
	SessionToken string
	Region       string
	// Service is what is called. Default: "s3".
	Service string
}

// Sign signs r in its Authorization header. payloadHash is the SHA-256 of the
// body in hex, EmptySHA256 for none, or UnsignedPayload. All headers present
// are signed except those that proxies and transports change; what is added
// or changed afterwards is not, and S3 refuses unsigned x-amz-* headers.
//
// It sets x-amz-date, x-amz-content-sha256 and, where there is a token,
// x-amz-security-token. The error is about a query that cannot be decoded.
func (s Signer) Sign(r *http.Request, payloadHash string, now time.Time) error {
	_, err := s.sign(r, payloadHash, now)
	return err
}

// sign signs r and returns where a chain of chunks would begin.
func (s Signer) sign(r *http.Request, payloadHash string, now time.Time) (*chain, error) {
	stamp, scope := s.scope(now)
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", payloadHash)
	if s.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", s.SessionToken)
	}
	params, malformed := parseQuery(r.URL.RawQuery, nil)
	if malformed {
		return nil, errUnsignable(r.URL)
	}
	req := canonicalRequest{Request: r, params: params, signed: signable(r.Header), payloadHash: payloadHash}
	key := deriveKey(s.Secret, scope)
	signature, refusal := req.signature(&scratch{}, &key, stamp, scope)
	if refusal != nil {
		return nil, refusal
	}
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		algorithm, s.AccessKey, scope, strings.Join(req.signed, ";"), signature[:]))
	return newChain(key, stamp, scope, signature), nil
}

// Presign returns the URL of r with a signature in its query, good from now for
// the given time, which S3 limits to MaxPresign. r is not changed. The headers
// of r are signed as Sign would and must be sent with the URL. Whatever body is
// sent is not covered, unless x-amz-content-sha256 is among them.
func (s Signer) Presign(r *http.Request, lifetime time.Duration, now time.Time) (*url.URL, error) {
	stamp, scope := s.scope(now)
	signed := signable(r.Header)
	params, malformed := parseQuery(r.URL.RawQuery, nil)
	if malformed {
		return nil, errUnsignable(r.URL)
	}
	params = append(params,
		param{"X-Amz-Algorithm", algorithm},
		param{"X-Amz-Credential", s.AccessKey + "/" + scope.String()},
		param{"X-Amz-Date", stamp},
		param{"X-Amz-Expires", strconv.FormatInt(int64(lifetime/time.Second), 10)},
		param{"X-Amz-SignedHeaders", strings.Join(signed, ";")},
	)
	if s.SessionToken != "" {
		params = append(params, param{"X-Amz-Security-Token", s.SessionToken})
	}
	hash := r.Header.Get("X-Amz-Content-Sha256")
	if hash == "" {
		hash = UnsignedPayload
	}
	req := canonicalRequest{Request: r, params: params, signed: signed, payloadHash: hash}
	key := deriveKey(s.Secret, scope)
	signature, refusal := req.signature(&scratch{}, &key, stamp, scope)
	if refusal != nil {
		return nil, refusal
	}
	out := *r.URL
	out.RawQuery = string(appendQuery(nil, params, "")) + "&X-Amz-Signature=" + string(signature[:])
	return &out, nil
}

// SignPost returns the form fields that carry a policy, given as JSON, and its
// signature. The policy must have conditions for x-amz-security-token, if there
// is one, and for every other field the form will have.
func (s Signer) SignPost(policy []byte, now time.Time) Form {
	stamp, scope := s.scope(now)
	form := Form{
		"policy":           base64.StdEncoding.EncodeToString(policy),
		"x-amz-algorithm":  algorithm,
		"x-amz-credential": s.AccessKey + "/" + scope.String(),
		"x-amz-date":       stamp,
	}
	form["x-amz-signature"] = string(postSignature(s.Secret, scope, form["policy"]))
	if s.SessionToken != "" {
		form["x-amz-security-token"] = s.SessionToken
	}
	return form
}

// scope returns the time as it is signed, and the scope of a signature made now.
func (s Signer) scope(now time.Time) (stamp string, sc scope) {
	stamp = now.UTC().Format(timeLayout)
	sc = scope{date: stamp[:8], region: s.Region, service: s.Service}
	if sc.service == "" {
		sc.service = serviceS3
	}
	return stamp, sc
}

func errUnsignable(u *url.URL) error {
	return fmt.Errorf("sigv4: sign request: query of %s cannot be decoded", u.Redacted())
}

// signable returns the names of the headers to sign, in order, host among them.
func signable(h http.Header) []string {
	names := []string{"host"}
	for key := range h {
		switch name := strings.ToLower(key); name {
		case "host", "authorization", "user-agent", "accept-encoding", "connection", "content-length",
			"expect", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-amzn-trace-id":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
