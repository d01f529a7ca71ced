package objectlayertest

import (
	"bytes"
	"io"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

var getTests = []test{
	{"ranges", func(r *rig) {
		r.plain()
		data := noise(3<<20+17, 1)
		size := int64(len(data))
		r.put("k", data)
		for _, w := range []struct{ offset, length, from, n int64 }{
			{0, 1, 0, 1}, {0, -1, 0, size}, {5, 10, 5, 10}, {size - 1, 1, size - 1, 1}, {size - 1, 100, size - 1, 1}, {1<<20 - 1, 2, 1<<20 - 1, 2},
			{1 << 20, 1 << 20, 1 << 20, 1 << 20}, {1<<20 + 3, -1, 1<<20 + 3, size - 1<<20 - 3}, {-1, 7, size - 7, 7}, {-1, size + 5, 0, size}, {0, size + 5, 0, size},
		} {
			object, got, err := r.tryGet("k", objectlayer.GetOptions{Range: objectlayer.Range{Set: true, Offset: w.offset, Length: w.length}})
			r.ok(err)
			if object.Offset != w.from || object.Length != w.n || !bytes.Equal(got, data[w.from:w.from+w.n]) {
				r.Errorf("range %d,%d: got %d,%d, want %d,%d", w.offset, w.length, object.Offset, object.Length, w.from, w.n)
			}
			if object.Info.Size != size {
				r.Errorf("range %d,%d: size is %d, want the whole object's %d", w.offset, w.length, object.Info.Size, size)
			}
		}
	}},
	{"ranges outside", func(r *rig) {
		r.plain()
		r.put("k", []byte("0123456789"))
		r.put("empty", nil)
		for _, w := range []struct {
			key            objectlayer.Key
			offset, length int64
		}{{"k", 10, -1}, {"k", 10, 5}, {"k", -1, 0}, {"empty", 0, -1}, {"empty", -1, 5}} {
			o := objectlayer.GetOptions{Range: objectlayer.Range{Set: true, Offset: w.offset, Length: w.length}}
			_, _, err := r.tryGet(w.key, o)
			e := r.kind(err, objectlayer.KindRange)
			if w.key == "k" && e.Size != 10 {
				r.Errorf("range %d,%d: the error says size %d, want 10", w.offset, w.length, e.Size)
			}
			_, err = r.Stat(r.ctx, bucketName, w.key, o)
			r.kind(err, objectlayer.KindRange)
		}
	}},
	{"read in pieces", func(r *rig) {
		r.plain()
		data := noise(2<<20+9, 1)
		r.put("k", data)
		object, err := r.Store.Get(r.ctx, bucketName, "k", objectlayer.GetOptions{})
		r.ok(err)
		var got bytes.Buffer
		for {
			n, err := io.CopyN(&got, object.Body, 100_001)
			if err == io.EOF {
				break
			}
			if r.ok(err); n == 0 {
				r.Fatal("no progress")
			}
		}
		r.ok(object.Body.Close())
		if !bytes.Equal(got.Bytes(), data) {
			r.Error("the pieces are not the object")
		}
	}},
	{"some by Read, the rest by WriteTo", func(r *rig) {
		r.plain()
		data := noise(1<<20+9, 1)
		r.put("k", data)
		object, err := r.Store.Get(r.ctx, bucketName, "k", objectlayer.GetOptions{})
		r.ok(err)
		head := make([]byte, 1000)
		_, err = io.ReadFull(object.Body, head)
		r.ok(err)
		var rest bytes.Buffer
		_, err = object.Body.WriteTo(&rest)
		r.ok(err)
		r.ok(object.Body.Close())
		if !bytes.Equal(append(head, rest.Bytes()...), data) {
			r.Error("the pieces are not the object")
		}
	}},
	{"close without reading", func(r *rig) {
		r.plain()
		r.put("k", noise(2<<20, 1))
		for range 3 {
			object, err := r.Store.Get(r.ctx, bucketName, "k", objectlayer.GetOptions{})
			r.ok(err)
			r.ok(object.Body.Close())
		}
	}},
	{"an open object outlives its replacement", func(r *rig) {
		r.plain()
		data := noise(4<<20, 1)
		r.put("k", data)
		object, err := r.Store.Get(r.ctx, bucketName, "k", objectlayer.GetOptions{})
		r.ok(err)
		r.put("k", []byte("new"))
		var got bytes.Buffer
		if _, err := object.Body.WriteTo(&got); err == nil && !bytes.Equal(got.Bytes(), data) {
			r.Error("got bytes of another version") // an error is allowed, a mixture is not
		}
		object.Body.Close() // what went wrong was said above
		r.holds("k", "", []byte("new"))
	}},
	{"part number of a plain object", func(r *rig) {
		r.plain()
		r.put("k", []byte("hello"))
		object, got, err := r.tryGet("k", objectlayer.GetOptions{PartNumber: 1})
		r.ok(err)
		if string(got) != "hello" || object.Offset != 0 || object.Length != 5 {
			r.Errorf("got %q at %d", got, object.Offset)
		}
		_, _, err = r.tryGet("k", objectlayer.GetOptions{PartNumber: 2})
		r.kind(err, objectlayer.KindPartNumber)
		_, err = r.Stat(r.ctx, bucketName, "k", objectlayer.GetOptions{PartNumber: 2})
		r.kind(err, objectlayer.KindPartNumber)
	}},
	{"absent", func(r *rig) {
		r.plain()
		r.put("dir/k", nil)
		for _, k := range []objectlayer.Key{"absent", "dir", "dir/", "dir/k/below"} {
			_, _, err := r.tryGet(k, objectlayer.GetOptions{})
			r.kind(err, objectlayer.KindNoObject)
			r.absent(k)
			_, _, err = r.tryGet(k, objectlayer.GetOptions{Version: "af46a7d4-3802-43bc-b4fb-5072785e2aa8"})
			r.kind(err, objectlayer.KindNoVersion)
		}
		_, _, err := r.tryGet("dir/k", objectlayer.GetOptions{Version: "af46a7d4-3802-43bc-b4fb-5072785e2aa8"})
		r.kind(err, objectlayer.KindNoVersion)
		_, _, err = r.tryGet("../k", objectlayer.GetOptions{})
		r.kind(err, objectlayer.KindKeyDots)
	}},
	{"null version of an unversioned bucket", func(r *rig) {
		r.plain()
		r.put("k", []byte("x"))
		r.holds("k", objectlayer.NullVersion, []byte("x"))
	}},
	{"mod time", func(r *rig) {
		r.plain()
		before := time.Now().Add(-time.Second)
		first := r.put("k", nil)
		second := r.put("k", nil)
		if !second.ModTime.After(first.ModTime) || first.ModTime.Before(before) {
			r.Errorf("got %v, then %v", first.ModTime, second.ModTime)
		}
	}},
}
