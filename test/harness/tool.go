package harness

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// CacheDir is where test/install.sh puts what is no package of the system, and where the server is built.
func CacheDir() string {
	if dir := os.Getenv("HOLDFAST_TEST_CACHE"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	return filepath.Join(home, ".cache", "holdfast-test")
}

// Tool finds a program that test/install.sh installs. Without it the test fails: what was not run has not passed.
func Tool(tb testing.TB, name string) string {
	tb.Helper()
	for _, dir := range []string{"venv/bin", "bin"} {
		path := filepath.Join(CacheDir(), dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Fatalf("%s is needed: %v; run test/install.sh", name, err)
	}
	return path
}

// Command is a program with its environment, ready to be run with various arguments. It sees nothing of the environment of
// the test but PATH: no configuration or credential of whoever runs it.
type Command struct {
	Path string
	Args []string // before those of a run
	Env  []string // KEY=value
	Dir  string
}

// Run runs the command and returns what it printed on standard output. It fails the test when the exit code is not zero.
func (c Command) Run(tb testing.TB, args ...string) string {
	tb.Helper()
	return c.RunInput(tb, "", args...)
}

// RunInput is Run with something on standard input.
func (c Command) RunInput(tb testing.TB, input string, args ...string) string {
	tb.Helper()
	stdout, stderr, err := c.try(tb, input, args)
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s%s", filepath.Base(c.Path), strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout
}

// Fail runs the command, which has to end with an exit code other than zero, and returns all it printed.
func (c Command) Fail(tb testing.TB, args ...string) string {
	tb.Helper()
	stdout, stderr, err := c.try(tb, "", args)
	if err == nil {
		tb.Fatalf("%s %s succeeded and must not\n%s%s", filepath.Base(c.Path), strings.Join(args, " "), stdout, stderr)
	}
	return stdout + stderr
}

func (c Command) try(tb testing.TB, input string, args []string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), c.Path, append(append([]string(nil), c.Args...), args...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, c.Env...)
	cmd.Dir = c.Dir
	cmd.Stdin = strings.NewReader(input)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}
