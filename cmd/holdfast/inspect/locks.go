package inspect

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// inode names a file as the kernel does in /proc/locks.
type inode struct {
	major, minor uint32
	number       uint64
}

// heldLocks reads /proc/locks (proc_locks(5)): for each file on which a lock is held the process that holds it. Asking for the lock
// instead could make a server fail that asks at the same moment. Locks of other process namespaces are not to be seen.
func heldLocks() map[inode]int {
	f, err := os.Open("/proc/locks")
	if err != nil {
		return nil
	}
	defer f.Close()
	return parseLocks(f)
}

// parseLocks reads lines such as
//
//	1: FLOCK  ADVISORY  WRITE 4711 08:01:131075 0 EOF
//
// and passes over those of processes that wait for a lock ("1: -> FLOCK ...").
func parseLocks(r io.Reader) map[inode]int {
	held := make(map[inode]int)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[1] == "->" {
			continue
		}
		pid, err := strconv.Atoi(fields[4])
		if err != nil {
			continue
		}
		var at inode
		if n, _ := fmt.Sscanf(fields[5], "%x:%x:%d", &at.major, &at.minor, &at.number); n == 3 {
			held[at] = pid
		}
	}
	return held
}

// holder is the process that holds a lock on the drive: on its root, its label or anything in the folder of our own state.
func (d *disk) holder(held map[inode]int) (pid int, ok bool) {
	if len(held) == 0 {
		return 0, false
	}
	names := []string{".", systemVolume, labelFile, ownState}
	d.list(ownState, func(name string, _ bool) { names = append(names, path.Join(ownState, name)) })
	for _, name := range names {
		info, err := d.root.Lstat(name)
		if err != nil {
			continue
		}
		if stat, is := info.Sys().(*syscall.Stat_t); is {
			at := inode{unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino}
			if pid, ok = held[at]; ok {
				return pid, true
			}
		}
	}
	return 0, false
}
