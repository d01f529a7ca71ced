package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/test/harness"
)

// rcloneCLI is rclone with the server as the remote "s:".
func rcloneCLI(t *testing.T, s *harness.Server, provider string) harness.Command {
	t.Helper()
	dir := t.TempDir()
	rclone := harness.Command{
		Path: harness.Tool(t, "rclone"),
		Args: []string{"--retries", "1", "--low-level-retries", "1", "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi"},
		Dir:  dir,
		Env: []string{
			"HOME=" + dir,
			"LC_ALL=C.UTF-8",
			"RCLONE_CONFIG_S_TYPE=s3",
			"RCLONE_CONFIG_S_PROVIDER=" + provider,
			"RCLONE_CONFIG_S_ENDPOINT=" + s.URL,
			"RCLONE_CONFIG_S_REGION=" + harness.Region,
			"RCLONE_CONFIG_S_ACCESS_KEY_ID=" + s.AccessKey,
			"RCLONE_CONFIG_S_SECRET_ACCESS_KEY=" + s.SecretKey,
		},
	}
	if s.CAFile != "" {
		rclone.Args = append(rclone.Args, "--ca-cert", s.CAFile)
	}
	return rclone
}

// TestRclone copies, syncs, checks, reads, moves and purges, with rclone's ideas of MinIO and of any other S3.
func TestRclone(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"Minio", "Other"} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			rclone := rcloneCLI(t, harness.Start(t, harness.Options{TLS: provider == "Other"}), provider)
			files := sampleTree()
			files.write(t, filepath.Join(rclone.Dir, "local"))
			rclone.Run(t, "mkdir", "s:rclone")
			rclone.Run(t, "copy", "local", "s:rclone/copy")
			rclone.Run(t, "check", "local", "s:rclone/copy")
			rclone.Run(t, "check", "--download", "local", "s:rclone/copy")
			if got := rclone.Run(t, "cat", "s:rclone/copy/dir/medium.bin"); got != files["dir/medium.bin"] {
				t.Errorf("cat: got %d bytes, want %d", len(got), len(files["dir/medium.bin"]))
			}
			if got := rclone.Run(t, "cat", "--offset", "100", "--count", "50", "s:rclone/copy/dir/medium.bin"); got != files["dir/medium.bin"][100:150] {
				t.Errorf("cat of a range: got %d bytes that are not these", len(got))
			}
			rclone.Run(t, "moveto", "s:rclone/copy/small.txt", "s:rclone/copy/moved.txt")
			files["moved.txt"] = files["small.txt"]
			delete(files, "small.txt")
			rclone.Run(t, "sync", "s:rclone/copy", "s:rclone/sync")
			rclone.Run(t, "sync", "s:rclone/sync", "down")
			wantTree(t, filepath.Join(rclone.Dir, "down"), files)
			rclone.Run(t, "delete", "s:rclone/sync/dir")
			var want []string
			for name := range files {
				if !strings.HasPrefix(name, "dir/") {
					want = append(want, name)
				}
			}
			got := strings.Split(strings.TrimSpace(rclone.Run(t, "lsf", "--recursive", "--files-only", "s:rclone/sync")), "\n")
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("after delete (-want +got):\n%s", diff)
			}
			rclone.RunInput(t, "streamed", "rcat", "s:rclone/streamed")
			if got := rclone.Run(t, "cat", "s:rclone/streamed"); got != "streamed" {
				t.Errorf("rcat: got %q", got)
			}
			rclone.Run(t, "purge", "s:rclone")
			if got := rclone.Run(t, "lsd", "s:"); got != "" {
				t.Errorf("lsd: got %q, want nothing", got)
			}
		})
	}
}
