package crypt

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20"
)

// Layout of a ciphertext of the built-in KMS: the sealed data key, then these.
const (
	staticIVSize    = 16
	staticNonceSize = 12
	staticTailSize  = staticIVSize + staticNonceSize
)

// StaticKMS is the built-in KMS: one master key, given by the operator (MINIO_KMS_SECRET_KEY). A data key is sealed with
// AES-256-GCM under HMAC-SHA-256(master key, iv), with the canonical context as associated data:
//
//	48 bytes sealed key with tag | 16 bytes iv | 12 bytes nonce
type StaticKMS struct {
	id     string
	master Key
}

var _ KMS = (*StaticKMS)(nil)

// NewStaticKMS returns the KMS with that one key. The name must not be empty.
func NewStaticKMS(id string, master Key) (*StaticKMS, error) {
	if id == "" {
		return nil, errors.New("the master key has no name")
	}
	return &StaticKMS{id: id, master: master}, nil
}

// ParseStaticKMS reads the form operators write: the name of the key, a colon, and 32 bytes in base64. White space around it
// is ignored, because it often comes from a file. Errors do not repeat the text.
func ParseStaticKMS(text string) (*StaticKMS, error) {
	id, encoded, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok {
		return nil, errors.New("master key is not of the form <name>:<base64>")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != KeySize {
		return nil, fmt.Errorf("master key %q is not 32 bytes in base64", id)
	}
	return NewStaticKMS(id, Key(raw))
}

// KeyID implements KMS.
func (k *StaticKMS) KeyID() string { return k.id }

// Generate implements KMS.
func (k *StaticKMS) Generate(_ context.Context, keyID string, kc Context) (DataKey, error) {
	if err := k.mustKnow(keyID); err != nil {
		return DataKey{}, err
	}
	data := DataKey{KeyID: k.id}
	var tail [staticTailSize]byte
	rand.Read(data.Plain[:])
	rand.Read(tail[:])
	aead, err := newAEAD(suiteAES, k.master.derive(tail[:staticIVSize]))
	if err != nil {
		return DataKey{}, err
	}
	sealed := aead.Seal(nil, tail[staticIVSize:], data.Plain[:], kc.Canonical())
	data.Sealed = append(sealed, tail[:]...)
	return data, nil
}

// Decrypt implements KMS. It also reads the JSON form of older releases.
func (k *StaticKMS) Decrypt(_ context.Context, keyID string, sealed []byte, kc Context) (Key, error) {
	if err := k.mustKnow(keyID); err != nil {
		return Key{}, err
	}
	c, err := parseStaticCiphertext(sealed)
	if err != nil {
		return Key{}, err
	}
	suite, wrap := byte(suiteAES), k.master.derive(c.iv)
	if c.chacha {
		derived, err := chacha20.HChaCha20(k.master[:], c.iv)
		if err != nil {
			return Key{}, err
		}
		suite, wrap = suiteChaCha, Key(derived)
	}
	aead, err := newAEAD(suite, wrap)
	if err != nil {
		return Key{}, err
	}
	plain, err := aead.Open(nil, c.nonce, c.sealed, kc.Canonical())
	if err != nil {
		return Key{}, fmt.Errorf("%w: data key was not made by %q for this name", ErrAccess, k.id)
	}
	return Key(plain), nil
}

func (k *StaticKMS) mustKnow(keyID string) error {
	if keyID != "" && keyID != k.id {
		return fmt.Errorf("%w: %q", ErrKeyNotFound, keyID)
	}
	return nil
}

// staticCiphertext is a sealed data key taken apart; its lengths have been checked.
type staticCiphertext struct {
	sealed []byte // KeySize and a tag
	iv     []byte
	nonce  []byte
	chacha bool // sealed with ChaCha20-Poly1305 under HChaCha20(master key, iv)
}

// parseStaticCiphertext reads both forms. A binary ciphertext may begin with a brace by chance, so the JSON form is one that
// also ends in a brace and parses.
func parseStaticCiphertext(b []byte) (staticCiphertext, error) {
	if n := len(b); n > 1 && b[0] == '{' && b[n-1] == '}' {
		if c, ok := parseLegacyCiphertext(b); ok {
			return c.check()
		}
	}
	cut := len(b) - staticTailSize
	if cut < 0 {
		return staticCiphertext{}, fmt.Errorf("%w: data key of %d bytes", ErrCorrupt, len(b))
	}
	c := staticCiphertext{sealed: b[:cut], iv: b[cut : cut+staticIVSize], nonce: b[cut+staticIVSize:]}
	return c.check()
}

func parseLegacyCiphertext(b []byte) (staticCiphertext, bool) {
	var doc struct {
		AEAD  string `json:"aead"`
		IV    []byte `json:"iv"`
		Nonce []byte `json:"nonce"`
		Bytes []byte `json:"bytes"`
	}
	if json.Unmarshal(b, &doc) != nil {
		return staticCiphertext{}, false
	}
	c := staticCiphertext{sealed: doc.Bytes, iv: doc.IV, nonce: doc.Nonce}
	switch doc.AEAD {
	case "AES-256-GCM-HMAC-SHA-256":
		return c, true
	case "ChaCha20Poly1305":
		c.chacha = true
		return c, true
	default:
		return staticCiphertext{}, false
	}
}

func (c staticCiphertext) check() (staticCiphertext, error) {
	if len(c.sealed) != KeySize+tagSize || len(c.iv) != staticIVSize || len(c.nonce) != staticNonceSize {
		return staticCiphertext{}, fmt.Errorf("%w: data key with %d sealed bytes, iv of %d, nonce of %d",
			ErrCorrupt, len(c.sealed), len(c.iv), len(c.nonce))
	}
	return c, nil
}
