package crypt

import (
	"context"
	"encoding/base64"
	"encoding/json"
)

// KMS is a key management service: it keeps master keys and makes data keys that only it can open again. Implementations
// are safe for concurrent use.
type KMS interface {
	// KeyID returns the name of the default key.
	KeyID() string
	// Generate makes a data key under the named master key, the default one when keyID is empty. The context is bound to
	// it: Decrypt needs the same. An unknown key is ErrKeyNotFound.
	Generate(ctx context.Context, keyID string, kc Context) (DataKey, error)
	// Decrypt returns the plaintext of a data key that Generate sealed. An unknown key is ErrKeyNotFound; a ciphertext that
	// was not made by this key for this context is ErrAccess, one that cannot be a ciphertext at all ErrCorrupt.
	Decrypt(ctx context.Context, keyID string, sealed []byte, kc Context) (Key, error)
}

// DataKey is a key made by a KMS, in plain and as the KMS alone can open it.
type DataKey struct {
	KeyID  string // the master key, never empty
	Plain  Key
	Sealed []byte // owned by the receiver
}

// Context is what a data key is bound to: names and values that are not secret.
type Context map[string]string

// Canonical returns the one JSON text of the context: names sorted, no white space, strings escaped as encoding/json does
// by default (also <, >, &, U+2028 and U+2029). The nil context is {}.
func (c Context) Canonical() []byte {
	if len(c) == 0 {
		return []byte("{}")
	}
	text, err := json.Marshal(map[string]string(c))
	if err != nil {
		panic("crypt: map of strings does not marshal: " + err.Error())
	}
	return text
}

// ParseContext reads a context as clients send it (x-amz-server-side-encryption-context) and as it is stored: a JSON object
// of strings, in base64. Anything else is ErrContext.
func ParseContext(text string) (Context, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrContext
	}
	var c Context
	if err := json.Unmarshal(raw, &c); err != nil || c == nil {
		return nil, ErrContext
	}
	return c, nil
}

// String returns the context as clients send it: the reverse of [ParseContext].
func (c Context) String() string { return base64.StdEncoding.EncodeToString(c.Canonical()) }
