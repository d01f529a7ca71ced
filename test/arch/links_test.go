package arch_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	page    = regexp.MustCompile(`\bdocs/[\w./-]+\.md\b`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
)

// TestLinksResolve follows every relative link of every page, to the heading it names.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	err := walk(func(from string) error {
		if !strings.HasSuffix(from, ".md") {
			return nil
		}
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, from), ""), -1) {
			if !strings.Contains(m[1], "://") && !strings.HasPrefix(m[1], "mailto:") {
				checkLink(t, from, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkLink(t *testing.T, from, target string) {
	t.Helper()
	file, anchor, _ := strings.Cut(target, "#")
	to := from
	if file != "" {
		to = path.Join(path.Dir(from), file)
	}
	info, err := os.Stat(filepath.Join(root, to))
	if err != nil {
		t.Errorf("%s: the link %s leads nowhere", from, target)
		return
	}
	if anchor == "" || info.IsDir() || !strings.HasSuffix(to, ".md") {
		return
	}
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(read(t, to), ""), -1) {
		if slug(h[1]) == anchor {
			return
		}
	}
	t.Errorf("%s: %s has no heading %q", from, to, anchor)
}

// slug is the anchor of a heading as GitHub makes it.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

// TestCommentsNamePagesThatExist follows what comments of the code refer to.
func TestCommentsNamePagesThatExist(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			for _, name := range page.FindAllString(group.Text(), -1) {
				if _, err := os.Stat(filepath.Join(root, name)); err != nil {
					t.Errorf("%s refers to %s, which does not exist", s.at(group), name)
				}
			}
		}
	}
}
