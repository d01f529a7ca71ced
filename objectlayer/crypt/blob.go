package crypt

import "fmt"

// sealBlob returns the stream of a plaintext that is at hand as a whole.
func sealBlob(key Key, plain []byte) ([]byte, error) {
	s, err := newSealer(key, preferredSuite())
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, EncryptedSize(int64(len(plain))))
	for rest := sealed; len(plain) > 0; {
		n := min(len(plain), payloadSize)
		pkg, err := s.seal(rest, plain[:n], n == len(plain))
		if err != nil {
			return nil, err
		}
		rest, plain = rest[len(pkg):], plain[n:]
	}
	return sealed, nil
}

// openBlob is the reverse of sealBlob. The empty stream is the empty plaintext.
func openBlob(key Key, sealed []byte) ([]byte, error) {
	size, err := DecryptedSize(int64(len(sealed)))
	if err != nil {
		return nil, err
	}
	plain := make([]byte, 0, size)
	o := opener{key: key}
	for len(sealed) > 0 {
		n := min(len(sealed), packageSize)
		var final bool
		plain, final, err = o.open(plain, sealed[:n])
		if err != nil {
			return nil, err
		}
		sealed = sealed[n:]
		if o.header[0] == version20 && final != (len(sealed) == 0) {
			return nil, fmt.Errorf("%w: stream is cut off or goes on after its end", ErrCorrupt)
		}
	}
	return plain, nil
}
