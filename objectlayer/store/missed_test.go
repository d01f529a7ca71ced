package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/store"
)

// history does everything that can be done to a key, differently for each.
func (r *rig) history() {
	r.Helper()
	tags := "t=1"
	r.put("overwritten, inline", fill('b', smallSize))
	r.large("overwritten, files", fill('b', largeSize))
	r.large("new", fill('b', largeSize))
	r.delete("deleted, inline", "")
	r.delete("deleted, files", "")
	_, err := r.Amend(r.ctx, bkt, "amended", "", objectlayer.Amendment{Tags: &tags})
	r.ok(err)
	r.ok(restateAs("t=2")(r))
}

var historyKeys = []objectlayer.Key{"overwritten, inline", "overwritten, files", "new", "deleted, inline", "deleted, files", "amended", "k"}

// past is what was there before the history.
func (r *rig) past() {
	r.Helper()
	r.bucket()
	for _, k := range historyKeys {
		if k != "new" {
			r.large(k, fill('a', largeSize))
		}
	}
	r.sets[0].Wait()
}

// TestMissedWrites takes drives away, changes everything, and brings them back: nothing of old is ever seen, and without
// anybody asking for it the drives catch up.
func TestMissedWrites(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {6, 2}, {16, 4}} {
		t.Run(sh.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, sh)
			r.past()
			r.away(1 << 1)
			r.history()
			want := r.looks()
			r.away(0)
			r.same("back", want)
			r.eventually("catching up", func() bool { return r.Missed() == 0 && r.even() })
			r.tidy()
			r.same("caught up", want)
			for _, gone := range subsetsUpTo(sh.drives, sh.parity) {
				r.away(gone)
				r.same("caught up, and others away", want)
			}
			r.away(0)
		})
	}
}

// TestStaleDrive puts an old image of a drive back, as after weeks in a drawer: nobody noted what it missed.
func TestStaleDrive(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {16, 4}} {
		t.Run(sh.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, sh)
			r.past()
			old := r.disks[0][1].image()
			r.history()
			want := r.looks()
			r.close()
			r.disks[0][1].restore(old)
			r.later = 48 * time.Hour
			r.open()
			r.same("with a stale drive", want)
			for _, gone := range subsetsUpTo(sh.drives, sh.parity-1) {
				if r.away(gone); !gone.has(1) {
					r.same("with a stale drive, and others away", want)
				}
			}
			r.away(0)
			for _, k := range historyKeys {
				r.healed(k, false)
			}
			r.tidy()
			r.same("healed", want)
		})
	}
}

func (r *rig) looks() (all []string) {
	for _, k := range historyKeys {
		all = append(all, r.look(k))
	}
	return all
}

func (r *rig) same(when string, want []string) {
	r.Helper()
	for i, k := range historyKeys {
		if got := r.look(k); got != want[i] {
			r.Fatalf("%s, of %q a client sees\n\t%s\nwant\n\t%s", when, k, got, want[i])
		}
	}
}

// even tells whether all drives have the same files.
func (r *rig) even() bool {
	paths := func(d *disk) []string {
		files := d.image().files
		delete(files, listPath)
		return slices.Sorted(maps.Keys(files))
	}
	first := paths(r.disks[0][0])
	return !slices.ContainsFunc(r.disks[0], func(d *disk) bool { return !slices.Equal(paths(d), first) })
}

// TestMissedAcrossRestart stops the store while a drive is away: the list of what it missed is kept, and worked off by the
// next store.
func TestMissedAcrossRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket()
	r.large("k", fill('a', largeSize))
	r.sets[0].Wait()
	r.away(1 << 3)
	r.large("k", fill('b', largeSize))
	r.put("new", fill('b', smallSize))
	r.close()
	if _, ok := r.disks[0][0].image().files[listPath]; !ok {
		t.Fatal("there is no list of missed writes")
	}
	r.open()
	r.eventually("catching up", func() bool { return r.Missed() == 0 && r.even() })
	r.close()
	for slot, d := range r.disks[0] {
		if _, ok := d.image().files[listPath]; ok {
			t.Errorf("drive %d still has a list of missed writes", slot)
		}
	}
	r.open()
	r.tidy()
}

// TestReplacedDrive replaces a drive by an empty one while the store runs, and while it does not.
func TestReplacedDrive(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{true, false} {
		r := newRig(t, shape{4, 2})
		r.bucket()
		r.large("k", fill('a', largeSize))
		r.put("small", fill('a', smallSize))
		r.sets[0].Wait()
		if running {
			r.disks[0][2] = newDisk()
			r.drives[0][2] = openDisk(r.disks[0][2])
			r.sets[0].Replace(2, r.drives[0][2])
		} else {
			r.close()
			r.disks[0][2] = newDisk()
			r.open()
			if !r.disks[0][2].image().vols[string(bkt)] {
				t.Error("the bucket is not on the replaced drive")
			}
		}
		r.holds("k", "", fill('a', largeSize))
		r.healed("k", false)
		r.healed("small", false)
		_, err := r.Heal(r.ctx, drive.System, "buckets/"+objectlayer.Key(bkt)+"/.metadata.bin", false)
		r.ok(err)
		r.tidy()
	}
}

// TestHealIsToldOf checks that whoever is interested hears of what was mended, and only of that.
func TestHealIsToldOf(t *testing.T) {
	t.Parallel()
	healed := make(chan objectlayer.Key, 10)
	r := unopened(t, shape{4, 2})
	r.options = func(o *store.Options) {
		o.Hooks.Healed = func(_ objectlayer.Bucket, k objectlayer.Key) { healed <- k }
	}
	r.open()
	r.bucket()
	r.large("sound", fill('a', largeSize))
	r.large("k", fill('a', largeSize))
	r.sets[0].Wait()
	removeKey(r.drives[0][0])
	r.NoteMissed(bkt, "sound")
	r.NoteMissed(bkt, "k")
	r.eventually("healing", func() bool { return len(healed) > 0 })
	if k := <-healed; k != "k" {
		t.Errorf("was told that %q was healed", k)
	}
}

// TestDamageIsMended reads what is rotten, and waits until it is not.
func TestDamageIsMended(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]func(d *memDrive){
		"part": onFile("part.1", flipHalf), "record": onFile(drive.RecordName, flipHalf), "key": removeKey,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, shape{4, 2})
			r.bucket()
			r.large("k", fill('a', largeSize))
			r.sets[0].Wait()
			sound := r.images()
			h(r.drives[0][0])
			h(r.drives[0][3])
			r.eventually("healing", func() bool {
				r.holds("k", "", fill('a', largeSize))
				return diffImages(sound[0], r.disks[0][0].image()) == "" && diffImages(sound[3], r.disks[0][3].image()) == ""
			})
		})
	}
}

// TestMissedList checks the form of the list, and what is none.
func TestMissedList(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket()
	keys := []objectlayer.Key{"a", "b/c", "dir/"}
	r.away(1)
	for _, k := range keys {
		r.put(k, nil)
	}
	r.close()
	raw := r.disks[0][1].image().files[listPath]
	if n, err := store.DecodeMissed(raw); n != len(keys) || err != nil {
		t.Errorf("%d keys in the list, %v", n, err)
	}
	for _, bad := range [][]byte{nil, {1, 0}, {2, 0, 1, 0}, raw[:len(raw)-1], {1, 0, 1, 0, 0xdf, 0xff, 0xff, 0xff, 0xff}} {
		if _, err := store.DecodeMissed(bad); err == nil {
			t.Errorf("%x is taken for a list", bad)
		}
	}
	r.open()
	r.disks[0][1].change(func(files map[string][]byte) { files[listPath] = []byte("rubbish") })
	r.close()
	r.open() // a damaged list is no reason to stand still
}

func FuzzMissedList(f *testing.F) {
	f.Add([]byte{1, 0, 1, 0})
	f.Add([]byte("\x01\x00\x01\x00\x82\xa6Bucket\xa1b\xa6Object\xa1o"))
	f.Add([]byte("\x01\x00\x01\x00\x83\xa6Bucket\xa1b\xa6Object\xa1o\xa9PoolIndex\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if n, _ := store.DecodeMissed(raw); n > len(raw) {
			t.Errorf("%d records of %d bytes", n, len(raw))
		}
	})
}
