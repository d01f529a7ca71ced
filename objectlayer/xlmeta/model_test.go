package xlmeta_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// entry is a version in the model: a list of these is a journal.
type entry struct {
	ID      xlmeta.VersionID
	ModTime int64
	Type    xlmeta.Type
	Shard   string // inline data, "none" for none
}

const noShard = "none"

// machine runs a journal beside its model.
type machine struct {
	journal xlmeta.Journal
	model   []entry
}

func (m *machine) find(id xlmeta.VersionID) int {
	return slices.IndexFunc(m.model, func(e entry) bool { return e.ID == id })
}

// put does to the model what putting a version does to a journal.
func (m *machine) put(e entry) {
	if i := m.find(e.ID); i >= 0 {
		moved := m.model[i].ModTime != e.ModTime
		m.model[i] = e
		if moved {
			slices.SortFunc(m.model, func(a, b entry) int { return m.header(a).Compare(m.header(b)) })
		}
		return
	}
	at := 0
	for at < len(m.model) && m.model[at].ModTime > e.ModTime {
		at++
	}
	m.model = slices.Insert(m.model, at, e)
}

// header borrows from the journal what the model does not know.
func (m *machine) header(e entry) xlmeta.Header {
	v, _ := m.journal.Find(e.ID)
	return v.Header
}

var (
	drawID   = rapid.Map(rapid.ByteMax(20), func(b byte) xlmeta.VersionID { return xlmeta.VersionID{b} })
	drawTime = rapid.Int64Range(1, 30)
	drawData = rapid.SliceOfN(rapid.Byte(), 0, 300)
)

func (m *machine) Put(t *rapid.T) {
	o := plainObject(0, drawTime.Draw(t, "time"))
	o.ID = drawID.Draw(t, "id")
	e := entry{o.ID, o.ModTime, xlmeta.TypeObject, noShard}
	var data []byte
	if rapid.Bool().Draw(t, "inline") {
		o.MetaSys = map[string][]byte{xlmeta.KeyInlineData: []byte("true")}
		if data = drawData.Draw(t, "data"); data == nil {
			data = []byte{}
		}
		e.Shard = string(data)
	}
	if err := m.journal.Put(o, data); err != nil {
		t.Fatal(err)
	}
	m.put(e)
}

func (m *machine) PutMarker(t *rapid.T) {
	d := xlmeta.DeleteMarker{ID: drawID.Draw(t, "id"), ModTime: drawTime.Draw(t, "time")}
	if err := m.journal.PutMarker(d); err != nil {
		t.Fatal(err)
	}
	m.put(entry{d.ID, d.ModTime, xlmeta.TypeDeleteMarker, noShard})
}

func (m *machine) Amend(t *rapid.T) {
	id := drawID.Draw(t, "id")
	i := m.find(id)
	if i < 0 || m.model[i].Type != xlmeta.TypeObject {
		if err := m.journal.Amend(plainObject(id[0], 1)); !errors.Is(err, xlmeta.ErrNoVersion) {
			t.Fatalf("got %v, want ErrNoVersion", err)
		}
		return
	}
	v, _ := m.journal.Find(id)
	o, err := v.Object()
	if err != nil {
		t.Fatal(err)
	}
	o.MetaUser = map[string]string{"note": rapid.String().Draw(t, "note")}
	if err := m.journal.Amend(o); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) Delete(t *rapid.T) {
	id := drawID.Draw(t, "id")
	i := m.find(id)
	if _, ok := m.journal.Delete(id); ok != (i >= 0) {
		t.Fatalf("deleted: %t, want %t", ok, i >= 0)
	}
	if i >= 0 {
		m.model = slices.Delete(m.model, i, i+1)
	}
}

func (m *machine) SetInline(t *rapid.T) {
	id, data := drawID.Draw(t, "id"), drawData.Draw(t, "data")
	i := m.find(id)
	v, _ := m.journal.Find(id)
	want := i >= 0 && v.Flags.Has(xlmeta.FlagInline)
	if ok := m.journal.SetInline(id, data); ok != want {
		t.Fatalf("set: %t, want %t", ok, want)
	}
	if want {
		m.model[i].Shard = string(data)
	}
}

func (m *machine) DropInline(t *rapid.T) {
	id := drawID.Draw(t, "id")
	m.journal.DropInline(id)
	if i := m.find(id); i >= 0 {
		m.model[i].Shard = noShard
	}
}

// Reopen goes through the bytes of the journal.
func (m *machine) Reopen(t *rapid.T) {
	raw := m.journal.Append(nil)
	decode := xlmeta.Decode
	if rapid.Bool().Draw(t, "lazy") {
		decode = xlmeta.DecodeHeaders
	}
	j, err := decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(j.Append(nil), raw) {
		t.Fatal("encodes differently")
	}
	m.journal = *j
}

// Check compares journal and model.
func (m *machine) Check(t *rapid.T) {
	var got []entry
	for _, v := range m.journal.Versions() {
		e := entry{v.ID, v.ModTime, v.Type, noShard}
		if data, ok := m.journal.Inline(v.ID); ok {
			e.Shard = string(data)
		}
		got = append(got, e)
	}
	if !slices.Equal(got, m.model) {
		t.Fatalf("journal and model differ:\ngot  %v\nwant %v", got, m.model)
	}
}

func TestRandomEditsFollowTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := new(machine)
		t.Repeat(rapid.StateMachineActions(m))
	})
}

// TestRandomObjectsSurvive writes objects with anything in them and reads them
// back.
func TestRandomObjectsSurvive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawObject(t)
		var j xlmeta.Journal
		var data []byte
		if want.Inline() {
			data = []byte{}
		}
		if err := j.Put(want, data); err != nil {
			t.Fatal(err)
		}
		again, err := xlmeta.Decode(j.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		v, _ := again.Find(want.ID)
		got, err := v.Object()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		// The signature is the same on all drives and after every reading.
		got.Index = 1
		var other xlmeta.Journal
		if err := other.Put(got, data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(headers(&j), headers(&other)); diff != "" {
			t.Fatalf("headers (-one drive +another)\n%s", diff)
		}
	})
}

func drawObject(t *rapid.T) xlmeta.Object {
	parity := rapid.IntRange(0, 8).Draw(t, "parity")
	data := rapid.IntRange(max(1, parity), 16).Draw(t, "data")
	o := xlmeta.Object{
		ID: drawID.Draw(t, "id"), DataDir: xlmeta.DataDir{1},
		ModTime: rapid.Int64Min(1).Draw(t, "time"),
		Data:    data, Parity: parity,
		BlockSize: rapid.Int64Min(1).Draw(t, "block size"),
		Index:     rapid.IntRange(1, data+parity).Draw(t, "index"),
		Size:      rapid.Int64Min(0).Draw(t, "size"),
		MetaUser:  rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "user"),
	}
	for shard := range data + parity {
		o.Dist = append(o.Dist, uint8(shard+1))
	}
	o.Dist = rapid.Permutation(o.Dist).Draw(t, "distribution")
	keys := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		xlmeta.KeyInlineData, xlmeta.KeyChecksum, xlmeta.KeySealIV, xlmeta.KeyTransitionStatus,
	}))
	o.MetaSys = rapid.MapOf(keys, rapid.SliceOf(rapid.Byte())).Draw(t, "system")
	for i := range rapid.IntRange(0, 40).Draw(t, "parts") {
		p := xlmeta.Part{
			Number:     i + 1,
			Size:       rapid.Int64Min(0).Draw(t, "part size"),
			ActualSize: rapid.Int64Min(-1).Draw(t, "actual size"),
			ETag:       rapid.StringN(0, 4, -1).Draw(t, "etag"),
		}
		if rapid.Bool().Draw(t, "indexed") {
			p.Index = rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "index")
		}
		o.Parts = append(o.Parts, p)
	}
	return o
}
