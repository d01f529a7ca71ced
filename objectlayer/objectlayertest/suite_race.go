package objectlayertest

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// together calls f at once from n goroutines.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

var raceTests = []test{
	{"one of many creators wins", func(r *rig) {
		r.plain()
		var won atomic.Int32
		together(8, func(i int) {
			_, err := r.tryPut("k", []byte{byte(i)}, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfNoneMatch: []objectlayer.ETag{"*"}}})
			switch {
			case err == nil:
				won.Add(1)
			case objectlayer.KindOf(err) != objectlayer.KindPrecondition:
				r.Errorf("put: %v", err)
			}
		})
		if won.Load() != 1 {
			r.Errorf("%d puts went through, want one", won.Load())
		}
	}},
	{"compare and swap loses no update", func(r *rig) {
		r.plain()
		r.put("k", nil)
		const each = 5
		together(4, func(int) {
			for done := 0; done < each; {
				object, data, err := r.tryGet("k", objectlayer.GetOptions{})
				if err != nil {
					r.Errorf("get: %v", err)
					return
				}
				next := append(bytes.Clone(data), 'x')
				_, err = r.tryPut("k", next, objectlayer.PutOptions{Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{object.Info.ETag}}})
				switch {
				case err == nil:
					done++
				case objectlayer.KindOf(err) != objectlayer.KindPrecondition:
					r.Errorf("put: %v", err)
					return
				}
			}
		})
		if got := r.holds("k", "", bytes.Repeat([]byte("x"), 4*each)); got.Size != 4*each {
			r.Errorf("got %d updates, want %d", got.Size, 4*each)
		}
	}},
	{"readers see whole versions", func(r *rig) {
		r.plain()
		whole := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 10_000+i*100_000) }
		r.put("k", whole(0))
		together(6, func(i int) {
			for range 10 {
				if i < 3 {
					if _, err := r.tryPut("k", whole(i), objectlayer.PutOptions{}); err != nil {
						r.Errorf("put: %v", err)
					}
					continue
				}
				object, data, err := r.tryGet("k", objectlayer.GetOptions{})
				if err != nil {
					r.Errorf("get: %v", err)
					continue
				}
				if len(data) == 0 || !bytes.Equal(data, whole(int(data[0]-'a'))) || object.Info.ETag != etagOf(data) {
					r.Errorf("got a mixture of %d bytes", len(data))
				}
			}
		})
	}},
	{"every version of many writers is kept", func(r *rig) {
		r.versioned()
		var mu sync.Mutex
		made := map[objectlayer.VersionID]byte{}
		together(6, func(i int) {
			for range 5 {
				v, err := r.tryPut("k", []byte{byte(i)}, objectlayer.PutOptions{})
				if err != nil {
					r.Errorf("put: %v", err)
					return
				}
				mu.Lock()
				made[v.Version] = byte(i)
				mu.Unlock()
			}
		})
		if got := r.history(); len(got) != 30 || len(made) != 30 {
			r.Fatalf("made %d versions, %d are listed, want 30", len(made), len(got))
		}
		for id, b := range made {
			r.holds("k", id, []byte{b})
		}
	}},
	{"complete or abort, not both", func(r *rig) {
		r.plain()
		for range 5 {
			id := r.begin("k", objectlayer.PutOptions{})
			p := r.part("k", id, 1, []byte("x"))
			var completed, aborted error
			together(2, func(i int) {
				if i == 0 {
					_, completed = r.CompleteUpload(r.ctx, bucketName, "k", id, []objectlayer.CompletePart{p}, objectlayer.CompleteOptions{})
				} else {
					aborted = r.AbortUpload(r.ctx, bucketName, "k", id)
				}
			})
			if (completed == nil) == (aborted == nil) {
				r.Errorf("complete: %v, abort: %v", completed, aborted)
			}
			if completed == nil {
				r.holds("k", "", []byte("x"))
			} else {
				r.absent("k")
			}
			r.delete("k", "")
		}
	}},
	{"listing while writing", func(r *rig) {
		r.plain()
		r.fill()
		together(3, func(i int) {
			for range 10 {
				if i == 0 {
					if _, err := r.tryPut("m", nil, objectlayer.PutOptions{}); err != nil {
						r.Errorf("put: %v", err)
					}
					if _, err := r.Delete(r.ctx, bucketName, []objectlayer.DeleteTarget{{Key: "m"}}, objectlayer.DeleteOptions{}); err != nil {
						r.Errorf("delete: %v", err)
					}
					continue
				}
				page, err := r.List(r.ctx, bucketName, objectlayer.ListOptions{Max: objectlayer.MaxListing})
				if err != nil || len(page.Objects) < len(listed) || len(page.Objects) > len(listed)+1 {
					r.Errorf("got %d keys, %v", len(page.Objects), err)
				}
			}
		})
	}},
}
