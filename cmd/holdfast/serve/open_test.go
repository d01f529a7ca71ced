package serve_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/cmd/holdfast/serve"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// drives is a folder of real drives.
type drives struct {
	t       *testing.T
	dir     string
	environ []string
}

// The file systems of tests are whatever the machine has; these settings say which of them count as the root's.
const (
	allRoot  = "HOLDFAST_ROOTDRIVE_THRESHOLD_SIZE=1000000TiB"
	noneRoot = "HOLDFAST_ROOTDRIVE_THRESHOLD_SIZE=1"
)

func newDrives(t *testing.T) *drives {
	return &drives{t: t, dir: t.TempDir(), environ: []string{noneRoot}}
}

func (d *drives) path(elem ...string) string {
	return filepath.Join(append([]string{d.dir}, elem...)...)
}

// config is that of a server on drives d1 to d4, or on those of args.
func (d *drives) config(args ...string) *config.Config {
	d.t.Helper()
	if len(args) == 0 {
		args = []string{"d{1...4}"}
	}
	for i := range args {
		args[i] = d.dir + "/" + args[i]
	}
	cfg, err := config.Load(config.Source{
		Args:    append([]string{"--address=127.0.0.1:0", "--state-dir", d.t.TempDir()}, args...),
		Environ: append([]string{"MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=correct-horse", "MINIO_PROMETHEUS_AUTH_TYPE=public"}, d.environ...),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return cfg
}

// serve starts a server that has to start.
func (d *drives) serve(args ...string) *running {
	d.t.Helper()
	r := launch(d.t, serve.Options{Config: d.config(args...)})
	r.url = strings.TrimPrefix(r.stderr.wait("API: "), "API: ")
	return r
}

// stop ends a server that has to end well.
func (d *drives) stop(r *running) {
	d.t.Helper()
	if err := r.stop(syscall.SIGTERM); err != nil {
		d.t.Fatalf("ended with %v\n%s", err, r.stderr)
	}
}

// refused starts a server that must not start, and returns why.
func (d *drives) refused(args ...string) *config.Fault {
	d.t.Helper()
	r := launch(d.t, serve.Options{Config: d.config(args...)})
	var fault *config.Fault
	if err := <-r.ended; !errors.As(err, &fault) {
		d.t.Fatalf("ended with %v, which is no fault of the operator", err)
	}
	return fault
}

func (d *drives) read(elem ...string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(d.path(elem...))
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// do makes a change below the folder that must succeed.
func (d *drives) do(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// hide takes a drive away: where it was is something that cannot be read as one.
func (d *drives) hide(name string) {
	d.t.Helper()
	d.do(os.Rename(d.path(name), d.path(name+".away")))
	d.do(os.WriteFile(d.path(name), nil, 0o666))
}

// expect compares the figures of a server.
func (d *drives) expect(r *running, lines ...string) {
	d.t.Helper()
	_, cluster := r.get(http.MethodGet, "/minio/v2/metrics/cluster", nil)
	_, node := r.get(http.MethodGet, "/minio/v2/metrics/node", nil)
	for _, line := range lines {
		if !strings.Contains(cluster+node, line+"\n") {
			d.t.Errorf("the figures lack %s", line)
		}
	}
}

const formatFile = ".minio.sys/format.json"

func TestServesDrives(t *testing.T) {
	t.Parallel()
	d := newDrives(t)
	r := d.serve()
	for _, path := range []string{"/minio/health/ready", "/minio/health/cluster", "/minio/health/cluster/read"} {
		if answer, _ := r.get(http.MethodGet, path, nil); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	server := `server="` + strings.TrimPrefix(r.url, "http://") + `"`
	d.expect(r, `minio_cluster_drive_online_total{`+server+`} 4`, `minio_cluster_drive_offline_total{`+server+`} 0`,
		`minio_cluster_write_quorum{`+server+`} 3`, `minio_node_storage_class_standard_parity{`+server+`} 2`, `minio_node_storage_class_rrs_parity{`+server+`} 1`)
	d.stop(r)
	before := d.read("d3", formatFile)

	d.hide("d3")
	r = d.serve()
	r.stderr.wait("drive does not serve")
	server = `server="` + strings.TrimPrefix(r.url, "http://") + `"`
	d.expect(r, `minio_cluster_drive_online_total{`+server+`} 3`, `minio_cluster_drive_offline_total{`+server+`} 1`)
	d.stop(r)
	d.do(os.Remove(d.path("d3")))
	d.do(os.Rename(d.path("d3.away"), d.path("d3")))
	d.stop(d.serve())
	if got := d.read("d3", formatFile); string(got) != string(before) {
		t.Errorf("the label has become %s, it was %s", got, before)
	}
}

// TestReplacedDrive puts a blank folder in the place of a drive.
func TestReplacedDrive(t *testing.T) {
	t.Parallel()
	d := newDrives(t)
	d.stop(d.serve())
	for _, name := range []string{"d1", "d2", "d3", "d4"} {
		d.do(os.Mkdir(d.path(name, "photos"), 0o777))
	}
	before := d.read("d2", formatFile)
	d.do(os.RemoveAll(d.path("d2")))
	r := d.serve()
	d.expect(r, `minio_cluster_health_erasure_set_healing_drives{pool="0",server="`+strings.TrimPrefix(r.url, "http://")+`",set="0"} 1`)
	d.stop(r)
	if got := d.read("d2", formatFile); string(got) != string(before) {
		t.Errorf("got label %s, want that of the drive before, %s", got, before)
	}
	if _, err := os.Stat(d.path("d2", "photos")); err != nil {
		t.Errorf("its buckets: %v", err)
	}
	l, err := label.Parse(before)
	if err != nil {
		t.Fatal(err)
	}
	tracker, err := label.ParseTracker(d.read("d2", ".minio.sys/buckets/.healing.bin"))
	if err != nil {
		t.Fatal(err)
	}
	want := &label.Tracker{ID: l.This.String(), DiskIndex: 1, Path: d.path("d2"), Endpoint: d.path("d2")}
	if diff := cmp.Diff(want, tracker, cmpopts.IgnoreFields(label.Tracker{}, "Started", "LastUpdate")); diff != "" || tracker.Started.IsZero() {
		t.Errorf("tracker of %v (-want +got):\n%s", tracker.Started, diff)
	}
}

// TestDriveFaults has every reason of drives not to start a server, and what the operator is told.
func TestDriveFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		prepare func(*drives)
		args    []string
		what    string
		reason  []string
		action  string
	}{
		{"mount points without their mounts", func(d *drives) { d.environ = []string{allRoot} }, nil,
			"Unable to use the drives", []string{"/d1, ", "/d4", "mount point without its mount"}, "set HOLDFAST_CI_CD=on"},
		{"half of the drives", func(d *drives) {
			d.stop(d.serve())
			d.hide("d2")
			d.hide("d3")
		}, nil, "Too few drives", []string{"/d2 (", "/d3 (", "not a directory"}, "Bring drives back"},
		{"too few labels", func(d *drives) {
			d.stop(d.serve())
			for _, name := range []string{"d2", "d3", "d4"} {
				d.do(os.WriteFile(d.path(name, formatFile), nil, 0o666))
			}
		}, nil, "Unable to use the drives", []string{"of 4 drives 1 agree", "3 corrupt"}, "Check that all drives are mounted"},
		{"labels gone", func(d *drives) {
			d.stop(d.serve())
			for _, name := range []string{"d1", "d2", "d3", "d4"} {
				d.do(os.Remove(d.path(name, formatFile)))
			}
			d.do(os.Mkdir(d.path("d2", "photos"), 0o777))
		}, nil, "Unable to use the drives", []string{"/d2", "no label"}, "from a backup"},
		{"documents are data", func(d *drives) {
			d.stop(d.serve())
			for _, name := range []string{"d1", "d2", "d3", "d4"} {
				d.do(os.Remove(d.path(name, formatFile)))
			}
			d.do(os.MkdirAll(d.path("d2", ".minio.sys/config/iam"), 0o777))
		}, nil, "Unable to use the drives", []string{"/d2", "no label"}, "from a backup"},
		{"another number of drives", func(d *drives) { d.stop(d.serve()) }, []string{"d{1...3}"},
			"Unable to use the drives", []string{"another layout"}, "Give all drives of the pool"},
		{"pools of two deployments", func(d *drives) {
			d.stop(d.serve("d{1...2}"))
			d.stop(d.serve("e{1...2}"))
		}, []string{"d{1...2}", "e{1...2}"}, "Unable to use the drives", []string{"different deployments"}, "one deployment"},
		{"drives of old software", func(d *drives) {
			d.stop(d.serve())
			for _, name := range []string{"d1", "d2", "d3", "d4"} {
				old := strings.Replace(string(d.read(name, formatFile)), "SIPMOD+PARITY", "CRCMOD", 1)
				d.do(os.WriteFile(d.path(name, formatFile), []byte(old), 0o666))
			}
		}, nil, "Unable to use the drives", []string{"CRCMOD"}, "the software that formatted them"},
		{"drives in use", func(d *drives) {
			d.stop(d.serve())
			held, err := local.Open(d.path("d4"), local.Options{})
			d.do(err)
			d.t.Cleanup(func() { d.do(held.Close()) })
		}, nil, "Drive in use", []string{"/d4"}, "Stop the other server"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDrives(t)
			tc.prepare(d)
			fault := d.refused(tc.args...)
			if fault.What != tc.what || !strings.Contains(fault.Action, tc.action) {
				t.Errorf("got %q and %q, want %q and %q", fault.What, fault.Action, tc.what, tc.action)
			}
			for _, part := range tc.reason {
				if !strings.Contains(fault.Reason, part) {
					t.Errorf("%q lacks %q", fault.Reason, part)
				}
			}
		})
	}
}

// TestLooking is about what counts as blank on real folders.
func TestLooking(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		leave  func(*drives) // what lies in d2 after it was emptied
		serves bool
	}{
		"nothing":                    {func(*drives) {}, true},
		"what a new file system has": {func(d *drives) { d.do(os.MkdirAll(d.path("d2", "lost+found"), 0o700)) }, true},
		"what a desktop leaves":      {func(d *drives) { d.do(os.MkdirAll(d.path("d2", ".Trash-1000"), 0o700)) }, true},
		"an empty label": {func(d *drives) {
			d.do(os.MkdirAll(d.path("d2", ".minio.sys"), 0o777))
			d.do(os.WriteFile(d.path("d2", formatFile), nil, 0o666))
		}, true},
		"a folder of somebody": {func(d *drives) { d.do(os.MkdirAll(d.path("d2", "home"), 0o777)) }, false},
		"a file of somebody": {func(d *drives) {
			d.do(os.MkdirAll(d.path("d2"), 0o777))
			d.do(os.WriteFile(d.path("d2", "swapfile"), nil, 0o666))
		}, false},
		"a folder instead of the label": {func(d *drives) { d.do(os.MkdirAll(d.path("d2", formatFile), 0o777)) }, false},
		"a huge label": {func(d *drives) {
			d.do(os.MkdirAll(d.path("d2", ".minio.sys"), 0o777))
			d.do(os.WriteFile(d.path("d2", formatFile), make([]byte, label.MaxBytes+1), 0o666))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrives(t)
			d.stop(d.serve())
			d.do(os.RemoveAll(d.path("d2")))
			tc.leave(d)
			r := d.serve()
			d.stop(r)
			if refused := strings.Contains(r.stderr.String(), "drive does not serve"); refused == tc.serves {
				t.Errorf("serves: %v, want %v\n%s", !refused, tc.serves, r.stderr)
			}
		})
	}
}
