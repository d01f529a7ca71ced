package xlmeta_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func encodeChecksums(all []xlmeta.Checksum) []byte {
	var b []byte
	for i := range all {
		b = all[i].Append(b)
	}
	return b
}

// unhex reads hexadecimal digits, with blanks for the eye.
func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestChecksums(t *testing.T) {
	t.Parallel()
	const (
		crc32   = "db4e5144"
		part    = "8edf4777"
		crc64   = "7a318d5b1f81e404"
		sha1hex = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	)
	tests := []struct {
		name  string
		bytes string
		want  []xlmeta.Checksum
		full  bool
	}{
		{"none", "", nil, true},
		{"single", "08" + crc32, []xlmeta.Checksum{{Type: xlmeta.CRC32, Value: unhex(t, crc32)}}, true},
		{"trailing", "05" + sha1hex, []xlmeta.Checksum{{
			Type: xlmeta.SHA1 | xlmeta.ChecksumTrailing, Value: unhex(t, sha1hex),
		}}, true},
		{"composite", "c801" + crc32 + "01" + part, []xlmeta.Checksum{{
			Type:  xlmeta.CRC32 | xlmeta.ChecksumMultipart | xlmeta.ChecksumWithParts,
			Value: unhex(t, crc32), PartCount: 1, Parts: [][]byte{unhex(t, part)},
		}}, false},
		{"full object", "d005" + crc32 + "02" + part + part, []xlmeta.Checksum{{
			Type:  xlmeta.CRC32C | xlmeta.ChecksumMultipart | xlmeta.ChecksumWithParts | xlmeta.ChecksumFullObject,
			Value: unhex(t, crc32), PartCount: 2, Parts: [][]byte{unhex(t, part), unhex(t, part)},
		}}, true},
		{"nvme is of the full object", "c003" + crc64 + "01" + crc64, []xlmeta.Checksum{{
			Type:  xlmeta.CRC64NVME | xlmeta.ChecksumMultipart | xlmeta.ChecksumWithParts,
			Value: unhex(t, crc64), PartCount: 1, Parts: [][]byte{unhex(t, crc64)},
		}}, true},
		{"count only", "48" + crc32 + "07", []xlmeta.Checksum{{
			Type: xlmeta.CRC32 | xlmeta.ChecksumMultipart, Value: unhex(t, crc32), PartCount: 7,
		}}, false},
		{"two", "08" + crc32 + "10" + part, []xlmeta.Checksum{
			{Type: xlmeta.CRC32, Value: unhex(t, crc32)},
			{Type: xlmeta.CRC32C, Value: unhex(t, part)},
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stored := unhex(t, test.bytes)
			got, err := xlmeta.DecodeChecksums(stored)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if again := encodeChecksums(got); !bytes.Equal(again, stored) {
				t.Errorf("got %x, want %x", again, stored)
			}
			for _, c := range got {
				if c.Type.FullObject() != test.full {
					t.Errorf("%#x: got %s", c.Type, c.Type.Mode())
				}
			}
		})
	}
}

func TestChecksumsRejected(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		bytes string
		want  error
	}{
		{"no algorithm", "01", xlmeta.ErrCorrupt},
		{"two algorithms", "18 00000000", xlmeta.ErrCorrupt},
		{"marked invalid", "28 00000000", xlmeta.ErrCorrupt},
		{"parts of no multipart", "8801 00000000", xlmeta.ErrCorrupt},
		{"short value", "08 000000", xlmeta.ErrCorrupt},
		{"no count", "48 00000000", xlmeta.ErrCorrupt},
		{"too many parts", "c801 00000000 ffffffff0f", xlmeta.ErrCorrupt},
		{"short parts", "c801 00000000 02 00000000", xlmeta.ErrCorrupt},
		{"endless type", "ffffffffffffffffffffff", xlmeta.ErrCorrupt},
		{"unknown bit", "8808 00000000", xlmeta.ErrUnsupported},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, err := xlmeta.DecodeChecksums(unhex(t, test.bytes)); !errors.Is(err, test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestChecksumAlgorithmNames(t *testing.T) {
	t.Parallel()
	sizes := map[xlmeta.ChecksumType]int{
		xlmeta.CRC32: 4, xlmeta.CRC32C: 4, xlmeta.SHA1: 20, xlmeta.SHA256: 32, xlmeta.CRC64NVME: 8,
	}
	for algorithm, size := range sizes {
		decorated := algorithm | xlmeta.ChecksumTrailing | xlmeta.ChecksumMultipart
		if got := xlmeta.ParseChecksumAlgorithm(decorated.String()); got != algorithm {
			t.Errorf("%v: got %#x, want %#x", algorithm, got, algorithm)
		}
		if got := decorated.Size(); got != size {
			t.Errorf("%v: got %d bytes, want %d", algorithm, got, size)
		}
	}
	if got := xlmeta.ParseChecksumAlgorithm("MD5"); got != 0 {
		t.Errorf("got %v for MD5, want none", got)
	}
}

func FuzzDecodeChecksums(f *testing.F) {
	for _, seed := range []string{"", "08db4e5144", "c801db4e5144018edf4777", "c0037a318d5b1f81e40400"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := xlmeta.DecodeChecksums(b)
		if err != nil {
			return
		}
		second, err := xlmeta.DecodeChecksums(encodeChecksums(first))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
	})
}
