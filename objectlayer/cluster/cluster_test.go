package cluster_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
)

// four is what an ordinary set of drives d1 to d4 comes to.
func four() map[string]fate {
	return map[string]fate{"d1": sound("0.0.0"), "d2": sound("0.0.1"), "d3": sound("0.0.2"), "d4": sound("0.0.3")}
}

func TestFirstFormat(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		args      []string
		setDrives int
		sets      [][]string // drives of each set, set by set, pool by pool
		format    string
	}{
		{name: "one drive", args: []string{"d"}, sets: [][]string{{"d"}}, format: `"format":"xl-single"`},
		{name: "two", args: []string{"d{1...2}"}, sets: [][]string{{"d1", "d2"}}, format: `"format":"xl"`},
		{name: "four", args: []string{"d{1...4}"}, sets: [][]string{{"d1", "d2", "d3", "d4"}}, format: `"format":"xl"`},
		{name: "two sets", args: []string{"d{1...8}"}, setDrives: 4, format: `"format":"xl"`,
			sets: [][]string{{"d1", "d2", "d3", "d4"}, {"d5", "d6", "d7", "d8"}}},
		{name: "two pools", args: []string{"a{1...2}", "b{1...4}"}, format: `"format":"xl"`,
			sets: [][]string{{"a1", "a2"}, {"b1", "b2", "b3", "b4"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c := r.start(tc.setDrives, tc.args...)
			var ids []uuid.UUID
			for _, set := range tc.sets {
				var roster []uuid.UUID
				for _, d := range set {
					l := r.label(d)
					if l.Deployment != uuid.UUID(c.Deployment) || l.Deployment.Version() != 4 || l.Algorithm != topology.SipModParity {
						t.Errorf("%s: deployment %v by %s, want %v", d, l.Deployment, l.Algorithm, c.Name())
					}
					if !strings.Contains(string(r.raw(d)), tc.format) {
						t.Errorf("%s: got %s, want %s", d, r.raw(d), tc.format)
					}
					roster = append(roster, l.This)
				}
				if own := r.label(set[0]).Sets; !slices.ContainsFunc(own, func(s []uuid.UUID) bool { return slices.Equal(s, roster) }) {
					t.Errorf("the label of %s has sets %v, none of them %v", set[0], own, roster)
				}
				ids = append(ids, roster...)
			}
			slices.SortFunc(ids, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
			if distinct := slices.Compact(slices.Clone(ids)); len(distinct) != len(ids) {
				t.Errorf("drives share ids: %v", ids)
			}
			want := fates(c)
			for name, f := range want {
				if f.State != "sound" || !f.Serves || f.Fresh {
					t.Errorf("%s: %+v", name, f)
				}
			}
			r.close(c)
			if log := r.logged(); !strings.Contains(log, "Formatting pool 1") || strings.Contains(log, "WARN") || strings.Contains(log, "ERROR") {
				t.Errorf("log of the first start:\n%s", log)
			}
			labels := r.tree("")
			again := r.start(tc.setDrives, tc.args...)
			r.expect(again, want)
			if again.Deployment != c.Deployment || r.logged() != "" {
				t.Errorf("second start: deployment %s, want %s", again.Name(), c.Name())
			}
			for path, was := range labels {
				if strings.HasSuffix(path, formatFile) {
					if now, err := os.ReadFile(r.dir + path); err != nil || string(now) != was.Content {
						t.Errorf("%s was written again: %s %v", path, now, err)
					}
				}
			}
		})
	}
}

func TestFirstFormatNeedsAllDrives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write([]byte("a file where a drive should be"), "d3")
	var quorum *label.QuorumError
	if err := r.refused(0, "d{1...4}"); !errors.As(err, &quorum) || quorum.Unformatted != 3 || quorum.Unreadable != 1 {
		t.Errorf("got %v", err)
	}
	if log := r.logged(); !strings.Contains(log, "d3") || !strings.Contains(log, "not a directory") {
		t.Errorf("the log does not name the drive:\n%s", log)
	}
}

// TestFirstFormatThatCannotBegin has a drive that is there but cannot be opened.
func TestFirstFormatThatCannotBegin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.open = brokenAt("d4")
	if _, err := cluster.Open(t.Context(), r.options(0, "d{1...4}")); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	r.open = nil
	r.expect(r.start(0, "d{1...4}"), four()) // nothing was labelled, nothing is locked
}

// TestInterruptedFirstFormat loses power when some drives have their label and others do not.
func TestInterruptedFirstFormat(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		blank []string
		fresh bool // enough labels are there for a quorum: the others are taken for replaced
	}{
		{"after the first", []string{"d2", "d3", "d4"}, false},
		{"after the last but one", []string{"d1", "d2", "d3"}, false},
		{"half way", []string{"d1", "d4"}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.format(0, "d{1...4}")
			want, labels := four(), make(map[string]string)
			for _, name := range tc.blank {
				labels[name] = string(r.raw(name))
				r.remove(name)
				want[name] = fate{Slot: want[name].Slot, State: "sound", Serves: true, Fresh: tc.fresh}
			}
			r.expect(r.start(0, "d{1...4}"), want)
			for name, before := range labels {
				if got := string(r.raw(name)); got != before {
					t.Errorf("%s: got label %s, want the one the first format gave it, %s", name, got, before)
				}
			}
		})
	}
}

// TestTooFewLabels is like an interrupted first format, but data are at stake.
func TestTooFewLabels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		spoil func(*rig)
		want  label.QuorumError
	}{
		{"the labelled drive holds data", func(r *rig) { r.fill("d1") },
			label.QuorumError{Drives: 4, Agreeing: 1, Labelled: 1, Unformatted: 3}},
		{"a label is damaged", func(r *rig) { r.write(nil, "d2", formatFile) },
			label.QuorumError{Drives: 4, Agreeing: 1, Labelled: 1, Unformatted: 2, Corrupt: 1}},
		{"a drive is unreadable", func(r *rig) { r.write(nil, "d2") },
			label.QuorumError{Drives: 4, Agreeing: 1, Labelled: 1, Unformatted: 2, Unreadable: 1}},
		{"labels disagree", func(r *rig) {
			r.clone("d1", "d2")
			r.relabel("d2", func(l *label.Label) { l.Deployment = someID })
		}, label.QuorumError{Drives: 4, Agreeing: 1, Labelled: 2, Unformatted: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.format(0, "d{1...4}")
			r.remove("d2")
			r.remove("d3")
			r.remove("d4")
			tc.spoil(r)
			var got *label.QuorumError
			if err := r.refused(0, "d{1...4}"); !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			got.Deployments = nil // ids are random
			if diff := cmp.Diff(tc.want, *got, cmpopts.IgnoreUnexported(label.QuorumError{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSwappedDrives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(4, "d{1...8}")
	r.swap("d2", "d7")
	c := r.start(4, "d{1...8}")
	want := four()
	for name, slot := range map[string]string{"d5": "0.1.0", "d6": "0.1.1", "d8": "0.1.3", "d2": "0.1.2", "d7": "0.0.1"} {
		want[name] = sound(slot)
	}
	r.expect(c, want)
	if log := r.logged(); strings.Count(log, "found at the path of another") != 2 || !strings.Contains(log, "d2 set=1 slot=2") || !strings.Contains(log, "d7 set=0 slot=1") {
		t.Errorf("log:\n%s", log)
	}
}

func TestForeignDrive(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		alien func(*rig) // makes d3 not one of ours
		state label.State
	}{
		{"of another deployment", func(r *rig) {
			r.format(0, "e{1...4}")
			r.swap("e3", "d3")
		}, label.Foreign},
		{"of another pool", func(r *rig) {
			r.format(0, "d{1...4}", "e{1...4}")
			r.swap("e3", "d3")
		}, label.Misfit},
		{"of old software", func(r *rig) {
			r.write([]byte(strings.Replace(string(r.raw("d3")), "SIPMOD+PARITY", "CRCMOD", 1)), "d3", formatFile)
		}, label.Unsupported},
		{"of newer software", func(r *rig) {
			r.write([]byte(strings.Replace(string(r.raw("d3")), `"version":"3"`, `"version":"4"`, 1)), "d3", formatFile)
		}, label.Unsupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.format(0, "d{1...4}")
			tc.alien(r)
			before := r.tree("d3")
			c := r.start(0, "d{1...4}")
			want := four()
			want["d3"] = fate{Slot: "0.0.2", State: tc.state.String()}
			r.expect(c, want)
			r.close(c)
			r.unchanged("d3", before)
			if log := r.logged(); !strings.Contains(log, "drive does not serve") || !strings.Contains(log, "d3") {
				t.Errorf("log:\n%s", log)
			}
		})
	}
}

func TestClones(t *testing.T) {
	t.Parallel()
	t.Run("the one at its path serves", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.format(0, "d{1...4}")
		r.clone("d1", "d4")
		before := r.tree("d4")
		c := r.start(0, "d{1...4}")
		want := four()
		want["d4"] = fate{Slot: "0.0.3", State: "clone"}
		r.expect(c, want)
		r.close(c)
		r.unchanged("d4", before)
	})
	t.Run("none at its path serves", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.format(4, "d{1...8}")
		r.clone("d1", "d7")
		r.clone("d1", "d8")
		r.remove("d1")
		left, right := r.tree("d7"), r.tree("d8")
		c := r.start(4, "d{1...8}")
		want := four()
		want["d1"] = fate{Slot: "0.0.0", State: "surplus"} // whoever is the true one holds its slot
		want["d5"], want["d6"] = sound("0.1.0"), sound("0.1.1")
		want["d7"], want["d8"] = fate{Slot: "0.1.2", State: "clone"}, fate{Slot: "0.1.3", State: "clone"}
		r.expect(c, want)
		r.close(c)
		r.unchanged("d7", left)
		r.unchanged("d8", right)
		if _, err := os.Stat(r.path("d1")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder of the blank drive was made: %v", err)
		}
	})
}

func TestReplacedDrive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	r.fill("d1", "d2", "d3", "d4")
	before := string(r.raw("d2"))
	r.remove("d2")
	c := r.start(0, "d{1...4}")
	want := four()
	want["d2"] = fate{Slot: "0.0.1", State: "sound", Serves: true, Fresh: true}
	r.expect(c, want)
	if got := string(r.raw("d2")); got != before {
		t.Errorf("got label %s, want that of the drive before, %s", got, before)
	}
	if log := r.logged(); !strings.Contains(log, "takes over its slot") {
		t.Errorf("log:\n%s", log)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tracker, err := label.ParseTracker(c.Members[1].Tracker(now))
	if err != nil {
		t.Fatal(err)
	}
	wantTracker := &label.Tracker{ID: c.Members[1].ID, DiskIndex: 1, Path: r.path("d2"), Endpoint: r.path("d2"), Started: now, LastUpdate: now}
	if diff := cmp.Diff(wantTracker, tracker); diff != "" {
		t.Errorf("tracker (-want +got):\n%s", diff)
	}
	r.close(c)
	r.expect(r.start(0, "d{1...4}"), four()) // and from then on it is a drive like the others
}

func TestDriveOnRootFileSystem(t *testing.T) {
	t.Parallel()
	t.Run("blank among labelled ones", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.format(0, "d{1...4}")
		r.remove("d4")
		r.onRoot["d4"] = true
		c := r.start(0, "d{1...4}")
		want := four()
		want["d4"] = fate{Slot: "0.0.3", State: "vacant"}
		r.expect(c, want)
		if err := c.Members[3].Err; !errors.Is(err, cluster.ErrRootDrive) {
			t.Errorf("got %v", err)
		}
		r.close(c)
		if _, err := os.Stat(r.path("d4")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its folder was made: %v", err)
		}
		r.allow = true
		want["d4"] = fate{Slot: "0.0.3", State: "sound", Serves: true, Fresh: true}
		r.expect(r.start(0, "d{1...4}"), want)
	})
	t.Run("one of a blank pool", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.onRoot["d2"] = true
		if err := r.refused(0, "d{1...4}"); !errors.Is(err, cluster.ErrRootDrive) || !strings.Contains(err.Error(), "d2") || strings.Contains(err.Error(), "d3") {
			t.Errorf("got %v", err)
		}
		r.allow = true
		r.expect(r.start(0, "d{1...4}"), four())
	})
	t.Run("labelled", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.format(0, "d{1...4}")
		r.onRoot["d2"] = true
		r.expect(r.start(0, "d{1...4}"), four())
	})
	t.Run("alone", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.onRoot["d"] = true
		r.expect(r.start(0, "d"), map[string]fate{"d": sound("0.0.0")})
	})
}

func TestLostLabel(t *testing.T) {
	t.Parallel()
	damages := map[string]func(r *rig){
		"missing":   func(r *rig) { r.remove("d2", formatFile) },
		"empty":     func(r *rig) { r.write(nil, "d2", formatFile) },
		"zeros":     func(r *rig) { r.write(make([]byte, 300), "d2", formatFile) },
		"truncated": func(r *rig) { r.write(r.raw("d2")[:100], "d2", formatFile) },
		"nonsense":  func(r *rig) { r.write([]byte(`{"version":"1","format":"xl"}`), "d2", formatFile) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.format(0, "d{1...4}")
			r.fill("d1", "d2", "d3", "d4")
			before := string(r.raw("d2"))
			damage(r)
			want := four()
			want["d2"] = fate{Slot: "0.0.1", State: "sound", Serves: true, Fresh: true}
			r.expect(r.start(0, "d{1...4}"), want)
			if got := string(r.raw("d2")); got != before {
				t.Errorf("got label %s, want %s", got, before)
			}
			if _, err := os.Stat(r.path("d2", "photos", "cat.jpg", "xl.meta")); err != nil {
				t.Errorf("its data: %v", err)
			}
		})
	}
}

// TestLabelNotGiven is about drives without a label that might be anybody.
func TestLabelNotGiven(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		lose   func(*rig) // d2 loses its label and something else happens
		others map[string]fate
		state  string
		says   string
	}{
		{"another is unreadable", func(r *rig) {
			r.remove("d2", formatFile)
			r.remove("d4")
			r.write(nil, "d4")
		}, map[string]fate{"d4": {Slot: "0.0.3", State: "unreadable"}}, "vacant", "cannot be told"},
		{"others are swapped", func(r *rig) {
			r.remove("d2", formatFile)
			r.swap("d3", "d4")
		}, map[string]fate{"d3": sound("0.0.3"), "d4": sound("0.0.2")}, "vacant", "cannot be told"},
		{"another holds its slot", func(r *rig) {
			r.remove("d2", formatFile)
			r.relabel("d1", func(l *label.Label) { l.This = l.Sets[0][1] })
		}, map[string]fate{"d1": sound("0.0.1")}, "surplus", "another path"},
		{"a folder of somebody else", func(r *rig) {
			r.remove("d2")
			r.write([]byte("x"), "d2", "home", "letter.txt")
		}, nil, "vacant", "mount the right one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.format(0, "d{1...4}")
			r.fill("d1", "d2", "d3", "d4")
			tc.lose(r)
			before := r.tree("d2")
			c := r.start(0, "d{1...4}")
			want := four()
			for name, f := range tc.others {
				want[name] = f
			}
			want["d2"] = fate{Slot: "0.0.1", State: tc.state}
			r.expect(c, want)
			if err := c.Members[1].Err; err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want something with %q", err, tc.says)
			}
			r.close(c)
			r.unchanged("d2", before)
		})
	}
}

func TestAllLabelsLost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	r.fill("d1", "d2")
	for _, d := range []string{"d1", "d2", "d3", "d4"} {
		r.remove(d, formatFile)
	}
	if err := r.refused(0, "d{1...4}"); !errors.Is(err, cluster.ErrUnlabelled) || !strings.Contains(err.Error(), "d1, "+r.path("d2")) {
		t.Errorf("got %v", err)
	}
}

// TestFirstFormatOfFoldersInUse takes over folders that hold files, as MinIO does, and says so.
func TestFirstFormatOfFoldersInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write([]byte("x"), "d2", "home", "letter.txt")
	r.expect(r.start(0, "d{1...4}"), four())
	if log := r.logged(); !strings.Contains(log, "d2") || !strings.Contains(log, "was not empty") {
		t.Errorf("log:\n%s", log)
	}
}

func TestHalfOfTheDrives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	for _, d := range []string{"d1", "d3"} {
		r.remove(d)
		r.write(nil, d)
	}
	want := four()
	want["d1"] = fate{Slot: "0.0.0", State: "unreadable"}
	want["d3"] = fate{Slot: "0.0.2", State: "unreadable"}
	r.expect(r.start(0, "d{1...4}"), want)
}

func TestDriveInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.start(0, "d{1...4}")
	if _, err := cluster.Open(t.Context(), r.options(0, "d{1...4}")); !errors.Is(err, cluster.ErrInUse) {
		t.Errorf("got %v", err)
	}
	if _, err := cluster.Open(t.Context(), r.options(0, "e{1...3}", "d{1...4}")); !errors.Is(err, cluster.ErrInUse) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(r.path("e1", formatFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a pool was formatted beside one that could not be opened: %v", err)
	}
	r.close(first)
	r.expect(r.start(0, "d{1...4}"), four())
}

func TestWrongLayout(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		args      []string
		setDrives int
	}{
		{"too few drives", []string{"d{1...4}"}, 4},
		{"another set size", []string{"d{1...8}"}, 8},
		{"too many drives", []string{"d{1...12}"}, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.format(4, "d{1...8}")
			if err := r.refused(tc.setDrives, tc.args...); !errors.Is(err, label.ErrShape) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPools(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	deployment := r.label("d1").Deployment
	c := r.start(0, "d{1...4}", "e{1...2}")
	want := four()
	want["e1"], want["e2"] = sound("1.0.0"), sound("1.0.1")
	r.expect(c, want)
	r.close(c)
	if got := r.label("e2").Deployment; got != deployment {
		t.Errorf("the second pool belongs to %v, want %v", got, deployment)
	}
	if log := r.logged(); strings.Contains(log, "Formatting pool 1") || !strings.Contains(log, "Formatting pool 2, 1 set(s), 2 drives per set") {
		t.Errorf("log:\n%s", log)
	}
	// A new pool takes over the id also when it is named first.
	r.format(0, "a{1...2}", "d{1...4}", "e{1...2}")
	if got := r.label("a1").Deployment; got != deployment {
		t.Errorf("the pool named first belongs to %v, want %v", got, deployment)
	}
	r.format(0, "x{1...4}")
	if err := r.refused(0, "n{1...4}", "d{1...4}", "x{1...4}"); !errors.Is(err, cluster.ErrDeployments) {
		t.Errorf("got %v", err)
	}
}

func TestUnsupportedDeployment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	for _, d := range []string{"d1", "d2", "d3", "d4"} {
		r.write([]byte(strings.Replace(string(r.raw(d)), "SIPMOD+PARITY", "CRCMOD", 1)), d, formatFile)
	}
	if err := r.refused(0, "d{1...4}"); !errors.Is(err, label.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// TestLabelThatChanges has another process format a drive between the look and the lock.
func TestLabelThatChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	r.open = func(path string) (cluster.Drive, error) {
		if strings.HasSuffix(path, "d2") {
			r.relabel("d2", func(l *label.Label) { l.Deployment = someID })
		}
		return openLocal(path)
	}
	c := r.start(0, "d{1...4}")
	want := four()
	want["d2"] = fate{Slot: "0.0.1", State: "sound"}
	r.expect(c, want)
	if err := c.Members[1].Err; err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("got %v", err)
	}
}
