package config

import (
	"strconv"
	"strings"
)

// How memory is shared out. A request takes about 2 MiB besides the bodies on their way, which have a budget of their own,
// and requests may take half of the memory.
const (
	requestBytes  = 4 << 20 // of all memory, for each request
	leastRequests = 64
	mostRequests  = 1 << 16
	unknownMemory = 1 << 30 // taken for the memory of a machine that does not tell
)

// finishMemory finds out how much memory the process may use, and how many requests that is enough for.
func (d *draft) finishMemory(src Source, env environment) {
	machine := machineMemory(src)
	if text, given := env.values["GOMEMLIMIT"]; d.MemLimit == 0 && given {
		d.MemLimit, _ = size(text) // the runtime has refused what is neither a size nor off
	} else if limit := containerMemory(src); d.MemLimit == 0 && limit > 0 && (machine == 0 || limit < machine) {
		d.MemLimit = limit / 10 * 9
	}
	d.Memory = d.MemLimit
	if d.Memory == 0 {
		d.Memory = machine / 2
	}
	if d.Memory == 0 {
		d.Memory = unknownMemory
	}
	if d.API.MaxRequests == 0 {
		d.API.MaxRequests = int(min(max(d.Memory/requestBytes, leastRequests), mostRequests))
	}
}

// machineMemory is the memory of the machine in bytes (proc_meminfo(5)), 0 when it does not tell.
func machineMemory(src Source) int64 {
	info, err := src.read("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(info)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			if n, err := strconv.ParseInt(fields[1], 10, 44); err == nil && n > 0 {
				return n << 10
			}
		}
	}
	return 0
}

// containerMemory is the least limit of the control groups the process is in (cgroups(7), of either version), 0 when there
// is none. Inside a container its own group is the root of what can be seen, and its path may lead nowhere; so every group
// from the path up to that root is asked.
func containerMemory(src Source) int64 {
	groups, err := src.read("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	var least int64
	for line := range strings.Lines(string(groups)) {
		hierarchy, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, path, _ := strings.Cut(rest, ":")
		root, file := "/sys/fs/cgroup", "memory.max"
		if hierarchy != "0" {
			if controllers != "memory" {
				continue
			}
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		for path = strings.TrimRight(path, "/"); ; path = path[:strings.LastIndexByte(path, '/')] {
			if limit := readLimit(src, root+path+"/"+file); limit > 0 && (least == 0 || limit < least) {
				least = limit
			}
			if !strings.Contains(path, "/") {
				break
			}
		}
	}
	return least
}

// readLimit reads one limit, 0 when there is none. Version 1 says so with a number no machine has.
func readLimit(src Source, file string) int64 {
	text, err := src.read(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 || n >= 1<<60 {
		return 0
	}
	return n
}
