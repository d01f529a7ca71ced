package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/secure-io/sio-go/sioutil"
	"golang.org/x/crypto/chacha20poly1305"
)

// A DARE package (https://github.com/minio/sio/blob/master/DARE.md; docs/format/encryption.md), offsets in bytes:
//
//	0   1   version: 0x20, or 0x10 in objects from before 2019
//	1   1   cipher: 0 AES-256-GCM, 1 ChaCha20-Poly1305
//	2   2   LE16 length of the payload, less one
//	4  12   2.0: nonce of the stream; its top bit is set in the last package and in no other
//	        1.0: LE32 number of the package, then 8 random bytes
//	16  n   sealed payload
//	     16 authentication tag
//
// The first four bytes are authenticated as they are; bytes 4 to 15 are the nonce, which in version 2.0 has its last four
// bytes, as LE32, exclusive-ored with the number of the package.
const (
	version10 = 0x10
	version20 = 0x20

	suiteAES    = 0
	suiteChaCha = 1

	finalFlag = 0x80
)

func newAEAD(suite byte, key Key) (cipher.AEAD, error) {
	switch suite {
	case suiteAES:
		block, err := aes.NewCipher(key[:])
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	case suiteChaCha:
		return chacha20poly1305.New(key[:])
	default:
		return nil, fmt.Errorf("%w: unknown cipher %#02x", ErrCorrupt, suite)
	}
}

// preferredSuite is AES where the processor has instructions for it, for which ChaCha20 is no match.
func preferredSuite() byte {
	if sioutil.NativeAES() {
		return suiteAES
	}
	return suiteChaCha
}

// packages lends buffers of one package and the byte behind it. It is a cache and carries no state from one user to the next.
var packages = sync.Pool{New: func() any { return new(packageBuffer) }}

type packageBuffer [packageSize + 1]byte

// sealer makes the packages of one stream, in order.
type sealer struct {
	aead   cipher.AEAD
	header [headerSize]byte
	next   uint64 // number of the package to come
	nonce  [12]byte
}

// newSealer begins a stream with a random nonce.
func newSealer(key Key, suite byte) (*sealer, error) {
	aead, err := newAEAD(suite, key)
	if err != nil {
		return nil, err
	}
	s := &sealer{aead: aead}
	s.header[0], s.header[1] = version20, suite
	rand.Read(s.header[4:])
	return s, nil
}

// seal writes the package of a payload of 1 to 65536 bytes to the beginning of dst and returns it. The payload may lie in
// dst at headerSize, where its ciphertext goes, and nowhere else in it.
func (s *sealer) seal(dst, payload []byte, final bool) ([]byte, error) {
	if s.next > 1<<32-1 {
		return nil, ErrTooLarge
	}
	header := dst[:headerSize]
	copy(header, s.header[:])
	binary.LittleEndian.PutUint16(header[2:], uint16(len(payload)-1))
	header[4] &^= finalFlag
	if final {
		header[4] |= finalFlag
	}
	s.nonce = packageNonce(header, uint32(s.next))
	s.next++
	out := s.aead.Seal(dst[headerSize:headerSize], s.nonce[:], payload, header[:4])
	return dst[:headerSize+len(out)], nil
}

// packageNonce returns the nonce of a package of version 2.0.
func packageNonce(header []byte, number uint32) (nonce [12]byte) {
	copy(nonce[:], header[4:])
	last := nonce[8:]
	binary.LittleEndian.PutUint32(last, binary.LittleEndian.Uint32(last)^number)
	return nonce
}

// opener checks and opens the packages of one stream, in order. The first one it sees settles version, cipher and nonce;
// a later one that differs does not belong to the stream.
type opener struct {
	key  Key
	next uint32 // number of the package to come

	aead   cipher.AEAD // nil before the first package
	header [headerSize]byte
	nonce  [12]byte
}

// open appends the payload of a package to dst. It may be opened in place: dst = pkg[headerSize:headerSize]. For version
// 1.0, which does not mark its end, final is false throughout.
func (o *opener) open(dst, pkg []byte) (payload []byte, final bool, err error) {
	if err := o.check(pkg); err != nil {
		return nil, false, err
	}
	header := pkg[:headerSize]
	if header[0] == version20 {
		final = header[4]&finalFlag != 0
		o.nonce = packageNonce(header, o.next)
	} else {
		o.nonce = [12]byte(header[4:])
	}
	payload, err = o.aead.Open(dst, o.nonce[:], pkg[headerSize:], header[:4])
	if err != nil {
		return nil, false, fmt.Errorf("%w: package %d", errInauthentic, o.next)
	}
	o.next++
	return payload, final, nil
}

// check looks at everything about a package that needs no key.
func (o *opener) check(pkg []byte) error {
	if len(pkg) <= overhead || len(pkg) > packageSize {
		return fmt.Errorf("%w: package of %d bytes", ErrCorrupt, len(pkg))
	}
	header := pkg[:headerSize]
	if n := int(binary.LittleEndian.Uint16(header[2:])) + 1; n != len(pkg)-overhead {
		return fmt.Errorf("%w: package %d announces %d bytes and has %d", ErrCorrupt, o.next, n, len(pkg)-overhead)
	}
	if o.aead == nil {
		if header[0] != version10 && header[0] != version20 {
			return fmt.Errorf("%w: unknown version %#02x", ErrCorrupt, header[0])
		}
		aead, err := newAEAD(header[1], o.key)
		if err != nil {
			return err
		}
		o.aead = aead
		copy(o.header[:], header)
	}
	if header[0] != o.header[0] || header[1] != o.header[1] {
		return fmt.Errorf("%w: package %d changes version or cipher", ErrCorrupt, o.next)
	}
	if header[0] == version10 {
		if n := binary.LittleEndian.Uint32(header[4:]); n != o.next {
			return fmt.Errorf("%w: package %d where %d belongs", ErrCorrupt, n, o.next)
		}
		return nil
	}
	if final := header[4]&finalFlag != 0; !final && len(pkg) != packageSize {
		return fmt.Errorf("%w: package %d is short and not the last", ErrCorrupt, o.next)
	}
	if (header[4]^o.header[4])&^finalFlag != 0 || string(header[5:]) != string(o.header[5:]) {
		return fmt.Errorf("%w: package %d belongs to another stream", ErrCorrupt, o.next)
	}
	return nil
}
