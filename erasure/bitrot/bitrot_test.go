package bitrot_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
)

// Observed on shards written by MinIO (2026-02).
func TestSum(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		chunk []byte
		want  string
	}{
		{"empty", nil, "5e76d207cf4ab20866fdc03c83e8a0f4e8f458e880777956ec0bae4e9f23f6c5"},
		{"zero", []byte{0}, "824f232288e3a62a106404a8adb9e641d7a606fef3b0c81e8b4e10ab6d4944f6"},
		{"i", []byte("i"), "572e3226628fdc372302f6127f49d011889d2adec65b56e6f4f664c6a6e7d00c"},
		{"bb", []byte{0xbb}, "c90eb04c99e7a475bb88b332a62d48ba032d7cd3fb0ed1f228d3dd65179ba38d"},
		{"d2", []byte{0xd2}, "cacc6ed14f7ff541c89dc1d81c3c3d234d28938e5da26245c562ee50214bcee6"},
		{"hello world", []byte("hello world"), "0fa412b0e0e75ea950db8f0e5a92b2df61834d1d2f51ddca7245eaae6edb2596"},
		{"1 MiB of zeros", make([]byte, 1<<20), "6ff8eed723b2a497b35a0afea99816a92eef51d43fd7b0e2a7ffaf9db47066b8"},
	} {
		sum := bitrot.Sum(tc.chunk)
		if got := hex.EncodeToString(sum[:]); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestOpenFindsEveryFlippedBit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		chunk := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "chunk")
		frame := append(make([]byte, bitrot.HashBytes), chunk...)
		bitrot.Seal(frame)
		got, err := bitrot.Open(frame)
		if err != nil || string(got) != string(chunk) {
			t.Fatalf("got %x, %v, want %x", got, err, chunk)
		}
		bit := rapid.IntRange(0, len(frame)*8-1).Draw(t, "bit")
		frame[bit/8] ^= 1 << (bit % 8)
		if _, err := bitrot.Open(frame); !errors.Is(err, bitrot.ErrCorrupt) {
			t.Errorf("bit %d flipped: got %v, want %v", bit, err, bitrot.ErrCorrupt)
		}
	})
}

func TestShortFrames(t *testing.T) {
	t.Parallel()
	for n := range bitrot.HashBytes {
		frame := make([]byte, n)
		bitrot.Seal(frame)
		if _, err := bitrot.Open(frame); !errors.Is(err, bitrot.ErrCorrupt) {
			t.Errorf("%d bytes: got %v, want %v", n, err, bitrot.ErrCorrupt)
		}
	}
}

func TestLayoutSizes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		plain, chunk, frames, file int64
	}{
		{0, 524288, 0, 0},
		{1, 524288, 1, 33},
		{524288 + 1, 524288, 2, 524353},
		{11 * 524288, 524288, 11, 5767520},
		{11*524288 + 38, 524288, 12, 5767590},
		{3*87382 + 7, 87382, 4, 262281},
		{204800, 1048576, 1, 204832},
	} {
		l := bitrot.Layout{PlainBytes: tc.plain, ChunkBytes: tc.chunk}
		if l.Frames() != tc.frames || l.FileBytes() != tc.file {
			t.Errorf("%+v: got %d frames, %d bytes, want %d, %d", l, l.Frames(), l.FileBytes(), tc.frames, tc.file)
		}
		if got := bitrot.FileBytes(tc.plain, tc.chunk); got != tc.file {
			t.Errorf("FileBytes(%d, %d): got %d, want %d", tc.plain, tc.chunk, got, tc.file)
		}
	}
}

// The frames of a layout, in order, cover the file without gap or overlap, and every byte of the
// shard lies where Find says.
func TestFramesTileTheFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := bitrot.Layout{
			PlainBytes: rapid.Int64Range(0, 1000).Draw(t, "plain"),
			ChunkBytes: rapid.Int64Range(1, 300).Draw(t, "chunk"),
		}
		end, plain := int64(0), int64(0)
		for i := range l.Frames() {
			offset, length := l.Frame(i)
			if offset != end || length <= bitrot.HashBytes {
				t.Fatalf("%+v: frame %d is %d bytes at %d, want it at %d", l, i, length, offset, end)
			}
			if frame, within := l.Find(plain); frame != i || within != 0 {
				t.Fatalf("%+v: byte %d is at %d of frame %d, want the begin of %d", l, plain, within, frame, i)
			}
			end += length
			plain += length - bitrot.HashBytes
		}
		if end != l.FileBytes() || plain != l.PlainBytes {
			t.Errorf("%+v: frames end at %d, file at %d", l, end, l.FileBytes())
		}
		for _, beyond := range []int64{l.Frames(), l.Frames() + 5, -1} {
			if _, length := l.Frame(beyond); length != 0 {
				t.Errorf("%+v: frame %d has %d bytes", l, beyond, length)
			}
		}
	})
}

// Not parallel: it counts allocations.
func TestNothingIsAllocated(t *testing.T) {
	frame := make([]byte, bitrot.HashBytes+1000)
	if got := testing.AllocsPerRun(100, func() {
		bitrot.Seal(frame)
		if _, err := bitrot.Open(frame); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

func BenchmarkSealOpen(b *testing.B) {
	for _, size := range []int{4 << 10, 87382, 512 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%d", size), func(b *testing.B) {
			frame := make([]byte, bitrot.HashBytes+size)
			b.SetBytes(int64(2 * size))
			b.ReportAllocs()
			for b.Loop() {
				bitrot.Seal(frame)
				if _, err := bitrot.Open(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
