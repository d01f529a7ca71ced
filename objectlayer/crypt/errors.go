package crypt

import (
	"errors"
	"fmt"
)

// What can go wrong. Callers tell these apart with errors.Is; everything else is the fault of a reader or of a key server
// and passed on as it came.
var (
	// ErrAccess means that the key at hand is not the one that seals the object: a wrong SSE-C key, or a key server that
	// does not recognise its own ciphertext for this name.
	ErrAccess = errors.New("key does not open this")
	// ErrCorrupt means that sealed bytes or their metadata are damaged, cut off or were tampered with.
	ErrCorrupt = errors.New("encrypted data is damaged")
	// ErrNoKMS means that a key server is needed and none is configured.
	ErrNoKMS = errors.New("no key management service is configured")
	// ErrKeyNotFound means that the key server has no key of that name.
	ErrKeyNotFound = errors.New("no such key in the key management service")
	// ErrNotEncrypted means that metadata has no sealed object key.
	ErrNotEncrypted = errors.New("object is not encrypted")
	// ErrNeedsClientKey means that the object was encrypted with SSE-C and the request has no key.
	ErrNeedsClientKey = errors.New("object needs the key of the client")
	// ErrClientAlgorithm means that a client asked for another SSE-C algorithm than AES256.
	ErrClientAlgorithm = errors.New("SSE-C algorithm is not AES256")
	// ErrClientKey means that a client sent something else than 32 bytes in base64 as its key.
	ErrClientKey = errors.New("SSE-C key is not 32 bytes in base64")
	// ErrClientKeyMD5 means that the digest a client sent with its key does not belong to it.
	ErrClientKeyMD5 = errors.New("SSE-C key and its MD5 differ")
	// ErrContext means that an encryption context is not a JSON object of strings in base64.
	ErrContext = errors.New("encryption context is not a JSON object of strings in base64")
	// ErrRange means that a range does not lie inside the plaintext.
	ErrRange = errors.New("range outside the plaintext")
	// ErrTooLarge means that a stream would need more packages than DARE can number (256 TiB).
	ErrTooLarge = errors.New("too large for one encrypted stream")
)

// errInauthentic is the ErrCorrupt of bytes that have the right form and a wrong tag: they, or the key, are not the right
// ones.
var errInauthentic = fmt.Errorf("%w: not authentic", ErrCorrupt)
