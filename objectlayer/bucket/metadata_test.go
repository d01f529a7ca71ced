package bucket_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

var (
	created = time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	changed = time.Date(2026, 2, 3, 4, 5, 6, 789, time.UTC)
)

// kinds are all settings.
func kinds() []objectlayer.SettingKind {
	var all []objectlayer.SettingKind
	for k := objectlayer.SettingPolicy; k <= objectlayer.SettingTargets; k++ {
		all = append(all, k)
	}
	return all
}

// documents returns every bucket document of the fixtures, by fixture and bucket.
func documents(tb testing.TB) map[string][]byte {
	tb.Helper()
	all := make(map[string][]byte)
	for _, name := range fixture.Names() {
		for object, system := range fixture.Load(tb, name).SystemObjects {
			if b, found := strings.CutSuffix(object, "/.metadata.bin"); found {
				all[name+"/"+strings.TrimPrefix(b, "buckets/")] = system.Content
			}
		}
	}
	if len(all) < 20 {
		tb.Fatalf("the fixtures have only %d buckets", len(all))
	}
	return all
}

// TestFixtures reads what MinIO wrote, and writes the same bytes.
func TestFixtures(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		m, err := bucket.Decode(doc)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := m.Append(nil); !bytes.Equal(got, doc) {
			t.Errorf("%s: got\n%q, want\n%q", name, got, doc)
		}
		if name[strings.IndexByte(name, '/')+1:] != m.Name {
			t.Errorf("%s: is named %s", name, m.Name)
		}
		if _, err := m.Rules(); err != nil {
			t.Errorf("%s: rules: %v", name, err)
		}
		if untouched := bucket.New(m.Name, m.Created).Append(nil); len(untouched) == len(doc) && !bytes.Equal(untouched, doc) {
			t.Errorf("%s: a new bucket is\n%q, MinIO's\n%q", name, untouched, doc)
		}
	}
}

// TestFixtureRules compares the rules of buckets with what MinIO says of them.
func TestFixtureRules(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	for _, name := range fixture.Names() {
		for _, b := range fixture.Load(t, name).Buckets {
			m, err := bucket.Decode(docs[name+"/"+b.Name])
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Rules()
			if err != nil {
				t.Fatal(err)
			}
			want := bucket.Rules{Quota: uint64(b.Config.Quota.Quota)}
			if lock := b.Config.ObjectLock.ObjectLockConfiguration; lock.ObjectLockEnabled != "" {
				want.ObjectLock = true
				if lock.Rule != nil {
					want.Retention = bucket.DefaultRetention{Mode: lock.Rule.DefaultRetention.Mode, Days: lock.Rule.DefaultRetention.Days}
				}
			}
			for _, rule := range b.Config.Encryption.ServerSideEncryptionConfiguration.Rules {
				want.Encryption.KeyID = rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID
				want.Encryption.Scheme = map[string]objectlayer.EncryptionScheme{
					"AES256": objectlayer.EncryptS3, "aws:kms": objectlayer.EncryptKMS,
				}[rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm]
			}
			if status := got.Versioning.Status; status != b.Config.Versioning.Status {
				t.Errorf("%s/%s: versioning %q, want %q", name, b.Name, status, b.Config.Versioning.Status)
			}
			got.Versioning, want.Versioning = bucket.Versioning{}, bucket.Versioning{}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s/%s (-want +got):\n%s", name, b.Name, diff)
			}
		}
	}
}

func TestDecodesWhatIsNew(t *testing.T) {
	t.Parallel()
	m, err := bucket.Decode(bucket.New("photos", created).Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "photos" || !m.Created.Equal(created) || m.LockEnabled {
		t.Errorf("got %q made %v, locked %v", m.Name, m.Created, m.LockEnabled)
	}
	for _, k := range kinds() {
		if m.Doc(k) != nil || !m.Updated(k).IsZero() {
			t.Errorf("setting %d: %q of %v", k, m.Doc(k), m.Updated(k))
		}
	}
	if rules, err := m.Rules(); err != nil || !cmp.Equal(rules, bucket.Rules{}) {
		t.Errorf("rules of a new bucket: %+v %v", rules, err)
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	first := bucket.New("photos", created)
	m := first
	for _, k := range kinds() {
		m = m.With(k, []byte{'a' + byte(k)}, changed.Add(time.Duration(k)))
	}
	m, err := bucket.Decode(m.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds() {
		if got := m.Doc(k); string(got) != string('a'+rune(k)) {
			t.Errorf("setting %d is %q", k, got)
		}
		if want := changed.Add(time.Duration(k)); !m.Updated(k).Equal(want) {
			t.Errorf("setting %d changed %v, want %v", k, m.Updated(k), want)
		}
		if first.Doc(k) != nil || !first.Updated(k).IsZero() {
			t.Errorf("setting %d of the original was changed", k)
		}
	}
	one := first.With(objectlayer.SettingTagging, []byte("x"), changed)
	for _, k := range kinds() {
		want := created // as MinIO does with times that were never set
		if k == objectlayer.SettingTagging {
			want = changed
		}
		if !one.Updated(k).Equal(want) {
			t.Errorf("setting %d changed %v, want %v", k, one.Updated(k), want)
		}
	}
	if gone := one.With(objectlayer.SettingTagging, nil, changed); gone.Doc(objectlayer.SettingTagging) != nil {
		t.Errorf("a removed document is %q", gone.Doc(objectlayer.SettingTagging))
	}
}

// TestDecodeOtherWriters has the map in another order, with keys of another release, and without most of ours.
func TestDecodeOtherWriters(t *testing.T) {
	t.Parallel()
	b := []byte{1, 0, 1, 0}
	b = msgp.AppendMapHeader(b, 4)
	b = msgp.AppendBytes(msgp.AppendString(b, "QuotaConfigJSON"), []byte(`{"quota":7}`))
	b = msgp.AppendString(b, "Future")
	b = msgp.AppendMapStrStr(b, map[string]string{"a": "b"})
	b = msgp.AppendBool(msgp.AppendString(b, "LockEnabled"), true)
	b = msgp.AppendString(msgp.AppendString(b, "Name"), "photos")
	m, err := bucket.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := m.Rules()
	if want := (bucket.Rules{Quota: 7, ObjectLock: true, Versioning: bucket.Versioning{Status: "Enabled"}}); err != nil || !cmp.Equal(rules, want) {
		t.Errorf("got %+v %v, want %+v", rules, err, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	good := bucket.New("photos", created).With(objectlayer.SettingPolicy, []byte("{}"), changed).Append(nil)
	head := []byte{1, 0, 1, 0}
	cases := map[string][]byte{
		"nothing":           nil,
		"a head only":       head,
		"another format":    append([]byte{2, 0, 1, 0}, good[4:]...),
		"another version":   append([]byte{1, 0, 2, 0}, good[4:]...),
		"big endian":        append([]byte{0, 1, 0, 1}, good[4:]...),
		"bytes behind":      append(slices.Clone(good), 0),
		"no map":            append(slices.Clone(head), 0x91, 0x01),
		"a huge map":        append(slices.Clone(head), 0xdf, 0xff, 0xff, 0xff, 0xff),
		"a huge document":   append(slices.Clone(head), append(append([]byte{0x81, 0xb0}, "PolicyConfigJSON"...), 0xc6, 0xff, 0xff, 0xff, 0xff)...),
		"a number for name": append(slices.Clone(head), append(append([]byte{0x81, 0xa4}, "Name"...), 0x07)...),
		"a text for a time": append(slices.Clone(head), append(append([]byte{0x81, 0xa7}, "Created"...), 0xa1, 'x')...),
		"nested for ever":   append(slices.Clone(head), append([]byte{0x81, 0xa1, 'x'}, bytes.Repeat([]byte{0x91}, 1<<20)...)...),
		"too large":         binary.LittleEndian.AppendUint32(nil, 1<<16|1),
	}
	cases["too large"] = append(cases["too large"], make([]byte, bucket.MaxSize)...)
	for n := range len(good) {
		cases[fmt.Sprintf("cut off at %d", n)] = good[:n]
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		if m, err := bucket.Decode(cases[name]); !errors.Is(err, bucket.ErrCorrupt) {
			t.Errorf("%s: got %+v %v", name, m, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, doc := range documents(f) {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, err := bucket.Decode(doc)
		if err != nil {
			if !errors.Is(err, bucket.ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := bucket.Decode(m.Append(nil))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if !bytes.Equal(again.Append(nil), m.Append(nil)) {
			t.Errorf("%q is written as\n%q, and that as\n%q", doc, m.Append(nil), again.Append(nil))
		}
		_, _ = m.Rules() // must not panic
	})
}
