package objectlayertest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
)

var bucketTests = []test{
	{"make and stat", func(r *rig) {
		r.plain()
		info, err := r.StatBucket(r.ctx, bucketName)
		r.ok(err)
		if info.Name != bucketName || info.Versioning != objectlayer.VersioningOff || info.ObjectLock {
			r.Errorf("got %+v", info)
		}
		if age := time.Since(info.Created); age < -time.Hour || age > time.Hour {
			r.Errorf("created %v", info.Created)
		}
	}},
	{"make refuses", func(r *rig) {
		r.plain()
		r.kind(r.MakeBucket(r.ctx, bucketName, objectlayer.MakeBucketOptions{}), objectlayer.KindBucketExists)
		r.ok(r.MakeBucket(r.ctx, bucketName, objectlayer.MakeBucketOptions{Force: true}))
		for _, name := range []objectlayer.Bucket{"", "a", "Upper", "..", "a/b", ".minio.sys", "minio", "192.168.1.1"} {
			r.kind(r.MakeBucket(r.ctx, name, objectlayer.MakeBucketOptions{}), objectlayer.KindName)
		}
	}},
	{"absent bucket", func(r *rig) {
		_, err := r.StatBucket(r.ctx, "absent")
		r.kind(err, objectlayer.KindNoBucket)
		r.kind(r.DeleteBucket(r.ctx, "absent", false), objectlayer.KindNoBucket)
		_, err = r.Setting(r.ctx, "absent", objectlayer.SettingTagging)
		r.kind(err, objectlayer.KindNoBucket)
		r.kind(r.SetSetting(r.ctx, "absent", objectlayer.SettingTagging, []byte("x")), objectlayer.KindNoBucket)
		_, err = r.List(r.ctx, "absent", objectlayer.ListOptions{Max: 1})
		r.kind(err, objectlayer.KindNoBucket)
		_, err = r.ListUploads(r.ctx, "absent", objectlayer.ListUploadsOptions{Max: 1})
		r.kind(err, objectlayer.KindNoBucket)
		_, err = r.Store.Put(r.ctx, "absent", "k", failing(nil, errTest), 1, objectlayer.PutOptions{})
		r.kind(err, objectlayer.KindNoBucket)
		_, err = r.Store.Get(r.ctx, "absent", "k", objectlayer.GetOptions{})
		r.kind(err, objectlayer.KindNoBucket)
		_, err = r.Stat(r.ctx, "absent", "k", objectlayer.GetOptions{})
		r.kind(err, objectlayer.KindNoBucket)
		_, err = r.Delete(r.ctx, "absent", []objectlayer.DeleteTarget{{Key: "k"}}, objectlayer.DeleteOptions{})
		r.kind(err, objectlayer.KindNoBucket)
		_, err = r.NewUpload(r.ctx, "absent", "k", objectlayer.PutOptions{})
		r.kind(err, objectlayer.KindNoBucket)
	}},
	{"list", func(r *rig) {
		list, err := r.ListBuckets(r.ctx)
		r.ok(err)
		if len(list) != 0 {
			r.Errorf("an empty store lists %v", list)
		}
		for _, name := range []objectlayer.Bucket{"b-2", "b-1", "a.b", "zzz"} {
			r.ok(r.MakeBucket(r.ctx, name, objectlayer.MakeBucketOptions{}))
		}
		list, err = r.ListBuckets(r.ctx)
		r.ok(err)
		var names []objectlayer.Bucket
		for _, b := range list {
			names = append(names, b.Name)
		}
		if diff := cmp.Diff([]objectlayer.Bucket{"a.b", "b-1", "b-2", "zzz"}, names); diff != "" {
			r.Errorf("(-want +got):\n%s", diff)
		}
	}},
	{"delete", func(r *rig) {
		r.plain()
		r.put("dir/key", []byte("x"))
		r.kind(r.DeleteBucket(r.ctx, bucketName, false), objectlayer.KindBucketNotEmpty)
		r.delete("dir/key", "")
		r.ok(r.DeleteBucket(r.ctx, bucketName, false))
		_, err := r.StatBucket(r.ctx, bucketName)
		r.kind(err, objectlayer.KindNoBucket)
	}},
	{"delete with a delete marker only", func(r *rig) {
		r.versioned()
		v := r.put("k", []byte("x"))
		r.delete("k", "")
		r.delete("k", v.Version)
		r.kind(r.DeleteBucket(r.ctx, bucketName, false), objectlayer.KindBucketNotEmpty)
	}},
	{"delete by force leaves nothing behind", func(r *rig) {
		r.versioned()
		r.put("k", []byte("x"))
		r.put("a/b/c", []byte("y"))
		r.ok(r.SetSetting(r.ctx, bucketName, objectlayer.SettingTagging, []byte("<Tagging/>")))
		r.ok(r.DeleteBucket(r.ctx, bucketName, true))
		r.plain()
		r.absent("k")
		if page := r.list(objectlayer.ListOptions{Versions: true}); len(page.Objects) != 0 {
			r.Errorf("a new bucket lists %v", page.Objects)
		}
		_, err := r.Setting(r.ctx, bucketName, objectlayer.SettingTagging)
		r.kind(err, objectlayer.KindNoSetting)
	}},
	{"settings", func(r *rig) {
		r.plain()
		kinds := []objectlayer.SettingKind{
			objectlayer.SettingPolicy, objectlayer.SettingNotification, objectlayer.SettingLifecycle, objectlayer.SettingTagging,
			objectlayer.SettingReplication, objectlayer.SettingTargets,
		}
		for i, k := range kinds {
			_, err := r.Setting(r.ctx, bucketName, k)
			r.kind(err, objectlayer.KindNoSetting)
			r.ok(r.SetSetting(r.ctx, bucketName, k, []byte{'d', byte('0' + i)}))
		}
		for i, k := range kinds {
			doc, err := r.Setting(r.ctx, bucketName, k)
			r.ok(err)
			if string(doc) != string([]byte{'d', byte('0' + i)}) {
				r.Errorf("setting %d: got %q", k, doc)
			}
			r.ok(r.SetSetting(r.ctx, bucketName, k, nil))
			_, err = r.Setting(r.ctx, bucketName, k)
			r.kind(err, objectlayer.KindNoSetting)
			r.ok(r.SetSetting(r.ctx, bucketName, k, nil))
		}
	}},
	{"versioning state", func(r *rig) {
		r.plain()
		for _, step := range []struct {
			doc  string
			want objectlayer.Versioning
		}{{versioningOn, objectlayer.VersioningEnabled}, {versioningOff, objectlayer.VersioningSuspended}, {versioningOn, objectlayer.VersioningEnabled}} {
			r.setVersioning(step.doc)
			info, err := r.StatBucket(r.ctx, bucketName)
			r.ok(err)
			if info.Versioning != step.want {
				r.Errorf("got state %v, want %v", info.Versioning, step.want)
			}
			doc, err := r.Setting(r.ctx, bucketName, objectlayer.SettingVersioning)
			r.ok(err)
			if string(doc) != step.doc {
				r.Errorf("got document %q, want %q", doc, step.doc)
			}
		}
	}},
	{"object lock turns versioning on", func(r *rig) {
		r.locked()
		info, err := r.StatBucket(r.ctx, bucketName)
		r.ok(err)
		if !info.ObjectLock || info.Versioning != objectlayer.VersioningEnabled {
			r.Errorf("got %+v", info)
		}
		for _, kind := range []objectlayer.SettingKind{objectlayer.SettingObjectLock, objectlayer.SettingVersioning} {
			doc, err := r.Setting(r.ctx, bucketName, kind)
			r.ok(err)
			if len(doc) == 0 {
				r.Errorf("setting %d is empty", kind)
			}
		}
	}},
}
