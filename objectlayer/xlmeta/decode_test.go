package xlmeta_test

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// splice replaces a field of the example's object, given by its encoded key.
func splice(tb testing.TB, key string, from, to string) []byte {
	tb.Helper()
	whole := unhex(tb, oneByte)
	meta := whole[0x3b:0x179]
	old := append(msgp.AppendString(nil, key), unhex(tb, from)...)
	if bytes.Count(meta, old) != 1 {
		tb.Fatalf("%s %s is not once in the example", key, from)
	}
	return bytes.Replace(meta, old, append(msgp.AppendString(nil, key), unhex(tb, to)...), 1)
}

func TestObjectsRejected(t *testing.T) {
	t.Parallel()
	const uuid = "c410 00000000000000000000000000000000"
	tests := []struct {
		name, key, from, to string
	}{
		{"erasure algorithm", "EcAlgo", "01", "02"},
		{"bitrot algorithm", "CSumAlgo", "01", "02"},
		{"no data blocks", "EcM", "02", "00"},
		{"more parity than data", "EcN", "02", "03"},
		{"negative parity", "EcN", "02", "ff"},
		{"enormous data", "EcM", "02", "d37fffffffffffffff"},
		{"block size", "EcBSize", "d200100000", "00"},
		{"shard 0", "EcIndex", "01", "00"},
		{"shard 5 of 4", "EcIndex", "01", "05"},
		{"short distribution", "EcDist", "9401020304", "93010203"},
		{"distribution with shard 0", "EcDist", "9401020304", "9400020304"},
		{"distribution with shard 5", "EcDist", "9401020304", "9405020304"},
		{"distribution twice", "EcDist", "9401020304", "9401010304"},
		{"time zero", "MTime", "d318ea71e67f625b41", "00"},
		{"negative time", "MTime", "d318ea71e67f625b41", "ff"},
		{"negative size", "Size", "01", "ff"},
		{"part 0", "PartNums", "9101", "9100"},
		{"part of negative size", "PartSizes", "9101", "91ff"},
		{"fewer sizes than parts", "PartSizes", "9101", "90"},
		{"more sizes than parts", "PartSizes", "9101", "920101"},
		{"more actual sizes than parts", "PartASizes", "9101", "920101"},
		{"more etags than parts", "PartETags", "c0", "92a0a0"},
		{"size is text", "Size", "01", "a131"},
		{"other id than the header", "ID", uuid, strings.Replace(uuid, "00", "01", 1)},
		{"type of a marker", "Type", "01", "02"},
		{"type zero", "Type", "01", "00"},
		{"no object", "Type", "01", "03"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := wire{
				headers:  []xlmeta.Header{{ModTime: 0x18ea71e67f625b41, Type: xlmeta.TypeObject}},
				metadata: [][]byte{splice(t, test.key, test.from, test.to)},
			}
			raw := container(w.payload(3, 3), nil)
			if _, err := xlmeta.Decode(raw); !errors.Is(err, xlmeta.ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
			j, err := xlmeta.DecodeHeaders(raw)
			if err != nil {
				t.Fatalf("headers: %v", err)
			}
			if _, err := j.Versions()[0].Object(); !errors.Is(err, xlmeta.ErrCorrupt) {
				t.Errorf("object: got %v, want ErrCorrupt", err)
			}
		})
	}
}

func TestContainersRejected(t *testing.T) {
	t.Parallel()
	example := unhex(t, oneByte)
	changed := func(change func(b []byte) []byte) []byte { return change(slices.Clone(example)) }
	payload := func(hex string) []byte { return container(unhex(t, hex), nil) }
	const (
		header   = "c426 97 c410 00000000000000000000000000000000 d318ea71e67f625b41 c404c5e05e03 01 06 02 02"
		metadata = "c401 80"
	)
	tests := []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"nothing", nil, xlmeta.ErrCorrupt},
		{"only magic", []byte("XL2 "), xlmeta.ErrCorrupt},
		{"other magic", changed(func(b []byte) []byte { b[0] = 'Y'; return b }), xlmeta.ErrCorrupt},
		{"only prefix", example[:8], xlmeta.ErrCorrupt},
		{"major 2", changed(func(b []byte) []byte { b[4] = 2; return b }), xlmeta.ErrUnsupported},
		{"major 0", changed(func(b []byte) []byte { b[4] = 0; return b }), xlmeta.ErrUnsupported},
		{"minor 4", changed(func(b []byte) []byte { b[6] = 4; return b }), xlmeta.ErrUnsupported},
		{"text 2", []byte("XL2 2   \x80"), xlmeta.ErrUnsupported},
		{"bit flipped", changed(func(b []byte) []byte { b[100] ^= 1; return b }), xlmeta.ErrCorrupt},
		{"truncated payload", example[:200], xlmeta.ErrCorrupt},
		{"truncated trailer", example[:0x17d], xlmeta.ErrCorrupt},
		{"truncated inline data", example[:len(example)-1], xlmeta.ErrCorrupt},
		{"inline version 2", changed(func(b []byte) []byte { b[0x17e] = 2; return b }), xlmeta.ErrCorrupt},
		{"header version 4", payload("04 03 00"), xlmeta.ErrUnsupported},
		{"header version 0", payload("00 03 00"), xlmeta.ErrUnsupported},
		{"metadata version 4", payload("03 04 00"), xlmeta.ErrUnsupported},
		{"negative count", payload("03 03 ff"), xlmeta.ErrCorrupt},
		{"count without versions", payload("03 03 01"), xlmeta.ErrCorrupt},
		{"bytes after the versions", payload("03 03 00 00"), xlmeta.ErrCorrupt},
		{"type 0", payload("03 03 01" + strings.Replace(header, "01 06", "00 06", 1) + metadata), xlmeta.ErrCorrupt},
		{"type 4", payload("03 03 01" + strings.Replace(header, "01 06", "04 06", 1) + metadata), xlmeta.ErrCorrupt},
		{"header of six", payload("03 03 01" + strings.Replace(header, "97", "96", 1) + metadata), xlmeta.ErrCorrupt},
		{"old header claimed", payload("02 02 01" + header + metadata), xlmeta.ErrCorrupt},
		{"empty metadata", payload("03 03 01" + header + "c400"), xlmeta.ErrCorrupt},
		{"metadata without type", payload("03 03 01" + header + metadata), xlmeta.ErrCorrupt},
		{"1.0 without map", append(prefix(1, 0), 0xc1), xlmeta.ErrCorrupt},
		{"1.0 with more behind", append(prefix(1, 0), 0x80, 0x80), xlmeta.ErrCorrupt},
		{"1.1 without bin", append(prefix(1, 1), 0x80), xlmeta.ErrCorrupt},
		{"1.2 without checksum", append(prefix(1, 2), 0xc4, 1, 0x80), xlmeta.ErrCorrupt},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := xlmeta.Decode(test.bytes); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestUnknownKeysSurvive(t *testing.T) {
	t.Parallel()
	id := [16]byte{1}
	metadata := encode(t, nil, object{
		{"Novel", []int{1, 2}},
		{"DelObj", object{{"Later", "x"}, {"MTime", int64(1)}, {"ID", id[:]}}},
		{"Type", 2},
	})
	w := wire{headers: []xlmeta.Header{{ID: id, ModTime: 1, Type: xlmeta.TypeDeleteMarker}}, metadata: [][]byte{metadata}}
	j, err := xlmeta.Decode(container(w.payload(3, 3), nil))
	if err != nil {
		t.Fatal(err)
	}
	o, data := oneByteObject()
	if err := j.Put(o, data); err != nil {
		t.Fatal(err)
	}
	if got := dissect(t, j).metadata[1]; !bytes.Equal(got, metadata) {
		t.Errorf("got %q, want %q", got, metadata)
	}
}

func TestDecodeOwnsItsBytes(t *testing.T) {
	t.Parallel()
	b := unhex(t, oneByte)
	j, err := xlmeta.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	if !bytes.Equal(j.Append(nil), unhex(t, oneByte)) {
		t.Error("the journal changed with the bytes it was decoded from")
	}
}

func TestObjectOwnsItsBytes(t *testing.T) {
	t.Parallel()
	b := unhex(t, oneByte)
	j, err := xlmeta.DecodeHeaders(b)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := j.Latest()
	got, err := v.Object()
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	want, _ := oneByteObject()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWrongType(t *testing.T) {
	t.Parallel()
	j, err := xlmeta.Decode(unhex(t, oneByte))
	if err != nil {
		t.Fatal(err)
	}
	v, _ := j.Latest()
	if _, err := v.DeleteMarker(); err == nil || errors.Is(err, xlmeta.ErrCorrupt) {
		t.Errorf("got %v, want an error that blames the caller", err)
	}
	if _, err := v.Legacy(); err == nil || errors.Is(err, xlmeta.ErrCorrupt) {
		t.Errorf("got %v, want an error that blames the caller", err)
	}
}

// Counts are as large as they can be, in files of some hundred bytes. Not
// parallel: it looks at what the whole process allocates.
func TestAllocationIsBoundedByInput(t *testing.T) {
	huge := unhex(t, "ddffffffff") // array of 2^32-1
	hugeMap := unhex(t, "dfffffffff")
	objectWith := func(key string, value raw) []byte {
		return single(xlmeta.TypeObject, encode(t, nil, object{{"Type", 1}, {"V2Obj", object{{key, value}}}}))
	}
	legacyWith := func(key string, value raw) []byte {
		return single(xlmeta.TypeLegacy, encode(t, nil, object{{"Type", 3}, {"V1Obj", object{{key, value}}}}))
	}
	count := msgp.AppendInt64([]byte{3, 3}, math.MaxInt32)
	inputs := map[string][]byte{
		"versions":          container(append(count, make([]byte, 80)...), nil),
		"versions before":   append(append(prefix(1, 0), encode(t, nil, object{{"Versions", raw(huge)}})...), make([]byte, 80)...),
		"distribution":      objectWith("EcDist", huge),
		"parts":             objectWith("PartNums", huge),
		"indexes":           objectWith("PartIdx", huge),
		"system metadata":   objectWith("MetaSys", hugeMap),
		"user metadata":     objectWith("MetaUsr", hugeMap),
		"object fields":     single(xlmeta.TypeObject, encode(t, nil, object{{"Type", 1}, {"V2Obj", raw(hugeMap)}})),
		"legacy parts":      legacyWith("Parts", huge),
		"legacy checksums":  legacyWith("Erasure", encode(t, nil, object{{"Checksums", raw(huge)}})),
		"inline data":       container([]byte{3, 3, 0}, append([]byte{1}, hugeMap...)),
		"payload size":      append(prefix(1, 3), 0xc6, 0xff, 0xff, 0xff, 0xff),
		"deep nesting":      objectWith("Deep", bytes.Repeat([]byte{0x91}, 200)),
		"inline entry size": container([]byte{3, 3, 0}, unhex(t, "01 81 a161 c6ffffffff")),
	}
	for name, input := range inputs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := xlmeta.Decode(input)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, xlmeta.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
		if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(64<<10); got > limit {
			t.Errorf("%s: %d bytes allocated for %d bytes", name, got, len(input))
		}
	}
}

// FuzzDecode checks that what can be decoded can be encoded, and that encoding
// settles at once.
func FuzzDecode(f *testing.F) {
	f.Add(unhex(f, oneByte))
	j := history(f)
	w := dissect(f, j)
	f.Add(j.Append(nil))
	f.Add(append([]byte("XL2 1   "), w.versionsMap()...))
	f.Add(append(msgp.AppendBytes(prefix(1, 1), w.versionsMap()), w.inline...))
	f.Add(container(w.payload(1, 1), w.inline))
	f.Add(container(w.payload(2, 2), w.inline))
	f.Add(append(prefix(1, 0), wire{metadata: [][]byte{legacyObject(f, 1, "2019")}}.versionsMap()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, input := range [][]byte{b, reseal(b)} {
			decodeAll(t, input)
		}
	})
}

// reseal makes mutations get past the checksum: it takes b as the payload and
// inline section of a container 1.3.
func reseal(b []byte) []byte {
	if len(b) < 13 {
		return nil
	}
	payload, inline := b[13:], []byte(nil)
	if at := bytes.LastIndexByte(payload, 0xce); at >= 0 && len(payload)-at >= 5 {
		payload, inline = payload[:at], payload[at+5:]
	}
	return container(payload, inline)
}

func decodeAll(t *testing.T, b []byte) {
	lazy, lazyErr := xlmeta.DecodeHeaders(bytes.Clone(b))
	j, err := xlmeta.Decode(b)
	if err == nil && lazyErr != nil {
		t.Fatalf("headers alone cannot be decoded: %v", lazyErr)
	}
	if lazyErr == nil {
		visit(lazy)
	}
	if err != nil {
		if !errors.Is(err, xlmeta.ErrCorrupt) && !errors.Is(err, xlmeta.ErrUnsupported) {
			t.Fatalf("unexpected error %v", err)
		}
		return
	}
	first := j.Append(nil)
	again, err := xlmeta.Decode(first)
	if err != nil {
		t.Fatalf("cannot decode what was encoded: %v", err)
	}
	if !slices.Equal(headers(j), headers(again)) {
		t.Errorf("headers: got %+v, want %+v", headers(again), headers(j))
	}
	if !bytes.Equal(first, again.Append(nil)) {
		t.Error("encoding does not settle")
	}
}

// visit asks a journal for everything.
func visit(j *xlmeta.Journal) {
	j.Latest()
	_, _ = j.Dirs()
	for _, v := range j.Versions() {
		_, _ = v.Object()
		_, _ = v.DeleteMarker()
		_, _ = v.Legacy()
		_, _ = j.Inline(v.ID)
		j.DropInline(v.ID)
	}
	for j.Len() > 0 {
		j.Delete(j.Versions()[0].ID)
	}
}
