package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/holdfast-io/holdfast/test/harness"
)

// TestBoto3 runs testdata/boto3_suite.py, over HTTP and HTTPS.
func TestBoto3(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := filepath.Abs(filepath.Join("testdata", "boto3_suite.py"))
			if err != nil {
				t.Fatal(err)
			}
			python := awsCLI(t, harness.Start(t, harness.Options{TLS: tls, Env: kmsEnv()}))
			python.Path = harness.Tool(t, "python")
			python.Run(t, "-B", script)
		})
	}
}
