package xlmeta_test

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// oneByte is the example of docs/format/xl-meta.md: an object of one byte on
// two data and two parity drives, as MinIO wrote it on the first of them.
const oneByte = `
	584c3220 0100 0300 c60000016c 03 03 01
	c426 97 c410 00000000000000000000000000000000 d318ea71e67f625b41 c404c5e05e03 01 06 02 02
	c5013e 83
	a454797065 01
	a556324f626a de0011
	a24944 c410 00000000000000000000000000000000
	a444446972 c410 d0e8400279904d54bc85a6a9a6f3f36e
	a64563416c676f 01
	a345634d 02
	a345634e 02
	a745634253697a65 d200100000
	a74563496e646578 01
	a6456344697374 94 01 02 03 04
	a84353756d416c676f 01
	a8506172744e756d73 91 01
	a9506172744554616773 c0
	a95061727453697a6573 91 01
	aa506172744153697a6573 91 01
	a453697a65 01
	a54d54696d65 d318ea71e67f625b41
	a74d657461537973 81
	bc782d6d696e696f2d696e7465726e616c2d696e6c696e652d64617461 c40474727565
	a74d657461557372 82
	ac636f6e74656e742d74797065 b362696e6172792f6f637465742d73747265616d
	a465746167 d9203836356330633062346162306530363365356361613333383763316138373431
	a176 00
	ce458869bb
	01 81 a46e756c6c c421 572e3226628fdc372302f6127f49d011889d2adec65b56e6f4f664c6a6e7d00c 69`

// oneByteObject is what oneByte says.
func oneByteObject() (o xlmeta.Object, inline []byte) {
	return xlmeta.Object{
			DataDir: xlmeta.DataDir{
				0xd0, 0xe8, 0x40, 0x02, 0x79, 0x90, 0x4d, 0x54, 0xbc, 0x85, 0xa6, 0xa9, 0xa6, 0xf3, 0xf3, 0x6e,
			},
			ModTime: 1795372636254133057,
			Data:    2, Parity: 2, BlockSize: 1 << 20, Index: 1, Dist: []uint8{1, 2, 3, 4},
			Parts:   []xlmeta.Part{{Number: 1, Size: 1, ActualSize: 1}},
			Size:    1,
			MetaSys: map[string][]byte{"x-minio-internal-inline-data": []byte("true")},
			MetaUser: map[string]string{
				"content-type": "binary/octet-stream",
				"etag":         "865c0c0b4ab0e063e5caa3387c1a8741",
			},
		}, []byte("\x57\x2e\x32\x26\x62\x8f\xdc\x37\x23\x02\xf6\x12\x7f\x49\xd0\x11" +
			"\x88\x9d\x2a\xde\xc6\x5b\x56\xe6\xf4\xf6\x64\xc6\xa6\xe7\xd0\x0c" + "i")
}

func TestDecodeExample(t *testing.T) {
	t.Parallel()
	j, err := xlmeta.Decode(unhex(t, oneByte))
	if err != nil {
		t.Fatal(err)
	}
	v, ok := j.Latest()
	if !ok {
		t.Fatal("no latest version")
	}
	wantHeader := xlmeta.Header{
		ModTime:   1795372636254133057,
		Signature: [4]byte{0xc5, 0xe0, 0x5e, 0x03},
		Type:      xlmeta.TypeObject,
		Flags:     xlmeta.FlagUsesDataDir | xlmeta.FlagInline,
		Data:      2,
		Parity:    2,
	}
	if diff := cmp.Diff(wantHeader, v.Header); diff != "" {
		t.Errorf("header (-want +got)\n%s", diff)
	}
	wantObject, wantInline := oneByteObject()
	o, err := v.Object()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantObject, o); diff != "" {
		t.Errorf("object (-want +got)\n%s", diff)
	}
	inline, ok := j.Inline(v.ID)
	if diff := cmp.Diff(wantInline, inline); !ok || diff != "" {
		t.Errorf("inline data %t (-want +got)\n%s", ok, diff)
	}
}

func TestEncodeExample(t *testing.T) {
	t.Parallel()
	var j xlmeta.Journal
	if err := j.Put(oneByteObject()); err != nil {
		t.Fatal(err)
	}
	got, want := hex.EncodeToString(j.Append(nil)), hex.EncodeToString(unhex(t, oneByte))
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := hex.EncodeToString(j.Append([]byte{0xaa})); got != "aa"+want {
		t.Errorf("behind other bytes got %s\nwant aa%s", got, want)
	}
}

// The newest version of fixture fx2's vers/marked.
func TestSignatureOfDeleteMarker(t *testing.T) {
	t.Parallel()
	id, err := xlmeta.ParseVersionID("190c435c-ce0f-4f36-bd46-814154c59c50")
	if err != nil {
		t.Fatal(err)
	}
	var j xlmeta.Journal
	if err := j.PutMarker(xlmeta.DeleteMarker{ID: id, ModTime: 0x18ea71f4c287aff3}); err != nil {
		t.Fatal(err)
	}
	v, _ := j.Latest()
	if got, want := hex.EncodeToString(v.Signature[:]), "476664d0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
