package xlmeta_test

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// wire is an xl.meta taken to pieces, for tests that put it together in other
// ways than this package writes.
type wire struct {
	headers  []xlmeta.Header
	metadata [][]byte
	inline   []byte // section with its version byte
}

// must takes the value of a msgp reader on bytes the test made itself.
func must[T any](tb testing.TB) func(T, []byte, error) (T, []byte) {
	return func(v T, rest []byte, err error) (T, []byte) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v, rest
	}
}

// dissect takes a journal to pieces.
func dissect(tb testing.TB, j *xlmeta.Journal) (w wire) {
	tb.Helper()
	raw := j.Append(nil)
	payload, rest := must[[]byte](tb)(msgp.ReadBytesZC(raw[8:]))
	w.inline = rest[5:]
	payload = payload[2:]
	count, payload := must[int](tb)(msgp.ReadIntBytes(payload))
	for range count {
		var meta []byte
		_, payload = must[[]byte](tb)(msgp.ReadBytesZC(payload))
		meta, payload = must[[]byte](tb)(msgp.ReadBytesZC(payload))
		w.metadata = append(w.metadata, meta)
	}
	w.headers = headers(j)
	return w
}

// prefix begins a container.
func prefix(major, minor uint16) []byte {
	b := []byte("XL2 ")
	b = binary.LittleEndian.AppendUint16(b, major)
	return binary.LittleEndian.AppendUint16(b, minor)
}

// container wraps a payload as 1.3 does.
func container(payload, inline []byte) []byte {
	b := binary.BigEndian.AppendUint32(append(prefix(1, 3), 0xc6), uint32(len(payload)))
	b = append(b, payload...)
	b = append(b, 0xce)
	b = binary.BigEndian.AppendUint32(b, uint32(xxhash.Sum64(payload)))
	return append(b, inline...)
}

// versionsMap is the payload before 1.3.
func (w wire) versionsMap() []byte {
	b := msgp.AppendMapHeader(nil, 1)
	b = msgp.AppendString(b, "Versions")
	b = msgp.AppendArrayHeader(b, uint32(len(w.metadata)))
	for _, meta := range w.metadata {
		b = append(b, meta...)
	}
	return b
}

// payload is the payload of 1.3 with some header and metadata version.
func (w wire) payload(headers, metadata int) []byte {
	b := msgp.AppendInt(msgp.AppendInt(nil, headers), metadata)
	b = msgp.AppendInt(b, len(w.headers))
	for i, h := range w.headers {
		b = msgp.AppendBytes(b, encodeHeader(h, headers))
		b = msgp.AppendBytes(b, w.metadata[i])
	}
	return b
}

func encodeHeader(h xlmeta.Header, version int) []byte {
	b := msgp.AppendArrayHeader(nil, map[int]uint32{1: 4, 2: 5, 3: 7}[version])
	b = msgp.AppendBytes(b, h.ID[:])
	b = msgp.AppendInt64(b, h.ModTime)
	if version > 1 {
		b = msgp.AppendBytes(b, h.Signature[:])
	}
	b = msgp.AppendUint8(b, uint8(h.Type))
	b = msgp.AppendUint8(b, uint8(h.Flags))
	if version > 2 {
		b = msgp.AppendUint8(b, h.Parity)
		b = msgp.AppendUint8(b, h.Data)
	}
	return b
}

// single makes a journal file of one version with given metadata.
func single(typ xlmeta.Type, metadata []byte) []byte {
	w := wire{headers: []xlmeta.Header{{ModTime: 1, Type: typ}}, metadata: [][]byte{metadata}}
	return container(w.payload(3, 3), nil)
}

// field is an entry of a msgpack map.
type field struct {
	key   string
	value any
}

// object is a msgpack map whose entries keep their order, and raw is a value
// that is encoded already.
type (
	object []field
	raw    []byte
)

// encode writes a value of msgpack.
func encode(tb testing.TB, b []byte, value any) []byte {
	tb.Helper()
	switch value := value.(type) {
	case object:
		b = msgp.AppendMapHeader(b, uint32(len(value)))
		for _, f := range value {
			b = encode(tb, msgp.AppendString(b, f.key), f.value)
		}
		return b
	case []object:
		b = msgp.AppendArrayHeader(b, uint32(len(value)))
		for _, element := range value {
			b = encode(tb, b, element)
		}
		return b
	case raw:
		return append(b, value...)
	}
	b, err := msgp.AppendIntf(b, value)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// unhex reads hexadecimal digits, with blanks for the eye.
func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
