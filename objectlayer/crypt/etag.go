package crypt

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// sealedETagDigits is the length of a sealed etag: one package with an MD5 in it, in hexadecimal.
const sealedETagDigits = 2 * (md5.Size + overhead)

// PlainETag returns the 16 bytes to be sealed as etag of an object stored in one piece. With SSE-C and SSE-KMS the MD5 would
// tell something of the data, so it is used only if the client announced it itself (Content-MD5), and is random otherwise.
func PlainETag(s Scheme, sum [md5.Size]byte, announced bool) [md5.Size]byte {
	if s == SSES3 || announced {
		return sum
	}
	rand.Read(sum[:])
	return sum
}

// SealETag returns the etag as it is stored.
func (k ObjectKey) SealETag(etag [md5.Size]byte) (string, error) {
	sealed, err := sealBlob(k.derive([]byte("SSE-etag")), etag[:])
	return hex.EncodeToString(sealed), err
}

// OpenETag returns the 32 digits of a stored etag that is sealed. One that is not ErrCorrupt.
func (k ObjectKey) OpenETag(stored string) (string, error) {
	sealed, err := hex.DecodeString(stored)
	if err != nil || len(stored) != sealedETagDigits {
		return "", fmt.Errorf("%w: etag of %d characters", ErrCorrupt, len(stored))
	}
	etag, err := openBlob(k.derive([]byte("SSE-etag")), sealed)
	if err != nil {
		return "", fmt.Errorf("open etag: %w", err)
	}
	return hex.EncodeToString(etag), nil
}

// VisibleETag returns the etag clients see, of an object or of a part: for SSE-S3 the sealed one, opened; for SSE-C and
// SSE-KMS the last 32 digits as stored; one that is not sealed, such as that of a multipart object, as it is. Only an etag
// for which [ETagNeedsKey] is true needs the key; for others it may be the zero value.
func VisibleETag(s Scheme, stored string, key ObjectKey) (string, error) {
	switch {
	case !etagSealed(stored):
		return stored, nil
	case s == SSES3:
		return key.OpenETag(stored)
	default:
		return stored[len(stored)-2*md5.Size:], nil
	}
}

// ETagNeedsKey reports whether the object key is needed to tell the etag clients see.
func ETagNeedsKey(s Scheme, stored string) bool { return s == SSES3 && etagSealed(stored) }

// etagSealed tells a sealed etag by its length: others have 32 digits, perhaps followed by a dash and the number of parts.
func etagSealed(stored string) bool {
	return len(stored) == sealedETagDigits && !strings.Contains(stored, "-")
}
