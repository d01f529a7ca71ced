package crypt_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

const configObject = "config/iam/users/bob/identity.json"

var root = crypt.Credentials{AccessKey: "root", SecretKey: "root-secret"}

// byHand appends plain in fragments, with nothing of the package under test.
func byHand(dst []byte, aead cipher.AEAD, prefix, plain []byte) []byte {
	nonce := func(i uint32) []byte { return binary.LittleEndian.AppendUint32(bytes.Clone(prefix), i) }
	tag := aead.Seal(nil, nonce(0), nil, nil)
	for i := uint32(1); ; i++ {
		n := min(len(plain), 16<<10)
		flag := byte(0)
		if n == len(plain) {
			flag = 0x80
		}
		dst = aead.Seal(dst, nonce(i), plain[:n], append([]byte{flag}, tag...))
		plain = plain[n:]
		if len(plain) == 0 {
			return dst
		}
	}
}

func TestConfigRoundTrip(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	kms := parseKMS(t, fixtureKMS)
	for _, size := range []int{0, 1, 16<<10 - 1, 16 << 10, 16<<10 + 1, 100_000} {
		plain := randomBytes(11, size)
		stored, err := crypt.SealConfig(ctx, kms, configObject, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := crypt.OpenConfig(ctx, kms, root, configObject, stored)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", size, err)
		}
		for _, bad := range [][]byte{stored[:len(stored)-1], append(bytes.Clone(stored), 0xff)} {
			if _, err := crypt.OpenConfig(ctx, kms, root, configObject, bad); !errors.Is(err, crypt.ErrCorrupt) {
				t.Errorf("%d of %d bytes: got %v, want ErrCorrupt", len(bad), len(stored), err)
			}
		}
	}
	plain := []byte(`{"version":1}`)
	stored, err := crypt.SealConfig(ctx, nil, configObject, plain)
	if err != nil || !bytes.Equal(stored, plain) {
		t.Errorf("without KMS: %q, %v", stored, err)
	}
	if got, err := crypt.OpenConfig(ctx, kms, root, configObject, stored); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("plain with a KMS: %q, %v", got, err)
	}
}

func TestOpenConfigErrors(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	stored, err := crypt.SealConfig(t.Context(), kms, configObject, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]struct {
		kms    crypt.KMS
		object string
		stored []byte
		want   error
	}{
		"no KMS":              {nil, configObject, stored, crypt.ErrNoKMS},
		"other object":        {kms, "config/config.json", stored, crypt.ErrAccess},
		"neither form":        {kms, configObject, []byte("\xff\xfe\xfd"), crypt.ErrCorrupt},
		"header beyond end":   {kms, configObject, []byte("\x01\xff\xff\xff\xff{}"), crypt.ErrCorrupt},
		"no root credentials": {kms, configObject, bytes.Repeat([]byte{0x00, 0xff}, 40), crypt.ErrAccess},
	}
	for name, row := range rows {
		if _, err := crypt.OpenConfig(t.Context(), row.kms, crypt.Credentials{}, row.object, row.stored); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

// TestOldConfigContext reads an object whose data key is bound to the path without the system bucket, sealed with
// ChaCha20-Poly1305 by hand.
func TestOldConfigContext(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	data, err := kms.Generate(t.Context(), "", crypt.Context{".minio.sys": configObject})
	if err != nil {
		t.Fatal(err)
	}
	nonce := []byte("12345678")
	header, err := json.Marshal(map[string]any{
		"keyid": data.KeyID, "kmskey": data.Sealed, "algorithm": "ChaCha20-Poly1305", "nonce": nonce,
	})
	if err != nil {
		t.Fatal(err)
	}
	aead, err := chacha20poly1305.New(data.Plain[:])
	if err != nil {
		t.Fatal(err)
	}
	plain := randomBytes(12, 40_000)
	stored := binary.LittleEndian.AppendUint32([]byte{1}, uint32(len(header)))
	stored = byHand(append(stored, header...), aead, nonce, plain)
	got, err := crypt.OpenConfig(t.Context(), kms, crypt.Credentials{}, configObject, stored)
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("got %v", err)
	}
}

// TestRootCredentialForms reads the three forms of before 2021, sealed by hand.
func TestRootCredentialForms(t *testing.T) {
	t.Parallel()
	salt, nonce := bytes.Repeat([]byte{0xf5}, 32), []byte("87654321")
	password := []byte("root:root-secret")
	argon := argon2.IDKey(password, salt, 1, 64<<10, 4, 32)
	pb, err := pbkdf2.Key(sha256.New, string(password), salt, 8192, 32)
	if err != nil {
		t.Fatal(err)
	}
	chacha, err := chacha20poly1305.New(argon)
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte(`{"version":1,"credentials":{}}`)
	for method, aead := range []cipher.AEAD{aesGCM(t, argon), chacha, aesGCM(t, pb)} {
		stored := append(bytes.Clone(salt), byte(method))
		stored = byHand(append(stored, nonce...), aead, nonce, plain)
		for name, kms := range map[string]crypt.KMS{"without KMS": nil, "with KMS": parseKMS(t, fixtureKMS)} {
			got, err := crypt.OpenConfig(t.Context(), kms, root, configObject, stored)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("method %d %s: %q, %v", method, name, got, err)
			}
		}
		other := crypt.Credentials{AccessKey: "root", SecretKey: "another"}
		if _, err := crypt.OpenConfig(t.Context(), nil, other, configObject, stored); !errors.Is(err, crypt.ErrAccess) {
			t.Errorf("method %d, other credentials: got %v, want ErrAccess", method, err)
		}
	}
}

func TestPasswordRoundTrip(t *testing.T) {
	t.Parallel()
	plain := bytes.Repeat([]byte("x"), 51)
	sealed, err := crypt.SealPassword("secret", plain)
	if err != nil || len(sealed) != 108 {
		t.Fatalf("%d bytes, %v; want 108", len(sealed), err)
	}
	if got, err := crypt.OpenPassword("secret", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := crypt.OpenPassword("other", sealed); !errors.Is(err, crypt.ErrAccess) {
		t.Errorf("wrong password: %v", err)
	}
	sealed[32] = 3
	if _, err := crypt.OpenPassword("secret", sealed); !errors.Is(err, crypt.ErrCorrupt) {
		t.Errorf("unknown method: %v", err)
	}
	if _, err := crypt.OpenPassword("secret", sealed[:40]); !errors.Is(err, crypt.ErrCorrupt) {
		t.Errorf("short: %v", err)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	kms := parseKMS(t, fixtureKMS)
	plain := []byte(`{"targets":[{"credentials":{"secretKey":"s"}}]}`)

	stored, meta, err := crypt.SealTargets(ctx, nil, "photos", plain)
	if err != nil || !bytes.Equal(stored, plain) || meta != nil {
		t.Errorf("without KMS: %q, %q, %v", stored, meta, err)
	}
	for _, none := range []string{"", "null", "{}", " "} {
		if got, err := crypt.OpenTargets(ctx, nil, "photos", plain, []byte(none)); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("metadata %q: %q, %v", none, got, err)
		}
	}

	stored, meta, err = crypt.SealTargets(ctx, kms, "photos", plain)
	if err != nil || bytes.Contains(stored, []byte("targets")) {
		t.Fatalf("sealed: %q, %v", stored, err)
	}
	if got, err := crypt.OpenTargets(ctx, kms, "photos", stored, meta); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened: %q, %v", got, err)
	}
	var text map[string]string
	if err := json.Unmarshal(meta, &text); err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for name, value := range text {
		raw, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			raw = []byte(value)
		}
		sizes[name] = len(raw)
	}
	want := map[string]int{
		ssePrefix + "Iv":                32,
		ssePrefix + "S3-Kms-Key-Id":     len("fixture-kms-key"),
		ssePrefix + "S3-Kms-Sealed-Key": 76,
		ssePrefix + "S3-Sealed-Key":     64,
		ssePrefix + "Seal-Algorithm":    len("DAREv2-HMAC-SHA256"),
	}
	if diff := cmp.Diff(want, sizes); diff != "" {
		t.Error(diff)
	}
	rows := map[string]struct {
		kms    crypt.KMS
		bucket string
		meta   string
		want   error
	}{
		"no KMS":        {nil, "photos", string(meta), crypt.ErrNoKMS},
		"other bucket":  {kms, "videos", string(meta), crypt.ErrAccess},
		"bad metadata":  {kms, "photos", "{", crypt.ErrCorrupt},
		"no sealed key": {kms, "photos", `{"a":"b"}`, crypt.ErrNotEncrypted},
	}
	for name, row := range rows {
		if _, err := crypt.OpenTargets(ctx, row.kms, row.bucket, stored, []byte(row.meta)); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}
