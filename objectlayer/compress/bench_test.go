package compress_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/compress"
)

func BenchmarkCompress(b *testing.B) {
	for name, size := range map[string]int{"8KiB": 8 << 10, "16MiB": 16 * mib} {
		b.Run(name, func(b *testing.B) {
			plain := mixed(1, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.Copy(io.Discard, compress.Compress(bytes.NewReader(plain), false)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecompress(b *testing.B) {
	const size = 16 * mib
	stored, index := compressed(b, mixed(1, size), false)
	for name, row := range map[string]struct{ offset, length int64 }{
		"whole":        {0, size},
		"64KiB of end": {size - 64<<10, 64 << 10},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(row.length)
			b.ReportAllocs()
			for b.Loop() {
				win, err := compress.Locate(index, size, int64(len(stored)), row.offset, row.length)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, compress.Decompress(bytes.NewReader(stored[win.Start:]), win)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
