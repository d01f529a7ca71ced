package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/test/harness"
)

// mcCLI is MinIO's client, with the server under the alias "s".
func mcCLI(t *testing.T, s *harness.Server) harness.Command {
	t.Helper()
	dir := t.TempDir()
	mc := harness.Command{
		Path: harness.Tool(t, "mc"),
		Args: []string{"--config-dir", filepath.Join(dir, ".mc"), "--no-color"},
		Dir:  dir,
		Env:  []string{"HOME=" + dir, "LC_ALL=C.UTF-8"},
	}
	if s.CAFile != "" {
		mc.Args = append(mc.Args, "--insecure")
	}
	mc.Run(t, "alias", "set", "s", s.URL, s.AccessKey, s.SecretKey)
	return mc
}

// mcLines parses the output of a command run with --json: a document per line.
func mcLines(t *testing.T, output string) []map[string]any {
	t.Helper()
	var documents []map[string]any
	for line := range strings.Lines(output) {
		documents = append(documents, document(t, line))
	}
	return documents
}

// mcKeys lists the keys below a path.
func mcKeys(t *testing.T, mc harness.Command, path string) []string {
	t.Helper()
	var keys []string
	for _, d := range mcLines(t, mc.Run(t, "ls", "--json", "--recursive", path)) {
		keys = append(keys, d["key"].(string))
	}
	slices.Sort(keys)
	return keys
}

// TestMCFiles copies, mirrors, compares and finds files, over HTTP and HTTPS.
func TestMCFiles(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mc := mcCLI(t, harness.Start(t, harness.Options{TLS: tls}))
			files := sampleTree()
			local := filepath.Join(mc.Dir, "up") // a relative path would be taken for an alias
			files.write(t, local)
			mc.Run(t, "mb", "s/files")
			mc.Run(t, "mirror", "--quiet", local, "s/files")
			down := t.TempDir() // mc makes no folder to mirror into
			mc.Run(t, "mirror", "--quiet", "s/files", down)
			wantTree(t, down, files)
			if got := mc.Run(t, "diff", local, "s/files"); got != "" {
				t.Errorf("diff: got %s, want nothing", got)
			}
			mc.Run(t, "cp", "--quiet", "--recursive", "s/files/dir/", "s/files/copies/")
			copies := t.TempDir()
			mc.Run(t, "cp", "--quiet", "--recursive", "s/files/copies/", copies)
			wantTree(t, copies, tree{
				"medium.bin": files["dir/medium.bin"], "sub/large.bin": files["dir/sub/large.bin"], "sub/with space & +.js": "odd",
			})
			found := strings.Fields(mc.Run(t, "find", "s/files", "--name", "*.bin", "--larger", "1MiB"))
			slices.Sort(found)
			if diff := cmp.Diff([]string{"s/files/copies/sub/large.bin", "s/files/dir/sub/large.bin"}, found); diff != "" {
				t.Errorf("find (-want +got):\n%s", diff)
			}
			mc.Run(t, "mv", "--quiet", "s/files/small.txt", "s/files/moved.txt")
			if got := mc.Run(t, "cat", "s/files/moved.txt"); got != files["small.txt"] {
				t.Errorf("cat: got %q, want %q", got, files["small.txt"])
			}
			if got := mc.Run(t, "head", "--lines", "1", "s/files/moved.txt"); got != "hello\n" {
				t.Errorf("head: got %q", got)
			}
			mc.Fail(t, "stat", "s/files/small.txt")
			mc.Run(t, "rm", "--recursive", "--force", "s/files/copies/")
			if got := mcKeys(t, mc, "s/files/copies/"); len(got) > 0 {
				t.Errorf("left: %v", got)
			}
			mc.Run(t, "rb", "--force", "s/files")
			if got := mc.Run(t, "ls", "s"); got != "" {
				t.Errorf("ls: got %q, want nothing", got)
			}
		})
	}
}

// TestMCObjects makes, describes and changes single objects.
func TestMCObjects(t *testing.T) {
	t.Parallel()
	mc := mcCLI(t, harness.Start(t, harness.Options{}))
	mc.Run(t, "mb", "s/objects")
	mc.RunInput(t, "piped", "pipe", "--attr", "Color=red;Cache-Control=max-age=9", "--tags", "a=1&b=2", "s/objects/key")
	stat := document(t, mc.Run(t, "stat", "--json", "s/objects/key"))
	if stat["size"] != 5.0 || stat["metadata"].(map[string]any)["X-Amz-Meta-Color"] != "red" {
		t.Errorf("stat: got %v", stat)
	}
	tagged := func() any {
		t.Helper()
		return document(t, mc.Run(t, "tag", "list", "--json", "s/objects/key"))["tagset"]
	}
	if diff := cmp.Diff(any(map[string]any{"a": "1", "b": "2"}), tagged()); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	mc.Run(t, "tag", "set", "s/objects/key", "c=3")
	if diff := cmp.Diff(any(map[string]any{"c": "3"}), tagged()); diff != "" {
		t.Errorf("tags after they were set (-want +got):\n%s", diff)
	}
	mc.Run(t, "tag", "remove", "s/objects/key")
	mc.Run(t, "tag", "set", "s/objects", "bucket=tag")
	if got := document(t, mc.Run(t, "tag", "list", "--json", "s/objects"))["tagset"]; !cmp.Equal(got, any(map[string]any{"bucket": "tag"})) {
		t.Errorf("tags of the bucket: got %v", got)
	}
	share := document(t, mc.Run(t, "share", "download", "--json", "s/objects/key"))
	if url, _ := share["share"].(string); !strings.Contains(url, "X-Amz-Signature=") {
		t.Errorf("share: got %v", share)
	}
	du := document(t, mc.Run(t, "du", "--json", "s/objects"))
	if du["size"] != 5.0 || du["objects"] != 1.0 {
		t.Errorf("du: got %v", du)
	}
	mc.Run(t, "ready", "s")
	mc.Run(t, "ping", "--count", "1", "s")
}

// TestMCVersions turns versioning on, lists versions and brings one back.
func TestMCVersions(t *testing.T) {
	t.Parallel()
	mc := mcCLI(t, harness.Start(t, harness.Options{}))
	mc.Run(t, "mb", "s/versions")
	mc.Run(t, "version", "enable", "s/versions")
	if got := mc.Run(t, "version", "info", "--json", "s/versions"); !strings.Contains(got, "Enabled") {
		t.Errorf("version info: got %s", got)
	}
	for _, content := range []string{"one", "two"} {
		mc.RunInput(t, content, "pipe", "s/versions/key")
	}
	mc.Run(t, "rm", "s/versions/key")
	mc.Fail(t, "cat", "s/versions/key")
	versions := mcLines(t, mc.Run(t, "ls", "--json", "--versions", "s/versions/key"))
	if len(versions) != 3 {
		t.Fatalf("ls --versions: got %v, want three", versions)
	}
	mc.Run(t, "undo", "--force", "s/versions/key")
	if got := mc.Run(t, "cat", "s/versions/key"); got != "two" {
		t.Errorf("after undo: got %q, want two", got)
	}
	oldest := versions[2]["versionId"].(string)
	if got := mc.Run(t, "cat", "--version-id", oldest, "s/versions/key"); got != "one" {
		t.Errorf("the oldest version: got %q, want one", got)
	}
	mc.Run(t, "rm", "--recursive", "--force", "--versions", "s/versions")
	mc.Run(t, "rb", "s/versions")
}

// TestMCEncryption stores objects under a key of the client's and one of the server's.
func TestMCEncryption(t *testing.T) {
	t.Parallel()
	mc := mcCLI(t, harness.Start(t, harness.Options{TLS: true, Env: kmsEnv()}))
	mc.Run(t, "mb", "s/secret")
	const customer = "s/secret/customer=MzJieXRlc2xvbmdzZWNyZXRrZXltdXN0YmVnaXZlbjE"
	mc.RunInput(t, "encrypted", "pipe", "--enc-c", customer, "s/secret/customer")
	if got := mc.Run(t, "cat", "--enc-c", customer, "s/secret/customer"); got != "encrypted" {
		t.Errorf("cat: got %q", got)
	}
	mc.Fail(t, "cat", "s/secret/customer")
	mc.Run(t, "encrypt", "set", "sse-s3", "s/secret")
	if got := mc.Run(t, "encrypt", "info", "--json", "s/secret"); !strings.Contains(got, "AES256") && !strings.Contains(got, "sse-s3") {
		t.Errorf("encrypt info: got %s", got)
	}
	mc.RunInput(t, "encrypted", "pipe", "s/secret/auto")
	if got := mc.Run(t, "stat", "--json", "s/secret/auto"); !strings.Contains(got, "AES256") {
		t.Errorf("stat: got %s", got)
	}
	mc.Run(t, "encrypt", "clear", "s/secret")
}
