package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/store"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// openFixture opens a store on a private copy of a drive set that MinIO wrote.
func openFixture(t *testing.T, name string) (*fixture.Manifest, *store.Store) {
	t.Helper()
	m := fixture.Load(t, name)
	dir := fixture.Copy(t, name)
	o := store.Options{Deployment: uuid.MustParse(m.DeploymentID)}
	if m.KMS != nil {
		kms, err := crypt.NewStaticKMS(m.KMS.KeyID, crypt.Key(m.KMS.Key))
		if err != nil {
			t.Fatal(err)
		}
		o.KMS = kms
	}
	sets := m.Drives[0].Format.XL.Sets
	n := len(sets[0])
	classes, err := topology.ParseClasses("", "", n)
	if err != nil {
		t.Fatal(err)
	}
	p := store.Pool{Classes: classes}
	for i := range sets {
		drives := make([]drive.Drive, n)
		for j := range drives {
			drives[j] = openDisk(loadDisk(t, filepath.Join(dir, m.Drives[i*n+j].Path)))
		}
		p.Sets = append(p.Sets, erasure.NewSet(drives, erasure.Options{}))
	}
	o.Pools = []store.Pool{p}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return m, s
}

// TestFixtures reads everything MinIO wrote and compares it with what MinIO answered.
func TestFixtures(t *testing.T) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, s := openFixture(t, name)
			for _, o := range m.Objects {
				t.Run(fmt.Sprintf("%s/%s@%s", o.Bucket, o.Key, o.VersionID), func(t *testing.T) { checkObject(t, s, m, o) })
			}
			checkListings(t, s, m)
		})
	}
}

func checkObject(t *testing.T, s *store.Store, m *fixture.Manifest, want fixture.Object) {
	b, k := objectlayer.Bucket(want.Bucket), objectlayer.Key(want.Key)
	o := objectlayer.GetOptions{Version: objectlayer.VersionID(want.VersionID)}
	if want.SSECKey != nil {
		o.Encryption = objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: want.SSECKey}
	}
	info, err := s.Stat(t.Context(), b, k, o)
	if want.DeleteMarker {
		var e *objectlayer.Error
		if !errors.As(err, &e) || e.Kind != objectlayer.KindDeleteMarker || string(e.Version) != want.VersionID {
			t.Fatalf("got %v, want a delete marker", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	checkHeaders(t, info, want)
	got := read(t, s, b, k, o)
	if sum := sha256.Sum256(got); int64(len(got)) != want.Size || hex.EncodeToString(sum[:]) != want.SHA256 {
		t.Errorf("got %d bytes with SHA-256 %x, want %d with %s", len(got), sum, want.Size, want.SHA256)
	}
	if want.Range != nil {
		var from, to int64
		if _, err := fmt.Sscanf(want.Range.Spec, "bytes=%d-%d", &from, &to); err != nil {
			t.Fatal(err)
		}
		ro := o
		ro.Range = objectlayer.Range{Set: true, Offset: from, Length: to - from + 1}
		if sum := sha256.Sum256(read(t, s, b, k, ro)); hex.EncodeToString(sum[:]) != want.Range.SHA256 {
			t.Errorf("range %s differs", want.Range.Spec)
		}
	}
}

func read(t *testing.T, s *store.Store, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) []byte {
	t.Helper()
	object, err := s.Get(t.Context(), b, k, o)
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	var w strings.Builder
	if _, err := object.Body.WriteTo(&w); err != nil {
		t.Fatal(err)
	}
	again, err := s.Get(t.Context(), b, k, o)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Body.Close()
	data, err := io.ReadAll(io.Reader(again.Body))
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != w.String() {
		t.Error("Read and WriteTo yield different bytes")
	}
	return data
}

// checkHeaders compares what a version says with the headers MinIO answered HEAD with.
func checkHeaders(t *testing.T, info objectlayer.ObjectInfo, want fixture.Object) {
	t.Helper()
	got := map[string]string{
		"content-length": fmt.Sprint(info.Size),
		"content-type":   info.ContentType,
		"etag":           `"` + string(info.ETag) + `"`,
		"last-modified":  info.ModTime.UTC().Format(http.TimeFormat),
	}
	for k, v := range info.Headers {
		got[k] = v
	}
	for k, v := range info.UserMeta {
		got[strings.ToLower(k)] = v
	}
	for _, c := range info.Checksums {
		got["x-amz-checksum-"+strings.ToLower(c.Algorithm)] = c.Value
		got["x-amz-checksum-type"] = "FULL_OBJECT"
		if c.Composite {
			got["x-amz-checksum-type"] = "COMPOSITE"
		}
	}
	if info.StorageClass != "STANDARD" {
		got["x-amz-storage-class"] = info.StorageClass
	}
	if info.Retention.Mode != "" {
		got["x-amz-object-lock-mode"] = info.Retention.Mode
		got["x-amz-object-lock-retain-until-date"] = info.Retention.Until.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	if info.Compression != "" {
		got["x-minio-compressed"] = info.Compression
	}
	if info.LegalHold != "" {
		got["x-amz-object-lock-legal-hold"] = info.LegalHold
	}
	wanted := make(map[string]string)
	for k, v := range want.Headers {
		switch {
		case k == "x-amz-version-id":
			if string(info.Version) != v {
				t.Errorf("got version %s, want %s", info.Version, v)
			}
		case k == "x-amz-tagging-count", k == "x-amz-mp-parts-count", strings.HasPrefix(k, "x-amz-server-side-encryption"):
		default:
			wanted[k] = v
		}
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("headers (-MinIO +ours):\n%s", diff)
	}
}

// checkListings compares the keys of every bucket with MinIO's listing, which misses what lies below another object.
func checkListings(t *testing.T, s *store.Store, m *fixture.Manifest) {
	for _, b := range m.Buckets {
		seen := make(map[string]bool)
		for after := ""; ; {
			page, err := s.List(t.Context(), objectlayer.Bucket(b.Name), objectlayer.ListOptions{After: after, Max: 7})
			if err != nil {
				t.Fatalf("list %s: %v", b.Name, err)
			}
			for _, o := range page.Objects {
				seen[string(o.Key)] = true
			}
			if !page.Truncated {
				break
			}
			after = page.Next
		}
		for _, k := range b.ListV2Keys {
			if !seen[k] {
				t.Errorf("bucket %s: %q is not listed", b.Name, k)
			}
			delete(seen, k)
		}
		for k := range seen {
			if !strings.HasPrefix(k, "nest/") {
				t.Errorf("bucket %s: %q is listed, MinIO does not list it", b.Name, k)
			}
		}
	}
}
