package serve

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash"
	"net/http"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// bearer admits scrapers that show a token: a JWT (RFC 7519) signed with HMAC and the secret of an access key, made for
// Prometheus, that has not expired. Only the operator's key will do.
type bearer struct {
	accounts objectlayer.Accounts
}

const maxToken = 8 << 10

// tokenHeader and tokenClaims are what is read of a token.
type tokenHeader struct {
	Algorithm string   `json:"alg"`
	Critical  []string `json:"crit"`
}

type tokenClaims struct {
	Issuer    string      `json:"iss"`
	Subject   string      `json:"sub"`
	AccessKey string      `json:"accessKey"`
	Expires   json.Number `json:"exp"`
	NotBefore json.Number `json:"nbf"`
}

var errToken = errors.New("the token is not valid")

// require lets requests with a valid token through to next and answers the others with 403.
func (b bearer) require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || b.check(r.Context(), strings.TrimSpace(token), time.Now()) != nil {
			refuseScraper(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// check returns nil for a token that admits its holder at a time. Every refusal is the same error: why is nobody's business.
func (b bearer) check(ctx context.Context, token string, now time.Time) error {
	signed, claims, mac, err := parseToken(token)
	if err != nil {
		return err
	}
	accessKey := claims.Subject
	if accessKey == "" {
		accessKey = claims.AccessKey
	}
	secret, ok, err := b.accounts.Secret(ctx, accessKey, "")
	if err != nil || !ok || secret == "" || !mac.verify(secret, signed) {
		return errToken
	}
	if claims.Issuer != "prometheus" || !claims.valid(now) {
		return errToken
	}
	caller, err := b.accounts.Caller(ctx, accessKey)
	if err != nil || !caller.Root {
		return errToken
	}
	return nil
}

// signature is the third part of a token and how it was made.
type signature struct {
	new func() hash.Hash
	sum []byte
}

// verify compares in constant time.
func (s signature) verify(secret, signed string) bool {
	h := hmac.New(s.new, []byte(secret))
	h.Write([]byte(signed))
	return hmac.Equal(h.Sum(nil), s.sum)
}

// parseToken cuts a token in the form of RFC 7515 section 3.1. The algorithm is one of three; "none" is not among them.
func parseToken(token string) (signed string, claims tokenClaims, mac signature, err error) {
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") { // which the decoder would skip
		return "", tokenClaims{}, signature{}, errToken
	}
	cut := strings.LastIndexByte(token, '.')
	if cut < 0 {
		return "", tokenClaims{}, signature{}, errToken
	}
	signed = token[:cut]
	head, body, found := strings.Cut(signed, ".")
	var header tokenHeader
	sum, sumErr := base64.RawURLEncoding.Strict().DecodeString(token[cut+1:])
	if err := errors.Join(decodePart(head, &header), decodePart(body, &claims), sumErr); err != nil || !found || len(header.Critical) > 0 {
		return "", tokenClaims{}, signature{}, errToken
	}
	switch header.Algorithm {
	case "HS512":
		mac = signature{sha512.New, sum}
	case "HS384":
		mac = signature{sha512.New384, sum}
	case "HS256":
		mac = signature{sha256.New, sum}
	default:
		return "", tokenClaims{}, signature{}, errToken
	}
	return signed, claims, mac, nil
}

func decodePart(part string, into any) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// valid checks the times of a token; one without an end is not valid.
func (c tokenClaims) valid(now time.Time) bool {
	expires, err := c.Expires.Float64()
	if err != nil || float64(now.Unix()) >= expires {
		return false
	}
	if c.NotBefore == "" {
		return true
	}
	from, err := c.NotBefore.Float64()
	return err == nil && float64(now.Unix()) >= from
}

// refuseScraper answers as MinIO's metrics do: in JSON.
func refuseScraper(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body, err := json.Marshal(struct {
		Code, Message, Resource string
		RequestID               string `json:"RequestId"`
		HostID                  string `json:"HostId"`
	}{"AccessDenied", "Access Denied.", r.URL.Path, h.Get("X-Amz-Request-Id"), h.Get("X-Amz-Id-2")})
	if err != nil {
		body = nil // strings always marshal
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(body) // a client that is gone cannot be told
}
