package objectlayertest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Run is the suite every Store must pass. newStore returns an empty store that goes away with its test. The suite needs no
// key service: of encryption it only uses customer keys.
func Run(t *testing.T, newStore func(t *testing.T) objectlayer.Store) {
	groups := []struct {
		name  string
		tests []test
	}{
		{"buckets", bucketTests},
		{"put", putTests},
		{"get", getTests},
		{"conditions", conditionTests},
		{"versions", versionTests},
		{"delete", deleteTests},
		{"list", listTests},
		{"copy", copyTests},
		{"amend", amendTests},
		{"upload", uploadTests},
		{"race", raceTests},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for _, one := range g.tests {
				t.Run(one.name, func(t *testing.T) {
					t.Parallel()
					one.run(&rig{T: t, Store: newStore(t), ctx: t.Context()})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*rig)
}

// rig is a store under test, with calls that cannot fail in a right store. They work on bucket.
type rig struct {
	*testing.T
	objectlayer.Store
	ctx context.Context
}

const bucketName objectlayer.Bucket = "bucket"

const (
	versioningOn  = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`
	versioningOff = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Suspended</Status></VersioningConfiguration>`
)

// plain makes the bucket, without versioning.
func (r *rig) plain() {
	r.Helper()
	r.ok(r.MakeBucket(r.ctx, bucketName, objectlayer.MakeBucketOptions{}))
}

// versioned makes the bucket with versioning enabled.
func (r *rig) versioned() {
	r.Helper()
	r.plain()
	r.setVersioning(versioningOn)
}

// locked makes the bucket with object lock.
func (r *rig) locked() {
	r.Helper()
	r.ok(r.MakeBucket(r.ctx, bucketName, objectlayer.MakeBucketOptions{ObjectLock: true}))
}

func (r *rig) setVersioning(doc string) {
	r.Helper()
	r.ok(r.SetSetting(r.ctx, bucketName, objectlayer.SettingVersioning, []byte(doc)))
}

func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("unexpected error: %v", err)
	}
}

// kind demands that a call failed in that way.
func (r *rig) kind(err error, want objectlayer.Kind) *objectlayer.Error {
	r.Helper()
	if err == nil {
		r.Fatalf("got no error, want %q", want)
	}
	if got := objectlayer.KindOf(err); got != want {
		r.Fatalf("got kind %q (%v), want %q", got, err, want)
	}
	e, _ := err.(*objectlayer.Error)
	if e == nil {
		r.Fatalf("error %v is a %T, want an *objectlayer.Error", err, err)
	}
	return e
}

func (r *rig) tryPut(k objectlayer.Key, data []byte, o objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	return r.Store.Put(r.ctx, bucketName, k, bytes.NewReader(data), int64(len(data)), o)
}

func (r *rig) put(k objectlayer.Key, data []byte) objectlayer.ObjectInfo {
	r.Helper()
	return r.putWith(k, data, objectlayer.PutOptions{})
}

func (r *rig) putWith(k objectlayer.Key, data []byte, o objectlayer.PutOptions) objectlayer.ObjectInfo {
	r.Helper()
	info, err := r.tryPut(k, data, o)
	r.ok(err)
	return info
}

func (r *rig) tryGet(k objectlayer.Key, o objectlayer.GetOptions) (*objectlayer.Object, []byte, error) {
	r.Helper()
	object, err := r.Store.Get(r.ctx, bucketName, k, o)
	if err != nil {
		return nil, nil, err
	}
	var body bytes.Buffer
	n, err := object.Body.WriteTo(&body)
	r.ok(err)
	r.ok(object.Body.Close())
	if n != object.Length || n != int64(body.Len()) {
		r.Fatalf("body: WriteTo said %d, wrote %d, Length is %d", n, body.Len(), object.Length)
	}
	return object, body.Bytes(), nil
}

// holds demands that a version has these bytes.
func (r *rig) holds(k objectlayer.Key, id objectlayer.VersionID, want []byte) objectlayer.ObjectInfo {
	r.Helper()
	object, got, err := r.tryGet(k, objectlayer.GetOptions{Version: id})
	r.ok(err)
	if !bytes.Equal(got, want) {
		r.Fatalf("%s@%s: got %d bytes, want %d other bytes", k, id, len(got), len(want))
	}
	return object.Info
}

// absent demands that a key has no current version.
func (r *rig) absent(k objectlayer.Key) {
	r.Helper()
	_, err := r.Stat(r.ctx, bucketName, k, objectlayer.GetOptions{})
	r.kind(err, objectlayer.KindNoObject)
}

func (r *rig) delete(k objectlayer.Key, id objectlayer.VersionID) objectlayer.Deleted {
	r.Helper()
	d := r.tryDelete(objectlayer.DeleteTarget{Key: k, Version: id}, objectlayer.DeleteOptions{})
	r.ok(d.Err)
	return d
}

func (r *rig) tryDelete(target objectlayer.DeleteTarget, o objectlayer.DeleteOptions) objectlayer.Deleted {
	r.Helper()
	answers, err := r.Delete(r.ctx, bucketName, []objectlayer.DeleteTarget{target}, o)
	r.ok(err)
	if len(answers) != 1 {
		r.Fatalf("got %d answers for one target", len(answers))
	}
	return answers[0]
}

func (r *rig) list(o objectlayer.ListOptions) objectlayer.Listing {
	r.Helper()
	if o.Max == 0 {
		o.Max = objectlayer.MaxListing
	}
	page, err := r.List(r.ctx, bucketName, o)
	r.ok(err)
	return page
}

// noise returns n bytes that do not compress, the same for the same seed.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	rand.NewChaCha8(key).Read(b) // never fails
	return b
}

// failing yields some bytes and then an error.
func failing(head []byte, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(head), faulty{err})
}

type faulty struct{ err error }

func (f faulty) Read([]byte) (int, error) { return 0, f.err }
