package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

func TestStoredRoot(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "state")
	first, path, made, err := config.StoredRoot(dir)
	if err != nil || !made {
		t.Fatalf("got made %v, error %v", made, err)
	}
	if len(first.AccessKey) != 20 || len(first.Secret.Reveal()) != 40 || first.WellKnown() {
		t.Errorf("got a credential of %d and %d characters", len(first.AccessKey), len(first.Secret.Reveal()))
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(path) != dir {
		t.Errorf("got %s with mode %v, error %v", path, info.Mode(), err)
	}
	again, _, made, err := config.StoredRoot(dir)
	if err != nil || made || again != first {
		t.Errorf("the second start got another credential: made %v, error %v", made, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestStoredRootIsMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	roots := make([]config.Root, 8)
	for i := range roots {
		wg.Go(func() {
			root, _, _, err := config.StoredRoot(dir)
			if err != nil {
				t.Error(err)
			}
			roots[i] = root
		})
	}
	wg.Wait()
	for _, root := range roots {
		if root != roots[0] {
			t.Errorf("two processes got different credentials")
		}
	}
}

func TestStoredRootRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		content string
		mode    os.FileMode
	}{
		{"readable by others", "HOLDFAST_ROOT_USER=operator\nHOLDFAST_ROOT_PASSWORD=correct-horse\n", 0o644},
		{"half", "HOLDFAST_ROOT_USER=operator\n", 0o600},
		{"short secret", "HOLDFAST_ROOT_USER=operator\nHOLDFAST_ROOT_PASSWORD=short\n", 0o600},
		{"malformed", "operator correct-horse\n", 0o600},
		{"empty", "", 0o600},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, config.StoredRootName), []byte(tc.content), tc.mode); err != nil {
				t.Fatal(err)
			}
			_, _, _, err := config.StoredRoot(dir)
			var fault *config.Fault
			if !errors.As(err, &fault) || fault.Action == "" {
				t.Fatalf("got %v, want a fault", err)
			}
			if strings.Contains(err.Error(), "correct-horse") || strings.Contains(err.Error(), "short") && tc.name != "short secret" {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
	t.Run("no home", func(t *testing.T) {
		t.Parallel()
		var fault *config.Fault
		if _, _, _, err := config.StoredRoot(""); !errors.As(err, &fault) {
			t.Errorf("got %v, want a fault", err)
		}
	})
	t.Run("folder is a file", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := config.StoredRoot(filepath.Join(file, "state")); err == nil {
			t.Error("got no error")
		}
	})
}
