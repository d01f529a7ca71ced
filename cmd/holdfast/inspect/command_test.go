package inspect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// TestOutput compares what people and programs read with testdata/*.golden. In there DIR is the directory of the drives.
func TestOutput(t *testing.T) {
	t.Parallel()
	fourDrives := []string{"DIR/d{1...4}"}
	for _, tc := range []struct {
		name   string
		sample []string
		do     func(t *testing.T, dir string)
		args   []string
		exit   int
	}{
		{name: "labels", args: fourDrives},
		{name: "labels-json", args: []string{"--json", "DIR/d{1...4}"}},
		{name: "labels-degraded", args: fourDrives, exit: 1, do: func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "d2", labelFile))
			remove(t, filepath.Join(dir, "d4"))
		}},
		{name: "labels-refused", args: []string{"DIR/d1", "DIR/d3"}, exit: 2},
		{name: "object", sample: []string{versions}, args: []string{"DIR/d{1...4}", versions}},
		{name: "object-json", sample: []string{inline}, args: []string{"--json", "--object", inline, "DIR/d{1...4}"}},
		{name: "object-degraded", sample: []string{"multi/sparse-numbers"}, args: []string{"DIR/d{1...4}", "multi/sparse-numbers"}, exit: 1, do: func(t *testing.T, dir string) {
			flip(t, one(t, filepath.Join(dir, "d1/multi/sparse-numbers/*/part.2")), 600_000)
			flip(t, filepath.Join(dir, "d2/multi/sparse-numbers/xl.meta"), 100)
			write(t, filepath.Join(dir, "d3/multi/sparse-numbers/11111111-1111-4111-8111-111111111111/part.1"), nil)
		}},
		{name: "object-unknown", args: []string{"DIR/d{1...4}", "plain/no such key"}, exit: 3},
		{name: "verify-sound", sample: []string{"plain", "vers"}, args: []string{"--verify", "DIR/d{1...4}"}},
		{name: "verify", sample: []string{inline, files}, args: []string{"DIR/d{1...4}", "--verify"}, exit: 2, do: ruin},
		{name: "verify-json", sample: []string{inline, files}, args: []string{"--verify", "--json", "DIR/d{1...4}"}, exit: 2, do: ruin},
		{name: "system", sample: []string{".minio.sys/config/iam/users/alice", ".minio.sys/config/history", ".minio.sys/buckets/vers", ".minio.sys/pool.bin"}, args: []string{"--system", "DIR/d{1...4}"}},
		{name: "system-json", sample: []string{".minio.sys/config/iam/users/alice", ".minio.sys/buckets/empty"}, args: []string{"--system", "--json", "DIR/d{1...4}"}},
		{name: "file-record", sample: []string{"vers/marked"}, args: []string{"DIR/d2/vers/marked/xl.meta"}},
		{name: "file-record-json", sample: []string{inline}, args: []string{"--json", "DIR/d2/" + inline + "/xl.meta"}},
		{name: "file-label", args: []string{"DIR/d3/" + labelFile}},
		{name: "file-part", sample: []string{".minio.sys/multipart"}, args: []string{"DIR/part.3.meta"}, do: func(t *testing.T, dir string) {
			copyTree(t, one(t, filepath.Join(dir, "d1/.minio.sys/multipart/077e*/*/*/part.3.meta")), filepath.Join(dir, "part.3.meta"))
		}},
		{name: "file-bucket", args: []string{"DIR/.metadata.bin"}, do: func(t *testing.T, dir string) {
			m := bucket.New("photos", time.Unix(1795372636, 0))
			m = m.With(objectlayer.SettingVersioning, []byte(bucket.EnabledVersioningDoc), m.Created)
			m = m.With(objectlayer.SettingTargets, []byte(`{"targets":[{"credentials":{"accessKey":"a","secretKey":"s"}}]}`), m.Created)
			write(t, filepath.Join(dir, ".metadata.bin"), m.Append(nil))
		}},
		{name: "help", args: []string{"--help"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := sample(t, fixture.FourDrives, tc.sample...)
			if tc.do != nil {
				tc.do(t, dir)
			}
			var args []string
			for _, a := range tc.args {
				args = append(args, strings.Replace(a, "DIR", dir, 1))
			}
			var out, errs bytes.Buffer
			exit := inspect.Run(t.Context(), args, &out, &errs, inspect.Env{})
			if exit != tc.exit {
				t.Errorf("got exit code %d, want %d: %s", exit, tc.exit, &errs)
			}
			compare(t, tc.name, normalise(dir, out.String()))
			if strings.Contains(tc.name, "json") {
				for text := range strings.Lines(out.String()) {
					if !json.Valid([]byte(text)) {
						t.Errorf("%q is no JSON", text)
					}
				}
			}
		})
	}
}

// ruin leaves one of each severity.
func ruin(t *testing.T, dir string) {
	for _, d := range []string{"d1", "d2", "d3"} {
		flip(t, filepath.Join(dir, d, inline, "xl.meta"), -1)
	}
	remove(t, part(t, dir, "d3"))
	write(t, filepath.Join(dir, "d4/plain/stray"), nil)
}

var (
	spaces     = regexp.MustCompile(`[\d.]+ [KMGTPE]?i?B +[\d.]+ [KMGTPE]?i?B +/`)
	spacesHead = regexp.MustCompile(`SIZE +FREE +DRIVE`)
	padding    = regexp.MustCompile(` {2,}DIR`) // where a drive has no sizes
	spacesJSON = regexp.MustCompile(`"total":\d+,"free":\d+`)
)

// normalise takes out what depends on the machine.
func normalise(dir, text string) string {
	text = spaces.ReplaceAllString(text, "SIZE FREE /")
	text = spacesHead.ReplaceAllString(text, "SIZE FREE DRIVE")
	text = spacesJSON.ReplaceAllString(text, `"total":0,"free":0`)
	text = strings.ReplaceAll(text, dir, "DIR")
	return padding.ReplaceAllString(text, "  DIR")
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *rewrite {
		write(t, path, []byte(got))
	}
	if diff := cmp.Diff(string(read(t, path)), got); diff != "" {
		t.Errorf("output differs from %s (-want +got):\n%s", path, diff)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, inline)
	odd := filepath.Join(dir, "odd.bin")
	write(t, odd, []byte("nothing we know"))
	all := filepath.Join(dir, "d{1...4}")
	for _, tc := range []struct {
		name   string
		args   []string
		env    inspect.Env
		exit   int
		stderr string // a part of it
	}{
		{name: "nothing", exit: 3, stderr: "name the drives"},
		{name: "drives of the configuration", env: inspect.Env{Drives: []string{all}}},
		{name: "object on the drives of the configuration", args: []string{inline}, env: inspect.Env{Drives: []string{all}}},
		{name: "unknown flag", args: []string{"--wipe", all}, exit: 3, stderr: "not defined: -wipe"},
		{name: "two questions", args: []string{"--verify", "--system", all}, exit: 3, stderr: "exclude each other"},
		{name: "no object", args: []string{"--object", "plain", all}, exit: 3, stderr: "write BUCKET/KEY"},
		{name: "key with dots", args: []string{"--object", "plain/../vers", all}, exit: 3, stderr: "no key that can be stored"},
		{name: "node", args: []string{"http://node1/disk1"}, exit: 3, stderr: "run it there"},
		{name: "file of no known format", args: []string{odd}, exit: 3, stderr: "it is neither an xl.meta"},
		{name: "wrong number of drives", args: []string{"--set-drives", "3", all}, exit: 3, stderr: "incorrect number of drives"},
		{name: "drives behind --", args: []string{"--json", "--", all}},
		{name: "no drives at all", args: []string{"--verify", filepath.Join(dir, "e{1...4}")}, exit: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if exit := inspect.Run(t.Context(), tc.args, &out, &errs, tc.env); exit != tc.exit {
				t.Errorf("got exit code %d, want %d", exit, tc.exit)
			}
			if !strings.Contains(errs.String(), tc.stderr) || tc.stderr == "" && errs.Len() > 0 {
				t.Errorf("got %q on stderr, want %q in it", errs.String(), tc.stderr)
			}
		})
	}
}

// TestFullPipe: what cannot be written is an error, not silence.
func TestFullPipe(t *testing.T) {
	t.Parallel()
	dir := sample(t, fixture.FourDrives, inline, ".minio.sys/pool.bin")
	for _, args := range [][]string{{}, {"--json"}, {"--verify"}, {"--verify", "--json"}, {"--system"}, {"--object", inline}} {
		var errs bytes.Buffer
		if exit := inspect.Run(t.Context(), append(args, filepath.Join(dir, "d{1...4}")), broken{}, &errs, inspect.Env{}); exit != inspect.ExitFailed {
			t.Errorf("%q: got exit code %d, want %d", args, exit, inspect.ExitFailed)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestFileIsRefusedWhenTooLarge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "xl.meta")
	write(t, path, nil)
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.File(t.Context(), path); err == nil {
		t.Error("got no error for a file of a terabyte")
	}
}
