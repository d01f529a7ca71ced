package topology_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

func TestExpandDrives(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want []topology.Pool
	}{
		{"single drive", []string{"/data"}, []topology.Pool{
			{Argument: "/data", Drives: []string{"/data"}, SetDrives: 1, Legacy: true},
		}},
		{"single drive by ellipsis", []string{"/data{1...1}"}, []topology.Pool{
			{Argument: "/data{1...1}", Drives: []string{"/data1"}, SetDrives: 1},
		}},
		{"braces without dots are a name", []string{"/data{x}"}, []topology.Pool{
			{Argument: "/data{x}", Drives: []string{"/data{x}"}, SetDrives: 1, Legacy: true},
		}},
		{"legacy", []string{"/a", "/b", "/c", "/d"}, []topology.Pool{
			{Argument: "/a /b /c /d", Drives: []string{"/a", "/b", "/c", "/d"}, SetDrives: 4, Legacy: true},
		}},
		{"range", []string{"/d{1...4}/x"}, []topology.Pool{
			{Argument: "/d{1...4}/x", Drives: []string{"/d1/x", "/d2/x", "/d3/x", "/d4/x"}, SetDrives: 4},
		}},
		{"zero padding", []string{"/d{09...12}"}, []topology.Pool{
			{Argument: "/d{09...12}", Drives: []string{"/d09", "/d10", "/d11", "/d12"}, SetDrives: 4},
		}},
		{"padding to the upper end", []string{"/d{00...03}", "/e{0...3}", "/f{8...011}"}, []topology.Pool{
			{Argument: "/d{00...03}", Drives: []string{"/d00", "/d01", "/d02", "/d03"}, SetDrives: 4},
			{Argument: "/e{0...3}", Drives: []string{"/e0", "/e1", "/e2", "/e3"}, SetDrives: 4},
			{Argument: "/f{8...011}", Drives: []string{"/f008", "/f009", "/f010", "/f011"}, SetDrives: 4},
		}},
		{"hexadecimal", []string{"/d{8...b}"}, []topology.Pool{
			{Argument: "/d{8...b}", Drives: []string{"/d8", "/d9", "/da", "/db"}, SetDrives: 4},
		}},
		{"hexadecimal padded", []string{"/d{0e...11}", "/e{0e...0f}"}, []topology.Pool{
			{Argument: "/d{0e...11}", Drives: []string{"/d0e", "/d0f", "/d10", "/d11"}, SetDrives: 4},
			{Argument: "/e{0e...0f}", Drives: []string{"/e0e", "/e0f"}, SetDrives: 2},
		}},
		{"leftmost varies fastest", []string{"http://n{1...2}:9000/d{1...2}"}, []topology.Pool{{
			Argument:  "http://n{1...2}:9000/d{1...2}",
			Drives:    []string{"http://n1:9000/d1", "http://n2:9000/d1", "http://n1:9000/d2", "http://n2:9000/d2"},
			SetDrives: 4,
		}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := topology.Expand(tc.args, 0)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Expand(%q): (-want +got)\n%s", tc.args, diff)
			}
		})
	}
}

func TestExpandSetSize(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		arg        string
		fixed      int
		sets, size int
	}{
		{"{1...4}", 0, 1, 4},
		{"{1...8}", 0, 1, 8},
		{"{1...12}", 0, 1, 12},
		{"{1...16}", 0, 1, 16},
		{"{1...18}", 0, 2, 9},
		{"{1...20}", 0, 2, 10},
		{"{1...24}", 0, 2, 12},
		{"{1...32}", 0, 2, 16},
		{"n{1...4}/d{1...4}", 0, 1, 16},
		{"n{1...3}/d{1...4}", 0, 1, 12},
		{"n{1...6}/d{1...4}", 0, 2, 12},
		{"{1...16}", 4, 4, 4},
		{"n{1...6}/d{1...4}", 8, 3, 8},
	} {
		t.Run(fmt.Sprintf("%s fixed %d", tc.arg, tc.fixed), func(t *testing.T) {
			t.Parallel()
			pools, err := topology.Expand([]string{tc.arg}, tc.fixed)
			if err != nil {
				t.Fatal(err)
			}
			if got := pools[0]; got.Sets() != tc.sets || got.SetDrives != tc.size {
				t.Errorf("got %d sets of %d, want %d of %d", got.Sets(), got.SetDrives, tc.sets, tc.size)
			}
		})
	}
}

func TestExpandRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		args  []string
		fixed int
		want  error
	}{
		{"nothing", nil, 0, topology.ErrNoDrives},
		{"empty argument", []string{"/a", ""}, 0, topology.ErrNoDrives},
		{"mixed", []string{"/a{1...4}", "/b"}, 0, topology.ErrMixedArguments},
		{"backwards", []string{"/a{4...1}"}, 0, topology.ErrMalformedEllipsis},
		{"no upper end", []string{"/a{1...}"}, 0, topology.ErrMalformedEllipsis},
		{"no lower end", []string{"/a{...4}"}, 0, topology.ErrMalformedEllipsis},
		{"letters", []string{"/a{x...z}"}, 0, topology.ErrMalformedEllipsis},
		{"sign", []string{"/a{-1...4}"}, 0, topology.ErrMalformedEllipsis},
		{"unclosed", []string{"/a{1...4"}, 0, topology.ErrMalformedEllipsis},
		{"unopened", []string{"/a}{1...4}"}, 0, topology.ErrMalformedEllipsis},
		{"nested", []string{"/a{{1...4}}"}, 0, topology.ErrMalformedEllipsis},
		{"two dots next to three", []string{"/a{1..2}/b{1...4}"}, 0, topology.ErrMalformedEllipsis},
		{"too many digits", []string{"/a{1..." + strings.Repeat("0", 30) + "4}"}, 0, topology.ErrMalformedEllipsis},
		{"prime", []string{"/a{1...17}"}, 0, topology.ErrDriveCount},
		{"one drive in a second pool", []string{"/a{1...4}", "/b{1...1}"}, 0, topology.ErrDriveCount},
		{"fixed size no divisor", []string{"/a{1...16}"}, 5, topology.ErrDriveCount},
		{"fixed size too large", []string{"/a{1...32}"}, 32, topology.ErrDriveCount},
		{"asymmetric", []string{"/n{1...17}/d{1...4}"}, 0, topology.ErrAsymmetric},
		{"twice in the legacy form", []string{"/a", "/b/", "/b", "/c"}, 0, topology.ErrDuplicateDrive},
		{"twice over pools", []string{"/a{1...4}", "/a{4...7}"}, 0, topology.ErrDuplicateDrive},
		{"huge range", []string{"/a{1...70000}"}, 0, topology.ErrTooManyDrives},
		{"whole 64 bits", []string{"/a{0...18446744073709551615}"}, 0, topology.ErrTooManyDrives},
		{"huge product", []string{strings.Repeat("{1...60000}", 12)}, 0, topology.ErrTooManyDrives},
		{"huge sum", []string{"/a{1...60000}", "/b{1...60000}"}, 0, topology.ErrTooManyDrives},
		{"huge text", []string{strings.Repeat("a", 1<<20) + "{1...64}"}, 0, topology.ErrTooManyDrives},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := topology.Expand(tc.args, tc.fixed)
			if !errors.Is(err, tc.want) {
				t.Errorf("got %v, %v, want error %v", got, err, tc.want)
			}
		})
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("/mnt/disk{1...16}", 0)
	f.Add("http://n{01...04}:9000/d{a...f}", 4)
	f.Add("/a /b /c", 0)
	f.Add("{1...4", 2)
	f.Fuzz(func(t *testing.T, line string, fixed int) {
		pools, err := topology.Expand(strings.Fields(line), fixed)
		if err != nil {
			return
		}
		drives := 0
		for _, p := range pools {
			drives += len(p.Drives)
			if p.SetDrives < 1 || p.SetDrives > topology.MaxSetDrives || p.Sets()*p.SetDrives != len(p.Drives) {
				t.Errorf("%q: %d drives in sets of %d", line, len(p.Drives), p.SetDrives)
			}
		}
		if drives > topology.MaxDrives {
			t.Errorf("%q: %d drives", line, drives)
		}
	})
}
