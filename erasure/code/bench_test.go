package code_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/code"
)

func eachGeometry(b *testing.B, run func(b *testing.B, w *code.Window, s code.Scheme)) {
	for _, s := range []code.Scheme{scheme(1, 0), scheme(2, 2), scheme(12, 4), scheme(8, 8)} {
		b.Run(fmt.Sprintf("%d+%d", s.Data, s.Parity), func(b *testing.B) {
			w := newWindow(b, s, s.BlockBytes)
			if err := w.Lay(s.BlockBytes); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(s.BlockBytes)
			b.ReportAllocs()
			run(b, w, s)
		})
	}
}

// Encode and seal one block of 1 MiB: all the processor work of a write but the digests.
func BenchmarkEncodeSeal(b *testing.B) {
	eachGeometry(b, func(b *testing.B, w *code.Window, s code.Scheme) {
		for b.Loop() {
			if err := w.Encode(); err != nil {
				b.Fatal(err)
			}
			for shard := range s.Shards() {
				w.Seal(shard)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	eachGeometry(b, func(b *testing.B, w *code.Window, _ code.Scheme) {
		for b.Loop() {
			if err := w.Encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Rebuild the first data shards of one block of 1 MiB, as many as there is parity, up to two.
func BenchmarkRebuild(b *testing.B) {
	eachGeometry(b, func(b *testing.B, w *code.Window, s code.Scheme) {
		have := code.FirstShards(s.Shards()) &^ code.FirstShards(min(2, s.Parity))
		for b.Loop() {
			if err := w.Rebuild(0, have, code.FirstShards(s.Data)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A small object, whose window is made for it alone.
func BenchmarkSmallObject(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 4096)
	var cache code.Cache
	memory := make([]byte, 64<<10)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		coder, err := cache.Coder(scheme(2, 2))
		if err != nil {
			b.Fatal(err)
		}
		w, err := coder.NewWindow(memory, int64(len(body)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Fill(bytes.NewReader(body), int64(len(body))); err != nil {
			b.Fatal(err)
		}
		if err := w.Encode(); err != nil {
			b.Fatal(err)
		}
		for shard := range coder.Shards() {
			w.Seal(shard)
		}
	}
}
