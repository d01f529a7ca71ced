package label_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

const (
	deploymentID = "7747c719-3236-4bc9-8cf6-15367f68ed16"
	drive1       = "ba6e6dc0-0f13-4645-8903-9bdd88d3598d"
	drive2       = "caf262f9-7b79-43db-ab5b-23bc5f40661b"
	maxID        = "ffffffff-ffff-ffff-ffff-ffffffffffff"
)

// Files written by MinIO (2026-02) are read, and written back to the byte.
func TestGoldenLabels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file            string
		deployment      string
		sets, setDrives int
	}{
		{"single.json", "3d854fe0-811a-4744-bbf3-45ddf59042eb", 1, 1},
		{"4drives-ec2.json", deploymentID, 1, 4},
		{"8drives-2sets.json", "3e64665f-dd92-43fe-ba68-c0f407b09ac0", 2, 4},
		{"16drives-ec4.json", "", 1, 16},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			golden, err := os.ReadFile("testdata/" + tc.file)
			if err != nil {
				t.Fatal(err)
			}
			l, err := label.Parse(golden)
			if err != nil {
				t.Fatal(err)
			}
			if tc.deployment != "" && l.Deployment.String() != tc.deployment {
				t.Errorf("got deployment %v, want %s", l.Deployment, tc.deployment)
			}
			if len(l.Sets) != tc.sets || l.SetDrives() != tc.setDrives || l.Algorithm != topology.SipModParity {
				t.Errorf("got %d sets of %d placed by %s", len(l.Sets), l.SetDrives(), l.Algorithm)
			}
			if slot, found := l.Find(l.This); slot != (topology.Slot{}) || !found {
				t.Errorf("got slot %v, %t", slot, found)
			}
			got, err := l.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(golden), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseTolerates(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"old algorithm":   document(`"SIPMOD"`, drive1, drive1, drive2),
		"slots given up":  document(`"SIPMOD+PARITY"`, drive1, drive1, maxID, maxID, drive2),
		"unknown key":     strings.Replace(document(`"SIPMOD+PARITY"`, drive1, drive1, drive2), `"xl":{`, `"new":[1],"xl":{"more":{},`, 1),
		"white space":     strings.ReplaceAll(document(`"SIPMOD+PARITY"`, drive1, drive1, drive2), ",", " ,\n ") + "\n",
		"order of keys":   `{"xl":{"distributionAlgo":"SIPMOD","sets":[["` + drive1 + `"]],"this":"` + drive1 + `","version":"3"},"id":"` + deploymentID + `","format":"xl-single","version":"1"}`,
		"second of a set": document(`"SIPMOD+PARITY"`, drive2, drive1, drive2),
	} {
		if _, err := label.Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	sound := document(`"SIPMOD+PARITY"`, drive1, drive1, drive2)
	with := func(old, changed string) string { return strings.Replace(sound, old, changed, 1) }
	for _, tc := range []struct {
		name, text string
		want       error
	}{
		{"nothing", "", label.ErrCorrupt},
		{"null", "null", label.ErrCorrupt},
		{"empty object", "{}", label.ErrCorrupt},
		{"zeros", strings.Repeat("\x00", 300), label.ErrCorrupt},
		{"cut short", sound[:len(sound)-1], label.ErrCorrupt},
		{"trailing text", sound + "{}", label.ErrCorrupt},
		{"number for a version", with(`"version":"1"`, `"version":1`), label.ErrCorrupt},
		{"too large", sound + strings.Repeat(" ", label.MaxBytes), label.ErrCorrupt},

		{"version 2", with(`"version":"1"`, `"version":"2"`), label.ErrUnsupported},
		{"format fs", with(`"xl"`, `"fs"`), label.ErrUnsupported},
		{"format unknown", with(`"xl"`, `"xxl"`), label.ErrUnsupported},
		{"xl version 1", `{"version":"1","format":"xl","xl":{"version":"1","drive":"` + drive1 + `","jbod":["` + drive1 + `","` + drive2 + `"]}}`, label.ErrUnsupported},
		{"xl version 2", with(`"version":"3"`, `"version":"2"`), label.ErrUnsupported},
		{"xl version 4", with(`"version":"3"`, `"version":"4"`), label.ErrUnsupported},
		{"xl version missing", with(`"version":"3",`, ``), label.ErrCorrupt},
		{"CRCMOD", document(`"CRCMOD"`, drive1, drive1, drive2), label.ErrUnsupported},
		{"unknown algorithm", document(`"NEWMOD"`, drive1, drive1, drive2), label.ErrUnsupported},

		{"no deployment", with(deploymentID, ""), label.ErrCorrupt},
		{"zero deployment", with(deploymentID, uuid.Nil.String()), label.ErrCorrupt},
		{"deployment in capitals", with(deploymentID, strings.ToUpper(deploymentID)), label.ErrCorrupt},
		{"deployment in braces", with(deploymentID, "{"+deploymentID+"}"), label.ErrCorrupt},
		{"drive is no uuid", document(`"SIPMOD"`, drive1, drive1, "x"), label.ErrCorrupt},
		{"drive is zero", document(`"SIPMOD"`, drive1, drive1, uuid.Nil.String()), label.ErrCorrupt},
		{"drive twice", document(`"SIPMOD"`, drive1, drive1, drive1), label.ErrCorrupt},
		{"this is not in the sets", document(`"SIPMOD"`, deploymentID, drive1, drive2), label.ErrCorrupt},
		{"this was given up", document(`"SIPMOD"`, maxID, drive1, maxID), label.ErrCorrupt},
		{"this is no uuid", document(`"SIPMOD"`, "", drive1, drive2), label.ErrCorrupt},
		{"no sets", with(`[["`+drive1+`","`+drive2+`"]]`, `[]`), label.ErrCorrupt},
		{"empty sets", with(`[["`+drive1+`","`+drive2+`"]]`, `[[],[]]`), label.ErrCorrupt},
		{"unequal sets", with(`","`+drive2, `"],["`+drive2+`","`+deploymentID), label.ErrCorrupt},
		{"sets of one", with(`","`+drive2, `"],["`+drive2), label.ErrCorrupt},
		{"one drive as xl", with(`,"`+drive2+`"`, ``), label.ErrCorrupt},
		{"two drives as xl-single", with(`"xl"`, `"xl-single"`), label.ErrCorrupt},
		{"set of 17", document(`"SIPMOD"`, manyIDs(17)[0], manyIDs(17)...), label.ErrCorrupt},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if l, err := label.Parse([]byte(tc.text)); !errors.Is(err, tc.want) {
				t.Errorf("got %+v, %v, want error %v", l, err, tc.want)
			}
		})
	}
}

func TestParseNamesLegacyAlgorithm(t *testing.T) {
	t.Parallel()
	_, err := label.Parse([]byte(document(`"CRCMOD"`, drive1, drive1, drive2)))
	var unsupported *topology.AlgorithmError
	if !errors.As(err, &unsupported) || !unsupported.Legacy() {
		t.Errorf("got %v", err)
	}
}

// document is a label of one set.
func document(algorithm, this string, set ...string) string {
	format := "xl"
	if len(set) == 1 {
		format = "xl-single"
	}
	return `{"version":"1","format":"` + format + `","id":"` + deploymentID + `","xl":{"version":"3","this":"` + this +
		`","sets":[["` + strings.Join(set, `","`) + `"]],"distributionAlgo":` + algorithm + `}}`
}

func manyIDs(n int) []string {
	random := rand.NewChaCha8([32]byte{})
	ids := make([]string, n)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewRandomFromReader(random)).String()
	}
	return ids
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"single.json", "4drives-ec2.json", "8drives-2sets.json"} {
		golden, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(golden)
	}
	f.Add([]byte(document(`"SIPMOD"`, drive1, drive1, maxID, maxID)))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := label.Parse(b)
		if err != nil {
			if !errors.Is(err, label.ErrCorrupt) && !errors.Is(err, label.ErrUnsupported) {
				t.Errorf("got %v", err)
			}
			return
		}
		written, err := l.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := label.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l, again); diff != "" {
			t.Error(diff)
		}
		if rewritten, err := again.Marshal(); err != nil || !bytes.Equal(rewritten, written) {
			t.Errorf("got %s, %v, want %s", rewritten, err, written)
		}
	})
}
