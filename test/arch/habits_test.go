package arch_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// banned are calls that have one place, or none.
var banned = []struct {
	pkg, name string
	except    []string // files and folders that may
	inTests   bool     // tests may not, either
	why       string
}{
	{"os", "Getenv", []string{"test/"}, false, "only objectlayer/config knows the environment, as a value"},
	{"os", "LookupEnv", []string{"test/"}, false, "only objectlayer/config knows the environment, as a value"},
	{"os", "Environ", []string{"test/", "cmd/holdfast/main.go"}, false, "only objectlayer/config knows the environment, as a value"},
	{"os", "Exit", []string{"cmd/holdfast/main.go"}, false, "a program has one exit"},
	{"time", "Sleep", nil, false, "use a timer with a context; in tests, testing/synctest"},
	{"slog", "Default", nil, false, "loggers are handed in"},
	{"slog", "SetDefault", nil, true, "loggers are handed in"},
	{"http", "DefaultServeMux", nil, true, "handlers are handed in"},
	{"t", "Skip", nil, true, "a test that does not run proves nothing"},
	{"t", "Skipf", nil, true, "a test that does not run proves nothing"},
	{"t", "SkipNow", nil, true, "a test that does not run proves nothing"},
}

// TestHabits looks for what we do not do.
func TestHabits(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: init runs before anybody asked for it", s.at(n))
				}
			case *ast.SelectorExpr:
				checkSelector(t, s, n)
			}
			return true
		})
	}
}

func checkSelector(t *testing.T, s source, n *ast.SelectorExpr) {
	x, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	for _, b := range banned {
		if x.Name != b.pkg || n.Sel.Name != b.name || s.test && !b.inTests {
			continue
		}
		if !slices.ContainsFunc(b.except, func(prefix string) bool { return strings.HasPrefix(s.path, prefix) }) {
			t.Errorf("%s: %s.%s: %s", s.at(n), b.pkg, b.name, b.why)
		}
	}
}

// TestModulesWeMayUse keeps out what is under a licence we cannot link, and what is derived from it.
func TestModulesWeMayUse(t *testing.T) {
	t.Parallel()
	forbidden := []string{
		"github.com/minio/minio", "github.com/minio/madmin-go", "github.com/minio/mc", "github.com/minio/pkg",
		"github.com/minio/console", "github.com/minio/kms-go", "github.com/minio/kes", "github.com/rustfs",
	}
	err := walk(func(path string) error {
		if !strings.HasSuffix(path, "go.mod") && !strings.HasSuffix(path, "go.sum") {
			return nil
		}
		for line := range strings.Lines(read(t, path)) {
			for _, word := range strings.Fields(line) {
				for _, bad := range forbidden {
					if word == bad || strings.HasPrefix(word, bad+"/") {
						t.Errorf("%s: %s is not to be linked", path, word)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
