package compress_test

import (
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/compress"
)

func TestEligible(t *testing.T) {
	t.Parallel()
	on := compress.Defaults()
	on.Enabled = true
	with := func(change func(*compress.Config)) compress.Config {
		c := on
		change(&c)
		return c
	}
	off := compress.Defaults()
	encrypting := with(func(c *compress.Config) { c.AllowEncryption = true })
	everything := compress.Config{Enabled: true}
	onlyTypes := with(func(c *compress.Config) { c.Extensions, c.MimeTypes = nil, []string{" Image/*+XML ", "*"} })
	starred := compress.Config{Enabled: true, MimeTypes: []string{"a*b*c/*d"}, Extensions: []string{"*.DAT"}}

	const unlisted = "application/x-unlisted"
	rows := []struct {
		name      string
		config    compress.Config
		key, mime string
		size      int64
		encrypted bool
		want      bool
	}{
		{"off", off, "a.txt", "text/plain", 5000, false, false},
		{"small", on, "a.txt", "text/plain", 4096, false, false},
		{"just large enough", on, "a.txt", "text/plain", 4097, false, true},
		{"empty", on, "a.txt", "text/plain", 0, false, false},
		{"size unknown", on, "a.txt", "text/plain", -1, false, true},
		{"by extension", on, "dir/a.csv", unlisted, 5000, false, true},
		{"by extension in capitals", on, "A.CSV", unlisted, 5000, false, true},
		{"by type", on, "a", "application/json", 5000, false, true},
		{"by type with star", on, "a", "text/x-anything", 5000, false, true},
		{"by type with parameter", on, "a", "Application/JSON; charset=utf-8", 5000, false, true},
		{"by default type", on, "random", "binary/octet-stream", 5000, false, true},
		{"malformed type", on, "a", " TEXT/plain; ;;=", 5000, false, true},
		{"neither", on, "a.dat", unlisted, 5000, false, false},
		{"excluded extension", on, "a.txt.gz", "text/plain", 5000, false, false},
		{"excluded type", on, "a.txt", "video/mp4", 5000, false, false},
		{"encrypted", on, "a.txt", "text/plain", 5000, true, false},
		{"encrypted and allowed", encrypting, "a.txt", "text/plain", 5000, true, true},
		{"everything", everything, "a.dat", unlisted, 5000, false, true},
		{"everything but excluded", everything, "a.JPG", unlisted, 5000, false, false},
		{"list of types alone", onlyTypes, "a.txt", unlisted, 5000, false, true},
		{"many stars", starred, "a", "a1b2c/3d", 5000, false, true},
		{"stars out of order", starred, "a", "a1c2b/3d", 5000, false, false},
		{"star at the end differs", starred, "a", "a1b2c/3e", 5000, false, false},
		{"star in extension", starred, "x.dat", "", 5000, false, true},
		{"nothing matches nothing", starred, "", "", 5000, false, false},
	}
	for _, row := range rows {
		if got := row.config.Eligible(row.key, row.mime, row.size, row.encrypted); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}
