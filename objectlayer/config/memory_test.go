package config_test

import (
	"testing"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	const (
		machine = "MemTotal:       16384000 kB\nMemFree:         1000 kB\n" // 16.78 GB
		half    = 16384000 << 9
	)
	for _, tc := range []struct {
		name     string
		args     []string
		environ  []string
		files    files
		limit    int64
		memory   int64
		requests int
	}{
		{name: "nothing known", memory: 1 << 30, requests: 256},
		{name: "a machine", files: files{"/proc/meminfo": machine}, memory: half, requests: 2000},
		{name: "a small machine", files: files{"/proc/meminfo": "MemTotal: 100000 kB"}, memory: 100000 << 9, requests: 64},
		{name: "a huge machine", files: files{"/proc/meminfo": "MemTotal: 8000000000 kB"}, memory: 8000000000 << 9, requests: 1 << 16},
		{name: "nonsense", files: files{"/proc/meminfo": "MemTotal: -5 kB\nMemTotal:\nMemTotal: 99999999999999999999 kB\n", "/proc/self/cgroup": "::\n:\n\n0::\n"},
			memory: 1 << 30, requests: 256},
		{name: "the flag", args: []string{"--memlimit=512MiB"}, files: files{"/proc/meminfo": machine}, limit: 512 << 20, memory: 512 << 20, requests: 128},
		{name: "the runtime's variable", environ: []string{"GOMEMLIMIT=800MiB"}, files: files{"/proc/meminfo": machine}, limit: 800 << 20, memory: 800 << 20, requests: 200},
		{name: "the runtime's variable off", environ: []string{"GOMEMLIMIT=off"},
			files:  files{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1000000000\n"},
			memory: half, requests: 2000},
		{name: "a container", files: files{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1000000000\n"},
			limit: 900000000, memory: 900000000, requests: 214},
		{name: "a container without limit", files: files{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "max\n"},
			memory: half, requests: 2000},
		{name: "a container larger than the machine", files: files{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1000000000000\n"},
			memory: half, requests: 2000},
		{name: "a slice above", files: files{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/a.slice/b.service\n",
			"/sys/fs/cgroup/a.slice/b.service/memory.max": "max\n", "/sys/fs/cgroup/a.slice/memory.max": "2000000000\n", "/sys/fs/cgroup/memory.max": "3000000000\n"},
			limit: 1800000000, memory: 1800000000, requests: 429},
		{name: "version 1", files: files{"/proc/meminfo": machine, "/proc/self/cgroup": "5:cpu:/x\n4:memory:/docker/1234\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000000\n"},
			limit: 900000000, memory: 900000000, requests: 214},
		{name: "version 1 without limit", files: files{"/proc/meminfo": machine, "/proc/self/cgroup": "4:memory:/\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"},
			memory: half, requests: 2000},
		{name: "requests given", args: []string{"--memlimit=512MiB"}, environ: []string{"MINIO_API_REQUESTS_MAX=7"}, limit: 512 << 20, memory: 512 << 20, requests: 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := mustLoad(t, append(tc.args, "/d"), tc.environ, tc.files)
			if c.MemLimit != tc.limit || c.Memory != tc.memory || c.API.MaxRequests != tc.requests {
				t.Errorf("got limit %d, memory %d, %d requests; want %d, %d, %d", c.MemLimit, c.Memory, c.API.MaxRequests, tc.limit, tc.memory, tc.requests)
			}
		})
	}
}
