package metric

import (
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Type is how a family behaves over time.
type Type string

// The types.
const (
	Counter Type = "counter" // only grows, until the process restarts
	Gauge   Type = "gauge"
)

func (t Type) value() prometheus.ValueType {
	if t == Counter {
		return prometheus.CounterValue
	}
	return prometheus.GaugeValue
}

// Family is one row of the table.
type Family struct {
	Name   string
	Type   Type
	Labels []string // besides server
	Views  View
	Help   string
}

// Families returns the table.
func Families() []Family {
	const both = Cluster | Node
	api, set, drive := []string{"api"}, []string{"pool", "set"}, []string{"drive"}
	return []Family{
		{"minio_s3_requests_total", Counter, api, both, "Requests answered, by operation."},
		{"minio_s3_requests_errors_total", Counter, api, both, "Requests answered with a status of 400 or above."},
		{"minio_s3_requests_4xx_errors_total", Counter, api, both, "Requests answered with a status from 400 to 499."},
		{"minio_s3_requests_5xx_errors_total", Counter, api, both, "Requests answered with a status of 500 or above, or cut off by the server."},
		{"minio_s3_requests_canceled_total", Counter, api, both, "Requests whose client went away."},
		{"minio_s3_requests_inflight_total", Gauge, api, both, "Requests being answered, by operation."},
		{"minio_s3_requests_incoming_total", Gauge, nil, both, "Requests being answered."},
		{"minio_s3_requests_ttfb_seconds_distribution", Gauge, []string{"api", "le"}, both, "Requests whose first byte was sent within le seconds."},
		{"minio_s3_traffic_received_bytes", Counter, nil, both, "Bytes of request bodies."},
		{"minio_s3_traffic_sent_bytes", Counter, nil, both, "Bytes of response bodies."},

		{"minio_cluster_capacity_raw_total_bytes", Gauge, nil, Cluster, "Bytes of all drives that are online."},
		{"minio_cluster_capacity_raw_free_bytes", Gauge, nil, Cluster, "Bytes free on them."},
		{"minio_cluster_capacity_usable_total_bytes", Gauge, nil, Cluster, "Bytes of objects of the standard class they hold."},
		{"minio_cluster_capacity_usable_free_bytes", Gauge, nil, Cluster, "Bytes of such objects that still fit."},
		{"minio_cluster_drive_total", Gauge, nil, Cluster, "Drives."},
		{"minio_cluster_drive_online_total", Gauge, nil, Cluster, "Drives in service."},
		{"minio_cluster_drive_offline_total", Gauge, nil, Cluster, "Drives out of service."},
		{"minio_cluster_nodes_online_total", Gauge, nil, both, "Nodes in service."},
		{"minio_cluster_nodes_offline_total", Gauge, nil, both, "Nodes out of service."},
		{"minio_cluster_health_status", Gauge, nil, Cluster, "1 when every set takes writes, else 0."},
		{"minio_cluster_health_erasure_set_status", Gauge, set, Cluster, "1 when the set takes writes, else 0. Alert on this."},
		{"minio_cluster_health_erasure_set_online_drives", Gauge, set, Cluster, "Drives of the set in service."},
		{"minio_cluster_health_erasure_set_healing_drives", Gauge, set, Cluster, "Drives of the set being filled again."},
		{"minio_cluster_health_erasure_set_read_quorum", Gauge, set, Cluster, "Drives the set needs to read."},
		{"minio_cluster_health_erasure_set_write_quorum", Gauge, set, Cluster, "Drives the set needs to write."},
		{"minio_cluster_write_quorum", Gauge, nil, Cluster, "Drives needed to write, of the most demanding set."},

		{"minio_node_drive_total", Gauge, nil, Node, "Drives of this node."},
		{"minio_node_drive_online_total", Gauge, nil, Node, "Of them, in service."},
		{"minio_node_drive_offline_total", Gauge, nil, Node, "Of them, out of service."},
		{"minio_node_drive_total_bytes", Gauge, drive, Node, "Bytes of the drive."},
		{"minio_node_drive_used_bytes", Gauge, drive, Node, "Bytes in use on it."},
		{"minio_node_drive_free_bytes", Gauge, drive, Node, "Bytes free on it."},
		{"minio_node_drive_free_inodes", Gauge, drive, Node, "File system nodes free on it."},
		{"minio_node_drive_errors_availability", Counter, drive, Node, "Calls the drive did not answer properly: timeouts and faults together."},
		{"minio_node_drive_errors_timeout", Counter, drive, Node, "Calls the drive did not answer in time."},
		{"minio_node_drive_errors_ioerror", Counter, drive, Node, "Calls the drive answered with a fault."},
		{"minio_node_drive_io_waiting", Gauge, drive, Node, "Calls under way on the drive."},
		{"minio_node_drive_latency_us", Gauge, []string{"api", "drive"}, Node, "Mean time of recent calls in microseconds, by call."},
		{"minio_node_storage_class_standard_parity", Gauge, nil, Node, "Parity of objects of the standard class."},
		{"minio_node_storage_class_rrs_parity", Gauge, nil, Node, "Parity of objects of the reduced class."},

		{"minio_node_file_descriptor_limit_total", Gauge, nil, Cluster, "File descriptors the process may open."},
		{"minio_node_file_descriptor_open_total", Gauge, nil, Cluster, "File descriptors it has open."},
		{"minio_node_go_routine_total", Gauge, nil, Cluster, "Goroutines."},
		{"minio_node_io_rchar_bytes", Counter, nil, Cluster, "Bytes the process read, caches included."},
		{"minio_node_io_wchar_bytes", Counter, nil, Cluster, "Bytes it wrote, caches included."},
		{"minio_node_io_read_bytes", Counter, nil, Cluster, "Bytes it read from devices."},
		{"minio_node_io_write_bytes", Counter, nil, Cluster, "Bytes it wrote to devices."},
		{"minio_node_syscall_read_total", Counter, nil, Cluster, "System calls that read."},
		{"minio_node_syscall_write_total", Counter, nil, Cluster, "System calls that write."},
		{"minio_node_process_cpu_total_seconds", Counter, nil, Cluster, "CPU time of the process."},
		{"minio_node_process_resident_memory_bytes", Gauge, nil, Cluster, "Memory of the process in RAM."},
		{"minio_node_process_starttime_seconds", Gauge, nil, Cluster, "When it started, in seconds since 1970."},
		{"minio_node_process_uptime_seconds", Gauge, nil, Cluster, "How long it has been running."},

		{"minio_software_version_info", Gauge, []string{"version"}, both, "Always 1; the label says what runs."},
		{"minio_software_commit_info", Gauge, []string{"commit"}, both, "Always 1; the label says what it was built from."},
	}
}

// WriteMarkdown prints the table for docs/operate/metrics.md.
func WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| name | type | labels | endpoint | meaning |\n|---|---|---|---|---|\n")
	for _, f := range Families() {
		var where []string
		if f.Views&Cluster != 0 {
			where = append(where, "cluster")
		}
		if f.Views&Node != 0 {
			where = append(where, "node")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Type, strings.Join(append([]string{"server"}, f.Labels...), ", "), strings.Join(where, ", "), f.Help)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
