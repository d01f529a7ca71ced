package crypt

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path"
)

// Place is the name of an object as clients see it. It is part of how its key is sealed.
type Place struct{ Bucket, Key string }

func (p Place) path() string { return path.Join(p.Bucket, p.Key) }

// Method says how an object key is to be sealed.
type Method struct {
	Scheme    Scheme
	Multipart bool // mark the object as one of many streams

	ClientKey Key     // SSEC: the key of the client
	KeyID     string  // SSEKMS: the master key, empty for the default one
	Context   Context // SSEKMS: as the client sent it, nil if it sent none
}

// Seal makes the key of a new object and the metadata entries that hold it. The KMS may be nil for SSEC; otherwise that is
// ErrNoKMS.
func Seal(ctx context.Context, kms KMS, at Place, how Method) (ObjectKey, map[string][]byte, error) {
	r, external, err := newRecord(ctx, kms, at, how)
	if err != nil {
		return ObjectKey{}, nil, err
	}
	key := newObjectKey(external)
	if err := r.seal(key, external, at); err != nil {
		return ObjectKey{}, nil, err
	}
	return key, r.entries(), nil
}

// Reseal returns the metadata entries that hold an existing object key at another place or with another method: for a copy,
// a rename, or a change of keys, where the data stays as it is. The entries replace those of the source (see [Strip]).
func Reseal(ctx context.Context, kms KMS, key ObjectKey, at Place, how Method) (map[string][]byte, error) {
	r, external, err := newRecord(ctx, kms, at, how)
	if err != nil {
		return nil, err
	}
	if err := r.seal(key, external, at); err != nil {
		return nil, err
	}
	return r.entries(), nil
}

// Unseal returns the key of the object at that place. An SSE-C object needs the key of the client, which is ignored
// otherwise: nil is ErrNeedsClientKey and a wrong one ErrAccess. Metadata without encryption is ErrNotEncrypted.
func Unseal(ctx context.Context, kms KMS, at Place, meta map[string][]byte, clientKey *Key) (ObjectKey, error) {
	r, err := parseRecord(meta)
	if err != nil {
		return ObjectKey{}, err
	}
	if r.scheme == SSEC {
		if clientKey == nil {
			return ObjectKey{}, ErrNeedsClientKey
		}
		key, err := r.open(*clientKey, at)
		if errors.Is(err, errInauthentic) {
			return ObjectKey{}, fmt.Errorf("%w: object was encrypted with another key of the client", ErrAccess)
		}
		return key, err
	}
	if kms == nil {
		return ObjectKey{}, ErrNoKMS
	}
	external, err := kms.Decrypt(ctx, r.keyID, r.dataKey, r.kmsContext(at))
	if err != nil {
		return ObjectKey{}, fmt.Errorf("open data key of %s: %w", r.scheme, err)
	}
	return r.open(external, at)
}

// newRecord returns the record of a new sealing, but for the sealed key, and the external key to seal with.
func newRecord(ctx context.Context, kms KMS, at Place, how Method) (record, Key, error) {
	r := record{scheme: how.Scheme, algorithm: algorithmHMAC, iv: newIV(), multipart: how.Multipart}
	switch how.Scheme {
	case SSEC:
		return r, how.ClientKey, nil
	case SSEKMS:
		r.keyID, r.context = how.KeyID, how.Context
	case SSES3:
	default:
		return record{}, Key{}, ErrNotEncrypted
	}
	if kms == nil {
		return record{}, Key{}, ErrNoKMS
	}
	data, err := kms.Generate(ctx, r.keyID, r.kmsContext(at))
	if err != nil {
		return record{}, Key{}, fmt.Errorf("make data key for %s: %w", r.scheme, err)
	}
	r.keyID, r.dataKey = data.KeyID, data.Sealed
	return r, data.Plain, nil
}

func newIV() []byte {
	iv := make([]byte, ivSize)
	rand.Read(iv)
	return iv
}

// kmsContext is what the data key of an object is bound to: its place, and what the client added. A client that names the
// bucket itself keeps its value.
func (r record) kmsContext(at Place) Context {
	kc := Context{at.Bucket: at.path()}
	maps.Copy(kc, r.context)
	return kc
}

// sealingKey derives the key that seals the object key.
func (r record) sealingKey(external Key, at Place) Key {
	if r.algorithm == algorithmSHA256 {
		h := sha256.New()
		h.Write(external[:])
		h.Write(r.iv)
		return Key(h.Sum(nil))
	}
	return external.derive(r.iv, []byte(r.scheme.String()), []byte(algorithmHMAC), []byte(at.path()))
}

func (r *record) seal(key ObjectKey, external Key, at Place) (err error) {
	r.sealed, err = sealBlob(r.sealingKey(external, at), key.Key[:])
	return err
}

func (r record) open(external Key, at Place) (ObjectKey, error) {
	plain, err := openBlob(r.sealingKey(external, at), r.sealed)
	if err != nil {
		return ObjectKey{}, fmt.Errorf("open object key of %s: %w", r.scheme, err)
	}
	if len(plain) != KeySize {
		return ObjectKey{}, fmt.Errorf("%w: object key of %d bytes", ErrCorrupt, len(plain))
	}
	return ObjectKey{Key(plain)}, nil
}
