package sigv4_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// presigned returns the request of whoever holds a presigned URL, for tests to
// spoil. It was signed at awsTime for an hour.
func presigned(t testing.TB, s sigv4.Signer, method, address string, header ...string) *http.Request {
	t.Helper()
	r := newRequest(t, method, address, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	u, err := s.Presign(r, time.Hour, awsTime)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = u
	return serve(t, r)
}

// setQuery replaces or, without a value, removes a parameter.
func setQuery(r *http.Request, name string, value ...string) {
	q := r.URL.Query()
	q[name] = value
	if value == nil {
		delete(q, name)
	}
	r.URL.RawQuery = q.Encode()
}

func TestPresignedRefuses(t *testing.T) {
	t.Parallel()
	const malformed = sigv4.CodeAuthorizationQueryParameters
	tests := []struct {
		name  string
		spoil func(r *http.Request)
		want  string
	}{
		{"nothing", func(*http.Request) {}, "ok"},
		{"method", func(r *http.Request) { r.Method = "DELETE" }, sigv4.CodeSignatureDoesNotMatch},
		{"head for get", func(r *http.Request) { r.Method = "HEAD" }, sigv4.CodeSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path = "/bucket/other" }, sigv4.CodeSignatureDoesNotMatch},
		{"parameter added", func(r *http.Request) { r.URL.RawQuery += "&tagging" }, sigv4.CodeSignatureDoesNotMatch},
		{"override changed", func(r *http.Request) {
			setQuery(r, "response-content-type", "text/html")
		}, sigv4.CodeSignatureDoesNotMatch},
		{"parameters reordered", func(r *http.Request) {
			pairs := strings.Split(r.URL.RawQuery, "&")
			pairs[0], pairs[2] = pairs[2], pairs[0]
			r.URL.RawQuery = strings.Join(pairs, "&")
		}, "ok"},
		{"signed header removed", func(r *http.Request) { r.Header.Del("Content-Type") }, sigv4.CodeAccessDenied},
		{"signed header changed", func(r *http.Request) { r.Header.Set("Content-Type", "a/b") }, sigv4.CodeSignatureDoesNotMatch},
		{"copy source added", func(r *http.Request) { r.Header.Set("X-Amz-Copy-Source", "/a/b") }, sigv4.CodeAccessDenied},
		{"metadata added", func(r *http.Request) { r.Header.Set("X-Amz-Meta-A", "b") }, sigv4.CodeAccessDenied},
		{"force delete added", func(r *http.Request) { r.Header.Set("X-Minio-Force-Delete", "true") }, sigv4.CodeAccessDenied},
		{"token header added", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") }, sigv4.CodeAccessDenied},
		{"authorization added", func(r *http.Request) { r.Header.Set("Authorization", "AWS a:b") }, sigv4.CodeInvalidRequest},
		{"hash header added", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", sigv4.EmptySHA256) }, "ok"},
		{"hash garbled", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "x") }, sigv4.CodeInvalidArgument},
		{"signed chunks", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
		}, sigv4.CodeInvalidRequest},
		{"unsigned chunks", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		}, sigv4.CodeInvalidRequest},

		{"no algorithm", func(r *http.Request) { setQuery(r, "X-Amz-Algorithm") }, malformed},
		{"no credential", func(r *http.Request) { setQuery(r, "X-Amz-Credential") }, malformed},
		{"no date", func(r *http.Request) { setQuery(r, "X-Amz-Date") }, malformed},
		{"no expiry", func(r *http.Request) { setQuery(r, "X-Amz-Expires") }, malformed},
		{"no signed headers", func(r *http.Request) { setQuery(r, "X-Amz-SignedHeaders") }, malformed},
		{"no signature", func(r *http.Request) { setQuery(r, "X-Amz-Signature") }, malformed},
		{"only a signature", func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=00" }, malformed},
		{"another algorithm", func(r *http.Request) { setQuery(r, "X-Amz-Algorithm", "AWS4-HMAC-MD5") }, malformed},
		{"SigV4A", func(r *http.Request) { setQuery(r, "X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256") }, sigv4.CodeInvalidRequest},
		{"two signatures", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=00" }, malformed},
		{"two credentials", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Credential=a" }, malformed},
		{"credential garbled", func(r *http.Request) { setQuery(r, "X-Amz-Credential", awsKey) }, malformed},
		{"unknown key", func(r *http.Request) {
			setQuery(r, "X-Amz-Credential", "nobody/20130524/us-east-1/s3/aws4_request")
		}, sigv4.CodeInvalidAccessKeyID},
		{"another service", func(r *http.Request) {
			setQuery(r, "X-Amz-Credential", awsKey+"/20130524/us-east-1/sts/aws4_request")
		}, malformed},
		{"date garbled", func(r *http.Request) { setQuery(r, "X-Amz-Date", "today") }, malformed},
		{"date of another day", func(r *http.Request) { setQuery(r, "X-Amz-Date", "20130523T235959Z") }, malformed},
		{"expiry 0", func(r *http.Request) { setQuery(r, "X-Amz-Expires", "0") }, malformed},
		{"expiry negative", func(r *http.Request) { setQuery(r, "X-Amz-Expires", "-1") }, malformed},
		{"expiry not a number", func(r *http.Request) { setQuery(r, "X-Amz-Expires", "1h") }, malformed},
		{"expiry over a week", func(r *http.Request) { setQuery(r, "X-Amz-Expires", "604801") }, malformed},
		{"expiry overflows", func(r *http.Request) { setQuery(r, "X-Amz-Expires", "99999999999999999999") }, malformed},
		{"expiry extended", func(r *http.Request) { setQuery(r, "X-Amz-Expires", "604800") }, sigv4.CodeSignatureDoesNotMatch},
		{"host not signed", func(r *http.Request) { setQuery(r, "X-Amz-SignedHeaders", "content-type") }, sigv4.CodeAccessDenied},
		{"header signed that is absent", func(r *http.Request) {
			setQuery(r, "X-Amz-SignedHeaders", "content-type;host;x-amz-acl")
		}, sigv4.CodeAccessDenied},
		{"headers out of order", func(r *http.Request) {
			setQuery(r, "X-Amz-SignedHeaders", "host;content-type")
		}, malformed},
		{"signature changed", func(r *http.Request) {
			setQuery(r, "X-Amz-Signature", strings.Repeat("0", 64))
		}, sigv4.CodeSignatureDoesNotMatch},
	}
	v := newVerifier(awsTime.Add(time.Minute))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := presigned(t, newSigner(), "GET", "http://localhost/bucket/key?versionId=1&response-content-type=a%2Fb", "Content-Type", "text/plain")
			tt.spoil(r)
			_, err := v.Verify(r)
			wantCode(t, err, tt.want)
		})
	}
}

func TestPresignedLifetime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		now  time.Time
		want string
	}{
		{"at once", awsTime, ""},
		{"in the last second", awsTime.Add(time.Hour), ""},
		{"a second later", awsTime.Add(time.Hour + time.Second), "Request has expired"},
		{"clock behind", awsTime.Add(-15 * time.Minute), ""},
		{"clock far behind", awsTime.Add(-15*time.Minute - time.Second), "Request is not valid yet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := newVerifier(tt.now).Verify(presigned(t, newSigner(), "GET", "http://localhost/b/k"))
			if tt.want == "" {
				wantCode(t, err, "ok")
				return
			}
			wantCode(t, err, sigv4.CodeAccessDenied)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPresignedRegion(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	v.Region = "eu-west-1"
	_, err := v.Verify(presigned(t, newSigner(), "GET", "http://localhost/b/k"))
	wantCode(t, err, sigv4.CodeAuthorizationQueryParameters)
}

func TestPresignedToken(t *testing.T) {
	t.Parallel()
	s := newSigner()
	s.SessionToken = "a/b+c=="
	r := presigned(t, s, "GET", "http://localhost/b/k")
	res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(r))
	if res.SessionToken != s.SessionToken {
		t.Errorf("got token %q", res.SessionToken)
	}
	setQuery(r, "X-Amz-Security-Token", "another")
	_, err := newVerifier(awsTime).Verify(r)
	wantCode(t, err, sigv4.CodeSignatureDoesNotMatch)

	// Signers that leave the token in a header sign it there.
	r = presigned(t, newSigner(), "GET", "http://localhost/b/k", "X-Amz-Security-Token", "t")
	res = must[*sigv4.Result](t)(newVerifier(awsTime).Verify(r))
	if res.SessionToken != "t" {
		t.Errorf("got token %q", res.SessionToken)
	}

	r = presigned(t, s, "GET", "http://localhost/b/k", "X-Amz-Security-Token", "t")
	_, err = newVerifier(awsTime).Verify(r)
	wantCode(t, err, sigv4.CodeInvalidRequest)
}

// What is promised about the body of a presigned PUT, and by whom.
func TestPresignedPayload(t *testing.T) {
	t.Parallel()
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	tests := []struct{ name, query, signed, unsigned, want string }{
		{"nothing", "", "", "", "ok"},
		{"unsigned in query", "?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", "", "", "ok"},
		{"signed header, right", "", abc, "", "ok"},
		{"signed header, wrong", "", sigv4.EmptySHA256, "", sigv4.CodeContentSHA256Mismatch},
		{"unsigned header, right", "", "", abc, "ok"},
		{"unsigned header, wrong", "", "", sigv4.EmptySHA256, sigv4.CodeContentSHA256Mismatch},
		{"unsigned in query, header wrong", "?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", "", sigv4.EmptySHA256, sigv4.CodeContentSHA256Mismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var header []string
			if tt.signed != "" {
				header = []string{"X-Amz-Content-Sha256", tt.signed}
			}
			r := presigned(t, newSigner(), "PUT", "http://localhost/b/k"+tt.query, header...)
			if tt.unsigned != "" {
				r.Header.Set("X-Amz-Content-Sha256", tt.unsigned)
			}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("abc")), 3
			data, _, err := readBody(newVerifier(awsTime), r)
			if code(err) != tt.want || err == nil && data != "abc" {
				t.Errorf("got %q, %v, want %s", data, err, tt.want)
			}
		})
	}
}

func TestPresignUndecodable(t *testing.T) {
	t.Parallel()
	r := &http.Request{Method: "GET", Host: "localhost", URL: &url.URL{Path: "/", RawQuery: "a=%zz"}, Header: http.Header{}}
	if _, err := newSigner().Presign(r, time.Hour, awsTime); err == nil {
		t.Error("presigned")
	}
	if err := newSigner().Sign(r, sigv4.EmptySHA256, awsTime); err == nil {
		t.Error("signed")
	}
}
