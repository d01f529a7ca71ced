package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/test/harness"
)

// resticCLI is restic with a repository in a bucket.
func resticCLI(t *testing.T, s *harness.Server) harness.Command {
	t.Helper()
	dir := t.TempDir()
	restic := harness.Command{
		Path: harness.Tool(t, "restic"),
		Args: []string{"--quiet", "--no-cache"},
		Dir:  dir,
		Env: []string{
			"HOME=" + dir,
			"RESTIC_REPOSITORY=s3:" + s.URL + "/backups/repository",
			"RESTIC_PASSWORD=password",
			"AWS_ACCESS_KEY_ID=" + s.AccessKey,
			"AWS_SECRET_ACCESS_KEY=" + s.SecretKey,
			"AWS_DEFAULT_REGION=" + harness.Region,
		},
	}
	if s.CAFile != "" {
		restic.Args = append(restic.Args, "--cacert", s.CAFile)
	}
	return restic
}

// TestRestic backs up, checks, restores and prunes.
func TestRestic(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			restic := resticCLI(t, harness.Start(t, harness.Options{TLS: tls}))
			files, local := sampleTree(), filepath.Join(restic.Dir, "local")
			files.write(t, local)
			restic.Run(t, "init")
			restic.Run(t, "backup", "local")
			tree{"later": "came later"}.write(t, local)
			restic.Run(t, "backup", "local")
			restic.Run(t, "check", "--read-data")
			restic.Run(t, "restore", "latest", "--target", "restored")
			want := tree{"local/later": "came later"}
			for name, content := range files {
				want["local/"+name] = content
			}
			wantTree(t, filepath.Join(restic.Dir, "restored"), want)
			restic.Run(t, "forget", "--keep-last", "1", "--prune")
			restic.Run(t, "check", "--read-data")
			if got := restic.Run(t, "snapshots", "--json"); strings.Count(got, `"short_id"`) != 1 {
				t.Errorf("snapshots: got %s, want one", got)
			}
		})
	}
}
