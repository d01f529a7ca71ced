package objectlayertest

import (
	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
)

var copyTests = []test{
	{"bytes and metadata", func(r *rig) {
		r.plain()
		r.ok(r.MakeBucket(r.ctx, "other", objectlayer.MakeBucketOptions{}))
		for _, n := range sizes {
			data := noise(n, 1)
			src := r.putWith("src", data, objectlayer.PutOptions{
				ContentType: "text/plain", Headers: map[string]string{"cache-control": "no-store"}, UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, Tags: "t=1",
			})
			info, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "src"}, "other", "dst", objectlayer.CopyOptions{})
			r.ok(err)
			if info.Bucket != "other" || info.Key != "dst" || info.Size != int64(n) || info.ETag != src.ETag || !info.ModTime.After(src.ModTime) {
				r.Errorf("%d bytes: got %+v", n, info)
			}
			got, err := r.Store.Get(r.ctx, "other", "dst", objectlayer.GetOptions{})
			r.ok(err)
			r.ok(got.Body.Close())
			if got.Info.ContentType != "text/plain" || got.Info.Headers["cache-control"] != "no-store" || got.Info.UserMeta["X-Amz-Meta-A"] != "1" || got.Info.Tags != "t=1" {
				r.Errorf("got %+v", got.Info)
			}
			_, err = r.Copy(r.ctx, objectlayer.Source{Bucket: "other", Key: "dst"}, bucketName, "back", objectlayer.CopyOptions{})
			r.ok(err)
			r.holds("back", "", data)
		}
	}},
	{"replaced metadata", func(r *rig) {
		r.plain()
		r.putWith("src", []byte("x"), objectlayer.PutOptions{ContentType: "text/plain", UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, Tags: "t=1"})
		o := objectlayer.CopyOptions{ReplaceMeta: true}
		o.ContentType, o.UserMeta, o.Tags = "image/png", map[string]string{"X-Amz-Meta-B": "2"}, "t=2"
		_, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "src"}, bucketName, "dst", o)
		r.ok(err)
		got := r.holds("dst", "", []byte("x"))
		if diff := cmp.Diff(map[string]string{"X-Amz-Meta-B": "2"}, got.UserMeta); diff != "" || got.ContentType != "image/png" || got.Tags != "t=1" {
			r.Errorf("got %+v\n%s", got, diff)
		}
		_, err = r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "src"}, bucketName, "dst", objectlayer.CopyOptions{ReplaceTags: true, PutOptions: objectlayer.PutOptions{Tags: "t=2"}})
		r.ok(err)
		got = r.holds("dst", "", []byte("x"))
		if got.Tags != "t=2" || got.ContentType != "text/plain" || got.UserMeta["X-Amz-Meta-A"] != "1" {
			r.Errorf("got %+v", got)
		}
	}},
	{"onto itself", func(r *rig) {
		r.plain()
		data := noise(2<<20, 1)
		v := r.put("k", data)
		o := objectlayer.CopyOptions{ReplaceMeta: true}
		o.UserMeta = map[string]string{"X-Amz-Meta-N": "2"}
		_, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "k"}, bucketName, "k", o)
		r.ok(err)
		got := r.holds("k", "", data)
		if got.ETag != v.ETag || !got.ModTime.After(v.ModTime) || got.UserMeta["X-Amz-Meta-N"] != "2" {
			r.Errorf("got %+v", got)
		}
		r.sees(entry{"k", got.Version, false, true})
	}},
	{"onto itself, versioned", func(r *rig) {
		r.versioned()
		data := noise(2<<20, 1)
		v1 := r.put("k", data)
		v2, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "k"}, bucketName, "k", objectlayer.CopyOptions{ReplaceMeta: true})
		r.ok(err)
		r.sees(entry{"k", v2.Version, false, true}, entry{"k", v1.Version, false, false})
		r.delete("k", v1.Version) // the bytes must not go with the version they came from
		r.holds("k", "", data)
	}},
	{"an old version becomes current", func(r *rig) {
		r.versioned()
		v1 := r.put("k", []byte("one"))
		r.put("k", []byte("two"))
		r.delete("k", "")
		_, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "k", Version: v1.Version}, bucketName, "k", objectlayer.CopyOptions{})
		r.ok(err)
		r.holds("k", "", []byte("one"))
	}},
	{"refused", func(r *rig) {
		r.versioned()
		r.put("k", []byte("x"))
		d := r.delete("k", "")
		for _, c := range []struct {
			src  objectlayer.Source
			want objectlayer.Kind
		}{
			{objectlayer.Source{Bucket: "absent", Key: "k"}, objectlayer.KindNoBucket},
			{objectlayer.Source{Bucket: bucketName, Key: "absent"}, objectlayer.KindNoObject},
			{objectlayer.Source{Bucket: bucketName, Key: "k"}, objectlayer.KindDeleteMarker},
			{objectlayer.Source{Bucket: bucketName, Key: "k", Version: d.MarkerVersion}, objectlayer.KindDeleteMarker},
			{objectlayer.Source{Bucket: bucketName, Key: "k", Version: "af46a7d4-3802-43bc-b4fb-5072785e2aa8"}, objectlayer.KindNoVersion},
			{objectlayer.Source{Bucket: bucketName, Key: "../k"}, objectlayer.KindKeyDots},
		} {
			_, err := r.Copy(r.ctx, c.src, bucketName, "dst", objectlayer.CopyOptions{})
			r.kind(err, c.want)
		}
		_, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "k"}, "absent", "dst", objectlayer.CopyOptions{})
		if k := objectlayer.KindOf(err); k != objectlayer.KindNoBucket && k != objectlayer.KindDeleteMarker {
			r.Errorf("into an absent bucket: %v", err)
		}
		_, err = r.Copy(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "k"}, bucketName, "../dst", objectlayer.CopyOptions{})
		r.kind(err, objectlayer.KindKeyDots)
		r.absent("dst")
	}},
	{"customer keys", func(r *rig) {
		r.plain()
		one := objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: noise(32, 1)}
		two := objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: noise(32, 2)}
		data := noise(200_000, 3)
		r.putWith("k", data, objectlayer.PutOptions{Encryption: one})
		src := objectlayer.Source{Bucket: bucketName, Key: "k"}
		_, err := r.Copy(r.ctx, src, bucketName, "dst", objectlayer.CopyOptions{})
		r.kind(err, objectlayer.KindCustomerKey)
		src.Encryption = one
		_, err = r.Copy(r.ctx, src, bucketName, "dst", objectlayer.CopyOptions{PutOptions: objectlayer.PutOptions{Encryption: two}})
		r.ok(err)
		_, got, err := r.tryGet("dst", objectlayer.GetOptions{Encryption: two})
		r.ok(err)
		if string(got) != string(data) {
			r.Error("the copy has other bytes")
		}
		_, err = r.Copy(r.ctx, src, bucketName, "open", objectlayer.CopyOptions{})
		r.ok(err)
		r.holds("open", "", data)
	}},
}
