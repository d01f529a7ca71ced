package s3api_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api"
)

// discard is a ResponseWriter that keeps its header and nothing else.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// benchmark serves the same signed request over and over, without a network. What it costs is the door and the model.
func benchmark(b *testing.B, method string, body []byte) {
	model := objectlayertest.NewModel(nil)
	if err := model.MakeBucket(b.Context(), "bucket", objectlayer.MakeBucketOptions{}); err != nil {
		b.Fatal(err)
	}
	data := bytes.Repeat([]byte("x"), 4<<10)
	if _, err := model.Put(b.Context(), "bucket", "dir/key", bytes.NewReader(data), int64(len(data)), objectlayer.PutOptions{}); err != nil {
		b.Fatal(err)
	}
	server := s3api.New(s3api.Options{Gate: objectlayertest.Gate{Backend: model}, Accounts: objectlayertest.Users{"root": "root-secret-123456"}})
	r := httptest.NewRequest(method, "http://127.0.0.1:9000/bucket/dir/key", nil)
	signer := sigv4.Signer{AccessKey: "root", Secret: "root-secret-123456", Region: "us-east-1"}
	if err := signer.Sign(r, sigv4.UnsignedPayload, time.Now()); err != nil {
		b.Fatal(err)
	}
	w := discard{http.Header{}}
	reader := bytes.NewReader(body)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		if method == http.MethodPut {
			reader.Reset(body)
			r.Body, r.ContentLength = io.NopCloser(reader), int64(len(body))
		}
		server.ServeHTTP(w, r)
	}
}

func BenchmarkGet4K(b *testing.B)  { benchmark(b, http.MethodGet, nil) }
func BenchmarkHead4K(b *testing.B) { benchmark(b, http.MethodHead, nil) }
func BenchmarkPut4K(b *testing.B)  { benchmark(b, http.MethodPut, bytes.Repeat([]byte("x"), 4<<10)) }
