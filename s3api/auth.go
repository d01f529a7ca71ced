package s3api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// accepts is a set of kinds of authentication.
type accepts uint8

const (
	signed    accepts = 1 << iota // a signature in a header or in the query
	anonymous                     // none; the Gate decides what strangers may do
	chunked                       // a signature over the head, and a body in chunks
	form                          // a signature in the fields of a form, which the operation checks itself
)

// kindOf says which kind of authentication a request has.
func kindOf(res *sigv4.Result) accepts {
	var kind accepts
	switch res.Type {
	case sigv4.HeaderV4, sigv4.PresignedV4, sigv4.HeaderV2, sigv4.PresignedV2:
		kind = signed
	case sigv4.Anonymous:
		kind = anonymous
	case sigv4.PostV4, sigv4.PostV2:
		return form
	default:
		return 0 // a kind this release does not know is not accepted anywhere
	}
	if res.Payload.Chunked() {
		kind |= chunked
	}
	return kind
}

// secrets lets the verifier ask the accounts. A session token is looked at together with its key, so it has to be known
// before the signature is checked; the context carries it.
type secrets struct{ accounts objectlayer.Accounts }

type tokenKey struct{}

func (s secrets) Secret(ctx context.Context, accessKey string) (string, bool, error) {
	token, _ := ctx.Value(tokenKey{}).(string)
	return s.accounts.Secret(ctx, accessKey, token)
}

// authenticate finds out who calls. Only what the verifier has proven is used.
func (c *call) authenticate() error {
	verifier := &c.s.verifier
	if c.route.anyRegion {
		verifier = &c.s.anyRegion
	}
	token, r := c.sessionToken(), c.r
	if token != "" {
		r = r.WithContext(context.WithValue(r.Context(), tokenKey{}, token))
	}
	res, err := verifier.Verify(r)
	if err != nil {
		return ofSignature(err)
	}
	if kind := kindOf(res); kind == 0 || kind&c.route.accepts != kind {
		if res.Type == sigv4.Anonymous {
			return s3err.AccessDenied
		}
		return s3err.New(s3err.InvalidRequest, "This operation does not take this kind of authentication.")
	}
	if res.SessionToken != token && res.Type != sigv4.Anonymous {
		return s3err.InvalidTokenID
	}
	return c.identify(res)
}

// sessionToken returns the token a request shows, wherever it is. That it is the one that was signed is checked afterwards.
func (c *call) sessionToken() string {
	if t := c.header("X-Amz-Security-Token"); t != "" {
		return t
	}
	return c.query.Get("X-Amz-Security-Token")
}

// identify makes the caller of a result and opens their view of the store.
func (c *call) identify(res *sigv4.Result) error {
	caller, err := c.s.o.Accounts.Caller(c.r.Context(), res.AccessKey)
	if err != nil {
		return err
	}
	if res.Type == sigv4.Anonymous && !caller.Anonymous() {
		return s3err.AccessDenied
	}
	caller.Door, caller.RequestID = "s3", c.id
	caller.RemoteAddr, caller.UserAgent, caller.Secure = c.r.RemoteAddr, c.r.UserAgent(), c.r.TLS != nil
	if !caller.Root {
		caller.Attributes = c.attributes(res)
	}
	c.auth, c.caller, c.view = res, caller, c.s.o.Gate.Store(caller)
	return nil
}

// policyHeaders are the request headers policies may ask about, by the name of their condition key without "s3:" (AWS
// service authorization reference, "Condition keys for Amazon S3").
var policyHeaders = []string{
	"X-Amz-Acl", "X-Amz-Content-Sha256", "X-Amz-Copy-Source", "X-Amz-Metadata-Directive", "X-Amz-Server-Side-Encryption",
	"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "X-Amz-Server-Side-Encryption-Customer-Algorithm", "X-Amz-Storage-Class",
	"X-Amz-Website-Redirect-Location", "X-Amz-Object-Ownership",
}

// policyQuery are the query parameters policies may ask about.
var policyQuery = []string{"prefix", "delimiter", "max-keys", "versionId"}

// attributes returns what policies may ask about a request. The keys are those of conditions, in lower case. Only the names
// listed here are taken from the client, so that no header can pass for something the server says.
func (c *call) attributes(res *sigv4.Result) map[string]string {
	a := map[string]string{"aws:useragent": c.r.UserAgent(), "aws:securetransport": "false"}
	if c.r.TLS != nil {
		a["aws:securetransport"] = "true"
	}
	if host, _, err := net.SplitHostPort(c.r.RemoteAddr); err == nil {
		a["aws:sourceip"] = host
	}
	if referer := c.header("Referer"); referer != "" {
		a["aws:referer"] = referer
	}
	for _, name := range policyHeaders {
		if v := c.header(name); v != "" {
			a["s3:"+strings.ToLower(name)] = v
		}
	}
	for _, name := range policyQuery {
		if c.query.Has(name) {
			a["s3:"+strings.ToLower(name)] = c.query.Get(name)
		}
	}
	if v := c.header("If-Match"); v != "" && c.r.Method != http.MethodGet {
		a["s3:if-match"] = v
	}
	if v := c.header("If-None-Match"); v != "" && c.r.Method != http.MethodGet {
		a["s3:if-none-match"] = v
	}
	switch res.Type {
	case sigv4.HeaderV4:
		a["s3:authtype"], a["s3:signatureversion"] = "REST-HEADER", "AWS4-HMAC-SHA256"
	case sigv4.HeaderV2:
		a["s3:authtype"], a["s3:signatureversion"] = "REST-HEADER", "AWS"
	case sigv4.PresignedV4:
		a["s3:authtype"], a["s3:signatureversion"] = "REST-QUERY-STRING", "AWS4-HMAC-SHA256"
		a["s3:signatureage"] = decimal(c.began.Sub(res.Date).Milliseconds())
	case sigv4.PresignedV2:
		a["s3:authtype"], a["s3:signatureversion"] = "REST-QUERY-STRING", "AWS"
	case sigv4.PostV4:
		a["s3:authtype"], a["s3:signatureversion"] = "POST", "AWS4-HMAC-SHA256"
	case sigv4.PostV2:
		a["s3:authtype"], a["s3:signatureversion"] = "POST", "AWS"
	}
	return a
}

// ofSignature translates a refusal of the verifier. Other errors are the accounts'.
func ofSignature(err error) error {
	var refused *sigv4.Error
	if !errors.As(err, &refused) {
		return err
	}
	code, ok := s3err.Lookup(refused.Code)
	if !ok {
		return err
	}
	e := s3err.New(code, refused.Message)
	e.Region = refused.Region
	return e
}
