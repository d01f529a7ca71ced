package xlmeta

import (
	"fmt"

	"github.com/tinylib/msgp/msgp"
)

// DeleteMarker is the metadata of a version that says "deleted", or of a
// free-version when MetaSys has [KeyFreeVersion]. It is equal on all drives.
//
// It owns all it refers to, and nothing keeps it after a call.
type DeleteMarker struct {
	ID      VersionID
	ModTime int64             // nanoseconds since 1970
	MetaSys map[string][]byte // replication or tier state, usually empty
}

// FreeVersion reports whether d is a note about a remote copy.
func (d *DeleteMarker) FreeVersion() bool {
	_, ok := d.MetaSys[KeyFreeVersion]
	return ok
}

func (d *DeleteMarker) check() error {
	if d.ModTime <= 0 {
		return fmt.Errorf("modification time %d", d.ModTime)
	}
	return nil
}

func (d *DeleteMarker) header() Header {
	h := Header{ID: d.ID, ModTime: d.ModTime, Signature: d.signature(), Type: TypeDeleteMarker}
	if d.FreeVersion() {
		h.Flags = FlagFreeVersion
	}
	return h
}

// DeleteMarker decodes the metadata of a version of type [TypeDeleteMarker].
// The result owns its bytes.
func (v Version) DeleteMarker() (DeleteMarker, error) {
	e, err := v.open(TypeDeleteMarker)
	if err != nil {
		return DeleteMarker{}, err
	}
	d, err := decodeMarker(e.body)
	if err != nil {
		return DeleteMarker{}, corruptf("version %v: %w", v.ID, err)
	}
	return d, v.agree(d.ID, d.ModTime)
}

func decodeMarker(body []byte) (d DeleteMarker, err error) {
	r := reader{b: body}
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		switch string(r.key()) {
		case "ID":
			r.fixed(d.ID[:])
		case "MTime":
			d.ModTime = r.int()
		case "MetaSys":
			d.MetaSys = r.metaSys()
		default:
			r.skip()
		}
	}
	if err := r.done(); err != nil {
		return DeleteMarker{}, err
	}
	return d, d.check()
}

// version encodes d. Like MinIO it writes an empty MetaSys rather than none.
func (d *DeleteMarker) version(written uint64) Version {
	meta := appendEnvelope(nil, TypeDeleteMarker, keyMarker, written, func(b []byte) []byte {
		b = msgp.AppendMapHeader(b, 3)
		b = d.appendIdentity(b)
		b = msgp.AppendString(b, "MetaSys")
		if d.MetaSys == nil {
			return msgp.AppendMapHeader(b, 0)
		}
		return appendMetaSys(b, d.MetaSys)
	})
	return Version{d.header(), meta}
}

func (d *DeleteMarker) appendIdentity(b []byte) []byte {
	b = appendBytesField(b, "ID", d.ID[:])
	return appendIntField(b, "MTime", d.ModTime)
}
