package xlmeta

import (
	"errors"
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// reader takes msgpack values off the front of b. The first failure sticks:
// later calls give zero values, so that a decoder can read a whole structure
// and ask once. Counts are checked against the bytes that are left before
// anybody allocates by them.
type reader struct {
	b   []byte
	err error
}

// done gives the first failure, or complains about bytes that are left.
func (r *reader) done() error {
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%d bytes after the end", len(r.b))
	}
	return r.err
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// take applies one of msgp's readers.
func take[T any](r *reader, read func([]byte) (T, []byte, error)) (v T) {
	if r.err != nil {
		return v
	}
	v, rest, err := read(r.b)
	if err != nil {
		r.err = err
		return *new(T)
	}
	r.b = rest
	return v
}

func (r *reader) int() int64      { return take(r, msgp.ReadInt64Bytes) }
func (r *reader) uint8() uint8    { return take(r, msgp.ReadUint8Bytes) }
func (r *reader) uint32() uint32  { return take(r, msgp.ReadUint32Bytes) }
func (r *reader) uint64() uint64  { return take(r, msgp.ReadUint64Bytes) }
func (r *reader) bool() bool      { return take(r, msgp.ReadBoolBytes) }
func (r *reader) time() time.Time { return take(r, msgp.ReadTimeUTCBytes) }
func (r *reader) string() string  { return take(r, msgp.ReadStringBytes) }
func (r *reader) key() []byte     { return take(r, msgp.ReadMapKeyZC) } // borrowed from b
func (r *reader) text() []byte    { return take(r, msgp.ReadStringZC) } // borrowed from b
func (r *reader) bin() []byte     { return take(r, msgp.ReadBytesZC) }  // borrowed from b

// copyBin takes a bin for keeps, nil when it is empty.
func (r *reader) copyBin() []byte { return append([]byte(nil), r.bin()...) }

// fixed takes a bin of exactly the length of out.
func (r *reader) fixed(out []byte) {
	if r.err == nil {
		r.b, r.err = msgp.ReadExactBytes(r.b, out)
	}
}

func (r *reader) skip() {
	if r.err == nil {
		r.b, r.err = msgp.Skip(r.b)
	}
}

// raw takes one value of any type with its encoding, borrowed from b.
func (r *reader) raw() []byte {
	before := r.b
	r.skip()
	if r.err != nil {
		return nil
	}
	size := len(before) - len(r.b)
	return before[:size:size]
}

// isNil takes a nil when there is one.
func (r *reader) isNil() bool {
	if r.err != nil || !msgp.IsNil(r.b) {
		return false
	}
	r.b = r.b[1:]
	return true
}

var errCount = errors.New("more elements announced than bytes left")

// mapLen opens a map; nil counts as empty.
func (r *reader) mapLen() int {
	if r.isNil() {
		return 0
	}
	return r.bounded(take(r, msgp.ReadMapHeaderBytes), 2)
}

// arrayLen opens an array whose elements take at least minSize bytes each; nil
// counts as empty.
func (r *reader) arrayLen(minSize int) int {
	if r.isNil() {
		return 0
	}
	return r.bounded(take(r, msgp.ReadArrayHeaderBytes), minSize)
}

func (r *reader) bounded(n uint32, minSize int) int {
	if int64(n)*int64(minSize) > int64(len(r.b)) {
		r.fail("%w: %d", errCount, n)
		return 0
	}
	return int(n)
}
