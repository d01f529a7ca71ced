package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Observed: what MinIO stores of the object "i" on two data and two parity drives (docs/format/shards.md).
func TestEncodeIsTheFormat(t *testing.T) {
	t.Parallel()
	r := newRig(2, 2, 1<<20)
	shards, err := r.set.Encode(r.Geometry, []byte("i"))
	if err != nil {
		t.Fatal(err)
	}
	var last []byte
	for shard := range 4 {
		s := shards[r.slot(shard)]
		if len(s) != 33 {
			t.Fatalf("shard %d has %d bytes, want 33", shard, len(s))
		}
		last = append(last, s[32])
	}
	if diff := cmp.Diff([]byte{0x69, 0x00, 0xbb, 0xd2}, last); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEmptyBlobHasNoShards(t *testing.T) {
	t.Parallel()
	r := newRig(2, 2, 1<<20)
	shards, err := r.set.Encode(r.Geometry, nil)
	if diff := cmp.Diff(make([][]byte, 4), shards); err != nil || diff != "" {
		t.Errorf("got %v (-want +got)\n%s", err, diff)
	}
	blob, err := r.set.Decode(r.Geometry, 0, shards, nil)
	if err != nil || len(blob) != 0 {
		t.Errorf("got %q, %v", blob, err)
	}
}

func TestDecodeIsTheInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(geometries).Draw(t, "geometry")
		block := rapid.IntRange(1, 5000).Draw(t, "block")
		blob := noise(rapid.IntRange(0, 5*block).Draw(t, "size"))
		r := newRig(g[0], g[1], int64(block))
		shards, err := r.set.Encode(r.Geometry, blob)
		if err != nil {
			t.Fatal(err)
		}
		bad := 0
		for slot, s := range shards {
			if len(s) == 0 || rapid.IntRange(0, r.Parity+1).Draw(t, "spare") == 0 {
				continue
			}
			bad++
			switch rapid.IntRange(0, 3).Draw(t, "harm") {
			case 0:
				shards[slot] = nil
			case 1:
				shards[slot] = s[:len(s)-1]
			case 2:
				shards[slot] = append(slices.Clip(s), 0)
			case 3:
				s[rapid.IntRange(0, len(s)-1).Draw(t, "at")] ^= 0x40
			}
		}
		got, err := r.set.Decode(r.Geometry, int64(len(blob)), shards, nil)
		var missed *erasure.QuorumError
		switch {
		case err == nil && !bytes.Equal(got, blob):
			t.Fatal("wrong bytes")
		case err != nil && bad <= r.Parity:
			t.Fatalf("%d of %d shards bad: %v", bad, len(shards), err)
		case err != nil && !errors.As(err, &missed):
			t.Fatalf("not a QuorumError: %v", err)
		}
	})
}

func TestDecodeTellsOfDamage(t *testing.T) {
	t.Parallel()
	r := newRig(2, 2, 1<<20)
	shards, err := r.set.Encode(r.Geometry, noise(100))
	if err != nil {
		t.Fatal(err)
	}
	rot, short, gone := r.slot(0), r.slot(1), r.slot(2)
	shards[rot][40] ^= 1
	shards[short] = shards[short][:5]
	told := make(map[int]bool)
	damaged := func(slot int, err error) { told[slot] = errors.Is(err, drive.ErrCorrupt) }
	got, err := r.set.Decode(r.Geometry, 100, shards, damaged)
	if diff := cmp.Diff(map[int]bool{rot: true, short: true}, told); err != nil || !bytes.Equal(got, noise(100)) || diff != "" {
		t.Errorf("got %v (-want +got)\n%s", err, diff)
	}
	shards[gone] = nil
	var missed *erasure.QuorumError
	if _, err := r.set.Decode(r.Geometry, 100, shards, nil); !errors.As(err, &missed) || missed.Got != 1 || missed.Need != 2 {
		t.Errorf("got %v, want a QuorumError", err)
	}
	if _, err := r.set.Decode(r.Geometry, erasure.MaxSize, make([][]byte, 4), nil); !errors.As(err, &missed) {
		t.Errorf("a huge blob without shards: got %v", err)
	}
	if _, err := r.set.Decode(r.Geometry, 100, shards[:3], nil); err == nil {
		t.Error("too few slots: no error")
	}
}

func TestReaderOfInlineShards(t *testing.T) {
	t.Parallel()
	r := newRig(3, 2, 1000)
	blob := noise(4321)
	shards, err := r.set.Encode(r.Geometry, blob)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := r.set.NewReader(t.Context(), r.Geometry, int64(len(blob)), func(_ context.Context, slot int) (drive.Reader, error) {
		if slot < 2 {
			return nil, drive.ErrNotFound
		}
		return erasure.InlineShard(shards[slot]), nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got, err := io.ReadAll(reader.Range(1, 4000))
	if err != nil || !bytes.Equal(got, blob[1:4001]) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// Whatever drives say about a blob, Decode neither panics nor hands out what it was not given.
func FuzzDecode(f *testing.F) {
	r := newRig(2, 2, 100)
	shards, err := r.set.Encode(r.Geometry, noise(150))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(2, 2, int64(100), int64(150), shards[0], shards[1], shards[2], shards[3])
	f.Add(1, 0, int64(1), int64(1), []byte{}, []byte{}, []byte{}, []byte{})
	f.Add(2, 2, int64(1), int64(1)<<53, []byte{}, []byte{}, []byte{1}, []byte(nil))
	f.Fuzz(func(t *testing.T, data, parity int, block, size int64, a, b, c, d []byte) {
		g := erasure.Geometry{Data: data, Parity: parity, BlockSize: block, Dist: r.Dist}
		blob, err := r.set.Decode(g, size, [][]byte{a, b, c, d}, nil)
		if err == nil && int64(len(blob)) != size {
			t.Errorf("%d bytes of %d", len(blob), size)
		}
	})
}
