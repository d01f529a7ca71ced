package crypt_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// fixtureMaster is the master key of fixtureKMS.
var fixtureMaster = func() crypt.Key {
	raw, err := base64.StdEncoding.DecodeString("M3pDALjlMeRaqQQ3U6/bZDu2Eu/tLKNpQfuqQe5YUq0=")
	if err != nil {
		panic(err)
	}
	return crypt.Key(raw)
}()

func aesGCM(t testing.TB, key []byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

// legacyCiphertext seals a data key in the JSON form of older releases, with nothing of the package under test.
func legacyCiphertext(t testing.TB, algorithm string, data crypt.Key, context string) []byte {
	t.Helper()
	iv, nonce := bytes.Repeat([]byte{0x1f}, 16), bytes.Repeat([]byte{0x2e}, 12)
	var aead cipher.AEAD
	if algorithm == "ChaCha20Poly1305" {
		key, err := chacha20.HChaCha20(fixtureMaster[:], iv)
		if err != nil {
			t.Fatal(err)
		}
		if aead, err = chacha20poly1305.New(key); err != nil {
			t.Fatal(err)
		}
	} else {
		mac := hmac.New(sha256.New, fixtureMaster[:])
		mac.Write(iv)
		aead = aesGCM(t, mac.Sum(nil))
	}
	text, err := json.Marshal(map[string]any{
		"aead":  algorithm,
		"id":    "fixture-kms-key",
		"iv":    iv,
		"nonce": nonce,
		"bytes": aead.Seal(nil, nonce, data[:], []byte(context)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestStaticKMS(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	kms := parseKMS(t, fixtureKMS+"\n")
	if kms.KeyID() != "fixture-kms-key" {
		t.Errorf("default key %q", kms.KeyID())
	}
	kc := crypt.Context{"photos": "photos/cat.jpg"}
	for _, id := range []string{"", "fixture-kms-key"} {
		data, err := kms.Generate(ctx, id, kc)
		if err != nil || data.KeyID != "fixture-kms-key" || len(data.Sealed) != 76 {
			t.Fatalf("generate %q: %v, %q, %d sealed bytes", id, err, data.KeyID, len(data.Sealed))
		}
		if got, err := kms.Decrypt(ctx, id, data.Sealed, kc); err != nil || got != data.Plain {
			t.Errorf("decrypt %q: %v", id, err)
		}
		if _, err := kms.Decrypt(ctx, id, data.Sealed, crypt.Context{"photos": "photos/dog.jpg"}); !errors.Is(err, crypt.ErrAccess) {
			t.Errorf("other context: got %v, want ErrAccess", err)
		}
		data.Sealed[3] ^= 1
		if _, err := kms.Decrypt(ctx, id, data.Sealed, kc); !errors.Is(err, crypt.ErrAccess) {
			t.Errorf("altered: got %v, want ErrAccess", err)
		}
		for _, n := range []int{0, 27, 28, 75, 77} {
			if _, err := kms.Decrypt(ctx, id, make([]byte, n), kc); !errors.Is(err, crypt.ErrCorrupt) {
				t.Errorf("%d bytes: got %v, want ErrCorrupt", n, err)
			}
		}
	}
	if _, err := kms.Generate(ctx, "other", kc); !errors.Is(err, crypt.ErrKeyNotFound) {
		t.Errorf("generate with unknown key: %v", err)
	}
	if _, err := kms.Decrypt(ctx, "other", nil, kc); !errors.Is(err, crypt.ErrKeyNotFound) {
		t.Errorf("decrypt with unknown key: %v", err)
	}
}

func TestLegacyCiphertexts(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	want := crypt.Key{0xda, 0x7a}
	for _, algorithm := range []string{"AES-256-GCM-HMAC-SHA-256", "ChaCha20Poly1305"} {
		sealed := legacyCiphertext(t, algorithm, want, `{"b":"b/k"}`)
		got, err := kms.Decrypt(t.Context(), "fixture-kms-key", sealed, crypt.Context{"b": "b/k"})
		if err != nil || got != want {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
	unknown := legacyCiphertext(t, "ROT13", want, "{}")
	if _, err := kms.Decrypt(t.Context(), "", unknown, nil); !errors.Is(err, crypt.ErrCorrupt) {
		t.Errorf("unknown algorithm: got %v, want ErrCorrupt", err)
	}
}

// TestCiphertextInBraces covers a binary ciphertext that looks like JSON at both ends.
func TestCiphertextInBraces(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	sealed := bytes.Repeat([]byte{0x55}, 76)
	sealed[0], sealed[75] = '{', '}'
	if _, err := kms.Decrypt(t.Context(), "", sealed, nil); !errors.Is(err, crypt.ErrAccess) {
		t.Errorf("got %v, want the ErrAccess of a binary ciphertext", err)
	}
}

func TestParseStaticKMSRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "name", "name:", "name:c2hvcnQ=", "name:!!!!", ":M3pDALjlMeRaqQQ3U6/bZDu2Eu/tLKNpQfuqQe5YUq0=",
	} {
		kms, err := crypt.ParseStaticKMS(text)
		if err == nil {
			t.Errorf("%q gave key %q", text, kms.KeyID())
		} else if strings.Contains(err.Error(), "c2hvcnQ=") {
			t.Errorf("error tells the secret: %v", err)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   crypt.Context
		want string
	}{
		{nil, `{}`},
		{crypt.Context{}, `{}`},
		{crypt.Context{"b": "2", "a": "1"}, `{"a":"1","b":"2"}`},
		{crypt.Context{"k<>&": "\u2028\"ü"}, `{"k\u003c\u003e\u0026":"\u2028\"ü"}`},
	} {
		if got := string(row.in.Canonical()); got != row.want {
			t.Errorf("%v: got %s, want %s", map[string]string(row.in), got, row.want)
		}
	}
	want := crypt.Context{"team": "blue", "a": "b"}
	got, err := crypt.ParseContext(base64.StdEncoding.EncodeToString([]byte(` {"team":"blue", "a":"b"}`)))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, bad := range []string{"", "?", "bnVsbA==", "W10=", "eyJhIjoxfQ==", "e30gMQ=="} {
		if c, err := crypt.ParseContext(bad); !errors.Is(err, crypt.ErrContext) {
			t.Errorf("%q: got %v, %v; want ErrContext", bad, c, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	key := crypt.ObjectKey{Key: crypt.Key(bytes.Repeat([]byte{0xab}, 32))}
	root := crypt.Credentials{AccessKey: "root", SecretKey: "ababab171"}
	data := crypt.DataKey{Plain: key.Key}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, key, key.Key, root, data)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("keys", "object", key, "stream", key.Key, "root", root, "data", data)
	}
	for _, leak := range []string{"abab", "ABAB", "171", "0xab"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("output has %q: %s", leak, out.String())
		}
	}
}
