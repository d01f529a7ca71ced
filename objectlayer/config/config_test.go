package config_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

var update = flag.Bool("update", false, "rewrite docs/operate/settings.md")

// files is a file system of a map.
type files map[string]string

func (f files) read(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return []byte(data), nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func load(args, environ []string, f files) (*config.Config, error) {
	return config.Load(config.Source{Args: args, Environ: environ, ReadFile: f.read})
}

func mustLoad(t *testing.T, args, environ []string, f files) *config.Config {
	t.Helper()
	c, err := load(args, environ, f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, []string{"/d"}, []string{"HOME=/home/op"}, nil)
	if got, want := c.Listen, (config.Listen{
		Address: ":9000", ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, ShutdownTimeout: 30 * time.Second,
	}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if c.StateDir != "/home/op/.holdfast" || c.TLS.Dir != "/home/op/.minio/certs" {
		t.Errorf("got folders %q and %q", c.StateDir, c.TLS.Dir)
	}
	if got, want := c.API.CORSOrigins, []string{"*"}; !cmp.Equal(got, want) {
		t.Errorf("got origins %q", got)
	}
	if c.API.StaleUploadsExpiry != 24*time.Hour || c.API.StaleUploadsEvery != 6*time.Hour {
		t.Errorf("got %+v", c.API)
	}
	if c.Metrics.Public || c.TLS.OldCiphers || c.Drives.AllowRoot || c.Pprof || c.Compression.Enabled || c.KMS.KeyID != "" {
		t.Errorf("something is on that should be off: %+v", c)
	}
	if len(c.Compression.Extensions) != 7 || len(c.Compression.Types) != 4 || c.Class.Optimize != "availability" || c.Log.Level != "info" {
		t.Errorf("got %+v %+v", c.Compression, c.Class)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("got warnings %q", c.Warnings)
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	yaml := files{"c.yaml": "version: v1\naddress: ':4'\npools: [['/y{1...2}']]\n"}
	for _, tc := range []struct {
		name    string
		args    []string
		environ []string
		files   files
		want    string
	}{
		{"default", []string{"/d"}, nil, nil, ":9000"},
		{"file", []string{"--config", "c.yaml"}, nil, yaml, ":4"},
		{"environment over file", []string{"--config", "c.yaml"}, []string{"MINIO_ADDRESS=:3"}, yaml, ":3"},
		{"our name over MinIO's", []string{"/d"}, []string{"HOLDFAST_ADDRESS=:2", "MINIO_ADDRESS=:3"}, nil, ":2"},
		{"flag over environment", []string{"--address", ":1", "/d"}, []string{"HOLDFAST_ADDRESS=:2"}, nil, ":1"},
		{"flag behind the drives", []string{"/d", "--address=:1"}, nil, nil, ":1"},
		{"one dash", []string{"-address=:1", "/d"}, nil, nil, ":1"},
		{"last flag", []string{"--address=:1", "/d", "--address", ":2"}, nil, nil, ":2"},
		{"empty is unset", []string{"--address=", "/d"}, []string{"HOLDFAST_ADDRESS=", "MINIO_ADDRESS=:3"}, nil, ":3"},
		{"variables file over environment", []string{"/d"}, []string{"MINIO_ADDRESS=:3", "MINIO_CONFIG_ENV_FILE=/e"}, files{"/e": "MINIO_ADDRESS=:5"}, ":5"},
		{"absent variables file", []string{"/d"}, []string{"MINIO_ADDRESS=:3", "MINIO_CONFIG_ENV_FILE=/e"}, nil, ":3"},
		{"file named by a variable", nil, []string{"MINIO_CONFIG=c.yaml"}, yaml, ":4"},
		{"file named in the variables file", nil, []string{"MINIO_CONFIG_ENV_FILE=/e"}, files{"/e": "MINIO_CONFIG=c.yaml", "c.yaml": yaml["c.yaml"]}, ":4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := mustLoad(t, tc.args, tc.environ, tc.files).Listen.Address; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestDrives(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		args    []string
		environ []string
		files   files
		want    string // drives by pool, "drive drive/setdrives; ..."
		err     string
	}{
		{name: "single", args: []string{"/d"}, want: "/d:1"},
		{name: "range", args: []string{"/d{1...4}"}, want: "/d1 /d2 /d3 /d4:4"},
		{name: "legacy", args: []string{"/a", "/b"}, want: "/a /b:2"},
		{name: "two pools", args: []string{"/a{1...2}", "/b{1...2}"}, want: "/a1 /a2:2; /b1 /b2:2"},
		{name: "variable wins", args: []string{"/d"}, environ: []string{"MINIO_VOLUMES= /a\t/b "}, want: "/a /b:2"},
		{name: "args over volumes", environ: []string{"MINIO_VOLUMES=/a", "MINIO_ARGS=/b", "MINIO_ENDPOINTS=/c"}, want: "/b:1"},
		{name: "endpoints last", environ: []string{"MINIO_ENDPOINTS=/c"}, want: "/c:1"},
		{name: "set size", args: []string{"/d{1...8}"}, environ: []string{"MINIO_ERASURE_SET_DRIVE_COUNT=4"}, want: "/d1 /d2 /d3 /d4 /d5 /d6 /d7 /d8:4"},
		{name: "behind dashes", args: []string{"--quiet", "--", "--odd"}, want: "--odd:1"},
		{name: "yaml v1", args: []string{"--config=c"}, files: files{"c": "version: v1\npools:\n  - ['/a', '/b']\n  - ['/c{1...2}']"}, want: "/a /b:2; /c1 /c2:2"},
		{name: "yaml v2", args: []string{"--config=c"}, files: files{"c": "version: v2\npools:\n  - args: ['/a{1...4}']\n    set-drive-count: 2"}, want: "/a1 /a2 /a3 /a4:2"},
		{name: "yaml twice", args: []string{"--config=c"}, files: files{"c": "version: v1\npools: [['/a{1...2}'],['/a{2...3}']]"}, err: "given twice"},
		{name: "yaml and arguments", args: []string{"--config=c", "/d"}, files: files{"c": "version: v1\npools: [['/a']]"}, err: "Name them in one place"},
		{name: "yaml unknown key", args: []string{"--config=c"}, files: files{"c": "version: v1\nadress: ':1'"}, err: "adress"},
		{name: "yaml version", args: []string{"--config=c"}, files: files{"c": "version: v9"}, err: "v1 or v2"},
		{name: "yaml empty", args: []string{"--config=c"}, files: files{"c": ""}, err: "empty"},
		{name: "yaml absent", args: []string{"--config=c"}, err: "Unreadable --config"},
		{name: "no drives", err: "no drives"},
		{name: "uneven", args: []string{"/d{1...17}"}, err: "incorrect number of drives"},
		{name: "twice", args: []string{"/d", "/d"}, err: "given twice"},
		{name: "another node", args: []string{"http://a{1...4}/d"}, err: "drives of one machine"},
		{name: "malformed", args: []string{"/d{1...x}"}, err: "ellipsis"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := load(tc.args, tc.environ, tc.files)
			if tc.err != "" {
				checkFault(t, err, tc.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var pools []string
			for _, p := range c.Pools {
				pools = append(pools, fmt.Sprintf("%s:%d", strings.Join(p.Drives, " "), p.SetDrives))
			}
			if got := strings.Join(pools, "; "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// checkFault checks that an error says something, in its text or in one of its actions.
func checkFault(t *testing.T, err error, want string) {
	t.Helper()
	text := fmt.Sprint(err)
	var faults config.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			text += "\n" + f.Action
		}
	}
	if err == nil || !strings.Contains(text, want) {
		t.Errorf("got error %q, want one about %q", text, want)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 32)
	c := mustLoad(t, []string{"/d{1...4}", "-S", "/certs", "--quiet", "--memlimit=2GiB"}, []string{
		"MINIO_DOMAIN=S3.example.net, other.example", "MINIO_CI_CD=1", "MINIO_ROOTDRIVE_THRESHOLD_SIZE=50GB",
		"MINIO_KMS_SECRET_KEY=my-key:" + base64.StdEncoding.EncodeToString([]byte(key)), "MINIO_KMS_AUTO_ENCRYPTION=on",
		"MINIO_STORAGE_CLASS_STANDARD=EC:1", "MINIO_STORAGE_CLASS_RRS=EC:0", "MINIO_STORAGE_CLASS_OPTIMIZE=capacity", "MINIO_STORAGE_CLASS_INLINE_BLOCK=64KiB",
		"MINIO_COMPRESS=on", "MINIO_COMPRESSION_EXTENSIONS=", "MINIO_COMPRESS_MIME_TYPES=text/*", "MINIO_COMPRESSION_ALLOW_ENCRYPTION=true",
		"MINIO_REGION=eu-1", "MINIO_API_CORS_ALLOW_ORIGIN=https://a.example,https://*.b.example", "MINIO_API_REQUESTS_MAX=100",
		"MINIO_PROMETHEUS_AUTH_TYPE=public", "MINIO_API_SECURE_CIPHERS=off", "HOLDFAST_JSON=on", "NOTIFY_SOCKET=@x",
		"MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=correct-horse", "MINIO_FUTURE_THING=1",
	}, nil)
	for _, row := range []struct {
		name      string
		got, want any
	}{
		{"domains", c.Domains, []string{"s3.example.net", "other.example"}},
		{"root drive", c.Drives.AllowRoot, true},
		{"threshold", c.Drives.RootBelowBytes, int64(50e9)},
		{"key", []string{c.KMS.KeyID, c.KMS.Key.Reveal()}, []string{"my-key", key}},
		{"auto encryption", c.KMS.AutoEncrypt, true},
		{"class", c.Class, config.StorageClass{Standard: "EC:1", Reduced: "EC:0", Optimize: "capacity", InlineBytes: 64 << 10}},
		{"compression", c.Compression, config.Compression{Enabled: true, AllowEncrypted: true, Types: []string{"text/*"}}},
		{"region", c.Site.Region, "eu-1"},
		{"origins", c.API.CORSOrigins, []string{"https://a.example", "https://*.b.example"}},
		{"requests", c.API.MaxRequests, 100},
		{"metrics", c.Metrics.Public, true},
		{"ciphers", c.TLS.OldCiphers, true},
		{"certs", c.TLS.Dir, "/certs"},
		{"log", c.Log, config.Log{Quiet: true, JSON: true, Level: "info"}},
		{"memory", c.MemLimit, int64(2 << 30)},
		{"notify", c.NotifySocket, "@x"},
		{"root", []string{c.Root.AccessKey, c.Root.Secret.Reveal()}, []string{"operator", "correct-horse"}},
		{"warnings", len(c.Warnings), 0},
	} {
		if !cmp.Equal(row.got, row.want) {
			t.Errorf("%s: got %v, want %v", row.name, row.got, row.want)
		}
	}
}

func TestInvalidValues(t *testing.T) {
	t.Parallel()
	short := base64.StdEncoding.EncodeToString([]byte("short"))
	for _, setting := range []string{
		"MINIO_ADDRESS=9000", "MINIO_ADDRESS=:http", "MINIO_ADDRESS=:70000", "MINIO_ADDRESS=a b:1", "MINIO_ADDRESS=::1:9000",
		"MINIO_ERASURE_SET_DRIVE_COUNT=17", "MINIO_ERASURE_SET_DRIVE_COUNT=3", "MINIO_ROOTDRIVE_THRESHOLD_SIZE=lots", "MINIO_DRIVE_MAX_TIMEOUT=0",
		"MINIO_API_SECURE_CIPHERS=maybe", "MINIO_DOMAIN=http://x", "MINIO_DOMAIN=a.example,b.a.example", "MINIO_DOMAIN=10.0.0.1",
		"MINIO_IDLE_TIMEOUT=soon", "MINIO_SHUTDOWN_TIMEOUT=-1s", "MINIO_KMS_SECRET_KEY=nocolon", "MINIO_KMS_SECRET_KEY=k:!!", "MINIO_KMS_SECRET_KEY=k:" + short,
		"MINIO_KMS_AUTO_ENCRYPTION=on", "MINIO_STORAGE_CLASS_STANDARD=EC:3", "MINIO_STORAGE_CLASS_STANDARD=2", "MINIO_STORAGE_CLASS_RRS=EC:3",
		"MINIO_STORAGE_CLASS_OPTIMIZE=speed", "MINIO_STORAGE_CLASS_INLINE_BLOCK=-1", "MINIO_COMPRESSION_ENABLE=perhaps", "MINIO_SITE_REGION=a b",
		"MINIO_API_REQUESTS_MAX=-1", "MINIO_API_STALE_UPLOADS_EXPIRY=1d", "MINIO_API_OBJECT_MAX_VERSIONS=0", "MINIO_PROMETHEUS_AUTH_TYPE=none",
		"HOLDFAST_LOG_LEVEL=loud", "MINIO_MEMLIMIT=NaN", "MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=correct-horse", "MINIO_API_ROOT_ACCESS=off",
		"MINIO_KMS_KES_ENDPOINT=https://kes", "MINIO_KMS_SERVER=https://kms", "MINIO_ETCD_ENDPOINTS=http://etcd",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			_, err := load([]string{"/d{1...4}"}, []string{setting}, nil)
			var faults config.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Reason == "" || faults[0].Action == "" {
				t.Errorf("got %#v, want one fault with reason and action", err)
			}
		})
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load([]string{"--address=x", "/d{1...3}", "/e"}, []string{"MINIO_DOMAIN=:", "MINIO_ROOT_USER=ab", "MINIO_ROOT_PASSWORD=1234567", "MINIO_STORAGE_CLASS_STANDARD=EC:9"}, nil)
	var faults config.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	var what []string
	for _, f := range faults {
		what = append(what, f.What)
	}
	want := []string{"Invalid --address", "Invalid MINIO_DOMAIN", "Invalid MINIO_ROOT_USER", "Invalid MINIO_ROOT_PASSWORD", "Invalid drives"}
	if diff := cmp.Diff(want, what); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "1234567") {
		t.Errorf("a secret is in %q", err)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	const user, password = "MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=correct-horse"
	for _, tc := range []struct {
		name    string
		args    []string
		environ []string
		files   files
		want    string // user/password
		err     string
	}{
		{name: "none", want: "/"},
		{name: "both", environ: []string{user, password}, want: "operator/correct-horse"},
		{name: "ours", environ: []string{user, password, "HOLDFAST_ROOT_PASSWORD=battery-staple"}, want: "operator/battery-staple"},
		{name: "only user", environ: []string{user}, err: "only one"},
		{name: "only password", environ: []string{password}, err: "only one"},
		{name: "old names", environ: []string{"MINIO_ACCESS_KEY=old-user", "MINIO_SECRET_KEY=old-password"}, want: "old-user/old-password"},
		{name: "new names win", environ: []string{user, password, "MINIO_ACCESS_KEY=old-user", "MINIO_SECRET_KEY=old-password"}, want: "operator/correct-horse"},
		{name: "mixed names", environ: []string{user, "MINIO_SECRET_KEY=old-password"}, err: "only one"},
		{name: "file", environ: []string{user, "MINIO_ROOT_PASSWORD_FILE=/pw"}, files: files{"/pw": " from-a-file\n"}, want: "operator/from-a-file"},
		{name: "file over variable", environ: []string{user, password, "MINIO_ROOT_PASSWORD_FILE=/pw"}, files: files{"/pw": "from-a-file"}, want: "operator/from-a-file"},
		{name: "file absent", environ: []string{user, password, "MINIO_ROOT_PASSWORD_FILE=/pw"}, want: "operator/correct-horse"},
		{name: "file empty", environ: []string{user, password, "MINIO_ROOT_PASSWORD_FILE=/pw"}, files: files{"/pw": "\n"}, err: "empty"},
		{name: "container secret", environ: []string{user, "MINIO_ROOT_PASSWORD_FILE=pw"}, files: files{"/run/secrets/pw": "contained", "pw": "local-one"}, want: "operator/contained"},
		{name: "systemd credential", environ: []string{user, "MINIO_ROOT_PASSWORD_FILE=pw", "CREDENTIALS_DIRECTORY=/creds"}, files: files{"/creds/pw": "systemic"}, want: "operator/systemic"},
		{name: "old file name", environ: []string{"MINIO_ACCESS_KEY_FILE=u", "MINIO_SECRET_KEY_FILE=p"}, files: files{"u": "old-user", "p": "old-password"}, want: "old-user/old-password"},
		{name: "variables file over secret file", environ: []string{user, "MINIO_ROOT_PASSWORD_FILE=/pw", "MINIO_CONFIG_ENV_FILE=/e"},
			files: files{"/pw": "from-a-file", "/e": "export MINIO_ROOT_PASSWORD='from variables'"}, want: "operator/from variables"},
		{name: "yaml", args: []string{"--config=c"}, files: files{"c": "version: v1\nrootUser: operator\nrootPassword: from-yaml"}, want: "operator/from-yaml"},
		{name: "well known", environ: []string{"MINIO_ROOT_USER=minioadmin", "MINIO_ROOT_PASSWORD=minioadmin"}, err: "everybody knows"},
		{name: "well known password", environ: []string{user, "MINIO_ROOT_PASSWORD=Minio123"}, err: "everybody knows"},
		{name: "password is user", environ: []string{"MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=operator"}, err: "everybody knows"},
		{name: "well known on loopback", args: []string{"--address=127.0.0.1:9000"}, environ: []string{user, "MINIO_ROOT_PASSWORD=minioadmin"}, want: "operator/minioadmin"},
		{name: "well known on ::1", args: []string{"--address=[::1]:9000"}, environ: []string{user, "MINIO_ROOT_PASSWORD=minioadmin"}, want: "operator/minioadmin"},
		{name: "well known on all addresses", args: []string{"--address=0.0.0.0:9000"}, environ: []string{user, "MINIO_ROOT_PASSWORD=minioadmin"}, err: "everybody knows"},
		{name: "well known, insisted", args: []string{"--allow-default-credentials"}, environ: []string{user, "MINIO_ROOT_PASSWORD=minioadmin"}, want: "operator/minioadmin"},
		{name: "well known, insisted by variable", environ: []string{user, "MINIO_ROOT_PASSWORD=minioadmin", "HOLDFAST_ALLOW_DEFAULT_CREDENTIALS=on"}, want: "operator/minioadmin"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := load(append(tc.args, "/d"), tc.environ, tc.files)
			if tc.err != "" {
				checkFault(t, err, tc.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Root.AccessKey + "/" + c.Root.Secret.Reveal(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, []string{"--console-address", ":9001", "--compat", "/d"}, []string{
		"HOLDFAST_ADRESS=:1", "MINIO_NOTIFY_WEBHOOK_ENABLE_a=on", "MINIO_NOTIFY_WEBHOOK_ENDPOINT_a=http://x", "MINIO_ACCESS_KEY=old-user", "MINIO_SECRET_KEY=old-password",
	}, nil)
	for _, want := range []string{"--console-address", "--compat", "HOLDFAST_ADRESS", "MINIO_NOTIFY_WEBHOOK_ENABLE_a", "MINIO_ACCESS_KEY"} {
		if n := strings.Count(strings.Join(c.Warnings, "\n"), want); n != 1 {
			t.Errorf("%q is warned about %d times in %q", want, n, c.Warnings)
		}
	}
	if len(c.Warnings) != 5 {
		t.Errorf("got %q", c.Warnings)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	var usage *config.UsageError
	if _, err := load([]string{"/d", "--bogus"}, nil, nil); !errors.As(err, &usage) || usage.Text != "flag provided but not defined: -bogus" {
		t.Errorf("unknown flag: got %v", err)
	}
	if _, err := load([]string{"/d", "--help"}, nil, nil); !errors.Is(err, config.ErrHelp) {
		t.Errorf("help: got %v", err)
	}
	if _, err := load([]string{"--address"}, nil, nil); !errors.As(err, &usage) {
		t.Errorf("flag without value: got %v", err)
	}
	if _, err := load(nil, nil, nil); !errors.Is(err, config.ErrNoDrives) {
		t.Errorf("no drives: got %v", err)
	}
}

func TestOffline(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Source{Offline: true, Environ: []string{"MINIO_ROOT_USER=minioadmin", "MINIO_ROOT_PASSWORD=minioadmin", "MINIO_API_ROOT_ACCESS=off"}})
	if err != nil || len(c.Pools) != 0 || c.Root.AccessKey != "minioadmin" {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := config.Load(config.Source{Offline: true, Environ: []string{"MINIO_KMS_SECRET_KEY=x"}}); err == nil {
		t.Error("a key that cannot be read was accepted")
	}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want string
		rest []string
	}{
		{"none", nil, "", nil},
		{"alone", []string{"server"}, "server", []string{}},
		{"flags behind", []string{"server", "--json", "/d"}, "server", []string{"--json", "/d"}},
		{"flags before", []string{"--json", "--address", ":1", "server", "/d"}, "server", []string{"--json", "--address", ":1", "/d"}},
		{"other command", []string{"inspect", "--its-own", "x"}, "inspect", []string{"--its-own", "x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			name, rest, err := config.Command(tc.args)
			if err != nil || name != tc.want || !cmp.Equal(rest, tc.rest) {
				t.Errorf("got %q %q %v, want %q %q", name, rest, err, tc.want, tc.rest)
			}
		})
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, []string{"/d"}, []string{"MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=correct-horse", "MINIO_CERT_PASSWD=correct-horse"}, nil)
	shown, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	text := string(shown) + c.Root.Secret.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{c, *c, c.Root, c.Root.Secret} {
			text += fmt.Sprintf(verb, v)
		}
	}
	for _, leak := range []string{"correct-horse", "636f7272656374"} {
		if strings.Contains(text, leak) {
			t.Errorf("%q shows in %s", leak, text)
		}
	}
}

// TestTable checks what every row of the table promises.
func TestTable(t *testing.T) {
	t.Parallel()
	names, flags, own := map[string]bool{}, map[string]bool{}, 0
	for _, s := range config.Settings() {
		if s.Name == "" || s.Group == "" || s.Doc == "" || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("%q lacks something", s.Name)
		}
		if names[s.Name] || s.Flag != "" && flags[s.Flag] || s.Short != "" && flags[s.Short] {
			t.Errorf("%q is there twice", s.Name)
		}
		if s.Flag == "" && len(s.Env) == 0 {
			t.Errorf("%q cannot be set", s.Name)
		}
		names[s.Name], flags[s.Flag], flags[s.Short] = true, true, true
		if s.Own() {
			own++
		}
	}
	if own == 0 || own >= 60 {
		t.Errorf("%d settings of our own; there should be fewer than sixty", own)
	}
}

func TestSettingsPageIsCurrent(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := config.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join("..", "..", "docs", "operate", "settings.md")
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(have)); diff != "" {
		t.Errorf("docs/operate/settings.md is not what the table says; run make docs (-want +got):\n%s", diff)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := config.WriteHelp(&b); err != nil {
		t.Fatal(err)
	}
	for _, s := range config.Settings() {
		if s.Flag != "" && !s.Ignored && !strings.Contains(b.String(), "--"+s.Flag) {
			t.Errorf("--%s is missing", s.Flag)
		}
	}
	for line := range strings.Lines(b.String()) {
		if len(strings.TrimRight(line, "\n")) > 92 {
			t.Errorf("line of %d characters: %q", len(line), line)
		}
	}
}
