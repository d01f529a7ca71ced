package code_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

func scheme(data, parity int) code.Scheme {
	return code.Scheme{Geometry: topology.Geometry{Data: data, Parity: parity}, BlockBytes: code.BlockBytes}
}

// Observed on objects written by MinIO (2026-02).
func TestFileBytes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		scheme           code.Scheme
		part, plain, all int64
	}{
		{scheme(2, 2), 0, 0, 0},
		{scheme(2, 2), 1, 1, 33},
		{scheme(2, 2), 1<<20 + 1, 524289, 524353},
		{scheme(2, 2), 11 << 20, 11 * 524288, 5767520},
		{scheme(2, 2), 11<<20 + 75, 11*524288 + 38, 5767590},
		{scheme(12, 4), 3<<20 + 75, 3*87382 + 7, 262281},
		{scheme(1, 0), 204800, 204800, 204832},
	} {
		if got := tc.scheme.PlainBytes(tc.part); got != tc.plain {
			t.Errorf("%v: plain shard of %d bytes: got %d, want %d", tc.scheme, tc.part, got, tc.plain)
		}
		if got := tc.scheme.FileBytes(tc.part); got != tc.all {
			t.Errorf("%v: shard file of %d bytes: got %d, want %d", tc.scheme, tc.part, got, tc.all)
		}
	}
}

// What the scheme says about a part agrees with adding up its blocks one by one.
func TestSchemeAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawScheme(t)
		part := rapid.Int64Range(0, 5*s.BlockBytes).Draw(t, "part")
		bytes, plain, file := int64(0), int64(0), int64(0)
		for i := range s.Blocks(part) {
			block := s.Block(i, part)
			bytes += block
			plain += s.ShardBytes(block)
			file += s.ShardBytes(block) + bitrot.HashBytes
		}
		if bytes != part || plain != s.PlainBytes(part) || file != s.FileBytes(part) {
			t.Errorf("%v: %d bytes have %d, %d, %d in blocks", s, part, bytes, plain, file)
		}
		if got := s.Layout(part).Frames(); got != s.Blocks(part) {
			t.Errorf("%v: %d bytes have %d frames, %d blocks", s, part, got, s.Blocks(part))
		}
		if got := s.Block(s.Blocks(part), part); got != 0 {
			t.Errorf("%v: block beyond the last has %d bytes", s, got)
		}
	})
}

func TestSchemeValidate(t *testing.T) {
	t.Parallel()
	for data := 1; data <= topology.MaxSetDrives; data++ {
		for parity := 0; parity <= data && data+parity <= topology.MaxSetDrives; parity++ {
			if err := scheme(data, parity).Validate(); err != nil {
				t.Error(err)
			}
		}
	}
	refused := []code.Scheme{{}, scheme(0, 1), scheme(1, 2), scheme(4, -1), scheme(16, 1), scheme(2, 2), scheme(2, 2), scheme(2, 2)}
	refused[5].BlockBytes = 0
	refused[6].BlockBytes = -1
	refused[7].BlockBytes = code.MaxBlockBytes + 1
	var cache code.Cache
	for _, s := range refused {
		if err := s.Validate(); !errors.Is(err, code.ErrScheme) {
			t.Errorf("Validate of %v: got %v, want %v", s, err, code.ErrScheme)
		}
		if _, err := code.New(s); !errors.Is(err, code.ErrScheme) {
			t.Errorf("New of %v: got %v, want %v", s, err, code.ErrScheme)
		}
		if _, err := cache.Coder(s); !errors.Is(err, code.ErrScheme) {
			t.Errorf("Coder of %v: got %v, want %v", s, err, code.ErrScheme)
		}
	}
}

// drawScheme draws any geometry, with small blocks.
func drawScheme(t *rapid.T) code.Scheme {
	parity := rapid.IntRange(0, topology.MaxSetDrives/2).Draw(t, "parity")
	data := rapid.IntRange(max(1, parity), topology.MaxSetDrives-parity).Draw(t, "data")
	return code.Scheme{
		Geometry:   topology.Geometry{Data: data, Parity: parity},
		BlockBytes: rapid.Int64Range(1, 500).Draw(t, "block"),
	}
}
