package crypt

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
)

// Names of the metadata entries of an encrypted object, exactly as they are stored. They belong to the internal metadata of
// a version. Reading ignores case.
const (
	metaPrefix    = "X-Minio-Internal-Server-Side-Encryption-"
	metaAlgorithm = metaPrefix + "Seal-Algorithm"
	metaIV        = metaPrefix + "Iv"
	metaSealedC   = metaPrefix + "Sealed-Key"
	metaSealedS3  = metaPrefix + "S3-Sealed-Key"
	metaSealedKMS = metaPrefix + "Kms-Sealed-Key"
	metaKeyID     = metaPrefix + "S3-Kms-Key-Id"
	metaDataKey   = metaPrefix + "S3-Kms-Sealed-Key"
	metaContext   = metaPrefix + "Context"
	metaMultipart = "X-Minio-Internal-Encrypted-Multipart"
)

// Values of metaAlgorithm.
const (
	algorithmHMAC   = "DAREv2-HMAC-SHA256"
	algorithmSHA256 = "DARE-SHA256" // SSE-C before 2019; only read
)

const ivSize = 32

// sealedEntry returns the name of the entry that holds the sealed object key. Which one is there tells the scheme.
func (s Scheme) sealedEntry() string {
	switch s {
	case SSEC:
		return metaSealedC
	case SSES3:
		return metaSealedS3
	case SSEKMS:
		return metaSealedKMS
	default:
		return ""
	}
}

// SchemeOf returns how the object with this internal metadata is encrypted.
func SchemeOf(meta map[string][]byte) Scheme {
	for _, s := range []Scheme{SSES3, SSEKMS, SSEC} {
		if _, ok := lookup(meta, s.sealedEntry()); ok {
			return s
		}
	}
	return None
}

// IsMultipart reports whether each part of the object is a stream of its own, under [ObjectKey.Part].
func IsMultipart(meta map[string][]byte) bool {
	_, ok := lookup(meta, metaMultipart)
	return ok
}

// Strip removes all entries of encryption from meta.
func Strip(meta map[string][]byte) {
	maps.DeleteFunc(meta, func(name string, _ []byte) bool {
		return hasPrefixFold(name, metaPrefix) || strings.EqualFold(name, metaMultipart)
	})
}

// Info is what may be told about the encryption of an object without opening it.
type Info struct {
	Scheme    Scheme
	KeyID     string  // SSES3, SSEKMS: the master key
	Context   Context // SSEKMS: as the client sent it, nil if it sent none
	Multipart bool
}

// Describe returns what meta says of the encryption. Without encryption it is the zero Info.
func Describe(meta map[string][]byte) (Info, error) {
	info := Info{Scheme: SchemeOf(meta), Multipart: IsMultipart(meta)}
	if info.Scheme != SSES3 && info.Scheme != SSEKMS {
		return info, nil
	}
	info.KeyID = textEntry(meta, metaKeyID)
	context, err := contextEntry(meta, info.Scheme)
	info.Context = context
	return info, err
}

// record is the sealed object key as metadata holds it.
type record struct {
	scheme    Scheme
	algorithm string
	iv        []byte // 32 bytes
	sealed    []byte // 64 bytes: the object key, sealed
	multipart bool

	// SSES3 and SSEKMS only.
	keyID   string
	dataKey []byte // ciphertext of the KMS
	context Context
}

// entries returns the metadata of r.
func (r record) entries() map[string][]byte {
	meta := map[string][]byte{
		metaAlgorithm:          []byte(r.algorithm),
		metaIV:                 encode(r.iv),
		r.scheme.sealedEntry(): encode(r.sealed),
	}
	if r.scheme != SSEC {
		meta[metaKeyID] = []byte(r.keyID)
		meta[metaDataKey] = encode(r.dataKey)
	}
	if r.scheme == SSEKMS && r.context != nil {
		meta[metaContext] = []byte(r.context.String())
	}
	if r.multipart {
		meta[metaMultipart] = []byte{}
	}
	return meta
}

// parseRecord is the reverse of entries.
func parseRecord(meta map[string][]byte) (record, error) {
	r := record{
		scheme:    SchemeOf(meta),
		algorithm: textEntry(meta, metaAlgorithm),
		multipart: IsMultipart(meta),
	}
	if r.scheme == None {
		return record{}, ErrNotEncrypted
	}
	if r.algorithm != algorithmHMAC && (r.algorithm != algorithmSHA256 || r.scheme != SSEC) {
		return record{}, fmt.Errorf("%w: %s with sealing algorithm %q", ErrCorrupt, r.scheme, r.algorithm)
	}
	var err error
	if r.iv, err = binaryEntry(meta, metaIV, ivSize); err != nil {
		return record{}, err
	}
	if r.sealed, err = binaryEntry(meta, r.scheme.sealedEntry(), KeySize+overhead); err != nil {
		return record{}, err
	}
	if r.scheme == SSEC {
		return r, nil
	}
	r.keyID = textEntry(meta, metaKeyID)
	if r.dataKey, err = binaryEntry(meta, metaDataKey, -1); err != nil {
		return record{}, err
	}
	if r.context, err = contextEntry(meta, r.scheme); err != nil {
		return record{}, err
	}
	return r, nil
}

func contextEntry(meta map[string][]byte, s Scheme) (Context, error) {
	text, ok := lookup(meta, metaContext)
	if !ok || s != SSEKMS {
		return nil, nil
	}
	c, err := ParseContext(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w: stored context: %w", ErrCorrupt, err)
	}
	return c, nil
}

func textEntry(meta map[string][]byte, name string) string {
	value, _ := lookup(meta, name)
	return string(value)
}

// binaryEntry returns the bytes of a base64 entry, which must be there and of that size; a size of -1 takes any but none.
func binaryEntry(meta map[string][]byte, name string, size int) ([]byte, error) {
	text, _ := lookup(meta, name)
	value, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil || len(value) == 0 || size >= 0 && len(value) != size {
		return nil, fmt.Errorf("%w: metadata %s is missing or malformed", ErrCorrupt, name)
	}
	return value, nil
}

func encode(b []byte) []byte { return base64.StdEncoding.AppendEncode(nil, b) }

func lookup(meta map[string][]byte, name string) ([]byte, bool) {
	if value, ok := meta[name]; ok {
		return value, true
	}
	for k, value := range meta {
		if len(k) == len(name) && strings.EqualFold(k, name) {
			return value, true
		}
	}
	return nil, false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
