package sigv4

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// These look inside because neither the arithmetic nor the bound of the cache
// can be seen from outside.

func TestHMAC(t *testing.T) {
	t.Parallel()
	for _, keyLen := range []int{0, 1, 31, 32, 33, 63, 64, 65, 200} {
		for _, messageLen := range []int{0, 1, 55, 56, 64, 150, 447, 448, 449, 5000} {
			key, message := bytes.Repeat([]byte{0xa5}, keyLen), bytes.Repeat([]byte{0x3c}, messageLen)
			mac := hmac.New(sha256.New, key)
			mac.Write(message)
			if got := hmacSHA256(key, message); !bytes.Equal(got[:], mac.Sum(nil)) {
				t.Errorf("key of %d, message of %d: got %x", keyLen, messageLen, got)
			}
		}
	}
}

func TestKeyCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c keyCache
	kept := scope{date: "20130524", region: "in use", service: "s3"}
	c.put("secret", kept, signingKey{1})
	for i := range 10 * keysPerGeneration {
		c.put("secret", scope{date: "20130524", region: fmt.Sprint(i), service: "s3"}, signingKey{})
		if i%100 == 0 {
			if key, ok := c.get("secret", kept); !ok || key != (signingKey{1}) {
				t.Fatalf("a key in use was forgotten after %d others", i)
			}
		}
	}
	if got := len(c.young) + len(c.old); got > 2*keysPerGeneration {
		t.Errorf("holds %d keys", got)
	}
	if _, ok := c.get("secret", scope{date: "20130524", region: "0", service: "s3"}); ok {
		t.Error("a key out of use was kept")
	}
	if _, ok := c.get("other secret", kept); ok {
		t.Error("the key of another secret was returned")
	}
}

type oneSecret string

func (s oneSecret) Secret(context.Context, string) (string, bool, error) { return string(s), true, nil }

// Keys enter the cache only with a right signature, so strangers cannot fill it.
func TestKeyCacheIgnoresWrongSignatures(t *testing.T) {
	t.Parallel()
	v := &Verifier{Secrets: oneSecret("secret")}
	verify := func(secret string) {
		r := &http.Request{Method: "GET", Host: "localhost", URL: &url.URL{Path: "/"}, Header: http.Header{}}
		if err := (Signer{AccessKey: "key", Secret: secret}).Sign(r, EmptySHA256, time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(r); (err == nil) != (secret == "secret") {
			t.Errorf("signed with %q: %v", secret, err)
		}
	}
	verify("guess")
	if got := len(v.keys.young); got != 0 {
		t.Errorf("%d keys after a wrong signature", got)
	}
	verify("secret")
	if got := len(v.keys.young); got != 1 {
		t.Errorf("%d keys after a right signature", got)
	}
}
