package objectlayertest

import (
	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// entry is what a listing of versions says about one of them.
type entry struct {
	Key     objectlayer.Key
	Version objectlayer.VersionID
	Marker  bool
	Latest  bool
}

// history returns all versions of the bucket.
func (r *rig) history() []entry {
	r.Helper()
	var all []entry
	for _, o := range r.list(objectlayer.ListOptions{Versions: true}).Objects {
		all = append(all, entry{o.Key, o.Version, o.DeleteMarker, o.Latest})
	}
	return all
}

func (r *rig) sees(want ...entry) {
	r.Helper()
	if diff := cmp.Diff(want, r.history()); diff != "" {
		r.Errorf("versions (-want +got):\n%s", diff)
	}
}

var versionTests = []test{
	{"enabled", func(r *rig) {
		r.versioned()
		v1 := r.put("k", []byte("one"))
		v2 := r.put("k", []byte("two"))
		if v1.Version == "" || v1.Version == objectlayer.NullVersion || v1.Version == v2.Version {
			r.Fatalf("got versions %q and %q", v1.Version, v2.Version)
		}
		r.sees(entry{"k", v2.Version, false, true}, entry{"k", v1.Version, false, false})
		if got := r.holds("k", "", []byte("two")); !got.Latest || got.Version != v2.Version {
			r.Errorf("got %+v", got)
		}
		if got := r.holds("k", v1.Version, []byte("one")); got.Latest || got.Version != v1.Version || !got.ModTime.Before(v2.ModTime) {
			r.Errorf("got %+v", got)
		}
	}},
	{"delete marker", func(r *rig) {
		r.versioned()
		v := r.put("k", []byte("one"))
		d := r.delete("k", "")
		if !d.DeleteMarker || d.MarkerVersion == "" || d.MarkerVersion == v.Version || d.Version != "" || d.Key != "k" {
			r.Fatalf("got %+v", d)
		}
		_, _, err := r.tryGet("k", objectlayer.GetOptions{})
		if e := r.kind(err, objectlayer.KindDeleteMarker); e.Version != d.MarkerVersion {
			r.Errorf("the error names version %q, want the marker's %q", e.Version, d.MarkerVersion)
		}
		_, err = r.Stat(r.ctx, bucketName, "k", objectlayer.GetOptions{Version: d.MarkerVersion})
		if e := r.kind(err, objectlayer.KindDeleteMarker); e.Version != d.MarkerVersion {
			r.Errorf("the error names version %q, want the marker's %q", e.Version, d.MarkerVersion)
		}
		r.holds("k", v.Version, []byte("one"))
		if page := r.list(objectlayer.ListOptions{}); len(page.Objects) != 0 {
			r.Errorf("a deleted key is listed: %v", page.Objects)
		}
		r.sees(entry{"k", d.MarkerVersion, true, true}, entry{"k", v.Version, false, false})

		again := r.delete("k", d.MarkerVersion)
		if !again.DeleteMarker || again.MarkerVersion != d.MarkerVersion || again.Version != d.MarkerVersion {
			r.Errorf("deleting the marker: got %+v", again)
		}
		r.holds("k", "", []byte("one"))
	}},
	{"deleting what is not there makes no marker", func(r *rig) {
		r.versioned()
		r.delete("k", "")
		r.sees()
	}},
	{"delete one version", func(r *rig) {
		r.versioned()
		v1, v2, v3 := r.put("k", noise(2<<20, 1)), r.put("k", []byte("two")), r.put("k", noise(2<<20, 3))
		r.delete("k", v2.Version)
		r.sees(entry{"k", v3.Version, false, true}, entry{"k", v1.Version, false, false})
		r.delete("k", v3.Version)
		r.holds("k", "", noise(2<<20, 1))
		r.delete("k", v2.Version) // again
		r.delete("k", v1.Version)
		r.absent("k")
		r.sees()
	}},
	{"suspended", func(r *rig) {
		r.versioned()
		v1 := r.put("k", []byte("one"))
		r.setVersioning(versioningOff)
		n := r.put("k", []byte("null"))
		if n.Version != objectlayer.NullVersion {
			r.Errorf("got version %q, want null", n.Version)
		}
		r.put("k", []byte("null again"))
		r.sees(entry{"k", "null", false, true}, entry{"k", v1.Version, false, false})
		r.holds("k", "null", []byte("null again"))
		r.holds("k", v1.Version, []byte("one"))

		d := r.delete("k", "")
		if !d.DeleteMarker || d.MarkerVersion != objectlayer.NullVersion {
			r.Errorf("got %+v, want a null delete marker", d)
		}
		r.sees(entry{"k", "null", true, true}, entry{"k", v1.Version, false, false})
		r.put("k", []byte("null once more"))
		r.sees(entry{"k", "null", false, true}, entry{"k", v1.Version, false, false})
	}},
	{"null version from before", func(r *rig) {
		r.plain()
		r.put("k", []byte("old"))
		r.setVersioning(versioningOn)
		v := r.put("k", []byte("new"))
		r.sees(entry{"k", v.Version, false, true}, entry{"k", "null", false, false})
		r.holds("k", "null", []byte("old"))
		r.setVersioning(versioningOff)
		r.put("k", []byte("newest"))
		r.sees(entry{"k", "null", false, true}, entry{"k", v.Version, false, false})
		r.delete("k", "null")
		r.holds("k", "", []byte("new"))
	}},
	{"many versions", func(r *rig) {
		r.versioned()
		var want []entry
		for i := range 25 {
			v := r.put("k", noise(i*10_000, uint64(i)))
			want = append([]entry{{"k", v.Version, false, i == 24}}, want...)
		}
		r.sees(want...)
		for i, e := range want {
			n := 24 - i
			r.holds("k", e.Version, noise(n*10_000, uint64(n)))
		}
	}},
	{"versions of keys that are parents", func(r *rig) {
		r.versioned()
		a, b := r.put("a", []byte("parent")), r.put("a/b", []byte("child"))
		r.sees(entry{"a", a.Version, false, true}, entry{"a/b", b.Version, false, true})
		r.delete("a", a.Version)
		r.holds("a/b", "", []byte("child"))
		r.delete("a/b", b.Version)
		r.sees()
	}},
}
