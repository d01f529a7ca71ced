package serve_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// makeToken makes a JWT the way RFC 7515 section 3.1 says.
func makeToken(header, claims, secret string, h func() hash.Hash) string {
	enc := base64.RawURLEncoding.EncodeToString
	signed := enc([]byte(header)) + "." + enc([]byte(claims))
	mac := hmac.New(h, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + enc(mac.Sum(nil))
}

func TestBearer(t *testing.T) {
	t.Parallel()
	r := start(t, newBackend(), []string{"--pprof"}, nil)
	const secret, hs512 = "correct-horse", `{"alg":"HS512","typ":"JWT"}`
	future, past := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	good := fmt.Sprintf(`{"exp":%d,"sub":"operator","iss":"prometheus"}`, future)
	sound := makeToken(hs512, good, secret, sha512.New)
	for _, tc := range []struct {
		name   string
		header string
		want   int
	}{
		{"HS512", "Bearer " + sound, 200},
		{"HS384", "Bearer " + makeToken(`{"alg":"HS384"}`, good, secret, sha512.New384), 200},
		{"HS256", "Bearer " + makeToken(`{"alg":"HS256"}`, good, secret, sha256.New), 200},
		{"access key claim", "bearer " + makeToken(hs512, fmt.Sprintf(`{"exp":%d,"accessKey":"operator","iss":"prometheus"}`, future), secret, sha512.New), 200},
		{"fraction of a second", "Bearer " + makeToken(hs512, fmt.Sprintf(`{"exp":%d.5,"sub":"operator","iss":"prometheus","nbf":1}`, future), secret, sha512.New), 200},
		{"no token", "", 403},
		{"empty token", "Bearer ", 403},
		{"other scheme", "Basic " + sound, 403},
		{"wrong secret", "Bearer " + makeToken(hs512, good, "battery-staple", sha512.New), 403},
		{"empty secret", "Bearer " + makeToken(hs512, good, "", sha512.New), 403},
		{"unknown key", "Bearer " + makeToken(hs512, strings.Replace(good, "operator", "somebody", 1), secret, sha512.New), 403},
		{"anonymous", "Bearer " + makeToken(hs512, strings.Replace(good, "operator", "", 1), "", sha512.New), 403},
		{"other issuer", "Bearer " + makeToken(hs512, strings.Replace(good, "prometheus", "somebody", 1), secret, sha512.New), 403},
		{"expired", "Bearer " + makeToken(hs512, fmt.Sprintf(`{"exp":%d,"sub":"operator","iss":"prometheus"}`, past), secret, sha512.New), 403},
		{"no end", "Bearer " + makeToken(hs512, `{"sub":"operator","iss":"prometheus"}`, secret, sha512.New), 403},
		{"not yet", "Bearer " + makeToken(hs512, fmt.Sprintf(`{"exp":%d,"nbf":%d,"sub":"operator","iss":"prometheus"}`, future, future), secret, sha512.New), 403},
		{"algorithm none", "Bearer " + strings.TrimRight(makeToken(`{"alg":"none"}`, good, secret, sha512.New), "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") + ".", 403},
		{"algorithm none, signed", "Bearer " + makeToken(`{"alg":"none"}`, good, secret, sha512.New), 403},
		{"algorithm of another", "Bearer " + makeToken(`{"alg":"HS256"}`, good, secret, sha512.New), 403},
		{"public key algorithm", "Bearer " + makeToken(`{"alg":"RS256"}`, good, secret, sha256.New), 403},
		{"critical extension", "Bearer " + makeToken(`{"alg":"HS512","crit":["b64"]}`, good, secret, sha512.New), 403},
		{"truncated", "Bearer " + sound[:len(sound)-2], 403},
		{"two parts", "Bearer " + sound[:strings.LastIndex(sound, ".")], 403},
		{"padding", "Bearer " + sound + "==", 403},
		{"not JSON", "Bearer " + makeToken("x", "y", secret, sha512.New), 403},
		{"too long", "Bearer " + makeToken(hs512, good[:len(good)-1]+`,"x":"`+strings.Repeat("x", 9<<10)+`"}`, secret, sha512.New), 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, path := range []string{"/minio/v2/metrics/cluster", "/minio/v2/metrics/node", "/minio/debug/pprof/cmdline", "/minio/debug/pprof/goroutine"} {
				answer, body := r.get(http.MethodGet, path, http.Header{"Authorization": {tc.header}})
				want := tc.want
				if want == 200 && strings.HasSuffix(path, "cmdline") {
					want = 404 // not served: arguments are none of a scraper's business
				}
				if answer.StatusCode != want {
					t.Errorf("%s: got %d, want %d", path, answer.StatusCode, want)
				}
				if tc.want == 403 && !strings.HasPrefix(body, `{"Code":"AccessDenied",`) {
					t.Errorf("%s: got body %q", path, body)
				}
			}
		})
	}
}
