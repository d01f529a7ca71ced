package sigv4

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/minio/crc64nvme"
)

// A checksum is one of the sums S3 lets a client send behind a body, so that it
// need not read its data twice.
type checksum struct {
	name string // of the trailing header, in lower case
	hash hash.Hash
	seen bool
}

// newChecksum returns the checksum whose trailing header has this lower-case
// name. All are written in base64; the CRCs most significant byte first.
func newChecksum(name string) (*checksum, bool) {
	algorithm, ok := strings.CutPrefix(name, "x-amz-checksum-")
	if !ok {
		return nil, false
	}
	var h hash.Hash
	switch algorithm {
	case "crc32":
		h = crc32.NewIEEE()
	case "crc32c":
		h = crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "crc64nvme":
		h = crc64nvme.New()
	case "sha1":
		h = sha1.New()
	case "sha256":
		h = sha256.New()
	default:
		return nil, false
	}
	return &checksum{name: name, hash: h}, true
}

func (c *checksum) String() string {
	return base64.StdEncoding.EncodeToString(c.hash.Sum(nil))
}
