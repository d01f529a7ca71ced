package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/test/harness"
)

// TestSuite runs the whole suite, briefly and with few objects, on one server as both.
func TestSuite(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	address := strings.Replace(s.URL, "://", "://"+s.AccessKey+":"+s.SecretKey+"@", 1)
	results := filepath.Join(t.TempDir(), "results.txt")
	var out strings.Builder
	err := run(t.Context(), []string{"-a", address, "-b", address, "-seconds", "0.05", "-rounds", "2", "-scale", "100", "-o", results}, &out)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	saved, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workloads(100) {
		if got := strings.Count(out.String(), w.name+" "); got != 2 {
			t.Errorf("%s: got %d rows, want one per server", w.name, got)
		}
		if !strings.Contains(string(saved), "BenchmarkS3/"+w.name+"/server=b ") {
			t.Errorf("%s: not among the saved results", w.name)
		}
	}
	if got := s.Client().Must(t, harness.Request{}); strings.Contains(string(got.Body), "<Name>") {
		t.Errorf("buckets left: %s", got.Body)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	r := result{elapsed: 2 * time.Second, moved: 4 * mib, cpu: time.Second}
	for i := range 1000 {
		r.latencies = append(r.latencies, time.Duration(1000-i)*time.Millisecond)
	}
	got := r.figures()
	want := figures{
		operations: 500, throughput: 2, cpu: time.Millisecond,
		p50: 501 * time.Millisecond, p99: 991 * time.Millisecond, p999: time.Second,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no server":      {},
		"no time":        {"-a", "x", "-seconds", "0"},
		"no rounds":      {"-a", "x", "-rounds", "0"},
		"bad expression": {"-a", "x", "-run", "("},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	for _, address := range []string{"https://k:s@h:1", "http://h:1", "http://k:s@h", ":"} {
		if _, err := newServer(t.Context(), "a", address); err == nil || strings.Contains(err.Error(), "k:s") {
			t.Errorf("%s: got %v, want an error without the secret", address, err)
		}
	}
}
