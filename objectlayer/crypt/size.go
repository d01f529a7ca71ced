package crypt

import "fmt"

// Sizes of a DARE package in bytes.
const (
	payloadSize = 64 << 10
	headerSize  = 16
	tagSize     = 16
	overhead    = headerSize + tagSize
	packageSize = payloadSize + overhead
)

// maxPlainSize is what 2^32 packages hold.
const maxPlainSize = payloadSize << 32

// EncryptedSize returns how many bytes the stream of plain bytes has. A negative size stands for "unknown" and stays so.
func EncryptedSize(plain int64) int64 {
	if plain < 0 {
		return plain
	}
	packages := (plain + payloadSize - 1) / payloadSize
	return plain + packages*overhead
}

// DecryptedSize returns how many bytes of plaintext a stream of that many bytes holds. No stream has some sizes, because a
// package has at least one byte of payload: they give ErrCorrupt.
func DecryptedSize(encrypted int64) (int64, error) {
	rest := encrypted % packageSize
	if encrypted < 0 || rest > 0 && rest <= overhead {
		return 0, fmt.Errorf("%w: no stream has %d bytes", ErrCorrupt, encrypted)
	}
	plain := encrypted / packageSize * payloadSize
	if rest > 0 {
		plain += rest - overhead
	}
	return plain, nil
}

// Span is the whole packages of a stream that hold a range of its plaintext.
type Span struct {
	Offset int64  // of the first package, in bytes of the stream
	Length int64  // of the packages together, in bytes of the stream
	First  uint32 // number of the first package, counting from 0
	Skip   int    // plaintext bytes of the first package that lie before the range
	Plain  int64  // length of the range, in bytes of plaintext
	ToEnd  bool   // the last package of the span is the last of the stream
}

// SpanOf returns the packages that hold length bytes from offset of a plaintext of that size. An empty range has an empty
// span. A range that leaves the plaintext is ErrRange, and a plaintext of more than 256 TiB ErrTooLarge.
func SpanOf(plainSize, offset, length int64) (Span, error) {
	switch {
	case plainSize > maxPlainSize:
		return Span{}, ErrTooLarge
	case offset < 0 || length < 0 || offset > plainSize || length > plainSize-offset:
		return Span{}, fmt.Errorf("%w: %d bytes at %d of %d", ErrRange, length, offset, plainSize)
	case length == 0:
		return Span{}, nil
	}
	first := offset / payloadSize
	end := offset + length
	stop := min((end+payloadSize-1)/payloadSize*payloadSize, plainSize)
	start := first * packageSize
	return Span{
		Offset: start,
		Length: EncryptedSize(stop) - start,
		First:  uint32(first),
		Skip:   int(offset - first*payloadSize),
		Plain:  length,
		ToEnd:  stop == plainSize,
	}, nil
}
