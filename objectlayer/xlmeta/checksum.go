package xlmeta

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// ChecksumType is one algorithm bit and any of the other bits, as stored with a
// checksum.
type ChecksumType uint32

// The algorithms.
const (
	SHA256    ChecksumType = 1 << 1
	SHA1      ChecksumType = 1 << 2
	CRC32     ChecksumType = 1 << 3 // IEEE, big endian
	CRC32C    ChecksumType = 1 << 4 // Castagnoli, big endian
	CRC64NVME ChecksumType = 1 << 8 // big endian

	algorithms = SHA256 | SHA1 | CRC32 | CRC32C | CRC64NVME
)

// What else a type says.
const (
	ChecksumTrailing   ChecksumType = 1 << 0 // came in a trailer; of no meaning to readers
	ChecksumMultipart  ChecksumType = 1 << 6 // of an object uploaded in parts
	ChecksumWithParts  ChecksumType = 1 << 7 // the checksums of the parts follow
	ChecksumFullObject ChecksumType = 1 << 9 // of the whole object although multipart

	checksumBits = algorithms | ChecksumTrailing | ChecksumMultipart | ChecksumWithParts | ChecksumFullObject
)

// checksumInvalid marks a value that was never meant to be stored.
const checksumInvalid ChecksumType = 1 << 5

// Algorithm gives t without anything but the algorithm.
func (t ChecksumType) Algorithm() ChecksumType { return t & algorithms }

// Size is the number of bytes of a checksum of type t, zero when t has not
// exactly one algorithm.
func (t ChecksumType) Size() int {
	switch t.Algorithm() {
	case SHA256:
		return 32
	case SHA1:
		return 20
	case CRC32, CRC32C:
		return 4
	case CRC64NVME:
		return 8
	}
	return 0
}

// String names the algorithm as in S3's ChecksumAlgorithm.
func (t ChecksumType) String() string {
	switch t.Algorithm() {
	case SHA256:
		return "SHA256"
	case SHA1:
		return "SHA1"
	case CRC32:
		return "CRC32"
	case CRC32C:
		return "CRC32C"
	case CRC64NVME:
		return "CRC64NVME"
	}
	return ""
}

// ParseChecksumAlgorithm is the reverse of [ChecksumType.String], zero for
// unknown names.
func ParseChecksumAlgorithm(name string) ChecksumType {
	for _, t := range []ChecksumType{CRC32, CRC32C, SHA1, SHA256, CRC64NVME} {
		if t.String() == name {
			return t
		}
	}
	return 0
}

// FullObject reports whether a checksum of type t is of the bytes of the whole
// object, rather than of the checksums of its parts: FULL_OBJECT and COMPOSITE
// in S3's ChecksumType. CRC64NVME always is.
func (t ChecksumType) FullObject() bool {
	return t&ChecksumMultipart == 0 || t&ChecksumFullObject != 0 || t.Algorithm() == CRC64NVME
}

// Mode gives S3's ChecksumType of t: "FULL_OBJECT" or "COMPOSITE".
func (t ChecksumType) Mode() string {
	if t.FullObject() {
		return "FULL_OBJECT"
	}
	return "COMPOSITE"
}

// Checksum is a checksum that a client sent with an object, or that was made of
// those of its parts. Checksums are the value of [KeyChecksum], one after the
// other.
type Checksum struct {
	Type      ChecksumType
	Value     []byte   // Type.Size() bytes
	PartCount int      // with ChecksumMultipart
	Parts     [][]byte // with ChecksumWithParts: PartCount times Type.Size() bytes
}

// DecodeChecksums reads a value of [KeyChecksum]. The result owns its bytes.
// The error is [ErrCorrupt], or [ErrUnsupported] for unknown types.
func DecodeChecksums(b []byte) ([]Checksum, error) {
	b = slices.Clone(b)
	var all []Checksum
	for len(b) > 0 {
		c, rest, err := decodeChecksum(b)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		b = rest
	}
	return all, nil
}

func decodeChecksum(b []byte) (c Checksum, rest []byte, err error) {
	t, b, ok := cutUvarint(b)
	c.Type = ChecksumType(t)
	switch {
	case !ok:
		return c, nil, corruptf("checksum: no type")
	case t&^uint64(checksumBits|checksumInvalid) != 0:
		return c, nil, unsupportedf("checksum type %#x", t)
	case c.Type&checksumInvalid != 0 || bits.OnesCount32(uint32(c.Type.Algorithm())) != 1:
		return c, nil, corruptf("checksum type %#x", t)
	case c.Type&(ChecksumWithParts|ChecksumMultipart) == ChecksumWithParts:
		return c, nil, corruptf("checksum type %#x: parts without multipart", t)
	}
	size := c.Type.Size()
	if len(b) < size {
		return c, nil, corruptf("%v checksum of %d bytes", c.Type, len(b))
	}
	c.Value, b = b[:size:size], b[size:]
	if c.Type&ChecksumMultipart == 0 {
		return c, b, nil
	}
	count, b, ok := cutUvarint(b)
	if !ok || count > maxParts {
		return c, nil, corruptf("%v checksum of %d parts", c.Type, count)
	}
	c.PartCount = int(count)
	if c.Type&ChecksumWithParts == 0 {
		return c, b, nil
	}
	if c.PartCount*size > len(b) {
		return c, nil, corruptf("%v checksums of %d parts in %d bytes", c.Type, count, len(b))
	}
	c.Parts = make([][]byte, c.PartCount)
	for i := range c.Parts {
		c.Parts[i], b = b[:size:size], b[size:]
	}
	return c, b, nil
}

// maxParts is the most parts an object can have, by the S3 quotas.
const maxParts = 10000

func cutUvarint(b []byte) (v uint64, rest []byte, ok bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

// Append writes c behind dst. The lengths of its parts must fit its type.
func (c *Checksum) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(c.Type))
	dst = append(dst, c.Value...)
	if c.Type&ChecksumMultipart == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(c.PartCount))
	if c.Type&ChecksumWithParts != 0 {
		for _, part := range c.Parts {
			dst = append(dst, part...)
		}
	}
	return dst
}
