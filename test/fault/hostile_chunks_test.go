package fault_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/test/harness"
)

// chunkedBody is a body in aws-chunked coding, as lies need it: nothing is added that was not asked for. The format is that
// of "Signature calculations for the Authorization header: transferring payload in multiple chunks" in the S3 API reference.
type chunkedBody struct {
	bytes.Buffer
	key      []byte // signs chunks; nil when they are not signed
	date     string
	scope    string
	previous string // signature of the chunk before, at first of the request
}

// chunk adds a chunk; size is what its header says.
func (b *chunkedBody) chunk(size string, data []byte) {
	fmt.Fprintf(b, "%s%s\r\n", size, b.extension(data))
	b.Write(data)
	b.WriteString("\r\n")
}

// honest adds a chunk that says what it is.
func (b *chunkedBody) honest(data []byte) { b.chunk(fmt.Sprintf("%x", len(data)), data) }

func (b *chunkedBody) extension(data []byte) string {
	if b.key == nil {
		return ""
	}
	nothing, sum := sha256.Sum256(nil), sha256.Sum256(data)
	text := strings.Join([]string{
		"AWS4-HMAC-SHA256-PAYLOAD", b.date, b.scope, b.previous, hex.EncodeToString(nothing[:]), hex.EncodeToString(sum[:]),
	}, "\n")
	b.previous = hex.EncodeToString(mac(b.key, text))
	return ";chunk-signature=" + b.previous
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// chunkedPut makes a request whose body write writes. length is what it says the payload's length is.
func (v *victim) chunkedPut(t *testing.T, payload string, length int, header map[string]string, write func(*chunkedBody)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, v.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = v.client.Target(plainBucket, "chunked", "")
	r.Header.Set("Content-Encoding", "aws-chunked")
	r.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(length))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if err := v.client.Sign(r, payload); err != nil {
		t.Fatal(err)
	}
	b := &chunkedBody{date: r.Header.Get("X-Amz-Date")}
	if strings.HasPrefix(payload, "STREAMING-AWS4") {
		b.scope = b.date[:8] + "/" + harness.Region + "/s3/aws4_request"
		b.key = mac(mac(mac(mac([]byte("AWS4"+v.SecretKey), b.date[:8]), harness.Region), "s3"), "aws4_request")
		b.previous = regexp.MustCompile(`Signature=([0-9a-f]+)`).FindStringSubmatch(r.Header.Get("Authorization"))[1]
	}
	write(b)
	r.Body, r.ContentLength = io.NopCloser(&b.Buffer), int64(b.Len())
	return r
}

const (
	signedChunks   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	unsignedChunks = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// TestHostileChunks sends chunked bodies that lie about their lengths, signatures and trailers.
func TestHostileChunks(t *testing.T) {
	t.Parallel()
	v := startVictim(t)
	data := bytes.Repeat([]byte("chunk data "), 9000) // more than one chunk has to have
	malformed := []string{"IncompleteBody", "InvalidRequest", "InvalidChunkSizeError", "MalformedTrailerError", "InvalidArgument", "BadRequest", "ExcessData", "SignatureDoesNotMatch"}
	for name, lie := range map[string]struct {
		length int
		write  func(*chunkedBody)
		codes  []string
	}{
		"a changed byte": {len(data), func(b *chunkedBody) {
			b.honest(data)
			b.Bytes()[b.Len()-100] ^= 1
			b.honest(nil)
		}, []string{"SignatureDoesNotMatch"}},
		"a wrong signature": {len(data), func(b *chunkedBody) {
			b.previous = strings.Repeat("0", 64)
			b.honest(data)
			b.honest(nil)
		}, []string{"SignatureDoesNotMatch"}},
		"a wrong last signature": {len(data), func(b *chunkedBody) {
			b.honest(data)
			b.previous = strings.Repeat("0", 64)
			b.honest(nil)
		}, []string{"SignatureDoesNotMatch"}},
		"chunks in another order": {len(data), func(b *chunkedBody) {
			half := len(data) / 2
			first, second := *b, *b
			first.Buffer, second.Buffer = bytes.Buffer{}, bytes.Buffer{}
			first.honest(data[:half])
			second.previous = first.previous
			second.honest(data[half:])
			b.Write(second.Bytes())
			b.Write(first.Bytes())
			b.previous = second.previous
			b.honest(nil)
		}, []string{"SignatureDoesNotMatch"}},
		"less than announced": {len(data) + 1, func(b *chunkedBody) { b.honest(data); b.honest(nil) }, malformed},
		"more than announced": {len(data) - 1, func(b *chunkedBody) { b.honest(data); b.honest(nil) }, malformed},
		"no last chunk":       {len(data), func(b *chunkedBody) { b.honest(data) }, malformed},
		"nothing at all":      {len(data), func(*chunkedBody) {}, malformed},
		"a chunk that is cut": {len(data), func(b *chunkedBody) { b.honest(data); b.Truncate(b.Len() / 2) }, malformed},
		"a size too large":    {len(data), func(b *chunkedBody) { b.chunk("ffffffffffffffff", data) }, malformed},
		"a size of gigabytes": {len(data), func(b *chunkedBody) { b.chunk("80000000", data) }, malformed},
		"a negative size":     {len(data), func(b *chunkedBody) { b.chunk("-1", data) }, malformed},
		"no size":             {len(data), func(b *chunkedBody) { b.chunk("", data) }, malformed},
		"a size in words":     {len(data), func(b *chunkedBody) { b.chunk("many", data) }, malformed},
		"an endless header":   {len(data), func(b *chunkedBody) { b.chunk(strings.Repeat("1", 1<<20), nil) }, malformed},
		"a zero-padded size":  {len(data), func(b *chunkedBody) { b.chunk(strings.Repeat("0", 1<<16)+"1", []byte("x")) }, malformed},
		"something after it": {len(data), func(b *chunkedBody) {
			b.honest(data)
			b.honest(nil)
			b.WriteString("and more")
		}, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			v.wantHTTP(t, v.chunkedPut(t, signedChunks, lie.length, nil, lie.write), lie.codes...)
		})
	}
	v.testTrailers(t, data)
	v.unharmed(t)
	honest := v.chunkedPut(t, signedChunks, len(data), nil, func(b *chunkedBody) { b.honest(data[:70_000]); b.honest(data[70_000:]); b.honest(nil) })
	if response, err := v.client.Send(honest); err != nil || response.Status != http.StatusOK {
		t.Errorf("an honest body: got %v, %v", response, err)
	}
}

// testTrailers lies in what follows the last chunk.
func (v *victim) testTrailers(t *testing.T, data []byte) {
	right := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data)))
	for name, lie := range map[string]struct {
		announced, trailer string
	}{
		"a wrong checksum":        {"x-amz-checksum-crc32", "x-amz-checksum-crc32:AAAAAA=="},
		"no checksum":             {"x-amz-checksum-crc32", ""},
		"another checksum":        {"x-amz-checksum-crc32", "x-amz-checksum-sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		"no trailer's form":       {"x-amz-checksum-crc32", "x-amz-checksum-crc32"},
		"an endless trailer":      {"x-amz-checksum-crc32", "x-amz-checksum-crc32:" + strings.Repeat("A", 1<<20)},
		"an unknown checksum":     {"x-amz-checksum-rot13", "x-amz-checksum-rot13:" + right},
		"something not announced": {"x-amz-checksum-crc32", "x-amz-checksum-crc32:" + right + "\r\nx-amz-meta-smuggled:x"},
	} {
		t.Run(name, func(t *testing.T) {
			r := v.chunkedPut(t, unsignedChunks, len(data), map[string]string{"X-Amz-Trailer": lie.announced}, func(b *chunkedBody) {
				b.honest(data)
				b.WriteString("0\r\n")
				if lie.trailer != "" {
					b.WriteString(lie.trailer + "\r\n")
				}
				b.WriteString("\r\n")
			})
			v.wantHTTP(t, r, "XAmzContentChecksumMismatch", "BadDigest", "InvalidRequest", "InvalidArgument", "MalformedTrailerError", "IncompleteBody", "BadRequest")
		})
	}
}

// TestHostileCuts cuts connections in the middle of bodies: plain, chunked, and of parts.
func TestHostileCuts(t *testing.T) {
	t.Parallel()
	v := startVictim(t)
	body := bytes.Repeat([]byte("x"), 3<<20)
	for _, sent := range []int{0, 1, 1000, 1 << 20, len(body) - 1} {
		r, err := v.client.New(t.Context(), harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "cut", Body: body})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r = r.WithContext(ctx)
		r.GetBody = nil
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:sent]), cutter(cancel)))
		if response, err := v.client.Send(r); err == nil {
			t.Errorf("after %d bytes: got %s, want no answer", sent, response)
		}
		cancel()
	}
	v.unharmed(t)
}

// cutter gives up the request instead of reading on.
func cutter(cancel func()) io.Reader {
	return readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.ErrUnexpectedEOF
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
