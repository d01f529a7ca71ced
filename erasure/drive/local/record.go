package local

import (
	"encoding/binary"
	"errors"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// entry is a commit as the log holds it, described in docs/format/commit-log.md:
//
//	epoch u64, seq u64, record string, number of edits u32, edits
//
// An edit is op u8, path string, and
//
//	OpWrite:  length u32, bytes
//	OpMove:   from string, inode u64, born i64 (the identity of what is moved; 0 0 when it was not there yet)
//
// A string is its length in a u16 and its bytes. Numbers are little endian.
type entry struct {
	stamp  drive.Stamp
	record drive.Path
	edits  []edit
}

// edit is an edit as the log holds it.
type edit struct {
	op   drive.Op
	path string
	from string           // OpMove
	id   durable.Identity // OpMove
	data []byte           // OpWrite
	off  int              // OpWrite: where data begins in the entry, when decoded
}

const (
	entryHead = 8 + 8 + 2 + 4
	editHead  = 1 + 2
)

// Size is the number of bytes Append adds.
func (e *entry) Size() int {
	n := entryHead + len(e.record)
	for i := range e.edits {
		n += e.edits[i].size()
	}
	return n
}

func (e *edit) size() int {
	n := editHead + len(e.path)
	switch e.op {
	case drive.OpWrite:
		n += 4 + len(e.data)
	case drive.OpMove:
		n += 2 + len(e.from) + 16
	}
	return n
}

// Append adds the entry to b.
func (e *entry) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, e.stamp.Epoch)
	b = binary.LittleEndian.AppendUint64(b, e.stamp.Seq)
	b = appendString(b, string(e.record))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.edits)))
	for i := range e.edits {
		b = e.edits[i].append(b)
	}
	return b
}

func (e *edit) append(b []byte) []byte {
	b = append(b, byte(e.op))
	b = appendString(b, e.path)
	switch e.op {
	case drive.OpWrite:
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.data)))
		b = append(b, e.data...)
	case drive.OpMove:
		b = appendString(b, e.from)
		b = binary.LittleEndian.AppendUint64(b, e.id.Inode)
		b = binary.LittleEndian.AppendUint64(b, uint64(e.id.Born))
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

// errEntry is said of bytes that are no entry.
var errEntry = errors.New("not an entry of the commit log")

// decodeEntry reads an entry. Its writes refer to b.
func decodeEntry(b []byte) (entry, error) {
	r := reader{b: b}
	e := entry{stamp: drive.Stamp{Epoch: r.u64(), Seq: r.u64()}, record: drive.Path(r.path())}
	n := r.u32()
	if r.bad || uint64(n)*editHead > uint64(len(b)) {
		return entry{}, errEntry
	}
	e.edits = make([]edit, n)
	for i := range e.edits {
		e.edits[i] = r.edit()
	}
	if r.bad || r.off != len(b) {
		return entry{}, errEntry
	}
	return e, nil
}

// reader takes bytes apart. Once bad it delivers zeros.
type reader struct {
	b   []byte
	off int
	bad bool
}

func (r *reader) edit() edit {
	e := edit{op: drive.Op(r.bytes(1)[0]), path: r.path()}
	switch e.op {
	case drive.OpWrite:
		n := r.u32()
		e.off = r.off
		e.data = r.bytes(int(n))
	case drive.OpMove:
		e.from = r.path()
		e.id = durable.Identity{Inode: r.u64(), Born: int64(r.u64())}
	case drive.OpRemove:
	default:
		r.bad = true
	}
	return e
}

// bytes returns the next n bytes. When there are not so many it returns a few zeros.
func (r *reader) bytes(n int) []byte {
	if r.bad || n > len(r.b)-r.off {
		r.bad = true
		return make([]byte, 8)
	}
	r.off += n
	return r.b[r.off-n : r.off : r.off]
}

func (r *reader) u16() uint16 { return binary.LittleEndian.Uint16(r.bytes(2)) }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }
func (r *reader) u64() uint64 { return binary.LittleEndian.Uint64(r.bytes(8)) }

// path returns the next string, which must be a path.
func (r *reader) path() string {
	s := string(r.bytes(int(r.u16())))
	if !drive.Path(s).Valid() {
		r.bad = true
	}
	return s
}
