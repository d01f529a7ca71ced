package xlmeta_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// history is a journal with a version of each kind that old servers knew.
func history(tb testing.TB) *xlmeta.Journal {
	tb.Helper()
	j := new(xlmeta.Journal)
	null, data := oneByteObject()
	null.ModTime = 1000
	if err := j.Put(null, data); err != nil {
		tb.Fatal(err)
	}
	parts, _ := oneByteObject()
	parts.ID, parts.DataDir, parts.ModTime = xlmeta.VersionID{1}, xlmeta.DataDir{9}, 3000
	parts.MetaSys = nil
	parts.Parts = []xlmeta.Part{
		{Number: 1, Size: 5 << 20, ActualSize: 5 << 20, ETag: "a1b2bdc516be69584ef0582d727b7896"},
		{Number: 7, Size: 300, ActualSize: 300, ETag: "bece7c5991956d8f9bb70ab07950a2a1"},
	}
	parts.Size = 5<<20 + 300
	if err := j.Put(parts, nil); err != nil {
		tb.Fatal(err)
	}
	marker := xlmeta.DeleteMarker{ID: xlmeta.VersionID{2}, ModTime: 2000, MetaSys: map[string][]byte{}}
	if err := j.PutMarker(marker); err != nil {
		tb.Fatal(err)
	}
	return j
}

func TestOldContainers(t *testing.T) {
	t.Parallel()
	j := history(t)
	w := dissect(t, j)
	shuffled := w
	shuffled.metadata = slices.Clone(w.metadata)
	slices.Reverse(shuffled.metadata)
	payload := shuffled.versionsMap()
	withoutInline := container(w.payload(3, 3), nil)
	whole := j.Append(nil)

	tests := []struct {
		name  string
		bytes []byte
		want  []byte
	}{
		{"text 1.0", append([]byte("XL2 1   "), payload...), withoutInline},
		{"1.0", append(prefix(1, 0), payload...), withoutInline},
		{"1.1", append(msgp.AppendBytes(prefix(1, 1), payload), w.inline...), whole},
		{"1.2", func() []byte {
			b := container(payload, w.inline)
			b[6] = 2
			return b
		}(), whole},
		{"1.3 header 1", container(w.payload(1, 1), w.inline), whole},
		{"1.3 header 3 metadata 2", container(w.payload(3, 2), w.inline), whole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := xlmeta.Decode(test.bytes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(headers(j), headers(got)); diff != "" {
				t.Errorf("headers (-want +got)\n%s", diff)
			}
			if !bytes.Equal(got.Append(nil), test.want) {
				t.Error("is written otherwise than a journal of today")
			}
		})
	}
}

// Headers from before April 2024 say nothing about erasure and match any.
func TestHeaderVersion2(t *testing.T) {
	t.Parallel()
	w := dissect(t, history(t))
	got, err := xlmeta.Decode(container(w.payload(2, 2), w.inline))
	if err != nil {
		t.Fatal(err)
	}
	again, err := xlmeta.Decode(got.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range again.Versions() {
		want := w.headers[i]
		want.Data, want.Parity = 0, 0
		if diff := cmp.Diff(want, v.Header); diff != "" {
			t.Errorf("header (-want +got)\n%s", diff)
		}
		if !v.Matches(w.headers[i]) || !w.headers[i].Matches(v.Header) {
			t.Errorf("%+v does not match %+v", v.Header, w.headers[i])
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	base := xlmeta.Header{ModTime: 5, Type: xlmeta.TypeObject, Data: 2, Parity: 2}
	tests := []struct {
		name   string
		change func(*xlmeta.Header)
		want   bool
	}{
		{"equal", func(*xlmeta.Header) {}, true},
		{"unknown erasure", func(h *xlmeta.Header) { h.Data, h.Parity = 0, 0 }, true},
		{"other parity", func(h *xlmeta.Header) { h.Parity = 1 }, false},
		{"other time", func(h *xlmeta.Header) { h.ModTime++ }, false},
		{"other signature", func(h *xlmeta.Header) { h.Signature[3] = 1 }, false},
		{"other id", func(h *xlmeta.Header) { h.ID[0] = 1 }, false},
		{"other flags", func(h *xlmeta.Header) { h.Flags = 2 }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := base
			test.change(&other)
			if got := base.Matches(other); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestRepairsTimesOfDeleteMarkers(t *testing.T) {
	t.Parallel()
	marker := func(at string) wire {
		var j xlmeta.Journal
		if err := j.PutMarker(xlmeta.DeleteMarker{ModTime: 7, MetaSys: map[string][]byte{
			xlmeta.KeyReplicationTimestamp: []byte(at),
			xlmeta.KeyReplicaTimestamp:     []byte("never"),
		}}); err != nil {
			t.Fatal(err)
		}
		return dissect(t, &j)
	}
	const local, utc = "2022-08-01T14:30:00.000000001+02:00", "2022-08-01T12:30:00.000000001Z"
	old, mended := marker(local), marker(utc)
	tests := []struct {
		name  string
		bytes []byte
		want  wire
	}{
		{"metadata 1", container(old.payload(2, 1), nil), mended},
		{"metadata 2", container(old.payload(2, 2), nil), old},
		{"1.0", append(prefix(1, 0), old.versionsMap()...), mended},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			j, err := xlmeta.Decode(test.bytes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, dissect(t, j), cmp.AllowUnexported(wire{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// indexed makes a journal of a compressed object with seek indexes, as the
// release of a time wrote it.
func indexed(t *testing.T, written time.Time, compression string) wire {
	t.Helper()
	o, _ := oneByteObject()
	o.MetaSys = map[string][]byte{xlmeta.KeyCompression: []byte(compression)}
	o.Parts = []xlmeta.Part{
		{Number: 1, Size: 100, ActualSize: 8 << 20, Index: []byte("small")},
		{Number: 2, Size: 100, ActualSize: 8<<20 + 1, Index: []byte("large")},
	}
	var j xlmeta.Journal
	if err := j.Put(o, nil); err != nil {
		t.Fatal(err)
	}
	w := dissect(t, &j)
	meta := w.metadata[0]
	meta = append(slices.Clone(meta[:len(meta)-1]), msgp.AppendUint64(nil, uint64(written.Unix()))...)
	w.metadata[0] = meta
	return w
}

func TestRepairsSeekIndexes(t *testing.T) {
	t.Parallel()
	bad := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name     string
		written  time.Time
		metadata int
		kind     string
		dropped  bool
	}{
		{"bad release", bad, 2, xlmeta.CompressionS2, true},
		{"bad release, metadata 1", bad, 1, xlmeta.CompressionS2, true},
		{"before", time.Unix(1701471618, 0), 2, xlmeta.CompressionS2, false},
		{"first", time.Unix(1701471619, 0), 2, xlmeta.CompressionS2, true},
		{"last", time.Unix(1730156417, 0), 2, xlmeta.CompressionS2, true},
		{"after", time.Unix(1730156418, 0), 2, xlmeta.CompressionS2, false},
		{"mended before", bad, 3, xlmeta.CompressionS2, false},
		{"other compression", bad, 2, "golang/snappy/LZ77", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := indexed(t, test.written, test.kind)
			j, err := xlmeta.Decode(container(w.payload(3, test.metadata), nil))
			if err != nil {
				t.Fatal(err)
			}
			v, _ := j.Latest()
			o, err := v.Object()
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Parts[0].Index == nil; got != test.dropped {
				t.Errorf("index of the small part dropped: %t, want %t", got, test.dropped)
			}
			if got, want := string(o.Parts[1].Index), "large"; got != want {
				t.Errorf("index of the large part: got %q, want %q", got, want)
			}
			if got := v.Signature != w.headers[0].Signature; got != test.dropped {
				t.Errorf("signature changed: %t, want %t", got, test.dropped)
			}
			var fresh xlmeta.Journal
			if err := fresh.Put(o, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(headers(&fresh), headers(j)); diff != "" {
				t.Errorf("header (-recomputed +got)\n%s", diff)
			}
		})
	}
}

// legacyObject encodes the metadata of an object from before xl.meta.
func legacyObject(tb testing.TB, index int, release string) []byte {
	tb.Helper()
	at := time.Date(2018, 5, 6, 7, 8, 9, 10, time.UTC)
	return encode(tb, nil, object{
		{"Type", 3},
		{"V1Obj", object{
			{"Version", "1.0.1"},
			{"Format", "xl"},
			{"Stat", object{{"Size", 42}, {"ModTime", at}, {"Name", "photo"}, {"Dir", false}, {"Mode", uint(0)}}},
			{"Erasure", object{
				{"Algorithm", "klauspost/reedsolomon/vandermonde"},
				{"DataBlocks", 2},
				{"ParityBlocks", 2},
				{"BlockSize", 10 << 20},
				{"Index", index},
				{"Distribution", []int{3, 4, 1, 2}},
				{"Checksums", []object{{{"PartNumber", 1}, {"Algorithm", uint(4)}, {"Hash", []byte("hash")}}}},
			}},
			{"Minio", object{{"Release", release}}},
			{"Meta", map[string]string{"etag": "x"}},
			{"Parts", []object{{{"e", ""}, {"n", 1}, {"s", 42}, {"as", 42}, {"mt", at}}}},
			{"VersionID", ""},
			{"DataDir", "legacy"},
		}},
	})
}

func TestLegacyObject(t *testing.T) {
	t.Parallel()
	w := wire{metadata: [][]byte{legacyObject(t, 3, "2019")}}
	j, err := xlmeta.Decode(append(prefix(1, 0), w.versionsMap()...))
	if err != nil {
		t.Fatal(err)
	}
	v, ok := j.Latest()
	if !ok || v.Type != xlmeta.TypeLegacy || !v.ID.IsNull() {
		t.Fatalf("got %+v, %t", v.Header, ok)
	}
	got, err := v.Legacy()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2018, 5, 6, 7, 8, 9, 10, time.UTC)
	want := xlmeta.Legacy{
		Format: "xl", Version: "1.0.1", Release: "2019",
		Size: 42, ModTime: at, Name: "photo",
		Algorithm: "klauspost/reedsolomon/vandermonde",
		Data:      2, Parity: 2, BlockSize: 10 << 20, Index: 3, Dist: []uint8{3, 4, 1, 2},
		Checksums: []xlmeta.LegacyChecksum{{Part: 1, Algorithm: xlmeta.BitrotBLAKE2b512, Hash: []byte("hash")}},
		Meta:      map[string]string{"etag": "x"},
		Parts:     []xlmeta.PartMeta{{Number: 1, Size: 42, ActualSize: 42, ModTime: at}},
		DataDir:   "legacy",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, want := v.ModTime, at.UnixNano(); got != want {
		t.Errorf("time: got %d, want %d", got, want)
	}
	dirs, err := j.Dirs()
	if diff := cmp.Diff([]string{"legacy"}, dirs); err != nil || diff != "" {
		t.Errorf("directories: %v (-want +got)\n%s", err, diff)
	}
	if got := dissect(t, j).metadata[0]; !bytes.Equal(got, w.metadata[0]) {
		t.Errorf("rewritten as %q", got)
	}
}

// Drives differ in the shard number and may differ in who wrote them.
func TestLegacySignatureIsEqualOnAllDrives(t *testing.T) {
	t.Parallel()
	var signatures [2][4]byte
	for i, metadata := range [][]byte{legacyObject(t, 1, "2018"), legacyObject(t, 2, "2019")} {
		j, err := xlmeta.Decode(append(prefix(1, 0), wire{metadata: [][]byte{metadata}}.versionsMap()...))
		if err != nil {
			t.Fatal(err)
		}
		signatures[i] = j.Versions()[0].Signature
	}
	if signatures[0] != signatures[1] {
		t.Errorf("got %x", signatures)
	}
}

func TestInlineDataUnderDataDirectory(t *testing.T) {
	t.Parallel()
	o, data := oneByteObject()
	var j xlmeta.Journal
	if err := j.Put(o, data); err != nil {
		t.Fatal(err)
	}
	section := append([]byte{1}, encode(t, nil, object{{o.DataDir.String(), data}})...)
	old, err := xlmeta.Decode(container(dissect(t, &j).payload(3, 3), section))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := old.Inline(o.ID); !ok || !bytes.Equal(got, data) {
		t.Errorf("got %q, %t, want %q", got, ok, data)
	}
	if err := old.Amend(o); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(old.Append(nil), j.Append(nil)) {
		t.Error("amending does not move the data under the id")
	}
	old.Delete(o.ID)
	if got := dissect(t, old).inline; len(got) != 0 {
		t.Errorf("after deletion the inline section is %q", got)
	}
}
