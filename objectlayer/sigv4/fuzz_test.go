package sigv4_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// The only header that is accepted is one that carries the right signature.
func FuzzAuthorization(f *testing.F) {
	r := newRequest(f, "GET", "http://localhost/b/k", nil)
	if err := newSigner().Sign(r, sigv4.EmptySHA256, awsTime); err != nil {
		f.Fatal(err)
	}
	good := r.Header.Get("Authorization")
	_, signature, _ := strings.Cut(good, "Signature=")
	f.Add(good)
	f.Add("")
	f.Add("AWS4-HMAC-SHA256")
	f.Add("AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;;,Signature==")
	f.Add("AWS " + awsKey + ":c2lnbmF0dXJl")
	f.Fuzz(func(t *testing.T, header string) {
		r := newRequest(t, "GET", "http://localhost/b/k", nil)
		r.Header.Set("X-Amz-Date", "20130524T000000Z")
		r.Header.Set("X-Amz-Content-Sha256", sigv4.EmptySHA256)
		r.Header["Authorization"] = []string{header}
		res, err := newVerifier(awsTime).Verify(r)
		if err == nil && res.Signature != signature && (res.Type != sigv4.Anonymous || header != "") {
			t.Errorf("%q was accepted as %v", header, res.Type)
		}
	})
}

// The only query that is accepted is one that carries the right signature, or no
// credentials.
func FuzzQuery(f *testing.F) {
	u, err := newSigner().Presign(newRequest(f, "GET", "http://localhost/b/k?versionId=1", nil), time.Hour, awsTime)
	if err != nil {
		f.Fatal(err)
	}
	good := u.Query().Get("X-Amz-Signature")
	f.Add(u.RawQuery)
	f.Add("AWSAccessKeyId=" + awsKey + "&Expires=99999999999&Signature=a")
	f.Add("acl&prefix=a+b%20c&;&=&%zz")
	f.Fuzz(func(t *testing.T, query string) {
		r := newRequest(t, "GET", "http://localhost/b/k", nil)
		r.URL.RawQuery = query
		res, err := newVerifier(awsTime).Verify(r)
		if err != nil {
			return
		}
		credentials := false
		for name := range r.URL.Query() {
			switch name {
			case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId", "Signature":
				credentials = true
			}
		}
		if res.Signature != good && (res.Type != sigv4.Anonymous || credentials) {
			t.Errorf("%q was accepted as %v", query, res.Type)
		}
	})
}

// Whatever the body, io.EOF comes only behind the payload that was signed.
func FuzzSignedChunks(f *testing.F) {
	const payload, trailer = "some data in chunks", "x-amz-checksum-crc64nvme"
	wire, r := encoded(f, sigv4.SignedChunksTrailer, trailer, payload)
	res := must[*sigv4.Result](f)(newVerifier(awsTime).Verify(r))
	f.Add(wire)
	f.Add(wire[:len(wire)-2])
	f.Add("10000000;chunk-signature=" + strings.Repeat("0", 64) + "\r\n")
	f.Fuzz(func(t *testing.T, wire string) {
		r := &http.Request{Header: r.Header, ContentLength: -1, Body: io.NopCloser(iotest.HalfReader(strings.NewReader(wire)))}
		body, _, err := sigv4.Body(r, res)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(body)
		if err == nil && string(data) != payload {
			t.Errorf("%q was read as %q", wire, data)
		}
		if err != nil && len(data) >= len(payload) {
			t.Errorf("%q gave all of %q in spite of %v", wire, data, err)
		}
	})
}

// Unsigned chunks are read as a decoder reads them that has all in memory.
func FuzzUnsignedChunks(f *testing.F) {
	f.Add("3\r\nabc\r\n0\r\n\r\n", int64(3))
	f.Add("1\r\na\r\n0002\r\nbc\r\n0\r\n\r\n", int64(3))
	f.Add("ffffffff\r\n", int64(1<<40))
	f.Add("0\r\n\r\n\r\n", int64(0))
	f.Fuzz(func(t *testing.T, wire string, decoded int64) {
		r := chunkedRequest(t, strconv.FormatInt(decoded, 10), "", wire)
		r.ContentLength = -1
		data, _, err := readBody(newVerifier(awsTime), r)
		want, ok := decodeChunks(wire)
		ok = ok && int64(len(want)) == decoded
		if ok != (err == nil) || ok && data != want {
			t.Errorf("%q of %d: got %q, %v, want %q, %v", wire, decoded, data, err, want, ok)
		}
	})
}

// decodeChunks is the plain way to read unsigned chunks without a trailer.
func decodeChunks(wire string) (payload string, ok bool) {
	for {
		line, rest, ok := strings.Cut(wire, "\r\n")
		size, err := strconv.ParseUint(line, 16, 63)
		if !ok || err != nil || len(line) > 16 {
			return "", false
		}
		if size == 0 {
			return payload, rest == "\r\n"
		}
		if size > uint64(len(rest)) || !strings.HasPrefix(rest[size:], "\r\n") {
			return "", false
		}
		payload += rest[:size]
		wire = rest[size+2:]
	}
}

// A policy that parses can be asked, and never allows a field it does not name.
func FuzzPolicy(f *testing.F) {
	f.Add(awsPolicy)
	f.Add(`{"expiration": "2013-05-25T00:00:00Z", "conditions": [["content-length-range", 1, 2], {"a": 1}]}`)
	f.Add(`{"conditions": [[[[[`)
	f.Fuzz(func(t *testing.T, document string) {
		p, err := sigv4.ParsePolicy(base64.StdEncoding.EncodeToString([]byte(document)))
		if err != nil {
			if code(err) != sigv4.CodeMalformedPOSTRequest {
				t.Errorf("%q: %v", document, err)
			}
			return
		}
		if p.MinSize < 0 || p.MaxSize < 0 {
			t.Errorf("%q: sizes %d to %d", document, p.MinSize, p.MaxSize)
		}
		if !strings.ContainsAny(document, `\`) && !strings.Contains(document, "field") && p.Check(sigv4.Form{"a field": ""}, 1, awsTime) == nil {
			t.Errorf("%q allows a field it does not name", document)
		}
	})
}
