package objectlayertest

import (
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// later is a time at which retention still holds; stores keep milliseconds.
func (r *rig) later() time.Time { return time.Now().UTC().Add(24 * time.Hour).Truncate(time.Second) }

func (r *rig) earlier() time.Time {
	return time.Now().UTC().Add(-24 * time.Hour).Truncate(time.Second)
}

func (r *rig) amend(k objectlayer.Key, id objectlayer.VersionID, a objectlayer.Amendment) objectlayer.ObjectInfo {
	r.Helper()
	info, err := r.Amend(r.ctx, bucketName, k, id, a)
	r.ok(err)
	return info
}

var amendTests = []test{
	{"tags", func(r *rig) {
		r.plain()
		v := r.putWith("k", noise(300_000, 1), objectlayer.PutOptions{UserMeta: map[string]string{"X-Amz-Meta-A": "1"}})
		tags := "k1=v1&k2=a+b"
		r.amend("k", "", objectlayer.Amendment{Tags: &tags})
		got := r.holds("k", "", noise(300_000, 1))
		if got.Tags != tags || got.ETag != v.ETag || !got.ModTime.Equal(v.ModTime) || got.UserMeta["X-Amz-Meta-A"] != "1" {
			r.Errorf("got %+v", got)
		}
		none := ""
		r.amend("k", "", objectlayer.Amendment{Tags: &none})
		if got := r.holds("k", "", noise(300_000, 1)); got.Tags != "" {
			r.Errorf("got tags %q, want none", got.Tags)
		}
	}},
	{"one version", func(r *rig) {
		r.versioned()
		v1, v2 := r.put("k", []byte("1")), r.put("k", []byte("2"))
		tags := "a=b"
		r.amend("k", v1.Version, objectlayer.Amendment{Tags: &tags})
		if got := r.holds("k", v1.Version, []byte("1")); got.Tags != tags {
			r.Errorf("got %+v", got)
		}
		if got := r.holds("k", v2.Version, []byte("2")); got.Tags != "" || !got.Latest {
			r.Errorf("got %+v", got)
		}
		r.sees(entry{"k", v2.Version, false, true}, entry{"k", v1.Version, false, false})
	}},
	{"absent", func(r *rig) {
		r.versioned()
		tags := "a=b"
		_, err := r.Amend(r.ctx, bucketName, "absent", "", objectlayer.Amendment{Tags: &tags})
		r.kind(err, objectlayer.KindNoObject)
		r.put("k", nil)
		_, err = r.Amend(r.ctx, bucketName, "k", "af46a7d4-3802-43bc-b4fb-5072785e2aa8", objectlayer.Amendment{Tags: &tags})
		r.kind(err, objectlayer.KindNoVersion)
		d := r.delete("k", "")
		_, err = r.Amend(r.ctx, bucketName, "k", d.MarkerVersion, objectlayer.Amendment{Tags: &tags})
		r.kind(err, objectlayer.KindDeleteMarker)
	}},
	{"retention", func(r *rig) {
		r.locked()
		soon, late := r.later(), r.later().Add(48*time.Hour)
		v := r.put("k", nil)
		set := func(mode string, until time.Time, bypass bool, want objectlayer.Kind) {
			r.Helper()
			_, err := r.Amend(r.ctx, bucketName, "k", v.Version, objectlayer.Amendment{Retention: &objectlayer.Retention{Mode: mode, Until: until}, BypassGovernance: bypass})
			if want == stands {
				r.ok(err)
				got := r.holds("k", "", nil).Retention
				if got.Mode != mode || mode != "" && !got.Until.Equal(until) {
					r.Errorf("got %+v, want %s until %v", got, mode, until)
				}
				return
			}
			r.kind(err, want)
		}
		set("GOVERNANCE", late, false, stands)
		set("GOVERNANCE", soon, false, objectlayer.KindHeld)
		set("", time.Time{}, false, objectlayer.KindHeld)
		set("GOVERNANCE", soon, true, stands)
		set("", time.Time{}, true, stands)
		set("COMPLIANCE", soon, false, stands)
		set("COMPLIANCE", late, false, stands)
		set("COMPLIANCE", soon, true, objectlayer.KindHeld)
		set("GOVERNANCE", late, true, objectlayer.KindHeld)
		set("", time.Time{}, true, objectlayer.KindHeld)
	}},
	{"legal hold", func(r *rig) {
		r.locked()
		v := r.put("k", nil)
		on, off := "ON", "OFF"
		r.amend("k", "", objectlayer.Amendment{LegalHold: &on})
		if got := r.holds("k", "", nil); got.LegalHold != "ON" {
			r.Errorf("got %q, want ON", got.LegalHold)
		}
		d := r.tryDelete(objectlayer.DeleteTarget{Key: "k", Version: v.Version}, objectlayer.DeleteOptions{BypassGovernance: true})
		r.kind(d.Err, objectlayer.KindHeld)
		r.amend("k", "", objectlayer.Amendment{LegalHold: &off})
		r.delete("k", v.Version)
	}},
}
