package durable

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls a read makes by the thousand, without the copies of names that golang.org/x/sys puts on the heap. Names up to
// shortName bytes are made into C strings on the stack.

const shortName = 255

// cstring returns name with a NUL behind it, in buf when it fits.
func cstring(buf *[shortName + 1]byte, name string) (*byte, error) {
	if len(name) > shortName {
		return unix.BytePtrFromString(name)
	}
	for i := range len(name) {
		if name[i] == 0 {
			return nil, unix.EINVAL
		}
		buf[i] = name[i]
	}
	buf[len(name)] = 0
	return &buf[0], nil
}

// openBeneath is openat2(2) with names resolved beneath the directory.
func openBeneath(dirfd int, name string, flags int, mode uint32) (int, error) {
	var buf [shortName + 1]byte
	p, err := cstring(&buf, name)
	if err != nil {
		return -1, err
	}
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC),
		Mode:    uint64(mode),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS,
	}
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT2, uintptr(dirfd), uintptr(unsafe.Pointer(p)),
			uintptr(unsafe.Pointer(&how)), unix.SizeofOpenHow, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR, unix.EAGAIN: // EAGAIN: a rename crossed a "..", ask again
		default:
			return -1, errno
		}
	}
}

// statAt is statx(2) for what [Info] holds.
func statAt(dirfd int, name string, flags int) (Info, error) {
	var buf [shortName + 1]byte
	p, err := cstring(&buf, name)
	if err != nil {
		return Info{}, err
	}
	var st unix.Statx_t
	for {
		_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dirfd), uintptr(unsafe.Pointer(p)), uintptr(flags),
			unix.STATX_BASIC_STATS|unix.STATX_BTIME, uintptr(unsafe.Pointer(&st)), 0)
		switch errno {
		case 0:
			return infoOf(&st), nil
		case unix.EINTR:
		default:
			return Info{}, errno
		}
	}
}

func infoOf(st *unix.Statx_t) Info {
	info := Info{
		ID:      Identity{Inode: st.Ino},
		Size:    int64(st.Size),
		ModTime: timeOf(st.Mtime),
		Changed: timeOf(st.Ctime),
		Dir:     st.Mode&unix.S_IFMT == unix.S_IFDIR,
		Regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
		Links:   int(st.Nlink),
		dev:     unix.Mkdev(st.Dev_major, st.Dev_minor),
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		info.ID.Born = nanosOf(st.Btime)
	}
	return info
}

// eachDirent takes apart what getdents64(2) delivered: struct linux_dirent64 {u64 ino; s64 off; u16 reclen; u8 type; name}.
func eachDirent(buf []byte, visit func(name []byte, kind byte)) {
	const reclen, kind, name = 16, 18, 19
	for len(buf) > name {
		size := int(binary.NativeEndian.Uint16(buf[reclen:]))
		if size <= name || size > len(buf) {
			return
		}
		entry := buf[name:size]
		for i, c := range entry {
			if c == 0 {
				entry = entry[:i]
				break
			}
		}
		if string(entry) != "." && string(entry) != ".." {
			visit(entry, buf[kind])
		}
		buf = buf[size:]
	}
}
