package config_test

import (
	"strings"
	"testing"
)

// FuzzEnvFile checks that a file of variables either loads or is refused by line, and that the refusal shows no value.
func FuzzEnvFile(f *testing.F) {
	f.Add("# comment\nexport MINIO_ADDRESS=\":9000\"\n\nMINIO_REGION='eu-1'\r\n")
	f.Add("MINIO_ROOT_USER")
	f.Add("=x")
	f.Add("export =x")
	f.Fuzz(func(t *testing.T, content string) {
		_, err := load([]string{"/d"}, []string{"MINIO_CONFIG_ENV_FILE=/e"}, files{"/e": content + "\nno assignment here: secret-text"})
		if err == nil || strings.Contains(err.Error(), "secret-text") {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzYAML checks that no file makes the reader fail otherwise than with an error.
func FuzzYAML(f *testing.F) {
	f.Add("version: v1\naddress: ':9000'\npools: [['/a{1...4}']]")
	f.Add("version: v2\npools:\n  - args: ['/a', '/b']\n    set-drive-count: 2")
	f.Add("version: v2\npools: [{args: []}]")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, content string) {
		c, err := load([]string{"--config=/c"}, nil, files{"/c": content})
		if err == nil && len(c.Pools) == 0 {
			t.Error("loaded without drives")
		}
	})
}

// FuzzValues checks that no value of a setting makes the reader panic, and that what it accepts holds.
func FuzzValues(f *testing.F) {
	f.Add("[::1]:9000", "EC:2", "1.5GiB", "a.example,b.example", "k:AAAA")
	f.Fuzz(func(t *testing.T, address, class, size, domains, key string) {
		c, err := load([]string{"/d{1...4}"}, []string{
			"MINIO_ADDRESS=" + address, "MINIO_STORAGE_CLASS_STANDARD=" + class, "MINIO_MEMLIMIT=" + size, "MINIO_DOMAIN=" + domains, "MINIO_KMS_SECRET_KEY=" + key,
		}, nil)
		if err == nil && (c.MemLimit < 0 || !strings.Contains(c.Listen.Address, ":") || c.KMS.KeyID != "" && len(c.KMS.Key.Reveal()) != 32) {
			t.Errorf("accepted %+v", c)
		}
	})
}
