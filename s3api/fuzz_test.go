package s3api

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
)

func FuzzCopySource(f *testing.F) {
	for _, s := range []string{"/bucket/key", "bucket/a%20b?versionId=null", "bucket/..%2f..%2fx", "/.minio.sys/x", "?", "bucket/k?versionId=af46a7d4-3802-43bc-b4fb-5072785e2aa8", "%", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src, err := parseCopySource(text)
		if err != nil {
			return
		}
		if src.Bucket.Reserved() || !readable(src.Bucket) || src.Key.Check() != nil {
			t.Errorf("%q is taken for %+v", text, src)
		}
		again := string(src.Bucket) + "/" + strings.ReplaceAll(url.PathEscape(string(src.Key)), "%2F", "/")
		if src.Version != "" {
			again += "?versionId=" + string(src.Version)
		}
		if same, err := parseCopySource(again); err != nil || same.Bucket != src.Bucket || same.Key != src.Key || same.Version != src.Version {
			t.Errorf("%q is %+v, which written again is %+v, %v", text, src, same, err)
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-1", "bytes=-5", "bytes=5-", "bytes=0-9223372036854775807", "bytes=1-2,3-4", "bytes", "bytes=--1", "bytes= 1-2 "} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		r := parseRange(header)
		size &= 1<<62 - 1
		offset, length, ok := r.Resolve(size)
		if ok && (offset < 0 || length < 0 || offset > size || length > size-offset || r.Set && length == 0) {
			t.Errorf("%q of %d bytes is %d bytes at %d", header, size, length, offset)
		}
		if !r.Set && r != (objectlayer.Range{}) {
			t.Errorf("%q is not a range, and yet %+v", header, r)
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\ndata\r\n--x--\r\n"))
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n${filename}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../f\"\r\n\r\ndata\r\n--x--"))
	f.Add([]byte("--x--"))
	f.Fuzz(func(t *testing.T, body []byte) {
		model := objectlayertest.NewModel(nil)
		if err := model.MakeBucket(t.Context(), "bucket", objectlayer.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
		s := New(Options{Gate: objectlayertest.Gate{Backend: model, Public: true}, Accounts: objectlayertest.Users{}})
		r := httptest.NewRequest(http.MethodPost, "/bucket", bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		page, err := model.List(t.Context(), "bucket", objectlayer.ListOptions{Max: 10})
		if err != nil {
			t.Fatal(err)
		}
		if w.Code >= 500 || w.Code >= 400 && len(page.Objects) > 0 {
			t.Errorf("got %d with %d objects stored", w.Code, len(page.Objects))
		}
	})
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "/bucket/k?partNumber=1", "Range", "bytes=1-2", "")
	f.Add("PUT", "/bucket/k", "X-Amz-Tagging", "a=b", "data")
	f.Add("PUT", "/bucket/l", "X-Amz-Copy-Source", "/bucket/k", "")
	f.Add("GET", "/bucket?list-type=2&delimiter=/&max-keys=1", "X-Amz-Checksum-Mode", "ENABLED", "")
	f.Add("POST", "/bucket?delete", "X-Amz-Checksum-Crc32", "AAAAAA==", "<Delete><Object><Key>k</Key></Object></Delete>")
	f.Add("PUT", "/bucket?versioning", "X", "y", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	f.Fuzz(func(t *testing.T, method, target, header, value, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" || !strings.HasPrefix(target, "/") {
			return
		}
		model := objectlayertest.NewModel(nil)
		if err := model.MakeBucket(t.Context(), "bucket", objectlayer.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := model.Put(t.Context(), "bucket", "k", strings.NewReader("0123456789"), 10, objectlayer.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		s := New(Options{Gate: objectlayertest.Gate{Backend: model, Public: true}, Accounts: objectlayertest.Users{}})
		r := (&http.Request{Method: method, URL: u, Host: "h", Proto: "HTTP/1.1", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: "1.2.3.4:5"}).WithContext(t.Context())
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %s with %s: %s got %d\n%s", method, target, header, value, w.Code, w.Body)
		}
	})
}
