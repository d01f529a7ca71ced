package objectlayertest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strconv"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// nvme is the polynomial of CRC-64/NVME, bit-reversed (NVM Express base specification, "64b CRC").
const nvme = 0x9a6c9329ac4bc9b5

// newHash returns the hash of a checksum algorithm, nil when there is none of that name.
func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "CRC32":
		return crc32.NewIEEE()
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(nvme))
	case "SHA1":
		return sha1.New()
	case "SHA256":
		return sha256.New()
	}
	return nil
}

// ChecksumOf returns the checksum of data.
func ChecksumOf(algorithm string, data []byte) objectlayer.Checksum {
	h := newHash(algorithm)
	h.Write(data)
	return objectlayer.Checksum{Algorithm: algorithm, Value: base64.StdEncoding.EncodeToString(h.Sum(nil))}
}

// composite returns the checksum of the parts' checksums.
func composite(algorithm string, parts []objectlayer.PartInfo) objectlayer.Checksum {
	h := newHash(algorithm)
	for _, p := range parts {
		raw, err := base64.StdEncoding.DecodeString(p.Checksum.Value)
		if err != nil {
			panic(fmt.Sprintf("objectlayertest: checksum of part %d: %v", p.Number, err)) // we made it ourselves
		}
		h.Write(raw)
	}
	value := base64.StdEncoding.EncodeToString(h.Sum(nil)) + "-" + strconv.Itoa(len(parts))
	return objectlayer.Checksum{Algorithm: algorithm, Value: value, Composite: true}
}

// etagOf returns the entity tag of a plain object.
func etagOf(data []byte) objectlayer.ETag {
	sum := md5.Sum(data)
	return objectlayer.ETag(hex.EncodeToString(sum[:]))
}

// etagOfParts returns the entity tag of a completed upload.
func etagOfParts(parts []objectlayer.PartInfo) objectlayer.ETag {
	h := md5.New()
	for _, p := range parts {
		raw, err := hex.DecodeString(string(p.ETag))
		if err != nil {
			panic(fmt.Sprintf("objectlayertest: entity tag of part %d: %v", p.Number, err)) // we made it ourselves
		}
		h.Write(raw)
	}
	return objectlayer.ETag(hex.EncodeToString(h.Sum(nil)) + "-" + strconv.Itoa(len(parts)))
}
