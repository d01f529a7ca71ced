package inspect_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// setDrives is how the fixtures were started.
func setDrives(name string) int {
	if name == fixture.TwoSets {
		return 4
	}
	return 0
}

func TestFixturesAreSound(t *testing.T) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := fixture.Load(t, name)
			r, err := inspect.Verify(t.Context(), drives(t, name, fixture.Unpack(t, name)), inspect.Options{SetDrives: setDrives(name)})
			if err != nil {
				t.Fatal(err)
			}
			if !r.Clean() || !r.Reads() {
				t.Errorf("got %d findings, want none: %v", r.Summary.Findings, r.Findings)
			}
			s := r.Summary
			if s.Drives != len(m.Drives) || s.Buckets != len(m.Buckets) || s.Sound != s.Versions {
				t.Errorf("got %+v, want %d drives, %d buckets, all versions sound", s, len(m.Drives), len(m.Buckets))
			}
			if s.Versions < int64(len(m.Objects)+len(m.Uploads)) {
				t.Errorf("got %d versions, want those of %d objects and %d uploads at least", s.Versions, len(m.Objects), len(m.Uploads))
			}
			if r.Survey.Start != inspect.StartWhole || r.Survey.Deployment != m.DeploymentID {
				t.Errorf("got start %s of deployment %s, want %s of %s", r.Survey.Start, r.Survey.Deployment, inspect.StartWhole, m.DeploymentID)
			}
		})
	}
}

// damage is something done to drives, and the findings it must make.
type damage struct {
	name    string
	fixture string   // fixture.FourDrives if empty
	sample  []string // what is on the drives
	do      func(t *testing.T, dir string)
	want    []string // see line
	exit    int
}

const (
	files    = "plain/obj-1m"    // 2+2, in a data directory
	inline   = "plain/inline-1b" // 2+2, inline
	versions = "vers/doc"        // three versions and more
)

func part(t *testing.T, dir, drive string) string {
	return one(t, filepath.Join(dir, drive, files, "*", "part.1"))
}

func damages() []damage {
	return []damage{{
		name: "nothing", sample: []string{files, inline, versions},
	}, {
		name: "bit in a shard", sample: []string{files},
		do:   func(t *testing.T, dir string) { flip(t, part(t, dir, "d1"), 4000) },
		want: []string{"degraded version plain/obj-1m null degraded, spare 1: d1 corrupt-shard"}, exit: 1,
	}, {
		name: "bit in the hash of a shard", sample: []string{files},
		do:   func(t *testing.T, dir string) { flip(t, part(t, dir, "d2"), 0) },
		want: []string{"degraded version plain/obj-1m null degraded, spare 1: d2 corrupt-shard"}, exit: 1,
	}, {
		name: "as many shards as parity", sample: []string{files},
		do: func(t *testing.T, dir string) {
			flip(t, part(t, dir, "d1"), -1)
			cut(t, part(t, dir, "d3"), 1)
		},
		want: []string{"degraded version plain/obj-1m null degraded, spare 0: d1 corrupt-shard, d3 corrupt-shard"}, exit: 1,
	}, {
		name: "more shards than parity", sample: []string{files},
		do: func(t *testing.T, dir string) {
			flip(t, part(t, dir, "d1"), -1)
			cut(t, part(t, dir, "d3"), -1)
			remove(t, part(t, dir, "d4"))
		},
		want: []string{"unreadable version plain/obj-1m null unreadable, spare -1: d1 corrupt-shard, d3 corrupt-shard, d4 missing-shard"}, exit: 2,
	}, {
		name: "data directory", sample: []string{files},
		do:   func(t *testing.T, dir string) { remove(t, filepath.Dir(part(t, dir, "d3"))) },
		want: []string{"degraded version plain/obj-1m null degraded, spare 1: d3 missing-shard"}, exit: 1,
	}, {
		name: "bit in a record", sample: []string{inline},
		do:   func(t *testing.T, dir string) { flip(t, filepath.Join(dir, "d1", inline, "xl.meta"), 200) },
		want: []string{"degraded version plain/inline-1b null degraded, spare 1: d1 unreadable-record"}, exit: 1,
	}, {
		name: "bit in inline data", sample: []string{inline},
		do:   func(t *testing.T, dir string) { flip(t, filepath.Join(dir, "d1", inline, "xl.meta"), -1) },
		want: []string{"degraded version plain/inline-1b null degraded, spare 1: d1 corrupt-shard"}, exit: 1,
	}, {
		name: "inline data", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "d1", inline, "xl.meta"), func(j *xlmeta.Journal) { j.DropInline(xlmeta.VersionID{}) })
		},
		want: []string{"degraded version plain/inline-1b null degraded, spare 1: d1 missing-shard"}, exit: 1,
	}, {
		name: "torn record", sample: []string{files},
		do:   func(t *testing.T, dir string) { cut(t, filepath.Join(dir, "d2", files, "xl.meta"), 100) },
		want: []string{"degraded version plain/obj-1m null degraded, spare 1: d2 unreadable-record"}, exit: 1,
	}, {
		name: "record", sample: []string{files},
		do:   func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "d2", files, "xl.meta")) },
		want: []string{"degraded version plain/obj-1m null degraded, spare 1: d2 missing-record"}, exit: 1,
	}, {
		name: "most records", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				remove(t, filepath.Join(dir, d, inline))
			}
		},
		want: []string{"residue version plain/inline-1b null dangling, spare -1: d1 missing-record, d2 missing-record, d3 missing-record"}, exit: 1,
	}, {
		name: "bits in most records", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				flip(t, filepath.Join(dir, d, inline, "xl.meta"), 200)
			}
		},
		want: []string{"unreadable version plain/inline-1b null unreadable, spare -1: d1 unreadable-record, d2 unreadable-record, d3 unreadable-record"}, exit: 2,
	}, {
		name: "bits in all records", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3", "d4"} {
				flip(t, filepath.Join(dir, d, inline, "xl.meta"), 200)
			}
		},
		want: []string{"unreadable record plain/inline-1b: d1 unreadable-record, d2 unreadable-record, d3 unreadable-record, d4 unreadable-record"}, exit: 2,
	}, {
		name: "a bit in the only record", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				remove(t, filepath.Join(dir, d, inline))
			}
			flip(t, filepath.Join(dir, "d4", inline, "xl.meta"), 200)
		},
		want: []string{"residue record plain/inline-1b: d1 missing-record, d2 missing-record, d3 missing-record, d4 unreadable-record"}, exit: 1,
	}, {
		name: "records on each other's drives", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			a, b := filepath.Join(dir, "d1", inline, "xl.meta"), filepath.Join(dir, "d2", inline, "xl.meta")
			inA, inB := read(t, a), read(t, b)
			write(t, a, inB)
			write(t, b, inA)
		},
		want: []string{"degraded version plain/inline-1b null degraded, spare 0: d1 misplaced-shard, d2 misplaced-shard"}, exit: 1,
	}, {
		name: "a change of metadata that one drive missed", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				amend(t, filepath.Join(dir, d, inline, "xl.meta"))
			}
		},
		want: []string{"degraded version plain/inline-1b null degraded, spare 2: d4 differing-metadata"}, exit: 1,
	}, {
		name: "an overwrite that one drive missed", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				overwrite(t, filepath.Join(dir, d, inline, "xl.meta"))
			}
		},
		want: []string{"degraded version plain/inline-1b null degraded, spare 1: d4 other-version"}, exit: 1,
	}, {
		name: "an overwrite that only one drive has", sample: []string{inline},
		do: func(t *testing.T, dir string) { overwrite(t, filepath.Join(dir, "d4", inline, "xl.meta")) },
		want: []string{
			"residue version plain/inline-1b null dangling, spare -1: d1 other-version, d2 other-version, d3 other-version",
			"degraded version plain/inline-1b null degraded, spare 1: d4 other-version",
		}, exit: 1,
	}, {
		name: "a delete that one drive missed", sample: []string{"vers/marked"},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				edit(t, filepath.Join(dir, d, "vers/marked/xl.meta"), func(j *xlmeta.Journal) { j.Delete(j.Versions()[1].ID) })
			}
		},
		want: []string{"residue version vers/marked b8c336db-7ded-4afd-a4bc-4480a1a82384 dangling, spare -1: d1 missing-version, d2 missing-version, d3 missing-version"}, exit: 1,
	}, {
		name: "a marker that one drive lacks", sample: []string{"vers/marked"},
		do: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "d1/vers/marked/xl.meta"), func(j *xlmeta.Journal) { j.Delete(j.Versions()[0].ID) })
		},
		want: []string{"degraded version vers/marked 190c435c-ce0f-4f36-bd46-814154c59c50 degraded, spare 1: d1 missing-version"}, exit: 1,
	}, {
		name: "what belongs to nothing", sample: []string{files, inline},
		do: func(t *testing.T, dir string) {
			orphan, alone, backup := "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
			for _, d := range []string{"d1", "d2"} {
				write(t, filepath.Join(dir, d, inline, orphan, "part.1"), []byte("x"))
				write(t, filepath.Join(dir, d, "plain/gone", alone, "part.1"), []byte("x"))
				write(t, filepath.Join(dir, d, inline, backup, "xl.meta.bkp"), []byte("x"))
			}
			write(t, filepath.Join(dir, "d3", inline, "note.txt"), []byte("x"))
			write(t, filepath.Join(dir, "d3", "plain", "README"), []byte("x"))
			write(t, filepath.Join(filepath.Dir(part(t, dir, "d4")), "part.9"), []byte("x"))
			write(t, filepath.Join(dir, "d4", ".minio.sys", "odd.tmp"), []byte("x"))
		},
		want: []string{
			"residue stray-file plain/README: d3",
			"residue unreferenced-data plain/gone/22222222-2222-4222-8222-222222222222: d1 d2",
			"residue unreferenced-data plain/inline-1b/11111111-1111-4111-8111-111111111111: d1 d2",
			"residue backup plain/inline-1b/33333333-3333-4333-8333-333333333333/xl.meta.bkp: d1 d2",
			"residue stray-file plain/inline-1b/note.txt: d3",
			"residue stray-file plain/obj-1m/DATA/part.9: d4",
			"residue stray-file .minio.sys/odd.tmp: d4",
		}, exit: 1,
	}, {
		name: "keys that look like data directories", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			const below = "11111111-1111-4111-8111-111111111111/a"
			for _, d := range []string{"d1", "d2", "d3", "d4"} {
				copyTree(t, filepath.Join(dir, d, inline, "xl.meta"), filepath.Join(dir, d, inline, below, "xl.meta"))
			}
		},
	}, {
		name: "bucket", sample: []string{inline},
		do: func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "d2/plain")) },
		want: []string{
			"degraded missing-bucket plain: d2",
			"degraded version plain/inline-1b null degraded, spare 1: d2 missing-record",
		}, exit: 1,
	}, {
		name: "record in the wrong set", fixture: fixture.TwoSets, sample: []string{"plain/inline-1b"},
		do: func(t *testing.T, dir string) {
			for i, d := range []string{"d5", "d6", "d7", "d8"} {
				to := filepath.Join(dir, []string{"d1", "d2", "d3", "d4"}[i], inline)
				copyTree(t, filepath.Join(dir, d, inline), to)
				remove(t, filepath.Join(dir, d, inline))
			}
		},
		want: []string{"unreadable misplaced-record plain/inline-1b:"}, exit: 2,
	}, {
		name: "part of an upload", sample: []string{".minio.sys/multipart"},
		do: func(t *testing.T, dir string) {
			const upload = ".minio.sys/multipart/077e*/*/*/"
			flip(t, one(t, filepath.Join(dir, "d1", upload, "part.1")), 50)
			for _, d := range []string{"d1", "d2", "d3"} {
				remove(t, one(t, filepath.Join(dir, d, upload, "part.3.meta")))
			}
		},
		want: []string{
			"degraded upload-part .minio.sys/UPLOAD part 1: d1 corrupt-shard",
			"residue upload-part .minio.sys/UPLOAD part 3: d1 missing-record, d2 missing-record, d3 missing-record",
		}, exit: 1,
	}, {
		name: "shards of a part of an upload", sample: []string{".minio.sys/multipart"},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				remove(t, one(t, filepath.Join(dir, d, ".minio.sys/multipart/077e*/*/*/part.1")))
			}
		},
		want: []string{"unreadable upload-part .minio.sys/UPLOAD part 1: d1 missing-shard, d2 missing-shard, d3 missing-shard"}, exit: 2,
	}, {
		name: "drive", sample: []string{inline, files},
		do:   func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "d2")) },
		exit: 1, // and no finding for every version
	}, {
		name: "drive, and a shard of another", sample: []string{inline, files},
		do: func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "d2"))
			flip(t, part(t, dir, "d1"), 500)
		},
		want: []string{"degraded version plain/obj-1m null degraded, spare 0: d1 corrupt-shard, d2 absent-drive"}, exit: 1,
	}, {
		name: "more drives than parity", sample: []string{inline},
		do: func(t *testing.T, dir string) {
			for _, d := range []string{"d1", "d2", "d3"} {
				remove(t, filepath.Join(dir, d))
			}
		},
		want: []string{"unreadable version plain/inline-1b null unreadable, spare -1: d1 absent-drive, d2 absent-drive, d3 absent-drive"}, exit: 2,
	}}
}

// amend adds a tag, as a change of metadata does.
func amend(t *testing.T, path string) {
	edit(t, path, func(j *xlmeta.Journal) {
		v, _ := j.Latest()
		o, err := v.Object()
		if err != nil {
			t.Fatal(err)
		}
		o.MetaUser["X-Amz-Tagging"] = "a=b"
		if err := j.Amend(o); err != nil {
			t.Fatal(err)
		}
	})
}

// overwrite gives the null version a later time, as if it had been written again.
func overwrite(t *testing.T, path string) {
	edit(t, path, func(j *xlmeta.Journal) {
		v, _ := j.Latest()
		o, err := v.Object()
		if err != nil {
			t.Fatal(err)
		}
		shard, _ := j.Inline(v.ID)
		o.ModTime += int64(time.Minute)
		if err := j.Put(o, shard); err != nil {
			t.Fatal(err)
		}
	})
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	for _, tc := range damages() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			name := tc.fixture
			if name == "" {
				name = fixture.FourDrives
			}
			dir := sample(t, name, tc.sample...)
			masks := nameMasks(t, dir)
			if tc.do != nil {
				tc.do(t, dir)
			}
			args := drives(t, name, dir)
			r, err := inspect.Verify(t.Context(), args, inspect.Options{SetDrives: setDrives(name)})
			if err != nil {
				t.Fatal(err)
			}
			got := lines(dir, r.Findings)
			for i := range got {
				got[i] = masks.Replace(got[i])
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			var out, errs strings.Builder
			exit := inspect.Run(t.Context(), append([]string{"--verify"}, args...), &out, &errs, inspect.Env{SetDrives: setDrives(name)})
			if exit != tc.exit {
				t.Errorf("got exit code %d, want %d: %s%s", exit, tc.exit, &out, &errs)
			}
		})
	}
}

// nameMasks replaces the names that fixtures drew at random.
func nameMasks(t *testing.T, dir string) *strings.Replacer {
	t.Helper()
	var pairs []string
	if found, _ := filepath.Glob(filepath.Join(dir, "d1", files, "*", "part.1")); len(found) == 1 {
		pairs = append(pairs, filepath.Base(filepath.Dir(found[0])), "DATA")
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "d1/.minio.sys/multipart/077e*/*")); len(found) == 1 {
		pairs = append(pairs, below(filepath.Join(dir, "d1/.minio.sys"), found[0]), "UPLOAD")
	}
	return strings.NewReplacer(pairs...)
}

func TestVerifyCountsWhatOnlyLacksADrive(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, inline, files)
	remove(t, filepath.Join(dir, "d2"))
	r, err := inspect.Verify(t.Context(), drives(t, fixture.FourDrives, dir), inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Summary
	if s.Absent != 1 || s.Degraded != 2 || s.OnlyAbsent != 2 || s.Findings != 0 || r.Clean() || !r.Reads() {
		t.Errorf("got %+v, want 2 degraded versions for want of one drive, and no finding", s)
	}
}

func TestVerifyStreamsFindings(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, "plain", "vers")
	for _, key := range []string{"plain/obj-1m", "plain/inline-1b", "vers/doc"} {
		remove(t, filepath.Join(dir, "d1", key))
	}
	collected, err := inspect.Verify(t.Context(), drives(t, fixture.FourDrives, dir), inspect.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var streamed []inspect.Finding
	progress := new(inspect.Progress)
	r, err := inspect.Verify(t.Context(), drives(t, fixture.FourDrives, dir), inspect.Options{
		Workers: 8, Progress: progress, Found: func(f inspect.Finding) { streamed = append(streamed, f) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(collected.Findings) == 0 || len(r.Findings) != 0 {
		t.Errorf("got %d and %d findings, want some that are collected and none that were streamed", len(collected.Findings), len(r.Findings))
	}
	if diff := cmp.Diff(collected.Findings, streamed); diff != "" {
		t.Errorf("order depends on the number of workers (-1 +8):\n%s", diff)
	}
	if diff := cmp.Diff(collected.Summary, r.Summary); diff != "" {
		t.Errorf("summary (-1 +8):\n%s", diff)
	}
	if progress.Records.Load() != r.Summary.Records || progress.Bytes.Load() != r.Summary.Bytes || progress.At() == "" {
		t.Errorf("got progress of %d records, %d bytes at %q, want %d and %d", progress.Records.Load(), progress.Bytes.Load(), progress.At(), r.Summary.Records, r.Summary.Bytes)
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := sample(t, fixture.FourDrives, "plain")
	remove(t, filepath.Join(dir, "d1/plain/cksum"))
	_, err := inspect.Verify(ctx, drives(t, fixture.FourDrives, dir), inspect.Options{Found: func(inspect.Finding) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}

// TestNothingIsWritten compares the drives before and after every question, down to the times of change.
func TestNothingIsWritten(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, "plain", "vers", "multi", ".minio.sys/config", ".minio.sys/buckets", ".minio.sys/multipart")
	flip(t, part(t, dir, "d1"), 100)
	remove(t, filepath.Join(dir, "d2", inline))
	before := stat(t, dir)
	args := drives(t, fixture.FourDrives, dir)
	for _, question := range [][]string{{}, {"--verify"}, {"--system"}, {"--object", files}, {"--object", inline}, {"--json", "--verify"}} {
		var out, errs strings.Builder
		if exit := inspect.Run(t.Context(), append(question, args...), &out, &errs, inspect.Env{}); exit == inspect.ExitFailed {
			t.Errorf("%q: %s", question, &errs)
		}
	}
	if diff := cmp.Diff(before, stat(t, dir)); diff != "" {
		t.Errorf("drives (-before +after):\n%s", diff)
	}
}

func stat(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		all[path] = info.Mode().String() + " " + info.ModTime().String()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
