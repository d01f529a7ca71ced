package store_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/store"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// shape is a pool: how many drives its one set has, and the parity of its objects.
type shape struct{ drives, parity int }

func (s shape) String() string { return fmt.Sprintf("%d+%d", s.drives-s.parity, s.parity) }

func (s shape) classes(t *testing.T) topology.Classes {
	t.Helper()
	c, err := topology.ParseClasses(fmt.Sprintf("EC:%d", s.parity), "", s.drives)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rig is a store on disks in memory, which can be opened again on what is left of them.
type rig struct {
	*testing.T
	*store.Store
	ctx     context.Context
	id      uuid.UUID
	shapes  []shape
	disks   [][]*disk     // by pool and slot
	drives  [][]*memDrive // of the present opening
	sets    []*erasure.Set
	options func(*store.Options)
	later   time.Duration // how far the clock was put forward
}

// newRig opens a store on empty disks. It is closed with the test.
func newRig(t *testing.T, shapes ...shape) *rig {
	t.Helper()
	r := unopened(t, shapes...)
	r.open()
	return r
}

func unopened(t *testing.T, shapes ...shape) *rig {
	r := &rig{T: t, ctx: t.Context(), id: uuid.New(), shapes: shapes}
	for _, s := range shapes {
		disks := make([]*disk, s.drives)
		for i := range disks {
			disks[i] = newDisk()
		}
		r.disks = append(r.disks, disks)
	}
	t.Cleanup(r.close)
	return r
}

func (r *rig) open() {
	r.Helper()
	later := r.later
	o := store.Options{Deployment: r.id, Now: func() time.Time { return time.Now().Add(later) }}
	if r.options != nil {
		r.options(&o)
	}
	r.drives, r.sets = nil, nil
	for p, disks := range r.disks {
		drives, seen := make([]*memDrive, len(disks)), make([]drive.Drive, len(disks))
		for i, d := range disks {
			drives[i] = openDisk(d)
			seen[i] = drives[i]
		}
		set := erasure.NewSet(seen, erasure.Options{})
		r.drives, r.sets = append(r.drives, drives), append(r.sets, set)
		o.Pools = append(o.Pools, store.Pool{Sets: []*erasure.Set{set}, Classes: r.shapes[p].classes(r.T)})
	}
	s, err := store.Open(r.ctx, o)
	if err != nil {
		r.Fatal(err)
	}
	r.Store = s
}

// close stops the store as it should be stopped.
func (r *rig) close() {
	if r.Store == nil {
		return
	}
	if err := r.Store.Close(context.WithoutCancel(r.ctx)); err != nil {
		r.Errorf("close: %v", err)
	}
	r.wait()
}

func (r *rig) wait() {
	for _, set := range r.sets {
		set.Wait()
	}
	r.Store = nil
}

// crash ends the store between two instructions: nothing it does from now on reaches a drive.
func (r *rig) crash() {
	for _, drives := range r.drives {
		for _, d := range drives {
			d.fail(drive.ErrOffline)
		}
	}
	_ = r.Store.Close(context.WithoutCancel(r.ctx))
	r.wait()
}

// away takes drives of the first pool away; the others are there.
func (r *rig) away(gone subset) {
	for slot, d := range r.drives[0] {
		if gone.has(slot) {
			d.fail(drive.ErrOffline)
		} else {
			d.fail(nil)
		}
	}
}

// subset is a set of slots.
type subset uint16

func (s subset) has(slot int) bool { return s&(1<<slot) != 0 }

func (s subset) count() (n int) {
	for ; s != 0; s &= s - 1 {
		n++
	}
	return n
}

// subsetsUpTo are all subsets of n slots with at most k, or if there are many some of each size.
func subsetsUpTo(n, k int) (all []subset) {
	if n <= 6 {
		for s := range subset(1) << n {
			if s.count() <= k {
				all = append(all, s)
			}
		}
		return all
	}
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for size := range k + 1 {
		for range 2 {
			var s subset
			for _, slot := range random.Perm(n)[:size] {
				s |= 1 << slot
			}
			all = append(all, s)
		}
	}
	return all
}

const bkt objectlayer.Bucket = "bucket"

const (
	enabled   = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`
	suspended = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Suspended</Status></VersioningConfiguration>`
)

// bucket makes the bucket, with a versioning document if there is one.
func (r *rig) bucket(versioning ...string) {
	r.Helper()
	r.ok(r.MakeBucket(r.ctx, bkt, objectlayer.MakeBucketOptions{}))
	for _, doc := range versioning {
		r.ok(r.SetSetting(r.ctx, bkt, objectlayer.SettingVersioning, []byte(doc)))
	}
}

func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("unexpected error: %v", err)
	}
}

func (r *rig) tryPut(k objectlayer.Key, data []byte) (objectlayer.ObjectInfo, error) {
	return r.Put(r.ctx, bkt, k, bytes.NewReader(data), int64(len(data)), objectlayer.PutOptions{})
}

func (r *rig) put(k objectlayer.Key, data []byte) objectlayer.ObjectInfo {
	r.Helper()
	info, err := r.tryPut(k, data)
	r.ok(err)
	return info
}

// large puts an object whose bytes are in files whatever its size.
func (r *rig) large(k objectlayer.Key, data []byte) objectlayer.ObjectInfo {
	r.Helper()
	info, err := r.tryLarge(k, data)
	r.ok(err)
	return info
}

func (r *rig) tryLarge(k objectlayer.Key, data []byte) (objectlayer.ObjectInfo, error) {
	return r.Put(r.ctx, bkt, k, bytes.NewReader(data), -1, objectlayer.PutOptions{})
}

func (r *rig) get(k objectlayer.Key, v objectlayer.VersionID) ([]byte, error) {
	object, err := r.Get(r.ctx, bkt, k, objectlayer.GetOptions{Version: v})
	if err != nil {
		return nil, err
	}
	defer object.Body.Close()
	var body bytes.Buffer
	body.Grow(int(object.Info.Size))
	if _, err = object.Body.WriteTo(&body); err == nil && int64(body.Len()) != object.Info.Size {
		err = fmt.Errorf("read %d bytes of %d", body.Len(), object.Info.Size)
	}
	return body.Bytes(), err
}

// holds demands that a version has these bytes.
func (r *rig) holds(k objectlayer.Key, v objectlayer.VersionID, want []byte) {
	r.Helper()
	got, err := r.get(k, v)
	if err != nil {
		r.Fatalf("get %s@%s: %v", k, v, err)
	}
	if !bytes.Equal(got, want) {
		r.Fatalf("get %s@%s: got %s, want %s", k, v, brief(got), brief(want))
	}
}

func (r *rig) delete(k objectlayer.Key, v objectlayer.VersionID) objectlayer.Deleted {
	r.Helper()
	d := r.tryDelete(k, v)
	r.ok(d.Err)
	return d
}

func (r *rig) tryDelete(k objectlayer.Key, v objectlayer.VersionID) objectlayer.Deleted {
	r.Helper()
	all, err := r.Delete(r.ctx, bkt, []objectlayer.DeleteTarget{{Key: k, Version: v}}, objectlayer.DeleteOptions{})
	if err != nil {
		return objectlayer.Deleted{Err: err}
	}
	return all[0]
}

// brief tells byte strings apart.
func brief(data []byte) string {
	if len(data) == 0 {
		return "no bytes"
	}
	return fmt.Sprintf("%d bytes of %q", len(data), data[0])
}

// look says in a line what a client sees of a key: by GET, and of all versions by listing.
func (r *rig) look(k objectlayer.Key) string {
	var b strings.Builder
	if data, err := r.get(k, ""); err != nil {
		fmt.Fprintf(&b, "get: %v", objectlayer.KindOf(err))
	} else {
		fmt.Fprintf(&b, "get: %s", brief(data))
	}
	if info, err := r.Stat(r.ctx, bkt, k, objectlayer.GetOptions{}); err != nil {
		fmt.Fprintf(&b, "; stat: %v", objectlayer.KindOf(err))
	} else {
		fmt.Fprintf(&b, "; stat: %d %s", info.Size, info.Tags)
	}
	page, err := r.List(r.ctx, bkt, objectlayer.ListOptions{Prefix: string(k), Versions: true, Max: 100})
	if err != nil {
		fmt.Fprintf(&b, "; list: %v", objectlayer.KindOf(err))
		return b.String()
	}
	b.WriteString("; list:")
	for _, o := range page.Objects {
		b.WriteString(" " + string(o.Key))
		if o.Version != "" && o.Version != objectlayer.NullVersion {
			b.WriteString("@id")
		}
		if o.DeleteMarker {
			b.WriteString(" marker")
		} else {
			data, err := r.get(o.Key, o.Version)
			if err != nil {
				fmt.Fprintf(&b, " %v", objectlayer.KindOf(err))
			} else {
				fmt.Fprintf(&b, " %s", brief(data))
			}
		}
		fmt.Fprintf(&b, " latest=%v,", o.Latest)
	}
	return b.String()
}

// fill is n bytes that tell by the first which write they are of.
func fill(letter byte, n int) []byte { return bytes.Repeat([]byte{letter}, n) }

// eventually waits for something that happens in the background.
func (r *rig) eventually(what string, happened func() bool) {
	r.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Second)
	for !happened() {
		select {
		case <-ticker.C:
		case <-deadline:
			r.Fatalf("%s did not happen", what)
		}
	}
}

// healed mends a key and demands that this makes it whole and that nothing is left to do.
func (r *rig) healed(k objectlayer.Key, deep bool) {
	r.Helper()
	h, err := r.Heal(r.ctx, bkt, k, deep)
	if err != nil || !h.Whole {
		r.Fatalf("heal %s: %+v, %v", k, h, err)
	}
	if h, err = r.Heal(r.ctx, bkt, k, true); err != nil || !h.Whole || h.Changed {
		r.Fatalf("heal %s again: %+v, %v", k, h, err)
	}
}

// tidy demands that the drives of every pool hold the same records, that every record is sound, and that no file lies about
// that no record names. Uploads are left out.
func (r *rig) tidy() {
	r.Helper()
	for p, disks := range r.disks {
		var first map[string]string
		for slot, d := range disks {
			seen := r.inventory(d, slot)
			if first == nil {
				first = seen
			}
			for path := range maps.Keys(first) {
				if seen[path] != first[path] {
					r.Errorf("pool %d: %s is %q on drive 0, %q on drive %d", p, path, first[path], seen[path], slot)
				}
			}
			for path := range maps.Keys(seen) {
				if _, ok := first[path]; !ok {
					r.Errorf("pool %d: %s is on drive %d, not on drive 0", p, path, slot)
				}
			}
		}
	}
	if r.Failed() {
		r.FailNow()
	}
}

// inventory is what should be equal on all drives: the headers of each record, and the sizes of shard files. It reports files
// no record names.
func (r *rig) inventory(d *disk, slot int) map[string]string {
	r.Helper()
	files := d.image().files
	seen, named := make(map[string]string), make(map[string]bool)
	for path, data := range files {
		dir, ok := strings.CutSuffix(path, "/"+drive.RecordName)
		if !ok || strings.Contains(path, "/multipart/") {
			continue
		}
		j, err := xlmeta.Decode(data)
		if err != nil {
			r.Errorf("%s on drive %d: %v", path, slot, err)
			continue
		}
		var headers strings.Builder
		for _, v := range j.Versions() {
			fmt.Fprintf(&headers, "%v ", v.Header)
			if v.Type == xlmeta.TypeObject {
				if o, err := v.Object(); err != nil || o.Index != int(o.Dist[slot]) {
					r.Errorf("%s on drive %d holds shard %d, want %d (%v)", path, slot, o.Index, o.Dist[slot], err)
				}
			}
		}
		seen[path] = headers.String()
		dirs, err := j.Dirs()
		if err != nil {
			r.Errorf("%s on drive %d: %v", path, slot, err)
		}
		for _, name := range dirs {
			named[dir+"/"+name] = true
		}
	}
	for path, data := range files {
		dir := path[:max(0, strings.LastIndexByte(path, '/'))]
		switch {
		case strings.HasSuffix(path, "/"+drive.RecordName), strings.Contains(path, "/multipart/"), path == listPath:
		case named[dir]:
			seen[path] = fmt.Sprint(len(data))
		default:
			r.Errorf("%s on drive %d is named by no record", path, slot)
		}
	}
	return seen
}

const listPath = ".minio.sys/buckets/.heal/mrf/list.bin"

// cut lets the first commit of every drive whose record matches through to the slots given and to no others, and after it
// nothing that changes a drive.
func (r *rig) cut(record func(drive.Path) bool, reach subset) {
	r.sets[0].Wait()
	for slot, d := range r.drives[0] {
		over := false
		refuse := func() error {
			if over {
				return drive.ErrOffline
			}
			return nil
		}
		d.mu.Lock()
		d.commit = func(c *drive.Commit) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if err := refuse(); err != nil || !record(c.Record) {
				return err
			}
			over = true
			if !reach.has(slot) {
				return drive.ErrOffline
			}
			return nil
		}
		d.gate = func(op string, _ drive.Path) error {
			if op != "discard" && op != "create" && op != "write" && op != "sync" {
				return nil
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			return refuse()
		}
		d.mu.Unlock()
	}
}

// oneOf demands that what a client sees is one of several things.
func (r *rig) oneOf(got string, want ...string) {
	r.Helper()
	if !slices.Contains(want, got) {
		r.Fatalf("a client sees\n\t%s\nwant one of\n\t%s", got, strings.Join(want, "\n\t"))
	}
}
