package crypt

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/minio/sio"
)

// TestChaChaStream covers what a processor without AES instructions writes, which nothing outside can ask for.
func TestChaChaStream(t *testing.T) {
	t.Parallel()
	key := Key{7}
	plain := bytes.Repeat([]byte("chacha"), 20000)
	s, err := newSealer(key, suiteChaCha)
	if err != nil {
		t.Fatal(err)
	}
	e := &Encrypter{src: bytes.NewReader(plain), sealer: s, buf: packages.Get().(*packageBuffer)}
	stored, err := io.ReadAll(e)
	if err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	config := sio.Config{MinVersion: sio.Version20, CipherSuites: []byte{sio.CHACHA20_POLY1305}, Key: key[:]}
	if _, err := sio.Decrypt(&back, bytes.NewReader(stored), config); err != nil || !bytes.Equal(back.Bytes(), plain) {
		t.Errorf("sio does not read it: %v", err)
	}
}

func TestStreamEndsAtLastNumber(t *testing.T) {
	t.Parallel()
	e := Encrypt(bytes.NewReader(make([]byte, 3*payloadSize)), Key{1})
	e.sealer.next = 1<<32 - 2
	n, err := io.Copy(io.Discard, e)
	if !errors.Is(err, ErrTooLarge) || n != 2*packageSize {
		t.Errorf("%d bytes, %v; want the last two packages and ErrTooLarge", n, err)
	}
}
