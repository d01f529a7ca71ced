package crypt

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
)

// KeySize is the length of every key in bytes.
const KeySize = 32

// Key is secret key material: of a client, of a data key, of one stream. It prints and logs as a placeholder.
type Key [KeySize]byte

const secret = "[secret]"

// Format implements fmt.Formatter and never shows the key.
func (Key) Format(s fmt.State, _ rune) { io.WriteString(s, secret) }

// LogValue implements slog.LogValuer and never shows the key.
func (Key) LogValue() slog.Value { return slog.StringValue(secret) }

// MarshalText implements encoding.TextMarshaler and never shows the key.
func (Key) MarshalText() ([]byte, error) { return []byte(secret), nil }

// derive returns HMAC-SHA-256 of the parts, one after the other, under k.
func (k Key) derive(parts ...[]byte) Key {
	mac := hmac.New(sha256.New, k[:])
	for _, p := range parts {
		mac.Write(p)
	}
	return Key(mac.Sum(nil))
}

// ObjectKey is the key of one object version. The embedded Key encrypts the data of an object that was stored in one piece.
type ObjectKey struct{ Key }

// newObjectKey returns a fresh random key. The external key is mixed in, so that a weak random source alone does not give
// it away.
func newObjectKey(external Key) ObjectKey {
	var random [32]byte
	rand.Read(random[:])
	return ObjectKey{external.derive([]byte("object-encryption-key generation"), random[:])}
}

// Part returns the key of the stream of one part of a multipart object.
func (k ObjectKey) Part(number int) Key {
	var le [4]byte
	binary.LittleEndian.PutUint32(le[:], uint32(number))
	return k.derive(le[:])
}
