package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// holders are the pools that have a record of the key.
func (r *rig) holders(k objectlayer.Key) (all []int) {
	for p, disks := range r.disks {
		if _, ok := disks[0].image().files[string(bkt)+"/"+string(k)+"/"+drive.RecordName]; ok {
			all = append(all, p)
		}
	}
	return all
}

// room says how much each pool has.
func (r *rig) room(free ...uint64) {
	for p, drives := range r.drives {
		for _, d := range drives {
			d.mu.Lock()
			d.free = free[p]
			d.mu.Unlock()
		}
	}
}

// TestPlacement puts new keys where there is most room, and lets keys stay where they are.
func TestPlacement(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2}, shape{6, 2})
	r.bucket(enabled)
	for p, free := range [][]uint64{{1 << 30, 1 << 20}, {1 << 20, 1 << 30}} {
		k := objectlayer.Key([]string{"first", "second"}[p])
		r.room(free...)
		r.put(k, fill('a', smallSize))
		r.room(free[1], free[0])
		r.large(k, fill('b', largeSize))
		r.delete(k, "")
		id := r.begin(k)
		_, err := r.part(k, id, 1, fill('c', smallSize))
		r.ok(err)
		r.complete(k, id, r.parts(k, id))
		if got := r.holders(k); !slices.Equal(got, []int{p}) {
			t.Errorf("%s is in the pools %v, want %d", k, got, p)
		}
	}
	r.room(1<<10, 1<<10)
	if _, err := r.tryPut("third", fill('a', largeSize)); objectlayer.KindOf(err) != objectlayer.KindNoSpace {
		t.Errorf("without room: %v", err)
	}
}

// joined is a store on the pools of two others.
func joined(t *testing.T, a, b *rig) *rig {
	r := unopened(t, a.shapes[0], b.shapes[0])
	for _, one := range []*rig{a, b} {
		one.close()
	}
	r.disks = [][]*disk{a.disks[0], b.disks[0]}
	r.open()
	return r
}

// TestSplitKey finds an unversioned key in two pools, as MinIO leaves it: the newer one counts, and changes hit both.
func TestSplitKey(t *testing.T) {
	t.Parallel()
	for newer := range 2 {
		open := func() *rig {
			pools := []*rig{newRig(t, shape{4, 2}), newRig(t, shape{4, 2})}
			for _, p := range pools {
				p.bucket()
			}
			pools[1-newer].large("k", fill('a', largeSize))
			pools[newer].large("k", fill('b', largeSize))
			return joined(t, pools[0], pools[1])
		}
		const want = "get: 20000 bytes of 'b'; stat: 20000 ; list: k 20000 bytes of 'b' latest=true,"
		r := open()
		r.oneOf(r.look("k"), want)
		r.delete("k", "")
		r.oneOf(r.look("k"), "get: no such object; stat: no such object; list:")
		r.eventually("deletion everywhere", func() bool { return len(r.holders("k")) == 0 })

		r = open()
		info, err := r.Stat(r.ctx, bkt, "k", objectlayer.GetOptions{})
		r.ok(err)
		r.large("k", fill('c', largeSize))
		r.holds("k", "", fill('c', largeSize))
		all, err := r.Delete(r.ctx, bkt, []objectlayer.DeleteTarget{{Key: "k", Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{info.ETag}}}}, objectlayer.DeleteOptions{})
		if r.ok(err); objectlayer.KindOf(all[0].Err) != objectlayer.KindPrecondition {
			t.Errorf("conditional delete: %v", all[0].Err)
		}
		r.holds("k", "", fill('c', largeSize))

		r = open()
		tags := "t=1"
		_, err = r.Amend(r.ctx, bkt, "k", "", objectlayer.Amendment{Tags: &tags})
		r.ok(err)
		info, err = r.Stat(r.ctx, bkt, "k", objectlayer.GetOptions{})
		if r.ok(err); info.Tags != tags {
			t.Errorf("amended the wrong one: %+v", info)
		}
		r.ok(restateAs("t=2")(r))
		r.holds("k", "", fill('b', largeSize))
	}
}

// TestSplitVersions finds the versions of a key in two pools.
func TestSplitVersions(t *testing.T) {
	t.Parallel()
	a, b := newRig(t, shape{4, 2}), newRig(t, shape{4, 2})
	a.bucket(enabled)
	b.bucket(enabled)
	v1 := a.large("k", fill('1', largeSize)).Version
	v2 := b.large("k", fill('2', largeSize)).Version
	v3 := a.put("k", fill('3', smallSize)).Version
	m4 := b.delete("k", "").MarkerVersion
	r := joined(t, a, b)
	r.versions(m4, v3, v2, v1)
	if d := r.delete("k", ""); d.MarkerVersion != m4 {
		t.Errorf("a marker was put on a marker: %+v", d)
	}
	r.delete("k", m4)
	r.versions(v3, v2, v1)
	for v, letter := range map[objectlayer.VersionID]byte{v1: '1', v2: '2'} {
		r.holds("k", v, fill(letter, largeSize))
	}
	r.holds("k", "", fill('3', smallSize))
	r.delete("k", v3)
	r.versions(v2, v1)
	v5 := r.put("k", fill('5', smallSize)).Version
	r.versions(v5, v2, v1)
	_, err := r.Put(r.ctx, bkt, "k", strings.NewReader(""), 0, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfNoneMatch: []objectlayer.ETag{"*"}}})
	if objectlayer.KindOf(err) != objectlayer.KindPrecondition {
		t.Errorf("creating what is there: %v", err)
	}
	r.ok(r.DeleteBucket(r.ctx, bkt, true))
	r.eventually("deletion everywhere", func() bool { return len(r.holders("k")) == 0 })
}

// versions demands that a listing shows these versions of "k", page by page, the first being current.
func (r *rig) versions(want ...objectlayer.VersionID) {
	r.Helper()
	var got []objectlayer.VersionID
	o := objectlayer.ListOptions{Versions: true, Max: 1}
	for {
		page, err := r.List(r.ctx, bkt, o)
		r.ok(err)
		for _, v := range page.Objects {
			if v.Latest != (len(got) == 0) {
				r.Errorf("%s: latest is %v", v.Version, v.Latest)
			}
			got = append(got, v.Version)
		}
		if !page.Truncated {
			break
		}
		o.After, o.AfterVersion = page.Next, page.NextVersion
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Fatalf("versions (-want +got):\n%s", diff)
	}
}
