package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// report is the table. With two servers there is a line of ratios below each pair: how many times better A is.
type report struct {
	out     io.Writer
	servers []*server
	bench   strings.Builder // the same in Go's benchmark format
	err     error           // of writing, if any
}

func newReport(out io.Writer, servers []*server) *report {
	r := &report{out: out, servers: servers}
	for _, s := range servers {
		pid := "not on this machine"
		if s.process != nil {
			pid = fmt.Sprintf("process %d", s.process.pid)
		}
		fmt.Fprintf(out, "%s: %s, %s\n", s.name, s.base, pid)
	}
	r.line("workload", "", "ops/s", "MiB/s", "p50", "p99", "p99.9", "first byte", "CPU/op", "RSS MiB")
	return r
}

// line writes a line of the table.
func (r *report) line(workload, server string, columns ...string) {
	line := fmt.Sprintf("%-28s %-4s", workload, server)
	for _, column := range columns {
		line += fmt.Sprintf(" %10s", column)
	}
	_, err := fmt.Fprintln(r.out, line)
	r.err = errors.Join(r.err, err)
}

// row adds a workload.
func (r *report) row(w workload, results []result) {
	all := make([]figures, len(results))
	for i := range results {
		f := results[i].figures()
		all[i] = f
		r.line(w.name, r.servers[i].name, fmt.Sprintf("%.0f", f.operations), fmt.Sprintf("%.1f", f.throughput),
			short(f.p50), short(f.p99), short(f.p999), short(f.firstByte), short(f.cpu), fmt.Sprintf("%.0f", f.rss))
		r.benchmark(w, r.servers[i], len(results[i].latencies), f)
	}
	if len(all) == 2 {
		a, b := all[0], all[1]
		r.line("", "a/b", ratio(a.operations, b.operations), ratio(a.throughput, b.throughput),
			ratio(float64(b.p50), float64(a.p50)), ratio(float64(b.p99), float64(a.p99)), ratio(float64(b.p999), float64(a.p999)),
			ratio(float64(b.firstByte), float64(a.firstByte)), ratio(float64(b.cpu), float64(a.cpu)), ratio(b.rss, a.rss))
	}
}

// benchmark writes a result as Go benchmarks do, for benchstat.
func (r *report) benchmark(w workload, s *server, n int, f figures) {
	perOperation := int64(0)
	if f.operations > 0 {
		perOperation = int64(float64(time.Second) / f.operations)
	}
	fmt.Fprintf(&r.bench, "BenchmarkS3/%s/server=%s %d %d ns/op %.2f MB/s %d p50-ns %d p99-ns %d first-byte-ns %d cpu-ns/op %.0f rss-MiB\n",
		w.name, s.name, n, perOperation, f.throughput*mib/1e6, f.p50, f.p99, f.firstByte, f.cpu, f.rss)
}

// close tells whether all was written.
func (r *report) close() error { return r.err }

// save appends the results to a file, if one was named.
func (r *report) save(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, r.bench.String())
	return errors.Join(err, file.Close())
}

// ratio says how many times better the first is; above one is better in every column.
func ratio(better, worse float64) string {
	if better == 0 || worse == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2fx", better/worse)
}

// short writes a duration in three digits.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < 10*time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
