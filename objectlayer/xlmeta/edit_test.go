package xlmeta_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// plainObject is an object in files, made of a small number.
func plainObject(n byte, modTime int64) xlmeta.Object {
	o, _ := oneByteObject()
	o.ID, o.DataDir, o.ModTime = xlmeta.VersionID{n}, xlmeta.DataDir{n, 0xdd}, modTime
	o.MetaSys = nil
	return o
}

func ids(j *xlmeta.Journal) (all []byte) {
	for _, v := range j.Versions() {
		all = append(all, v.ID[0])
	}
	return all
}

func TestOrderOfVersions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		put  []xlmeta.Object
		want []byte
	}{
		{"newest first", []xlmeta.Object{plainObject(1, 10), plainObject(2, 20), plainObject(3, 15)}, []byte{2, 3, 1}},
		{"of equal times the last", []xlmeta.Object{plainObject(1, 10), plainObject(2, 10)}, []byte{2, 1}},
		{"replaced in place", []xlmeta.Object{plainObject(1, 10), plainObject(2, 10), plainObject(1, 10)}, []byte{2, 1}},
		{"replaced with a newer time", []xlmeta.Object{plainObject(1, 10), plainObject(2, 20), plainObject(1, 30)}, []byte{1, 2}},
		{"replaced with an older time", []xlmeta.Object{plainObject(1, 10), plainObject(2, 20), plainObject(2, 5)}, []byte{1, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var j xlmeta.Journal
			for _, o := range test.put {
				if err := j.Put(o, nil); err != nil {
					t.Fatal(err)
				}
			}
			if got := ids(&j); !bytes.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	base := xlmeta.Header{ID: xlmeta.VersionID{5}, ModTime: 5, Signature: [4]byte{5}, Type: 2, Flags: 2}
	earlier := map[string]func(*xlmeta.Header){
		"newer":            func(h *xlmeta.Header) { h.ModTime = 6; h.Type = 3 },
		"lesser type":      func(h *xlmeta.Header) { h.Type = 1; h.Signature[0] = 0 },
		"higher signature": func(h *xlmeta.Header) { h.Signature[0] = 6; h.ID[0] = 0 },
		"higher id":        func(h *xlmeta.Header) { h.ID[0] = 6; h.Flags = 0 },
		"higher flags":     func(h *xlmeta.Header) { h.Flags = 3 },
	}
	for name, change := range earlier {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := base
			change(&first)
			if got := first.Compare(base); got >= 0 {
				t.Errorf("got %d, want less than 0", got)
			}
			if got := base.Compare(first); got <= 0 {
				t.Errorf("reversed: got %d, want more than 0", got)
			}
		})
	}
	if got := base.Compare(base); got != 0 {
		t.Errorf("with itself: got %d, want 0", got)
	}
}

func TestLatestSkipsFreeVersions(t *testing.T) {
	t.Parallel()
	var j xlmeta.Journal
	free := xlmeta.DeleteMarker{
		ID: xlmeta.VersionID{9}, ModTime: 50,
		MetaSys: map[string][]byte{xlmeta.KeyFreeVersion: nil, xlmeta.KeyTransitionTier: []byte("WARM")},
	}
	if err := j.PutMarker(free); err != nil {
		t.Fatal(err)
	}
	if v, ok := j.Latest(); ok {
		t.Fatalf("got %v, want none", v.ID)
	}
	if err := j.Put(plainObject(1, 10), nil); err != nil {
		t.Fatal(err)
	}
	if v, ok := j.Latest(); !ok || v.ID != (xlmeta.VersionID{1}) {
		t.Errorf("got %v, %t, want the object", v.ID, ok)
	}
	if v := j.Versions()[0]; v.Flags != xlmeta.FlagFreeVersion || v.Type != xlmeta.TypeDeleteMarker {
		t.Errorf("free-version: got %+v", v.Header)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		sys   map[string][]byte
		user  map[string]string
		data  []byte
		flags xlmeta.Flags
		dir   bool
	}{
		{"in files", nil, nil, nil, 2, true},
		{"inline", map[string][]byte{xlmeta.KeyInlineData: []byte("true")}, nil, []byte{}, 6, false},
		{"transitioned", map[string][]byte{xlmeta.KeyTransitionStatus: []byte("complete")}, nil, nil, 0, false},
		{"pending", map[string][]byte{xlmeta.KeyTransitionStatus: []byte("pending")}, nil, nil, 2, true},
		{
			"being restored",
			map[string][]byte{xlmeta.KeyTransitionStatus: []byte("complete")},
			map[string]string{"x-amz-restore": `ongoing-request="true"`}, nil, 0, false,
		},
		{
			"restored",
			map[string][]byte{xlmeta.KeyTransitionStatus: []byte("complete")},
			map[string]string{"x-amz-restore": `ongoing-request="false", expiry-date="Fri, 21 Dec 2032 00:00:00 GMT"`}, nil, 2, true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := plainObject(1, 10)
			o.MetaSys, o.MetaUser = test.sys, test.user
			var j xlmeta.Journal
			if err := j.Put(o, test.data); err != nil {
				t.Fatal(err)
			}
			v, _ := j.Latest()
			if v.Flags != test.flags {
				t.Errorf("flags: got %d, want %d", v.Flags, test.flags)
			}
			want := ""
			if test.dir {
				want = o.DataDir.String()
			}
			if got, err := v.Dir(); err != nil || got != want {
				t.Errorf("directory: got %q, %v, want %q", got, err, want)
			}
		})
	}
}

func TestSharedDataDirectory(t *testing.T) {
	t.Parallel()
	var j xlmeta.Journal
	source, alone := plainObject(1, 10), plainObject(2, 20)
	selfCopy := plainObject(3, 30)
	selfCopy.DataDir = source.DataDir
	for _, o := range []xlmeta.Object{source, alone, selfCopy} {
		if err := j.Put(o, nil); err != nil {
			t.Fatal(err)
		}
	}
	shared := source.DataDir.String()
	sharers := func() int {
		n, err := j.Sharers(shared)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := sharers(); got != 2 {
		t.Errorf("got %d sharers, want 2", got)
	}
	dirs, err := j.Dirs()
	if diff := cmp.Diff([]string{shared, alone.DataDir.String()}, dirs); err != nil || diff != "" {
		t.Errorf("directories: %v (-want +got)\n%s", err, diff)
	}
	gone, ok := j.Delete(source.ID)
	if !ok || gone.ID != source.ID {
		t.Fatalf("deleted %v, %t", gone.ID, ok)
	}
	if got := sharers(); got != 1 {
		t.Errorf("after one deletion: got %d sharers, want 1", got)
	}
	j.Delete(selfCopy.ID)
	if got := sharers(); got != 0 {
		t.Errorf("after both deletions: got %d sharers, want 0", got)
	}
	if got, err := gone.Dir(); err != nil || got != shared {
		t.Errorf("deleted version: got directory %q, %v, want %q", got, err, shared)
	}
}

func TestInvalidEditsChangeNothing(t *testing.T) {
	t.Parallel()
	marked, data := oneByteObject()
	var j xlmeta.Journal
	if err := j.Put(marked, data); err != nil {
		t.Fatal(err)
	}
	if err := j.Put(plainObject(1, 10), nil); err != nil {
		t.Fatal(err)
	}
	before := j.Append(nil)

	shardless := marked
	shardless.Index = 0
	becameInline := plainObject(1, 10)
	becameInline.MetaSys = marked.MetaSys
	tests := []struct {
		name string
		edit func() error
		want error
	}{
		{"no shard", func() error { return j.Put(shardless, data) }, xlmeta.ErrInvalid},
		{"mark without data", func() error { return j.Put(marked, nil) }, xlmeta.ErrInvalid},
		{"data without mark", func() error { return j.Put(plainObject(1, 10), data) }, xlmeta.ErrInvalid},
		{"marker without time", func() error { return j.PutMarker(xlmeta.DeleteMarker{}) }, xlmeta.ErrInvalid},
		{"amend nothing", func() error { return j.Amend(plainObject(7, 10)) }, xlmeta.ErrNoVersion},
		{"amend without shard", func() error { return j.Amend(shardless) }, xlmeta.ErrInvalid},
		{"amend to inline", func() error { return j.Amend(becameInline) }, xlmeta.ErrInvalid},
	}
	for _, test := range tests {
		if err := test.edit(); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if _, ok := j.Delete(xlmeta.VersionID{7}); ok {
		t.Error("deleted a version that is not there")
	}
	if j.SetInline(xlmeta.VersionID{1}, data) {
		t.Error("set inline data of an object in files")
	}
	if !bytes.Equal(j.Append(nil), before) {
		t.Error("the journal changed")
	}
}

func TestAmend(t *testing.T) {
	t.Parallel()
	o, data := oneByteObject()
	var j xlmeta.Journal
	if err := j.Put(o, data); err != nil {
		t.Fatal(err)
	}
	o.MetaUser = map[string]string{"X-Amz-Tagging": "a=b"}
	if err := j.Amend(o); err != nil {
		t.Fatal(err)
	}
	if got, ok := j.Inline(o.ID); !ok || !bytes.Equal(got, data) {
		t.Errorf("inline data: got %q, %t, want %q", got, ok, data)
	}
	v, _ := j.Latest()
	got, err := v.Object()
	if diff := cmp.Diff(o, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}

	j.DropInline(o.ID)
	if err := j.Amend(o); err != nil {
		t.Errorf("with the inline data lost: %v", err)
	}

	o.MetaSys = map[string][]byte{xlmeta.KeyTransitionStatus: []byte("complete")}
	if err := j.Amend(o); err != nil {
		t.Fatal(err)
	}
	if got := dissect(t, &j).inline; len(got) != 0 {
		t.Errorf("after the transition the inline section is %q", got)
	}
}

// An upload in progress has an empty entry without a mark.
func TestUploadKeepsEmptyEntry(t *testing.T) {
	t.Parallel()
	o := plainObject(0, 10)
	o.Parts, o.Size = nil, 0
	var j xlmeta.Journal
	if err := j.Put(o, []byte{}); err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "01 81 a46e756c6c c400")
	if got := dissect(t, &j).inline; !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if err := j.Amend(o); err != nil {
		t.Fatal(err)
	}
	if got := dissect(t, &j).inline; !bytes.Equal(got, want) {
		t.Errorf("amended: got %x, want %x", got, want)
	}
}

func TestCopyByAssignmentIsIndependent(t *testing.T) {
	t.Parallel()
	original := history(t)
	before := original.Append(nil)
	snapshot := *original
	o, data := oneByteObject()
	if err := original.Put(o, append(data, data...)); err != nil {
		t.Fatal(err)
	}
	original.Delete(xlmeta.VersionID{1})
	if !bytes.Equal(snapshot.Append(nil), before) {
		t.Error("the copy changed with the original")
	}
}
