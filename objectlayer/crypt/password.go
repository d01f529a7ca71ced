package crypt

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Layout of what a password seals:
//
//	32 bytes salt | 1 byte method | 8 bytes nonce | fragments
const (
	saltSize       = 32
	passwordHeader = saltSize + 1 + fragmentNonceSize

	methodArgonAES    = 0
	methodArgonChaCha = 1
	methodPBKDF2AES   = 2
)

// Cost of deriving a key from a password. The figures are part of the format.
const (
	argonTime      = 1
	argonMemoryKiB = 64 << 10
	argonLanes     = 4
	pbkdf2Rounds   = 8192
)

// SealPassword seals plain with a password. Configuration was once stored like this, with the root credentials as password,
// and the administration API still sends secrets so, with the secret key of the caller. It takes 64 MiB of memory and tens
// of milliseconds.
func SealPassword(password string, plain []byte) ([]byte, error) {
	method := byte(methodArgonAES)
	if preferredSuite() == suiteChaCha {
		method = methodArgonChaCha
	}
	header := make([]byte, passwordHeader, passwordHeader+len(plain)+tagSize)
	rand.Read(header)
	header[saltSize] = method
	key, algorithm, err := passwordKey(method, password, header[:saltSize])
	if err != nil {
		return nil, err
	}
	return appendFragments(header, algorithm, key, header[saltSize+1:], plain)
}

// OpenPassword is the reverse of SealPassword. Another password, or damage, is ErrAccess; what cannot have been sealed with
// a password at all is ErrCorrupt. Cost as for SealPassword, whatever sealed says.
func OpenPassword(password string, sealed []byte) ([]byte, error) {
	if !hasPasswordForm(sealed) {
		return nil, fmt.Errorf("%w: not sealed with a password", ErrCorrupt)
	}
	key, algorithm, err := passwordKey(sealed[saltSize], password, sealed[:saltSize])
	if err != nil {
		return nil, err
	}
	plain, err := openFragments(algorithm, key, sealed[saltSize+1:passwordHeader], sealed[passwordHeader:])
	if errors.Is(err, errInauthentic) {
		return nil, fmt.Errorf("%w: wrong password, or damaged", ErrAccess)
	}
	return plain, err
}

// hasPasswordForm reports whether b can have been sealed with a password.
func hasPasswordForm(b []byte) bool {
	return len(b) >= passwordHeader+tagSize && b[saltSize] <= methodPBKDF2AES
}

func passwordKey(method byte, password string, salt []byte) (key Key, algorithm string, err error) {
	switch method {
	case methodArgonAES, methodArgonChaCha:
		key = Key(argon2.IDKey([]byte(password), salt, argonTime, argonMemoryKiB, argonLanes, KeySize))
		if method == methodArgonChaCha {
			return key, fragmentChaCha, nil
		}
		return key, fragmentAES, nil
	default:
		derived, err := pbkdf2.Key(sha256.New, password, salt, pbkdf2Rounds, KeySize)
		if err != nil {
			return Key{}, "", fmt.Errorf("derive key from password: %w", err)
		}
		return Key(derived), fragmentAES, nil
	}
}
