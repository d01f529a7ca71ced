package sigv4_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

func benchmarkVerify(b *testing.B, r *http.Request) {
	v := newVerifier(awsTime)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

// typical adds the headers an SDK sends.
func typical(r *http.Request) *http.Request {
	r.Header.Set("User-Agent", "aws-sdk-go-v2/1.30 os/linux lang/go")
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("Amz-Sdk-Invocation-Id", "6d7f7c31-2bb3-4bd4-8f0b-fd1cd6e1bd49")
	r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
	return r
}

func BenchmarkVerifyGet(b *testing.B) {
	r := typical(newRequest(b, "GET", "http://localhost:9000/bucket/photos/2013/holiday.jpg?x-id=GetObject", nil))
	if err := newSigner().Sign(r, sigv4.EmptySHA256, awsTime); err != nil {
		b.Fatal(err)
	}
	benchmarkVerify(b, serve(b, r))
}

func BenchmarkVerifyPut(b *testing.B) {
	r := typical(newRequest(b, "PUT", "http://localhost:9000/bucket/photos/2013/holiday.jpg?partNumber=7&uploadId=ZjE2", nil))
	r.Header.Set("Content-Type", "image/jpeg")
	r.Header.Set("X-Amz-Meta-Camera", "pinhole")
	r.Header.Set("X-Amz-Meta-Place", "Lake Garda")
	r.Header.Set("X-Amz-Storage-Class", "STANDARD")
	if err := newSigner().Sign(r, sigv4.UnsignedPayload, awsTime); err != nil {
		b.Fatal(err)
	}
	benchmarkVerify(b, serve(b, r))
}

func BenchmarkVerifyPresigned(b *testing.B) {
	r := newRequest(b, "GET", "http://localhost:9000/bucket/photos/2013/holiday.jpg", nil)
	u, err := newSigner().Presign(r, time.Hour, awsTime)
	if err != nil {
		b.Fatal(err)
	}
	r.URL = u
	benchmarkVerify(b, serve(b, r))
}

// again is a body that can be read once per round.
type again struct{ strings.Reader }

func (*again) Close() error { return nil }

func benchmarkBody(b *testing.B, p sigv4.Payload, trailer string, size int) {
	payload := strings.Repeat("x", size)
	r := newRequest(b, "PUT", "http://localhost:9000/bucket/key", strings.NewReader(payload))
	var err error
	if p.Chunked() {
		err = newSigner().SignStream(r, int64(size), p, trailer, awsTime)
	} else {
		err = newSigner().Sign(r, sigv4.UnsignedPayload, awsTime)
	}
	if err != nil {
		b.Fatal(err)
	}
	wire, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	res, err := newVerifier(awsTime).Verify(r)
	if err != nil {
		b.Fatal(err)
	}
	text, body := string(wire), &again{}
	r.Body = body
	p32 := make([]byte, 32<<10)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	for b.Loop() {
		body.Reset(text)
		out, _, err := sigv4.Body(r, res)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = out.Read(p32)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}

func BenchmarkBodyUnsigned1M(b *testing.B)     { benchmarkBody(b, sigv4.Unsigned, "", 1<<20) }
func BenchmarkBodySignedChunks1M(b *testing.B) { benchmarkBody(b, sigv4.SignedChunks, "", 1<<20) }
func BenchmarkBodyCRC64Trailer1M(b *testing.B) {
	benchmarkBody(b, sigv4.UnsignedChunksTrailer, "x-amz-checksum-crc64nvme", 1<<20)
}

func BenchmarkBodyCRC32Trailer4K(b *testing.B) {
	benchmarkBody(b, sigv4.UnsignedChunksTrailer, "x-amz-checksum-crc32", 4<<10)
}
func BenchmarkBodySignedChunks4K(b *testing.B) { benchmarkBody(b, sigv4.SignedChunks, "", 4<<10) }
