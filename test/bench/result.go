package main

import (
	"slices"
	"time"
)

// result is what was measured in one run, or in several.
type result struct {
	elapsed    time.Duration
	latencies  []time.Duration // to the last byte, one per operation
	firstBytes []time.Duration // to the first byte
	moved      int64           // bytes of objects
	cpu        time.Duration   // of the server; zero when it is not known
	rss        int64           // peak, bytes; zero likewise
}

// add adds another run.
func (r *result) add(other result) {
	r.elapsed += other.elapsed
	r.latencies = append(r.latencies, other.latencies...)
	r.firstBytes = append(r.firstBytes, other.firstBytes...)
	r.moved += other.moved
	r.cpu += other.cpu
	r.rss = max(r.rss, other.rss)
}

// figures are what a table shows.
type figures struct {
	operations float64 // per second
	throughput float64 // MiB per second
	p50        time.Duration
	p99        time.Duration
	p999       time.Duration
	firstByte  time.Duration // median
	cpu        time.Duration // per operation
	rss        float64       // MiB
}

func (r *result) figures() figures {
	slices.Sort(r.latencies)
	slices.Sort(r.firstBytes)
	n := float64(len(r.latencies))
	f := figures{
		operations: n / r.elapsed.Seconds(),
		throughput: float64(r.moved) / mib / r.elapsed.Seconds(),
		p50:        quantile(r.latencies, 0.5), p99: quantile(r.latencies, 0.99), p999: quantile(r.latencies, 0.999),
		firstByte: quantile(r.firstBytes, 0.5),
		rss:       float64(r.rss) / mib,
	}
	if n > 0 {
		f.cpu = time.Duration(float64(r.cpu) / n)
	}
	return f
}

// quantile picks from durations in ascending order.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
