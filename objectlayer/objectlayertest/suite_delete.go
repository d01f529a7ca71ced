package objectlayertest

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
)

var deleteTests = []test{
	{"plain", func(r *rig) {
		r.plain()
		r.put("k", noise(2<<20, 1))
		if d := r.delete("k", ""); d.DeleteMarker || d.MarkerVersion != "" {
			r.Errorf("got %+v", d)
		}
		r.absent("k")
		r.delete("k", "")
		r.put("k", nil)
		r.delete("k", objectlayer.NullVersion)
		r.absent("k")
	}},
	{"many", func(r *rig) {
		r.plain()
		var targets []objectlayer.DeleteTarget
		for i := range 1000 {
			k := objectlayer.Key(fmt.Sprintf("d%d/k%03d", i%7, i))
			if i%5 == 0 {
				r.put(k, nil)
			}
			targets = append(targets, objectlayer.DeleteTarget{Key: k})
		}
		r.put("stays", nil)
		answers, err := r.Delete(r.ctx, bucketName, targets, objectlayer.DeleteOptions{})
		r.ok(err)
		if len(answers) != len(targets) {
			r.Fatalf("got %d answers for %d targets", len(answers), len(targets))
		}
		for i, d := range answers {
			if d.Key != targets[i].Key || d.Err != nil {
				r.Errorf("answer %d: got %+v, want key %q", i, d, targets[i].Key)
			}
		}
		r.lists("stays")
	}},
	{"each on its own", func(r *rig) {
		r.versioned()
		v := r.put("a", []byte("x"))
		r.put("b", []byte("x"))
		answers, err := r.Delete(r.ctx, bucketName, []objectlayer.DeleteTarget{
			{Key: "a", Version: v.Version}, {Key: "../evil"}, {Key: "b"}, {Key: "b", Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{"x"}}}, {Key: "absent"},
			{Key: "a", Version: "af46a7d4-3802-43bc-b4fb-5072785e2aa8"},
		}, objectlayer.DeleteOptions{})
		r.ok(err)
		if answers[0].Err != nil || answers[2].Err != nil || answers[4].Err != nil || answers[5].Err != nil {
			r.Errorf("got %+v", answers)
		}
		r.kind(answers[1].Err, objectlayer.KindKeyDots)
		if !answers[2].DeleteMarker || answers[4].DeleteMarker {
			r.Errorf("got %+v and %+v", answers[2], answers[4])
		}
		r.absent("a")
	}},
	{"by prefix", func(r *rig) {
		r.versioned()
		for _, k := range []objectlayer.Key{"p/a", "p/b/c", "p/", "p", "pq", "q/p/a"} {
			r.put(k, []byte("1"))
			r.put(k, []byte("2"))
		}
		r.delete("p/a", "")
		d := r.tryDelete(objectlayer.DeleteTarget{Key: "p/"}, objectlayer.DeleteOptions{Prefix: true})
		r.ok(d.Err)
		r.lists("p", "pq", "q/p/a")
		for _, e := range r.history() {
			if e.Key != "p" && e.Key != "pq" && e.Key != "q/p/a" {
				r.Errorf("%+v is left", e)
			}
		}
	}},
	{"under retention", func(r *rig) {
		r.locked()
		until := r.later()
		held := map[objectlayer.Key]objectlayer.PutOptions{
			"governed": {Retention: objectlayer.Retention{Mode: "GOVERNANCE", Until: until}},
			"complied": {Retention: objectlayer.Retention{Mode: "COMPLIANCE", Until: until}},
			"held":     {LegalHold: "ON"},
		}
		for k, o := range held {
			v := r.putWith(k, []byte("x"), o)
			d := r.tryDelete(objectlayer.DeleteTarget{Key: k, Version: v.Version}, objectlayer.DeleteOptions{})
			r.kind(d.Err, objectlayer.KindHeld)
			r.holds(k, "", []byte("x"))
			d = r.tryDelete(objectlayer.DeleteTarget{Key: k, Version: v.Version}, objectlayer.DeleteOptions{BypassGovernance: true})
			if k == "governed" {
				r.ok(d.Err)
			} else {
				r.kind(d.Err, objectlayer.KindHeld)
				r.holds(k, v.Version, []byte("x"))
			}
			r.delete(k, "") // a delete marker hides, it does not destroy
		}
		expired := r.putWith("expired", nil, objectlayer.PutOptions{Retention: objectlayer.Retention{Mode: "COMPLIANCE", Until: r.earlier()}})
		r.delete("expired", expired.Version)
		off := r.putWith("off", nil, objectlayer.PutOptions{LegalHold: "OFF"})
		r.delete("off", off.Version)
	}},
	{"default retention", func(r *rig) {
		r.locked()
		doc := `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>10</Days></DefaultRetention></Rule></ObjectLockConfiguration>`
		r.ok(r.SetSetting(r.ctx, bucketName, objectlayer.SettingObjectLock, []byte(doc)))
		v := r.put("k", nil)
		if v.Retention.Mode != "GOVERNANCE" || v.Retention.Until.Before(r.later()) {
			r.Errorf("got %+v", v.Retention)
		}
		d := r.tryDelete(objectlayer.DeleteTarget{Key: "k", Version: v.Version}, objectlayer.DeleteOptions{})
		r.kind(d.Err, objectlayer.KindHeld)
	}},
}

// lists demands that exactly these keys are listed.
func (r *rig) lists(want ...objectlayer.Key) {
	r.Helper()
	var got []objectlayer.Key
	for _, o := range r.list(objectlayer.ListOptions{}).Objects {
		got = append(got, o.Key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("keys (-want +got):\n%s", diff)
	}
}
