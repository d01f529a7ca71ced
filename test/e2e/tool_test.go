package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// tree is a folder's files with their content, by slash separated path.
type tree map[string]string

// sampleTree has files small and large, nested and oddly named.
func sampleTree() tree {
	return tree{
		"empty":                     "",
		"small.txt":                 "hello\n",
		"dir/medium.bin":            string(fixture.Content("rnd:medium:300000")),
		"dir/sub/large.bin":         string(fixture.Content("rnd:large:9000000")), // above the clients' limits for parts
		"dir/sub/with space & +.js": "odd",
		"unicode/ünï/键.txt":         "unicode",
		"dots/.hidden":              "hidden",
	}
}

// write makes the files below a folder.
func (f tree) write(t *testing.T, dir string) {
	t.Helper()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// readTree reads a folder.
func readTree(t *testing.T, dir string) tree {
	t.Helper()
	f := make(tree)
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		f[filepath.ToSlash(name)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// wantTree compares a folder with what has to be in it.
func wantTree(t *testing.T, dir string, want tree) {
	t.Helper()
	got := readTree(t, dir)
	if diff := cmp.Diff(digests(want), digests(got)); diff != "" {
		t.Errorf("files in %s by digest (-want +got):\n%s", dir, diff)
	}
}

func digests(f tree) map[string]string {
	sums := make(map[string]string, len(f))
	for name, content := range f {
		sums[name] = digest([]byte(content))
	}
	return sums
}
