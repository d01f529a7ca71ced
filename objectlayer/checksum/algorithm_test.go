package checksum_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/checksum"
)

// TestAlgorithms checks each against its published value for "123456789".
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	rows := map[checksum.Algorithm]struct{ name, header, check string }{
		checksum.CRC32:     {"CRC32", "x-amz-checksum-crc32", "cbf43926"},
		checksum.CRC32C:    {"CRC32C", "x-amz-checksum-crc32c", "e3069283"},
		checksum.CRC64NVME: {"CRC64NVME", "x-amz-checksum-crc64nvme", "ae8b14860a799888"},
		checksum.SHA1:      {"SHA1", "x-amz-checksum-sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
		checksum.SHA256:    {"SHA256", "x-amz-checksum-sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
	}
	for _, a := range checksum.Algorithms() {
		row := rows[a]
		if a.String() != row.name || a.Header() != row.header {
			t.Errorf("%v: header %s", a, a.Header())
		}
		h := a.New()
		h.Write([]byte("123456789"))
		sum := h.Sum(nil)
		if hex.EncodeToString(sum) != row.check || len(sum) != a.Size() {
			t.Errorf("%v: %x (size %d), want %s", a, sum, a.Size(), row.check)
		}
		for _, name := range []string{row.name, strings.ToLower(row.name)} {
			if got, err := checksum.ParseAlgorithm(name); err != nil || got != a {
				t.Errorf("ParseAlgorithm(%q) = %v, %v", name, got, err)
			}
		}
		text := checksum.Format(sum)
		if back, err := a.Parse(text); err != nil || string(back) != string(sum) {
			t.Errorf("%v: Parse(%q) = %x, %v", a, text, back, err)
		}
		for _, bad := range []string{"", "?", text[1:], text + "AAAA", checksum.Format(sum[1:])} {
			if got, err := a.Parse(bad); !errors.Is(err, checksum.ErrValue) {
				t.Errorf("%v: Parse(%q) = %x, %v; want ErrValue", a, bad, got, err)
			}
		}
	}
	for _, bad := range []string{"", "none", "MD5", "CRC-32"} {
		if got, err := checksum.ParseAlgorithm(bad); !errors.Is(err, checksum.ErrAlgorithm) {
			t.Errorf("ParseAlgorithm(%q) = %v, %v", bad, got, err)
		}
	}
	if checksum.None.New() != nil || checksum.None.Size() != 0 {
		t.Error("None is something")
	}
	if _, err := checksum.None.Parse(""); !errors.Is(err, checksum.ErrValue) {
		t.Errorf("None parses: %v", err)
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]checksum.Type{"FULL_OBJECT": checksum.FullObject, "COMPOSITE": checksum.Composite} {
		if got, err := checksum.ParseType(text); err != nil || got != want || got.String() != text {
			t.Errorf("ParseType(%q) = %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "full_object", "BOTH"} {
		if got, err := checksum.ParseType(bad); !errors.Is(err, checksum.ErrType) {
			t.Errorf("ParseType(%q) = %v, %v", bad, got, err)
		}
	}

	const none, full, parts = checksum.Unspecified, checksum.FullObject, checksum.Composite
	rows := []struct {
		algorithms []checksum.Algorithm
		asked, got checksum.Type
		err        error
	}{
		{[]checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.SHA1, checksum.SHA256}, none, parts, nil},
		{[]checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.SHA1, checksum.SHA256}, parts, parts, nil},
		{[]checksum.Algorithm{checksum.CRC64NVME}, none, full, nil},
		{[]checksum.Algorithm{checksum.CRC64NVME, checksum.CRC32, checksum.CRC32C}, full, full, nil},
		{[]checksum.Algorithm{checksum.CRC64NVME}, parts, none, checksum.ErrType},
		{[]checksum.Algorithm{checksum.SHA1, checksum.SHA256}, full, none, checksum.ErrType},
		{[]checksum.Algorithm{checksum.None}, none, none, checksum.ErrAlgorithm},
	}
	for _, row := range rows {
		for _, a := range row.algorithms {
			if got, err := a.MultipartType(row.asked); got != row.got || !errors.Is(err, row.err) {
				t.Errorf("%v.MultipartType(%v) = %v, %v; want %v, %v", a, row.asked, got, err, row.got, row.err)
			}
		}
	}
}
