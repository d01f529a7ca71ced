package store_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// TestReadersFinish opens an object, has it overwritten or deleted in every way, and reads on: the bytes are those that were
// there when it was opened. Nothing is left behind.
func TestReadersFinish(t *testing.T) {
	t.Parallel()
	const size = 7 << 20 // more than a reader has read ahead
	again := func(r *rig) { r.large("k", fill('z', 100)) }
	for name, change := range map[string]func(r *rig){
		"overwrite":              again,
		"overwrite, inline":      func(r *rig) { r.put("k", fill('z', 100)) },
		"delete":                 func(r *rig) { r.delete("k", "") },
		"delete and write again": func(r *rig) { r.delete("k", ""); again(r) },
		"many overwrites":        func(r *rig) { again(r); again(r); again(r) },
		"other metadata":         func(r *rig) { r.ok(restateAs("t=1")(r)) },
		"other metadata, delete": func(r *rig) { r.ok(restateAs("t=1")(r)); r.delete("k", "") },
		"delete the bucket": func(r *rig) {
			r.delete("k", "")
			r.ok(r.DeleteBucket(r.ctx, bkt, false))
		},
	} {
		for _, sh := range []shape{{4, 2}, {6, 2}} {
			t.Run(sh.String()+"/"+name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, sh)
				r.bucket()
				id := r.begin("k")
				for n := range 2 {
					_, err := r.part("k", id, n+1, fill('a', size))
					r.ok(err)
				}
				_, err := r.CompleteUpload(r.ctx, bkt, "k", id, r.parts("k", id), objectlayer.CompleteOptions{})
				r.ok(err)
				var open []*objectlayer.Object
				for range 2 {
					object, err := r.Get(r.ctx, bkt, "k", objectlayer.GetOptions{})
					r.ok(err)
					open = append(open, object)
				}
				change(r)
				for _, object := range open {
					got, err := io.ReadAll(object.Body)
					r.ok(err)
					r.ok(object.Body.Close())
					if !bytes.Equal(got, fill('a', 2*size)) {
						t.Errorf("read %s", brief(got))
					}
				}
				if name != "delete the bucket" {
					r.healed("k", false)
				}
				r.close()
				r.tidy()
			})
		}
	}
}

// TestReadersAmidWriters has many read what many write: everybody reads one whole version, and nothing is left behind.
func TestReadersAmidWriters(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {6, 2}} {
		r := newRig(t, sh)
		r.bucket()
		r.large("k", fill('a', largeSize))
		var busy sync.WaitGroup
		for id := range 4 {
			busy.Go(func() {
				for range 15 {
					if id%2 == 0 {
						if _, err := r.tryLarge("k", fill(byte('a'+id), largeSize)); err != nil {
							t.Error(err)
						}
						continue
					}
					data, err := r.get("k", "")
					if err != nil || !bytes.Equal(data, fill(data[0], largeSize)) {
						t.Errorf("read %s, %v", brief(data), err)
					}
				}
			})
		}
		busy.Wait()
		r.healed("k", true)
		r.tidy()
	}
}

// TestSilentDrive reads and lists while a drive does not answer at all.
func TestSilentDrive(t *testing.T) {
	t.Parallel()
	for _, slot := range []int{0, 3} {
		r := newRig(t, shape{4, 2})
		r.bucket()
		r.put("inline", fill('a', smallSize))
		r.large("files", fill('a', largeSize))
		r.sets[0].Wait()
		hung := make(chan struct{})
		d := r.drives[0][slot]
		d.mu.Lock()
		d.gate = func(op string, _ drive.Path) error {
			if op != "walk" && op != "next" { // a listing waits until the drive is given up
				<-hung
			}
			return nil
		}
		d.mu.Unlock()
		r.holds("inline", "", fill('a', smallSize))
		r.holds("files", "", fill('a', largeSize))
		_, err := r.Stat(r.ctx, bkt, "absent", objectlayer.GetOptions{})
		if objectlayer.KindOf(err) != objectlayer.KindNoObject {
			t.Errorf("absent: %v", err)
		}
		page, err := r.List(r.ctx, bkt, objectlayer.ListOptions{Max: 10})
		if err != nil || len(page.Objects) != 2 {
			t.Errorf("listed %d objects, %v", len(page.Objects), err)
		}
		if n := r.Missed(); n > 0 {
			t.Errorf("%d records are taken for missed because a drive was not waited for", n)
		}
		close(hung)
	}
}

// TestCancelled ends every call at many of its steps. Whatever it left must let others go on at once, and nothing lies about.
func TestCancelled(t *testing.T) {
	t.Parallel()
	calls := map[string]func(r *rig, ctx context.Context) error{
		"put": func(r *rig, ctx context.Context) error {
			_, err := r.Put(ctx, bkt, "k", bytes.NewReader(fill('b', smallSize)), smallSize, objectlayer.PutOptions{})
			return err
		},
		"put into files": func(r *rig, ctx context.Context) error {
			_, err := r.Put(ctx, bkt, "k", bytes.NewReader(fill('b', largeSize)), -1, objectlayer.PutOptions{})
			return err
		},
		"get": func(r *rig, ctx context.Context) error {
			object, err := r.Get(ctx, bkt, "k", objectlayer.GetOptions{})
			if err == nil {
				_, err = object.Body.WriteTo(io.Discard)
				object.Body.Close()
			}
			return err
		},
		"list": func(r *rig, ctx context.Context) error {
			_, err := r.List(ctx, bkt, objectlayer.ListOptions{Max: 10, Versions: true})
			return err
		},
		"delete": func(r *rig, ctx context.Context) error {
			all, err := r.Delete(ctx, bkt, []objectlayer.DeleteTarget{{Key: "k"}}, objectlayer.DeleteOptions{})
			if err == nil {
				err = all[0].Err
			}
			return err
		},
		"amend": func(r *rig, ctx context.Context) error {
			tags := "t=1"
			_, err := r.Amend(ctx, bkt, "k", "", objectlayer.Amendment{Tags: &tags})
			return err
		},
		"copy": func(r *rig, ctx context.Context) error {
			_, err := r.Copy(ctx, objectlayer.Source{Bucket: bkt, Key: "k"}, bkt, "copy", objectlayer.CopyOptions{})
			return err
		},
		"upload": func(r *rig, ctx context.Context) error {
			u, err := r.NewUpload(ctx, bkt, "k", objectlayer.PutOptions{})
			if err != nil {
				return err
			}
			p, err := r.PutPart(ctx, bkt, "k", u.ID, 1, bytes.NewReader(fill('b', smallSize)), smallSize, objectlayer.PartOptions{})
			if err != nil {
				return err
			}
			_, err = r.CompleteUpload(ctx, bkt, "k", u.ID, []objectlayer.CompletePart{{Number: 1, ETag: p.ETag}}, objectlayer.CompleteOptions{})
			return err
		},
		"heal": func(r *rig, ctx context.Context) error {
			_, err := r.Heal(ctx, bkt, "k", true)
			return err
		},
		"make bucket": func(r *rig, ctx context.Context) error {
			return r.MakeBucket(ctx, "other", objectlayer.MakeBucketOptions{Force: true})
		},
	}
	for name, do := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for step := 1; ; step += 1 + step/4 {
				r := newRig(t, shape{4, 2})
				r.bucket()
				r.large("k", fill('a', largeSize))
				r.sets[0].Wait()
				ctx, cancel := context.WithCancel(r.ctx)
				ended := r.afterSteps(step, cancel)
				err := do(r, ctx)
				over := !ended()
				cancel()
				if err != nil && objectlayer.KindOf(err) == objectlayer.KindInternal {
					t.Errorf("cancelled at step %d: %v", step, err)
				}
				next, stop := context.WithTimeout(r.ctx, 10*time.Second)
				_, err = r.Put(next, bkt, "k", bytes.NewReader(fill('c', largeSize)), -1, objectlayer.PutOptions{})
				stop()
				r.ok(err)
				r.holds("k", "", fill('c', largeSize))
				r.healed("k", true)
				r.healed("copy", true)
				r.ok(r.ExpireUploads(r.ctx))
				r.close()
				if name != "upload" {
					r.tidy()
				}
				if over {
					return
				}
			}
		})
	}
}

// afterSteps calls cancel with the drives' n-th call from now on. What it returns tells whether that came.
func (r *rig) afterSteps(n int, cancel func()) func() bool {
	var mu sync.Mutex
	left := n
	for _, d := range r.drives[0] {
		d.mu.Lock()
		d.gate = func(string, drive.Path) error {
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				cancel()
			}
			return nil
		}
		d.mu.Unlock()
	}
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return left <= 0
	}
}

// TestFullDrives writes when there is no room: the answer says so, what was there stays, and deletes work.
func TestFullDrives(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket()
	r.large("k", fill('a', largeSize))
	for _, op := range []string{"create", "write", "sync", "commit"} {
		for full := 1; full <= 4; full++ {
			r.sets[0].Wait()
			r.gates(func(slot int, got string) error {
				if slot < full && got == op {
					return drive.ErrFull
				}
				return nil
			})
			_, err := r.tryLarge("new", fill('b', largeSize))
			if full == 1 && err != nil || full > 1 && objectlayer.KindOf(err) != objectlayer.KindNoSpace {
				t.Errorf("%s full on %d drives: got %v", op, full, err)
			}
			r.holds("k", "", fill('a', largeSize))
			r.gates(nil)
			r.delete("new", "")
		}
	}
	r.close()
	r.tidy()
}

// gates asks before every call of a drive.
func (r *rig) gates(ask func(slot int, op string) error) {
	for slot, d := range r.drives[0] {
		d.mu.Lock()
		d.gate = nil
		if ask != nil {
			d.gate = func(op string, _ drive.Path) error { return ask(slot, op) }
		}
		d.mu.Unlock()
	}
}
