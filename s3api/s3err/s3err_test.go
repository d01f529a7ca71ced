package s3err_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

func TestEveryKindHasACode(t *testing.T) {
	t.Parallel()
	for _, k := range objectlayer.Kinds() {
		if c := s3err.OfKind(k); c == s3err.InternalError && k != objectlayer.KindInternal {
			t.Errorf("kind %q has no row", k)
		}
	}
}

func TestCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range s3err.Codes() {
		if c.String() == "" || c.Message() == "" || c.Status() < 300 || c.Status() > 599 {
			t.Errorf("code %d: name %q, status %d, message %q", c, c, c.Status(), c.Message())
		}
		if seen[c.String()] {
			t.Errorf("code %q appears twice", c)
		}
		seen[c.String()] = true
		if got, ok := s3err.Lookup(c.String()); !ok || got != c {
			t.Errorf("Lookup(%q) = %v, %v", c, got, ok)
		}
	}
	if _, ok := s3err.Lookup("NoSuchCode"); ok {
		t.Error("Lookup found a code that does not exist")
	}
	if got := s3err.Code(255).Status(); got != http.StatusInternalServerError {
		t.Errorf("status of a code outside the catalogue = %d, want 500", got)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	layer := func(k objectlayer.Kind, cause error) error {
		return &objectlayer.Error{Op: "put", Kind: k, Detail: "max-keys", Err: cause}
	}
	tests := []struct {
		name    string
		err     error
		code    s3err.Code
		message string
	}{
		{"code", s3err.NoSuchKey, s3err.NoSuchKey, "The specified key does not exist."},
		{"wrapped code", fmt.Errorf("read form: %w", s3err.MalformedPOSTRequest), s3err.MalformedPOSTRequest, s3err.MalformedPOSTRequest.Message()},
		{"own message", s3err.New(s3err.InvalidArgument, "no such thing"), s3err.InvalidArgument, "no such thing"},
		{"layer", layer(objectlayer.KindNoBucket, nil), s3err.NoSuchBucket, "max-keys"},
		{"protocol inside layer", layer(objectlayer.KindInternal, s3err.SignatureDoesNotMatch), s3err.SignatureDoesNotMatch, s3err.SignatureDoesNotMatch.Message()},
		{"held", &objectlayer.Error{Kind: objectlayer.KindHeld}, s3err.InvalidRequest, "Object is WORM protected and cannot be overwritten"},
		{"internal detail is kept back", layer(objectlayer.KindInternal, errors.New("/drive1 gone")), s3err.InternalError, s3err.InternalError.Message()},
		{"foreign", errors.New("/drive1 gone"), s3err.InternalError, s3err.InternalError.Message()},
		{"too long", &http.MaxBytesError{Limit: 1}, s3err.EntityTooLarge, s3err.EntityTooLarge.Message()},
		{"client gone", context.Canceled, s3err.ClientDisconnected, s3err.ClientDisconnected.Message()},
		{"slow client", os.ErrDeadlineExceeded, s3err.RequestTimeout, s3err.RequestTimeout.Message()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := s3err.Resolve(tt.err)
			if got.Code != tt.code || got.Text() != tt.message {
				t.Errorf("got %v %q, want %v %q", got.Code, got.Text(), tt.code, tt.message)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	tests := []struct {
		name   string
		method string
		region string
		err    error
		status int
		header map[string]string
		body   string
	}{
		{
			name: "no such key", method: "GET", status: 404,
			err:    &s3err.Error{Code: s3err.NoSuchKey, Bucket: "b", Key: "k<&\"\x01"},
			header: map[string]string{"Content-Type": "application/xml", "Retry-After": ""},
			body: head + `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k&lt;&amp;&#34;` + "\uFFFD" +
				`</Key><BucketName>b</BucketName><Resource>/b/k</Resource><RequestId>18EA</RequestId><HostId>57ef</HostId></Error>`,
		},
		{
			name: "region", method: "PUT", region: "eu-x", status: 404, err: s3err.NoSuchBucket,
			body: head + `<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><Resource>/b/k</Resource>` +
				`<Region>eu-x</Region><RequestId>18EA</RequestId><HostId>57ef</HostId></Error>`,
		},
		{
			name: "range", method: "GET", status: 416,
			err:    &s3err.Error{Code: s3err.InvalidRange, ActualSize: 10, RangeRequested: "bytes=20-"},
			header: map[string]string{"Content-Range": "bytes */10"},
			body: head + `<Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message><Resource>/b/k</Resource>` +
				`<RequestId>18EA</RequestId><HostId>57ef</HostId><ActualObjectSize>10</ActualObjectSize><RangeRequested>bytes=20-</RangeRequested></Error>`,
		},
		{
			name: "head", method: "HEAD", status: 404, err: s3err.NoSuchKey,
			header: map[string]string{"X-Minio-Error-Code": "NoSuchKey", "X-Minio-Error-Desc": `"The specified key does not exist."`},
		},
		{name: "not modified", method: "GET", status: 304, err: s3err.NotModified, header: map[string]string{"Content-Type": ""}},
		{name: "retry 503", method: "HEAD", status: 503, err: s3err.SlowDownWrite, header: map[string]string{"Retry-After": "5"}},
		{name: "retry 429", method: "HEAD", status: 429, err: s3err.TooManyRequests, header: map[string]string{"Retry-After": "5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			w.Header().Set("X-Amz-Request-Id", "18EA")
			w.Header().Set("X-Amz-Id-2", "57ef")
			if tt.region != "" {
				w.Header().Set("X-Amz-Bucket-Region", tt.region)
			}
			s3err.Write(w, httptest.NewRequest(tt.method, "/b/k", nil), tt.err)
			if w.Code != tt.status {
				t.Errorf("got status %d, want %d", w.Code, tt.status)
			}
			for name, want := range tt.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("got %s %q, want %q", name, got, want)
				}
			}
			if diff := cmp.Diff(tt.body, w.Body.String()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}
