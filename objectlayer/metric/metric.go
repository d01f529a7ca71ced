// Package metric is the figures the system gives about itself to Prometheus, under the names dashboards and alerts for MinIO
// already use.
//
// # Concepts
//
// A [Family] is one row of a table: a name, what it counts, its labels, and the [View]s it belongs to. A view is what one
// URL shows: the cluster's is asked of any one node, a node's of every node. [Figures] holds the counts; [Figures.Register]
// adds a view of them to a registry that the caller owns, and nothing here is global.
//
//	figures := metric.New(metric.Options{Server: "127.0.0.1:9000", Version: "v1", Status: status})
//	door = figures.Count(door)
//	cluster := prometheus.NewRegistry()
//	err := figures.Register(cluster, metric.Cluster)
//
// What is counted as it happens (requests) is kept in atomics. What can be asked at any time (drives, sets, the process) is
// asked when it is scraped, so that a server nobody scrapes does nothing.
//
// # Traps
//
// The names and labels are those of MinIO's version 2 endpoints and cannot be improved upon. One of them is a histogram
// that calls itself a gauge. Every family carries the label server: the name of the node it is about.
package metric

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// View is a set of families shown together.
type View uint8

// The views.
const (
	Cluster View = 1 << iota // /minio/v2/metrics/cluster
	Node                     // /minio/v2/metrics/node
)

// Options are what figures are about.
type Options struct {
	Server  string // host:port of this node
	Version string
	Commit  string
	Started time.Time // of the process
	// Status describes drives and sets; ok is false while there is no store. nil = there never is one.
	Status func(ctx context.Context) (s Status, ok bool)
	// Patience is how long Status may take; 0 = 10 s.
	Patience time.Duration
}

// Figures are the counts of one server. They are safe for concurrent use.
type Figures struct {
	options  Options
	requests requests
}

// New returns figures that are all zero.
func New(o Options) *Figures {
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.Status == nil {
		o.Status = func(context.Context) (Status, bool) { return Status{}, false }
	}
	return &Figures{options: o}
}

// Register adds a view to a registry. The node's view holds the figures of the Go runtime and the process as well.
func (f *Figures) Register(registry prometheus.Registerer, view View) error {
	parts := []prometheus.Collector{newCollector(f, view)}
	if view == Node {
		parts = append(parts, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{Namespace: "minio"}))
	}
	for _, c := range parts {
		if err := registry.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// collector is one view of figures.
type collector struct {
	figures *Figures
	descs   map[string]described
}

type described struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func newCollector(f *Figures, view View) *collector {
	c := &collector{figures: f, descs: make(map[string]described)}
	for _, family := range Families() {
		if family.Views&view != 0 {
			server := prometheus.Labels{"server": f.options.Server}
			c.descs[family.Name] = described{prometheus.NewDesc(family.Name, family.Help, family.Labels, server), family.Type.value()}
		}
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		out <- d.desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	emit := func(name string, value float64, labels ...string) {
		if d, shown := c.descs[name]; shown {
			out <- prometheus.MustNewConstMetric(d.desc, d.kind, value, labels...)
		}
	}
	c.figures.emitAll(emit)
}

// emitter takes one value of a family, with its labels in the order of the table.
type emitter func(name string, value float64, labels ...string)

func (f *Figures) emitAll(emit emitter) {
	ctx, cancel := context.WithTimeout(context.Background(), f.options.Patience)
	defer cancel()
	f.requests.emit(emit)
	emitProcess(emit, f.options.Started)
	if s, ok := f.options.Status(ctx); ok {
		s.emit(emit)
	}
	emit("minio_software_version_info", 1, f.options.Version)
	emit("minio_software_commit_info", 1, f.options.Commit)
	emit("minio_cluster_nodes_online_total", 1)
	emit("minio_cluster_nodes_offline_total", 0)
}
