package xlmeta

import (
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// Legacy is the metadata of an object from the format before xl.meta, as taken
// over into a journal. It can be read and deleted, and is otherwise kept as it
// is: nothing here writes one. Sizes are in bytes.
//
// Its shard files are framed like today's only where Checksums name
// [BitrotHighwayHash256S]; the other algorithms keep one hash of a whole file.
type Legacy struct {
	ID      VersionID // parsed from VersionID; null for all that MinIO converted
	Format  string    // "xl"
	Version string    // "1.0.0" or "1.0.1"
	Release string    // of the server that wrote it

	Size    int64
	ModTime time.Time // UTC
	Name    string
	Dir     bool
	Mode    uint32

	Algorithm string // of the erasure code, "klauspost/reedsolomon/vandermonde"
	Data      int
	Parity    int
	BlockSize int64
	Index     int
	Dist      []uint8
	Checksums []LegacyChecksum

	Meta      map[string]string // system and user keys together
	Parts     []PartMeta
	VersionID string // as written, empty for null
	DataDir   string // directory of the part files: "legacy"; empty: beside xl.meta
}

// LegacyChecksum is the hash of one shard file.
type LegacyChecksum struct {
	Part      int
	Algorithm BitrotAlgorithm
	Hash      []byte // empty for the streaming algorithm, whose hashes are in the file
}

// BitrotAlgorithm numbers the hashes shard files were protected with.
type BitrotAlgorithm uint

// The algorithms.
const (
	BitrotSHA256          BitrotAlgorithm = 1
	BitrotHighwayHash256  BitrotAlgorithm = 2
	BitrotHighwayHash256S BitrotAlgorithm = 3 // streaming, the only one of today
	BitrotBLAKE2b512      BitrotAlgorithm = 4
)

func (l *Legacy) header() Header {
	return Header{ID: l.ID, ModTime: l.ModTime.UnixNano(), Signature: l.signature(), Type: TypeLegacy}
}

// Legacy decodes the metadata of a version of type [TypeLegacy]. The result
// owns its bytes.
func (v Version) Legacy() (Legacy, error) {
	e, err := v.open(TypeLegacy)
	if err != nil {
		return Legacy{}, err
	}
	l, err := decodeLegacy(e.body)
	if err != nil {
		return Legacy{}, corruptf("version %v: %w", v.ID, err)
	}
	return l, nil
}

func decodeLegacy(body []byte) (l Legacy, err error) {
	r := reader{b: body}
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case "Version":
			l.Version = r.string()
		case "Format":
			l.Format = r.string()
		case "Stat":
			l.readStat(&r)
		case "Erasure":
			l.readErasure(&r)
		case "Minio":
			l.readRelease(&r)
		case "Meta":
			l.Meta = r.metaUser()
		case "Parts":
			l.Parts = make([]PartMeta, r.arrayLen(minPartMeta))
			for i := range l.Parts {
				l.Parts[i] = r.partMeta()
			}
		case "VersionID":
			l.VersionID = r.string()
		case "DataDir":
			l.DataDir = r.string()
		default:
			r.skip()
		}
	}
	if err := r.done(); err != nil {
		return Legacy{}, err
	}
	if l.ID, err = ParseVersionID(l.VersionID); err != nil {
		return Legacy{}, err
	}
	if l.BlockSize <= 0 {
		return Legacy{}, fmt.Errorf("block size %d", l.BlockSize)
	}
	return l, checkErasure(l.Data, l.Parity, l.Index, l.Dist)
}

// Least sizes of encoded elements: a part has at least a number.
const (
	minPartMeta       = 4
	minLegacyChecksum = 1
)

func (l *Legacy) readStat(r *reader) {
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case "Size":
			l.Size = r.int()
		case "ModTime":
			l.ModTime = r.time()
		case "Name":
			l.Name = r.string()
		case "Dir":
			l.Dir = r.bool()
		case "Mode":
			l.Mode = r.uint32()
		default:
			r.skip()
		}
	}
}

func (l *Legacy) readErasure(r *reader) {
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case "Algorithm":
			l.Algorithm = r.string()
		case "DataBlocks":
			l.Data = int(r.int())
		case "ParityBlocks":
			l.Parity = int(r.int())
		case "BlockSize":
			l.BlockSize = r.int()
		case "Index":
			l.Index = int(r.int())
		case "Distribution":
			l.Dist = make([]uint8, r.arrayLen(1))
			for i := range l.Dist {
				l.Dist[i] = r.uint8()
			}
		case "Checksums":
			l.Checksums = make([]LegacyChecksum, r.arrayLen(minLegacyChecksum))
			for i := range l.Checksums {
				l.Checksums[i].read(r)
			}
		default:
			r.skip()
		}
	}
}

func (c *LegacyChecksum) read(r *reader) {
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case "PartNumber":
			c.Part = int(r.int())
		case "Algorithm":
			c.Algorithm = BitrotAlgorithm(r.uint64())
		case "Hash":
			c.Hash = r.copyBin()
		default:
			r.skip()
		}
	}
}

func (l *Legacy) readRelease(r *reader) {
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		if string(r.key()) == "Release" {
			l.Release = r.string()
		} else {
			r.skip()
		}
	}
}

// appendMap encodes l for its signature.
func (l *Legacy) appendMap(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 9)
	b = appendTextField(b, "Version", l.Version)
	b = appendTextField(b, "Format", l.Format)
	b = l.appendStat(msgp.AppendString(b, "Stat"))
	b = l.appendErasure(msgp.AppendString(b, "Erasure"))
	b = msgp.AppendMapHeader(msgp.AppendString(b, "Minio"), 1)
	b = appendTextField(b, "Release", l.Release)
	b = appendMetaUser(msgp.AppendString(b, "Meta"), l.Meta)
	b = msgp.AppendArrayHeader(msgp.AppendString(b, "Parts"), uint32(len(l.Parts)))
	for i := range l.Parts {
		b = l.Parts[i].Append(b)
	}
	b = appendTextField(b, "VersionID", l.VersionID)
	return appendTextField(b, "DataDir", l.DataDir)
}

func (l *Legacy) appendStat(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 5)
	b = appendIntField(b, "Size", l.Size)
	b = msgp.AppendTime(msgp.AppendString(b, "ModTime"), l.ModTime)
	b = appendTextField(b, "Name", l.Name)
	b = msgp.AppendBool(msgp.AppendString(b, "Dir"), l.Dir)
	return msgp.AppendUint32(msgp.AppendString(b, "Mode"), l.Mode)
}

func (l *Legacy) appendErasure(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 7)
	b = appendTextField(b, "Algorithm", l.Algorithm)
	b = appendIntField(b, "DataBlocks", int64(l.Data))
	b = appendIntField(b, "ParityBlocks", int64(l.Parity))
	b = appendIntField(b, "BlockSize", l.BlockSize)
	b = appendIntField(b, "Index", int64(l.Index))
	b = msgp.AppendArrayHeader(msgp.AppendString(b, "Distribution"), uint32(len(l.Dist)))
	for _, shard := range l.Dist {
		b = msgp.AppendInt64(b, int64(shard))
	}
	b = msgp.AppendArrayHeader(msgp.AppendString(b, "Checksums"), uint32(len(l.Checksums)))
	for _, c := range l.Checksums {
		b = msgp.AppendMapHeader(b, 3)
		b = appendIntField(b, "PartNumber", int64(c.Part))
		b = msgp.AppendUint64(msgp.AppendString(b, "Algorithm"), uint64(c.Algorithm))
		b = appendBytesField(b, "Hash", c.Hash)
	}
	return b
}
