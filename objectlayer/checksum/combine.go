package checksum

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/minio/crc64nvme"
)

// crcField is the arithmetic behind a CRC: polynomials over GF(2) modulo that of the CRC. They are held as the CRC itself
// holds them, reflected: the highest of the width bits is the coefficient of x^0, so that a shift to the right multiplies by
// x. Polynomials of 32 bits are held in the low half.
type crcField struct {
	one  uint64 // the polynomial 1: the highest bit
	poly uint64 // the modulus without its leading term
}

// fieldOf returns the field of a CRC; ok is false for algorithms that are none.
func fieldOf(a Algorithm) (f crcField, ok bool) {
	switch a {
	case CRC32:
		return crcField{one: 1 << 31, poly: crc32.IEEE}, true
	case CRC32C:
		return crcField{one: 1 << 31, poly: crc32.Castagnoli}, true
	case CRC64NVME:
		return crcField{one: 1 << 63, poly: crc64nvme.NVME}, true
	default:
		return crcField{}, false
	}
}

// times returns a*b.
func (f crcField) times(a, b uint64) (product uint64) {
	for term := f.one; term != 0; term >>= 1 {
		if a&term != 0 {
			product ^= b
		}
		carry := b & 1
		b >>= 1
		if carry != 0 {
			b ^= f.poly
		}
	}
	return product
}

// shift returns x^(8n): what a CRC is multiplied by when n bytes follow.
func (f crcField) shift(n int64) uint64 {
	power := f.one
	for square := f.one >> 8; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = f.times(power, square)
		}
		square = f.times(square, square)
	}
	return power
}

// Part is the checksum of one part, and the length of what it was taken over.
type Part struct {
	Sum  []byte
	Size int64
}

// Combine returns the checksum of the parts one after the other, from theirs: crc(A|B) = crc(A) * x^(8 len B) + crc(B). This
// holds for all CRCs here because they begin with all ones and end inverted alike. Other algorithms are ErrType; sums of the
// wrong length, negative sizes and no parts at all are ErrParts.
func Combine(a Algorithm, parts []Part) ([]byte, error) {
	field, ok := fieldOf(a)
	if !ok {
		return nil, fmt.Errorf("%w: %s cannot be combined", ErrType, a)
	}
	if err := checkParts(a, parts); err != nil {
		return nil, err
	}
	// Nearly all parts of an object are of one size.
	var crc uint64
	size, shift := int64(0), field.one
	for _, part := range parts {
		if part.Size < 0 {
			return nil, fmt.Errorf("%w: part of %d bytes", ErrParts, part.Size)
		}
		if part.Size != size {
			size, shift = part.Size, field.shift(part.Size)
		}
		crc = field.times(crc, shift) ^ loadCRC(part.Sum)
	}
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], crc)
	return append([]byte(nil), sum[8-a.Size():]...), nil
}

// loadCRC reads a CRC of 4 or 8 bytes, big endian.
func loadCRC(sum []byte) (crc uint64) {
	for _, b := range sum {
		crc = crc<<8 | uint64(b)
	}
	return crc
}

// composite returns the checksum of the parts' checksums one after the other.
func composite(a Algorithm, parts []Part) []byte {
	h := a.New()
	for _, part := range parts {
		h.Write(part.Sum)
	}
	return h.Sum(nil)
}

// Assemble returns the checksum of an object that is completed from parts, which must be in order. Type and algorithm are
// those of the upload, see [Algorithm.MultipartType].
func Assemble(a Algorithm, t Type, parts []Part) (Value, error) {
	t, err := a.MultipartType(t)
	if err != nil {
		return Value{}, err
	}
	if err := checkParts(a, parts); err != nil {
		return Value{}, err
	}
	v := Value{Algorithm: a, Type: t, Parts: len(parts)}
	if t == FullObject {
		v.Sum, err = Combine(a, parts)
	} else {
		v.Sum = composite(a, parts)
	}
	for _, part := range parts {
		v.PartSums = append(v.PartSums, part.Sum)
	}
	return v, err
}

func checkParts(a Algorithm, parts []Part) error {
	if len(parts) == 0 {
		return fmt.Errorf("%w: there are none", ErrParts)
	}
	for i, part := range parts {
		if len(part.Sum) != a.Size() {
			return fmt.Errorf("%w: %s of %d bytes for part %d of %d", ErrParts, a, len(part.Sum), i+1, len(parts))
		}
	}
	return nil
}
