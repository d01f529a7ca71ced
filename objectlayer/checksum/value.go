package checksum

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// MetaKey is the entry of the internal metadata of an object version that holds its checksums, sealed if the object is
// encrypted.
const MetaKey = "x-minio-internal-crc"

// MaxParts is how many parts an object can have.
const MaxParts = 10000

// Value is the checksum of an object as it is kept. The stored form is one or more of these, one after the other
// (docs/format/checksum.md):
//
//	uvarint kind | sum | if kind has 0x40: uvarint parts | if kind has 0x80: parts sums of parts
type Value struct {
	Algorithm Algorithm
	Type      Type
	Sum       []byte
	Parts     int      // of how many parts; 0 for an object stored in one piece
	PartSums  [][]byte // those of the parts in order, or nil where they were not kept
	Trailing  bool     // came in a trailer; of no consequence
}

// Bits of the kind.
const (
	kindTrailing   = 0x001
	kindSHA256     = 0x002
	kindSHA1       = 0x004
	kindCRC32      = 0x008
	kindCRC32C     = 0x010
	kindMultipart  = 0x040
	kindPartSums   = 0x080
	kindCRC64NVME  = 0x100
	kindFullObject = 0x200

	kindAlgorithm = kindSHA256 | kindSHA1 | kindCRC32 | kindCRC32C | kindCRC64NVME
	kindKnown     = kindAlgorithm | kindTrailing | kindMultipart | kindPartSums | kindFullObject
)

func (a Algorithm) kind() uint64 {
	switch a {
	case CRC32:
		return kindCRC32
	case CRC32C:
		return kindCRC32C
	case CRC64NVME:
		return kindCRC64NVME
	case SHA1:
		return kindSHA1
	case SHA256:
		return kindSHA256
	default:
		return 0
	}
}

func algorithmOf(kind uint64) Algorithm {
	for _, a := range Algorithms() {
		if kind&kindAlgorithm == a.kind() {
			return a
		}
	}
	return None
}

// Text returns the checksum as clients see it: base64, and for a composite one a dash and the number of parts.
func (v Value) Text() string {
	if v.Type == Composite {
		return Format(v.Sum) + "-" + strconv.Itoa(v.Parts)
	}
	return Format(v.Sum)
}

// Append appends the stored form of v to dst. A value that cannot be stored, such as one with a sum of the wrong length, is
// ErrParts.
func (v Value) Append(dst []byte) ([]byte, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	kind := v.Algorithm.kind()
	if v.Trailing {
		kind |= kindTrailing
	}
	multipart := v.Type == Composite || v.Parts > 0
	if multipart {
		kind |= kindMultipart
		// That a CRC-64/NVME is of the full object goes without saying.
		if v.Type == FullObject && v.Algorithm != CRC64NVME {
			kind |= kindFullObject
		}
	}
	if len(v.PartSums) > 0 {
		kind |= kindPartSums
	}
	dst = append(binary.AppendUvarint(dst, kind), v.Sum...)
	if multipart {
		dst = binary.AppendUvarint(dst, uint64(v.Parts))
	}
	for _, sum := range v.PartSums {
		dst = append(dst, sum...)
	}
	return dst, nil
}

func (v Value) check() error {
	size := v.Algorithm.Size()
	switch {
	case size == 0 || len(v.Sum) != size:
		return fmt.Errorf("%w: %s of %d bytes", ErrParts, v.Algorithm, len(v.Sum))
	case v.Parts < 0 || v.Parts > MaxParts:
		return fmt.Errorf("%w: %d parts", ErrParts, v.Parts)
	case len(v.PartSums) > 0 && len(v.PartSums) != v.Parts:
		return fmt.Errorf("%w: %d sums for %d parts", ErrParts, len(v.PartSums), v.Parts)
	case v.Type == Composite && v.Algorithm == CRC64NVME:
		return fmt.Errorf("%w: composite %s", ErrParts, v.Algorithm)
	}
	for _, sum := range v.PartSums {
		if len(sum) != size {
			return fmt.Errorf("%w: %s of a part has %d bytes", ErrParts, v.Algorithm, len(sum))
		}
	}
	return nil
}

// Decode reads what is stored under [MetaKey], opened if it was sealed. The values alias b. Damage, and kinds that are not
// known, are ErrCorrupt.
func Decode(b []byte) ([]Value, error) {
	var values []Value
	for len(b) > 0 {
		v, rest, err := decodeOne(b)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		b = rest
	}
	return values, nil
}

func decodeOne(b []byte) (v Value, rest []byte, err error) {
	kind, b, err := takeUvarint(b)
	if err != nil {
		return v, nil, err
	}
	v.Algorithm = algorithmOf(kind)
	if v.Algorithm == None || kind&^uint64(kindKnown) != 0 {
		return v, nil, fmt.Errorf("%w: kind %#x", ErrCorrupt, kind)
	}
	v.Trailing = kind&kindTrailing != 0
	v.Type = FullObject
	if kind&kindMultipart != 0 && kind&kindFullObject == 0 && v.Algorithm != CRC64NVME {
		v.Type = Composite
	}
	size := v.Algorithm.Size()
	if v.Sum, b, err = take(b, size); err != nil {
		return v, nil, err
	}
	if kind&kindMultipart == 0 {
		if kind&kindPartSums != 0 {
			return v, nil, fmt.Errorf("%w: kind %#x has sums of parts and no number", ErrCorrupt, kind)
		}
		return v, b, nil
	}
	parts, b, err := takeUvarint(b)
	if err != nil {
		return v, nil, err
	}
	if parts > MaxParts {
		return v, nil, fmt.Errorf("%w: %d parts", ErrCorrupt, parts)
	}
	v.Parts = int(parts)
	if kind&kindPartSums == 0 || v.Parts == 0 {
		return v, b, nil
	}
	sums, b, err := take(b, v.Parts*size)
	if err != nil {
		return v, nil, err
	}
	v.PartSums = make([][]byte, v.Parts)
	for i := range v.PartSums {
		v.PartSums[i] = sums[i*size : (i+1)*size : (i+1)*size]
	}
	return v, b, nil
}

func takeUvarint(b []byte) (uint64, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, fmt.Errorf("%w: number is cut off or too large", ErrCorrupt)
	}
	return n, b[size:], nil
}

func take(b []byte, n int) (head, rest []byte, err error) {
	if len(b) < n {
		return nil, nil, fmt.Errorf("%w: %d bytes where %d belong", ErrCorrupt, len(b), n)
	}
	return b[:n:n], b[n:], nil
}
