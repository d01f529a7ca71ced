package xlmeta_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

func TestPartMeta(t *testing.T) {
	t.Parallel()
	const (
		etag = "a165 d920 6265636537633539393139353664386639626237306162303739353061326131"
		rest = "a16e 03 a173 d11388 a26173 d11388 a26d74 c70c05 000000006b0336b9 1ee989a3"
	)
	plain := xlmeta.PartMeta{
		ETag: "bece7c5991956d8f9bb70ab07950a2a1", Number: 3, Size: 5000, ActualSize: 5000,
		ModTime: time.Unix(0x6b0336b9, 0x1ee989a3).UTC(),
	}
	full := plain
	full.Index = []byte{1, 2}
	full.Checksums = map[string]string{"CRC32": "mJAy/w=="}
	zero := xlmeta.PartMeta{Number: 1}
	tests := []struct {
		name  string
		bytes string
		want  xlmeta.PartMeta
	}{
		{"plain", "85" + etag + rest, plain},
		{"everything", "87" + etag + rest + "a169 c4020102 a3637263 81 a54352433332 a86d4a41792f773d3d", full},
		{"zero time", "85 a165a0 a16e01 a17300 a2617300 a26d74 c70c05 fffffff1886e0900 00000000", zero},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stored := unhex(t, test.bytes)
			got, err := xlmeta.DecodePartMeta(stored)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if again := got.Append(nil); !bytes.Equal(again, stored) {
				t.Errorf("got %x, want %x", again, stored)
			}
		})
	}
}

func TestPartMetaRejected(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"nothing":        "",
		"empty":          "80",
		"no map":         "90",
		"part 0":         "81 a16e 00",
		"negative size":  "82 a16e 01 a173 ff",
		"truncated":      "82 a16e 01 a173",
		"bytes behind":   "81 a16e 01 00",
		"enormous count": "dfffffffff a16e 01",
		"enormous crc":   "82 a16e 01 a3637263 dfffffffff",
		"other time":     "82 a16e 01 a26d74 c70c06 fffffff1886e090000000000",
	}
	for name, stored := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := xlmeta.DecodePartMeta(unhex(t, stored)); !errors.Is(err, xlmeta.ErrCorrupt) {
				t.Errorf("got %+v, %v, want ErrCorrupt", got, err)
			}
		})
	}
}

func FuzzDecodePartMeta(f *testing.F) {
	f.Add(unhex(f, "86 a165a0 a16e01 a17300 a2617300 a26d74 c70c05 fffffff1886e0900 00000000 a169 c4020102"))
	f.Add(unhex(f, "82 a16e 01 a3637263 81 a54352433332 a86d4a41792f773d3d"))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := xlmeta.DecodePartMeta(b)
		if err != nil {
			return
		}
		second, err := xlmeta.DecodePartMeta(first.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
	})
}
