package s3api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// watchedGate hands strangers nothing and fails the test when anybody else comes.
type watchedGate struct{ t *testing.T }

func (g watchedGate) Store(c objectlayer.Caller) objectlayer.Store {
	if !c.Anonymous() {
		g.t.Errorf("a caller with a bad credential became %q", c.AccessKey)
	}
	return objectlayertest.Denied{}
}

// example returns a request for a route, with a small body where there may be one.
func (rt *route) example() *http.Request {
	path := map[target]string{onService: "/", onBucket: "/bucket", onObject: "/bucket/dir/key"}[rt.on]
	query := rt.query
	if query != "" && !strings.Contains(query, "=") {
		query += "="
	}
	if rt.query == "uploadId" {
		query = "uploadId=id&partNumber=1"
	}
	if query != "" {
		path += "?" + query
	}
	body := ""
	if rt.method == http.MethodPut || rt.method == http.MethodPost {
		body = "body"
	}
	r := httptest.NewRequest(rt.method, "http://example.com"+path, strings.NewReader(body))
	if rt.header != "" {
		r.Header.Set(rt.header, "/bucket/source")
	}
	return r
}

// badCredentials are all the ways in which somebody can fail to prove who they are. Each spoils a request for any route.
var badCredentials = []struct {
	name  string
	spoil func(t *testing.T, r *http.Request)
}{
	{"nothing", func(*testing.T, *http.Request) {}},
	{"wrong secret", func(t *testing.T, r *http.Request) { sign(t, r, "ann", "not her secret") }},
	{"unknown key", func(t *testing.T, r *http.Request) { sign(t, r, "nobody", "ann-secret") }},
	{"empty key", func(t *testing.T, r *http.Request) {
		sign(t, r, "x", "ann-secret")
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Credential=x/", "Credential=/", 1))
	}},
	{"signature cut off", func(t *testing.T, r *http.Request) {
		sign(t, r, "ann", "ann-secret")
		v := r.Header.Get("Authorization")
		r.Header.Set("Authorization", v[:len(v)-1])
	}},
	{"another method", func(t *testing.T, r *http.Request) {
		method := r.Method
		r.Method = "LOCK"
		sign(t, r, "ann", "ann-secret")
		r.Method = method
	}},
	{"another path", func(t *testing.T, r *http.Request) {
		path := r.URL.Path
		r.URL.Path = "/other"
		sign(t, r, "ann", "ann-secret")
		r.URL.Path = path
	}},
	{"another query", func(t *testing.T, r *http.Request) {
		sign(t, r, "ann", "ann-secret")
		r.URL.RawQuery += "&versionId=null"
	}},
	{"presigned with a wrong secret", func(t *testing.T, r *http.Request) { presign(t, r, "ann", "not her secret") }},
	{"presigned by an unknown key", func(t *testing.T, r *http.Request) { presign(t, r, "nobody", "ann-secret") }},
	{"version 2 with a wrong signature", func(_ *testing.T, r *http.Request) {
		r.Header.Set("Date", now().Format(http.TimeFormat))
		r.Header.Set("Authorization", "AWS ann:AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	}},
	{"version 2 presigned with a wrong signature", func(_ *testing.T, r *http.Request) {
		r.URL.RawQuery += "&AWSAccessKeyId=ann&Expires=9999999999&Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D"
	}},
	{"unknown scheme", func(_ *testing.T, r *http.Request) { r.Header.Set("Authorization", "Bearer ann") }},
	{"basic", func(_ *testing.T, r *http.Request) { r.SetBasicAuth("ann", "ann-secret") }},
	{"header and query", func(t *testing.T, r *http.Request) {
		presign(t, r, "ann", "ann-secret")
		sign(t, r, "ann", "ann-secret")
	}},
	{"signed chunks with a wrong secret", func(t *testing.T, r *http.Request) {
		r.Header.Set("X-Amz-Decoded-Content-Length", "4")
		signHash(t, r, "ann", "not her secret", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
	}},
	{"unsigned chunks with a wrong secret", func(t *testing.T, r *http.Request) {
		r.Header.Set("X-Amz-Decoded-Content-Length", "4")
		r.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
		signHash(t, r, "ann", "not her secret", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	}},
	{"signed chunks without a credential", func(_ *testing.T, r *http.Request) {
		r.Header.Set("X-Amz-Decoded-Content-Length", "4")
		r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
	}},
	{"a token that was not asked for", func(t *testing.T, r *http.Request) {
		r.Header.Set("X-Amz-Security-Token", "token")
		sign(t, r, "ann", "ann-secret")
	}},
	{"signed long ago", func(t *testing.T, r *http.Request) {
		if err := (sigv4.Signer{AccessKey: "ann", Secret: "ann-secret", Region: "us-east-1"}).Sign(r, sigv4.UnsignedPayload, now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}},
	{"a form", func(_ *testing.T, r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }},
}

func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func sign(t *testing.T, r *http.Request, key, secret string) {
	signHash(t, r, key, secret, sigv4.UnsignedPayload)
}

func signHash(t *testing.T, r *http.Request, key, secret, hash string) {
	t.Helper()
	if err := (sigv4.Signer{AccessKey: key, Secret: secret, Region: "us-east-1"}).Sign(r, hash, now()); err != nil {
		t.Fatal(err)
	}
}

func presign(t *testing.T, r *http.Request, key, secret string) {
	t.Helper()
	u, err := (sigv4.Signer{AccessKey: key, Secret: secret, Region: "us-east-1"}).Presign(r, time.Hour, now())
	if err != nil {
		t.Fatal(err)
	}
	r.URL = u
}

// TestEveryRouteRefusesBadCredentials walks the table with every bad credential: nobody gets in, and strangers get nothing.
func TestEveryRouteRefusesBadCredentials(t *testing.T) {
	t.Parallel()
	s := New(Options{Gate: watchedGate{t}, Accounts: objectlayertest.Users{"ann": "ann-secret"}, Clock: now})
	all := routes()
	if len(all) < 90 {
		t.Errorf("the table has %d rows, which looks like too few", len(all))
	}
	for i := range all {
		for _, bad := range badCredentials {
			r := all[i].example()
			bad.spoil(t, r)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			code := w.Header().Get("X-Minio-Error-Code") + w.Body.String()
			if w.Code != http.StatusForbidden && w.Code != http.StatusBadRequest {
				t.Errorf("%s with %s: got %d\n%s", all[i].name, bad.name, w.Code, code)
			}
			if strings.Contains(code, "NoSuch") || strings.Contains(code, "NotImplemented") {
				t.Errorf("%s with %s: tells what is there: %s", all[i].name, bad.name, code)
			}
		}
	}
}

// TestEveryRouteIsReached asks for every row with a good credential and looks which row answers.
func TestEveryRouteIsReached(t *testing.T) {
	t.Parallel()
	all := routes()
	names := map[string]bool{}
	for i := range all {
		rt := &all[i]
		if names[rt.name] {
			t.Errorf("%s appears twice", rt.name)
		}
		names[rt.name] = true
		s := New(Options{Gate: objectlayertest.Gate{Backend: objectlayertest.NewModel(nil)}, Accounts: objectlayertest.Users{"ann": "ann-secret"}, Clock: now})
		r := rt.example()
		sign(t, r, "ann", "ann-secret")
		c := s.newCall(httptest.NewRecorder(), r)
		if err := c.address(); err != nil {
			t.Fatalf("%s: %v", rt.name, err)
		}
		if err := c.findRoute(); err != nil {
			t.Errorf("%s: %v", rt.name, err)
		} else if c.route.name != rt.name {
			t.Errorf("a request for %s is routed to %s", rt.name, c.route.name)
		}
	}
}

// TestEveryRouteSaysWhoIsHeard demands that no row takes everything, and that unknown kinds of authentication are refused.
func TestEveryRouteSaysWhoIsHeard(t *testing.T) {
	t.Parallel()
	for _, rt := range routes() {
		switch {
		case rt.accepts == 0:
			t.Errorf("%s accepts nobody", rt.name)
		case rt.accepts&form != 0 && rt.name != "PostPolicyBucket":
			t.Errorf("%s accepts forms", rt.name)
		case rt.accepts&chunked != 0 && rt.method != http.MethodPut && rt.method != http.MethodPost:
			t.Errorf("%s accepts a body in chunks", rt.name)
		}
	}
	if kind := kindOf(&sigv4.Result{Type: 99}); kind != 0 {
		t.Errorf("an unknown kind of authentication counts as %b", kind)
	}
}
