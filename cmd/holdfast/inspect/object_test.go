package inspect_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// TestObjectsOfFixtures compares every version with what an independent decoder read.
func TestObjectsOfFixtures(t *testing.T) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := fixture.Load(t, name)
			args := drives(t, name, fixture.Unpack(t, name))
			reports := make(map[[2]string]inspect.ObjectReport)
			for _, o := range m.Objects {
				at := [2]string{o.Bucket, o.Key}
				r, ok := reports[at]
				if !ok {
					var err error
					if r, err = inspect.Object(t.Context(), args, o.Bucket, o.Key, inspect.Options{SetDrives: setDrives(name)}); err != nil {
						t.Fatal(err)
					}
					reports[at] = r
				}
				compareVersion(t, o, r)
			}
		})
	}
}

func compareVersion(t *testing.T, o fixture.Object, r inspect.ObjectReport) {
	t.Helper()
	if len(r.Records) != 1 || r.Records[0].Set != o.OnDisk.Set || r.State() != inspect.Sound {
		t.Errorf("%s/%s: got %+v, want one sound record in set %d", o.Bucket, o.Key, r, o.OnDisk.Set)
		return
	}
	for _, v := range r.Records[0].Versions {
		if v.ID != o.VersionID || v.Time.UnixNano() != o.OnDisk.ModTime {
			continue
		}
		if v.State != inspect.Sound || v.Signature != o.OnDisk.HeaderSignature || v.Latest != o.IsLatest && !o.NotListed {
			t.Errorf("%s/%s %s: got %s, signature %s, latest %v, want sound, %s, %v",
				o.Bucket, o.Key, v.ID, v.State, v.Signature, v.Latest, o.OnDisk.HeaderSignature, o.IsLatest)
		}
		if o.DeleteMarker {
			return
		}
		if v.Data != o.OnDisk.DataBlocks || v.Parity != o.OnDisk.ParityBlocks || v.Stored != o.OnDisk.StoredSize || v.DataDir != o.OnDisk.DataDir {
			t.Errorf("%s/%s %s: got %+v, want %+v", o.Bucket, o.Key, v.ID, v, o.OnDisk)
		}
		if (v.Place == inspect.Inline) != o.OnDisk.Inline || v.Spare != v.Parity || len(v.Parts) != len(o.OnDisk.PartNumbers) {
			t.Errorf("%s/%s %s: got %s with %d spare and %d parts, want %+v", o.Bucket, o.Key, v.ID, v.Place, v.Spare, len(v.Parts), o.OnDisk)
		}
		for i, c := range v.Copies {
			if c.Shard != o.OnDisk.Distribution[i] {
				t.Errorf("%s/%s %s: got shard %d in slot %d, want %v", o.Bucket, o.Key, v.ID, c.Shard, i, o.OnDisk.Distribution)
			}
		}
		return
	}
	t.Errorf("%s/%s: version %s is missing", o.Bucket, o.Key, o.VersionID)
}

func TestObjectHidesKeys(t *testing.T) {
	t.Parallel()
	args := drives(t, fixture.SingleDrive, fixture.Unpack(t, fixture.SingleDrive))
	r, err := inspect.Object(t.Context(), args, "enc", "sses3/small", inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := r.Records[0].Versions[0].Meta.System
	want := map[string]string{
		xlmeta.KeySealIV: "(44 bytes)", xlmeta.KeySealedS3: "(88 bytes)", xlmeta.KeyKMSSealedKey: "(104 bytes)",
		xlmeta.KeySealAlgorithm: "DAREv2-HMAC-SHA256", xlmeta.KeyKMSKeyID: "fixture-kms-key", xlmeta.KeyInlineData: "true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("internal metadata (-want +got):\n%s", diff)
	}
}

func TestObjectInTier(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, inline)
	for _, d := range []string{"d1", "d2", "d3", "d4"} {
		edit(t, filepath.Join(dir, d, inline, "xl.meta"), func(j *xlmeta.Journal) {
			v, _ := j.Latest()
			o, err := v.Object()
			if err != nil {
				t.Fatal(err)
			}
			delete(o.MetaSys, xlmeta.KeyInlineData)
			o.MetaSys[xlmeta.KeyTransitionStatus] = []byte(xlmeta.TransitionComplete)
			o.MetaSys[xlmeta.KeyTransitionTier] = []byte("WARM")
			if err := j.Put(o, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	r, err := inspect.Object(t.Context(), drives(t, fixture.FourDrives, dir), "plain", "inline-1b", inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Records[0].Versions[0]; v.Place != inspect.InTier || v.State != inspect.Sound {
		t.Errorf("got a %s version in %q, want a sound one in a tier", v.State, v.Place)
	}
}

func TestObjectOfAnotherSetSize(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, inline)
	for i, d := range []string{"d1", "d2", "d3", "d4"} {
		edit(t, filepath.Join(dir, d, inline, "xl.meta"), func(j *xlmeta.Journal) {
			v, _ := j.Latest()
			o, err := v.Object()
			if err != nil {
				t.Fatal(err)
			}
			shard, _ := j.Inline(v.ID)
			o.Parity, o.Dist, o.Index = 1, []uint8{1, 2, 3}, i%3+1
			if err := j.Put(o, shard); err != nil {
				t.Fatal(err)
			}
		})
	}
	r, err := inspect.Object(t.Context(), drives(t, fixture.FourDrives, dir), "plain", "inline-1b", inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := r.Records[0].Versions[0]
	if v.State != inspect.Unreadable || !strings.Contains(v.Why, "coded for 3 drives") || r.State() != inspect.Unreadable {
		t.Errorf("got %s: %s, want it unreadable because it is coded for 3 drives", v.State, v.Why)
	}
}

// TestTwoPools: the same key in two pools of a deployment is two records.
func TestTwoPools(t *testing.T) {
	t.Parallel()
	a, b := sample(t, fixture.FourDrives, inline), sample(t, fixture.FourDrives, inline)
	relabel := strings.NewReplacer( // the drives of the second pool are others
		"ba6e6dc0-", "ba6e6dc1-", "caf262f9-", "caf262f1-", "2e6710b0-", "2e6710b1-", "c08ce22f-", "c08ce221-")
	for _, d := range []string{"d1", "d2", "d3", "d4"} {
		path := filepath.Join(b, d, labelFile)
		write(t, path, []byte(relabel.Replace(string(read(t, path)))))
	}
	flip(t, filepath.Join(b, "d4", inline, "xl.meta"), -1)
	args := []string{filepath.Join(a, "d{1...4}"), filepath.Join(b, "d{1...4}")}
	r, err := inspect.Object(t.Context(), args, "plain", "inline-1b", inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Records) != 2 || r.Records[0].Pool != 0 || r.Records[1].Pool != 1 || r.Survey.Start != inspect.StartWhole {
		t.Fatalf("got %+v, want a record in each of two pools", r)
	}
	if got := r.Records[1].Versions[0].State; got != inspect.Degraded || r.State() != inspect.Degraded {
		t.Errorf("second pool: got %s, want %s", got, inspect.Degraded)
	}
	report, err := inspect.Verify(t.Context(), args, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"degraded version plain/inline-1b null degraded, spare 1: d4 corrupt-shard"}
	if diff := cmp.Diff(want, lines(b, report.Findings)); diff != "" || report.Findings[0].Pool != 1 || report.Summary.Buckets != 1 {
		t.Errorf("got %+v, findings (-want +got):\n%s", report.Summary, diff)
	}
}

// TestSystemHidesSecrets: nothing that opens anything is shown, and everything else is.
func TestSystemHidesSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := fixture.Load(t, name)
			o := inspect.Options{SetDrives: setDrives(name)}
			if m.KMS != nil {
				kms, err := crypt.NewStaticKMS(m.KMS.KeyID, crypt.Key(m.KMS.Key))
				if err != nil {
					t.Fatal(err)
				}
				o.KMS = kms
			}
			seen := make(map[string]bool)
			_, err := inspect.System(t.Context(), drives(t, name, fixture.Unpack(t, name)), o, func(d inspect.Document) error {
				seen[d.Name] = true
				if d.Error != "" || d.State != inspect.Sound || d.Content == nil && d.Text == "" {
					t.Errorf("%s: got %s, error %q, want its content", d.Name, d.State, d.Error)
				}
				if d.Sealed != m.SystemObjects[d.Name].Sealed {
					t.Errorf("%s: got sealed %v, want %v", d.Name, d.Sealed, m.SystemObjects[d.Name].Sealed)
				}
				for _, secret := range secrets(m) {
					if strings.Contains(string(d.Content)+d.Text, secret) {
						t.Errorf("%s shows %q", d.Name, secret)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for doc := range m.SystemObjects {
				if strings.HasPrefix(doc, "config/") && !seen[doc] {
					t.Errorf("%s was not shown", doc)
				}
			}
			if !seen["pool.bin"] {
				t.Error("pool.bin was not shown")
			}
		})
	}
}

func secrets(m *fixture.Manifest) []string {
	list := []string{m.Credentials.RootPassword}
	for _, u := range m.IAM.Users {
		list = append(list, u.Secret)
	}
	for _, a := range m.IAM.ServiceAccounts {
		list = append(list, a.Secret)
	}
	for _, s := range m.IAM.STS {
		list = append(list, s.Secret, s.SessionToken)
	}
	return list
}

func TestSystemWithoutKey(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.TwoSets, ".minio.sys/config/iam/users")
	shown := 0
	_, err := inspect.System(t.Context(), drives(t, fixture.TwoSets, dir), inspect.Options{SetDrives: 4}, func(d inspect.Document) error {
		shown++
		if d.Error == "" || d.Content != nil || !d.Sealed {
			t.Errorf("%s: got %+v, want it sealed", d.Name, d)
		}
		return nil
	})
	if err != nil || shown == 0 {
		t.Errorf("got %d documents, error %v, want some", shown, err)
	}
}

// TestSystemReadsWhatIsLeft: documents are put together from whatever shards are sound.
func TestSystemReadsWhatIsLeft(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, ".minio.sys/config")
	remove(t, filepath.Join(dir, "d1/.minio.sys/config"))
	flip(t, filepath.Join(dir, "d2/.minio.sys/config/config.json/xl.meta"), -5)
	found := false
	_, err := inspect.System(t.Context(), drives(t, fixture.FourDrives, dir), inspect.Options{}, func(d inspect.Document) error {
		found = found || d.Name == "config/config.json"
		if d.State != inspect.Degraded || len(d.Content) == 0 && d.Text == "" {
			t.Errorf("%s: got %s, error %q, want it degraded and shown", d.Name, d.State, d.Error)
		}
		return nil
	})
	if err != nil || !found {
		t.Errorf("got config.json %v, error %v, want it shown", found, err)
	}
}
