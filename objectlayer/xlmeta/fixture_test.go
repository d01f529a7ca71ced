package xlmeta_test

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// files reads all files of a fixture whose base name match accepts, by path.
func files(tb testing.TB, name string, match func(base string) bool) map[string][]byte {
	tb.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(fixture.Unpack(tb, name), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !match(entry.Name()) {
			return err
		}
		found[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(found) == 0 {
		tb.Fatalf("fixture %s has no such files", name)
	}
	return found
}

func isJournal(base string) bool { return base == "xl.meta" }

func isPartMeta(base string) bool {
	return strings.HasPrefix(base, "part.") && strings.HasSuffix(base, ".meta")
}

// perFixture runs a test on each fixture.
func perFixture(t *testing.T, test func(t *testing.T, name string)) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name)
		})
	}
}

func TestUnchangedJournalIsByteIdentical(t *testing.T) {
	perFixture(t, func(t *testing.T, name string) {
		for path, raw := range files(t, name, isJournal) {
			j, err := xlmeta.Decode(raw)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if !bytes.Equal(j.Append(nil), raw) {
				t.Errorf("%s: encodes differently", path)
			}
		}
	})
}

// Rewriting a version through its decoded form must give what MinIO wrote, but
// for the order of its maps: the same header with the same signature, and
// metadata of the same length.
func TestRewrittenVersionsKeepTheirHeaders(t *testing.T) {
	perFixture(t, func(t *testing.T, name string) {
		for path, raw := range files(t, name, isJournal) {
			j, err := xlmeta.Decode(raw)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			again := rebuild(t, j)
			if diff := cmp.Diff(headers(j), headers(again)); diff != "" {
				t.Errorf("%s: headers (-read +rewritten)\n%s", path, diff)
			}
			if got, want := len(again.Append(nil)), len(raw); got != want {
				t.Errorf("%s: got %d bytes, want %d", path, got, want)
			}
		}
	})
}

// rebuild puts all versions of j in an empty journal.
func rebuild(t *testing.T, j *xlmeta.Journal) *xlmeta.Journal {
	t.Helper()
	again := new(xlmeta.Journal)
	for _, v := range j.Versions() {
		var err error
		switch v.Type {
		case xlmeta.TypeObject:
			var o xlmeta.Object
			if o, err = v.Object(); err != nil {
				t.Fatal(err)
			}
			data, _ := j.Inline(v.ID)
			err = again.Put(o, data)
		case xlmeta.TypeDeleteMarker:
			var d xlmeta.DeleteMarker
			if d, err = v.DeleteMarker(); err != nil {
				t.Fatal(err)
			}
			err = again.PutMarker(d)
		default:
			t.Fatalf("version of %v", v.Type)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return again
}

func headers(j *xlmeta.Journal) []xlmeta.Header {
	var all []xlmeta.Header
	for _, v := range j.Versions() {
		all = append(all, v.Header)
	}
	return all
}

func TestManifestFactsOnDisk(t *testing.T) {
	perFixture(t, func(t *testing.T, name string) {
		m := fixture.Load(t, name)
		dir := fixture.Unpack(t, name)
		for _, want := range m.Objects {
			drives := m.Set(want.OnDisk.Set)
			for slot, drive := range drives {
				path := filepath.Join(dir, drive, want.Bucket, want.OnDisk.Dir, "xl.meta")
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				got, shard := onDisk(t, raw, want)
				got.Set, got.Dir = want.OnDisk.Set, want.OnDisk.Dir
				if diff := cmp.Diff(want.OnDisk, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s %s: (-manifest +read)\n%s", path, want.VersionID, diff)
				}
				if want.OnDisk.Type == 1 && shard != want.OnDisk.Distribution[slot] {
					t.Errorf("%s %s: got shard %d, want %d", path, want.VersionID, shard, want.OnDisk.Distribution[slot])
				}
			}
		}
	})
}

// onDisk gives the facts of one version in the words of a manifest, and the
// number of the shard on this drive.
func onDisk(t *testing.T, raw []byte, want fixture.Object) (facts fixture.OnDisk, shard int) {
	t.Helper()
	j, err := xlmeta.DecodeHeaders(raw)
	if err != nil {
		t.Fatal(err)
	}
	id, err := xlmeta.ParseVersionID(want.VersionID)
	if err != nil {
		t.Fatal(err)
	}
	v, ok := j.Find(id)
	if !ok {
		t.Fatalf("%s/%s: no version %s", want.Bucket, want.Key, want.VersionID)
	}
	if latest, _ := j.Latest(); want.IsLatest != (latest.ID == id) && !want.NotListed {
		t.Errorf("%s/%s: latest is %v", want.Bucket, want.Key, latest.ID)
	}
	facts = fixture.OnDisk{
		Type:            int(v.Type),
		Flags:           int(v.Flags),
		HeaderSignature: hex.EncodeToString(v.Signature[:]),
		ModTime:         v.ModTime,
		DataBlocks:      int(v.Data),
		ParityBlocks:    int(v.Parity),
	}
	if v.Type != xlmeta.TypeObject {
		return facts, 0
	}
	o, err := v.Object()
	if err != nil {
		t.Fatal(err)
	}
	facts.DataDir = o.DataDir.String()
	facts.Inline = o.Inline()
	facts.StoredSize = o.Size
	facts.MetaSysKeys = slices.Sorted(maps.Keys(o.MetaSys))
	facts.MetaUserKeys = slices.Sorted(maps.Keys(o.MetaUser))
	for _, s := range o.Dist {
		facts.Distribution = append(facts.Distribution, int(s))
	}
	indexed := false
	for _, p := range o.Parts {
		facts.PartNumbers = append(facts.PartNumbers, p.Number)
		facts.PartStoredSizes = append(facts.PartStoredSizes, p.Size)
		facts.PartActualSizes = append(facts.PartActualSizes, p.ActualSize)
		facts.PartIndexBytes = append(facts.PartIndexBytes, len(p.Index))
		indexed = indexed || len(p.Index) > 0
	}
	if !indexed {
		facts.PartIndexBytes = nil
	}
	return facts, o.Index
}

func TestMetadataSizeOfFixtures(t *testing.T) {
	t.Parallel()
	for path, raw := range files(t, fixture.FourDrives, isJournal) {
		size, ok := xlmeta.MetadataSize(raw[:13])
		if !ok || size > int64(len(raw)) {
			t.Fatalf("%s: got %d, %t of %d bytes", path, size, ok, len(raw))
		}
		whole, err := xlmeta.DecodeHeaders(raw)
		if err != nil {
			t.Fatal(err)
		}
		bare, err := xlmeta.DecodeHeaders(raw[:size])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(headers(whole), headers(bare)); diff != "" {
			t.Errorf("%s: headers (-whole +without inline data)\n%s", path, diff)
		}
	}
}

func TestPartMetaIsByteIdentical(t *testing.T) {
	perFixture(t, func(t *testing.T, name string) {
		for path, raw := range files(t, name, isPartMeta) {
			p, err := xlmeta.DecodePartMeta(raw)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if got := p.Append(nil); !bytes.Equal(got, raw) {
				t.Errorf("%s: got %x, want %x", path, got, raw)
			}
		}
	})
}
