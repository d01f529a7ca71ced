package xlmeta

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/tinylib/msgp/msgp"
)

// Type says what a version is. Values are those on disk.
type Type uint8

// The types of versions.
const (
	TypeObject       Type = 1 // bytes with metadata
	TypeDeleteMarker Type = 2 // "deleted here"; free-versions are of this type too
	TypeLegacy       Type = 3 // an object taken over from the format before xl.meta
)

func (t Type) valid() bool { return t >= TypeObject && t <= TypeLegacy }

// String names t for error texts.
func (t Type) String() string {
	switch t {
	case TypeObject:
		return "object"
	case TypeDeleteMarker:
		return "delete marker"
	case TypeLegacy:
		return "legacy object"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Flags are facts about a version that a reader wants without its metadata.
// Bits not named here are kept as they are.
type Flags uint8

// The flags.
const (
	FlagFreeVersion Flags = 1 << 0 // a remote copy waiting to be deleted; invisible to clients
	FlagUsesDataDir Flags = 1 << 1 // the bytes are on this set, not in a tier; set for inline data too
	FlagInline      Flags = 1 << 2 // the bytes are in the inline section
)

// Has reports whether all bits of f are set.
func (fs Flags) Has(f Flags) bool { return fs&f == f }

// Header is what all drives say alike about a version. Headers are comparable.
type Header struct {
	ID        VersionID
	ModTime   int64   // nanoseconds since 1970
	Signature [4]byte // digest of the metadata without what differs between drives
	Type      Type
	Flags     Flags
	Data      uint8 // data blocks (EcM on disk); zero for markers, legacy objects, and old headers
	Parity    uint8 // parity blocks (EcN on disk); zero likewise
}

// FreeVersion reports whether the version is a note about a remote copy.
func (h Header) FreeVersion() bool { return h.Flags.Has(FlagFreeVersion) }

// Matches reports whether two drives mean the same version with the same
// content. Headers from before April 2024 know no erasure numbers and match
// any.
func (h Header) Matches(other Header) bool {
	if h.Data == 0 && h.Parity == 0 || other.Data == 0 && other.Parity == 0 {
		h.Data, h.Parity = other.Data, other.Parity
	}
	return h == other
}

// Compare orders versions as a journal does, negative when h comes before
// other: newest first, then by type, signature, id and flags, so that all
// drives agree even about equal times.
func (h Header) Compare(other Header) int {
	return cmp.Or(
		cmp.Compare(other.ModTime, h.ModTime),
		cmp.Compare(h.Type, other.Type),
		bytes.Compare(other.Signature[:], h.Signature[:]),
		bytes.Compare(other.ID[:], h.ID[:]),
		cmp.Compare(other.Flags, h.Flags),
	)
}

// Version is one entry of a [Journal]: its header, and its metadata as bytes.
//
// It reads from the bytes of the journal it came from, stays usable after that
// journal was edited, and never changes.
type Version struct {
	Header

	meta []byte // msgpack map {Type, V1Obj | V2Obj | DelObj, v}; never written to
}

// The keys of a version's metadata map.
const (
	keyType    = "Type"
	keyLegacy  = "V1Obj"
	keyObject  = "V2Obj"
	keyMarker  = "DelObj"
	keyWritten = "v" // Unix time of the release that wrote the version, 0 for others
)

// envelope is the outer map of a version's metadata.
type envelope struct {
	typ     Type
	body    []byte // msgpack map of the object, marker or legacy object
	written uint64
}

func openEnvelope(meta []byte) (envelope, error) {
	var e envelope
	var object, marker, legacy []byte
	r := reader{b: meta}
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case keyType:
			e.typ = Type(r.uint8())
		case keyObject:
			object = r.raw()
		case keyMarker:
			marker = r.raw()
		case keyLegacy:
			legacy = r.raw()
		case keyWritten:
			e.written = r.uint64()
		default:
			r.skip()
		}
	}
	if err := r.done(); err != nil {
		return envelope{}, corruptf("version metadata: %w", err)
	}
	switch e.typ {
	case TypeObject:
		e.body = object
	case TypeDeleteMarker:
		e.body = marker
	case TypeLegacy:
		e.body = legacy
	}
	if e.body == nil {
		return envelope{}, corruptf("version metadata: %v without a body", e.typ)
	}
	return e, nil
}

// appendEnvelope writes the map around a body that append writes.
func appendEnvelope(b []byte, typ Type, key string, written uint64, body func([]byte) []byte) []byte {
	b = msgp.AppendMapHeader(b, 3)
	b = msgp.AppendString(b, keyType)
	b = msgp.AppendUint8(b, uint8(typ))
	b = msgp.AppendString(b, key)
	b = body(b)
	b = msgp.AppendString(b, keyWritten)
	return msgp.AppendUint64(b, written)
}

// open gives the body of v, which must be of the given type.
func (v Version) open(want Type) (envelope, error) {
	if v.Type != want {
		return envelope{}, fmt.Errorf("xlmeta: version %v is a %v, not a %v", v.ID, v.Type, want)
	}
	e, err := openEnvelope(v.meta)
	if err != nil {
		return envelope{}, fmt.Errorf("version %v: %w", v.ID, err)
	}
	if e.typ != want {
		return envelope{}, corruptf("version %v: header says %v, metadata says %v", v.ID, want, e.typ)
	}
	return e, nil
}

// agree checks what header and metadata both say.
func (v Version) agree(id VersionID, modTime int64) error {
	if v.ID != id {
		return corruptf("version %v: metadata has id %v", v.ID, id)
	}
	if v.ModTime != modTime {
		return corruptf("version %v: header has time %d, metadata %d", v.ID, v.ModTime, modTime)
	}
	return nil
}

// Dir names the directory beside xl.meta that holds the part files of v: the
// text of its [DataDir], or "legacy" for objects taken over from before. It is
// empty when v has no files here: markers, inline and transitioned objects.
func (v Version) Dir() (string, error) {
	switch {
	case v.Type == TypeObject && v.Flags.Has(FlagUsesDataDir) && !v.Flags.Has(FlagInline):
		dir, err := v.dataDir()
		if err != nil {
			return "", err
		}
		return dir.String(), nil
	case v.Type == TypeLegacy:
		l, err := v.Legacy()
		return l.DataDir, err
	}
	return "", nil
}

// dataDir reads the data directory of an object and nothing else.
func (v Version) dataDir() (dir DataDir, err error) {
	e, err := v.open(TypeObject)
	if err != nil {
		return dir, err
	}
	r := reader{b: e.body}
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		if string(r.key()) == "DDir" {
			r.fixed(dir[:])
			break
		}
		r.skip()
	}
	if r.err != nil {
		return dir, corruptf("version %v: %w", v.ID, r.err)
	}
	return dir, nil
}

// check decodes v whole and throws the result away.
func (v Version) check() error {
	var err error
	switch v.Type {
	case TypeObject:
		_, err = v.Object()
	case TypeDeleteMarker:
		_, err = v.DeleteMarker()
	case TypeLegacy:
		_, err = v.Legacy()
	}
	return err
}
