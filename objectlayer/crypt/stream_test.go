package crypt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/minio/sio"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

const (
	payload = 64 << 10
	pkgSize = payload + 32
)

var streamKey = crypt.Key{1, 2, 3, 4, 5, 6, 7, 8}

// edgeSizes are plaintext sizes at which something changes.
var edgeSizes = []int{0, 1, 1000, payload - 1, payload, payload + 1, 2 * payload, 3*payload + 17}

func randomBytes(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	r.Read(b)
	return b
}

func encrypted(t testing.TB, plain []byte) []byte {
	t.Helper()
	b, err := io.ReadAll(crypt.Encrypt(bytes.NewReader(plain), streamKey))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStreamRoundTrip(t *testing.T) {
	t.Parallel()
	for _, size := range edgeSizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			plain := randomBytes(1, size)
			stored := encrypted(t, plain)
			if want := crypt.EncryptedSize(int64(size)); int64(len(stored)) != want {
				t.Errorf("stream of %d bytes, want %d", len(stored), want)
			}
			if back, err := crypt.DecryptedSize(int64(len(stored))); err != nil || back != int64(size) {
				t.Errorf("DecryptedSize %d, %v", back, err)
			}
			for name, src := range map[string]io.Reader{
				"whole":        bytes.NewReader(stored),
				"one by one":   iotest.OneByteReader(bytes.NewReader(stored)),
				"data and EOF": iotest.DataErrReader(bytes.NewReader(stored)),
			} {
				if err := iotest.TestReader(crypt.Decrypt(src, streamKey), plain); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			var out bytes.Buffer
			if n, err := crypt.Decrypt(bytes.NewReader(stored), streamKey).WriteTo(&out); err != nil || n != int64(size) {
				t.Errorf("WriteTo: %d, %v", n, err)
			}
			if !bytes.Equal(out.Bytes(), plain) {
				t.Error("WriteTo yields other bytes")
			}
		})
	}
}

// TestEncryptInPieces reads the stream in pieces that do and do not fit a package, from sources that yield little at a time.
func TestEncryptInPieces(t *testing.T) {
	t.Parallel()
	plain := randomBytes(2, 2*payload+5)
	for _, piece := range []int{1, 31, pkgSize - 1, pkgSize, pkgSize + 1, 1 << 20} {
		for name, src := range map[string]io.Reader{
			"whole":        bytes.NewReader(plain),
			"halves":       iotest.HalfReader(bytes.NewReader(plain)),
			"data and EOF": iotest.DataErrReader(bytes.NewReader(plain)),
		} {
			var stored bytes.Buffer
			src := struct{ io.Reader }{crypt.Encrypt(src, streamKey)}
			if _, err := io.CopyBuffer(struct{ io.Writer }{&stored}, src, make([]byte, piece)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(crypt.Decrypt(&stored, streamKey))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("pieces of %d, source %s: %v", piece, name, err)
			}
		}
	}
}

// TestInterop compares with the library that defines the format, in both directions, both versions and both ciphers.
func TestInterop(t *testing.T) {
	t.Parallel()
	for _, size := range edgeSizes {
		plain := randomBytes(3, size)
		var back bytes.Buffer
		if _, err := sio.Decrypt(&back, bytes.NewReader(encrypted(t, plain)), sio.Config{Key: streamKey[:]}); err != nil || !bytes.Equal(back.Bytes(), plain) {
			t.Errorf("size %d: sio does not read our stream: %v", size, err)
		}
		for _, version := range []byte{sio.Version10, sio.Version20} {
			for _, cipher := range []byte{sio.AES_256_GCM, sio.CHACHA20_POLY1305} {
				name := fmt.Sprintf("version %#x, cipher %d, size %d", version, cipher, size)
				config := sio.Config{MinVersion: version, MaxVersion: version, CipherSuites: []byte{cipher}, Key: streamKey[:]}
				var stored bytes.Buffer
				if _, err := sio.Encrypt(&stored, bytes.NewReader(plain), config); err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(crypt.Decrypt(bytes.NewReader(stored.Bytes()), streamKey))
				if err != nil || !bytes.Equal(got, plain) {
					t.Errorf("%s: we do not read the stream of sio: %v", name, err)
				}
				offset := int64(size) * 3 / 5
				checkRange(t, stored.Bytes(), plain, offset, int64(size)-offset)
			}
		}
	}
}

// checkRange reads a range through its span and compares.
func checkRange(t rapid.TB, stored, plain []byte, offset, length int64) {
	t.Helper()
	span, err := crypt.SpanOf(int64(len(plain)), offset, length)
	if err != nil {
		t.Fatal(err)
	}
	if end := span.Offset + span.Length; end > int64(len(stored)) || span.ToEnd && end != int64(len(stored)) {
		t.Fatalf("span %+v does not fit a stream of %d bytes", span, len(stored))
	}
	src := bytes.NewReader(stored[span.Offset:])
	got, err := io.ReadAll(crypt.DecryptSpan(src, streamKey, span))
	if err != nil {
		t.Fatalf("span %+v: %v", span, err)
	}
	if !bytes.Equal(got, plain[offset:offset+length]) {
		t.Fatalf("span %+v yields other bytes", span)
	}
	if read := span.Length; src.Size()-int64(src.Len()) > read {
		t.Fatalf("span %+v: %d bytes were read", span, src.Size()-int64(src.Len()))
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	plain := randomBytes(4, 4*payload+99)
	stored := encrypted(t, plain)
	exact := plain[:4*payload]
	storedExact := encrypted(t, exact)
	rapid.Check(t, func(t *rapid.T) {
		plain, stored := plain, stored
		if rapid.Bool().Draw(t, "ends on a package") {
			plain, stored = exact, storedExact
		}
		size := int64(len(plain))
		near := rapid.Custom(func(t *rapid.T) int64 {
			edge := rapid.Int64Range(0, 5).Draw(t, "package") * payload
			return min(max(edge+rapid.Int64Range(-2, 2).Draw(t, "distance"), 0), size)
		})
		point := rapid.OneOf(near, rapid.Int64Range(0, size))
		a, b := point.Draw(t, "a"), point.Draw(t, "b")
		checkRange(t, stored, plain, min(a, b), max(a, b)-min(a, b))
	})
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	plain := randomBytes(5, 3*payload+10)
	stored := encrypted(t, plain)
	other := encrypted(t, plain)
	pkg := func(b []byte, i int) []byte { return b[i*pkgSize : min((i+1)*pkgSize, len(b))] }
	flip := func(at int) []byte {
		b := bytes.Clone(stored)
		b[at] ^= 0x10
		return b
	}
	rows := map[string][]byte{
		"cut after a package":      stored[:2*pkgSize],
		"cut inside a package":     stored[:2*pkgSize+700],
		"cut inside a header":      stored[:2*pkgSize+7],
		"cut inside the last":      stored[:len(stored)-1],
		"goes on":                  append(bytes.Clone(stored), 0),
		"goes on with a package":   append(bytes.Clone(stored), stored[:pkgSize]...),
		"two streams":              append(bytes.Clone(stored), other...),
		"first dropped":            stored[pkgSize:],
		"swapped":                  bytes.Join([][]byte{pkg(stored, 1), pkg(stored, 0), pkg(stored, 2), pkg(stored, 3)}, nil),
		"doubled":                  bytes.Join([][]byte{pkg(stored, 0), pkg(stored, 0), pkg(stored, 2), pkg(stored, 3)}, nil),
		"package of other stream":  bytes.Join([][]byte{pkg(stored, 0), pkg(other, 1), pkg(stored, 2), pkg(stored, 3)}, nil),
		"last of other stream":     bytes.Join([][]byte{pkg(stored, 0), pkg(stored, 1), pkg(stored, 2), pkg(other, 3)}, nil),
		"version":                  flip(0),
		"cipher":                   flip(1),
		"length":                   flip(2),
		"final flag":               flip(4),
		"nonce":                    flip(9),
		"ciphertext":               flip(5000),
		"tag":                      flip(pkgSize - 1),
		"ciphertext of the last":   flip(3*pkgSize + 20),
		"final flag in the middle": func() []byte { b := bytes.Clone(stored); b[pkgSize+4] |= 0x80; return b }(),
		"final flag off":           func() []byte { b := bytes.Clone(stored); b[3*pkgSize+4] &= 0x7f; return b }(),
	}
	whole, err := crypt.SpanOf(int64(len(plain)), 0, int64(len(plain)))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range rows {
		if _, err := io.ReadAll(crypt.Decrypt(bytes.NewReader(bad), streamKey)); !errors.Is(err, crypt.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
		// A span does not look behind its end.
		if len(bad) > len(stored) {
			continue
		}
		if _, err := io.ReadAll(crypt.DecryptSpan(bytes.NewReader(bad), streamKey, whole)); !errors.Is(err, crypt.ErrCorrupt) {
			t.Errorf("%s, sized: got %v, want ErrCorrupt", name, err)
		}
	}
	if _, err := io.ReadAll(crypt.Decrypt(bytes.NewReader(stored), crypt.Key{9})); !errors.Is(err, crypt.ErrCorrupt) {
		t.Errorf("wrong key: got %v, want ErrCorrupt", err)
	}
}

// TestSpanEnds checks the rule for the last package where the span is made for a plaintext of another size than is stored.
func TestSpanEnds(t *testing.T) {
	t.Parallel()
	three := encrypted(t, randomBytes(6, 3*payload))
	rows := map[string]struct {
		believed, offset, length int64
	}{
		"stream goes on after the span's end": {2 * payload, 0, 2 * payload},
		"stream ends inside the span":         {4 * payload, 0, 4 * payload},
		"last package where more should come": {4 * payload, 2 * payload, payload},
		"nothing there":                       {4 * payload, 3 * payload, 10},
	}
	for name, row := range rows {
		span, err := crypt.SpanOf(row.believed, row.offset, row.length)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(crypt.DecryptSpan(bytes.NewReader(three[span.Offset:]), streamKey, span))
		if !errors.Is(err, crypt.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
	}
	empty, err := crypt.SpanOf(payload, 0, payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(crypt.DecryptSpan(bytes.NewReader(nil), streamKey, empty)); !errors.Is(err, crypt.ErrCorrupt) {
		t.Errorf("everything lost: got %v, want ErrCorrupt", err)
	}
}

// TestSourceErrorsPass checks that a source that breaks off never looks like one that ends, in particular not one that says
// so with io.ErrUnexpectedEOF.
func TestSourceErrorsPass(t *testing.T) {
	t.Parallel()
	plain := randomBytes(7, payload+100)
	stored := encrypted(t, plain)
	for _, fault := range []error{io.ErrUnexpectedEOF, errors.New("cable cut")} {
		broken := io.MultiReader(bytes.NewReader(plain), iotest.ErrReader(fault))
		if _, err := io.ReadAll(crypt.Encrypt(broken, streamKey)); !errors.Is(err, fault) {
			t.Errorf("encrypting: got %v, want %v", err, fault)
		}
		broken = io.MultiReader(bytes.NewReader(stored[:pkgSize]), iotest.ErrReader(fault))
		if _, err := io.ReadAll(crypt.Decrypt(broken, streamKey)); !errors.Is(err, fault) {
			t.Errorf("decrypting: got %v, want %v", err, fault)
		}
	}
	stuck := struct{ io.Reader }{stuckReader{}}
	if _, err := io.ReadAll(crypt.Encrypt(stuck, streamKey)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("stuck source: got %v, want ErrNoProgress", err)
	}
}

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

func TestClosedReadersReport(t *testing.T) {
	t.Parallel()
	plain := randomBytes(8, 2*payload)
	var p [10]byte
	e := crypt.Encrypt(bytes.NewReader(plain), streamKey)
	d := crypt.Decrypt(bytes.NewReader(encrypted(t, plain)), streamKey)
	for name, r := range map[string]io.ReadCloser{"encrypter": e, "decrypter": d} {
		if _, err := r.Read(p[:]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("%s: close: %v", name, err)
			}
		}
		if n, err := r.Read(p[:]); n != 0 || err == nil || err == io.EOF {
			t.Errorf("%s: read after close: %d, %v", name, n, err)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	if got := crypt.EncryptedSize(-1); got != -1 {
		t.Errorf("unknown size became %d", got)
	}
	for _, bad := range []int64{-1, 1, 32, pkgSize + 1, pkgSize + 32} {
		if n, err := crypt.DecryptedSize(bad); !errors.Is(err, crypt.ErrCorrupt) {
			t.Errorf("DecryptedSize(%d) = %d, %v; want ErrCorrupt", bad, n, err)
		}
	}
	for _, row := range []struct{ size, offset, length int64 }{
		{10, -1, 1}, {10, 0, -1}, {10, 0, 11}, {10, 11, 0}, {10, 5, 1<<63 - 1}, {0, 0, 1},
	} {
		if span, err := crypt.SpanOf(row.size, row.offset, row.length); !errors.Is(err, crypt.ErrRange) {
			t.Errorf("SpanOf(%+v) = %+v, %v; want ErrRange", row, span, err)
		}
	}
	const limit = 256 << 40
	if _, err := crypt.SpanOf(limit+1, 0, 1); !errors.Is(err, crypt.ErrTooLarge) {
		t.Errorf("over 256 TiB: %v", err)
	}
	span, err := crypt.SpanOf(limit, limit-1, 1)
	if err != nil || span.First != 1<<32-1 || !span.ToEnd || span.Skip != payload-1 {
		t.Errorf("last byte of 256 TiB: %+v, %v", span, err)
	}
}
