package arch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// row is one line of layers.txt.
type row struct {
	line int
	may  []string
}

func (r row) allows(pkg string) bool {
	return slices.Contains(r.may, "*") || slices.Contains(r.may, pkg)
}

// readLayers parses layers.txt.
func readLayers(t *testing.T) map[string]row {
	t.Helper()
	rows := make(map[string]row)
	number := 0
	for line := range strings.Lines(read(t, "test/arch/layers.txt")) {
		number++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		pkg, may, found := strings.Cut(line, ":")
		if _, twice := rows[pkg]; !found || twice {
			t.Errorf("layers.txt:%d: not of the form package: imports, or there twice", number)
		}
		rows[pkg] = row{number, strings.Fields(may)}
	}
	return rows
}

// TestImportsFollowTheLayers checks every import of this module's packages against the row of its package.
func TestImportsFollowTheLayers(t *testing.T) {
	t.Parallel()
	rows := readLayers(t)
	for _, s := range sources(t) {
		r, known := rows[s.pkg]
		if !known {
			t.Errorf("%s: package %s has no row in test/arch/layers.txt", s.path, s.pkg)
			continue
		}
		for _, path := range s.imports() {
			if pkg, ours := strings.CutPrefix(path, module+"/"); ours && !s.test && !r.allows(pkg) {
				t.Errorf("%s imports %s, which line %d of test/arch/layers.txt does not allow", s.path, pkg, r.line)
			}
		}
	}
}

// TestLayersPointDown checks the table itself: each layer may only look at those below, and the rows make no circle.
func TestLayersPointDown(t *testing.T) {
	t.Parallel()
	below := map[string][]string{
		"erasure":     {"erasure"},
		"objectlayer": {"objectlayer", "erasure"},
		"s3api":       {"s3api", "objectlayer"},
		"nfsgw":       {"nfsgw", "objectlayer"},
		"fusemount":   {"fusemount", "objectlayer"},
		"cmd":         {"cmd", "s3api", "nfsgw", "fusemount", "objectlayer", "erasure"},
		"test":        {"test", "cmd", "s3api", "nfsgw", "fusemount", "objectlayer", "erasure"},
	}
	rows := readLayers(t)
	for pkg, r := range rows {
		layer, _, _ := strings.Cut(pkg, "/")
		for _, may := range r.may {
			if may == "*" {
				if layer != "cmd" && layer != "test" {
					t.Errorf("layers.txt:%d: only cmd and test may see everything", r.line)
				}
				continue
			}
			if target, _, _ := strings.Cut(may, "/"); !slices.Contains(below[layer], target) {
				t.Errorf("layers.txt:%d: %s is not below %s", r.line, may, layer)
			}
			if _, known := rows[may]; !known {
				t.Errorf("layers.txt:%d: %s has no row", r.line, may)
			}
		}
	}
	for pkg := range rows {
		if circle := findCircle(rows, pkg, nil); circle != nil {
			t.Fatalf("layers.txt allows a circle: %s", strings.Join(circle, " -> "))
		}
	}
}

func findCircle(rows map[string]row, pkg string, path []string) []string {
	path = append(path, pkg)
	if slices.Index(path, pkg) < len(path)-1 {
		return path
	}
	for _, next := range rows[pkg].may {
		if circle := findCircle(rows, next, slices.Clone(path)); circle != nil {
			return circle
		}
	}
	return nil
}

// TestVocabularyIsFree checks that the two contracts stand on the standard library alone.
func TestVocabularyIsFree(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || s.pkg != "objectlayer" && s.pkg != "erasure/drive" {
			continue
		}
		for _, path := range s.imports() {
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s; the vocabulary imports the standard library only", s.path, path)
			}
		}
	}
}

// TestPackagesHaveComments demands a comment that says what a package is about.
func TestPackagesHaveComments(t *testing.T) {
	t.Parallel()
	comments := make(map[string]int)
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		comments[s.pkg] += 0
		if s.file.Doc != nil {
			comments[s.pkg]++
			want := fmt.Sprintf("Package %s ", s.file.Name.Name)
			if s.file.Name.Name == "main" {
				want = "Command "
			}
			if !strings.HasPrefix(s.file.Doc.Text(), want) {
				t.Errorf("%s: the package comment does not begin with %q", s.path, want)
			}
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want one", pkg, n)
		}
	}
}
