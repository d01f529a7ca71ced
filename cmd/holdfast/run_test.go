package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/holdfast-io/holdfast/cmd/holdfast/serve"
	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// program is what the tests run: the command itself, built once.
var program = filepath.Join(os.TempDir(), fmt.Sprintf("holdfast-test-%d", os.Getpid()))

func TestMain(m *testing.M) {
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	exit := m.Run()
	if err := os.Remove(program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		exit = 1
	}
	os.Exit(exit)
}

// holdfast runs the program to its end.
func holdfast(t *testing.T, environ []string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	c := prepare(t, environ, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

func prepare(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = append([]string{"HOME=" + t.TempDir(), "HOLDFAST_CI_CD=on"}, environ...) // drives of tests are on the root's file system
	return c
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		args    []string
		environ []string
		exit    int
		stdout  string // a part of it; "" = nothing at all
		stderr  string
	}{
		{name: "nothing", stdout: "Commands:\n  server"},
		{name: "help", args: []string{"--help"}, stdout: "Commands:\n  server"},
		{name: "short help", args: []string{"-h"}, stdout: "Commands:\n  server"},
		{name: "help command", args: []string{"help"}, stdout: "Commands:\n  server"},
		{name: "server help", args: []string{"server", "--help"}, stdout: "--address HOST:PORT"},
		{name: "version", args: []string{"--version"}, stdout: "holdfast version "},
		{name: "short version", args: []string{"-v"}, stdout: "holdfast version "},
		{name: "version command", args: []string{"version"}, stdout: "holdfast version "},
		{name: "inspect help", args: []string{"inspect", "--help"}, stdout: "holdfast inspect"},
		{name: "inspect nothing", args: []string{"inspect"}, exit: 3, stderr: "holdfast inspect: "},
		{name: "inspect with a bad key", args: []string{"inspect", "/d"}, environ: []string{"MINIO_KMS_SECRET_KEY=x"}, exit: 3, stderr: "FATAL Invalid MINIO_KMS_SECRET_KEY"},
		{name: "unknown command", args: []string{"nosuch"}, exit: 1, stdout: `"nosuch" is not a holdfast sub-command`},
		{name: "unknown flag", args: []string{"--bogus"}, exit: 1, stdout: "Incorrect Usage: flag provided but not defined: -bogus\n\nholdfast keeps"},
		{name: "no drives", args: []string{"server"}, exit: 1, stdout: "holdfast server: keep objects"},
		{name: "no drives, flags before", args: []string{"--quiet", "server"}, exit: 1, stdout: "holdfast server: keep objects"},
		{name: "unknown server flag", args: []string{"server", "--bogus", "/d"}, exit: 1, stdout: "Incorrect Usage: flag provided but not defined: -bogus\n\nholdfast server:"},
		{name: "faults", args: []string{"server", "--address", "nonsense", "/d"}, environ: []string{"MINIO_ROOT_USER=operator", "MINIO_DOMAIN=:"}, exit: 1,
			stderr: "FATAL Invalid --address: not of the form host:port\n" +
				"      > Write host:port, such as :9000 or 127.0.0.1:9000\n" +
				"FATAL Invalid MINIO_DOMAIN: \":\" is no domain name\n" +
				"      > Write host names separated by commas, without scheme and port\n" +
				"FATAL Invalid credentials: only one of user and password is set\n" +
				"      > Set both MINIO_ROOT_USER and MINIO_ROOT_PASSWORD, or neither\n" +
				"      HINT:\n"},
		{name: "default credential", args: []string{"server", "/d"}, environ: []string{"MINIO_ROOT_USER=minioadmin", "MINIO_ROOT_PASSWORD=minioadmin"}, exit: 1, stderr: "FATAL Unsafe credentials: "},
		{name: "bad certificates", args: []string{"server", "--address=127.0.0.1:0", "--certs-dir=testdata", "/d"}, exit: 1, stderr: "FATAL Unusable certificates in testdata: "},
		{name: "address of another machine", args: []string{"server", "--address=192.0.2.1:9000", "/d"}, exit: 1, stderr: "FATAL Cannot listen on 192.0.2.1:9000: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, exit := holdfast(t, tc.environ, tc.args...)
			if exit != tc.exit {
				t.Errorf("exit code %d, want %d", exit, tc.exit)
			}
			for stream, pair := range map[string][2]string{"stdout": {stdout, tc.stdout}, "stderr": {stderr, tc.stderr}} {
				if got, want := pair[0], pair[1]; !strings.Contains(got, want) || want == "" && got != "" && !strings.HasPrefix(got, "20") {
					t.Errorf("%s: got %q, want %q", stream, got, want)
				}
			}
		})
	}
}

// TestServerProcess starts a server as an operator does, talks to it, and ends it with each signal.
func TestServerProcess(t *testing.T) {
	t.Parallel()
	for signal, name := range map[syscall.Signal]string{syscall.SIGTERM: "TERMINATED", syscall.SIGINT: "INTERRUPT", syscall.SIGQUIT: "QUIT"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := prepare(t, nil, "server", t.TempDir()+"/d{1...4}", "--address=127.0.0.1:0")
			var out bytes.Buffer
			c.Stdout = &out
			stderr, err := c.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			seen, url := readBanner(t, stderr)
			answer, err := http.Get(url + "/minio/health/live")
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("got %d", answer.StatusCode)
			}
			for _, s := range []syscall.Signal{syscall.SIGHUP, signal} {
				if err := c.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			rest, err := io.ReadAll(stderr)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil {
				t.Errorf("ended with %v", err)
			}
			if !strings.Contains(string(rest), "INFO: Exiting on signal: "+name) || out.Len() != 0 {
				t.Errorf("got stderr %q and stdout %q", rest, out.String())
			}
			if !strings.Contains(seen, config.StoredRootName) {
				t.Errorf("the banner does not say where the credential is:\n%s", seen)
			}
		})
	}
}

// readBanner reads up to the empty line after the banner and returns it with the address it names.
func readBanner(t *testing.T, r io.Reader) (text, url string) {
	t.Helper()
	buf := make([]byte, 1)
	for !strings.Contains(text, "Credential: ") || !strings.HasSuffix(text, "\n\n") {
		if _, err := r.Read(buf); err != nil {
			t.Fatalf("%v after %q", err, text)
		}
		text += string(buf)
	}
	_, rest, _ := strings.Cut(text, "API: ")
	url, _, _ = strings.Cut(rest, "\n")
	return text, url
}

// TestVersionLine reads the version as scripts do.
func TestVersionLine(t *testing.T) {
	t.Parallel()
	out, _, exit := holdfast(t, nil, "--version")
	lines := strings.Split(out, "\n")
	words := strings.Fields(lines[0])
	if exit != 0 || len(words) != 4 || words[0] != "holdfast" || words[1] != "version" || !strings.HasPrefix(words[3], "(commit-id=") || !strings.HasPrefix(lines[1], "Runtime: go") {
		t.Errorf("got %d, %q", exit, out)
	}
}

func TestBuildVersion(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		info *debug.BuildInfo
		ok   bool
		want serve.Version
	}{
		{nil, false, serve.Version{Tag: "DEVELOPMENT", Commit: "unknown"}},
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, true, serve.Version{Tag: "DEVELOPMENT", Commit: "unknown"}},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.0"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}}, true, serve.Version{Tag: "v1.2.0", Commit: "abc"}},
	} {
		if got := buildVersion(tc.info, tc.ok); got != tc.want {
			t.Errorf("got %+v, want %+v", got, tc.want)
		}
	}
}

func TestFatalWithoutFault(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	printFatal(&b, fmt.Errorf("serve: %w", io.ErrUnexpectedEOF))
	if !strings.HasPrefix(b.String(), "FATAL Unable to serve: serve: unexpected EOF\n      HINT:\n") {
		t.Errorf("got %q", b.String())
	}
}
