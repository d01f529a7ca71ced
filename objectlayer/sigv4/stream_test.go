package sigv4_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

var checksumNames = []string{
	"x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-crc64nvme",
	"x-amz-checksum-sha1", "x-amz-checksum-sha256",
}

// upload returns the request a client makes of a payload in chunks, as a server
// gets it.
func upload(t testing.TB, p sigv4.Payload, trailer, payload string) *http.Request {
	t.Helper()
	r := newRequest(t, "PUT", "http://localhost/bucket/key", strings.NewReader(payload))
	if err := newSigner().SignStream(r, int64(len(payload)), p, trailer, awsTime); err != nil {
		t.Fatal(err)
	}
	return serve(t, r)
}

// encoded returns the body of an upload, for tests to spoil, and the request.
func encoded(t testing.TB, p sigv4.Payload, trailer, payload string) (string, *http.Request) {
	t.Helper()
	r := upload(t, p, trailer, payload)
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), r
}

// setBody gives r another body, of a length that is announced.
func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

func TestStreams(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 100, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000}
	for _, size := range sizes {
		payload := strings.Repeat("holdfast", size/8+1)[:size]
		check := func(p sigv4.Payload, trailer string) {
			r := upload(t, p, trailer, payload)
			res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(r))
			if res.Payload != p {
				t.Errorf("payload %v, want %v", res.Payload, p)
			}
			for name, wrap := range map[string]func(io.Reader) io.Reader{
				"plain": func(r io.Reader) io.Reader { return r },
				"data with EOF": func(r io.Reader) io.Reader {
					return iotest.DataErrReader(r)
				},
				"bytes": iotest.OneByteReader,
			} {
				if name == "bytes" && size > 1000 {
					continue
				}
				wire, r := encoded(t, p, trailer, payload)
				if r.ContentLength != int64(len(wire)) {
					t.Errorf("content length %d, want %d", r.ContentLength, len(wire))
				}
				r.Body = io.NopCloser(wrap(strings.NewReader(wire)))
				body, length, err := sigv4.Body(r, res)
				if err != nil {
					t.Fatal(err)
				}
				if length != int64(size) {
					t.Errorf("length %d, want %d", length, size)
				}
				if err := iotest.TestReader(body, []byte(payload)); err != nil {
					t.Errorf("%v %q of %d bytes, %s: %v", p, trailer, size, name, err)
				}
				var want []string
				if trailer != "" {
					want = []string{http.CanonicalHeaderKey(trailer)}
				}
				var got []string
				for key := range body.Trailer() {
					got = append(got, key)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
		}
		check(sigv4.SignedChunks, "")
		for _, trailer := range checksumNames {
			check(sigv4.SignedChunksTrailer, trailer)
			check(sigv4.UnsignedChunksTrailer, trailer)
		}
	}
}

// Any changed, missing or added byte in a signed body is noticed, save two
// things that say the same: the case of a header name, and a line feed alone
// behind a trailing header.
func TestSignedStreamAnyChange(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	wire, r := encoded(t, sigv4.SignedChunksTrailer, "x-amz-checksum-crc32c", "some data")
	name := regexp.MustCompile(`(?i)\nx-amz-(checksum-crc32c|trailer-signature):`)
	lineEnd := regexp.MustCompile(`(-crc32c:[^\r\n]*)\r\n`)
	canonical := func(body string) string {
		return lineEnd.ReplaceAllString(name.ReplaceAllStringFunc(body, strings.ToLower), "$1\n")
	}
	refused := func(what, body string) {
		if canonical(body) == canonical(wire) {
			return
		}
		setBody(r, body)
		if data, _, err := readBody(v, r); err == nil {
			t.Errorf("%s: accepted %q as %q", what, body, data)
		}
	}
	for i := range len(wire) {
		refused("cut", wire[:i])
		refused("removed", wire[:i]+wire[i+1:])
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			changed := []byte(wire)
			changed[i] ^= flip
			refused(fmt.Sprintf("byte %d", i), string(changed))
		}
	}
	refused("added", wire+"\n")
	refused("twice", wire+wire)
	setBody(r, wire)
	if _, _, err := readBody(v, r); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

// chunkedRequest returns a request without credentials whose body is in unsigned
// chunks, so that tests can write what they like.
func chunkedRequest(t testing.TB, decoded, trailer, body string) *http.Request {
	t.Helper()
	r := newRequest(t, "PUT", "http://localhost/b/k", nil)
	r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	r.Header.Set("X-Amz-Decoded-Content-Length", decoded)
	if trailer != "" {
		r.Header.Set("X-Amz-Trailer", trailer)
	}
	setBody(r, body)
	return r
}

func TestUnsignedStreamLies(t *testing.T) {
	t.Parallel()
	const crc = "x-amz-checksum-crc32"
	const framing = sigv4.CodeInvalidRequest
	tests := []struct{ name, decoded, trailer, body, want string }{
		{"as SDKs write it", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", "ok"},
		{"as minio-go writes it", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\n\r\n\r\n", "ok"},
		{"trailer in LF only", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\n\r\n", "ok"},
		{"space and case in trailer", "3", crc, "3\r\nabc\r\n0\r\nX-Amz-Checksum-CRC32: NSRBwg== \r\n\r\n", "ok"},
		{"no trailer", "3", "", "3\r\nabc\r\n0\r\n\r\n", "ok"},
		{"several chunks", "3", "", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "ok"},
		{"leading zeros, upper case", "11", "", "00000B\r\nabcabcabcab\r\n000\r\n\r\n", "ok"},
		{"empty", "0", "", "0\r\n\r\n", "ok"},

		{"size larger than announced", "3", "", "1e\r\nabc\r\n0\r\n\r\n", sigv4.CodeExcessData},
		{"size and announcement larger than data", "30", "", "1e\r\nabc\r\n0\r\n\r\n", sigv4.CodeIncompleteBody},
		{"chunk of 2 GiB", "2147483648", "", "80000000\r\nabc\r\n0\r\n\r\n", sigv4.CodeIncompleteBody},
		{"size of 64 bits", "3", "", "ffffffffffffffff\r\nabc\r\n0\r\n\r\n", framing},
		{"size of 63 bits", "3", "", "7fffffffffffffff\r\nabc\r\n0\r\n\r\n", sigv4.CodeExcessData},
		{"size that overflows", "3", "", "10000000000000003\r\nabc\r\n0\r\n\r\n", framing},
		{"size negative", "3", "", "-3\r\nabc\r\n0\r\n\r\n", framing},
		{"size with a plus", "3", "", "+3\r\nabc\r\n0\r\n\r\n", framing},
		{"size with 0x", "3", "", "0x3\r\nabc\r\n0\r\n\r\n", framing},
		{"size with a space", "3", "", "3 \r\nabc\r\n0\r\n\r\n", framing},
		{"size missing", "3", "", "\r\nabc\r\n0\r\n\r\n", framing},
		{"size not hex", "3", "", "g\r\nabc\r\n0\r\n\r\n", framing},
		{"size in LF", "3", "", "3\nabc\r\n0\r\n\r\n", framing},
		{"endless line", "3", "", strings.Repeat("0", 5000) + "3\r\nabc\r\n0\r\n\r\n", framing},
		{"extension", "3", "", "3;a=b\r\nabc\r\n0\r\n\r\n", framing},
		{"signature where none belongs", "3", "", "3;chunk-signature=" + strings.Repeat("0", 64) + "\r\nabc\r\n0\r\n\r\n", framing},
		{"data longer than size", "4", "", "3\r\nabcd\r\n0\r\n\r\n", framing},
		{"data in LF", "3", "", "3\r\nabc\n0\r\n\r\n", framing},
		{"no end of data", "3", "", "3\r\nabc0\r\n\r\n", framing},
		{"end too early", "3", "", "1\r\na\r\n0\r\n\r\n", sigv4.CodeIncompleteBody},
		{"zero chunk in between", "3", "", "1\r\na\r\n0\r\n2\r\nbc\r\n0\r\n\r\n", sigv4.CodeIncompleteBody},
		{"chunk behind the last", "3", "", "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", sigv4.CodeExcessData},
		{"no zero chunk", "3", "", "3\r\nabc\r\n", sigv4.CodeIncompleteBody},
		{"nothing", "3", "", "", sigv4.CodeIncompleteBody},
		{"nothing where nothing is due", "0", "", "", sigv4.CodeIncompleteBody},
		{"no last line", "3", "", "3\r\nabc\r\n0\r\n", sigv4.CodeIncompleteBody},
		{"last line in LF", "3", "", "3\r\nabc\r\n0\r\n\n", framing},
		{"byte behind the end", "3", "", "3\r\nabc\r\n0\r\n\r\nx", sigv4.CodeExcessData},
		{"line behind the end", "3", "", "3\r\nabc\r\n0\r\n\r\n\r\n", sigv4.CodeExcessData},
		{"chunk behind the end", "3", "", "3\r\nabc\r\n0\r\n\r\n3\r\nabc\r\n0\r\n\r\n", sigv4.CodeExcessData},

		{"trailer missing", "3", crc, "3\r\nabc\r\n0\r\n\r\n", framing},
		{"trailer cut", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n", sigv4.CodeIncompleteBody},
		{"trailer not announced", "3", "", "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", framing},
		{"another trailer", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:Nks/tw==\r\n\r\n", framing},
		{"one trailer too many", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\nx-amz-checksum-crc32c:Nks/tw==\r\n\r\n", framing},
		{"trailer twice", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", framing},
		{"one of two trailers", "3", crc + ", x-amz-checksum-crc32c", "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", framing},
		{"both of two trailers", "3", crc + ", x-amz-checksum-crc32c", "3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:Nks/tw==\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", "ok"},
		{"trailer wrong", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", sigv4.CodeChecksumMismatch},
		{"trailer not base64", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSR!wg==\r\n\r\n", framing},
		{"trailer too short", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSQ=\r\n\r\n", framing},
		{"trailer empty", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:\r\n\r\n", framing},
		{"trailer without a colon", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32\r\n\r\n", framing},
		{"trailer signed where nothing is", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\nx-amz-trailer-signature:00\r\n\r\n", framing},
		{"line behind the trailer", "3", crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n\r\n", sigv4.CodeExcessData},
		{"announced twice", "3", crc + "," + crc, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", framing},
		{"announced unknown", "3", "x-amz-meta-a", "3\r\nabc\r\n0\r\nx-amz-meta-a:b\r\n\r\n", framing},
		{"announced unknown checksum", "3", "x-amz-checksum-adler", "3\r\nabc\r\n0\r\n\r\n", framing},

		{"no decoded length", "", "", "3\r\nabc\r\n0\r\n\r\n", sigv4.CodeMissingContentLength},
		{"decoded length negative", "-3", "", "3\r\nabc\r\n0\r\n\r\n", sigv4.CodeInvalidArgument},
		{"decoded length not a number", "3x", "", "3\r\nabc\r\n0\r\n\r\n", sigv4.CodeInvalidArgument},
		{"decoded length of 64 bits", "9223372036854775808", "", "3\r\nabc\r\n0\r\n\r\n", sigv4.CodeInvalidArgument},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, known := range []bool{true, false} {
				r := chunkedRequest(t, tt.decoded, tt.trailer, tt.body)
				if !known {
					r.ContentLength = -1 // the transfer is chunked too
				}
				data, _, err := readBody(newVerifier(awsTime), r)
				wantCode(t, err, tt.want)
				if err != nil && len(data) >= 3 && tt.decoded == "3" {
					t.Errorf("the whole payload came out in spite of %v", err)
				}
			}
		})
	}
}

func TestSignedStreamLies(t *testing.T) {
	t.Parallel()
	wire, _ := encoded(t, sigv4.SignedChunksTrailer, "x-amz-checksum-sha256", awsChunks)
	lines := strings.SplitAfter(wire, "\r\n") // line, data, line, data, line, trailer, signature, ""
	first, second, zero, trailer, signature := lines[0]+lines[1], lines[2]+lines[3], lines[4], lines[5], lines[6]
	tests := []struct{ name, body, want string }{
		{"nothing", wire, "ok"},
		{"chunks swapped", second + first + zero + trailer + signature + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"chunk repeated", first + first, sigv4.CodeExcessData},
		{"chunk missing", second + zero + trailer + signature + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"chunk without a signature", "10000\r\n" + lines[1] + second + zero + trailer + signature + "\r\n", sigv4.CodeInvalidRequest},
		{"chunk with an empty signature", "10000;chunk-signature=\r\n" + lines[1] + second + zero, sigv4.CodeInvalidRequest},
		{"chunk with another extension", strings.Replace(wire, "chunk-signature", "junk-signature", 1), sigv4.CodeInvalidRequest},
		{"size ten times the data", strings.Replace(wire, "10000;", "a0000;", 1), sigv4.CodeExcessData},
		{"zero chunk unsigned", first + second + "0\r\n" + trailer + signature + "\r\n", sigv4.CodeInvalidRequest},
		{"zero chunk with a wrong signature", first + second + "0;chunk-signature=" + strings.Repeat("0", 64) + "\r\n" + trailer + signature + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"zero chunk with the signature of another", first + second + strings.Replace(lines[2], "400;", "0;", 1) + trailer + signature + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"trailer without a signature", first + second + zero + trailer + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"trailer missing", first + second + zero + signature + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"trailer and signature missing", first + second + zero + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"trailer behind its signature", first + second + zero + signature + trailer + "\r\n", sigv4.CodeSignatureDoesNotMatch},
		{"signature twice", first + second + zero + trailer + signature + signature + "\r\n", sigv4.CodeInvalidRequest},
		{"signature in LF", first + second + zero + trailer + strings.TrimSuffix(signature, "\r\n") + "\n\r\n", sigv4.CodeInvalidRequest},
		{"body cut", wire[:len(wire)-2], sigv4.CodeIncompleteBody},
		{"body cut in data", wire[:1000], sigv4.CodeIncompleteBody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := upload(t, sigv4.SignedChunksTrailer, "x-amz-checksum-sha256", awsChunks)
			setBody(r, tt.body)
			r.ContentLength = -1
			data, _, err := readBody(newVerifier(awsTime), r)
			wantCode(t, err, tt.want)
			if err != nil && len(data) >= len(awsChunks) {
				t.Errorf("the whole payload came out in spite of %v", err)
			}
		})
	}
}

// The seed signature is checked whatever the payload: an unsigned stream behind
// a wrong signature gets nowhere (CVE-2025-31489), nor does one whose
// credentials are in the query (CVE-2026-41145).
func TestStreamNeedsItsSeed(t *testing.T) {
	t.Parallel()
	for _, p := range []sigv4.Payload{sigv4.SignedChunks, sigv4.SignedChunksTrailer, sigv4.UnsignedChunksTrailer} {
		trailer := "x-amz-checksum-crc32"
		if p == sigv4.SignedChunks {
			trailer = ""
		}
		r := upload(t, p, trailer, "abc")
		good := r.Header.Get("Authorization")
		_, err := newVerifier(awsTime).Verify(r)
		wantCode(t, err, "ok")

		last := good[len(good)-1] ^ 1
		r.Header.Set("Authorization", good[:len(good)-1]+string(last))
		_, err = newVerifier(awsTime).Verify(r)
		wantCode(t, err, sigv4.CodeSignatureDoesNotMatch)

		r.Header.Set("Authorization", good)
		r.Header.Set("X-Amz-Decoded-Content-Length", "300")
		_, err = newVerifier(awsTime).Verify(r)
		wantCode(t, err, sigv4.CodeSignatureDoesNotMatch)

		r.Header.Del("Authorization")
		r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + awsKey +
			"%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60" +
			"&X-Amz-SignedHeaders=host&X-Amz-Signature=" + strings.Repeat("0", 64)
		_, err = newVerifier(awsTime).Verify(r)
		wantCode(t, err, sigv4.CodeAccessDenied) // its x-amz headers are not signed
	}
}

// A reader that stops at the announced length has not been given the last byte
// unless all behind it was right.
func TestStreamHoldsBackTheLastByte(t *testing.T) {
	t.Parallel()
	wire, r := encoded(t, sigv4.SignedChunks, "", awsChunks)
	setBody(r, wire[:len(wire)-10]+"012345\r\n\r\n")
	res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(r))
	body, size, err := sigv4.Body(r, res)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.ReadFull(body, make([]byte, size))
	wantCode(t, err, sigv4.CodeSignatureDoesNotMatch)
	if n >= int(size) {
		t.Errorf("read %d of %d bytes", n, size)
	}
}

func TestStreamSourceFails(t *testing.T) {
	t.Parallel()
	wire, r := encoded(t, sigv4.SignedChunks, "", awsChunks)
	for _, cut := range []int{0, 10, 100, 64<<10 + 88 + 1, len(wire) - 50, len(wire) - 1, len(wire)} {
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(wire[:cut]), iotest.ErrReader(errStore)))
		_, _, err := readBody(newVerifier(awsTime), r)
		if err != errStore {
			t.Errorf("cut at %d: got %v", cut, err)
		}
	}
}

func TestTrailerBeforeEnd(t *testing.T) {
	t.Parallel()
	r := upload(t, sigv4.UnsignedChunksTrailer, "x-amz-checksum-crc32", "abc")
	res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(r))
	body, _, err := sigv4.Body(r, res)
	if err != nil {
		t.Fatal(err)
	}
	if got := body.Trailer(); len(got) != 0 {
		t.Errorf("before the end: %v", got)
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"X-Amz-Checksum-Crc32": {"NSRBwg=="}}, body.Trailer()); diff != "" {
		t.Error(diff)
	}
}

// Memory does not depend on sizes the client names. Not parallel, because it
// counts what the process allocates.
func TestStreamMemory(t *testing.T) {
	const chunk = 8 << 20
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "%x\r\n%s\r\n0\r\n\r\n", chunk, strings.Repeat("x", chunk))
	r := chunkedRequest(t, fmt.Sprint(chunk), "", wire.String())
	p := make([]byte, 32<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := newVerifier(awsTime).Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _, err := sigv4.Body(r, res)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = body.Read(p)
	}
	runtime.ReadMemStats(&after)
	if err != io.EOF {
		t.Fatal(err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 32<<10 {
		t.Errorf("allocated %d bytes for a chunk of %d", got, chunk)
	}
}
