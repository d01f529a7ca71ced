package topology_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// Observed on a deployment written by MinIO (2026-02).
func TestSetOf(t *testing.T) {
	t.Parallel()
	deployment := uuid.MustParse("3e64665f-dd92-43fe-ba68-c0f407b09ac0")
	for _, tc := range []struct {
		name string
		hash uint64
	}{
		{"plain", 0x6f6099e1f2188900},
		{"inline-1b", 0x5ba33732375be4dd},
		{"dir__XLDIR__", 0xcce202c303dd2f2f},
		{"a/b/c/d/e/f/g/h/deep", 0xef3b5518a1232bb6},
		{"buckets/plain/.metadata.bin", 0x1ac516843e553bbc},
		{"config/config.json", 0x0d86cfec9f3f7570},
	} {
		for _, sets := range []int{1, 2, 3, 7, 64, 4096} {
			if got, want := topology.SetOf(tc.name, deployment, sets), int(tc.hash%uint64(sets)); got != want {
				t.Errorf("SetOf(%q, %d sets): got %d, want %d", tc.name, sets, got, want)
			}
		}
	}
	if got := topology.SetOf("any", deployment, 0); got != 0 {
		t.Errorf("without sets: got %d, want 0", got)
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	pools, err := topology.Expand([]string{"/a{1...4}", "/b{1...6}"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	m := topology.Map{Deployment: uuid.MustParse("3e64665f-dd92-43fe-ba68-c0f407b09ac0"), Pools: pools}
	if got := m.Drives(); got != 10 {
		t.Errorf("got %d drives, want 10", got)
	}
	seen := 0
	for place, drive := range m.All() {
		if got := m.Drive(place); got != drive {
			t.Errorf("%v: got %q, want %q", place, got, drive)
		}
		if got := pools[place.Pool].Set(place.Set)[place.Drive]; got != drive {
			t.Errorf("%v in its set: got %q, want %q", place, got, drive)
		}
		seen++
		if seen == 7 {
			if diff := cmp.Diff("pool 1 set 1 drive 0", place.String()); diff != "" {
				t.Error(diff)
			}
			break
		}
	}
	if got := m.SetOf(1, "inline-1b"); got != int(uint64(0x5ba33732375be4dd)%3) {
		t.Errorf("got set %d", got)
	}
}

func TestSlotAndIndexAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size, sets := rapid.IntRange(1, 16).Draw(t, "size"), rapid.IntRange(1, 20).Draw(t, "sets")
		pool := topology.Pool{Drives: make([]string, size*sets), SetDrives: size}
		i := rapid.IntRange(0, size*sets-1).Draw(t, "i")
		if got := pool.Index(pool.Slot(i)); got != i {
			t.Errorf("got %d, want %d", got, i)
		}
	})
}

// Observed on deployments written by MinIO (2026-02).
func TestDistribute(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		drives int
		want   topology.Distribution
	}{
		{"plain/inline-1b", 4, topology.Distribution{1, 2, 3, 4}},
		{"plain/inline-1b", 16, topology.Distribution{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4}},
		{"vers/marked", 4, topology.Distribution{3, 4, 1, 2}},
		{"vers/marked", 16, topology.Distribution{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2}},
		{"odd/a/b/c/d/e/f/g/h/deep", 4, topology.Distribution{4, 1, 2, 3}},
		{"odd/a/b/c/d/e/f/g/h/deep", 16, topology.Distribution{16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
		{".minio.sys/config/config.json", 4, topology.Distribution{4, 1, 2, 3}},
		{".minio.sys/config/config.json", 16, topology.Distribution{8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6, 7}},
		{"anything", 1, topology.Distribution{1}},
		{"no drives", 0, nil},
		{"too many drives", 17, nil},
	} {
		if diff := cmp.Diff(tc.want, topology.Distribute(tc.name, tc.drives)); diff != "" {
			t.Errorf("Distribute(%q, %d): (-want +got)\n%s", tc.name, tc.drives, diff)
		}
	}
}

func TestDistributionIsAnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, topology.MaxSetDrives).Draw(t, "n")
		d := topology.Distribute(rapid.String().Draw(t, "name"), n)
		if err := d.Validate(); err != nil {
			t.Fatal(err)
		}
		for slot := range n {
			if got := d.Slot(d.Shard(slot)); got != slot {
				t.Errorf("slot of the shard in slot %d: got %d", slot, got)
			}
		}
		if got := d.Slot(n); got != -1 {
			t.Errorf("slot of a shard that is not there: got %d, want -1", got)
		}
	})
}

func TestDistributionValidateRefuses(t *testing.T) {
	t.Parallel()
	for _, d := range []topology.Distribution{nil, {0, 1}, {1, 1}, {1, 3}, make(topology.Distribution, 17)} {
		if err := d.Validate(); !errors.Is(err, topology.ErrDistribution) {
			t.Errorf("%v: got %v, want %v", d, err, topology.ErrDistribution)
		}
	}
}

func TestParseAlgorithm(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"SIPMOD", "SIPMOD+PARITY"} {
		if got, err := topology.ParseAlgorithm(name); err != nil || string(got) != name {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for name, legacy := range map[string]bool{"CRCMOD": true, "": false, "sipmod": false, "RENDEZVOUS": false} {
		_, err := topology.ParseAlgorithm(name)
		var unsupported *topology.AlgorithmError
		if !errors.As(err, &unsupported) || unsupported.Legacy() != legacy || unsupported.Name != name {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
