package label_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

var (
	blank   = label.Reading{Err: label.ErrUnformatted}
	damaged = label.Reading{Err: label.ErrCorrupt}
	alien   = label.Reading{Err: label.ErrUnsupported}
	offline = label.Reading{Err: io.ErrClosedPipe}
)

// newPool formats a pool; seed tells pools apart.
func newPool(t interface{ Fatal(...any) }, seed byte, deployment uuid.UUID, sets, setDrives int) label.Roster {
	r, err := label.NewRoster(rand.NewChaCha8([32]byte{seed}), deployment, sets, setDrives)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readAll is what reading all drives of a pool gives.
func readAll(t interface{ Fatal(...any) }, r label.Roster) []label.Reading {
	var readings []label.Reading
	for set, ids := range r.Sets {
		for drive := range ids {
			l, err := r.Label(topology.Slot{Set: set, Drive: drive})
			if err != nil {
				t.Fatal(err)
			}
			readings = append(readings, label.Reading{Label: l})
		}
	}
	return readings
}

func TestNewRoster(t *testing.T) {
	t.Parallel()
	first := newPool(t, 1, uuid.Nil, 3, 4)
	if first.Deployment == uuid.Nil || first.Drives() != 12 || first.Algorithm != topology.SipModParity {
		t.Errorf("got %+v", first)
	}
	second := newPool(t, 2, first.Deployment, 1, 1)
	if second.Deployment != first.Deployment || second.Drives() != 1 {
		t.Errorf("got %+v", second)
	}
	for _, shape := range [][2]int{{0, 4}, {1, 0}, {2, 1}, {1, 17}, {-1, -1}, {1 << 20, 16}} {
		if _, err := label.NewRoster(rand.NewChaCha8([32]byte{}), uuid.Nil, shape[0], shape[1]); err == nil {
			t.Errorf("%d sets of %d drives: no error", shape[0], shape[1])
		}
	}
	for entropy := range 5 * 16 {
		if _, err := label.NewRoster(strings.NewReader(strings.Repeat("x", entropy)), uuid.Nil, 1, 4); err == nil {
			t.Errorf("with %d random bytes, all equal: no error", entropy)
		}
	}
	for _, slot := range []topology.Slot{{Set: 3}, {Drive: 4}, {Set: -1}, {Drive: -1}} {
		if l, err := first.Label(slot); err == nil {
			t.Errorf("%v: got %v", slot, l)
		}
	}
}

func TestMarshalRefusesInvalid(t *testing.T) {
	t.Parallel()
	pool := newPool(t, 1, uuid.Nil, 1, 4)
	for name, l := range map[string]label.Label{
		"zero":           {},
		"no drive":       {Roster: pool},
		"not in pool":    {Roster: pool, This: pool.Deployment},
		"given up":       {Roster: pool, This: uuid.Max},
		"no algorithm":   {Roster: label.Roster{Deployment: pool.Deployment, Sets: pool.Sets}, This: pool.Sets[0][0]},
		"no sets at all": {Roster: label.Roster{Deployment: pool.Deployment, Algorithm: topology.SipMod}, This: pool.Sets[0][0]},
	} {
		if b, err := l.Marshal(); err == nil {
			t.Errorf("%s: got %s", name, b)
		}
	}
}

func TestElect(t *testing.T) {
	t.Parallel()
	ours := newPool(t, 1, uuid.Nil, 1, 4)
	theirs := newPool(t, 2, uuid.Nil, 1, 4)
	a, b := readAll(t, ours), readAll(t, theirs)
	single := newPool(t, 3, uuid.Nil, 1, 1)
	for _, tc := range []struct {
		name      string
		readings  []label.Reading
		setDrives int
		want      error // nil: ours
	}{
		{"all", a, 4, nil},
		{"half", []label.Reading{a[0], blank, blank, a[3]}, 4, nil},
		{"half, the rest lost", []label.Reading{damaged, a[0], a[3], offline}, 4, nil},
		{"more than the others", []label.Reading{a[0], a[1], b[2], blank}, 4, nil},
		{"one alien", []label.Reading{a[0], a[1], a[2], alien}, 4, nil},
		{"all blank", []label.Reading{blank, blank, blank, blank}, 4, label.ErrUnformatted},
		{"one drive, blank", []label.Reading{blank}, 1, label.ErrUnformatted},
		{"less than half", []label.Reading{a[0], blank, blank, blank}, 4, errQuorum},
		{"as many others", []label.Reading{a[0], a[1], b[2], b[3]}, 4, errQuorum},
		{"blank but one offline", []label.Reading{blank, blank, blank, offline}, 4, errQuorum},
		{"blank but one damaged", []label.Reading{blank, blank, blank, damaged}, 4, errQuorum},
		{"one drive, damaged", []label.Reading{damaged}, 1, errQuorum},
		{"one drive, offline", []label.Reading{offline}, 1, errQuorum},
		{"all alien", []label.Reading{alien, alien, alien, alien}, 4, label.ErrUnsupported},
		{"no drives", nil, 4, errQuorum},
		{"drives left out", a[:2], 2, label.ErrShape},
		{"drives added", append(slices.Clone(a), blank, blank, blank, blank), 4, label.ErrShape},
		{"other set size", a, 2, label.ErrShape},
		{"drive of a single drive deployment", readAll(t, single), 2, label.ErrShape},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := label.Elect(tc.readings, tc.setDrives)
			var quorum *label.QuorumError
			switch {
			case tc.want == nil && (err != nil || !got.Equal(ours)):
				t.Errorf("got %v, %v", got, err)
			case errors.Is(tc.want, errQuorum) && !errors.As(err, &quorum):
				t.Errorf("got %v, want a quorum error", err)
			case tc.want != nil && !errors.Is(tc.want, errQuorum) && !errors.Is(err, tc.want):
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// errQuorum stands for any *QuorumError in a table.
var errQuorum = errors.New("quorum")

func TestQuorumErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	a, b := readAll(t, newPool(t, 1, uuid.Nil, 1, 6)), readAll(t, newPool(t, 2, uuid.Nil, 1, 6))
	for _, tc := range []struct {
		readings []label.Reading
		want     string
	}{
		{[]label.Reading{a[0], a[1], b[0], b[1], blank, damaged},
			"of 6 drives 2 agree; 4 labelled, 1 unformatted, 1 corrupt, 0 unsupported, 0 unreadable; drives of deployments [" +
				a[0].Label.Deployment.String() + " " + b[0].Label.Deployment.String() + "] are mixed: give only those of one"},
		{[]label.Reading{a[0], blank, offline, offline, blank, damaged},
			"of 6 drives 1 agree; 1 labelled, 2 unformatted, 1 corrupt, 0 unsupported, 2 unreadable; bring the unreadable drives back"},
		{[]label.Reading{alien, offline, blank, blank, blank, blank},
			"of 6 drives 0 agree; 0 labelled, 4 unformatted, 0 corrupt, 1 unsupported, 1 unreadable: label: unsupported"},
	} {
		_, err := label.Elect(tc.readings, 6)
		if diff := cmp.Diff("label: no quorum: "+tc.want, err.Error()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	ours := newPool(t, 1, uuid.Nil, 2, 2)
	ours.Sets[1][1] = uuid.Max
	l := func(set, drive int) label.Reading {
		got, err := ours.Label(topology.Slot{Set: set, Drive: drive})
		if err != nil {
			t.Fatal(err)
		}
		return label.Reading{Label: got}
	}
	a, b, c := l(0, 0), l(0, 1), l(1, 0)
	foreign := readAll(t, newPool(t, 2, uuid.Nil, 2, 2))
	otherPool := readAll(t, newPool(t, 3, ours.Deployment, 2, 2))
	for _, tc := range []struct {
		name     string
		readings [4]label.Reading
		want     [4]string
	}{
		{"in order", [4]label.Reading{a, b, c, blank}, [4]string{"sound 0/0", "sound 0/1", "sound 1/0", "surplus 1/1"}},
		{"blank", [4]label.Reading{a, blank, damaged, offline}, [4]string{"sound 0/0", "vacant 0/1", "vacant 1/0", "unreadable 1/1"}},
		{"permuted", [4]label.Reading{b, c, a, offline}, [4]string{"sound 0/1 moved", "sound 1/0 moved", "sound 0/0 moved", "unreadable 1/1"}},
		{"in the slot that was given up", [4]label.Reading{blank, b, c, a}, [4]string{"surplus 0/0", "sound 0/1", "sound 1/0", "sound 0/0 moved"}},
		{"foreign", [4]label.Reading{a, b, foreign[2], alien}, [4]string{"sound 0/0", "sound 0/1", "foreign 1/0", "unsupported 1/1"}},
		{"of another pool", [4]label.Reading{a, otherPool[1], c, otherPool[0]}, [4]string{"sound 0/0", "misfit 0/1", "sound 1/0", "misfit 1/1"}},
		{"copy elsewhere", [4]label.Reading{a, b, a, offline}, [4]string{"sound 0/0", "sound 0/1", "clone 0/0 moved", "unreadable 1/1"}},
		{"copies only", [4]label.Reading{blank, a, a, blank}, [4]string{"surplus 0/0", "clone 0/0 moved", "clone 0/0 moved", "surplus 1/1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got [4]string
			for i, v := range ours.Judge(tc.readings[:]) {
				got[i] = describe(v)
				if (v.Err == nil) != (v.State == label.Sound) {
					t.Errorf("drive %d is %s: %v", i, got[i], v.Err)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if got := label.State(200).String(); got != "state 200" {
		t.Errorf("got %q", got)
	}
}

func TestJudgeMisfitWithChangedSets(t *testing.T) {
	t.Parallel()
	ours := newPool(t, 1, uuid.Nil, 1, 2)
	readings := readAll(t, ours)
	changed := ours
	changed.Sets = [][]uuid.UUID{{ours.Sets[0][0], uuid.Max}}
	readings[0].Label.Roster = changed
	if got := ours.Judge(readings)[0].State; got != label.Misfit {
		t.Errorf("got %v, want misfit", got)
	}
}

func describe(v label.Verdict) string {
	s := v.State.String() + " " + string(rune('0'+v.Slot.Set)) + "/" + string(rune('0'+v.Slot.Drive))
	if v.Moved {
		s += " moved"
	}
	return s
}

// However the drives of a pool are permuted, replaced or lost: no slot is given to two drives, and
// every drive that is there serves its own.
func TestJudgeNeverSharesASlot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sets, setDrives := rapid.IntRange(1, 3).Draw(t, "sets"), rapid.IntRange(2, 5).Draw(t, "drives")
		roster := newPool(t, 1, uuid.Nil, sets, setDrives)
		all := readAll(t, roster)
		readings := make([]label.Reading, len(all))
		for i := range readings {
			if pick := rapid.IntRange(-3, len(all)-1).Draw(t, "pick"); pick >= 0 {
				readings[i] = all[pick]
			} else {
				readings[i] = []label.Reading{blank, damaged, offline}[-1-pick]
			}
		}
		taken := make(map[topology.Slot]int)
		for i, v := range roster.Judge(readings) {
			if v.State != label.Sound && v.State != label.Vacant {
				continue
			}
			if other, twice := taken[v.Slot]; twice {
				t.Errorf("drives %d and %d share %v", other, i, v.Slot)
			}
			taken[v.Slot] = i
			if v.State == label.Sound && roster.Sets[v.Slot.Set][v.Slot.Drive] != readings[i].Label.This {
				t.Errorf("drive %d serves %v", i, v.Slot)
			}
		}
	})
}
