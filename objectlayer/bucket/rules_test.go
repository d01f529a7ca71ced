package bucket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
)

const (
	off       = objectlayer.VersioningOff
	suspended = objectlayer.VersioningSuspended
	enabled   = objectlayer.VersioningEnabled
)

// versioning makes a versioning document.
func versioning(content string) []byte {
	return []byte(`<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + content + `</VersioningConfiguration>`)
}

func TestVersioningStates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		doc  []byte
		want objectlayer.Versioning
	}{
		{"none", nil, off},
		{"empty", versioning(""), off},
		{"enabled", versioning("<Status>Enabled</Status>"), enabled},
		{"suspended", versioning("<Status>Suspended</Status>"), suspended},
		{"without namespace", []byte("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"), enabled},
		{"with MFA delete", versioning("<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>"), enabled},
		{"with a declaration", append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"), versioning("<Status>Enabled</Status>")...), enabled},
	} {
		v, err := bucket.ParseVersioning(tc.doc)
		if err != nil || v.State() != tc.want || v.Of("key") != tc.want {
			t.Errorf("%s: got %v %v %v, want %v", tc.name, v.State(), v.Of("key"), err, tc.want)
		}
		if v.Of("folder/") != off {
			t.Errorf("%s: a folder is %v", tc.name, v.Of("folder/"))
		}
	}
}

// TestExcludedKeys holds what a MinIO of 2026-02 answered to two writes and a delete of each key.
func TestExcludedKeys(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		patterns []string
		excluded []string
		kept     []string
	}{
		{[]string{"a/"}, []string{"a/b", "a/b/c"}, []string{"a", "ab/c", "x/a/b", "tmp"}},
		{[]string{"a/*"}, []string{"a/b", "a/b/c"}, []string{"a", "ab/c", "x/a/b", "tmp/x"}},
		{[]string{"a"}, []string{"a/b", "a", "ab/c", "a/b/c"}, []string{"x/a/b", "tmp", "tmp/x"}},
		{[]string{"*/a/"}, []string{"x/a/b"}, []string{"a/b", "a", "ab/c", "a/b/c", "tmp/x"}},
		{[]string{"a/*/c"}, []string{"a/b/c", "a//c", "a/x/c", "a/x/cc", "a/x/c/d", "a/x/y/c"}, []string{"a/b", "a", "ab/c", "x/a/b"}},
		{[]string{"*"}, []string{"a/b", "a", "tmpx"}, nil},
		{[]string{""}, []string{"a"}, nil},
		{[]string{"t?p"}, []string{"tmp", "tmpx", "tmp/x", "tüp", "t/p", "t€p"}, []string{"a/b", "a", "tp", "txxp", "xtp"}},
		{[]string{"?"}, []string{"abc"}, nil},
		{[]string{"t*?p"}, []string{"txp", "txxp"}, []string{"xp"}},
		{[]string{"a**b"}, []string{"ab", "axb"}, []string{"ba"}},
		{[]string{"a/", "tmp"}, []string{"a/b", "tmp/x"}, []string{"ab", "b"}},
	} {
		doc := "<Status>Enabled</Status>"
		for _, p := range tc.patterns {
			doc += "<ExcludedPrefixes><Prefix>" + p + "</Prefix></ExcludedPrefixes>"
		}
		v, err := bucket.ParseVersioning(versioning(doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range tc.excluded {
			if got := v.Of(objectlayer.Key(k)); got != off {
				t.Errorf("%q: key %q is %v, want %v", tc.patterns, k, got, off)
			}
		}
		for _, k := range tc.kept {
			if got := v.Of(objectlayer.Key(k)); got != enabled {
				t.Errorf("%q: key %q is %v, want %v", tc.patterns, k, got, enabled)
			}
		}
	}
}

func TestExcludeFolders(t *testing.T) {
	t.Parallel()
	v, err := bucket.ParseVersioning(versioning("<Status>Enabled</Status><ExcludeFolders>true</ExcludeFolders>"))
	if err != nil || !v.ExcludeFolders || v.Of("a/b") != enabled || v.Of("a/") != off {
		t.Errorf("got %+v %v", v, err)
	}
}

// lock makes an object lock document, with a default retention if there is one.
func lock(retention string) string {
	if retention != "" {
		retention = "<Rule><DefaultRetention>" + retention + "</DefaultRetention></Rule>"
	}
	return `<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled>` + retention + `</ObjectLockConfiguration>`
}

func TestLock(t *testing.T) {
	t.Parallel()
	now := time.Date(2028, 2, 29, 12, 0, 0, 0, time.FixedZone("", 3600))
	for _, tc := range []struct {
		doc    string
		locked bool
		want   bucket.DefaultRetention
		until  time.Time
	}{
		{doc: ""},
		{doc: bucket.DefaultLockDoc, locked: true},
		{doc: lock("<Mode>GOVERNANCE</Mode><Days>1</Days>"), locked: true, want: bucket.DefaultRetention{Mode: "GOVERNANCE", Days: 1},
			until: time.Date(2028, 3, 1, 11, 0, 0, 0, time.UTC)},
		{doc: lock("<Mode>COMPLIANCE</Mode><Years>1</Years>"), locked: true, want: bucket.DefaultRetention{Mode: "COMPLIANCE", Years: 1},
			until: time.Date(2029, 3, 1, 11, 0, 0, 0, time.UTC)},
		{doc: lock("<Mode>COMPLIANCE</Mode><Days>36500</Days>"), locked: true, want: bucket.DefaultRetention{Mode: "COMPLIANCE", Days: 36500},
			until: time.Date(2128, 2, 5, 11, 0, 0, 0, time.UTC)},
	} {
		locked, got, err := bucket.ParseLock([]byte(tc.doc))
		if err != nil || locked != tc.locked || !cmp.Equal(got, tc.want) {
			t.Errorf("%s: got %v %+v %v", tc.doc, locked, got, err)
		}
		if r, want := got.From(now), (objectlayer.Retention{Mode: tc.want.Mode, Until: tc.until}); r != want {
			t.Errorf("%s: a version of %v is kept %+v, want %+v", tc.doc, now, r, want)
		}
	}
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		apply string
		want  objectlayer.Encryption
	}{
		{"<SSEAlgorithm>AES256</SSEAlgorithm>", objectlayer.Encryption{Scheme: objectlayer.EncryptS3}},
		{"<SSEAlgorithm>aws:kms</SSEAlgorithm>", objectlayer.Encryption{Scheme: objectlayer.EncryptKMS}},
		{"<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>my-key</KMSMasterKeyID>", objectlayer.Encryption{Scheme: objectlayer.EncryptKMS, KeyID: "my-key"}},
		{"<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>arn:aws:kms:my-key</KMSMasterKeyID>", objectlayer.Encryption{Scheme: objectlayer.EncryptKMS, KeyID: "my-key"}},
	} {
		got, err := bucket.ParseEncryption(encryption(rule(tc.apply)))
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tc.apply, err, diff)
		}
	}
	if got, err := bucket.ParseEncryption(nil); err != nil || got.Scheme != objectlayer.EncryptNone {
		t.Errorf("no document: %+v %v", got, err)
	}
}

func rule(apply string) string {
	return "<Rule><ApplyServerSideEncryptionByDefault>" + apply + "</ApplyServerSideEncryptionByDefault></Rule>"
}

func encryption(rules string) []byte {
	return []byte("<ServerSideEncryptionConfiguration>" + rules + "</ServerSideEncryptionConfiguration>")
}

func TestQuota(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]uint64{
		"":                     0,
		"null":                 0,
		"{}":                   0,
		`{"quota":5}`:          5,
		`{"quota":5,"size":9}`: 9,
		`{"quota":9,"size":5}`: 9,
		`{"size":18446744073709551615,"rate":1,"requests":2,"quotatype":"hard"}`: 1<<64 - 1,
	} {
		m := bucket.New("photos", created).With(objectlayer.SettingQuota, []byte(doc), changed)
		if r, err := m.Rules(); err != nil || r.Quota != want {
			t.Errorf("%s: got %d %v, want %d", doc, r.Quota, err, want)
		}
	}
}

// TestRulesRefuse has documents that must not be taken for no rule.
func TestRulesRefuse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind objectlayer.SettingKind
		docs []string
	}{
		{objectlayer.SettingVersioning, []string{
			"x", "<", "<VersioningConfiguration>", "<Other><Status>Enabled</Status></Other>", lock(""),
			string(versioning("<Status>enabled</Status>")), string(versioning("<Status>Off</Status>")),
			string(versioning("<Status>Enabled</Status><ExcludeFolders>perhaps</ExcludeFolders>")),
			string(versioning("<Status>Enabled</Status>" + strings.Repeat("<ExcludedPrefixes><Prefix>a</Prefix></ExcludedPrefixes>", 11))),
			"<!DOCTYPE x [<!ENTITY e 'Enabled'>]><VersioningConfiguration><Status>&e;</Status></VersioningConfiguration>",
			strings.Repeat("<VersioningConfiguration>", 20000),
		}},
		{objectlayer.SettingObjectLock, []string{
			"x", "<ObjectLockConfiguration/>", string(versioning("<Status>Enabled</Status>")),
			"<ObjectLockConfiguration><ObjectLockEnabled>Disabled</ObjectLockEnabled></ObjectLockConfiguration>",
			lock("<Mode>GOVERNANCE</Mode>"), lock("<Days>3</Days>"), lock("<Mode>governance</Mode><Days>3</Days>"),
			lock("<Mode>GOVERNANCE</Mode><Days>3</Days><Years>2</Years>"), lock("<Mode>GOVERNANCE</Mode><Days>0</Days>"),
			lock("<Mode>GOVERNANCE</Mode><Days>-3</Days>"), lock("<Mode>GOVERNANCE</Mode><Days>36501</Days>"),
			lock("<Mode>GOVERNANCE</Mode><Years>101</Years>"), lock("<Mode>GOVERNANCE</Mode><Days>99999999999999999999</Days>"),
			"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/></ObjectLockConfiguration>",
		}},
		{objectlayer.SettingEncryption, []string{
			"x", string(encryption("")), string(encryption("<Rule/>")), string(encryption(rule("<SSEAlgorithm>ROT13</SSEAlgorithm>"))),
			string(encryption(rule("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>"))),
			string(encryption(strings.Repeat(rule("<SSEAlgorithm>AES256</SSEAlgorithm>"), 2))), "<Other>" + rule("<SSEAlgorithm>AES256</SSEAlgorithm>") + "</Other>",
		}},
		{objectlayer.SettingQuota, []string{"x", `{"quota":-1}`, `{"quota":1.5}`, `{"quota":"1"}`, `{"quota":1}{}`, `[]`}},
	} {
		for _, doc := range tc.docs {
			m := bucket.New("photos", created).With(tc.kind, []byte(doc), changed)
			if r, err := m.Rules(); err == nil || !strings.Contains(err.Error(), "photos") {
				t.Errorf("%.80s: got %+v %v", doc, r, err)
			}
		}
	}
}

// TestLockedBucketsHaveVersions whatever their versioning document says.
func TestLockedBucketsHaveVersions(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		"", string(versioning("<Status>Suspended</Status>")),
		string(versioning("<Status>Enabled</Status><ExcludedPrefixes><Prefix>tmp/</Prefix></ExcludedPrefixes>")),
	} {
		m := bucket.New("photos", created).
			With(objectlayer.SettingVersioning, []byte(doc), changed).
			With(objectlayer.SettingObjectLock, []byte(lock("<Mode>GOVERNANCE</Mode><Days>1</Days>")), changed)
		r, err := m.Rules()
		if err != nil || !r.ObjectLock || r.Versioning.Of("tmp/x") != enabled {
			t.Errorf("%s: got %+v %v", doc, r, err)
		}
		if got := r.DefaultRetention(created); got.Mode != "GOVERNANCE" || !got.Until.Equal(created.AddDate(0, 0, 1)) {
			t.Errorf("%s: retention %+v", doc, got)
		}
	}
}

func FuzzVersioning(f *testing.F) {
	f.Add(versioning("<Status>Enabled</Status><ExcludedPrefixes><Prefix>a/*/?x</Prefix></ExcludedPrefixes><ExcludeFolders>true</ExcludeFolders>"), "a/b/cx")
	f.Add([]byte(bucket.EnabledVersioningDoc), "a/")
	f.Fuzz(func(t *testing.T, doc []byte, key string) {
		v, err := bucket.ParseVersioning(doc)
		if err != nil {
			return
		}
		if of := v.Of(objectlayer.Key(key)); of != v.State() && of != off {
			t.Errorf("key %q is %v in a bucket that is %v", key, of, v.State())
		}
	})
}

func FuzzLock(f *testing.F) {
	f.Add([]byte(bucket.DefaultLockDoc))
	f.Add([]byte(lock("<Mode>GOVERNANCE</Mode><Days>36500</Days>")))
	f.Fuzz(func(t *testing.T, doc []byte) {
		locked, r, err := bucket.ParseLock(doc)
		if err != nil {
			return
		}
		if locked != (len(doc) > 0) {
			t.Errorf("locked %v", locked)
		}
		if until := r.From(created).Until; r.Mode != "" && (!until.After(created) || until.After(created.AddDate(101, 0, 0))) {
			t.Errorf("%+v lasts until %v", r, until)
		}
	})
}

func FuzzEncryption(f *testing.F) {
	f.Add(encryption(rule("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>my-key</KMSMasterKeyID>")))
	f.Fuzz(func(t *testing.T, doc []byte) {
		e, err := bucket.ParseEncryption(doc)
		if err == nil && len(doc) > 0 && e.Scheme != objectlayer.EncryptS3 && e.Scheme != objectlayer.EncryptKMS {
			t.Errorf("%q is taken for no encryption: %+v", doc, e)
		}
	})
}
