package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A presigned URL carries in its query what the Authorization header carries
// otherwise, and how long it is good for:
//
//	X-Amz-Algorithm=AWS4-HMAC-SHA256    X-Amz-Credential=AKID/20130524/us-east-1/s3/aws4_request
//	X-Amz-Date=20130524T000000Z         X-Amz-Expires=86400
//	X-Amz-SignedHeaders=host            X-Amz-Signature=<64 hex digits>
//
// and, if there is need, X-Amz-Security-Token and X-Amz-Content-Sha256. All of
// the query is signed except the signature.

// MaxPresign is the longest a presigned URL can be good for.
const MaxPresign = 7 * 24 * time.Hour

const queryMalformed = "Error parsing the X-Amz-Credential parameter; "

// verifyPresigned checks a version 4 signature in the query.
func (v *Verifier) verifyPresigned(r *http.Request, sc *scratch) (*Result, error) {
	q, err := parsePresigned(sc.params)
	if err != nil {
		return nil, err
	}
	res := &Result{Type: PresignedV4}
	if res.Date, err = time.Parse(timeLayout, q.stamp); err != nil {
		return nil, errQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
	}
	if err := v.checkCredential(&q.credential, q.stamp, CodeAuthorizationQueryParameters, queryMalformed); err != nil {
		return nil, err
	}
	if err := v.checkLifetime(res.Date, q.lifetime); err != nil {
		return nil, err
	}
	signed, ok := parseSignedHeaders(q.signedHeaders)
	if !ok {
		return nil, errQuery("X-Amz-SignedHeaders must list header names in lower case and in order")
	}
	if err := checkCovered(r.Header, signed); err != nil {
		return nil, err
	}
	if res.SessionToken, err = presignedToken(r.Header, q.token); err != nil {
		return nil, err
	}
	hash, err := res.presignedPromise(r.Header, q.contentSHA256, signed)
	if err != nil {
		return nil, err
	}
	req := canonicalRequest{Request: r, params: sc.params, skip: "X-Amz-Signature", signed: signed, payloadHash: hash}
	if err := v.confirm(res, &q.claim, &req, sc); err != nil {
		return nil, err
	}
	return res, nil
}

// A presigned is the query of a presigned URL, read and not yet checked.
type presigned struct {
	claim
	lifetime      time.Duration
	signedHeaders string
	token         string
	contentSHA256 string
}

func parsePresigned(params []param) (q presigned, err error) {
	var method, cred, expires string
	for _, p := range params {
		var field *string
		switch p.name {
		case "X-Amz-Algorithm":
			field = &method
		case "X-Amz-Credential":
			field = &cred
		case "X-Amz-Date":
			field = &q.stamp
		case "X-Amz-Expires":
			field = &expires
		case "X-Amz-SignedHeaders":
			field = &q.signedHeaders
		case "X-Amz-Signature":
			field = &q.signature
		case "X-Amz-Security-Token":
			field = &q.token
		case "X-Amz-Content-Sha256":
			field = &q.contentSHA256
		default:
			continue
		}
		if *field != "" {
			return presigned{}, errQuery("The query parameter " + p.name + " was given more than once")
		}
		*field = p.value
	}
	switch {
	case method == algorithmECDSA:
		return presigned{}, errECDSA()
	case method == "" || cred == "" || q.stamp == "" || expires == "" || q.signedHeaders == "" || q.signature == "":
		return presigned{}, errQuery("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
			"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	case method != algorithm:
		return presigned{}, errQuery(`X-Amz-Algorithm only supports "` + algorithm + `"`)
	}
	var ok bool
	if q.credential, ok = parseCredential(cred); !ok {
		return presigned{}, errQuery(queryMalformed + credentialMalformed)
	}
	if q.lifetime, err = parseExpires(expires); err != nil {
		return presigned{}, err
	}
	return q, nil
}

func parseExpires(text string) (time.Duration, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, errQuery("X-Amz-Expires should be a number")
	case seconds < 1:
		return 0, errQuery("X-Amz-Expires must be at least 1 second")
	case seconds > int64(MaxPresign/time.Second):
		return 0, errQuery("X-Amz-Expires must be less than a week (in seconds); that is, " +
			"the given X-Amz-Expires must be less than 604800 seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

func errQuery(message string) *Error { return refuse(CodeAuthorizationQueryParameters, message) }

// checkLifetime refuses a URL before its date, give or take the skew of the
// clocks, and after its expiry, to the second.
func (v *Verifier) checkLifetime(date time.Time, lifetime time.Duration) error {
	now := v.now()
	if date.After(now.Add(v.maxSkew())) {
		return refuse(CodeAccessDenied, "Request is not valid yet")
	}
	if now.After(date.Add(lifetime)) {
		return errExpired()
	}
	return nil
}

func errExpired() *Error { return refuse(CodeAccessDenied, "Request has expired") }

// presignedToken returns the session token, which belongs in the query. In a
// header it is covered too, or checkCovered would have refused it; two are
// one too many.
func presignedToken(h http.Header, query string) (string, error) {
	header, err := single(h, "X-Amz-Security-Token")
	if err != nil {
		return "", err
	}
	if query != "" && header != "" {
		return "", errTwoCredentials()
	}
	return query + header, nil
}

// presignedPromise records what is promised about the body and returns the last
// line of the canonical request. The promise can be in the query or in a signed
// header; usually there is none. The hash in an unsigned header proves nothing,
// but the body is still held to it.
func (res *Result) presignedPromise(h http.Header, query string, signed []string) (string, error) {
	header, err := single(h, "X-Amz-Content-Sha256")
	if err != nil {
		return "", err
	}
	line := UnsignedPayload
	switch {
	case query != "":
		line = query
	case header != "" && slices.Contains(signed, "x-amz-content-sha256"):
		line = header
	}
	err = res.promise(line)
	if err == nil && res.Payload == Unsigned {
		err = res.promise(header)
	}
	if err == nil {
		err = res.refuseChunks()
	}
	return line, err
}
