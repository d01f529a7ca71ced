package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The canonical request is the text both sides hash, so that they agree about
// what was asked although proxies and libraries rewrite requests on the way:
//
//	PUT                                       method
//	/bucket/my%20key                          path, encoded once
//	partNumber=1&uploadId=abc                 query, encoded, sorted
//	host:example.com                          each signed header, folded
//	x-amz-date:20130524T000000Z
//	                                          an empty line
//	host;x-amz-date                           the names of the signed headers
//	44ce7dd67c959e0d...                       what is promised about the body
//
// Source: "Create a canonical request" in the AWS Signature Version 4
// documentation. S3 differs from other services in one point: the path is
// encoded once, not twice, and not cleaned of "//" and "..".

const (
	algorithm      = "AWS4-HMAC-SHA256"
	algorithmECDSA = "AWS4-ECDSA-P256-SHA256"

	// timeLayout is ISO 8601's basic format, the only one SigV4 writes.
	timeLayout = "20060102T150405Z"
)

// scratch is the working memory of one verification.
type scratch struct {
	buf    []byte
	params []param
}

// A canonicalRequest names what goes into the canonical request beside the
// request itself.
type canonicalRequest struct {
	*http.Request
	params      []param // the query, sorted in place
	skip        string  // the query parameter that carries the signature, if any
	signed      []string
	payloadHash string // last line: a hash in hex or one of the payload keywords
}

// appendTo appends the canonical request. The error names a signed header that
// the request does not have.
func (c *canonicalRequest) appendTo(dst []byte) ([]byte, *Error) {
	dst = append(append(dst, c.Method...), '\n')
	dst = append(appendPath(dst, c.URL.Path), '\n')
	dst = append(appendQuery(dst, c.params, c.skip), '\n')
	for _, name := range c.signed {
		var ok bool
		if dst, ok = appendHeader(dst, c.Request, name); !ok {
			return dst, errUnsigned(name)
		}
	}
	dst = append(dst, '\n')
	for i, name := range c.signed {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, name...)
	}
	dst = append(dst, '\n')
	return append(dst, c.payloadHash...), nil
}

// appendStringToSign appends what is signed: the algorithm, when, for what
// scope, and the hash of the canonical request.
func appendStringToSign(dst []byte, stamp string, s scope, canonical []byte) []byte {
	sum := sha256.Sum256(canonical)
	dst = append(dst, algorithm...)
	dst = append(dst, '\n')
	dst = append(append(dst, stamp...), '\n')
	dst = append(s.appendTo(dst), '\n')
	return hex.AppendEncode(dst, sum[:])
}

// signature returns the signature of the request as 64 hex digits. The text it
// was computed from is left in sc.buf.
func (c *canonicalRequest) signature(sc *scratch, key *signingKey, stamp string, s scope) (signatureText, *Error) {
	var text signatureText
	canonical, err := c.appendTo(sc.buf[:0])
	if err != nil {
		return text, err
	}
	whole := appendStringToSign(canonical, stamp, s, canonical)
	sc.buf = whole
	sum := hmacSHA256(key[:], whole[len(canonical):])
	hex.Encode(text[:], sum[:])
	return text, nil
}

const upperHex = "0123456789ABCDEF"

// unreserved reports whether c stands for itself in an encoded path or query
// (RFC 3986, section 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

func appendEncoded(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

func appendPath(dst []byte, path string) []byte {
	if path == "" {
		return append(dst, '/')
	}
	for i := range len(path) {
		if c := path[i]; c == '/' || unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// A param is one name=value of a query, decoded.
type param struct{ name, value string }

// parseQuery appends the parameters of raw to dst, in their order. It sees at
// least what url.ParseQuery sees, so that no handler can act on a parameter
// that was not signed; it also sees those with a semicolon, which ParseQuery
// drops. Parameters that cannot be decoded are left out and reported.
func parseQuery(raw string, dst []param) (params []param, malformed bool) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			malformed = true
			continue
		}
		dst = append(dst, param{name, value})
	}
	return dst, malformed
}

// appendQuery appends the canonical query of params without those named skip,
// and leaves params sorted.
func appendQuery(dst []byte, params []param, skip string) []byte {
	slices.SortFunc(params, func(a, b param) int {
		if d := compareEncoded(a.name, b.name); d != 0 {
			return d
		}
		return compareEncoded(a.value, b.value)
	})
	first := true
	for _, p := range params {
		if skip != "" && p.name == skip {
			continue
		}
		if !first {
			dst = append(dst, '&')
		}
		first = false
		dst = append(appendEncoded(dst, p.name), '=')
		dst = appendEncoded(dst, p.value)
	}
	return dst
}

// compareEncoded orders a and b as their encoded forms are ordered, without
// encoding them: '%' sorts before every unreserved byte, and upper-case hex
// keeps the order of bytes.
func compareEncoded(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if ua, ub := unreserved(a[i]), unreserved(b[i]); ua != ub {
			if ub {
				return -1
			}
			return 1
		}
		return int(a[i]) - int(b[i])
	}
	return len(a) - len(b)
}

// appendHeader appends "name:value\n" for a header of r, whose name is in
// lower case, or reports that r has no such header. Several values are joined
// with commas.
func appendHeader(dst []byte, r *http.Request, name string) ([]byte, bool) {
	dst = append(append(dst, name...), ':')
	if name == "host" {
		host := r.Host
		if host == "" {
			host = r.URL.Host
		}
		return append(appendFolded(dst, host), '\n'), host != ""
	}
	values, ok := lookup(r.Header, name)
	if !ok {
		dst, ok = appendMoved(dst, r, name)
		return append(dst, '\n'), ok
	}
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFolded(dst, value)
	}
	return append(dst, '\n'), true
}

// appendMoved appends the value of a header that net/http takes out of the
// header map and keeps elsewhere, or drops once it has obeyed it.
func appendMoved(dst []byte, r *http.Request, name string) ([]byte, bool) {
	switch name {
	case "content-length":
		return strconv.AppendInt(dst, r.ContentLength, 10), r.ContentLength >= 0
	case "transfer-encoding":
		return append(dst, strings.Join(r.TransferEncoding, ",")...), len(r.TransferEncoding) > 0
	case "expect":
		// HTTP/2 servers and some proxies remove it; it has one possible value.
		return append(dst, "100-continue"...), true
	}
	return dst, false
}

// lookup finds the values of the header whose lower-case name is given, without
// allocating the canonical form of the name.
func lookup(h http.Header, name string) ([]string, bool) {
	key := make([]byte, 0, 64)
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		key = append(key, c)
		upper = c == '-'
	}
	values, ok := h[string(key)]
	return values, ok && len(values) > 0
}

// appendFolded appends value without white space at either end and with every
// run of it in between folded to one space.
func appendFolded(dst []byte, value string) []byte {
	start, gap := len(dst), false
	for i := range len(value) {
		switch c := value[i]; c {
		case ' ', '\t', '\r', '\n', '\v', '\f':
			gap = len(dst) > start
		default:
			if gap {
				dst, gap = append(dst, ' '), false
			}
			dst = append(dst, c)
		}
	}
	return dst
}

// parseSignedHeaders splits the SignedHeaders list. The names must be header
// names in lower case, in order, each once, and host among them, as the
// documentation demands of signers; what it leaves open cannot be exploited.
func parseSignedHeaders(list string) (names []string, ok bool) {
	names = strings.Split(list, ";")
	for i, name := range names {
		if !validHeaderName(name) || i > 0 && names[i-1] >= name {
			return nil, false
		}
	}
	return names, true
}

func validHeaderName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return name != ""
}

// checkCovered demands that the signature covers host and every header that
// can change what the request means. S3 refuses any x-amz-* header outside the
// signature; x-minio-* headers weigh as much here.
func checkCovered(h http.Header, signed []string) *Error {
	if !slices.Contains(signed, "host") {
		return errUnsigned("host")
	}
	var missing []string
	for key := range h {
		if weighty(key) && !slices.ContainsFunc(signed, func(name string) bool { return equalFold(name, key) }) {
			missing = append(missing, strings.ToLower(key))
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return errUnsigned(missing...)
}

// weighty reports whether a header must be signed when it is present. Two that
// need not be are signed in any case, as lines of their own; two are added on
// the way and nothing reads them.
func weighty(key string) bool {
	if !hasPrefixFold(key, "x-amz-") && !hasPrefixFold(key, "x-minio-") {
		return false
	}
	return !equalFold("x-amz-date", key) && !equalFold("x-amz-content-sha256", key) &&
		!equalFold("x-amz-cf-id", key) && !equalFold("x-amz-user-agent", key)
}

func hasPrefixFold(s, lower string) bool {
	return len(s) >= len(lower) && equalFold(lower, s[:len(lower)])
}

// equalFold is strings.EqualFold for ASCII; the first argument is lower case.
func equalFold(lower, s string) bool {
	if len(lower) != len(s) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
