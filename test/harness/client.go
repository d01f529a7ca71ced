package harness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Client signs requests and sends them once, as they are. It may be used by many goroutines.
type Client struct {
	URL       string
	AccessKey string // empty to send requests unsigned
	SecretKey string
	HTTP      *http.Client
}

// As returns a client with another credential; with an empty key, one of a stranger.
func (c *Client) As(accessKey, secretKey string) *Client {
	other := *c
	other.AccessKey, other.SecretKey = accessKey, secretKey
	return &other
}

// Request is a request for a bucket or an object.
type Request struct {
	Method string // GET if empty
	Bucket string
	Key    string
	Query  string // raw: "versionId=null&tagging"
	Header map[string]string
	Body   []byte
}

// Response is an answer with its body.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Code is the S3 error code of an answer, from its body or, for HEAD, from its headers; empty if it has none.
func (r *Response) Code() string {
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if err := xml.Unmarshal(r.Body, &document); err == nil {
		return document.Code
	}
	return r.Header.Get("X-Minio-Error-Code")
}

// String describes an answer in a line or two.
func (r *Response) String() string {
	body := r.Body
	if len(body) > 512 {
		body = body[:512]
	}
	return fmt.Sprintf("%d %s %q", r.Status, r.Code(), body)
}

// Do sends a request. The error is that of the connection.
func (c *Client) Do(ctx context.Context, request Request) (*Response, error) {
	r, err := c.New(ctx, request)
	if err != nil {
		return nil, err
	}
	return c.Send(r)
}

// Send sends a request that was made and signed before.
func (c *Client) Send(r *http.Request) (*Response, error) {
	response, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &Response{response.StatusCode, response.Header, body}, nil
}

// Must sends a request that has to succeed.
func (c *Client) Must(tb testing.TB, request Request) *Response {
	tb.Helper()
	response, err := c.Do(tb.Context(), request)
	if err != nil {
		tb.Fatalf("%s %s/%s: %v", request.Method, request.Bucket, request.Key, err)
	}
	if response.Status/100 != 2 {
		tb.Fatalf("%s %s/%s?%s: got %s", request.Method, request.Bucket, request.Key, request.Query, response)
	}
	return response
}

// Refused sends a request that has to end in an error with this status and S3 error code.
func (c *Client) Refused(tb testing.TB, request Request, status int, code string) {
	tb.Helper()
	response, err := c.Do(tb.Context(), request)
	if err != nil {
		tb.Fatalf("%s %s/%s: %v", request.Method, request.Bucket, request.Key, err)
	}
	if response.Status != status || response.Code() != code {
		tb.Errorf("%s %s/%s?%s: got %s, want %d %s", request.Method, request.Bucket, request.Key, request.Query, response, status, code)
	}
}

// New makes a signed request whose body's digest is signed too. Headers that start with X-Amz must not be added later.
func (c *Client) New(ctx context.Context, request Request) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, request.Method, c.URL, bytes.NewReader(request.Body))
	if err != nil {
		return nil, err
	}
	r.URL = c.Target(request.Bucket, request.Key, request.Query)
	for name, value := range request.Header {
		r.Header.Set(name, value)
	}
	sum := sha256.Sum256(request.Body)
	return r, c.Sign(r, hex.EncodeToString(sum[:]))
}

// Target is the URL of a bucket or object, escaped the way S3 wants it signed.
func (c *Client) Target(bucket, key, query string) *url.URL {
	u, err := url.Parse(c.URL)
	if err != nil {
		panic("harness: URL of the server: " + err.Error()) // it is ours
	}
	u.Path = "/" + bucket
	if key != "" {
		u.Path += "/" + key
	}
	u.RawPath = escape(u.Path)
	u.RawQuery = query
	return u
}

// Sign signs a request; payload is what x-amz-content-sha256 says: the digest of the body in hexadecimal, or one of the
// words S3 defines.
func (c *Client) Sign(r *http.Request, payload string) error {
	r.Header.Set("X-Amz-Content-Sha256", payload)
	if c.AccessKey == "" {
		return nil
	}
	return signer().SignHTTP(r.Context(), c.credential(), r, payload, "s3", Region, time.Now())
}

// Presign returns a URL that whoever has it may use until it expires. Headers of r that start with X-Amz are signed.
func (c *Client) Presign(r *http.Request, expires time.Duration) (string, error) {
	query := r.URL.Query()
	query.Set("X-Amz-Expires", fmt.Sprint(int(expires.Seconds())))
	r.URL.RawQuery = query.Encode()
	signed, _, err := signer().PresignHTTP(r.Context(), c.credential(), r, "UNSIGNED-PAYLOAD", "s3", Region, time.Now())
	return signed, err
}

func (c *Client) credential() aws.Credentials {
	return aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey}
}

// signer is the AWS SDK's, which knows nothing of how our server checks.
func signer() *v4.Signer {
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
}

// escape writes every byte of a path as S3 does: all but unreserved characters and slashes as %XX.
func escape(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
