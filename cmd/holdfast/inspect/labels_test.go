package inspect_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

func TestLabels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		do    func(t *testing.T, dir string) // to four drives
		args  []string                       // below the directory; d1 to d4 if nil
		start inspect.Start
		want  []string // set, slot and state of each drive
		why   string   // a part of it
	}{
		{
			name: "sound", start: inspect.StartWhole,
			want: []string{"0 0 sound", "0 1 sound", "0 2 sound", "0 3 sound"}, why: "would serve with all 4 drives",
		},
		{
			name: "permuted", args: []string{"d2", "d1", "d3", "d4"}, start: inspect.StartWhole,
			want: []string{"0 1 sound moved", "0 0 sound moved", "0 2 sound", "0 3 sound"},
		},
		{
			name: "blank", do: func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "d3", labelFile)) }, start: inspect.StartDegraded,
			want: []string{"0 0 sound", "0 1 sound", "0 2 vacant", "0 3 sound"},
			why:  "would serve with 3 of 4 drives; would format and fill DIR/d3; set 0 lacks 1 of its 4 drives: versions with parity below 1 do not read",
		},
		{
			name: "damaged", do: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "d3", labelFile), []byte("{")) }, start: inspect.StartDegraded,
			want: []string{"0 0 sound", "0 1 sound", "0 2 vacant", "0 3 sound"},
		},
		{
			name: "not mounted", do: func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "d3")) }, start: inspect.StartDegraded,
			want: []string{"0 0 sound", "0 1 sound", "0 2 unreadable", "0 3 sound"}, why: "would leave out DIR/d3",
		},
		{
			name: "foreign",
			do: func(t *testing.T, dir string) {
				write(t, filepath.Join(dir, "d2", labelFile), read(t, filepath.Join(fixture.Unpack(t, fixture.TwoSets), "d1", labelFile)))
			},
			start: inspect.StartDegraded,
			want:  []string{"0 0 sound", "0 1 foreign", "0 2 sound", "0 3 sound"}, why: "would leave out DIR/d2",
		},
		{
			name: "clone",
			do: func(t *testing.T, dir string) {
				write(t, filepath.Join(dir, "d2", labelFile), read(t, filepath.Join(dir, "d1", labelFile)))
			},
			start: inspect.StartDegraded,
			want:  []string{"0 0 sound", "0 0 clone moved", "0 2 sound", "0 3 sound"},
		},
		{
			name: "misfit",
			do: func(t *testing.T, dir string) {
				path := filepath.Join(dir, "d4", labelFile)
				text := string(read(t, path))
				write(t, path, []byte(strings.Replace(text, "caf262f9", "caf262f8", 1)))
			},
			start: inspect.StartDegraded,
			want:  []string{"0 0 sound", "0 1 sound", "0 2 sound", "0 3 misfit"},
		},
		{
			name: "of another format",
			do: func(t *testing.T, dir string) {
				write(t, filepath.Join(dir, "d4", labelFile), []byte(`{"version":"1","format":"fs"}`))
			},
			start: inspect.StartDegraded,
			want:  []string{"0 0 sound", "0 1 sound", "0 2 sound", "0 3 unsupported"},
		},
		{
			name: "all blank",
			do: func(t *testing.T, dir string) {
				for _, d := range []string{"d1", "d2", "d3", "d4"} {
					remove(t, filepath.Join(dir, d, labelFile))
				}
			},
			start: inspect.StartFormats,
			want:  []string{"0 0 blank", "0 1 blank", "0 2 blank", "0 3 blank"}, why: "would format all 4 drives: none carries a label",
		},
		{
			name: "no agreement",
			do: func(t *testing.T, dir string) {
				for _, d := range []string{"d1", "d2"} {
					remove(t, filepath.Join(dir, d, labelFile))
				}
				remove(t, filepath.Join(dir, "d3"))
			},
			start: inspect.StartRefused,
			want:  []string{"0 0 vacant", "0 1 vacant", "0 2 unreadable", "0 3 sound"}, why: "would be refused: no quorum",
		},
		{
			name: "some of the drives", args: []string{"d3", "d4"}, start: inspect.StartRefused,
			want: []string{"0 2 sound", "0 3 sound"}, why: "formatted for another layout",
		},
		{
			name: "one of the drives", args: []string{"d3"}, start: inspect.StartRefused,
			want: []string{"0 2 sound"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := sample(t, fixture.FourDrives)
			if tc.do != nil {
				tc.do(t, dir)
			}
			args := drives(t, fixture.FourDrives, dir)
			if tc.args != nil {
				args = nil
				for _, d := range tc.args {
					args = append(args, filepath.Join(dir, d))
				}
			}
			s, err := inspect.Labels(t.Context(), args, inspect.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if s.Start != tc.start {
				t.Errorf("got start %s (%s), want %s", s.Start, s.Pools[0].Why, tc.start)
			}
			if why := strings.ReplaceAll(s.Pools[0].Why, dir, "DIR"); !strings.Contains(why, tc.why) {
				t.Errorf("got %q, want %q in it", why, tc.why)
			}
			if diff := cmp.Diff(tc.want, states(s.Pools[0])); diff != "" {
				t.Errorf("drives (-want +got):\n%s", diff)
			}
			for _, d := range s.Pools[0].Drives {
				if (d.State == "sound") != (d.Why == "") {
					t.Errorf("%s is %s: got reason %q", d.Path, d.State, d.Why)
				}
			}
		})
	}
}

func states(s inspect.PoolSurvey) []string {
	var all []string
	for _, d := range s.Drives {
		text := strings.Join([]string{itoa(d.Set), itoa(d.Slot), d.State}, " ")
		if d.Moved {
			text += " moved"
		}
		all = append(all, text)
	}
	return all
}

func TestLabelsOfSeveralPools(t *testing.T) {
	t.Parallel()
	a, b := sample(t, fixture.FourDrives), sample(t, fixture.TwoSets)
	pools := []string{filepath.Join(a, "d{1...4}"), filepath.Join(b, "d{1...4}")}
	s, err := inspect.Labels(t.Context(), pools, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Start != inspect.StartRefused || len(s.Pools) != 2 || len(s.Warnings) == 0 {
		t.Errorf("got start %s of %d pools, warnings %q, want %s with a warning: they are of two deployments", s.Start, len(s.Pools), s.Warnings, inspect.StartRefused)
	}
}

func TestLabelsTellOfFilling(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives)
	tracker := label.Tracker{ItemsHealed: 7, ObjectsTotalCount: 12}
	write(t, filepath.Join(dir, "d2/.minio.sys/buckets/.healing.bin"), tracker.Marshal())
	s, err := inspect.Labels(t.Context(), drives(t, fixture.FourDrives, dir), inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Pools[0].Drives[1].Filling, "7 of about 12 objects done"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLabelsRefusesArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil,
		{"http://node1/disk1"},
		{"/a", "/a"},
		{"/d{1...17}"},
	} {
		if _, err := inspect.Labels(t.Context(), args, inspect.Options{}); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
}

func TestDriveThroughSymbolicLink(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "drive")
	if err := os.Symlink(filepath.Join(fixture.Unpack(t, fixture.SingleDrive), "d1"), link); err != nil {
		t.Fatal(err)
	}
	s, err := inspect.Labels(t.Context(), []string{link}, inspect.Options{})
	if err != nil || s.Start != inspect.StartWhole {
		t.Errorf("got %v, %v, want %v", s.Start, err, inspect.StartWhole)
	}
}

// TestLabelsTellOfUnfinishedCommits leaves a commit log as a crash does.
func TestLabelsTellOfUnfinishedCommits(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives)
	const state = ".minio.sys/holdfast"
	if err := os.Mkdir(filepath.Join(dir, "d2", state), 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := durable.OpenDir(filepath.Join(dir, "d2"))
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	log, err := commitlog.Open(files, state, commitlog.Options{Size: commitlog.MinSize, Checkpoint: func() (commitlog.Note, error) { return commitlog.Note{}, errors.New("crashed") }})
	if err == nil {
		err = log.Start(commitlog.ID{1}, commitlog.Note{})
	}
	for range 2 {
		if err == nil {
			_, err = log.Append(entry("PUT"))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "d3", state, "commit.0"), []byte("damaged"))
	s, err := inspect.Labels(t.Context(), drives(t, fixture.FourDrives, dir), inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Warnings) != 2 || !strings.Contains(s.Warnings[0], "d2 holds 2 commits") || !strings.Contains(s.Warnings[1], "d3 cannot be read") {
		t.Errorf("got warnings %q, want one of 2 commits on d2 and one of damage on d3", s.Warnings)
	}
}

type entry string

func (e entry) Size() int                { return len(e) }
func (e entry) Append(dst []byte) []byte { return append(dst, e...) }
