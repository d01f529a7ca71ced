package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Variables of the environment.
const (
	binaryVariable = "HOLDFAST_TEST_BINARY" // a program to start instead of building one
	peerVariable   = "HOLDFAST_TEST_PEER"   // not empty: that program is another server than ours
)

// Peer tells whether the server under test is another one than ours.
func Peer() bool { return os.Getenv(peerVariable) != "" }

// Race tells whether the server under test has the race detector, which takes several times the memory and the time.
func Race() bool { return raceEnabled }

// Binary returns the path of the server's program.
func Binary(tb testing.TB) string {
	tb.Helper()
	path, err := binary()
	if err != nil {
		tb.Fatalf("build the server: %v", err)
	}
	return path
}

// binary builds once per process.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return path, nil
	}
	dir := filepath.Join(CacheDir(), "build")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	removeOld(dir)
	fresh, err := compile(dir)
	if err != nil {
		return "", err
	}
	return settle(fresh)
})

// compile builds into a file of its own, because test processes of several packages build at the same time.
func compile(dir string) (path string, err error) {
	file, err := os.CreateTemp(dir, ".building-*")
	if err != nil {
		return "", err
	}
	path = file.Name()
	if err := file.Close(); err != nil {
		return "", err
	}
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "./cmd/holdfast")...)
	build.Dir = root()
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("%w: %s\n%s", err, build, out), os.Remove(path))
	}
	return path, nil
}

// settle names the file after its content, so that a restart in the middle of a test runs what the test began with.
func settle(fresh string) (string, error) {
	file, err := os.Open(fresh)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(fresh), "holdfast-"+hex.EncodeToString(sum.Sum(nil)[:8]))
	return path, os.Rename(fresh, path)
}

// removeOld removes programs nobody has built for a day. A program that is running can be removed.
func removeOld(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // then there is nothing to remove
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(filepath.Join(dir, entry.Name())) // another process may have been quicker
		}
	}
}

// root is the folder of the module.
func root() string {
	_, source, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(source), "..", "..")
}
