package sigv4

import (
	"net/http"
	"strings"
	"time"
)

const serviceS3 = "s3"

// The version 4 Authorization header, parts in any order, spaces optional:
//
//	AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws4_request,
//	    SignedHeaders=host;x-amz-date, Signature=<64 hex digits>

// verifyHeader checks a version 4 signature in the Authorization header.
func (v *Verifier) verifyHeader(r *http.Request, sc *scratch) (*Result, error) {
	c, list, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, err
	}
	res := &Result{Type: HeaderV4}
	if res.Date, err = requestTime(r.Header); err != nil {
		return nil, err
	}
	c.stamp = res.Date.Format(timeLayout)
	if err := v.checkCredential(&c.credential, c.stamp, CodeAuthorizationHeaderMalformed, headerMalformed); err != nil {
		return nil, err
	}
	if err := v.checkSkew(res.Date); err != nil {
		return nil, err
	}
	signed, ok := parseSignedHeaders(list)
	if !ok {
		return nil, refuse(CodeAuthorizationHeaderMalformed, headerMalformed+"the SignedHeaders are not in order.")
	}
	if err := checkCovered(r.Header, signed); err != nil {
		return nil, err
	}
	if res.SessionToken, err = single(r.Header, "X-Amz-Security-Token"); err != nil {
		return nil, err
	}
	hash, err := payloadHash(r, c.service)
	if err != nil {
		return nil, err
	}
	if err := res.promise(hash); err != nil {
		return nil, err
	}
	req := canonicalRequest{Request: r, params: sc.params, signed: signed, payloadHash: hash}
	if err := v.confirm(res, &c, &req, sc); err != nil {
		return nil, err
	}
	return res, nil
}

const headerMalformed = "The authorization header is malformed; "

// parseAuthorization splits the header into the claim and the SignedHeaders.
func parseAuthorization(text string) (c claim, signedHeaders string, err error) {
	malformed := func(what string) error {
		return refuse(CodeAuthorizationHeaderMalformed, headerMalformed+what)
	}
	text = strings.TrimPrefix(text, algorithm)
	var cred string
	for text != "" {
		var part string
		part, text, _ = strings.Cut(text, ",")
		name, value, _ := strings.Cut(strings.Trim(part, " \t"), "=")
		var field *string
		switch name {
		case "Credential":
			field = &cred
		case "SignedHeaders":
			field = &signedHeaders
		case "Signature":
			field = &c.signature
		default:
			return claim{}, "", malformed("only Credential, SignedHeaders and Signature are expected.")
		}
		if *field != "" || value == "" {
			return claim{}, "", malformed(name + " must be given once and not be empty.")
		}
		*field = value
	}
	if cred == "" || signedHeaders == "" || c.signature == "" {
		return claim{}, "", malformed("Credential, SignedHeaders and Signature are needed.")
	}
	var ok bool
	if c.credential, ok = parseCredential(cred); !ok {
		return claim{}, "", malformed(credentialMalformed)
	}
	return c, signedHeaders, nil
}

// A credential is an access key and the scope of a signature made with it.
type credential struct {
	accessKey string
	scope
}

const credentialMalformed = `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`

// parseCredential splits a credential from the right, because MinIO allows
// slashes in access keys.
func parseCredential(text string) (c credential, ok bool) {
	rest, terminal, _ := cutLast(text)
	rest, c.service, _ = cutLast(rest)
	rest, c.region, _ = cutLast(rest)
	c.accessKey, c.date, ok = cutLast(rest)
	return c, ok && terminal == scopeTerminal && c.accessKey != "" && len(c.date) == len("20060102")
}

func cutLast(s string) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", s, false
}

// checkCredential checks the scope against the time that was signed and what
// this verifier serves.
func (v *Verifier) checkCredential(c *credential, stamp, code, prefix string) error {
	if !strings.HasPrefix(stamp, c.date) {
		return refuse(code, prefix+"invalid credential date "+quote(c.date)+". This date is not the same as X-Amz-Date: "+quote(stamp[:8])+".")
	}
	if !v.serves(c.service) {
		return refuse(code, prefix+"incorrect service "+quote(c.service)+".")
	}
	if v.Region != "" && c.region != v.Region {
		err := refuse(code, prefix+"the region '"+printable(c.region)+"' is wrong; expecting '"+v.Region+"'")
		err.Region = v.Region
		return err
	}
	return nil
}

// quote quotes a piece of the request for a message.
func quote(s string) string { return `"` + printable(s) + `"` }

// printable returns at most 64 bytes of s, without any that could break a log
// line or an XML document.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' {
			return '?'
		}
		return r
	}, s[:min(len(s), 64)])
}

// requestTime returns when the request says it was made: x-amz-date, else Date.
// The time itself is part of what is signed, whether or not the header is.
func requestTime(h http.Header) (time.Time, error) {
	text, err := single(h, "X-Amz-Date")
	if err != nil {
		return time.Time{}, err
	}
	if text == "" {
		if text, err = single(h, "Date"); err != nil {
			return time.Time{}, err
		}
	}
	for _, layout := range [...]string{
		timeLayout,
		"Mon, 2 Jan 2006 15:04:05 GMT",
		"Mon, 2 Jan 2006 15:04:05 -0700",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errNoDate()
}

func (v *Verifier) checkSkew(t time.Time) error {
	if d := v.now().Sub(t); d > v.maxSkew() || d < -v.maxSkew() {
		return errSkewed()
	}
	return nil
}

// payloadHash returns the last line of the canonical request.
func payloadHash(r *http.Request, service string) (string, error) {
	text, err := single(r.Header, "X-Amz-Content-Sha256")
	if err != nil || text != "" {
		return text, err
	}
	if service != serviceS3 {
		return hashBody(r)
	}
	if r.ContentLength == 0 {
		return EmptySHA256, nil
	}
	return "", refuse(CodeMissingSecurityHeader, "Your request was missing a required header: x-amz-content-sha256")
}
