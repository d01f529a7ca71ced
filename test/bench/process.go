package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is a server that runs on this machine. All is read from /proc (proc(5)).
type process struct{ pid int }

// usage is what a process has used so far.
type usage struct {
	cpu  time.Duration // since its start
	peak int64         // most bytes resident since usage was asked for last
}

// listener finds the process that listens on a TCP port; nil when there is none here or it is somebody else's.
func listener(port int) *process {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		inode := listening(table, port)
		if inode == "" {
			continue
		}
		sockets, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
		for _, path := range sockets {
			if target, err := os.Readlink(path); err == nil && target == "socket:["+inode+"]" {
				pid, err := strconv.Atoi(strings.Split(path, "/")[2])
				if err == nil {
					return &process{pid}
				}
			}
		}
	}
	return nil
}

// listening finds the inode of the socket that listens on a port.
func listening(table string, port int) string {
	file, err := os.Open(table)
	if err != nil {
		return ""
	}
	defer file.Close()
	const listen = "0A"
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > 9 && fields[3] == listen && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
			return fields[9]
		}
	}
	return ""
}

// usage tells what the process has used, and starts to look for another peak.
func (p *process) usage() usage {
	if p == nil {
		return usage{}
	}
	u := usage{cpu: p.cpu(), peak: p.peak()}
	_ = os.WriteFile(p.file("clear_refs"), []byte("5"), 0) // where this is not allowed, the peak is that of all runs
	return u
}

func (p *process) file(name string) string { return fmt.Sprintf("/proc/%d/%s", p.pid, name) }

// cpu is the time in user and system mode, in ticks of a hundredth of a second.
func (p *process) cpu() time.Duration {
	stat, err := os.ReadFile(p.file("stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(stat, []byte(") ")) // the name may hold anything
	fields := strings.Fields(string(rest))
	if len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// peak is the most that was resident, in bytes.
func (p *process) peak() int64 {
	status, err := os.ReadFile(p.file("status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return n * kib
}
