package inspect

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// TestPages: however small the pages and in whatever order names come, together they are the directory.
func TestPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.StringMatching(`[a-c]{1,4}`), rapid.ID).Draw(t, "names")
		limit := rapid.IntRange(1, 6).Draw(t, "limit")
		var got []string
		for after := ""; ; {
			b := pageBuilder{after: after, limit: limit, names: make(map[string]*sighting)}
			for _, name := range names {
				b.add(name, len(name)%2 == 0, 3)
			}
			page, more := b.done()
			if len(page) > 2*limit {
				t.Fatalf("got a page of %d names, want at most twice %d", len(page), limit)
			}
			for _, s := range page {
				if isDir := len(s.name)%2 == 0; s.dirs.has(3) != isDir || s.files.has(3) == isDir {
					t.Fatalf("%q: got dirs %b, files %b", s.name, s.dirs, s.files)
				}
				got = append(got, s.name)
			}
			if !more {
				break
			}
			after = page[len(page)-1].name
		}
		want := slices.Sorted(slices.Values(names))
		if diff := cmp.Diff(want, got, cmp.Transformer("nil", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
			t.Fatalf("names (-want +got):\n%s", diff)
		}
	})
}

// TestWalkDoesNotDependOnPages walks the same tree with pages of every size.
func TestWalkDoesNotDependOnPages(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"b/k/xl.meta", "b/k/nested/xl.meta", "b/p/a/xl.meta", "b/p/b/xl.meta", "b/p/c/xl.meta", "b/p/c/aa", "b/q/zz", "b/xl.meta/xl.meta"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	disk, err := openDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.close()
	want := []string{
		"record k", "record k/nested", "record p/a", "record p/b", "record p/c", "stray-file b/p/c/aa", "stray-file b/q/zz", "record xl.meta",
	}
	for limit := 1; limit < 6; limit++ {
		var got []string
		w := walk{
			set: &set{pool: new(pool), slots: []slot{{disk: disk, path: root}, {why: "absent"}}}, volume: "b", limit: limit,
			record:  func(name string) error { got = append(got, "record "+name); return nil },
			finding: func(f Finding) error { got = append(got, fmt.Sprintf("%s %s", f.Kind, f.Path)); return nil },
		}
		if err := w.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d names (-want +got):\n%s", limit, diff)
		}
	}
}

func TestWalkEndsInTheDepth(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "b", strings.Repeat("d/", maxDepth+1)), 0o755); err != nil {
		t.Fatal(err)
	}
	disk, err := openDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.close()
	var kinds []Kind
	w := walk{
		set: &set{pool: new(pool), slots: []slot{{disk: disk, path: root}}}, volume: "b",
		record:  func(string) error { return nil },
		finding: func(f Finding) error { kinds = append(kinds, f.Kind); return nil },
	}
	if err := w.run(t.Context()); err != nil || !slices.Equal(kinds, []Kind{KindUnlisted}) {
		t.Errorf("got findings %v, error %v, want one %s", kinds, err, KindUnlisted)
	}
}

func TestParseLocks(t *testing.T) {
	t.Parallel()
	got := parseLocks(strings.NewReader(`1: FLOCK  ADVISORY  WRITE 4711 08:0a:131075 0 EOF
1: -> FLOCK  ADVISORY  WRITE 4712 08:0a:131076 0 EOF
2: OFDLCK ADVISORY  READ -1 fe:01:42 0 EOF
nonsense
3: POSIX  ADVISORY  WRITE many 08:0a:131077 0 EOF
`))
	want := map[inode]int{{8, 10, 131075}: 4711, {254, 1, 42}: -1}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(inode{})); diff != "" {
		t.Errorf("locks (-want +got):\n%s", diff)
	}
}

func TestHolder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".", ".minio.sys", ".minio.sys/format.json", ".minio.sys/holdfast", ".minio.sys/holdfast/lock"} {
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Join(root, ownState), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{labelFile, ownState + "/lock"} {
			if err := os.WriteFile(filepath.Join(root, file), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		disk, err := openDisk(root)
		if err != nil {
			t.Fatal(err)
		}
		defer disk.close()
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		at := info.Sys().(*syscall.Stat_t)
		held := map[inode]int{{unix.Major(at.Dev), unix.Minor(at.Dev), at.Ino}: 4711}
		if pid, ok := disk.holder(held); !ok || pid != 4711 {
			t.Errorf("lock on %s: got process %d, %v, want 4711", name, pid, ok)
		}
		held = map[inode]int{{1, 2, 3}: 4711}
		if pid, ok := disk.holder(held); ok {
			t.Errorf("lock elsewhere: got process %d, want none", pid)
		}
	}
}

func TestRedactLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"compression enable=on allow_encryption=off":                          "compression enable=on allow_encryption=off",
		`notify_kafka:a sasl_username=u sasl_password="top secret" enable=on`: "notify_kafka:a sasl_username=u sasl_password=***",
		"notify_amqp url=amqp://user:pass@host:5672 enable=on":                "notify_amqp url=amqp://***@host:5672 enable=on",
		"a secret_key=1\nb enable=on":                                         "a secret_key=***\nb enable=on",
	} {
		if got := redactLines(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestRedactJSON(t *testing.T) {
	t.Parallel()
	const doc = `{"notify_webhook":{"a":[{"key":"auth_token","value":"t"},{"key":"endpoint","value":"http://u:p@h/"},{"key":"client_key","value":""}]},
		"credentials":{"accessKey":"ak","secretKey":"sk","sessionToken":""},"size":12345678901234567890}`
	const want = `{"credentials":{"accessKey":"ak","secretKey":"***","sessionToken":""},"notify_webhook":{"a":[{"key":"auth_token","value":"***"},{"key":"endpoint","value":"http://***@h/"},{"key":"client_key","value":""}]},"size":12345678901234567890}`
	got, ok := redactJSON([]byte(doc))
	if !ok || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, ok, want)
	}
	if got, ok := redactJSON([]byte("no JSON")); ok {
		t.Errorf("got %s of no JSON", got)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"photos/ü 😀.jpg":   "photos/ü 😀.jpg",
		`back\slash "q"`:   `back\slash "q"`,
		"tab\tand \x1b[2J": `tab\tand \x1b[2J`,
		"\xff":             `\xff`,
	} {
		if got := safe(in); got != want {
			t.Errorf("safe(%q): got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1<<20 - 1: "1.0 MiB", 3 << 30: "3.0 GiB", 1 << 63: "8.0 EiB"} {
		if got := size(in); got != want {
			t.Errorf("size(%d): got %q, want %q", in, got, want)
		}
	}
	p := new(Progress)
	p.Records.Add(1)
	p.Bytes.Add(2048)
	if got, want := progressText(p), "1 record, 2.0 KiB of shards verified, at "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestContent puts an encrypted object together, as the list of tiers is kept.
func TestContent(t *testing.T) {
	t.Parallel()
	m := fixture.Load(t, fixture.TwoSets)
	kms, err := crypt.NewStaticKMS(m.KMS.KeyID, crypt.Key(m.KMS.Key))
	if err != nil {
		t.Fatal(err)
	}
	c, err := openCluster([]string{filepath.Join(fixture.Unpack(t, fixture.TwoSets), "d{1...8}")}, Options{SetDrives: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, o := range m.Objects {
		if o.Key != "sses3/small" && o.Key != "obj-1m-plus1" {
			continue
		}
		set := c.pools[0].owner(o.Key)
		r := set.hear(t.Context(), o.Bucket, o.Key, &frameChecker{progress: new(Progress)})
		v := r.merge()[0]
		got, err := r.content(t.Context(), v.ID, r.object(v), kms)
		if err != nil || !bytes.Equal(got, o.Source.Bytes()) {
			t.Errorf("%s/%s: got %d bytes, error %v, want the %d of the manifest", o.Bucket, o.Key, len(got), err, o.Size)
		}
		if _, err := r.content(t.Context(), v.ID, r.object(v), nil); (err != nil) != (o.Key == "sses3/small") {
			t.Errorf("%s/%s without a key: got error %v", o.Bucket, o.Key, err)
		}
	}
}

func TestTicker(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		terminal bool
		runs     time.Duration
		want     string
	}{
		{true, time.Second / 2, ""},
		{true, 5 * time.Second / 2, strings.Repeat("\r\x1b[K7 records, 0 B of shards verified, at ", 2) + "\r\x1b[K"},
		{false, time.Second / 2, ""},
		{false, time.Minute, strings.Repeat("7 records, 0 B of shards verified, at \n", 2)},
	} {
		synctest.Test(t, func(t *testing.T) {
			var b strings.Builder
			p := new(Progress)
			p.Records.Store(7)
			shown := (&command{stderr: &b, env: Env{Terminal: tc.terminal}}).watch(p)
			<-time.After(tc.runs)
			shown.stop()
			if b.String() != tc.want {
				t.Errorf("terminal %v after %v: got %q, want %q", tc.terminal, tc.runs, b.String(), tc.want)
			}
		})
	}
}
