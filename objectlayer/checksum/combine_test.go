package checksum_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/objectlayer/checksum"
)

func sumOf(a checksum.Algorithm, b []byte) []byte {
	h := a.New()
	h.Write(b)
	return h.Sum(nil)
}

func TestCombine(t *testing.T) {
	t.Parallel()
	data := make([]byte, 100_000)
	rand.NewChaCha8([32]byte{1}).Read(data)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom([]checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.CRC64NVME}).Draw(t, "algorithm")
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 10_000), rapid.Just(4096)), 1, 10).Draw(t, "sizes")
		var parts []checksum.Part
		end := 0
		for _, size := range sizes {
			parts = append(parts, checksum.Part{Sum: sumOf(a, data[end:end+size]), Size: int64(size)})
			end += size
		}
		got, err := checksum.Combine(a, parts)
		if want := sumOf(a, data[:end]); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: got %x, %v; want %x", a, got, err, want)
		}
	})
}

// TestCombineFarAway combines over lengths nobody can hash here: adding nothing at the end changes nothing, and it does not
// matter how the tail is cut.
func TestCombineFarAway(t *testing.T) {
	t.Parallel()
	const huge = 5 << 40
	for _, a := range []checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.CRC64NVME} {
		head, tail := sumOf(a, []byte("head")), bytes.Repeat([]byte{0x5a}, a.Size())
		empty := sumOf(a, nil)
		whole, err := checksum.Combine(a, []checksum.Part{{Sum: head, Size: 4}, {Sum: tail, Size: huge}})
		if err != nil {
			t.Fatal(err)
		}
		padded, err := checksum.Combine(a, []checksum.Part{{Sum: head, Size: 4}, {Sum: tail, Size: huge}, {Sum: empty, Size: 0}})
		if err != nil || !bytes.Equal(whole, padded) {
			t.Errorf("%v: %x, %v; want %x", a, padded, err, whole)
		}
	}
}

func TestCombineErrors(t *testing.T) {
	t.Parallel()
	good := checksum.Part{Sum: make([]byte, 4), Size: 1}
	rows := map[string]struct {
		a     checksum.Algorithm
		parts []checksum.Part
		want  error
	}{
		"no parts":      {checksum.CRC32, nil, checksum.ErrParts},
		"short sum":     {checksum.CRC32C, []checksum.Part{good, {Sum: make([]byte, 3), Size: 1}}, checksum.ErrParts},
		"negative size": {checksum.CRC32, []checksum.Part{good, {Sum: make([]byte, 4), Size: -1}}, checksum.ErrParts},
		"not a CRC":     {checksum.SHA1, []checksum.Part{{Sum: make([]byte, 20), Size: 1}}, checksum.ErrType},
		"none":          {checksum.None, []checksum.Part{{}}, checksum.ErrType},
	}
	for name, row := range rows {
		if got, err := checksum.Combine(row.a, row.parts); !errors.Is(err, row.want) {
			t.Errorf("%s: got %x, %v; want %v", name, got, err, row.want)
		}
	}
}

// TestAssembleGolden rebuilds the values of objects that MinIO completed from parts.
func TestAssembleGolden(t *testing.T) {
	t.Parallel()
	for _, g := range goldenValues {
		if g.partSizes == nil {
			continue
		}
		var parts []checksum.Part
		for i, sum := range g.value.PartSums {
			parts = append(parts, checksum.Part{Sum: sum, Size: g.partSizes[i]})
		}
		got, err := checksum.Assemble(g.value.Algorithm, g.value.Type, parts)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
		if diff := cmp.Diff(g.value, got); diff != "" {
			t.Errorf("%s: %s", g.name, diff)
		}
	}
}

func TestAssembleErrors(t *testing.T) {
	t.Parallel()
	parts := []checksum.Part{{Sum: make([]byte, 32), Size: 1}}
	rows := map[string]struct {
		a     checksum.Algorithm
		t     checksum.Type
		parts []checksum.Part
		want  error
	}{
		"type":      {checksum.SHA256, checksum.FullObject, parts, checksum.ErrType},
		"algorithm": {checksum.None, checksum.Unspecified, parts, checksum.ErrAlgorithm},
		"sum":       {checksum.SHA1, checksum.Composite, parts, checksum.ErrParts},
		"no parts":  {checksum.SHA1, checksum.Composite, nil, checksum.ErrParts},
	}
	for name, row := range rows {
		if got, err := checksum.Assemble(row.a, row.t, row.parts); !errors.Is(err, row.want) {
			t.Errorf("%s: got %+v, %v; want %v", name, got, err, row.want)
		}
	}
}

func BenchmarkCombine(b *testing.B) {
	for _, a := range []checksum.Algorithm{checksum.CRC32C, checksum.CRC64NVME} {
		b.Run(a.String(), func(b *testing.B) {
			parts := make([]checksum.Part, checksum.MaxParts)
			for i := range parts {
				parts[i] = checksum.Part{Sum: bytes.Repeat([]byte{byte(i)}, a.Size()), Size: 16 << 20}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := checksum.Combine(a, parts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
