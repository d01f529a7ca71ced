package topology_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

func TestDefaultParity(t *testing.T) {
	t.Parallel()
	want := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4}
	for drives, parity := range want {
		if got := topology.DefaultParity(drives); got != parity {
			t.Errorf("%d drives: got %d, want %d", drives, got, parity)
		}
	}
}

func TestParseClasses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		standard, reduced string
		drives            int
		want              topology.Classes
		err               error
	}{
		{"", "", 1, topology.Classes{Standard: 0, Reduced: 0}, nil},
		{"", "", 2, topology.Classes{Standard: 1, Reduced: 1}, nil},
		{"", "", 16, topology.Classes{Standard: 4, Reduced: 1}, nil},
		{"EC:8", "EC:2", 16, topology.Classes{Standard: 8, Reduced: 2}, nil},
		{"EC:0", "", 4, topology.Classes{Standard: 0, Reduced: 1}, nil},
		{"EC:2", "EC:0", 4, topology.Classes{Standard: 2, Reduced: 0}, nil},
		{"EC:0", "EC:0", 1, topology.Classes{}, nil},
		{"EC:9", "", 16, topology.Classes{}, topology.ErrParity},
		{"EC:1", "", 1, topology.Classes{}, topology.ErrParity},
		{"EC:2", "EC:3", 6, topology.Classes{}, topology.ErrParity},
		{"", "EC:9", 16, topology.Classes{}, topology.ErrParity},
		{"4", "", 16, topology.Classes{}, topology.ErrParity},
		{"EC:", "", 16, topology.Classes{}, topology.ErrParity},
		{"EC:-1", "", 16, topology.Classes{}, topology.ErrParity},
		{"ec:4", "", 16, topology.Classes{}, topology.ErrParity},
		{"EC:4096", "", 16, topology.Classes{}, topology.ErrParity},
	} {
		got, err := topology.ParseClasses(tc.standard, tc.reduced, tc.drives)
		if !errors.Is(err, tc.err) {
			t.Errorf("%+v: got error %v", tc, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%+v: (-want +got)\n%s", tc, diff)
		}
	}
}

func TestRaiseParity(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		parity, offline, drives int
		want                    int
		ok                      bool
	}{
		{2, 0, 6, 2, true},
		{2, 1, 6, 3, true},
		{3, 2, 6, 3, true},
		{2, 3, 6, 2, false},
		{4, 3, 16, 7, true},
		{4, 7, 16, 8, true},
		{4, 8, 16, 4, false},
		{1, 1, 3, 1, true},
		{1, 2, 3, 1, false},
		{0, 0, 1, 0, true},
		{0, 1, 1, 0, false},
		{0, 1, 4, 1, true},
	} {
		got, ok := topology.RaiseParity(tc.parity, tc.offline, tc.drives)
		if got != tc.want || ok != tc.ok {
			t.Errorf("EC:%d with %d of %d offline: got %d, %t, want %d, %t", tc.parity, tc.offline, tc.drives, got, ok, tc.want, tc.ok)
		}
	}
}

func TestQuorums(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		geometry              topology.Geometry
		read, write, majority int
	}{
		{topology.Split(1, 0), 1, 1, 1},
		{topology.Split(2, 1), 1, 2, 2},
		{topology.Split(3, 1), 2, 2, 2},
		{topology.Split(4, 2), 2, 3, 3},
		{topology.Split(4, 0), 4, 4, 3},
		{topology.Split(16, 4), 12, 12, 9},
		{topology.Split(16, 8), 8, 9, 9},
	} {
		g := tc.geometry
		if err := g.Validate(); err != nil {
			t.Error(err)
		}
		if got := g.ReadQuorum(); got != tc.read {
			t.Errorf("%v: read quorum: got %d, want %d", g, got, tc.read)
		}
		if got := g.WriteQuorum(); got != tc.write {
			t.Errorf("%v: write quorum: got %d, want %d", g, got, tc.write)
		}
		if got := topology.Majority(g.Shards()); got != tc.majority {
			t.Errorf("%v: majority: got %d, want %d", g, got, tc.majority)
		}
	}
}

func TestGeometryValidateRefuses(t *testing.T) {
	t.Parallel()
	const huge = int(^uint(0) >> 1)
	for _, g := range []topology.Geometry{{}, {Data: 0, Parity: 1}, {Data: 1, Parity: -1}, {Data: 1, Parity: 2}, {Data: 9, Parity: 8}, {Data: 17}, {Data: huge, Parity: huge}} {
		if err := g.Validate(); !errors.Is(err, topology.ErrGeometry) {
			t.Errorf("%v: got %v, want %v", g, err, topology.ErrGeometry)
		}
	}
}
