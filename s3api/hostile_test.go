package s3api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api"
)

// streamed returns a PUT in chunks, signed for a payload of that size, and its encoded body.
func (r *rig) streamed(path string, data string, p sigv4.Payload, trailer string) (*http.Request, string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.ctx, "PUT", r.server.URL+path, strings.NewReader(data))
	r.ok(err)
	r.ok(r.signer.SignStream(req, int64(len(data)), p, trailer, time.Now()))
	body, err := io.ReadAll(req.Body)
	r.ok(err)
	return req, string(body)
}

// TestLyingChunks changes one thing about good requests in chunks. Nothing may be stored, whoever the handler.
func TestLyingChunks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	upload, err := r.model.NewUpload(r.ctx, "bucket", "k", objectlayer.PutOptions{})
	r.ok(err)
	data := strings.Repeat("payload!", 10_000)
	modes := []struct {
		name    string
		payload sigv4.Payload
		trailer string
	}{
		{"signed", sigv4.SignedChunks, ""},
		{"signed trailer", sigv4.SignedChunksTrailer, "x-amz-checksum-crc32c"},
		{"unsigned trailer", sigv4.UnsignedChunksTrailer, "x-amz-checksum-sha256"},
	}
	lies := []struct {
		name string
		lie  func(req *http.Request, body string) string
	}{
		{"a byte of data", func(_ *http.Request, body string) string { return strings.Replace(body, "payload!", "payload?", 1) }},
		{"a byte at the end of the data", func(_ *http.Request, body string) string {
			i := strings.LastIndex(body, "payload!")
			return body[:i] + "Payload!" + body[i+8:]
		}},
		{"no last chunk", func(_ *http.Request, body string) string { return body[:strings.LastIndex(body, "\r\n0")+2] }},
		{"cut off", func(_ *http.Request, body string) string { return body[:len(body)/2] }},
		{"an enormous chunk", func(_ *http.Request, body string) string {
			i := strings.IndexAny(body, ";\r")
			return "7fffffffffffffff" + body[i:]
		}},
		{"a chunk of minus one", func(_ *http.Request, body string) string { return "-1" + body[strings.IndexAny(body, ";\r"):] }},
		{"a chunk ten times as large", func(_ *http.Request, body string) string {
			i := strings.IndexAny(body, ";\r")
			return body[:i] + "0" + body[i:]
		}},
		{"more decoded bytes than there are", func(req *http.Request, body string) string {
			req.Header.Set("X-Amz-Decoded-Content-Length", "80001")
			return body
		}},
		{"fewer decoded bytes than there are", func(req *http.Request, body string) string {
			req.Header.Set("X-Amz-Decoded-Content-Length", "79999")
			return body
		}},
		{"no decoded length", func(req *http.Request, body string) string {
			req.Header.Del("X-Amz-Decoded-Content-Length")
			return body
		}},
		{"a wrong head", func(req *http.Request, body string) string {
			req.Header.Set("Authorization", strings.Replace(req.Header.Get("Authorization"), "Signature=", "Signature=0", 1))
			return body
		}},
		{"no credential", func(req *http.Request, body string) string {
			req.Header.Del("Authorization")
			return body
		}},
		{"something behind the end", func(_ *http.Request, body string) string { return body + "x" }},
		{"a line end of another kind", func(_ *http.Request, body string) string { return strings.Replace(body, "\r\n", "\n", 1) }},
	}
	for _, mode := range modes {
		for _, path := range []string{"/bucket/k", "/bucket/k?partNumber=1&uploadId=" + string(upload.ID)} {
			for _, l := range lies {
				req, body := r.streamed(path, data, mode.payload, mode.trailer)
				body = l.lie(req, body)
				req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
				a := r.send(req)
				if a.status < 400 || a.status > 499 || a.code == "" {
					t.Errorf("%s, %s, %s: got %d %s", mode.name, path, l.name, a.status, a.body)
				}
			}
		}
	}
	r.empty()
	_, parts, _, err := r.model.ListParts(r.ctx, "bucket", "k", upload.ID, 0, 10)
	r.ok(err)
	if len(parts) != 0 {
		t.Errorf("parts were stored: %v", parts)
	}

	for _, mode := range modes { // and the truth is believed
		req, body := r.streamed("/bucket/k", data, mode.payload, mode.trailer)
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.want(r.send(req), 200, "")
		if _, got := r.stored("k"); got != data {
			t.Errorf("%s: got %d bytes", mode.name, len(got))
		}
	}
}

// raw sends bytes and returns the status line of the answer.
func (r *rig) raw(text string) string {
	r.Helper()
	conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
	r.ok(err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	r.ok(err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	r.ok(err)
	return strings.TrimSpace(line)
}

// TestRawPaths sends paths as no client library would.
func TestRawPaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, public)
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("k", "x", objectlayer.PutOptions{})
	for path, want := range map[string]string{
		"/bucket/k":                       "200",
		"/bucket/../bucket/k":             "400",
		"/../bucket/k":                    "400",
		"/./bucket/k":                     "400",
		"/bucket//k":                      "400",
		"//bucket/k":                      "400",
		"/bucket/k/..":                    "400",
		"/bucket/%2e%2e%2f%2e%2e%2fk":     "400",
		"/bucket/.%2e/k":                  "400",
		"/%2e%2e/bucket/k":                "400",
		"/bucket%2fk":                     "200", // the same path: S3 knows no escaped slash in names of buckets
		"/bucket/%00":                     "400",
		"/bucket/k%":                      "400",
		"bucket/k":                        "400",
		"http://other.example/bucket/k":   "200",
		"/minio/admin/v3/info":            "403",
		"/minio/../bucket/k":              "403",
		"/holdfast/x":                     "403",
		"/.minio.sys/buckets/.usage.json": "400",
	} {
		line := r.raw("GET " + path + " HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(line, "HTTP/1.1 "+want) {
			t.Errorf("%s: got %q, want %s", path, line, want)
		}
	}
}

// TestBodiesWithoutALength pins that an upload has to say how long it is.
func TestBodiesWithoutALength(t *testing.T) {
	t.Parallel()
	r := newRig(t, public)
	r.bucket(objectlayer.MakeBucketOptions{})
	for path, want := range map[string]string{"/bucket/k": "411", "/bucket/k?partNumber=1&uploadId=x": "411"} {
		line := r.raw("PUT " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
		if !strings.HasPrefix(line, "HTTP/1.1 "+want) {
			t.Errorf("%s: got %q, want %s", path, line, want)
		}
	}
	line := r.raw("PUT /bucket/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5497558138881\r\n\r\nx")
	if !strings.HasPrefix(line, "HTTP/1.1 400") {
		t.Errorf("more than an object can have: got %q", line)
	}
	line = r.raw("PUT /bucket/k HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
	if strings.HasPrefix(line, "HTTP/1.1 200") {
		t.Errorf("both lengths: got %q", line)
	}
	r.empty()
}

// TestStalledClients pins that a client which stops is cut off, and that nothing of what it sent is stored.
func TestStalledClients(t *testing.T) {
	t.Parallel()
	r := newRig(t, public, func(o *s3api.Options) { o.Patience = 50 * time.Millisecond })
	r.bucket(objectlayer.MakeBucketOptions{})
	for name, text := range map[string]string{
		"no body":             "PUT /bucket/k HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n",
		"half a body":         "PUT /bucket/k HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234",
		"a document":          "POST /bucket?delete HTTP/1.1\r\nHost: h\r\nContent-Md5: " + md5Of("") + "\r\nContent-Length: 10\r\n\r\n<",
		"a body nobody reads": "PUT /bucket?cors HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n<",
	} {
		conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
		r.ok(err)
		_, err = io.WriteString(conn, text)
		r.ok(err)
		answer, err := io.ReadAll(conn) // ends only because the server closes the connection
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Logf("%s: %v", name, err) // a reset is an end, too
		}
		if strings.Contains(string(answer), " 200 ") {
			t.Errorf("%s: got %s", name, answer)
		}
		conn.Close()
	}
	r.empty()
}

// broken is a store whose reads go wrong in the way the key says.
type broken struct{ *objectlayertest.Model }

func (b broken) Get(ctx context.Context, bucket objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*objectlayer.Object, error) {
	object, err := b.Model.Get(ctx, bucket, "k", o)
	if err == nil {
		object.Body = breaking{object.Body, string(k)}
	}
	return object, err
}

type breaking struct {
	objectlayer.ObjectBody
	how string
}

func (b breaking) WriteTo(w io.Writer) (int64, error) {
	switch b.how {
	case "at once":
		return 0, &objectlayer.Error{Op: "get", Kind: objectlayer.KindReadQuorum, Err: errors.New("/drive1 is gone")}
	case "panic":
		panic("out of luck")
	case "later":
		n, err := w.Write([]byte("01234"))
		return int64(n), errors.Join(err, errors.New("/drive1 is gone"))
	}
	return b.ObjectBody.WriteTo(w)
}

// TestFailingReads pins that a read which fails at once is an error, and one that fails later a broken connection.
func TestFailingReads(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *s3api.Options) {
		gate := o.Gate.(objectlayertest.Gate)
		o.Gate = objectlayertest.Gate{Backend: broken{gate.Backend.(*objectlayertest.Model)}, Public: true}
	})
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("k", "0123456789", objectlayer.PutOptions{ContentType: "text/plain", Headers: map[string]string{"content-encoding": "identity"}, UserMeta: map[string]string{"X-Amz-Meta-A": "1"}})
	a := r.do(request{method: "GET", path: "/bucket/at%20once"})
	r.want(a, 503, "SlowDownRead")
	if strings.Contains(a.body, "drive1") || a.header.Get("Retry-After") == "" {
		t.Errorf("got %s, %v", a.body, a.header)
	}
	for _, name := range []string{"Etag", "Last-Modified", "Content-Encoding", "X-Amz-Meta-A", "Content-Range"} {
		if v := a.header.Get(name); v != "" {
			t.Errorf("the error has %s: %s", name, v)
		}
	}
	r.want(r.do(request{method: "GET", path: "/bucket/panic"}), 500, "InternalError")

	resp, err := r.server.Client().Get(r.server.URL + "/bucket/later")
	if err == nil { // the head may or may not have got through
		defer resp.Body.Close()
		if data, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("a short answer ends like a whole one: %q", data)
		}
	}
	r.want(r.do(request{method: "GET", path: "/bucket/well"}), 200, "")
}

// TestTooManyRequests pins that a full house refuses at once.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t, public, func(o *s3api.Options) { o.MaxRequests = 1 })
	r.bucket(objectlayer.MakeBucketOptions{})
	body, feed := io.Pipe()
	done := make(chan answer)
	go func() {
		req, err := http.NewRequestWithContext(r.ctx, "PUT", r.server.URL+"/bucket/k", body)
		if err != nil {
			panic(err)
		}
		req.ContentLength = 2
		done <- r.send(req)
	}()
	_, err := feed.Write([]byte("x")) // the request has begun when its body is read
	r.ok(err)
	for {
		a := r.do(request{method: "GET", path: "/bucket/k", unsigned: true})
		if a.status == 404 {
			continue // came before the one that waits
		}
		r.want(a, 429, "TooManyRequests")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("got %v", a.header)
		}
		break
	}
	_, err = feed.Write([]byte("y"))
	r.ok(err)
	r.want(<-done, 200, "")
	a := r.do(request{method: "GET", path: "/bucket/k", unsigned: true})
	r.want(a, 200, "")
	if a.header.Get("X-Ratelimit-Limit") != "1" || a.header.Get("X-Ratelimit-Remaining") != "0" {
		t.Errorf("got %v", a.header)
	}
}

// TestStrangers pins what nobody gets without a credential even where everything is public, and that conditions tell a
// stranger nothing where it is not.
func TestStrangers(t *testing.T) {
	t.Parallel()
	open := newRig(t, public)
	open.bucket(objectlayer.MakeBucketOptions{})
	open.store("k", "x", objectlayer.PutOptions{})
	open.want(open.do(request{method: "GET", path: "/bucket/k", unsigned: true}), 200, "")
	open.want(open.do(request{method: "GET", path: "/", unsigned: true}), 403, "AccessDenied")
	open.want(open.do(request{method: "GET", path: "/bucket/k?response-content-type=text/html", unsigned: true}), 400, "InvalidRequest")

	shut := newRig(t)
	shut.bucket(objectlayer.MakeBucketOptions{})
	v := shut.store("k", "x", objectlayer.PutOptions{})
	var first string
	for _, path := range []string{"/bucket/k", "/bucket/absent", "/absent/k"} {
		for _, h := range []map[string]string{nil, header("If-None-Match", string(v.ETag)), header("If-Match", "x"), header("If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"), header("Range", "bytes=100-")} {
			a := shut.do(request{method: "GET", path: path, header: h, unsigned: true})
			shut.want(a, 403, "AccessDenied")
			told := fmt.Sprint(a.header.Get("Etag"), a.header.Get("Last-Modified"), a.header.Get("Content-Range"))
			if first == "" {
				first = told
			}
			if told != first {
				t.Errorf("%s with %v tells %q", path, h, told)
			}
		}
	}
}
