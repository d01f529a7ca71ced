package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// Whatever drives a change reached when the store was cut off: afterwards the key is as it was before or as it would be after,
// for every client and whatever drives are away, and what was acknowledged is there.

const (
	smallSize = 1000   // inline
	largeSize = 20_000 // in files, because its size is not announced
)

// cutCase is a change that is cut off.
type cutCase struct {
	name    string
	prepare func(r *rig)
	change  func(r *rig) error
}

var cutCases = []cutCase{
	{"put, inline",
		func(r *rig) { r.bucket() },
		func(r *rig) error { _, err := r.tryPut("k", fill('b', smallSize)); return err }},
	{"put, files",
		func(r *rig) { r.bucket() },
		func(r *rig) error { _, err := r.tryLarge("k", fill('b', largeSize)); return err }},
	{"overwrite, inline by inline",
		func(r *rig) { r.bucket(); r.put("k", fill('a', smallSize)) },
		func(r *rig) error { _, err := r.tryPut("k", fill('b', smallSize)); return err }},
	{"overwrite, files by files",
		func(r *rig) { r.bucket(); r.large("k", fill('a', largeSize)) },
		func(r *rig) error { _, err := r.tryLarge("k", fill('b', largeSize)); return err }},
	{"overwrite, files by inline",
		func(r *rig) { r.bucket(); r.large("k", fill('a', largeSize)) },
		func(r *rig) error { _, err := r.tryPut("k", fill('b', smallSize)); return err }},
	{"overwrite of an overwrite",
		func(r *rig) {
			r.bucket()
			r.large("k", fill('1', largeSize))
			r.large("k", fill('2', largeSize))
			r.large("k", fill('a', largeSize))
		},
		func(r *rig) error { _, err := r.tryLarge("k", fill('b', largeSize)); return err }},
	{"put of a version",
		func(r *rig) { r.bucket(enabled); r.large("k", fill('a', largeSize)) },
		func(r *rig) error { _, err := r.tryLarge("k", fill('b', largeSize)); return err }},
	{"overwrite of the null version among others",
		func(r *rig) {
			r.bucket(enabled)
			r.large("k", fill('1', largeSize))
			r.ok(r.SetSetting(r.ctx, bkt, objectlayer.SettingVersioning, []byte(suspended)))
			r.large("k", fill('a', largeSize))
		},
		func(r *rig) error { _, err := r.tryLarge("k", fill('b', largeSize)); return err }},
	{"marker",
		func(r *rig) { r.bucket(enabled); r.large("k", fill('a', largeSize)) },
		func(r *rig) error { return r.tryDelete("k", "").Err }},
	{"marker for the null version among others",
		func(r *rig) {
			r.bucket(enabled)
			r.large("k", fill('1', largeSize))
			r.ok(r.SetSetting(r.ctx, bkt, objectlayer.SettingVersioning, []byte(suspended)))
			r.large("k", fill('a', largeSize))
		},
		func(r *rig) error { return r.tryDelete("k", "").Err }},
	{"delete, inline",
		func(r *rig) { r.bucket(); r.put("k", fill('a', smallSize)) },
		func(r *rig) error { return r.tryDelete("k", "").Err }},
	{"delete, files",
		func(r *rig) { r.bucket(); r.large("k", fill('a', largeSize)) },
		func(r *rig) error { return r.tryDelete("k", "").Err }},
	{"delete of the newer version",
		func(r *rig) {
			r.bucket(enabled)
			r.large("k", fill('1', largeSize))
			r.large("k", fill('a', largeSize))
		},
		func(r *rig) error {
			info, err := r.Stat(r.ctx, bkt, "k", objectlayer.GetOptions{})
			r.ok(err)
			return r.tryDelete("k", info.Version).Err
		}},
	{"amend",
		func(r *rig) { r.bucket(); r.large("k", fill('a', largeSize)) },
		func(r *rig) error {
			tags := "t=1"
			_, err := r.Amend(r.ctx, bkt, "k", "", objectlayer.Amendment{Tags: &tags})
			return err
		}},
	{"amend again",
		func(r *rig) {
			r.bucket()
			r.put("k", fill('a', smallSize))
			tags := "t=0"
			_, err := r.Amend(r.ctx, bkt, "k", "", objectlayer.Amendment{Tags: &tags})
			r.ok(err)
		},
		func(r *rig) error {
			tags := "t=1"
			_, err := r.Amend(r.ctx, bkt, "k", "", objectlayer.Amendment{Tags: &tags})
			return err
		}},
	{"other metadata in place",
		func(r *rig) { r.bucket(); r.large("k", fill('a', largeSize)) },
		restateAs("t=1")},
	{"other metadata, inline",
		func(r *rig) { r.bucket(); r.put("k", fill('a', smallSize)) },
		restateAs("t=1")},
}

func restateAs(tags string) func(r *rig) error {
	return func(r *rig) error {
		_, err := r.Copy(r.ctx, objectlayer.Source{Bucket: bkt, Key: "k"}, bkt, "k", objectlayer.CopyOptions{ReplaceMeta: true, ReplaceTags: true, PutOptions: objectlayer.PutOptions{Tags: tags}})
		return err
	}
}

// reaches are the drives a change that is cut off may have reached.
func reaches(n int) (all []subset) {
	if n <= 4 {
		for s := range subset(1) << n {
			all = append(all, s)
		}
		return all
	}
	random := rand.New(rand.NewPCG(2, uint64(n)))
	for size := range n + 1 {
		if n > 8 && (size == 2 || size == 3 || size == 6 || size == 10 || size == 13 || size == 14) {
			continue // as their neighbours
		}
		var s subset
		for _, slot := range random.Perm(n)[:size] {
			s |= 1 << slot
		}
		all = append(all, s)
	}
	return all
}

func ofKey(p drive.Path) bool { return p == drive.Path(bkt)+"/k" }

func TestCutOff(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {6, 2}, {16, 4}} {
		for _, c := range cutCases {
			t.Run(sh.String()+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				whole := newRig(t, sh)
				c.prepare(whole)
				before := whole.look("k")
				whole.ok(c.change(whole))
				after := whole.look("k")
				if before == after {
					t.Fatalf("the change changes nothing: %s", before)
				}
				for _, reach := range reaches(sh.drives) {
					t.Run(fmt.Sprintf("%b", reach), func(t *testing.T) { c.run(t, sh, reach, before, after) })
				}
			})
		}
	}
}

func (c cutCase) run(t *testing.T, sh shape, reach subset, before, after string) {
	r := newRig(t, sh)
	c.prepare(r)
	r.cut(ofKey, reach)
	err := c.change(r)
	r.crash()
	r.later = 25 * time.Hour // what may be the remains of something is kept for a day
	r.open()
	first := r.look("k")
	if err == nil {
		r.oneOf(first, after)
	} else {
		r.oneOf(first, before, after)
	}
	for _, gone := range subsetsUpTo(sh.drives, sh.parity) {
		r.away(gone)
		if got := r.look("k"); got != first && !strings.Contains(got, objectlayer.KindReadQuorum.String()) {
			t.Fatalf("without %b a client sees\n\t%s\nwant\n\t%s", gone, got, first)
		}
	}
	r.away(0)
	r.healed("k", false)
	for _, gone := range subsetsUpTo(sh.drives, sh.parity) {
		r.away(gone)
		r.oneOf(r.look("k"), first)
	}
	r.away(0)
	r.tidy()
}

// TestCutOffPart cuts off the upload of a part, a new one and one that replaces another, and then completes the upload with
// whatever part is listed.
func TestCutOffPart(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {6, 2}, {16, 4}} {
		for _, before := range []string{"", "a", "ab"} {
			t.Run(sh.String()+"/after "+before, func(t *testing.T) {
				t.Parallel()
				for _, reach := range reaches(sh.drives) {
					t.Run(fmt.Sprintf("%b", reach), func(t *testing.T) { cutOffPart(t, sh, reach, before) })
				}
			})
		}
	}
}

func cutOffPart(t *testing.T, sh shape, reach subset, before string) {
	r := newRig(t, sh)
	r.bucket()
	id := r.begin("k")
	for i := range before {
		_, err := r.part("k", id, 1, fill(before[i], smallSize))
		r.ok(err)
	}
	r.cut(ofUpload, reach)
	_, err := r.part("k", id, 1, fill('z', smallSize))
	r.crash()
	r.open()
	parts := r.parts("k", id)
	stands := byte(0)
	switch {
	case len(parts) == 1:
		stands = r.complete("k", id, parts)
	case before != "":
		t.Fatal("the part that was there is lost")
	default:
		r.ok(r.AbortUpload(r.ctx, bkt, "k", id))
	}
	if err == nil && stands != 'z' || stands != 'z' && before != "" && stands != before[len(before)-1] {
		t.Fatalf("part %q stands; the put said %v", stands, err)
	}
	r.healed("k", false)
	if stands != 0 {
		for _, gone := range subsetsUpTo(sh.drives, sh.parity) {
			r.away(gone)
			r.holds("k", "", fill(stands, smallSize))
		}
	}
	r.away(0)
	r.tidy()
	r.noUploads()
}

// TestCutOffComplete cuts off the completion of an upload; doing it again has to work.
func TestCutOffComplete(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {6, 2}, {16, 4}} {
		for _, over := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/over another %v", sh, over), func(t *testing.T) {
				t.Parallel()
				for _, reach := range reaches(sh.drives) {
					t.Run(fmt.Sprintf("%b", reach), func(t *testing.T) { cutOffComplete(t, sh, reach, over) })
				}
			})
		}
	}
}

func cutOffComplete(t *testing.T, sh shape, reach subset, over bool) {
	r := newRig(t, sh)
	r.bucket()
	if over {
		r.large("k", fill('a', largeSize))
	}
	before := r.look("k")
	id := r.begin("k")
	for n, data := range [][]byte{fill('b', objectlayer.MinPartSize), fill('c', smallSize), fill('x', smallSize)} {
		_, err := r.part("k", id, n+1, data)
		r.ok(err)
	}
	parts := r.parts("k", id)[:2] // the third is left out
	r.cut(ofKey, reach)
	_, err := r.CompleteUpload(r.ctx, bkt, "k", id, parts, objectlayer.CompleteOptions{})
	r.crash()
	r.later = time.Hour
	r.open()
	first, want := r.look("k"), slices.Concat(fill('b', objectlayer.MinPartSize), fill('c', smallSize))
	if err == nil || first != before {
		r.holds("k", "", want)
	}
	_, err = r.CompleteUpload(r.ctx, bkt, "k", id, parts, objectlayer.CompleteOptions{})
	r.ok(err)
	r.holds("k", "", want)
	_, err = r.CompleteUpload(r.ctx, bkt, "k", id, parts, objectlayer.CompleteOptions{})
	r.ok(err) // and once more, as a client that got no answer
	r.healed("k", false)
	r.away(subsetsUpTo(sh.drives, sh.parity)[1])
	r.holds("k", "", want)
	r.away(0)
	r.tidy()
	r.noUploads()
}

// TestCutOffAbort cuts off the abort of an upload: it is gone, or can be completed or aborted.
func TestCutOffAbort(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {6, 2}, {16, 4}} {
		t.Run(sh.String(), func(t *testing.T) {
			t.Parallel()
			for _, reach := range reaches(sh.drives) {
				t.Run(fmt.Sprintf("%b", reach), func(t *testing.T) {
					r := newRig(t, sh)
					r.bucket()
					id := r.begin("k")
					_, err := r.part("k", id, 1, fill('a', smallSize))
					r.ok(err)
					r.cut(ofUpload, reach)
					err = r.AbortUpload(r.ctx, bkt, "k", id)
					r.crash()
					r.open()
					_, parts, _, listed := r.ListParts(r.ctx, bkt, "k", id, 0, 10)
					switch {
					case objectlayer.KindOf(listed) == objectlayer.KindNoUpload:
					case listed != nil || err == nil || len(parts) != 1:
						t.Fatalf("%d parts, %v; the abort said %v", len(parts), listed, err)
					default:
						r.complete("k", id, r.parts("k", id))
						r.holds("k", "", fill('a', smallSize))
					}
				})
			}
		})
	}
}

func ofUpload(p drive.Path) bool { return strings.HasPrefix(string(p), drive.System+"/multipart/") }

func (r *rig) begin(k objectlayer.Key) objectlayer.UploadID {
	r.Helper()
	u, err := r.NewUpload(r.ctx, bkt, k, objectlayer.PutOptions{})
	r.ok(err)
	return u.ID
}

func (r *rig) part(k objectlayer.Key, id objectlayer.UploadID, n int, data []byte) (objectlayer.PartInfo, error) {
	return r.PutPart(r.ctx, bkt, k, id, n, strings.NewReader(string(data)), int64(len(data)), objectlayer.PartOptions{})
}

func (r *rig) parts(k objectlayer.Key, id objectlayer.UploadID) (all []objectlayer.CompletePart) {
	r.Helper()
	_, parts, _, err := r.ListParts(r.ctx, bkt, k, id, 0, 1000)
	r.ok(err)
	for _, p := range parts {
		all = append(all, objectlayer.CompletePart{Number: p.Number, ETag: p.ETag})
	}
	return all
}

// complete completes an upload and returns the first byte of what it made.
func (r *rig) complete(k objectlayer.Key, id objectlayer.UploadID, parts []objectlayer.CompletePart) byte {
	r.Helper()
	_, err := r.CompleteUpload(r.ctx, bkt, k, id, parts, objectlayer.CompleteOptions{})
	r.ok(err)
	data, err := r.get(k, "")
	r.ok(err)
	return data[0]
}

// noUploads demands that nothing is left of uploads.
func (r *rig) noUploads() {
	r.Helper()
	page, err := r.ListUploads(r.ctx, bkt, objectlayer.ListUploadsOptions{Max: 10})
	if err != nil || len(page.Uploads) > 0 {
		r.Fatalf("uploads: %v, %v", page.Uploads, err)
	}
}
