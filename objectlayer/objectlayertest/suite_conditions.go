package objectlayertest

import (
	"io"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

const (
	stands      = objectlayer.Kind(255) // not a kind: the call goes through
	precond     = objectlayer.KindPrecondition
	notModified = objectlayer.KindNotModified
)

// conditionRows are RFC 9110 section 13.2.2, seen by a read and by a write of a key whose version has the ETag "e" and was
// made at t.
func conditionRows(e objectlayer.ETag, t time.Time) []struct {
	name        string
	c           objectlayer.Conditions
	read, write objectlayer.Kind
} {
	t = t.Truncate(time.Second)
	before, after := t.Add(-time.Hour), t.Add(time.Hour)
	tags := func(tags ...objectlayer.ETag) []objectlayer.ETag { return tags }
	return []struct {
		name        string
		c           objectlayer.Conditions
		read, write objectlayer.Kind
	}{
		{"none", objectlayer.Conditions{}, stands, stands},
		{"match", objectlayer.Conditions{IfMatch: tags(e)}, stands, stands},
		{"match one of", objectlayer.Conditions{IfMatch: tags("x", e)}, stands, stands},
		{"match any", objectlayer.Conditions{IfMatch: tags("*")}, stands, stands},
		{"match other", objectlayer.Conditions{IfMatch: tags("x")}, precond, precond},
		{"none match", objectlayer.Conditions{IfNoneMatch: tags(e)}, notModified, precond},
		{"none match any", objectlayer.Conditions{IfNoneMatch: tags("*")}, notModified, precond},
		{"none match other", objectlayer.Conditions{IfNoneMatch: tags("x")}, stands, stands},
		{"modified since before", objectlayer.Conditions{IfModifiedSince: before}, stands, stands},
		{"modified since then", objectlayer.Conditions{IfModifiedSince: t}, notModified, precond},
		{"modified since after", objectlayer.Conditions{IfModifiedSince: after}, notModified, precond},
		{"unmodified since before", objectlayer.Conditions{IfUnmodifiedSince: before}, precond, precond},
		{"unmodified since then", objectlayer.Conditions{IfUnmodifiedSince: t}, stands, stands},
		{"unmodified since after", objectlayer.Conditions{IfUnmodifiedSince: after}, stands, stands},
		{"match wins over unmodified", objectlayer.Conditions{IfMatch: tags(e), IfUnmodifiedSince: before}, stands, stands},
		{"none match wins over modified", objectlayer.Conditions{IfNoneMatch: tags("x"), IfModifiedSince: after}, stands, stands},
		{"match and none match", objectlayer.Conditions{IfMatch: tags(e), IfNoneMatch: tags(e)}, notModified, precond},
		{"match fails before none match", objectlayer.Conditions{IfMatch: tags("x"), IfNoneMatch: tags(e)}, precond, precond},
	}
}

// decided demands that a call went as its condition says, and that a failure shows the version it was about.
func (r *rig) decided(name string, err error, want objectlayer.Kind, etag objectlayer.ETag) {
	r.Helper()
	if want == stands {
		if err != nil {
			r.Errorf("%s: %v", name, err)
		}
		return
	}
	if got := objectlayer.KindOf(err); err == nil || got != want {
		r.Errorf("%s: got %v, want kind %q", name, err, want)
		return
	}
	if e := r.kind(err, want); e.Info == nil || e.Info.ETag != etag || e.Info.ModTime.IsZero() || e.ETag != etag {
		r.Errorf("%s: the error says ETag %q, version %+v", name, e.ETag, e.Info)
	}
}

var conditionTests = []test{
	{"get and stat", func(r *rig) {
		r.plain()
		v := r.put("k", []byte("x"))
		for _, row := range conditionRows(v.ETag, v.ModTime) {
			_, _, err := r.tryGet("k", objectlayer.GetOptions{Conditions: row.c})
			r.decided("get "+row.name, err, row.read, v.ETag)
			_, err = r.Stat(r.ctx, bucketName, "k", objectlayer.GetOptions{Conditions: row.c})
			r.decided("stat "+row.name, err, row.read, v.ETag)
		}
	}},
	{"put", func(r *rig) {
		r.plain()
		for i, row := range conditionRows("", time.Time{}) {
			v := r.put("k", []byte("old"))
			row = conditionRows(v.ETag, v.ModTime)[i]
			_, err := r.tryPut("k", []byte("new"), objectlayer.PutOptions{Conditions: row.c})
			r.decided("put "+row.name, err, row.write, v.ETag)
			if row.write == stands {
				r.holds("k", "", []byte("new"))
			} else {
				r.holds("k", "", []byte("old"))
			}
		}
	}},
	{"copy source", func(r *rig) {
		r.plain()
		v := r.put("k", []byte("x"))
		for _, row := range conditionRows(v.ETag, v.ModTime) {
			src := objectlayer.Source{Bucket: bucketName, Key: "k", Conditions: row.c}
			_, err := r.Copy(r.ctx, src, bucketName, "copy", objectlayer.CopyOptions{})
			r.decided("copy "+row.name, err, row.write, v.ETag)
		}
	}},
	{"copy destination", func(r *rig) {
		r.plain()
		r.put("src", []byte("x"))
		v := r.put("k", []byte("old"))
		src := objectlayer.Source{Bucket: bucketName, Key: "src"}
		o := objectlayer.CopyOptions{}
		o.Conditions.IfNoneMatch = []objectlayer.ETag{"*"}
		_, err := r.Copy(r.ctx, src, bucketName, "k", o)
		r.decided("if none match", err, precond, v.ETag)
		r.holds("k", "", []byte("old"))
	}},
	{"writes of an absent key", func(r *rig) {
		r.plain()
		star := objectlayer.Conditions{IfNoneMatch: []objectlayer.ETag{"*"}}
		r.putWith("a", nil, objectlayer.PutOptions{Conditions: star})
		for _, tag := range []objectlayer.ETag{"*", "e"} {
			_, err := r.tryPut("b", nil, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{tag}}})
			r.kind(err, objectlayer.KindNoObject)
		}
		r.absent("b")
	}},
	{"writes over a delete marker", func(r *rig) {
		r.versioned()
		v := r.put("k", []byte("x"))
		r.delete("k", "")
		_, err := r.tryPut("k", nil, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{v.ETag}}})
		r.kind(err, objectlayer.KindNoObject)
		r.putWith("k", nil, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfNoneMatch: []objectlayer.ETag{"*"}}})
	}},
	{"conditions are decided at commit", func(r *rig) {
		r.plain()
		body := &hook{Reader: strings.NewReader("late"), do: func() { r.put("k", []byte("early")) }}
		_, err := r.Store.Put(r.ctx, bucketName, "k", body, 4, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfNoneMatch: []objectlayer.ETag{"*"}}})
		r.kind(err, precond)
		r.holds("k", "", []byte("early"))
	}},
	{"delete", func(r *rig) {
		r.plain()
		for i, row := range conditionRows("", time.Time{}) {
			v := r.put("k", []byte("x"))
			row = conditionRows(v.ETag, v.ModTime)[i]
			if len(row.c.IfNoneMatch) > 0 || !row.c.IfModifiedSince.IsZero() {
				continue // S3 has no such condition of a delete
			}
			d := r.tryDelete(objectlayer.DeleteTarget{Key: "k", Conditions: row.c}, objectlayer.DeleteOptions{})
			r.decided("delete "+row.name, d.Err, row.write, v.ETag)
			if row.write == stands {
				r.absent("k")
			}
		}
		r.put("k", []byte("x"))
		one, two := int64(1), int64(2)
		d := r.tryDelete(objectlayer.DeleteTarget{Key: "k", Conditions: objectlayer.Conditions{IfSize: &two}}, objectlayer.DeleteOptions{})
		r.kind(d.Err, precond)
		d = r.tryDelete(objectlayer.DeleteTarget{Key: "k", Conditions: objectlayer.Conditions{IfSize: &one}}, objectlayer.DeleteOptions{})
		r.ok(d.Err)
		d = r.tryDelete(objectlayer.DeleteTarget{Key: "k", Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{"e"}}}, objectlayer.DeleteOptions{})
		r.ok(d.Err) // there is nothing to delete
	}},
}

// hook does something when its body is first read.
type hook struct {
	io.Reader
	do func()
}

func (h *hook) Read(p []byte) (int, error) {
	if h.do != nil {
		h.do()
		h.do = nil
	}
	return h.Reader.Read(p)
}
