package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// drives gives the paths of the drives of a fixture in a directory, in the order of the command line.
func drives(t *testing.T, name, dir string) []string {
	t.Helper()
	var paths []string
	for _, d := range fixture.Load(t, name).Drives {
		paths = append(paths, filepath.Join(dir, d.Path))
	}
	return paths
}

// sample makes drives that belong to the test: those of a fixture, with nothing on them but the labels and the given names
// (a bucket, a key with its bucket, a document of the system volume).
func sample(t *testing.T, name string, names ...string) (dir string) {
	t.Helper()
	from := fixture.Unpack(t, name)
	dir = t.TempDir()
	for _, d := range drives(t, name, "") {
		copyTree(t, filepath.Join(from, d, labelFile), filepath.Join(dir, d, labelFile))
		for _, n := range names {
			copyTree(t, filepath.Join(from, d, n), filepath.Join(dir, d, n))
		}
	}
	return dir
}

const labelFile = ".minio.sys/format.json"

// copyTree copies a file or directory; one that is not there is left out.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return
	}
	if err == nil && info.IsDir() {
		err = os.MkdirAll(to, 0o755)
		if err == nil {
			err = os.CopyFS(to, os.DirFS(from))
		}
	} else if err == nil {
		write(t, to, read(t, from))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// flip turns over one bit of a file, so many bytes from its start, or from its end when the number is negative.
func flip(t *testing.T, path string, at int) {
	t.Helper()
	b := read(t, path)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0x10
	write(t, path, b)
}

// cut makes a file shorter, or longer.
func cut(t *testing.T, path string, by int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()-by)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// one is the only path that matches.
func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: got %q, %v, want one path", pattern, found, err)
	}
	return found[0]
}

// edit changes an xl.meta.
func edit(t *testing.T, path string, change func(j *xlmeta.Journal)) {
	t.Helper()
	j, err := xlmeta.Decode(read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	change(j)
	write(t, path, j.Append(nil))
}

// line writes a finding in one line, with paths below dir:
//
//	degraded version plain/a null degraded, spare 1: d1 corrupt-shard
func line(dir string, f inspect.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", f.Severity, f.Kind)
	switch {
	case f.Path != "":
		fmt.Fprintf(&b, " %s", f.Path)
	default:
		fmt.Fprintf(&b, " %s/%s", f.Bucket, f.Key)
	}
	if f.Version != nil {
		fmt.Fprintf(&b, " %s %s, spare %d", f.Version.ID, f.Version.State, f.Version.Spare)
	}
	if f.Part > 0 {
		fmt.Fprintf(&b, " part %d", f.Part)
	}
	b.WriteString(":")
	for _, d := range f.Drives {
		fmt.Fprintf(&b, " %s", below(dir, d))
	}
	for i, c := range f.Copies {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, " %s %s", below(dir, c.Drive), c.State)
	}
	return b.String()
}

func below(dir, path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, dir), "/") }

func itoa(n int) string { return strconv.Itoa(n) }

func lines(dir string, findings []inspect.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, line(dir, f))
	}
	return all
}
