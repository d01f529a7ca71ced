package store_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/store"
)

// deafDrive is a real drive that may be kept from taking commits.
type deafDrive struct {
	drive.Drive
	deaf *atomic.Bool
}

func (d deafDrive) Commit(ctx context.Context, c *drive.Commit) error {
	if d.deaf.Load() {
		return drive.ErrOffline
	}
	return d.Drive.Commit(ctx, c)
}

// TestLocalDrives does what takes the most edits to one commit on directories of a file system, which are stricter than
// disks in memory: overwriting, completing and replacing parts carefully, and taking it back.
func TestLocalDrives(t *testing.T) {
	t.Parallel()
	sh := shape{6, 2}
	r := &rig{T: t, ctx: t.Context(), id: uuid.New(), shapes: []shape{sh}}
	dir := t.TempDir()
	var deaf [6]atomic.Bool
	drives := make([]drive.Drive, sh.drives)
	for i := range drives {
		root := filepath.Join(dir, strconv.Itoa(i))
		r.ok(os.Mkdir(root, 0o777))
		d, err := local.Open(root, local.Options{})
		r.ok(err)
		t.Cleanup(func() { r.ok(d.Close()) })
		r.ok(d.WriteFormat([]byte("{}")))
		drives[i] = deafDrive{d, &deaf[i]}
	}
	set := erasure.NewSet(drives, erasure.Options{})
	s, err := store.Open(t.Context(), store.Options{Deployment: r.id, Pools: []store.Pool{{Sets: []*erasure.Set{set}, Classes: sh.classes(t)}}})
	r.ok(err)
	r.Store = s
	defer func() {
		r.ok(s.Close(context.WithoutCancel(t.Context())))
		set.Wait()
	}()
	half := func(is bool) { // of the drives hear nothing
		set.Wait()
		for i := range 3 {
			deaf[i].Store(is)
		}
	}
	refused := func(what string, err error) {
		t.Helper()
		half(false)
		if kind := objectlayer.KindOf(err); err == nil || kind != objectlayer.KindWriteQuorum {
			t.Fatalf("%s on half of the drives: %v", what, err)
		}
	}

	r.bucket()
	r.large("k", fill('a', largeSize))
	half(true)
	_, err = r.tryLarge("k", fill('b', largeSize))
	refused("overwrite", err)
	r.holds("k", "", fill('a', largeSize))
	r.large("k", fill('c', largeSize))
	r.holds("k", "", fill('c', largeSize))

	id := r.begin("k")
	for n, letter := range "dex" {
		size := smallSize
		if n == 0 {
			size = objectlayer.MinPartSize
		}
		_, err := r.part("k", id, n+1, fill(byte(letter), size))
		r.ok(err)
	}
	half(true)
	_, err = r.part("k", id, 2, fill('z', smallSize))
	refused("replacing a part", err)
	parts := r.parts("k", id)[:2]
	half(true)
	_, err = r.CompleteUpload(r.ctx, bkt, "k", id, parts, objectlayer.CompleteOptions{})
	refused("completion", err)
	r.holds("k", "", fill('c', largeSize))
	r.complete("k", id, parts)
	r.holds("k", "", slices.Concat(fill('d', objectlayer.MinPartSize), fill('e', smallSize)))

	object, err := r.Get(r.ctx, bkt, "k", objectlayer.GetOptions{})
	r.ok(err)
	r.ok(restateAs("t=1")(r))
	r.delete("k", "")
	set.Wait()
	r.ok(r.DeleteBucket(r.ctx, bkt, false))
	if _, err := object.Body.WriteTo(io.Discard); err != nil {
		t.Errorf("reading on after all is gone: %v", err)
	}
	r.ok(object.Body.Close())
}
