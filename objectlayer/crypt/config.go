package crypt

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"unicode/utf8"
)

// Layout of a configuration object sealed with a KMS:
//
//	01 | LE32 h | h bytes JSON header | fragments
const (
	configVersion = 0x01
	configPrefix  = 1 + 4
)

// systemBucket is where configuration objects are stored.
const systemBucket = ".minio.sys"

// Credentials are those of the root user.
type Credentials struct{ AccessKey, SecretKey string }

func (c Credentials) password() string { return c.AccessKey + ":" + c.SecretKey }

// Format implements fmt.Formatter and never shows the secret key.
func (c Credentials) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.AccessKey, ":", secret) }

// LogValue implements slog.LogValuer and never shows the secret key.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.AccessKey + ":" + secret) }

// configHeader says how the fragments of a configuration object are sealed.
type configHeader struct {
	KeyID     string `json:"keyid"`
	DataKey   []byte `json:"kmskey"`
	Algorithm string `json:"algorithm"`
	Nonce     []byte `json:"nonce"`
}

// SealConfig returns a configuration object as it is stored: as it is without a KMS, else sealed with a fresh data key.
// object is its path in the system bucket, such as "config/iam/format.json", and is bound to it.
func SealConfig(ctx context.Context, kms KMS, object string, plain []byte) ([]byte, error) {
	if kms == nil {
		return plain, nil
	}
	data, err := kms.Generate(ctx, "", configContext(object))
	if err != nil {
		return nil, fmt.Errorf("make data key for %s: %w", object, err)
	}
	header := configHeader{
		KeyID:     data.KeyID,
		DataKey:   data.Sealed,
		Algorithm: preferredFragments(),
		Nonce:     make([]byte, fragmentNonceSize),
	}
	rand.Read(header.Nonce)
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	sealed := append(make([]byte, 0, configPrefix+len(text)+len(plain)+tagSize), configVersion)
	sealed = binary.LittleEndian.AppendUint32(sealed, uint32(len(text)))
	sealed = append(sealed, text...)
	return appendFragments(sealed, header.Algorithm, data.Plain, header.Nonce, plain)
}

// OpenConfig returns the plaintext of a configuration object in any form it may be found in:
//
//   - plain: what is valid UTF-8;
//   - sealed with a KMS: what has the header of that form;
//   - sealed with the root credentials (before 2021): anything else.
//
// A salt does not parse as a header, so that the two sealed forms are told apart without trying a password, which is
// expensive. Without a KMS, or with zero root credentials, what needs them is ErrNoKMS or ErrAccess.
func OpenConfig(ctx context.Context, kms KMS, root Credentials, object string, stored []byte) ([]byte, error) {
	if utf8.Valid(stored) {
		return stored, nil
	}
	header, fragments, err := parseConfig(stored)
	if err == nil {
		return openKMSConfig(ctx, kms, object, header, fragments)
	}
	if !hasPasswordForm(stored) {
		return nil, fmt.Errorf("%s: %w", object, err)
	}
	if root == (Credentials{}) {
		return nil, fmt.Errorf("%s: %w: it is sealed with root credentials and there are none", object, ErrAccess)
	}
	plain, err := OpenPassword(root.password(), stored)
	if err != nil {
		return nil, fmt.Errorf("open %s with root credentials: %w", object, err)
	}
	return plain, nil
}

func openKMSConfig(ctx context.Context, kms KMS, object string, h configHeader, fragments []byte) ([]byte, error) {
	if kms == nil {
		return nil, fmt.Errorf("%s is sealed with key %q: %w", object, h.KeyID, ErrNoKMS)
	}
	key, err := kms.Decrypt(ctx, h.KeyID, h.DataKey, configContext(object))
	if errors.Is(err, ErrAccess) {
		key, err = kms.Decrypt(ctx, h.KeyID, h.DataKey, oldConfigContext(object))
	}
	if err != nil {
		return nil, fmt.Errorf("open data key of %s: %w", object, err)
	}
	plain, err := openFragments(h.Algorithm, key, h.Nonce, fragments)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", object, err)
	}
	return plain, nil
}

// parseConfig splits what a KMS sealed.
func parseConfig(b []byte) (h configHeader, fragments []byte, err error) {
	if len(b) < configPrefix || b[0] != configVersion {
		return h, nil, fmt.Errorf("%w: not a sealed configuration object", ErrCorrupt)
	}
	size := binary.LittleEndian.Uint32(b[1:])
	rest := b[configPrefix:]
	if uint64(size) > uint64(len(rest)) {
		return h, nil, fmt.Errorf("%w: header of %d bytes in %d", ErrCorrupt, size, len(rest))
	}
	if err := json.Unmarshal(rest[:size], &h); err != nil {
		return h, nil, fmt.Errorf("%w: header of a sealed configuration object: %w", ErrCorrupt, err)
	}
	return h, rest[size:], nil
}

func configContext(object string) Context {
	return Context{systemBucket: path.Join(systemBucket, object)}
}

// oldConfigContext is what older releases used.
func oldConfigContext(object string) Context { return Context{systemBucket: object} }
