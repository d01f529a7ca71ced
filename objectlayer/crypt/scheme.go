package crypt

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
)

// Scheme is where the key comes from that seals an object key.
type Scheme uint8

// The schemes of S3. None is the zero value: not encrypted.
const (
	None   Scheme = iota
	SSEC          // the client sends it
	SSES3         // data key of the KMS under its default key
	SSEKMS        // data key of the KMS under a named key, with a context
)

// String returns the name of the scheme, which is also its domain in the derivation of sealing keys.
func (s Scheme) String() string {
	switch s {
	case SSEC:
		return "SSE-C"
	case SSES3:
		return "SSE-S3"
	case SSEKMS:
		return "SSE-KMS"
	default:
		return "none"
	}
}

// ParseClientKey checks the three values a client sends with SSE-C
// (x-amz-server-side-encryption-customer-algorithm, -key and -key-md5, or their copy-source forms) and returns the key.
// What is wrong with them is ErrClientAlgorithm, ErrClientKey or ErrClientKeyMD5.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html.
func ParseClientKey(algorithm, key, keyMD5 string) (Key, error) {
	if algorithm != "AES256" {
		return Key{}, ErrClientAlgorithm
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != KeySize {
		return Key{}, ErrClientKey
	}
	digest := md5.Sum(raw)
	want := base64.StdEncoding.EncodeToString(digest[:])
	if subtle.ConstantTimeCompare([]byte(want), []byte(keyMD5)) != 1 {
		return Key{}, ErrClientKeyMD5
	}
	return Key(raw), nil
}
