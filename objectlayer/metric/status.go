package metric

import (
	"strconv"
	"time"
)

// Status describes sets and drives at one moment. Probes and figures are made from it.
type Status struct {
	Sets   []Set
	Drives []Drive
	// Parity of the storage classes, of the first pool.
	StandardParity, ReducedParity int
	// DefaultParity tells whether the operator left the parity of the standard class to the default.
	DefaultParity bool
}

// Set is one erasure set.
type Set struct {
	Pool, Index int
	Drives      int // all
	Online      int // in service
	Local       int // in service and on this node
	Healing     int // being filled again
	Parity      int // of the standard class
	ReadQuorum  int
	WriteQuorum int
}

// Writes tells whether the set takes writes when so many of its drives are gone besides those that are.
func (s Set) Writes(without int) bool { return s.Online-without >= s.WriteQuorum }

// Reads tells the same of reads.
func (s Set) Reads(without int) bool { return s.Online-without >= s.ReadQuorum }

// Drive is one drive.
type Drive struct {
	Pool, Set  int
	Path       string // how the operator named it
	Local      bool   // on this node
	Online     bool
	TotalBytes uint64
	FreeBytes  uint64
	FreeInodes uint64
	Timeouts   uint64                   // calls not answered in time
	Faults     uint64                   // calls answered with a fault of the drive
	Waiting    int                      // calls under way
	Latency    map[string]time.Duration // mean of recent calls, by name
}

// WriteQuorum is that of the most demanding set.
func (s Status) WriteQuorum() (n int) {
	for _, set := range s.Sets {
		n = max(n, set.WriteQuorum)
	}
	return n
}

// ReadQuorum is that of the most demanding set.
func (s Status) ReadQuorum() (n int) {
	for _, set := range s.Sets {
		n = max(n, set.ReadQuorum)
	}
	return n
}

// Healing is the number of drives being filled again.
func (s Status) Healing() (n int) {
	for _, set := range s.Sets {
		n += set.Healing
	}
	return n
}

func (s Status) emit(emit emitter) {
	s.emitSets(emit)
	s.emitCluster(emit)
	s.emitNode(emit)
}

func (s Status) emitSets(emit emitter) {
	healthy := 1.0
	for _, set := range s.Sets {
		labels := []string{strconv.Itoa(set.Pool), strconv.Itoa(set.Index)}
		status := 1.0
		if !set.Writes(0) {
			status, healthy = 0, 0
		}
		emit("minio_cluster_health_erasure_set_status", status, labels...)
		emit("minio_cluster_health_erasure_set_online_drives", float64(set.Online), labels...)
		emit("minio_cluster_health_erasure_set_healing_drives", float64(set.Healing), labels...)
		emit("minio_cluster_health_erasure_set_read_quorum", float64(set.ReadQuorum), labels...)
		emit("minio_cluster_health_erasure_set_write_quorum", float64(set.WriteQuorum), labels...)
	}
	emit("minio_cluster_health_status", healthy)
	emit("minio_cluster_write_quorum", float64(s.WriteQuorum()))
}

// emitCluster adds up drives. What fits of objects is what fits of shards, less the share of parity.
func (s Status) emitCluster(emit emitter) {
	share := make(map[[2]int]float64, len(s.Sets))
	for _, set := range s.Sets {
		if set.Drives > 0 {
			share[[2]int{set.Pool, set.Index}] = float64(set.Drives-set.Parity) / float64(set.Drives)
		}
	}
	var online, total, free, usable, usableFree float64
	for _, d := range s.Drives {
		if !d.Online {
			continue
		}
		online++
		data := share[[2]int{d.Pool, d.Set}]
		total += float64(d.TotalBytes)
		free += float64(d.FreeBytes)
		usable += float64(d.TotalBytes) * data
		usableFree += float64(d.FreeBytes) * data
	}
	emit("minio_cluster_capacity_raw_total_bytes", total)
	emit("minio_cluster_capacity_raw_free_bytes", free)
	emit("minio_cluster_capacity_usable_total_bytes", usable)
	emit("minio_cluster_capacity_usable_free_bytes", usableFree)
	emit("minio_cluster_drive_total", float64(len(s.Drives)))
	emit("minio_cluster_drive_online_total", online)
	emit("minio_cluster_drive_offline_total", float64(len(s.Drives))-online)
}

func (s Status) emitNode(emit emitter) {
	var all, online float64
	for _, d := range s.Drives {
		if !d.Local {
			continue
		}
		all++
		d.emitCalls(emit)
		if d.Online {
			online++
			emit("minio_node_drive_total_bytes", float64(d.TotalBytes), d.Path)
			emit("minio_node_drive_used_bytes", float64(d.TotalBytes)-float64(d.FreeBytes), d.Path)
			emit("minio_node_drive_free_bytes", float64(d.FreeBytes), d.Path)
			emit("minio_node_drive_free_inodes", float64(d.FreeInodes), d.Path)
		}
	}
	emit("minio_node_drive_total", all)
	emit("minio_node_drive_online_total", online)
	emit("minio_node_drive_offline_total", all-online)
	emit("minio_node_storage_class_standard_parity", float64(s.StandardParity))
	emit("minio_node_storage_class_rrs_parity", float64(s.ReducedParity))
}

func (d Drive) emitCalls(emit emitter) {
	emit("minio_node_drive_errors_availability", float64(d.Timeouts+d.Faults), d.Path)
	emit("minio_node_drive_errors_timeout", float64(d.Timeouts), d.Path)
	emit("minio_node_drive_errors_ioerror", float64(d.Faults), d.Path)
	emit("minio_node_drive_io_waiting", float64(d.Waiting), d.Path)
	for call, mean := range d.Latency {
		emit("minio_node_drive_latency_us", float64(mean.Microseconds()), call, d.Path)
	}
}
