package sigv4_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// minio-go is the client most of our users have; what it signs is accepted, and
// what we sign is what it would have signed.

func TestMinioHeader(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://localhost:9000/",
		"http://localhost:9000/bucket/a%20b+c/d",
		"http://localhost:9000/bucket?list-type=2&prefix=a%2Fb+c&delimiter=%2F&continuation-token=",
		"http://localhost:9000/bucket/key?uploads",
	} {
		r := newRequest(t, "GET", url, nil)
		r.Header.Set("X-Amz-Content-Sha256", sigv4.EmptySHA256)
		r.Header.Set("X-Amz-Meta-A", "  b   c ")
		r.Header.Set("Expect", "100-continue")
		r = signer.SignV4(*r, awsKey, awsSecret, "token", "us-east-1")
		res, err := newVerifier(time.Now()).Verify(serve(t, r))
		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if res.SessionToken != "token" {
			t.Errorf("%s: token %q", url, res.SessionToken)
		}
	}
}

func TestMinioPresigned(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "GET", "http://localhost:9000/bucket/a%20b?response-content-type=a%2Fb+c&versionId=1", nil)
	r.Header.Set("Content-Type", "text/plain")
	r = signer.PreSignV4(*r, awsKey, awsSecret, "to/ken=", "us-east-1", 60)
	res := must[*sigv4.Result](t)(newVerifier(time.Now()).Verify(serve(t, r)))
	if res.Type != sigv4.PresignedV4 || res.SessionToken != "to/ken=" {
		t.Errorf("got %+v", res)
	}
}

func TestMinioSTS(t *testing.T) {
	t.Parallel()
	const body = "Action=AssumeRole&Version=2011-06-15"
	sum := sha256.Sum256([]byte(body))
	r := newRequest(t, "POST", "http://localhost:9000/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	r = signer.SignV4STS(*r, awsKey, awsSecret, "")
	v := newVerifier(time.Now())
	v.Services = []string{"sts"}
	data, _, err := readBody(v, serve(t, r))
	if err != nil || data != body {
		t.Errorf("got %q, %v", data, err)
	}
}

// hasher is what minio-go wants of a hash.
type hasher struct{ hash.Hash }

func (hasher) Close() {}

func TestMinioStreams(t *testing.T) {
	t.Parallel()
	trailer := func() http.Header { return http.Header{"X-Amz-Checksum-Crc32c": {"sOO8/Q=="}} }
	now := time.Now().UTC()
	for name, sign := range map[string]func(r *http.Request) *http.Request{
		"signed": func(r *http.Request) *http.Request {
			return signer.StreamingSignV4(r, awsKey, awsSecret, "", "us-east-1", r.ContentLength, now, hasher{sha256.New()})
		},
		"signed with a trailer": func(r *http.Request) *http.Request {
			r.Trailer = trailer()
			return signer.StreamingSignV4(r, awsKey, awsSecret, "", "us-east-1", r.ContentLength, now, hasher{sha256.New()})
		},
		"unsigned with a trailer": func(r *http.Request) *http.Request {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
			return signer.SignV4Trailer(*r, awsKey, awsSecret, "", "us-east-1", trailer())
		},
		"anonymous with a trailer": func(r *http.Request) *http.Request {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
			return signer.UnsignedTrailer(*r, trailer())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sign(newRequest(t, "PUT", "http://localhost/bucket/key", strings.NewReader(awsChunks)))
			data, got, err := readBody(newVerifier(now), serve(t, r))
			if err != nil {
				t.Fatal(err)
			}
			if data != awsChunks {
				t.Errorf("got %d other bytes", len(data))
			}
			if value := got.Get("X-Amz-Checksum-Crc32c"); strings.Contains(name, "trailer") && value != "sOO8/Q==" {
				t.Errorf("got trailer %v", got)
			}
		})
	}
}

func TestMinioPost(t *testing.T) {
	t.Parallel()
	form := newSigner().SignPost([]byte(awsPolicy), awsPostTime)
	want := signer.PostPresignSignatureV4(form["policy"], awsPostTime, awsSecret, "us-east-1")
	if got := form["x-amz-signature"]; got != want {
		t.Errorf("signed %s, minio-go signs %s", got, want)
	}
}

// What the signer makes survives real transports, over both versions of HTTP.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _, err := readBody(v, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, data)
	})
	requests := map[string]func(t *testing.T, url string) *http.Request{
		"get": func(t *testing.T, url string) *http.Request {
			r := newRequest(t, "GET", url+"/b/k%20x$?acl", nil)
			if err := newSigner().Sign(r, sigv4.EmptySHA256, awsTime); err != nil {
				t.Fatal(err)
			}
			return r
		},
		"presigned": func(t *testing.T, url string) *http.Request {
			r := newRequest(t, "PUT", url+"/b/k", strings.NewReader("payload"))
			u, err := newSigner().Presign(r, time.Hour, awsTime)
			if err != nil {
				t.Fatal(err)
			}
			r.URL = u
			return r
		},
		"hashed, expecting": func(t *testing.T, url string) *http.Request {
			r := newRequest(t, "PUT", url+"/b/k", strings.NewReader("payload"))
			sum := sha256.Sum256([]byte("payload"))
			if err := newSigner().Sign(r, hex.EncodeToString(sum[:]), awsTime); err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Expect", "100-continue")
			return r
		},
		"chunks": func(t *testing.T, url string) *http.Request {
			r := newRequest(t, "PUT", url+"/b/k", strings.NewReader("payload"))
			r.Header.Set("Content-Encoding", "gzip")
			if err := newSigner().SignStream(r, 7, sigv4.SignedChunksTrailer, "x-amz-checksum-sha1", awsTime); err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Content-Encoding"); got != "aws-chunked,gzip" {
				t.Errorf("content encoding %q", got)
			}
			return r
		},
	}
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		server := httptest.NewUnstartedServer(handler)
		server.EnableHTTP2 = proto == "HTTP/2.0"
		server.StartTLS()
		t.Cleanup(server.Close)
		for name, make := range requests {
			r := make(t, server.URL)
			res, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			want := "payload"
			if name == "get" {
				want = ""
			}
			if res.Proto != proto || res.StatusCode != http.StatusOK || string(data) != want {
				t.Errorf("%s %s: %s %s %q", proto, name, res.Proto, res.Status, data)
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSignStreamRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		payload sigv4.Payload
		trailer string
	}{
		{sigv4.Unsigned, "x-amz-checksum-crc32"},
		{sigv4.Hashed, "x-amz-checksum-crc32"},
		{sigv4.SignedChunks, "x-amz-checksum-crc32"},
		{sigv4.SignedChunksTrailer, ""},
		{sigv4.UnsignedChunksTrailer, "x-amz-meta-a"},
	} {
		r := newRequest(t, "PUT", "http://localhost/b/k", strings.NewReader("abc"))
		if err := newSigner().SignStream(r, 3, tt.payload, tt.trailer, awsTime); err == nil {
			t.Errorf("signed %v with trailer %q", tt.payload, tt.trailer)
		}
	}
}

func TestSignStreamWrongSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{2, 4} {
		r := newRequest(t, "PUT", "http://localhost/b/k", bytes.NewReader([]byte("abc")))
		if err := newSigner().SignStream(r, size, sigv4.SignedChunks, "", awsTime); err != nil {
			t.Fatal(err)
		}
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil || size == 4 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("size %d: got %v", size, err)
		}
	}
}
