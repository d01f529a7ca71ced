package checksum

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/minio/crc64nvme"
)

// Algorithm is a way to compute a checksum. The zero value is none.
type Algorithm uint8

// The algorithms of S3.
const (
	None      Algorithm = iota
	CRC32               // IEEE 802.3
	CRC32C              // Castagnoli
	CRC64NVME           // of the NVM Express specification
	SHA1
	SHA256
)

// headerPrefix begins the names of all headers of checksums.
const headerPrefix = "x-amz-checksum-"

// Algorithms returns all of them.
func Algorithms() []Algorithm { return []Algorithm{CRC32, CRC32C, CRC64NVME, SHA1, SHA256} }

// ParseAlgorithm reads a name as in x-amz-checksum-algorithm, in any case. Others are ErrAlgorithm.
func ParseAlgorithm(name string) (Algorithm, error) {
	for _, a := range Algorithms() {
		if strings.EqualFold(name, a.String()) {
			return a, nil
		}
	}
	return None, fmt.Errorf("%w: %q", ErrAlgorithm, name)
}

// String returns the name as in x-amz-checksum-algorithm.
func (a Algorithm) String() string {
	switch a {
	case CRC32:
		return "CRC32"
	case CRC32C:
		return "CRC32C"
	case CRC64NVME:
		return "CRC64NVME"
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	default:
		return "none"
	}
}

// Header returns the name of the header or trailer that carries the checksum, in lower case.
func (a Algorithm) Header() string { return headerPrefix + strings.ToLower(a.String()) }

// Size returns the length of a checksum in bytes; 0 for None.
func (a Algorithm) Size() int {
	switch a {
	case CRC32, CRC32C:
		return crc32.Size
	case CRC64NVME:
		return crc64nvme.Size
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	default:
		return 0
	}
}

// New returns a hash to compute the checksum with; nil for None.
func (a Algorithm) New() hash.Hash {
	switch a {
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case CRC64NVME:
		return crc64nvme.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	default:
		return nil
	}
}

// Parse reads the text of a checksum: base64 of the right length. Anything else is ErrValue.
func (a Algorithm) Parse(text string) ([]byte, error) {
	sum, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(sum) != a.Size() || a == None {
		return nil, fmt.Errorf("%w: %q for %s", ErrValue, text, a)
	}
	return sum, nil
}

// Format returns the text of a checksum: the reverse of [Algorithm.Parse].
func Format(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }

// Type is what a checksum of an object is taken over. The zero value is not said.
type Type uint8

// The types of S3.
const (
	Unspecified Type = iota
	FullObject       // over the bytes of the object
	Composite        // over the checksums of its parts
)

// TypeHeader is the header with the type, in lower case.
const TypeHeader = headerPrefix + "type"

// ParseType reads a value of [TypeHeader]. Others are ErrType.
func ParseType(text string) (Type, error) {
	switch text {
	case "FULL_OBJECT":
		return FullObject, nil
	case "COMPOSITE":
		return Composite, nil
	default:
		return Unspecified, fmt.Errorf("%w: %q", ErrType, text)
	}
}

// String returns the value as in [TypeHeader]; empty for Unspecified.
func (t Type) String() string {
	switch t {
	case FullObject:
		return "FULL_OBJECT"
	case Composite:
		return "COMPOSITE"
	default:
		return ""
	}
}

// MultipartType returns the type of an upload in parts, where the client asked for t or said nothing. A type that does not
// go with the algorithm is ErrType.
func (a Algorithm) MultipartType(t Type) (Type, error) {
	usual, other := Composite, Unspecified
	switch a {
	case CRC32, CRC32C:
		other = FullObject
	case CRC64NVME:
		usual = FullObject
	case SHA1, SHA256:
	default:
		return Unspecified, fmt.Errorf("%w: %s", ErrAlgorithm, a)
	}
	switch t {
	case Unspecified, usual:
		return usual, nil
	case other:
		return other, nil
	default:
		return Unspecified, fmt.Errorf("%w: %s with %s", ErrType, t, a)
	}
}
