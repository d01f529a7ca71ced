package sigv4_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// The credentials and the time of the examples in the AWS documentation.
const (
	awsKey    = "AKIAIOSFODNN7EXAMPLE"
	awsSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

var awsTime = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

// accounts is a fixed table of secrets.
type accounts map[string]string

func (a accounts) Secret(_ context.Context, accessKey string) (string, bool, error) {
	secret, ok := a[accessKey]
	return secret, ok, nil
}

// newVerifier returns a verifier that knows the AWS example key and whose clock
// stands still.
func newVerifier(now time.Time) *sigv4.Verifier {
	return &sigv4.Verifier{
		Secrets: accounts{awsKey: awsSecret},
		Now:     func() time.Time { return now },
	}
}

func newSigner() sigv4.Signer {
	return sigv4.Signer{AccessKey: awsKey, Secret: awsSecret, Region: "us-east-1"}
}

// wire reads a request as a server does. Lines may end in LF; the body, if any,
// is appended as it is.
func wire(t testing.TB, head, body string) *http.Request {
	t.Helper()
	head = strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + body)))
	if err != nil {
		t.Fatalf("read request: %v", err)
	}
	return r
}

// serve turns a request made by a client into the one a server would get.
func serve(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var sent strings.Builder
	if err := r.Write(&sent); err != nil {
		t.Fatalf("write request: %v", err)
	}
	got, err := http.ReadRequest(bufio.NewReader(strings.NewReader(sent.String())))
	if err != nil {
		t.Fatalf("read request: %v", err)
	}
	return got
}

func newRequest(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// code returns the S3 code of an error, "ok" for none, or the text of any other
// error.
func code(err error) string {
	var e *sigv4.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// readBody verifies r and reads its payload.
func readBody(v *sigv4.Verifier, r *http.Request) (string, http.Header, error) {
	res, err := v.Verify(r)
	if err != nil {
		return "", nil, err
	}
	body, _, err := sigv4.Body(r, res)
	if err != nil {
		return "", nil, err
	}
	data, err := io.ReadAll(body)
	return string(data), body.Trailer(), err
}

// transferChunked puts data into HTTP/1.1's own chunks, as one.
func transferChunked(data string) string {
	return strconv.FormatInt(int64(len(data)), 16) + "\r\n" + data + "\r\n0\r\n\r\n"
}

// authorization signs canonical header lines by hand, which gives tests headers
// that Signer does not sign. The payload is what x-amz-content-sha256 says.
func authorization(method, path string, lines []string) string {
	hash := ""
	for _, line := range lines {
		if value, ok := strings.CutPrefix(line, "x-amz-content-sha256:"); ok {
			hash = value
		}
	}
	return authorizationHash("s3", method, path, lines, hash)
}

// authorizationFor does so for a service whose clients hash the body and do not
// send the hash.
func authorizationFor(service, method, path string, lines []string, body string) string {
	sum := sha256.Sum256([]byte(body))
	return authorizationHash(service, method, path, lines, hex.EncodeToString(sum[:]))
}

func authorizationHash(service, method, path string, lines []string, hash string) string {
	lines = slices.Sorted(slices.Values(lines))
	var names []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	list := strings.Join(names, ";")
	canonical := strings.Join([]string{method, path, "", strings.Join(lines, "\n") + "\n", list, hash}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	scope := "20130524/us-east-1/" + service + "/aws4_request"
	key := []byte("AWS4" + awsSecret)
	for _, part := range append(strings.Split(scope, "/"), "AWS4-HMAC-SHA256\n20130524T000000Z\n"+scope+"\n"+hex.EncodeToString(sum[:])) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return "AWS4-HMAC-SHA256 Credential=" + awsKey + "/" + scope + ", SignedHeaders=" + list + ", Signature=" + hex.EncodeToString(key)
}
