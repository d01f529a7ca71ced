package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// stopAfter lets n calls of a kind through to the drives and refuses all further ones, and all commits after them.
func (r *rig) stopAfter(n int, op string) {
	var mu sync.Mutex
	r.gates(func(_ int, got string) error {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case got == op && n > 0:
			n--
		case got == op, got == "commit" && n == 0:
			return drive.ErrOffline
		}
		return nil
	})
}

// volumes counts the drives that have the bucket.
func (r *rig) volumes() (n int) {
	for _, d := range r.disks[0] {
		if d.image().vols[string(bkt)] {
			n++
		}
	}
	return n
}

// listed tells whether the bucket is in the list, and checks that asking for it says the same.
func (r *rig) listed() bool {
	r.Helper()
	all, err := r.ListBuckets(r.ctx)
	r.ok(err)
	_, err = r.StatBucket(r.ctx, bkt)
	if got, want := len(all) == 1, err == nil; got != want || err != nil && objectlayer.KindOf(err) != objectlayer.KindNoBucket {
		r.Fatalf("%d buckets are listed, asking for it says %v", len(all), err)
	}
	return err == nil
}

// TestMakeBucketCutOff cuts off the making of a bucket after every step: it is there, on all drives and as it was asked for, or
// can be made.
func TestMakeBucketCutOff(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {5, 2}} {
		for n := range sh.drives + 1 {
			t.Run(fmt.Sprintf("%v after %d", sh, n), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, sh)
				r.stopAfter(n, "make volume")
				err := r.MakeBucket(r.ctx, bkt, objectlayer.MakeBucketOptions{ObjectLock: true})
				r.crash()
				r.open()
				there := r.listed()
				if err == nil && !there {
					t.Fatal("an acknowledged bucket is gone")
				}
				if there {
					if r.volumes() != sh.drives {
						t.Errorf("the bucket is on %d drives", r.volumes())
					}
				} else {
					r.ok(r.MakeBucket(r.ctx, bkt, objectlayer.MakeBucketOptions{ObjectLock: true}))
				}
				info, err := r.StatBucket(r.ctx, bkt)
				if r.ok(err); !info.ObjectLock || info.Versioning != objectlayer.VersioningEnabled {
					t.Errorf("the bucket is %+v", info)
				}
				r.put("k", nil)
			})
		}
	}
}

// TestDeleteBucketCutOff cuts off the deletion of a bucket after every step: it is there whole, or gone, and either can be
// changed.
func TestDeleteBucketCutOff(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {5, 2}} {
		for n := range sh.drives + 1 {
			t.Run(fmt.Sprintf("%v after %d", sh, n), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, sh)
				r.bucket(enabled)
				r.stopAfter(n, "remove volume")
				err := r.DeleteBucket(r.ctx, bkt, false)
				r.crash()
				r.open()
				there := r.listed()
				if err == nil && there {
					t.Fatal("a deleted bucket is back")
				}
				if there {
					r.put("k", nil)
					if err := r.DeleteBucket(r.ctx, bkt, false); objectlayer.KindOf(err) != objectlayer.KindBucketNotEmpty {
						t.Errorf("delete while there is an object: %v", err)
					}
					r.holds("k", "", nil)
					r.ok(r.DeleteBucket(r.ctx, bkt, true))
				}
				if r.listed() {
					t.Error("the bucket is still there")
				}
				r.ok(r.MakeBucket(r.ctx, bkt, objectlayer.MakeBucketOptions{}))
				info, err := r.StatBucket(r.ctx, bkt)
				if r.ok(err); info.Versioning != objectlayer.VersioningOff {
					t.Errorf("the new bucket is %+v", info)
				}
				r.put("k", nil)
			})
		}
	}
}

// TestBucketAndAwayDrives makes and deletes buckets while drives are away.
func TestBucketAndAwayDrives(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.away(1 << 3)
	r.bucket()
	r.large("k", fill('a', largeSize))
	r.away(1<<2 | 1<<3)
	if err := r.MakeBucket(r.ctx, "other", objectlayer.MakeBucketOptions{}); objectlayer.KindOf(err) != objectlayer.KindWriteQuorum {
		t.Errorf("making a bucket on two drives: %v", err)
	}
	if err := r.DeleteBucket(r.ctx, bkt, true); objectlayer.KindOf(err) != objectlayer.KindWriteQuorum {
		t.Errorf("deleting a bucket on two drives: %v", err)
	}
	r.away(0)
	r.holds("k", "", fill('a', largeSize))
	r.close()
	r.open() // the drive that was away gets the bucket
	if r.volumes() != 4 {
		t.Errorf("the bucket is on %d drives", r.volumes())
	}
	r.healed("k", false)
	r.away(1 << 0)
	r.ok(r.DeleteBucket(r.ctx, bkt, true))
	r.away(0)
	r.crash() // so that nothing remembers
	r.open()
	if r.listed() {
		t.Error("a drive that was away brought the bucket back")
	}
	r.bucket()
	r.oneOf(r.look("k"), "get: no such object; stat: no such object; list:")
	if err := r.DeleteBucket(r.ctx, bkt, false); err != nil && objectlayer.KindOf(err) != objectlayer.KindBucketNotEmpty {
		t.Error(err)
	}
}

// TestSettingCutOff cuts off a change of a bucket's settings: they are as before or as after, whoever asks.
func TestSettingCutOff(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {5, 2}, {16, 4}} {
		for _, reach := range reaches(sh.drives) {
			r := newRig(t, sh)
			r.bucket(enabled)
			r.cut(func(p drive.Path) bool { return strings.HasSuffix(string(p), ".metadata.bin") }, reach)
			err := r.SetSetting(r.ctx, bkt, objectlayer.SettingVersioning, []byte(suspended))
			r.crash()
			first := objectlayer.VersioningOff
			for i, gone := range append([]subset{0}, subsetsUpTo(sh.drives, sh.parity)...) {
				r.open()
				r.away(gone)
				info, serr := r.StatBucket(r.ctx, bkt)
				r.ok(serr)
				if i == 0 {
					first = info.Versioning
					_, herr := r.Heal(r.ctx, drive.System, "buckets/"+objectlayer.Key(bkt)+"/.metadata.bin", false)
					r.ok(herr)
				}
				if info.Versioning != first || info.Versioning == objectlayer.VersioningOff || err == nil && info.Versioning != objectlayer.VersioningSuspended {
					t.Fatalf("reached %b: the change said %v, then without %b versioning is %d, at first %d", reach, err, gone, info.Versioning, first)
				}
				r.crash()
			}
		}
	}
}

// TestSystemDocument keeps settings readable while their copies are damaged.
func TestSystemDocument(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket(enabled)
	r.sets[0].Wait()
	doc := strings.Repeat("<!-- a long document -->", 40_000) // in files
	r.ok(r.SetSetting(r.ctx, bkt, objectlayer.SettingNotification, []byte(doc)))
	r.close()
	for slot, suffix := range []string{drive.RecordName, "part.1"} {
		r.disks[0][slot].change(func(files map[string][]byte) {
			for path, data := range files {
				if strings.HasSuffix(path, suffix) {
					files[path] = flipHalf(append([]byte{}, data...))
				}
			}
		})
	}
	r.open()
	got, err := r.Setting(r.ctx, bkt, objectlayer.SettingNotification)
	if r.ok(err); string(got) != doc {
		t.Errorf("got a document of %d bytes", len(got))
	}
	_, err = r.Heal(r.ctx, drive.System, "buckets/"+objectlayer.Key(bkt)+"/.metadata.bin", true)
	r.ok(err)
	r.tidy()
}
