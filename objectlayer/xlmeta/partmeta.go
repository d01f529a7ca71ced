package xlmeta

import (
	"time"

	"github.com/tinylib/msgp/msgp"
)

// PartMeta is the content of part.N.meta, which lies beside part.N while an
// upload is in progress. It is equal on all drives. Sizes are in bytes.
type PartMeta struct {
	ETag       string // hexadecimal; sealed when the upload is encrypted
	Number     int
	Size       int64 // stored: compressed and encrypted
	ActualSize int64 // as the client sent it; negative when it was never known
	ModTime    time.Time
	Index      []byte            // seek index of a compressed part, nil for none
	Checksums  map[string]string // algorithm name (CRC32, ...) to base64
}

// DecodePartMeta reads a part.N.meta. The result owns its bytes, its time is
// UTC. The error is [ErrCorrupt].
func DecodePartMeta(b []byte) (PartMeta, error) {
	r := reader{b: b}
	p := r.partMeta()
	if err := r.done(); err != nil {
		return PartMeta{}, corruptf("part metadata: %w", err)
	}
	return p, nil
}

func (r *reader) partMeta() (p PartMeta) {
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case "e":
			p.ETag = r.string()
		case "n":
			p.Number = int(r.int())
		case "s":
			p.Size = r.int()
		case "as":
			p.ActualSize = r.int()
		case "mt":
			p.ModTime = r.time()
		case "i":
			p.Index = r.copyBin()
		case "crc":
			p.Checksums = r.metaUser()
		default:
			r.skip()
		}
	}
	if len(p.Checksums) == 0 {
		p.Checksums = nil
	}
	if p.Number <= 0 || p.Size < 0 {
		r.fail("part %d of %d bytes", p.Number, p.Size)
	}
	return p
}

// Append writes p behind dst, as all of a part.N.meta.
func (p *PartMeta) Append(dst []byte) []byte {
	fields := uint32(5)
	if len(p.Index) > 0 {
		fields++
	}
	if len(p.Checksums) > 0 {
		fields++
	}
	dst = msgp.AppendMapHeader(dst, fields)
	dst = appendTextField(dst, "e", p.ETag)
	dst = appendIntField(dst, "n", int64(p.Number))
	dst = appendIntField(dst, "s", p.Size)
	dst = appendIntField(dst, "as", p.ActualSize)
	dst = msgp.AppendTime(msgp.AppendString(dst, "mt"), p.ModTime)
	if len(p.Index) > 0 {
		dst = appendBytesField(dst, "i", p.Index)
	}
	if len(p.Checksums) > 0 {
		dst = appendMetaUser(msgp.AppendString(dst, "crc"), p.Checksums)
	}
	return dst
}
