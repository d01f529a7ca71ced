package compress_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/objectlayer/compress"
)

const mib = 1 << 20

// mixed returns n bytes that compress to about half: random and repeated stretches in turn.
func mixed(seed uint64, n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed)})
	b := make([]byte, n)
	for at := 0; at < n; at += 1024 {
		end := min(at+512, n)
		r.Read(b[at:end])
	}
	return b
}

func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed)}).Read(b)
	return b
}

func compressed(t testing.TB, plain []byte, padded bool) (stored, index []byte) {
	t.Helper()
	c := compress.Compress(bytes.NewReader(plain), padded)
	stored, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if c.PlainSize() != int64(len(plain)) {
		t.Fatalf("plain size %d, want %d", c.PlainSize(), len(plain))
	}
	return stored, c.Index()
}

// readRange reads a range as a caller does who can fetch any bytes of the stream, and only those of the window.
func readRange(stored, index []byte, plainSize, offset, length int64) ([]byte, error) {
	win, err := compress.Locate(index, plainSize, int64(len(stored)), offset, length)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(compress.Decompress(bytes.NewReader(stored[win.Start:win.End]), win))
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 100, 4097, mib - 1, mib, mib + 1, 8 * mib, 8*mib + 1} {
		for _, padded := range []bool{false, true} {
			t.Run(fmt.Sprint(size, padded), func(t *testing.T) {
				t.Parallel()
				for name, plain := range map[string][]byte{"mixed": mixed(1, size), "random": random(1, size)} {
					stored, index := compressed(t, plain, padded)
					if padded && len(stored)%256 != 0 {
						t.Errorf("%s: padded to %d bytes", name, len(stored))
					}
					if has := index != nil; has != (size > 8*mib) {
						t.Errorf("%s: index of %d bytes", name, len(index))
					}
					got, err := readRange(stored, nil, int64(size), 0, int64(size))
					if err != nil || !bytes.Equal(got, plain) {
						t.Errorf("%s: %v", name, err)
					}
					lib, err := io.ReadAll(s2.NewReader(bytes.NewReader(stored), s2.ReaderMaxBlockSize(mib)))
					if err != nil || !bytes.Equal(lib, plain) {
						t.Errorf("%s: the library does not read it: %v", name, err)
					}
				}
			})
		}
	}
}

func TestReadersBehave(t *testing.T) {
	t.Parallel()
	plain := mixed(2, 5000)
	stored, _ := compressed(t, plain, false)
	if err := iotest.TestReader(compress.Compress(iotest.OneByteReader(bytes.NewReader(plain)), false), stored); err != nil {
		t.Errorf("compressor: %v", err)
	}
	win, err := compress.Locate(nil, 5000, int64(len(stored)), 7, 4000)
	if err != nil {
		t.Fatal(err)
	}
	src := iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(stored)))
	if err := iotest.TestReader(compress.Decompress(src, win), plain[7:4007]); err != nil {
		t.Errorf("decompressor: %v", err)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	const size = 20*mib + 12345
	plain := mixed(3, size)
	stored, index := compressed(t, plain, false)
	padded, paddedIndex := compressed(t, plain, true)
	rapid.Check(t, func(t *rapid.T) {
		stored, index := stored, index
		if rapid.Bool().Draw(t, "padded") {
			stored, index = padded, paddedIndex
		}
		near := rapid.Custom(func(t *rapid.T) int64 {
			at := rapid.Int64Range(0, 21).Draw(t, "block")*mib + rapid.Int64Range(-2, 2).Draw(t, "distance")
			return min(max(at, 0), size)
		})
		offset := rapid.OneOf(near, rapid.Int64Range(0, size)).Draw(t, "offset")
		length := min(rapid.OneOf(near, rapid.Int64Range(0, 100)).Draw(t, "length"), size-offset)
		got, err := readRange(stored, index, size, offset, length)
		if err != nil || !bytes.Equal(got, plain[offset:offset+length]) {
			t.Fatalf("%d bytes at %d: %d bytes, %v", length, offset, len(got), err)
		}
	})
}

func TestLocateIsNarrow(t *testing.T) {
	t.Parallel()
	const size = 20 * mib
	stored, index := compressed(t, random(4, size), false)
	total := int64(len(stored))
	for _, row := range []struct{ offset, length, blocks int64 }{
		{0, 1, 1}, {0, mib, 1}, {0, mib + 1, 2}, {5*mib - 1, 2, 2}, {19 * mib, mib, 1}, {3*mib + 5, 10, 1}, {0, size, 20},
	} {
		win, err := compress.Locate(index, size, total, row.offset, row.length)
		if err != nil {
			t.Fatal(err)
		}
		if read := win.End - win.Start; read > row.blocks*(mib+8)+10 {
			t.Errorf("%+v: %d bytes of the stream for %d blocks", row, read, row.blocks)
		}
	}
	whole, err := compress.Locate(nil, size, total, 5*mib, 10)
	if want := (compress.Window{End: total, Skip: 5 * mib, Length: 10}); err != nil || whole != want {
		t.Errorf("without index: %+v, %v", whole, err)
	}
}

func TestLocateErrors(t *testing.T) {
	t.Parallel()
	const size = 9 * mib
	stored, index := compressed(t, mixed(5, size), false)
	total := int64(len(stored))
	for _, row := range []struct{ offset, length int64 }{{-1, 1}, {0, -1}, {0, size + 1}, {size + 1, 0}, {1, 1<<63 - 1}} {
		if win, err := compress.Locate(index, size, total, row.offset, row.length); !errors.Is(err, compress.ErrRange) {
			t.Errorf("%+v: %+v, %v; want ErrRange", row, win, err)
		}
	}
	rows := map[string]struct {
		index         []byte
		size, total   int64
		offset, count int64
	}{
		"cut":              {index[:len(index)-1], size, total, 5 * mib, 10},
		"longer":           {append(slices.Clone(index), 0), size, total, 5 * mib, 10},
		"garbage":          {[]byte{0xff, 1, 2, 3}, size, total, 5 * mib, 10},
		"of other plain":   {index, size + 1, total, 5 * mib, 10},
		"of longer stream": {index, size, total / 3, 8 * mib, 10},
	}
	for name, row := range rows {
		win, err := compress.Locate(row.index, row.size, row.total, row.offset, row.count)
		want := compress.Window{End: row.total, Skip: row.offset, Length: row.count}
		if !errors.Is(err, compress.ErrIndex) || win != want {
			t.Errorf("%s: %+v, %v; want the whole stream and ErrIndex", name, win, err)
		}
	}
}

func TestSnappyIsRead(t *testing.T) {
	t.Parallel()
	plain := mixed(6, 300_000)
	var stored bytes.Buffer
	w := s2.NewWriter(&stored, s2.WriterSnappyCompat(), s2.WriterConcurrency(1))
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(stored.Bytes(), []byte("\xff\x06\x00\x00sNaPpY")) {
		t.Fatalf("not Snappy: %x", stored.Bytes()[:10])
	}
	got, err := readRange(stored.Bytes(), nil, 300_000, 100_000, 150_000)
	if err != nil || !bytes.Equal(got, plain[100_000:250_000]) {
		t.Errorf("got %v", err)
	}
	if !compress.Readable("golang/snappy/LZ77") || !compress.Readable("klauspost/compress/s2") || compress.Readable("zstd") {
		t.Error("Readable")
	}
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	const size = 3*mib + 500
	plain := random(7, size)
	stored, _ := compressed(t, plain, false)
	flip := func(at int) []byte {
		b := bytes.Clone(stored)
		b[at] ^= 1
		return b
	}
	rows := map[string][]byte{
		"empty":                nil,
		"identifier":           flip(5),
		"no identifier":        stored[10:],
		"reserved chunk":       append([]byte(streamID+"\x02\x00\x00\x00"), stored[10:]...),
		"crc":                  flip(15),
		"block":                flip(2 * mib),
		"cut between chunks":   stored[:10+mib+8],
		"cut inside a chunk":   stored[:2*mib],
		"cut inside a header":  stored[:10+mib+8+2],
		"block of 16 MiB":      []byte(streamID + "\x01\xff\xff\xff1234"),
		"block announces lots": []byte(streamID + "\x00\x0a\x00\x00crc \xff\xff\xff\xff\x0f1"),
	}
	for name, bad := range rows {
		for _, offset := range []int64{0, size - 10} {
			if _, err := readRange(bad, nil, size, offset, size-offset); !errors.Is(err, compress.ErrCorrupt) {
				t.Errorf("%s, from %d: got %v, want ErrCorrupt", name, offset, err)
			}
		}
	}
	// A decoder that met damage serves the next stream.
	if got, err := readRange(stored, nil, size, 0, size); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("afterwards: %v", err)
	}
}

const streamID = "\xff\x06\x00\x00S2sTwO"

func TestSourceErrorsPass(t *testing.T) {
	t.Parallel()
	fault := errors.New("cable cut")
	plain := mixed(8, 2*mib)
	stored, _ := compressed(t, plain, false)
	for _, fault := range []error{fault, io.ErrUnexpectedEOF} {
		src := io.MultiReader(bytes.NewReader(plain), iotest.ErrReader(fault))
		if _, err := io.ReadAll(compress.Compress(src, true)); !errors.Is(err, fault) {
			t.Errorf("compressing: got %v, want %v", err, fault)
		}
	}
	win := compress.Window{End: int64(len(stored)), Length: 2 * mib}
	for _, at := range []int{0, 10, 12, 14, 1000} {
		src := io.MultiReader(bytes.NewReader(stored[:at]), iotest.ErrReader(fault))
		if _, err := io.ReadAll(compress.Decompress(src, win)); !errors.Is(err, fault) {
			t.Errorf("decompressing, after %d bytes: got %v, want %v", at, err, fault)
		}
	}
	stuck := struct{ io.Reader }{stuckReader{}}
	if _, err := io.ReadAll(compress.Compress(stuck, false)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("stuck source: got %v, want ErrNoProgress", err)
	}
}

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

func TestClosedReadersReport(t *testing.T) {
	t.Parallel()
	plain := mixed(9, 2*mib)
	stored, _ := compressed(t, plain, false)
	win := compress.Window{End: int64(len(stored)), Length: 2 * mib}
	for name, r := range map[string]io.ReadCloser{
		"compressor":   compress.Compress(bytes.NewReader(plain), false),
		"decompressor": compress.Decompress(bytes.NewReader(stored), win),
	} {
		if _, err := r.Read(make([]byte, 10)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("%s: close: %v", name, err)
			}
		}
		if n, err := r.Read(make([]byte, 10)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("%s: read after close: %d, %v", name, n, err)
		}
	}
}

// TestLargeBlocks reads blocks larger than we write, and the largest there are.
func TestLargeBlocks(t *testing.T) {
	t.Parallel()
	plain := mixed(10, 9*mib)
	var stored bytes.Buffer
	w := s2.NewWriter(&stored, s2.WriterBlockSize(4*mib), s2.WriterConcurrency(1))
	if err := w.EncodeBuffer(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := readRange(stored.Bytes(), nil, 9*mib, 0, 9*mib); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("got %v", err)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/streams.json")
	if err != nil {
		t.Fatal(err)
	}
	var objects []struct {
		Key    string
		Size   int64
		SHA256 string
		Parts  []struct {
			PlainSize int64 `json:"plain_size"`
			Data      []byte
			Index     []byte
		}
	}
	if err := json.Unmarshal(text, &objects); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		sum := sha256.New()
		for i, part := range o.Parts {
			plain, err := readRange(part.Data, part.Index, part.PlainSize, 0, part.PlainSize)
			if err != nil {
				t.Errorf("%s, part %d: %v", o.Key, i, err)
			}
			sum.Write(plain)
			if part.Index == nil {
				continue
			}
			for _, offset := range []int64{0, 1, mib - 1, mib, 5*mib + 7, part.PlainSize - 100} {
				got, err := readRange(part.Data, part.Index, part.PlainSize, offset, 100)
				if err != nil || !bytes.Equal(got, plain[offset:offset+100]) {
					t.Errorf("%s, part %d, offset %d: %v", o.Key, i, offset, err)
				}
			}
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != o.SHA256 {
			t.Errorf("%s: sha256 %s, want %s", o.Key, got, o.SHA256)
		}
	}
}
