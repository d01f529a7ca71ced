package checksum_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/objectlayer/checksum"
)

func unhex(digits string) []byte {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return b
}

// goldenValues were stored by MinIO 2026-02-12.
var goldenValues = []struct {
	name      string
	stored    string // in hexadecimal
	text      string // as clients saw it
	value     checksum.Value
	partSizes []int64
}{
	{
		name: "CRC32", stored: "08647c2cf9", text: "ZHws+Q==",
		value: checksum.Value{Algorithm: checksum.CRC32, Type: checksum.FullObject, Sum: unhex("647c2cf9")},
	},
	{
		name: "CRC32C", stored: "10d7ea4c62", text: "1+pMYg==",
		value: checksum.Value{Algorithm: checksum.CRC32C, Type: checksum.FullObject, Sum: unhex("d7ea4c62")},
	},
	{
		name: "CRC64NVME", stored: "800220145236343acfcb", text: "IBRSNjQ6z8s=",
		value: checksum.Value{Algorithm: checksum.CRC64NVME, Type: checksum.FullObject, Sum: unhex("20145236343acfcb")},
	},
	{
		name: "SHA1", stored: "0461cc0057aeeacd2f84a4d75c61cdb592a297bc48", text: "YcwAV67qzS+EpNdcYc21kqKXvEg=",
		value: checksum.Value{
			Algorithm: checksum.SHA1, Type: checksum.FullObject, Sum: unhex("61cc0057aeeacd2f84a4d75c61cdb592a297bc48"),
		},
	},
	{
		name:   "SHA256",
		stored: "0219af90ec9eebf183292c92536593883b8db552c533275b2ab0bacc5db9615f6d",
		text:   "Ga+Q7J7r8YMpLJJTZZOIO421UsUzJ1sqsLrMXblhX20=",
		value: checksum.Value{
			Algorithm: checksum.SHA256, Type: checksum.FullObject,
			Sum: unhex("19af90ec9eebf183292c92536593883b8db552c533275b2ab0bacc5db9615f6d"),
		},
	},
	{
		name: "CRC32 in a trailer", stored: "09647c2cf9", text: "ZHws+Q==",
		value: checksum.Value{Algorithm: checksum.CRC32, Type: checksum.FullObject, Sum: unhex("647c2cf9"), Trailing: true},
	},
	{
		name: "composite CRC32", stored: "c8016661a6580376faa9c10f854197a3eb0100", text: "ZmGmWA==-3",
		value: checksum.Value{
			Algorithm: checksum.CRC32, Type: checksum.Composite, Sum: unhex("6661a658"), Parts: 3,
			PartSums: [][]byte{unhex("76faa9c1"), unhex("0f854197"), unhex("a3eb0100")},
		},
		partSizes: []int64{5242880, 5242880, 123457},
	},
	{
		name: "CRC32C of the full object", stored: "d0056e60044302a9bb8a45dda1511f", text: "bmAEQw==",
		value: checksum.Value{
			Algorithm: checksum.CRC32C, Type: checksum.FullObject, Sum: unhex("6e600443"), Parts: 2,
			PartSums: [][]byte{unhex("a9bb8a45"), unhex("dda1511f")},
		},
		partSizes: []int64{5242880, 1000},
	},
	{
		name: "CRC64NVME of parts", stored: "c003df02a85ea8bb761902b20144116f37615eab17e5119f25cca0", text: "3wKoXqi7dhk=",
		value: checksum.Value{
			Algorithm: checksum.CRC64NVME, Type: checksum.FullObject, Sum: unhex("df02a85ea8bb7619"), Parts: 2,
			PartSums: [][]byte{unhex("b20144116f37615e"), unhex("ab17e5119f25cca0")},
		},
		partSizes: []int64{5242880, 2000},
	},
	{
		name:   "composite SHA1",
		stored: "c401b5d297e16620b87cb177da0f073c35301e6b5415011e5cfe7c3596ab3035d98bafacdd1c2d713f6ae7",
		text:   "tdKX4WYguHyxd9oPBzw1MB5rVBU=-1",
		value: checksum.Value{
			Algorithm: checksum.SHA1, Type: checksum.Composite, Parts: 1,
			Sum:      unhex("b5d297e16620b87cb177da0f073c35301e6b5415"),
			PartSums: [][]byte{unhex("1e5cfe7c3596ab3035d98bafacdd1c2d713f6ae7")},
		},
		partSizes: []int64{4000},
	},
}

func TestGoldenValues(t *testing.T) {
	t.Parallel()
	var all []byte
	for _, g := range goldenValues {
		stored := unhex(g.stored)
		got, err := checksum.Decode(stored)
		if diff := cmp.Diff([]checksum.Value{g.value}, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", g.name, err, diff)
		}
		if text := g.value.Text(); text != g.text {
			t.Errorf("%s: clients see %q, want %q", g.name, text, g.text)
		}
		back, err := g.value.Append(nil)
		if err != nil || hex.EncodeToString(back) != g.stored {
			t.Errorf("%s: stored as %x, %v; want %s", g.name, back, err, g.stored)
		}
		all = append(all, stored...)
	}
	if values, err := checksum.Decode(all); err != nil || len(values) != len(goldenValues) {
		t.Errorf("one after the other: %d values, %v", len(values), err)
	}
	if values, err := checksum.Decode(nil); err != nil || len(values) != 0 {
		t.Errorf("nothing: %v, %v", values, err)
	}
}

// TestDecodeWithoutPartSums reads a value that keeps only the number of parts.
func TestDecodeWithoutPartSums(t *testing.T) {
	t.Parallel()
	for _, want := range []checksum.Value{
		{Algorithm: checksum.CRC32, Type: checksum.Composite, Sum: []byte{1, 2, 3, 4}, Parts: 300},
		{Algorithm: checksum.CRC32, Type: checksum.FullObject, Sum: []byte{1, 2, 3, 4}, Parts: 1},
		{Algorithm: checksum.SHA1, Type: checksum.Composite, Sum: make([]byte, 20)},
	} {
		stored, err := want.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := checksum.Decode(stored)
		if diff := cmp.Diff([]checksum.Value{want}, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	composite := unhex("c8016661a6580376faa9c10f854197a3eb0100")
	rows := map[string][]byte{
		"no algorithm":            {0x40, 1, 2, 3, 4, 1},
		"two algorithms":          {0x18, 1, 2, 3, 4},
		"invalid bit":             {0x28, 1, 2, 3, 4},
		"unknown bit":             append(binary.AppendUvarint(nil, 0x408), 1, 2, 3, 4),
		"kind cut":                {0xc8},
		"kind too large":          {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		"sum cut":                 {0x08, 1, 2, 3},
		"number missing":          composite[:6],
		"sums cut":                composite[:len(composite)-1],
		"too many parts":          binary.AppendUvarint(unhex("c8016661a658"), 10001),
		"number overflows":        binary.AppendUvarint(unhex("c8016661a658"), 1<<63),
		"sums without number":     append(binary.AppendUvarint(nil, 0x88), 1, 2, 3, 4, 1, 1, 2, 3, 4),
		"garbage behind":          append(composite[:len(composite):len(composite)], 0),
		"second value is damaged": append(unhex("08647c2cf9"), 0x08, 1),
	}
	for name, bad := range rows {
		if values, err := checksum.Decode(bad); !errors.Is(err, checksum.ErrCorrupt) {
			t.Errorf("%s: got %+v, %v; want ErrCorrupt", name, values, err)
		}
	}
}

func TestAppendErrors(t *testing.T) {
	t.Parallel()
	four := []byte{1, 2, 3, 4}
	rows := map[string]checksum.Value{
		"nothing":           {},
		"short sum":         {Algorithm: checksum.CRC32, Sum: four[:3]},
		"negative parts":    {Algorithm: checksum.CRC32, Sum: four, Parts: -1},
		"too many parts":    {Algorithm: checksum.CRC32, Sum: four, Parts: 10001},
		"other number":      {Algorithm: checksum.CRC32, Sum: four, Parts: 2, PartSums: [][]byte{four}},
		"short part":        {Algorithm: checksum.CRC32, Sum: four, Parts: 1, PartSums: [][]byte{four[:1]}},
		"composite CRC64":   {Algorithm: checksum.CRC64NVME, Type: checksum.Composite, Sum: make([]byte, 8), Parts: 1},
		"sums and no parts": {Algorithm: checksum.CRC32, Sum: four, PartSums: [][]byte{four}},
	}
	for name, v := range rows {
		if stored, err := v.Append(nil); !errors.Is(err, checksum.ErrParts) {
			t.Errorf("%s: got %x, %v; want ErrParts", name, stored, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range goldenValues {
		f.Add(unhex(g.stored))
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		values, err := checksum.Decode(stored)
		if err != nil {
			if !errors.Is(err, checksum.ErrCorrupt) {
				t.Fatalf("unexpected error %v", err)
			}
			return
		}
		var again []byte
		for _, v := range values {
			if again, err = v.Append(again); err != nil {
				t.Fatalf("decoded value %+v cannot be stored: %v", v, err)
			}
		}
		back, err := checksum.Decode(again)
		if diff := cmp.Diff(values, back); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}
