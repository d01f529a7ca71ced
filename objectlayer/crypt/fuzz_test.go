package crypt_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/minio/sio"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// FuzzDecrypt compares the package decoder with the library that defines the format: what both accept is equal, and what we
// accept it accepts.
func FuzzDecrypt(f *testing.F) {
	f.Add([]byte{})
	f.Add(encrypted(f, []byte("hello")))
	f.Add(encrypted(f, randomBytes(1, payload+9)))
	for _, version := range []byte{sio.Version10, sio.Version20} {
		var stored bytes.Buffer
		config := sio.Config{MinVersion: version, MaxVersion: version, CipherSuites: []byte{sio.CHACHA20_POLY1305}, Key: streamKey[:]}
		if _, err := sio.Encrypt(&stored, bytes.NewReader(randomBytes(2, 100)), config); err != nil {
			f.Fatal(err)
		}
		f.Add(stored.Bytes())
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		plain, err := io.ReadAll(crypt.Decrypt(bytes.NewReader(stored), streamKey))
		if err != nil {
			if !errors.Is(err, crypt.ErrCorrupt) {
				t.Fatalf("unexpected error %v", err)
			}
			return
		}
		var want bytes.Buffer
		if _, err := sio.Decrypt(&want, bytes.NewReader(stored), sio.Config{Key: streamKey[:]}); err != nil {
			t.Fatalf("we accept what sio does not: %v", err)
		}
		if !bytes.Equal(plain, want.Bytes()) {
			t.Fatal("plaintexts differ")
		}
	})
}

func FuzzOpenConfig(f *testing.F) {
	kms := parseKMS(f, fixtureKMS)
	var objects []struct{ Stored []byte }
	loadJSON(f, "config.json", &objects)
	for _, o := range objects {
		f.Add(o.Stored)
	}
	f.Add([]byte("{}"))
	f.Add([]byte("\x01\xff\xff\xff\xff{}"))
	f.Add(append(bytes.Repeat([]byte{0xfe}, 32), make([]byte, 40)...))
	f.Fuzz(func(t *testing.T, stored []byte) {
		plain, err := crypt.OpenConfig(t.Context(), kms, crypt.Credentials{}, "config/iam/format.json", stored)
		if err == nil && len(plain) > len(stored) {
			t.Fatalf("%d bytes from %d", len(plain), len(stored))
		}
		known := errors.Is(err, crypt.ErrCorrupt) || errors.Is(err, crypt.ErrAccess) || errors.Is(err, crypt.ErrKeyNotFound)
		if err != nil && !known {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

func FuzzMetadata(f *testing.F) {
	kms := parseKMS(f, fixtureKMS)
	const prefix = "X-Minio-Internal-Server-Side-Encryption-"
	for _, g := range goldenObjects(f) {
		value := func(name string) []byte { return g.Meta[prefix+name] }
		scheme := crypt.SchemeOf(g.Meta)
		sealed := map[crypt.Scheme]string{crypt.SSEC: "Sealed-Key", crypt.SSES3: "S3-Sealed-Key", crypt.SSEKMS: "Kms-Sealed-Key"}[scheme]
		f.Add(uint8(scheme), value("Seal-Algorithm"), value("Iv"), value(sealed), value("S3-Kms-Key-Id"), value("S3-Kms-Sealed-Key"), value("Context"))
	}
	f.Fuzz(func(t *testing.T, scheme uint8, algorithm, iv, sealed, keyID, dataKey, context []byte) {
		entry := []string{"Sealed-Key", "S3-Sealed-Key", "Kms-Sealed-Key"}[scheme%3]
		meta := map[string][]byte{
			prefix + "Seal-Algorithm":    algorithm,
			prefix + "Iv":                iv,
			prefix + entry:               sealed,
			prefix + "S3-Kms-Key-Id":     keyID,
			prefix + "S3-Kms-Sealed-Key": dataKey,
			prefix + "Context":           context,
		}
		_, err := crypt.Unseal(t.Context(), kms, crypt.Place{Bucket: "b", Key: "k"}, meta, &streamKey)
		known := errors.Is(err, crypt.ErrCorrupt) || errors.Is(err, crypt.ErrAccess) || errors.Is(err, crypt.ErrKeyNotFound)
		if err != nil && !known {
			t.Fatalf("unexpected error %v", err)
		}
		if _, err := crypt.Describe(meta); err != nil && !errors.Is(err, crypt.ErrCorrupt) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

func FuzzStaticCiphertext(f *testing.F) {
	kms := parseKMS(f, fixtureKMS)
	data, err := kms.Generate(f.Context(), "", crypt.Context{"a": "b"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data.Sealed)
	f.Add(legacyCiphertext(f, "AES-256-GCM-HMAC-SHA-256", crypt.Key{1}, "{}"))
	f.Add(legacyCiphertext(f, "ChaCha20Poly1305", crypt.Key{1}, "{}"))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		_, err := kms.Decrypt(t.Context(), "", sealed, crypt.Context{"a": "b"})
		if err != nil && !errors.Is(err, crypt.ErrCorrupt) && !errors.Is(err, crypt.ErrAccess) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}
