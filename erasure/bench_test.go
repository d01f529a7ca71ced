package erasure_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// layouts are one drive, the smallest usual set and a wide one.
var layouts = [][2]int{{1, 0}, {2, 2}, {12, 4}}

func eachLayout(b *testing.B, layouts [][2]int, size int, run func(b *testing.B, r *rig)) {
	for _, g := range layouts {
		b.Run(fmt.Sprintf("%d+%d", g[0], g[1]), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			run(b, newRig(g[0], g[1], 1<<20))
		})
	}
}

func BenchmarkWriter(b *testing.B) {
	for _, size := range []int{1 << 20, 20 << 20} {
		b.Run(fmt.Sprintf("%dMiB", size>>20), func(b *testing.B) {
			blob := noise(size)
			eachLayout(b, layouts, size, func(b *testing.B, r *rig) {
				for _, d := range r.drives {
					d.forget = true
				}
				for b.Loop() {
					if _, err := r.write(b.Context(), bytes.NewReader(blob), int64(size)); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func BenchmarkReader(b *testing.B) {
	const size = 20 << 20
	for _, bc := range []struct {
		name           string
		offset, length int64
		lost           int
		layouts        [][2]int
	}{
		{"20MiB", 0, size, 0, layouts},
		{"20MiB/degraded", 0, size, 1, layouts[1:]},
		{"64KiB", 5<<20 + 12345, 64 << 10, 0, layouts},
	} {
		b.Run(bc.name, func(b *testing.B) {
			eachLayout(b, bc.layouts, int(bc.length), func(b *testing.B, r *rig) {
				r.stage(b, noise(size))
				for shard := range bc.lost {
					r.set.Replace(r.slot(shard), nil)
				}
				for b.Loop() {
					if err := readInto(b.Context(), r, size, bc.offset, bc.length); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func readInto(ctx context.Context, r *rig, size, offset, length int64) error {
	reader, err := r.set.NewReader(ctx, r.Geometry, size, r.shards, nil)
	if err != nil {
		return err
	}
	defer reader.Close()
	n, err := reader.Range(offset, length).WriteTo(io.Discard)
	if n != length {
		return fmt.Errorf("%d bytes: %w", n, err)
	}
	return err
}

func BenchmarkInline4KiB(b *testing.B) {
	const size = 4 << 10
	blob := noise(size)
	b.Run("Encode", func(b *testing.B) {
		eachLayout(b, layouts, size, func(b *testing.B, r *rig) {
			for b.Loop() {
				if _, err := r.set.Encode(r.Geometry, blob); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	for name, decode := range map[string]func(ctx context.Context, r *rig, shards [][]byte) error{
		"Decode": func(_ context.Context, r *rig, shards [][]byte) error {
			_, err := r.set.Decode(r.Geometry, size, shards, nil)
			return err
		},
		"Reader": func(ctx context.Context, r *rig, shards [][]byte) error {
			reader, err := r.set.NewReader(ctx, r.Geometry, size, func(_ context.Context, slot int) (drive.Reader, error) {
				return erasure.InlineShard(shards[slot]), nil
			}, nil)
			if err != nil {
				return err
			}
			defer reader.Close()
			_, err = reader.Range(0, -1).WriteTo(io.Discard)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			eachLayout(b, layouts, size, func(b *testing.B, r *rig) {
				shards, err := r.set.Encode(r.Geometry, blob)
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := decode(b.Context(), r, shards); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
