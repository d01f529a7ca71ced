package xlmeta

import (
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// Object is the metadata of a version with bytes, as one drive keeps it. Only
// Index differs between the drives of a set. Sizes are in bytes.
//
// It owns all it refers to, and nothing keeps it after a call.
type Object struct {
	ID      VersionID
	DataDir DataDir // never zero in what is written, not even for inline data
	ModTime int64   // nanoseconds since 1970

	// How the stored bytes are spread over the drives of the set.
	Data      int     // data blocks (EcM on disk), at least 1
	Parity    int     // parity blocks (EcN on disk), 0 to Data
	BlockSize int64   // bytes coded at a time, before they are cut in shards
	Index     int     // shard this drive holds, 1 to Data+Parity
	Dist      []uint8 // Dist[i] is the shard that drive i of the set holds

	Parts []Part // by ascending number; none while an upload is in progress
	Size  int64  // stored bytes of all parts: compressed and encrypted

	// MetaSys is for the system (see the Key constants), MetaUser for clients:
	// content-type, etag, x-amz-meta-*, tags, lock. IsSystemKey tells them
	// apart. Unknown keys must survive an update.
	MetaSys  map[string][]byte
	MetaUser map[string]string
}

// Part is one part of an object. Sizes are in bytes.
type Part struct {
	Number     int    // as the client numbered it, 1 for a plain PUT
	Size       int64  // stored: compressed and encrypted
	ActualSize int64  // as the client sent it; negative when it was never known
	Index      []byte // seek index of a compressed part, nil for none
	ETag       string // only in objects from before 2023
}

// Inline reports whether the bytes of o are in the inline section.
func (o *Object) Inline() bool {
	_, ok := o.MetaSys[KeyInlineData]
	return ok
}

// Transitioned reports whether the bytes of o are in a tier. A restored copy
// may be here for a while all the same.
func (o *Object) Transitioned() bool {
	return string(o.MetaSys[KeyTransitionStatus]) == TransitionComplete
}

// Restored reports whether a transitioned object has a restored copy here.
func (o *Object) Restored() bool {
	return strings.Contains(o.MetaUser[keyRestore], `ongoing-request="false"`)
}

func (o *Object) flags() (fs Flags) {
	if !o.Transitioned() || o.Restored() {
		fs |= FlagUsesDataDir
	}
	if o.Inline() {
		fs |= FlagInline
	}
	return fs
}

func (o *Object) header() Header {
	return Header{
		ID:        o.ID,
		ModTime:   o.ModTime,
		Signature: o.signature(),
		Type:      TypeObject,
		Flags:     o.flags(),
		Data:      uint8(o.Data),
		Parity:    uint8(o.Parity),
	}
}

// Object decodes the metadata of a version of type [TypeObject]. The result
// owns its bytes.
func (v Version) Object() (Object, error) {
	e, err := v.open(TypeObject)
	if err != nil {
		return Object{}, err
	}
	d, err := decodeObject(e.body)
	if err != nil {
		return Object{}, corruptf("version %v: %w", v.ID, err)
	}
	return d.Object, v.agree(d.ID, d.ModTime)
}

// decodedObject is an Object and what its encoding had that Object does not
// keep.
type decodedObject struct {
	Object

	noActualSizes bool // PartASizes was nil or empty
}

// objectDecoder gathers an object whose parts come as parallel arrays, in any
// order.
type objectDecoder struct {
	reader
	decodedObject

	numbers, sizes, actual int // lengths of the arrays
	erasure, bitrot        uint8
}

// The only algorithms that exist.
const (
	erasureReedSolomon = 1
	bitrotHighwayHash  = 1
)

func decodeObject(body []byte) (decodedObject, error) {
	d := objectDecoder{reader: reader{b: body}}
	for n := d.mapLen(); n > 0 && d.err == nil; n-- {
		d.field(string(d.key()))
	}
	if err := d.done(); err != nil {
		return decodedObject{}, err
	}
	if err := d.finish(); err != nil {
		return decodedObject{}, err
	}
	return d.decodedObject, d.check()
}

func (d *objectDecoder) field(key string) {
	switch key {
	case "ID":
		d.fixed(d.ID[:])
	case "DDir":
		d.fixed(d.DataDir[:])
	case "EcAlgo":
		d.erasure = d.uint8()
	case "EcM":
		d.Data = int(d.int())
	case "EcN":
		d.Parity = int(d.int())
	case "EcBSize":
		d.BlockSize = d.int()
	case "EcIndex":
		d.Index = int(d.int())
	case "EcDist":
		d.Dist = make([]uint8, d.arrayLen(1))
		for i := range d.Dist {
			d.Dist[i] = d.uint8()
		}
	case "CSumAlgo":
		d.bitrot = d.uint8()
	case "PartNums":
		d.numbers = d.parts(func(p *Part) { p.Number = int(d.int()) })
	case "PartETags":
		d.parts(func(p *Part) { p.ETag = d.string() })
	case "PartSizes":
		d.sizes = d.parts(func(p *Part) { p.Size = d.int() })
	case "PartASizes":
		d.actual = d.parts(func(p *Part) { p.ActualSize = d.int() })
	case "PartIdx":
		d.parts(func(p *Part) { p.Index = d.copyBin() })
	case "Size":
		d.Size = d.int()
	case "MTime":
		d.ModTime = d.int()
	case "MetaSys":
		d.MetaSys = d.metaSys()
	case "MetaUsr":
		d.MetaUser = d.metaUser()
	default:
		d.skip()
	}
}

// parts reads an array with an element for each part, or an empty one.
func (d *objectDecoder) parts(read func(*Part)) int {
	n := d.arrayLen(1)
	switch {
	case n == 0:
		return 0
	case d.Parts == nil:
		d.Parts = make([]Part, n)
	case len(d.Parts) != n:
		d.fail("parts: %d and %d of them", len(d.Parts), n)
		return 0
	}
	for i := range d.Parts {
		read(&d.Parts[i])
	}
	return n
}

// finish checks what only the encoding knows.
func (d *objectDecoder) finish() error {
	switch {
	case d.erasure != erasureReedSolomon:
		d.fail("erasure algorithm %d", d.erasure)
	case d.bitrot != bitrotHighwayHash:
		d.fail("bitrot algorithm %d", d.bitrot)
	case d.numbers != len(d.Parts) || d.sizes != len(d.Parts):
		d.fail("parts: %d numbers, %d sizes for %d", d.numbers, d.sizes, len(d.Parts))
	}
	if d.actual == 0 {
		d.noActualSizes = true
		for i := range d.Parts {
			d.Parts[i].ActualSize = d.Parts[i].Size
		}
	}
	return d.err
}

func (o *Object) hasPartIndex() bool {
	for i := range o.Parts {
		if len(o.Parts[i].Index) > 0 {
			return true
		}
	}
	return false
}

func (o *Object) hasPartETag() bool {
	for i := range o.Parts {
		if o.Parts[i].ETag != "" {
			return true
		}
	}
	return false
}

// version encodes o. written is the time of the release that does so.
func (o *Object) version(written uint64) Version {
	meta := make([]byte, 0, usualMetadata)
	meta = appendEnvelope(meta, TypeObject, keyObject, written, func(b []byte) []byte {
		return o.appendMap(b, true)
	})
	return Version{o.header(), meta}
}

// usualMetadata is a size in bytes that few encoded versions exceed.
const usualMetadata = 512

// appendMap writes o exactly as MinIO does, because signatures are made of
// these bytes: a map with a 16 bit count, keys in this order, counts and sizes
// in the shortest form of the signed integers.
func (o *Object) appendMap(b []byte, actualSizes bool) []byte {
	const fields = 17
	indexed := o.hasPartIndex()
	if indexed {
		b = append(b, 0xde, 0, fields+1)
	} else {
		b = append(b, 0xde, 0, fields)
	}
	b = appendBytesField(b, "ID", o.ID[:])
	b = appendBytesField(b, "DDir", o.DataDir[:])
	b = appendIntField(b, "EcAlgo", erasureReedSolomon)
	b = appendIntField(b, "EcM", int64(o.Data))
	b = appendIntField(b, "EcN", int64(o.Parity))
	b = appendIntField(b, "EcBSize", o.BlockSize)
	b = appendIntField(b, "EcIndex", int64(o.Index))
	b = msgp.AppendString(b, "EcDist")
	b = msgp.AppendArrayHeader(b, uint32(len(o.Dist)))
	for _, shard := range o.Dist {
		b = msgp.AppendUint8(b, shard)
	}
	b = appendIntField(b, "CSumAlgo", bitrotHighwayHash)
	b = o.appendParts(b, actualSizes, indexed)
	b = appendIntField(b, "Size", o.Size)
	b = appendIntField(b, "MTime", o.ModTime)
	b = msgp.AppendString(b, "MetaSys")
	b = appendMetaSys(b, o.MetaSys)
	b = msgp.AppendString(b, "MetaUsr")
	return appendMetaUser(b, o.MetaUser)
}

func (o *Object) appendParts(b []byte, actualSizes, indexed bool) []byte {
	b = o.appendPartNumbers(b, "PartNums", func(p *Part) int64 { return int64(p.Number) })
	b = msgp.AppendString(b, "PartETags")
	if o.hasPartETag() {
		b = msgp.AppendArrayHeader(b, uint32(len(o.Parts)))
		for i := range o.Parts {
			b = msgp.AppendString(b, o.Parts[i].ETag)
		}
	} else {
		b = msgp.AppendNil(b)
	}
	b = o.appendPartNumbers(b, "PartSizes", func(p *Part) int64 { return p.Size })
	if actualSizes {
		b = o.appendPartNumbers(b, "PartASizes", func(p *Part) int64 { return p.ActualSize })
	} else {
		b = msgp.AppendNil(msgp.AppendString(b, "PartASizes"))
	}
	if indexed {
		b = msgp.AppendString(b, "PartIdx")
		b = msgp.AppendArrayHeader(b, uint32(len(o.Parts)))
		for i := range o.Parts {
			b = msgp.AppendBytes(b, o.Parts[i].Index)
		}
	}
	return b
}

func (o *Object) appendPartNumbers(b []byte, key string, value func(*Part) int64) []byte {
	b = msgp.AppendString(b, key)
	b = msgp.AppendArrayHeader(b, uint32(len(o.Parts)))
	for i := range o.Parts {
		b = msgp.AppendInt64(b, value(&o.Parts[i]))
	}
	return b
}
