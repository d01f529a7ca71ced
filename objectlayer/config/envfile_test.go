package config_test

import (
	"strings"
	"testing"
)

func TestEnvFile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		content string
		region  string
		err     string
	}{
		{"plain", "MINIO_REGION=eu-1", "eu-1", ""},
		{"exported", "export MINIO_REGION=eu-1", "eu-1", ""},
		{"double quotes", `MINIO_REGION="eu-1"`, "eu-1", ""},
		{"single quotes", "  MINIO_REGION = 'eu-1'  ", "eu-1", ""},
		{"comments and empty lines", "# one\n\n  # two\nMINIO_REGION=eu-1\n", "eu-1", ""},
		{"carriage returns", "MINIO_REGION=eu-1\r\n", "eu-1", ""},
		{"last one counts", "MINIO_REGION=a\nMINIO_REGION=b", "b", ""},
		{"a name that begins like export", "exported=1\nMINIO_REGION=b", "b", ""},
		{"not expanded", "A=x\nMINIO_REGION=$A", "", "MINIO_REGION (/e)"},
		{"no assignment", "MINIO_REGION=a\nnonsense", "", "line 2"},
		{"no name", "=x", "", "line 1"},
		{"name with a space", "MINIO REGION=x", "", "line 1"},
		{"digit first", "1A=x", "", "line 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := load([]string{"/d"}, []string{"MINIO_CONFIG_ENV_FILE=/e"}, files{"/e": tc.content})
			switch {
			case tc.err != "":
				checkFault(t, err, tc.err)
			case err != nil:
				t.Fatal(err)
			case c.Site.Region != tc.region:
				t.Errorf("got %q, want %q", c.Site.Region, tc.region)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		_, err := load([]string{"/d"}, []string{"MINIO_CONFIG_ENV_FILE=/e"}, files{"/e": strings.Repeat("#", 2<<20)})
		checkFault(t, err, "larger")
	})
}
