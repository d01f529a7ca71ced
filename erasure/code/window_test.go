package code_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure/code"
)

// newWindow makes a window for capacity bytes in memory full of rubbish.
func newWindow(t interface{ Fatal(...any) }, s code.Scheme, capacity int64) *code.Window {
	coder, err := code.New(s)
	if err != nil {
		t.Fatal(err)
	}
	memory := bytes.Repeat([]byte{0xee}, coder.MemoryBytes(capacity))
	w, err := coder.NewWindow(memory, capacity)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// join puts the pieces of a range together.
func join(pieces iter.Seq[[]byte]) []byte {
	return slices.Concat(slices.Collect(pieces)...)
}

// The coefficients of the parity shards, which are the parity of a unit vector in each data
// shard. Observed on shards written by MinIO (2026-02).
func TestParityRows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		data, parity int
		want         []string
	}{
		{1, 1, []string{"01"}},
		{2, 1, []string{"03 02"}},
		{2, 2, []string{"03 02", "02 03"}},
		{3, 3, []string{"01 01 01", "0f 08 06", "0e 09 06"}},
		{4, 2, []string{"1b 1c 12 14", "1c 1b 14 12"}},
		{4, 4, []string{"1b 1c 12 14", "1c 1b 14 12", "12 14 1b 1c", "14 12 1c 1b"}},
		{5, 3, []string{"07 07 06 06 01", "09 08 09 08 01", "0f 0e 0e 0f 01"}},
		{8, 8, []string{
			"1a 84 ba 33 e7 10 c6 27", "84 1a 33 ba 10 e7 27 c6", "ba 33 1a 84 c6 27 e7 10", "33 ba 84 1a 27 c6 10 e7",
			"e7 10 c6 27 1a 84 ba 33", "10 e7 27 c6 84 1a 33 ba", "c6 27 e7 10 ba 33 1a 84", "27 c6 10 e7 33 ba 84 1a",
		}},
		{12, 4, []string{
			"af b4 96 8c f5 e8 c4 d8 1b 1c 12 14", "b4 af 8c 96 e8 f5 d8 c4 1c 1b 14 12",
			"96 8c af b4 c4 d8 f5 e8 12 14 1b 1c", "8c 96 b4 af d8 c4 e8 f5 14 12 1c 1b",
		}},
	} {
		got := make([]string, tc.parity)
		for column := range tc.data {
			w := newWindow(t, scheme(tc.data, tc.parity), int64(tc.data))
			unit := make([]byte, tc.data)
			unit[column] = 1
			if _, err := w.Fill(bytes.NewReader(unit), int64(tc.data)); err != nil {
				t.Fatal(err)
			}
			if err := w.Encode(); err != nil {
				t.Fatal(err)
			}
			for row := range tc.parity {
				got[row] = strings.TrimSpace(got[row] + " " + hex.EncodeToString(w.Shard(0, tc.data+row)))
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%d+%d: (-want +got)\n%s", tc.data, tc.parity, diff)
		}
	}
}

// An object of one byte on four drives, as MinIO wrote it (2026-02).
func TestOneByteObject(t *testing.T) {
	t.Parallel()
	want := []string{
		"572e3226628fdc372302f6127f49d011889d2adec65b56e6f4f664c6a6e7d00c" + "69",
		"824f232288e3a62a106404a8adb9e641d7a606fef3b0c81e8b4e10ab6d4944f6" + "00",
		"c90eb04c99e7a475bb88b332a62d48ba032d7cd3fb0ed1f228d3dd65179ba38d" + "bb",
		"cacc6ed14f7ff541c89dc1d81c3c3d234d28938e5da26245c562ee50214bcee6" + "d2",
	}
	for _, capacity := range []int64{1, 2, 1 << 20} {
		w := newWindow(t, scheme(2, 2), capacity)
		if _, err := w.Fill(strings.NewReader("i"), capacity); err != nil {
			t.Fatal(err)
		}
		if err := w.Encode(); err != nil {
			t.Fatal(err)
		}
		got := make([]string, 4)
		for shard := range got {
			w.Seal(shard)
			got[shard] = hex.EncodeToString(w.Run(shard))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("window of %d: (-want +got)\n%s", capacity, diff)
		}
	}
}

// Data goes in, any shards up to parity are lost in any block, and the data comes out; whatever
// the sizes, and however the reader hands out the bytes.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawScheme(t)
		capacity := rapid.Int64Range(1, 4*s.BlockBytes).Draw(t, "capacity")
		data := rapid.SliceOfN(rapid.Byte(), 0, int(capacity)).Draw(t, "data")
		length := int64(len(data))
		asked := rapid.Int64Range(length, capacity).Draw(t, "asked")

		in := newWindow(t, s, capacity)
		if n, err := in.Fill(iotest.HalfReader(bytes.NewReader(data)), asked); n != length || err != nil {
			t.Fatalf("Fill: got %d, %v, want %d", n, err, length)
		}
		if err := in.Encode(); err != nil {
			t.Fatal(err)
		}
		for shard := range s.Shards() {
			in.Seal(shard)
			if got, want := int64(len(in.Run(shard))), s.FileBytes(length); got != want {
				t.Errorf("run of shard %d has %d bytes, want %d", shard, got, want)
			}
		}

		out := newWindow(t, s, length)
		if err := out.Lay(length); err != nil {
			t.Fatal(err)
		}
		for shard := range s.Shards() {
			copy(out.Run(shard), in.Run(shard))
		}
		for block := range out.Blocks() {
			loseAndRebuild(t, s, out, block)
		}
		for shard := range s.Shards() {
			out.Seal(shard)
			if !bytes.Equal(out.Run(shard), in.Run(shard)) {
				t.Errorf("shard %d was rebuilt differently", shard)
			}
		}
		from := rapid.Int64Range(0, length).Draw(t, "from")
		n := rapid.Int64Range(0, length-from).Draw(t, "n")
		if got := join(out.Data(from, n)); !bytes.Equal(got, data[from:from+n]) {
			t.Errorf("bytes %d+%d: got %x, want %x", from, n, got, data[from:from+n])
		}
	})
}

func loseAndRebuild(t *rapid.T, s code.Scheme, w *code.Window, block int) {
	all := code.FirstShards(s.Shards())
	have := all
	for _, shard := range rapid.SliceOfNDistinct(rapid.IntRange(0, s.Shards()-1), 0, s.Parity, rapid.ID).Draw(t, "lost") {
		have = have.Without(shard)
		frame := w.Frame(block, shard)
		frame[len(frame)-1] ^= 1
	}
	for shard := range s.Shards() {
		if err := w.Verify(block, shard); (err == nil) != have.Has(shard) {
			t.Fatalf("verify shard %d: got %v", shard, err)
		}
	}
	if err := w.Rebuild(block, have, all); err != nil {
		t.Fatal(err)
	}
}

func TestRebuildTouchesOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	w := newWindow(t, scheme(3, 3), 30)
	if _, err := w.Fill(strings.NewReader("abcdefghijklmnopqrstuvwxyz"), 26); err != nil {
		t.Fatal(err)
	}
	if err := w.Encode(); err != nil {
		t.Fatal(err)
	}
	sound := bytes.Clone(w.Shard(0, 5))
	for _, lost := range []int{0, 2, 5} {
		clear(w.Shard(0, lost))
	}
	have := code.FirstShards(6).Without(0).Without(2).Without(5)
	if err := w.Rebuild(0, have, code.Shards(0).With(5).With(1).With(31)); err != nil {
		t.Fatal(err)
	}
	if got := w.Shard(0, 5); !bytes.Equal(got, sound) {
		t.Errorf("parity: got %x, want %x", got, sound)
	}
	if got := string(join(w.Data(0, 26))); got != strings.Repeat("\x00", 9)+"jklmnopqr"+strings.Repeat("\x00", 8) {
		t.Errorf("data that nobody wanted: got %q", got)
	}
}

func TestTooFewShards(t *testing.T) {
	t.Parallel()
	w := newWindow(t, scheme(2, 2), 10)
	if err := w.Lay(10); err != nil {
		t.Fatal(err)
	}
	have := code.Shards(0).With(1)
	if err := w.Rebuild(0, have, code.FirstShards(2)); !errors.Is(err, code.ErrTooFewShards) {
		t.Errorf("got %v, want %v", err, code.ErrTooFewShards)
	}
	if err := w.Rebuild(0, have, have); err != nil {
		t.Errorf("want what is there: got %v", err)
	}
	single := newWindow(t, scheme(1, 0), 10)
	if err := single.Lay(10); err != nil {
		t.Fatal(err)
	}
	if err := single.Rebuild(0, 0, 1); !errors.Is(err, code.ErrTooFewShards) {
		t.Errorf("single drive: got %v, want %v", err, code.ErrTooFewShards)
	}
}

func TestFillPassesOnErrors(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe} {
		w := newWindow(t, scheme(2, 2), 100)
		r := io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(failure))
		n, err := w.Fill(r, 100)
		if n != 5 || !errors.Is(err, failure) {
			t.Errorf("got %d, %v, want 5, %v", n, err, failure)
		}
		if got := string(join(w.Data(0, 100))); got != "hello" {
			t.Errorf("got %q", got)
		}
	}
	w := newWindow(t, scheme(2, 2), 100)
	if n, err := w.Fill(idleReader{}, 100); n != 0 || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("idle reader: got %d, %v, want 0, %v", n, err, io.ErrNoProgress)
	}
	if n, err := w.Fill(strings.NewReader(""), 100); n != 0 || err != nil {
		t.Errorf("empty part: got %d, %v", n, err)
	}
	if n, err := w.Fill(iotest.DataErrReader(strings.NewReader("0123456789")), 10); n != 10 || err != nil {
		t.Errorf("exact part: got %d, %v", n, err)
	}
}

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

func TestWindowBounds(t *testing.T) {
	t.Parallel()
	coder, err := code.New(scheme(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		memory   int
		capacity int64
	}{{coder.MemoryBytes(100) - 1, 100}, {1 << 20, -1}, {0, 1}} {
		if _, err := coder.NewWindow(make([]byte, tc.memory), tc.capacity); !errors.Is(err, code.ErrLength) {
			t.Errorf("%+v: got %v, want %v", tc, err, code.ErrLength)
		}
	}
	w := newWindow(t, scheme(2, 2), 100)
	for _, length := range []int64{-1, 101} {
		if err := w.Lay(length); !errors.Is(err, code.ErrLength) {
			t.Errorf("Lay(%d): got %v, want %v", length, err, code.ErrLength)
		}
		if _, err := w.Fill(strings.NewReader("x"), length); !errors.Is(err, code.ErrLength) {
			t.Errorf("Fill(%d): got %v, want %v", length, err, code.ErrLength)
		}
	}
	if _, err := w.Fill(strings.NewReader("abc"), 3); err != nil {
		t.Fatal(err)
	}
	if got := w.Len(); got != 3 {
		t.Errorf("got %d bytes, want 3", got)
	}
	for _, tc := range []struct {
		offset, length int64
		want           string
	}{{-5, 8, "abc"}, {1, 100, "bc"}, {3, 1, ""}, {50, 1, ""}, {0, -1, ""}} {
		if got := string(join(w.Data(tc.offset, tc.length))); got != tc.want {
			t.Errorf("Data(%d, %d): got %q, want %q", tc.offset, tc.length, got, tc.want)
		}
	}
	for piece := range w.Data(0, 3) {
		if string(piece) != "ab" {
			t.Errorf("first piece: got %q", piece)
		}
		break
	}
}

func TestShards(t *testing.T) {
	t.Parallel()
	s := code.FirstShards(16).Without(3).Without(3).With(20)
	if s.Has(3) || !s.Has(20) || s.Has(16) || s.Count() != 16 {
		t.Errorf("got %b", s)
	}
	if diff := cmp.Diff([]int{0, 2, 31}, slices.Collect(code.Shards(0).With(2).With(31).With(0).All())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for first := range s.All() {
		if first != 0 {
			t.Errorf("got %d first", first)
		}
		break
	}
}

// Not parallel: it counts allocations.
func TestCacheSharesWhatIsCostly(t *testing.T) {
	var cache code.Cache
	if _, err := cache.Coder(scheme(12, 4)); err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(10, func() {
		if _, err := cache.Coder(scheme(12, 4)); err != nil {
			t.Fatal(err)
		}
	}); got > 1 {
		t.Errorf("got %v allocations, want one, of the coder", got)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("some bytes"), uint8(2), uint8(2), int64(4))
	f.Fuzz(func(t *testing.T, data []byte, k, m uint8, blockBytes int64) {
		s := scheme(int(k), int(m))
		s.BlockBytes = blockBytes
		if s.Validate() != nil || len(data) > 1<<16 || int64(len(data)) > 1000*blockBytes {
			return
		}
		w := newWindow(t, s, int64(len(data))+1)
		if _, err := w.Fill(bytes.NewReader(data), int64(len(data))+1); err != nil {
			t.Fatal(err)
		}
		if err := w.Encode(); err != nil {
			t.Fatal(err)
		}
		have := code.FirstShards(s.Shards()) &^ code.FirstShards(s.Parity)
		for block := range w.Blocks() {
			for shard := range s.Parity {
				clear(w.Shard(block, shard))
			}
			if err := w.Rebuild(block, have, code.FirstShards(s.Data)); err != nil {
				t.Fatal(err)
			}
		}
		if got := join(w.Data(0, w.Len())); !bytes.Equal(got, data) {
			t.Errorf("got %x, want %x", got, data)
		}
	})
}
