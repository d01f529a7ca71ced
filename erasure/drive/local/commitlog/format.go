package commitlog

import (
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// The numbers of docs/format/commit-log.md.
const (
	block       = 4096      // frames and header slots begin at multiples of it
	framesStart = 2 * block // behind the two header slots
	headerSize  = 88
	frameHeader = 32
	recordHead  = 4

	magic   = "HFCOMMIT"
	version = 1

	// MinSize and MaxSize bound a segment, in bytes.
	MinSize = 64 << 10
	MaxSize = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ID names the state of a drive a log belongs to.
type ID [16]byte

// Note is what a log's owner wants remembered of the records that were checkpointed.
type Note [16]byte

// header opens a segment:
//
//	 0  8  magic "HFCOMMIT"
//	 8  4  version, 1
//	12  4  zero
//	16  8  generation: how many lives the segments had before this one
//	24  8  salt of this life
//	32  8  size of the segment
//	40 16  id
//	56 16  note
//	72  8  generation below which all segments are empty, whatever they hold
//	80  4  zero
//	84  4  CRC-32C of bytes 0 to 83
type header struct {
	generation uint64
	salt       uint64
	size       int64
	id         ID
	note       Note
	void       uint64
}

func (h header) encode() []byte {
	b := make([]byte, headerSize)
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint64(b[16:], h.generation)
	binary.LittleEndian.PutUint64(b[24:], h.salt)
	binary.LittleEndian.PutUint64(b[32:], uint64(h.size))
	copy(b[40:], h.id[:])
	copy(b[56:], h.note[:])
	binary.LittleEndian.PutUint64(b[72:], h.void)
	binary.LittleEndian.PutUint32(b[84:], crc32.Checksum(b[:84], castagnoli))
	return b
}

// decodeHeader reads a slot. Anything but a whole header of this version is not one.
func decodeHeader(b []byte) (header, bool) {
	if len(b) < headerSize || string(b[:8]) != magic || binary.LittleEndian.Uint32(b[8:]) != version ||
		binary.LittleEndian.Uint32(b[84:]) != crc32.Checksum(b[:84], castagnoli) {
		return header{}, false
	}
	h := header{
		generation: binary.LittleEndian.Uint64(b[16:]),
		salt:       binary.LittleEndian.Uint64(b[24:]),
		size:       int64(binary.LittleEndian.Uint64(b[32:])),
		id:         ID(b[40:56]),
		note:       Note(b[56:72]),
		void:       binary.LittleEndian.Uint64(b[72:]),
	}
	return h, h.size >= MinSize && h.size <= MaxSize && h.size%block == 0
}

// newSalt draws the salt of a life.
func newSalt() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return binary.LittleEndian.Uint64(b[:])
}

// frame is one write to the log: a header, the records of one group, and zeros up to the next block.
//
//	 0  8  salt of the segment's life
//	 8  8  number of the first record; records are numbered without gaps
//	16  4  number of records
//	20  4  length of the payload
//	24  4  CRC-32C of the payload
//	28  4  CRC-32C of bytes 0 to 27
//	32  .  payload: for each record its length (4 bytes) and its bytes
type frame struct {
	salt   uint64
	first  uint64
	count  int
	length int
	crc    uint32
}

// seal completes a frame whose payload begins at frameHeader in buf, and pads it to whole blocks.
func seal(buf []byte, salt, first uint64, count int) []byte {
	payload := buf[frameHeader:]
	binary.LittleEndian.PutUint64(buf[0:], salt)
	binary.LittleEndian.PutUint64(buf[8:], first)
	binary.LittleEndian.PutUint32(buf[16:], uint32(count))
	binary.LittleEndian.PutUint32(buf[20:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(buf[24:], crc32.Checksum(payload, castagnoli))
	binary.LittleEndian.PutUint32(buf[28:], crc32.Checksum(buf[:28], castagnoli))
	end := len(buf)
	whole := int(span(len(payload)))
	buf = slices.Grow(buf, whole-end)[:whole]
	clear(buf[end:])
	return buf
}

// decodeFrame reads a frame's header. room is the number of bytes from the header's beginning to the end of the segment.
func decodeFrame(b []byte, salt uint64, room int64) (frame, bool) {
	if len(b) < frameHeader || binary.LittleEndian.Uint64(b) != salt ||
		binary.LittleEndian.Uint32(b[28:]) != crc32.Checksum(b[:28], castagnoli) {
		return frame{}, false
	}
	f := frame{
		salt:   salt,
		first:  binary.LittleEndian.Uint64(b[8:]),
		count:  int(binary.LittleEndian.Uint32(b[16:])),
		length: int(binary.LittleEndian.Uint32(b[20:])),
		crc:    binary.LittleEndian.Uint32(b[24:]),
	}
	return f, int64(f.length) <= room-frameHeader && f.count > 0 && f.count <= f.length/recordHead
}

// span is the number of bytes a frame with so much payload takes up.
func span(payload int) int64 {
	return (frameHeader + int64(payload) + block - 1) / block * block
}

// splitRecords calls visit with each record of a payload and its offset therein. It tells whether the payload is exactly
// count records.
func splitRecords(payload []byte, count int, visit func(record []byte, off int) error) (bool, error) {
	var off int
	for ; count > 0; count-- {
		if len(payload)-off < recordHead {
			return false, nil
		}
		n := binary.LittleEndian.Uint32(payload[off:])
		off += recordHead
		if uint64(n) > uint64(len(payload)-off) {
			return false, nil
		}
		if err := visit(payload[off:off+int(n):off+int(n)], off); err != nil {
			return true, err
		}
		off += int(n)
	}
	return off == len(payload), nil
}
