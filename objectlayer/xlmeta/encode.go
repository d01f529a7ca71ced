package xlmeta

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/tinylib/msgp/msgp"
)

// Container and payload versions that are written.
const (
	containerMajor  = 1
	containerMinor  = 3
	headerVersion   = 3
	metadataVersion = 3
)

const (
	magic        = "XL2 "
	prefixSize   = 8  // magic, major, minor
	payloadStart = 13 // prefix and the 5 bytes of the bin header
	trailerSize  = 5

	msgpBin32  = 0xc6
	msgpUint32 = 0xce
)

// Append writes the journal behind dst, always as container 1.3 with header and
// metadata versions 3. Versions and inline data that were not edited come out
// as they came in.
func (j *Journal) Append(dst []byte) []byte {
	dst = slices.Grow(dst, j.metadataSize()+len(j.inline))
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint16(dst, containerMajor)
	dst = binary.LittleEndian.AppendUint16(dst, containerMinor)
	dst = append(dst, msgpBin32, 0, 0, 0, 0)
	start := len(dst)
	dst = j.appendPayload(dst)
	payload := dst[start:]
	binary.BigEndian.PutUint32(dst[start-4:], uint32(len(payload)))
	dst = append(dst, msgpUint32)
	dst = binary.BigEndian.AppendUint32(dst, checksum(payload))
	return append(dst, j.inline...)
}

func (j *Journal) appendPayload(b []byte) []byte {
	b = msgp.AppendUint(b, headerVersion)
	b = msgp.AppendUint(b, metadataVersion)
	b = msgp.AppendInt(b, len(j.versions))
	for i := range j.versions {
		b = j.versions[i].appendHeader(b)
		b = msgp.AppendBytes(b, j.versions[i].meta)
	}
	return b
}

// maxHeaderSize is the most that a header takes with its bin around it.
const maxHeaderSize = 2 + 1 + 18 + 9 + 6 + 4*2

// appendHeader writes a header in its bin.
func (h *Header) appendHeader(b []byte) []byte {
	b = msgp.AppendBytesHeader(b, 0)
	start := len(b)
	b = msgp.AppendArrayHeader(b, 7)
	b = msgp.AppendBytes(b, h.ID[:])
	b = msgp.AppendInt64(b, h.ModTime)
	b = msgp.AppendBytes(b, h.Signature[:])
	b = msgp.AppendUint8(b, uint8(h.Type))
	b = msgp.AppendUint8(b, uint8(h.Flags))
	b = msgp.AppendUint8(b, h.Parity)
	b = msgp.AppendUint8(b, h.Data)
	b[start-1] = byte(len(b) - start)
	return b
}

// size bounds the bytes v takes in a payload.
func (v *Version) size() int { return maxHeaderSize + maxPrefix + len(v.meta) }

// metadataSize bounds the bytes of a journal without inline data.
func (j *Journal) metadataSize() int {
	size := payloadStart + 3*maxPrefix + trailerSize
	for i := range j.versions {
		size += j.versions[i].size()
	}
	return size
}

// checksum is what the trailer holds: the low half of a hash of the payload.
func checksum(payload []byte) uint32 { return uint32(xxhash.Sum64(payload)) }
