package metric

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// emitProcess asks the kernel about this process. What it does not say, as outside Linux, is left out.
func emitProcess(emit emitter, started time.Time) {
	emit("minio_node_go_routine_total", float64(runtime.NumGoroutine()))
	emit("minio_node_process_starttime_seconds", float64(started.UnixMilli())/1000)
	emit("minio_node_process_uptime_seconds", time.Since(started).Seconds())
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		emit("minio_node_process_cpu_total_seconds", cpu.Seconds())
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		emit("minio_node_file_descriptor_limit_total", float64(limit.Cur))
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		emit("minio_node_file_descriptor_open_total", float64(len(open)-1)) // one of them is the folder itself
	}
	if pages, ok := residentPages(); ok {
		emit("minio_node_process_resident_memory_bytes", pages*float64(os.Getpagesize()))
	}
	emitIO(emit)
}

// residentPages reads the second field of /proc/self/statm (proc_pid_statm(5)).
func residentPages() (float64, bool) {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	return pages, err == nil
}

// emitIO reads /proc/self/io (proc_pid_io(5)).
func emitIO(emit emitter) {
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return
	}
	names := map[string]string{
		"rchar": "minio_node_io_rchar_bytes", "wchar": "minio_node_io_wchar_bytes",
		"read_bytes": "minio_node_io_read_bytes", "write_bytes": "minio_node_io_write_bytes",
		"syscr": "minio_node_syscall_read_total", "syscw": "minio_node_syscall_write_total",
	}
	for line := range bytes.Lines(data) {
		key, value, _ := strings.Cut(strings.TrimSpace(string(line)), ": ")
		if n, err := strconv.ParseFloat(value, 64); err == nil && names[key] != "" {
			emit(names[key], n)
		}
	}
}
