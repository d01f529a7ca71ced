package compress_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/compress"
)

func FuzzDecompress(f *testing.F) {
	stored, _ := compressed(f, mixed(1, 5000), true)
	f.Add(stored, int64(0), int64(100), int64(4000))
	f.Add(stored[10:], int64(10), int64(0), int64(5000))
	f.Add([]byte(streamID+"\x00\x0a\x00\x00crc \xff\xff\xff\xff\x0f1"), int64(0), int64(0), int64(1))
	f.Add([]byte("\xff\x06\x00\x00sNaPpY\x01\x05\x00\x00crc 1"), int64(0), int64(0), int64(1))
	f.Fuzz(func(t *testing.T, stored []byte, start, skip, length int64) {
		win := compress.Window{Start: start, Skip: max(skip, 0), Length: max(length, 0)}
		d := compress.Decompress(bytes.NewReader(stored), win)
		n, err := io.Copy(io.Discard, d)
		if err != nil && !errors.Is(err, compress.ErrCorrupt) {
			t.Fatalf("unexpected error %v", err)
		}
		if n > win.Length || err == nil && n != win.Length {
			t.Fatalf("%d bytes of %d, %v", n, win.Length, err)
		}
	})
}

func FuzzLocate(f *testing.F) {
	const size = 20 * mib
	stored, index := compressed(f, mixed(2, size), false)
	f.Add(index, int64(size), int64(len(stored)), int64(5*mib+3), int64(100))
	f.Add([]byte{0x80, 0x80, 0x80, 0x09, 0, 0, 0, 0}, int64(9*mib), int64(100), int64(0), int64(1))
	f.Fuzz(func(t *testing.T, index []byte, plainSize, storedSize, offset, length int64) {
		plainSize, storedSize = max(plainSize, 0), max(storedSize, 1)
		win, err := compress.Locate(index, plainSize, storedSize, offset, length)
		if errors.Is(err, compress.ErrRange) {
			return
		}
		if err != nil && !errors.Is(err, compress.ErrIndex) {
			t.Fatalf("unexpected error %v", err)
		}
		if win.Length != length || win.Skip < 0 || win.Skip > offset {
			t.Fatalf("window %+v for %d at %d", win, length, offset)
		}
		if length > 0 && (win.Start < 0 || win.End <= win.Start || win.End > storedSize) {
			t.Fatalf("window %+v in %d bytes", win, storedSize)
		}
	})
}
