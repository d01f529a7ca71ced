package metric_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/holdfast-io/holdfast/objectlayer/metric"
)

var update = flag.Bool("update", false, "rewrite the table in docs/operate/metrics.md")

// status is two pools of one set of two drives; one drive is out of service.
func status(context.Context) (metric.Status, bool) {
	return metric.Status{
		Sets: []metric.Set{
			{Pool: 0, Index: 0, Drives: 2, Online: 2, Local: 2, Parity: 1, ReadQuorum: 1, WriteQuorum: 2},
			{Pool: 1, Index: 0, Drives: 2, Online: 1, Local: 1, Healing: 1, Parity: 1, ReadQuorum: 1, WriteQuorum: 2},
		},
		Drives: []metric.Drive{
			{Pool: 0, Path: "/a", Local: true, Online: true, TotalBytes: 1000, FreeBytes: 600, FreeInodes: 7, Latency: map[string]time.Duration{"Commit": 1500 * time.Microsecond}},
			{Pool: 0, Path: "/b", Local: true, Online: true, TotalBytes: 1000, FreeBytes: 400},
			{Pool: 1, Path: "/c", Local: true, Online: true, TotalBytes: 2000, FreeBytes: 1000},
			{Pool: 1, Path: "/d", Local: true, Timeouts: 3, Faults: 2, Waiting: 1},
		},
		StandardParity: 1, ReducedParity: 1,
	}, true
}

func figures(t *testing.T) *metric.Figures {
	return metric.New(metric.Options{Server: "s:9000", Version: "v1", Commit: "abc", Started: time.Unix(1000, 0), Status: status})
}

// scrape returns the lines of a view, without comments, by name and labels.
func scrape(t *testing.T, f *metric.Figures, view metric.View) map[string]string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := f.Register(registry, view); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	lines := make(map[string]string)
	for s := bufio.NewScanner(w.Body); s.Scan(); {
		if name, value, found := strings.Cut(s.Text(), " "); found && name != "#" {
			lines[name] = value
		}
	}
	return lines
}

func TestStatus(t *testing.T) {
	t.Parallel()
	f := figures(t)
	cluster, node := scrape(t, f, metric.Cluster), scrape(t, f, metric.Node)
	for name, want := range map[string]string{
		`minio_cluster_capacity_raw_total_bytes{server="s:9000"}`:                           "4000",
		`minio_cluster_capacity_raw_free_bytes{server="s:9000"}`:                            "2000",
		`minio_cluster_capacity_usable_total_bytes{server="s:9000"}`:                        "2000",
		`minio_cluster_capacity_usable_free_bytes{server="s:9000"}`:                         "1000",
		`minio_cluster_drive_total{server="s:9000"}`:                                        "4",
		`minio_cluster_drive_online_total{server="s:9000"}`:                                 "3",
		`minio_cluster_drive_offline_total{server="s:9000"}`:                                "1",
		`minio_cluster_nodes_online_total{server="s:9000"}`:                                 "1",
		`minio_cluster_health_status{server="s:9000"}`:                                      "0",
		`minio_cluster_health_erasure_set_status{pool="0",server="s:9000",set="0"}`:         "1",
		`minio_cluster_health_erasure_set_status{pool="1",server="s:9000",set="0"}`:         "0",
		`minio_cluster_health_erasure_set_online_drives{pool="1",server="s:9000",set="0"}`:  "1",
		`minio_cluster_health_erasure_set_healing_drives{pool="1",server="s:9000",set="0"}`: "1",
		`minio_cluster_health_erasure_set_read_quorum{pool="1",server="s:9000",set="0"}`:    "1",
		`minio_cluster_health_erasure_set_write_quorum{pool="1",server="s:9000",set="0"}`:   "2",
		`minio_cluster_write_quorum{server="s:9000"}`:                                       "2",
		`minio_software_version_info{server="s:9000",version="v1"}`:                         "1",
		`minio_software_commit_info{commit="abc",server="s:9000"}`:                          "1",
		`minio_node_process_starttime_seconds{server="s:9000"}`:                             "1000",
	} {
		if cluster[name] != want {
			t.Errorf("cluster: %s is %q, want %q", name, cluster[name], want)
		}
	}
	for name, want := range map[string]string{
		`minio_node_drive_total{server="s:9000"}`:                              "4",
		`minio_node_drive_online_total{server="s:9000"}`:                       "3",
		`minio_node_drive_offline_total{server="s:9000"}`:                      "1",
		`minio_node_drive_total_bytes{drive="/a",server="s:9000"}`:             "1000",
		`minio_node_drive_used_bytes{drive="/a",server="s:9000"}`:              "400",
		`minio_node_drive_free_bytes{drive="/a",server="s:9000"}`:              "600",
		`minio_node_drive_free_inodes{drive="/a",server="s:9000"}`:             "7",
		`minio_node_drive_errors_availability{drive="/d",server="s:9000"}`:     "5",
		`minio_node_drive_errors_timeout{drive="/d",server="s:9000"}`:          "3",
		`minio_node_drive_errors_ioerror{drive="/d",server="s:9000"}`:          "2",
		`minio_node_drive_io_waiting{drive="/d",server="s:9000"}`:              "1",
		`minio_node_drive_latency_us{api="Commit",drive="/a",server="s:9000"}`: "1500",
		`minio_node_drive_total_bytes{drive="/d",server="s:9000"}`:             "",
		`minio_node_storage_class_standard_parity{server="s:9000"}`:            "1",
		`minio_cluster_capacity_raw_total_bytes{server="s:9000"}`:              "",
	} {
		if node[name] != want {
			t.Errorf("node: %s is %q, want %q", name, node[name], want)
		}
	}
	for _, name := range []string{"go_goroutines", "minio_process_open_fds"} {
		if node[name] == "" || cluster[name] != "" {
			t.Errorf("%s belongs to the node: got %q and %q", name, node[name], cluster[name])
		}
	}
}

func TestWithoutStore(t *testing.T) {
	t.Parallel()
	lines := scrape(t, metric.New(metric.Options{Server: "s"}), metric.Cluster)
	if lines[`minio_cluster_drive_total{server="s"}`] != "" || lines[`minio_node_go_routine_total{server="s"}`] == "" {
		t.Errorf("got %v", lines)
	}
}

// serve sends one request through a counted door and returns the answer.
func serve(f *metric.Figures, door http.HandlerFunc, method, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }() // as package http does
		f.Count(door).ServeHTTP(w, httptest.NewRequest(method, "/", strings.NewReader(body)))
	}()
	return w
}

func name(w http.ResponseWriter, api string) { w.(metric.Namer).NameAPI(api) }

func TestRequests(t *testing.T) {
	t.Parallel()
	f := figures(t)
	serve(f, func(w http.ResponseWriter, r *http.Request) {
		name(w, "PutObject")
		name(w, "Late")
		_, _ = io.Copy(io.Discard, r.Body)
	}, http.MethodPut, "12345")
	serve(f, func(w http.ResponseWriter, _ *http.Request) {
		name(w, "GetObject")
		_, _ = io.Copy(w, strings.NewReader("123"))
		_, _ = w.Write([]byte("45"))
	}, http.MethodGet, "")
	serve(f, func(w http.ResponseWriter, _ *http.Request) {
		name(w, "GetObject")
		w.WriteHeader(http.StatusNotFound)
		w.WriteHeader(http.StatusOK)
	}, http.MethodGet, "")
	serve(f, func(w http.ResponseWriter, _ *http.Request) {
		name(w, "getobject")
		w.WriteHeader(http.StatusServiceUnavailable)
	}, http.MethodGet, "")
	serve(f, func(w http.ResponseWriter, _ *http.Request) {
		name(w, "GetObject")
		_, _ = w.Write([]byte("1"))
		panic(http.ErrAbortHandler)
	}, http.MethodGet, "")
	serve(f, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, http.MethodGet, "")

	ctx, cancel := context.WithCancel(t.Context())
	f.Count(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		name(w, "ListObjectsV2")
		cancel()
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))

	lines := scrape(t, f, metric.Cluster)
	for name, want := range map[string]string{
		`minio_s3_requests_total{api="putobject",server="s:9000"}`:                                 "1",
		`minio_s3_requests_total{api="getobject",server="s:9000"}`:                                 "4",
		`minio_s3_requests_total{api="unknown",server="s:9000"}`:                                   "1",
		`minio_s3_requests_total{api="late",server="s:9000"}`:                                      "",
		`minio_s3_requests_errors_total{api="getobject",server="s:9000"}`:                          "3",
		`minio_s3_requests_4xx_errors_total{api="getobject",server="s:9000"}`:                      "1",
		`minio_s3_requests_5xx_errors_total{api="getobject",server="s:9000"}`:                      "2",
		`minio_s3_requests_errors_total{api="putobject",server="s:9000"}`:                          "",
		`minio_s3_requests_canceled_total{api="listobjectsv2",server="s:9000"}`:                    "1",
		`minio_s3_requests_inflight_total{api="getobject",server="s:9000"}`:                        "0",
		`minio_s3_requests_incoming_total{server="s:9000"}`:                                        "0",
		`minio_s3_requests_ttfb_seconds_distribution{api="getobject",le="+Inf",server="s:9000"}`:   "4",
		`minio_s3_requests_ttfb_seconds_distribution{api="getobject",le="10.000",server="s:9000"}`: "4",
		`minio_s3_traffic_received_bytes{server="s:9000"}`:                                         "5",
		`minio_s3_traffic_sent_bytes{server="s:9000"}`:                                             "6",
	} {
		if lines[name] != want {
			t.Errorf("%s is %q, want %q", name, lines[name], want)
		}
	}
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	f := figures(t)
	serve(f, func(w http.ResponseWriter, _ *http.Request) {
		name(w, "GetObject")
		lines := scrape(t, f, metric.Node)
		for _, name := range []string{`minio_s3_requests_inflight_total{api="getobject",server="s:9000"}`, `minio_s3_requests_incoming_total{server="s:9000"}`} {
			if lines[name] != "1" {
				t.Errorf("%s is %q while a request is answered", name, lines[name])
			}
		}
	}, http.MethodGet, "")
}

// TestResponseKeepsItsAbilities goes through a real connection: flushing, informational answers and deadlines still work.
func TestResponseKeepsItsAbilities(t *testing.T) {
	t.Parallel()
	f := figures(t)
	server := httptest.NewServer(f.Count(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		name(w, "GetObject")
		w.WriteHeader(http.StatusEarlyHints)
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
		}
		if _, ok := w.(io.ReaderFrom); !ok {
			t.Error("lost ReadFrom")
		}
		w.WriteHeader(http.StatusTeapot)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, "body")
	})))
	defer server.Close()
	answer, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusTeapot || string(body) != "body" {
		t.Errorf("got %d %q %v", answer.StatusCode, body, err)
	}
}

// TestEveryFamilyIsEmitted checks the table against what a busy server shows.
func TestEveryFamilyIsEmitted(t *testing.T) {
	t.Parallel()
	f := figures(t)
	for _, status := range []int{200, 404, 500} {
		serve(f, func(w http.ResponseWriter, _ *http.Request) { name(w, "GetObject"); w.WriteHeader(status) }, http.MethodGet, "")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.Count(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { name(w, "GetObject") })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))

	views := map[metric.View]map[string]bool{metric.Cluster: {}, metric.Node: {}}
	for view, seen := range views {
		for line := range scrape(t, f, view) {
			family, _, _ := strings.Cut(line, "{")
			seen[family] = true
		}
	}
	known := map[string]bool{}
	for _, family := range metric.Families() {
		if known[family.Name] || family.Views == 0 || !strings.HasSuffix(family.Help, ".") {
			t.Errorf("%s: twice, nowhere or without help", family.Name)
		}
		known[family.Name] = true
		for view, seen := range views {
			if seen[family.Name] != (family.Views&view != 0) {
				t.Errorf("%s in view %d: shown %v, in the table %v", family.Name, view, seen[family.Name], family.Views&view != 0)
			}
		}
	}
	// What the code emits and the table lacks would be dropped without a word.
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`"(minio_\w+)"`).FindAllSubmatch(source, -1) {
			if !known[string(name[1])] && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s: %s is not in the table", file, name[1])
			}
		}
	}
}

func TestPageIsCurrent(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- families -->\n", "<!-- end of families -->\n"
	path := filepath.Join("..", "..", "docs", "operate", "metrics.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := metric.WriteMarkdown(&table); err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(page), begin)
	_, tail, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s has no place for the table", path)
	}
	want := head + begin + table.String() + end + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("docs/operate/metrics.md is not what the table says; run make docs (-want +got):\n%s", diff)
	}
}

func BenchmarkCount(b *testing.B) {
	f := metric.New(metric.Options{Server: "s"})
	door := f.Count(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { name(w, "GetObject") }))
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		door.ServeHTTP(w, r)
	}
}
