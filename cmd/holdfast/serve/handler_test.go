package serve_test

import (
	"net/http"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
)

func TestProbes(t *testing.T) {
	t.Parallel()
	healthy := metric.Set{Drives: 4, Online: 4, Local: 4, ReadQuorum: 2, WriteQuorum: 3}
	elsewhere := metric.Set{Drives: 4, Online: 4, Local: 1, ReadQuorum: 2, WriteQuorum: 3}
	readOnly := metric.Set{Drives: 4, Online: 2, Local: 2, Healing: 1, ReadQuorum: 2, WriteQuorum: 3}
	gone := metric.Set{Drives: 6, Online: 1, Local: 1, ReadQuorum: 4, WriteQuorum: 4}
	for _, tc := range []struct {
		name   string
		path   string
		sets   []metric.Set
		ready  error
		status int
		header map[string]string
	}{
		{name: "live", path: "live", sets: []metric.Set{gone}, status: 200, header: map[string]string{"X-Minio-Server-Status": ""}},
		{name: "ready", path: "ready", sets: []metric.Set{gone}, status: 200},
		{name: "not ready", path: "ready", ready: &objectlayer.Error{Kind: objectlayer.KindTimeout}, status: 503},
		{name: "cluster", path: "cluster", sets: []metric.Set{healthy}, status: 200,
			header: map[string]string{"X-Minio-Write-Quorum": "3", "X-Minio-Storage-Class-Defaults": "true", "X-Minio-Healing-Drives": "", "X-Minio-Read-Quorum": ""}},
		{name: "read", path: "cluster/read", sets: []metric.Set{healthy, readOnly}, status: 200,
			header: map[string]string{"X-Minio-Read-Quorum": "2", "X-Minio-Write-Quorum": "", "X-Minio-Healing-Drives": "1"}},
		{name: "one set cannot write", path: "cluster", sets: []metric.Set{healthy, readOnly}, status: 503, header: map[string]string{"X-Minio-Healing-Drives": "1"}},
		{name: "one set is gone", path: "cluster/read", sets: []metric.Set{healthy, gone}, status: 503, header: map[string]string{"X-Minio-Read-Quorum": "4"}},
		{name: "maintenance of the only node", path: "cluster?maintenance=true", sets: []metric.Set{healthy}, status: 412, header: map[string]string{"X-Minio-Write-Quorum": "3"}},
		{name: "maintenance of one of many", path: "cluster?maintenance=true", sets: []metric.Set{elsewhere}, status: 200},
		{name: "maintenance, read", path: "cluster/read?maintenance=true", sets: []metric.Set{healthy}, status: 412},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBackend()
			b.status.Sets, b.ready = tc.sets, tc.ready
			r := start(t, b, nil, nil)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				answer, body := r.get(method, "/minio/health/"+tc.path, nil)
				if answer.StatusCode != tc.status {
					t.Errorf("%s: got %d, want %d", method, answer.StatusCode, tc.status)
				}
				if body != "" && tc.ready == nil {
					t.Errorf("%s: got a body: %q", method, body)
				}
				for name, want := range tc.header {
					if got := answer.Header.Get(name); got != want {
						t.Errorf("%s: %s is %q, want %q", method, name, got, want)
					}
				}
			}
		})
	}
}

// TestReserved walks what lies below /minio/ and next to it.
func TestReserved(t *testing.T) {
	t.Parallel()
	r := start(t, newBackend(), nil, []string{"MINIO_PROMETHEUS_AUTH_TYPE=public"})
	for _, tc := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/minio", 403, "AccessDenied"},
		{"GET", "/minio/", 403, "AccessDenied"},
		{"GET", "/minio/health/other", 403, "AccessDenied"},
		{"GET", "/minio/health/live/", 403, "AccessDenied"},
		{"GET", "/minio//health/live", 403, "AccessDenied"},
		{"GET", "/%6dinio/secrets", 403, "AccessDenied"},
		{"GET", "/minio/../bucket/key", 403, "AccessDenied"},
		{"GET", "/minio/bootstrap/v1/verify", 403, "AccessDenied"},
		{"POST", "/minio/bootstrap/v1/verify", 403, "AccessDenied"},
		{"POST", "/minio/health/live", 403, "AccessDenied"},
		{"PUT", "/minio/key", 403, "AllAccessDisabled"},
		{"DELETE", "/minio/v2/metrics/cluster", 403, "AllAccessDisabled"},
		{"GET", "/minio/debug/pprof/", 403, "AccessDenied"},
		{"GET", "/debug/pprof/", 200, ""},
		{"GET", "/minio2/key", 200, ""},
		{"GET", "//minio/key", 200, ""},
		{"GET", "/minio/v2/metrics/cluster", 200, ""},
		{"GET", "/minio/v2/metrics/node", 200, ""},
	} {
		answer, body := r.get(tc.method, tc.path, nil)
		if answer.StatusCode != tc.status || tc.code != "" && !contains(body, "<Code>"+tc.code+"</Code>") {
			t.Errorf("%s %s: got %d %q, want %d %s", tc.method, tc.path, answer.StatusCode, body, tc.status, tc.code)
		}
		if tc.code != "" && (answer.Header.Get("X-Amz-Request-Id") == "" || answer.Header.Get("Content-Type") != "application/xml") {
			t.Errorf("%s %s: got header %v", tc.method, tc.path, answer.Header)
		}
	}
}

// TestMetrics reads both endpoints as Prometheus does, after a request that is counted.
func TestMetrics(t *testing.T) {
	t.Parallel()
	r := start(t, newBackend(), nil, []string{"MINIO_PROMETHEUS_AUTH_TYPE=public"})
	r.get(http.MethodGet, "/", nil)
	answer, cluster := r.get(http.MethodGet, "/minio/v2/metrics/cluster", nil)
	_, node := r.get(http.MethodGet, "/minio/v2/metrics/node", nil)
	server := `server="` + r.url[len("http://"):] + `"`
	for _, want := range []string{
		`minio_s3_requests_total{api="listbuckets",` + server + "} 1\n",
		`minio_cluster_health_erasure_set_status{pool="0",` + server + `,set="0"} 1`,
		"minio_software_version_info{" + server + `,version="v1.2.3"} 1`,
	} {
		if !contains(cluster, want) {
			t.Errorf("%s is missing in:\n%s", want, cluster)
		}
	}
	if !contains(node, "go_goroutines ") || contains(cluster, "go_goroutines ") {
		t.Error("the runtime's figures belong to the node, and only there")
	}
	if got, want := answer.Header.Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"; got != want {
		t.Errorf("got Content-Type %q, want %q", got, want)
	}
}
