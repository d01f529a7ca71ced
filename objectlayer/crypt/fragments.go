package crypt

import (
	"bytes"
	"fmt"
	"io"

	"github.com/secure-io/sio-go"
)

// Configuration is sealed as fragments of 16 KiB (the construction of https://github.com/secure-io/sio-go), not as DARE:
//
//	nonce of fragment i:    8 byte prefix | LE32 i, counting from 1
//	associated data:        00, or 80 for the last fragment | tag of the empty message sealed with i = 0
//
// The prefix and the algorithm are kept by whoever stores the fragments.
const (
	fragmentNonceSize = 8
	fragmentAES       = "AES-256-GCM"
	fragmentChaCha    = "ChaCha20-Poly1305"
)

// preferredFragments returns the algorithm for new fragments.
func preferredFragments() string {
	if preferredSuite() == suiteAES {
		return fragmentAES
	}
	return fragmentChaCha
}

func fragmentStream(algorithm string, key Key, nonce []byte) (*sio.Stream, error) {
	if algorithm != fragmentAES && algorithm != fragmentChaCha {
		return nil, fmt.Errorf("%w: unknown algorithm %q", ErrCorrupt, algorithm)
	}
	if len(nonce) != fragmentNonceSize {
		return nil, fmt.Errorf("%w: nonce of %d bytes", ErrCorrupt, len(nonce))
	}
	return sio.Algorithm(algorithm).Stream(key[:])
}

// appendFragments appends the fragments of plain to dst.
func appendFragments(dst []byte, algorithm string, key Key, nonce, plain []byte) ([]byte, error) {
	stream, err := fragmentStream(algorithm, key, nonce)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(dst)
	if _, err := io.Copy(out, stream.EncryptReader(bytes.NewReader(plain), nonce, nil)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// openFragments returns the plaintext. Fragments that are not authentic under the key are errInauthentic.
func openFragments(algorithm string, key Key, nonce, fragments []byte) ([]byte, error) {
	stream, err := fragmentStream(algorithm, key, nonce)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(stream.DecryptReader(bytes.NewReader(fragments), nonce, nil))
	if err != nil {
		return nil, errInauthentic
	}
	return plain, nil
}
