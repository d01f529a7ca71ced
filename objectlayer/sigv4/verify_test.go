package sigv4_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// signed returns a signed request for tests to spoil.
func signed(t testing.TB, s sigv4.Signer, header ...string) *http.Request {
	t.Helper()
	r := newRequest(t, "PUT", "http://s3.example.com:9000/bucket/my%20key?partNumber=1&uploadId=abc", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	if err := s.Sign(r, sigv4.EmptySHA256, awsTime); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResult(t *testing.T) {
	t.Parallel()
	s := newSigner()
	s.SessionToken = "token"
	res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(serve(t, signed(t, s, "X-Amz-Acl", "private"))))
	want := &sigv4.Result{
		Type:          sigv4.HeaderV4,
		AccessKey:     awsKey,
		SessionToken:  "token",
		SignedHeaders: []string{"host", "x-amz-acl", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"},
		Date:          awsTime,
		Region:        "us-east-1",
		Service:       "s3",
		Payload:       sigv4.Hashed,
		Signature:     res.Signature,
	}
	if diff := cmp.Diff(want, res, cmp.FilterPath(func(p cmp.Path) bool {
		return slices.Contains([]string{"hash", "seed"}, p.Last().String()[1:])
	}, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprintf("%+v", res); strings.Contains(got, awsSecret) {
		t.Errorf("the secret shows in %s", got)
	}
}

// Every byte of the Authorization header counts, and so does every part of the
// request that is signed.
func TestAnyChangeIsRefused(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	original := serve(t, signed(t, newSigner(), "Content-Type", "text/plain")).Header.Get("Authorization")
	for i := range len(original) {
		for _, flip := range []byte{0x01, 0x20} {
			r := serve(t, signed(t, newSigner(), "Content-Type", "text/plain"))
			spoilt := []byte(original)
			spoilt[i] ^= flip
			if strings.TrimSpace(string(spoilt)) == original {
				continue
			}
			r.Header.Set("Authorization", string(spoilt))
			if res, err := v.Verify(r); err == nil {
				t.Errorf("byte %d: %q was accepted as %v", i, spoilt, res.Type)
			}
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(r *http.Request)
		want  string
	}{
		{"nothing", func(*http.Request) {}, "ok"},
		{"method", func(r *http.Request) { r.Method = "DELETE" }, sigv4.CodeSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path += "/" }, sigv4.CodeSignatureDoesNotMatch},
		{"query added", func(r *http.Request) { r.URL.RawQuery += "&acl" }, sigv4.CodeSignatureDoesNotMatch},
		{"query removed", func(r *http.Request) { r.URL.RawQuery = "partNumber=1" }, sigv4.CodeSignatureDoesNotMatch},
		{"query doubled", func(r *http.Request) { r.URL.RawQuery += "&partNumber=1" }, sigv4.CodeSignatureDoesNotMatch},
		{"query with a semicolon", func(r *http.Request) { r.URL.RawQuery += "&acl;x" }, sigv4.CodeSignatureDoesNotMatch},
		{"query that cannot be decoded", func(r *http.Request) { r.URL.RawQuery += "&a=%zz" }, sigv4.CodeInvalidRequest},
		{"host", func(r *http.Request) { r.Host = "s3.example.com" }, sigv4.CodeSignatureDoesNotMatch},
		{"signed header", func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }, sigv4.CodeSignatureDoesNotMatch},
		{"signed header doubled", func(r *http.Request) { r.Header.Add("Content-Type", "text/html") }, sigv4.CodeSignatureDoesNotMatch},
		{"signed header removed", func(r *http.Request) { r.Header.Del("Content-Type") }, sigv4.CodeAccessDenied},
		{"x-amz header added", func(r *http.Request) { r.Header.Set("X-Amz-Copy-Source", "/a/b") }, sigv4.CodeAccessDenied},
		{"x-minio header added", func(r *http.Request) { r.Header.Set("X-Minio-Force-Delete", "true") }, sigv4.CodeAccessDenied},
		{"token added", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") }, sigv4.CodeAccessDenied},
		{"harmless header added", func(r *http.Request) { r.Header.Set("X-Amz-Cf-Id", "1") }, "ok"},
		{"other header added", func(r *http.Request) { r.Header.Set("Range", "bytes=0-1") }, "ok"},
		{"payload hash", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", sigv4.UnsignedPayload)
		}, sigv4.CodeSignatureDoesNotMatch},
		{"payload hash doubled", func(r *http.Request) {
			r.Header.Add("X-Amz-Content-Sha256", sigv4.UnsignedPayload)
		}, sigv4.CodeInvalidRequest},
		{"payload hash garbled", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "x") }, sigv4.CodeInvalidArgument},
		{"payload in ECDSA chunks", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER")
		}, sigv4.CodeInvalidRequest},
		{"no date", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, sigv4.CodeAccessDenied},
		{"date garbled", func(r *http.Request) { r.Header.Set("X-Amz-Date", "yesterday") }, sigv4.CodeAccessDenied},
		{"date doubled", func(r *http.Request) { r.Header.Add("X-Amz-Date", "20130524T000000Z") }, sigv4.CodeInvalidRequest},
		{"date a second later", func(r *http.Request) {
			r.Header.Set("X-Amz-Date", "20130524T000001Z")
		}, sigv4.CodeSignatureDoesNotMatch},
		{"date of another day", func(r *http.Request) {
			r.Header.Set("X-Amz-Date", "20130523T235959Z")
		}, sigv4.CodeAuthorizationHeaderMalformed},
		{"two authorizations", func(r *http.Request) {
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
		}, sigv4.CodeInvalidRequest},
		{"authorization and presigned", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=00" }, sigv4.CodeInvalidRequest},
		{"authorization and half of presigned", func(r *http.Request) {
			r.URL.RawQuery += "&X-Amz-Credential=" + awsKey
		}, sigv4.CodeInvalidRequest},
		{"authorization and encoded presigned", func(r *http.Request) {
			r.URL.RawQuery += "&X%2DAmz%2DCredential=" + awsKey
		}, sigv4.CodeInvalidRequest},
		{"authorization and version 2 presigned", func(r *http.Request) {
			r.URL.RawQuery += "&AWSAccessKeyId=" + awsKey
		}, sigv4.CodeInvalidRequest},
		{"both presigned", func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery += "&X-Amz-Signature=00&Signature=00"
		}, sigv4.CodeInvalidRequest},
		{"another mechanism", func(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") }, sigv4.CodeInvalidRequest},
		{"SigV4A", func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=a")
		}, sigv4.CodeInvalidRequest},
		{"no credentials", func(r *http.Request) { r.Header.Del("Authorization") }, "ok"},
	}
	v := newVerifier(awsTime)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, signed(t, newSigner(), "Content-Type", "text/plain"))
			tt.spoil(r)
			_, err := v.Verify(r)
			wantCode(t, err, tt.want)
		})
	}
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	good := serve(t, signed(t, newSigner())).Header.Get("Authorization")
	_, signature, _ := strings.Cut(good, "Signature=")
	const cred = "Credential=" + awsKey + "/20130524/us-east-1/s3/aws4_request"
	const list = "SignedHeaders=host;x-amz-content-sha256;x-amz-date"
	const malformed = sigv4.CodeAuthorizationHeaderMalformed
	tests := []struct{ name, header, want string }{
		{"with spaces", "AWS4-HMAC-SHA256 " + cred + ",  " + list + " ,Signature=" + signature, "ok"},
		{"without spaces", "AWS4-HMAC-SHA256 " + cred + "," + list + ",Signature=" + signature, "ok"},
		{"another order", "AWS4-HMAC-SHA256 Signature=" + signature + "," + list + "," + cred, "ok"},
		{"nothing else", "AWS4-HMAC-SHA256 ", malformed},
		{"no signature", "AWS4-HMAC-SHA256 " + cred + "," + list, malformed},
		{"empty signature", "AWS4-HMAC-SHA256 " + cred + "," + list + ",Signature=", malformed},
		{"short signature", "AWS4-HMAC-SHA256 " + cred + "," + list + ",Signature=" + signature[1:], sigv4.CodeSignatureDoesNotMatch},
		{"upper-case signature", "AWS4-HMAC-SHA256 " + cred + "," + list + ",Signature=" + strings.ToUpper(signature), sigv4.CodeSignatureDoesNotMatch},
		{"a part twice", "AWS4-HMAC-SHA256 " + cred + "," + cred + "," + list + ",Signature=" + signature, malformed},
		{"an unknown part", "AWS4-HMAC-SHA256 " + cred + "," + list + ",Signature=" + signature + ",X=1", malformed},
		{"an empty part", "AWS4-HMAC-SHA256 " + cred + "," + list + ",,Signature=" + signature, malformed},
		{"no scope", "AWS4-HMAC-SHA256 Credential=" + awsKey + "," + list + ",Signature=" + signature, malformed},
		{"no access key", "AWS4-HMAC-SHA256 Credential=/20130524/us-east-1/s3/aws4_request," + list + ",Signature=" + signature, malformed},
		{"another terminal", "AWS4-HMAC-SHA256 " + strings.Replace(cred, "aws4_request", "aws5_request", 1) + "," + list + ",Signature=" + signature, malformed},
		{"another service", "AWS4-HMAC-SHA256 " + strings.Replace(cred, "/s3/", "/sts/", 1) + "," + list + ",Signature=" + signature, malformed},
		{"unknown key", "AWS4-HMAC-SHA256 " + strings.Replace(cred, awsKey, "nobody", 1) + "," + list + ",Signature=" + signature, sigv4.CodeInvalidAccessKeyID},
		{"another region", "AWS4-HMAC-SHA256 " + strings.Replace(cred, "us-east-1", "us-west-1", 1) + "," + list + ",Signature=" + signature, sigv4.CodeSignatureDoesNotMatch},
		{"host not signed", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=x-amz-content-sha256;x-amz-date,Signature=" + signature, sigv4.CodeAccessDenied},
		{"headers out of order", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=x-amz-date;host,Signature=" + signature, malformed},
		{"header twice", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=host;host;x-amz-date,Signature=" + signature, malformed},
		{"header in upper case", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=Host;x-amz-date,Signature=" + signature, malformed},
		{"header with a line feed", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=host;x\n,Signature=" + signature, malformed},
		{"header that is absent", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=host;x-amz-acl;x-amz-date,Signature=" + signature, sigv4.CodeAccessDenied},
		{"empty list", "AWS4-HMAC-SHA256 " + cred + ",SignedHeaders=;,Signature=" + signature, malformed},
	}
	v := newVerifier(awsTime)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, signed(t, newSigner()))
			r.Header.Set("Authorization", tt.header)
			_, err := v.Verify(r)
			wantCode(t, err, tt.want)
		})
	}
}

func TestUnsignedHeadersAreNamed(t *testing.T) {
	t.Parallel()
	r := serve(t, signed(t, newSigner()))
	r.Header.Set("X-Amz-Tagging", "a=b")
	r.Header.Set("X-Amz-Acl", "public-read")
	_, err := newVerifier(awsTime).Verify(r)
	var e *sigv4.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	want := &sigv4.Error{
		Code:    sigv4.CodeAccessDenied,
		Message: "There were headers present in the request which were not signed",
		Headers: []string{"x-amz-acl", "x-amz-tagging"},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	tests := []struct {
		ahead, max time.Duration
		want       string
	}{
		{0, 0, "ok"},
		{15 * time.Minute, 0, "ok"},
		{-15 * time.Minute, 0, "ok"},
		{15*time.Minute + time.Second, 0, sigv4.CodeRequestTimeTooSkewed},
		{-15*time.Minute - time.Second, 0, sigv4.CodeRequestTimeTooSkewed},
		{time.Minute, 30 * time.Second, sigv4.CodeRequestTimeTooSkewed},
	}
	for _, tt := range tests {
		v := newVerifier(awsTime.Add(tt.ahead))
		v.MaxSkew = tt.max
		_, err := v.Verify(serve(t, signed(t, newSigner())))
		if got := code(err); got != tt.want {
			t.Errorf("%v ahead: got %s, want %s", tt.ahead, got, tt.want)
		}
	}
}

// Without x-amz-date the time is in Date, in whatever form; what is signed is
// the time.
func TestDateHeader(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]string{
		"20130524T000000Z":                "ok",
		"Fri, 24 May 2013 00:00:00 GMT":   "ok",
		"Fri, 24 May 2013 02:00:00 +0200": "ok",
		"Friday, 24-May-13 00:00:00 GMT":  sigv4.CodeAccessDenied,
		"2013-05-24T00:00:00Z":            sigv4.CodeAccessDenied,
		"":                                sigv4.CodeAccessDenied,
	} {
		auth := authorization("GET", "/", []string{"date:" + date, "host:localhost", "x-amz-content-sha256:UNSIGNED-PAYLOAD"})
		r := wire(t, "GET / HTTP/1.1\nHost: localhost\nDate: "+date+"\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\nAuthorization: "+auth, "")
		_, err := newVerifier(awsTime).Verify(r)
		if got := code(err); got != want {
			t.Errorf("%q: got %s, want %s", date, got, want)
		}
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	tests := []struct{ server, client, want string }{
		{"", "us-east-1", "ok"},
		{"", "", "ok"}, // MinIO's admin clients
		{"", "nowhere", "ok"},
		{"eu-west-1", "eu-west-1", "ok"},
		{"eu-west-1", "us-east-1", sigv4.CodeAuthorizationHeaderMalformed},
		{"eu-west-1", "", sigv4.CodeAuthorizationHeaderMalformed},
	}
	for _, tt := range tests {
		v := newVerifier(awsTime)
		v.Region = tt.server
		s := newSigner()
		s.Region = tt.client
		_, err := v.Verify(serve(t, signed(t, s)))
		if got := code(err); got != tt.want {
			t.Errorf("%q at %q: got %s, want %s", tt.client, tt.server, got, tt.want)
		}
		var e *sigv4.Error
		if errors.As(err, &e) && e.Region != tt.server {
			t.Errorf("%q at %q: error names region %q", tt.client, tt.server, e.Region)
		}
	}
}

func TestAccessKeyWithSlash(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	v.Secrets = accounts{"a/b/c": awsSecret}
	s := newSigner()
	s.AccessKey = "a/b/c"
	res := must[*sigv4.Result](t)(v.Verify(serve(t, signed(t, s))))
	if res.AccessKey != "a/b/c" {
		t.Errorf("got %q", res.AccessKey)
	}
}

type brokenSecrets struct{}

var errStore = errors.New("store is down")

func (brokenSecrets) Secret(context.Context, string) (string, bool, error) {
	return "", false, errStore
}

func TestSecretsFail(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	v.Secrets = brokenSecrets{}
	_, err := v.Verify(serve(t, signed(t, newSigner())))
	var e *sigv4.Error
	if !errors.Is(err, errStore) || errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

// A changed secret must not be answered with the key of the old one.
func TestSecretChanges(t *testing.T) {
	t.Parallel()
	secrets := accounts{awsKey: awsSecret}
	v := newVerifier(awsTime)
	v.Secrets = secrets
	for _, want := range []string{"ok", "ok", sigv4.CodeSignatureDoesNotMatch} {
		if want != "ok" {
			secrets[awsKey] = "another secret"
		}
		_, err := v.Verify(serve(t, signed(t, newSigner())))
		wantCode(t, err, want)
	}
}

// The canonical form survives what servers and proxies do to requests.
func TestCanonicalForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		header    []string
		change    func(r *http.Request)
	}{
		{name: "plain", url: "http://localhost/bucket/key"},
		{name: "root", url: "http://localhost"},
		{name: "port", url: "http://localhost:9000/bucket"},
		{name: "space and plus in path", url: "http://localhost/b/a%20b+c%2Bd"},
		{name: "slash encoded in path", url: "http://localhost/b/a%2Fb"},
		{name: "empty and dot segments", url: "http://localhost/b//a/./../c/"},
		{name: "percent sign in path", url: "http://localhost/b/%2541"},
		{name: "reserved in path", url: "http://localhost/b/!$&'()*,:;=@[]%5B%5D~"},
		{name: "outside ASCII", url: "http://localhost/b/übergröße-日本"},
		{name: "not UTF-8", url: "http://localhost/b/%ff%fe"},
		{name: "space as plus in query", url: "http://localhost/b?prefix=a+b%20c%2Bd"},
		{name: "empty values in query", url: "http://localhost/b?acl&x=&=y&&z"},
		{name: "query out of order", url: "http://localhost/b?z=1&a=2&a=1&A=3&a-b=4&a%20b=5"},
		{name: "semicolon in query", url: "http://localhost/b?a=1%3B2"},
		{name: "header folding", url: "http://localhost/b", header: []string{"X-Amz-Meta-A", "  a   b \t c  "}},
		{name: "header folded on the way", url: "http://localhost/b", header: []string{"X-Amz-Meta-A", "a   b"},
			change: func(r *http.Request) { r.Header.Set("X-Amz-Meta-A", "a b") }},
		{name: "header empty", url: "http://localhost/b", header: []string{"X-Amz-Meta-A", ""}},
		{name: "header twice", url: "http://localhost/b", header: []string{"X-Amz-Meta-A", "1", "X-Amz-Meta-A", "2"}},
		{name: "header in odd case", url: "http://localhost/b", header: []string{"x-aMZ-mEta-a", "1"}},
	}
	v := newVerifier(awsTime)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRequest(t, "GET", tt.url, nil)
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			if err := newSigner().Sign(r, sigv4.EmptySHA256, awsTime); err != nil {
				t.Fatal(err)
			}
			got := serve(t, r)
			if tt.change != nil {
				tt.change(got)
			}
			if _, err := v.Verify(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// Headers that net/http takes out of the header map can still be signed.
func TestHeadersGoMoves(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, header, body string }{
		{"content-length", "Content-Length: 3\n", "abc"},
		{"transfer-encoding", "Transfer-Encoding: chunked\n", "0\r\n\r\n"},
		{"expect", "Expect: 100-continue\n", ""},
	}
	for _, tt := range tests {
		for _, removed := range []bool{false, true} {
			name, value, _ := strings.Cut(strings.TrimSpace(tt.header), ": ")
			auth := authorization("PUT", "/b/k", []string{
				strings.ToLower(name) + ":" + value,
				"host:localhost",
				"x-amz-content-sha256:UNSIGNED-PAYLOAD",
				"x-amz-date:20130524T000000Z",
			})
			r := wire(t, "PUT /b/k HTTP/1.1\nHost: localhost\nX-Amz-Date: 20130524T000000Z\n"+
				"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\n"+tt.header+"Authorization: "+auth, tt.body)
			if removed { // as HTTP/2 servers do
				r.Header.Del(name)
			}
			if _, err := newVerifier(awsTime).Verify(r); err != nil {
				t.Errorf("%s, removed %v: %v", tt.name, removed, err)
			}
		}
	}
}

func TestPayloadHash(t *testing.T) {
	t.Parallel()
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	tests := []struct{ name, hash, body, wantVerify, wantRead string }{
		{"right", abc, "abc", "ok", "ok"},
		{"right in upper case", strings.ToUpper(abc), "abc", "ok", "ok"},
		{"unsigned", sigv4.UnsignedPayload, "abc", "ok", "ok"},
		{"wrong", abc, "abd", "ok", sigv4.CodeContentSHA256Mismatch},
		{"of nothing, with a body", sigv4.EmptySHA256, "abc", "ok", sigv4.CodeContentSHA256Mismatch},
		{"of something, without a body", abc, "", "ok", sigv4.CodeContentSHA256Mismatch},
	}
	v := newVerifier(awsTime)
	for _, tt := range tests {
		for _, known := range []bool{true, false} {
			r := newRequest(t, "PUT", "http://localhost/b/k", strings.NewReader(tt.body))
			if !known {
				r.ContentLength = -1
			}
			if err := newSigner().Sign(r, tt.hash, awsTime); err != nil {
				t.Fatal(err)
			}
			got := serve(t, r)
			res, err := v.Verify(got)
			wantCode(t, err, tt.wantVerify)
			body, size, err := sigv4.Body(got, res)
			if err != nil {
				t.Fatal(err)
			}
			if size != got.ContentLength {
				t.Errorf("%s: size %d, want %d", tt.name, size, got.ContentLength)
			}
			data, err := io.ReadAll(body)
			if code(err) != tt.wantRead || err == nil && string(data) != tt.body {
				t.Errorf("%s: read %q, %v", tt.name, data, err)
			}
			if _, again := body.Read(make([]byte, 1)); code(again) != tt.wantRead && again != io.EOF {
				t.Errorf("%s: error does not stick: %v", tt.name, again)
			}
			if err := body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A caller that reads exactly the announced length and never sees io.EOF must
// not take a wrong payload for a right one.
func TestWrongPayloadIsNotHandedOutWhole(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "PUT", "http://localhost/b/k", strings.NewReader("abd"))
	hash := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if err := newSigner().Sign(r, hash, awsTime); err != nil {
		t.Fatal(err)
	}
	got := serve(t, r)
	res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(got))
	body, size, err := sigv4.Body(got, res)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadFull(body, make([]byte, size))
	wantCode(t, err, sigv4.CodeContentSHA256Mismatch)
}

func TestShortBody(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{sigv4.UnsignedPayload, sigv4.EmptySHA256} {
		auth := authorization("PUT", "/b/k", []string{
			"host:localhost", "x-amz-content-sha256:" + hash, "x-amz-date:20130524T000000Z",
		})
		r := wire(t, "PUT /b/k HTTP/1.1\nHost: localhost\nX-Amz-Date: 20130524T000000Z\nX-Amz-Content-Sha256: "+hash+
			"\nContent-Length: 5\nAuthorization: "+auth, "abc")
		_, _, err := readBody(newVerifier(awsTime), r)
		wantCode(t, err, sigv4.CodeIncompleteBody)
	}
}

func TestNoPayloadHash(t *testing.T) {
	t.Parallel()
	head := func(service, body string) string {
		lines := []string{"host:localhost", "x-amz-date:20130524T000000Z"}
		return "POST / HTTP/1.1\nHost: localhost\nX-Amz-Date: 20130524T000000Z\nContent-Length: " + fmt.Sprint(len(body)) +
			"\nAuthorization: " + authorizationFor(service, "POST", "/", lines, body)
	}
	tests := []struct{ name, service, signedBody, body, want string }{
		{"s3 without a body", "s3", "", "", "ok"},
		{"s3 with a body", "s3", "abc", "abc", sigv4.CodeMissingSecurityHeader},
		{"sts", "sts", "Action=AssumeRole", "Action=AssumeRole", "ok"},
		{"sts with another body", "sts", "Action=AssumeRole", "Action=AssumeBole", sigv4.CodeSignatureDoesNotMatch},
	}
	for _, tt := range tests {
		v := newVerifier(awsTime)
		v.Services = []string{"s3", "sts"}
		data, _, err := readBody(v, wire(t, head(tt.service, tt.signedBody), tt.body))
		if code(err) != tt.want || err == nil && data != tt.body {
			t.Errorf("%s: got %q, %v, want %s", tt.name, data, err, tt.want)
		}
	}
}

func TestAnonymous(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, hash, trailer, body, want, wantCode string }{
		{"plain", "", "", "abc", "abc", "ok"},
		{"unsigned", sigv4.UnsignedPayload, "", "abc", "abc", "ok"},
		{"hashed wrong", sigv4.EmptySHA256, "", "abc", "", sigv4.CodeContentSHA256Mismatch},
		{"chunks", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-checksum-crc32", "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", "abc", "ok"},
		{"signed chunks", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "", "abc", "", sigv4.CodeAccessDenied},
		{"signed chunks and trailer", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "", "abc", "", sigv4.CodeAccessDenied},
		{"trailer without chunks", "", "x-amz-checksum-crc32", "abc", "", sigv4.CodeInvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRequest(t, "PUT", "http://localhost/b/k", strings.NewReader(tt.body))
			r.Header.Set("X-Amz-Decoded-Content-Length", "3")
			if tt.hash != "" {
				r.Header.Set("X-Amz-Content-Sha256", tt.hash)
			}
			if tt.trailer != "" {
				r.Header.Set("X-Amz-Trailer", tt.trailer)
			}
			data, _, err := readBody(newVerifier(awsTime), serve(t, r))
			if code(err) != tt.wantCode || err == nil && data != tt.want {
				t.Errorf("got %q, %v, want %q, %s", data, err, tt.want, tt.wantCode)
			}
		})
	}
}

func TestVerifyConcurrently(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	var wg sync.WaitGroup
	for i := range 8 {
		s := newSigner()
		s.Region = fmt.Sprintf("region-%d", i%3)
		wg.Go(func() {
			for range 50 {
				if _, err := v.Verify(serve(t, signed(t, s))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
