package serve

import (
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/iam"
)

// Tokens made with Python's hmac module and the secret "correct-horse", expiring in the year 2100.
const (
	vectorHS512 = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDAsInN1YiI6Im9wZXJhdG9yIiwiaXNzIjoicHJvbWV0aGV1cyJ9.bfuIWVmeSKhk_N3MHQr91K5KgtVDHrjNjvJj88ysTGrD6ijb3qbqsOTdB5pTze__AaK3OYcYGpH7Pm-U8BrsQg"
	vectorHS256 = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDAsInN1YiI6Im9wZXJhdG9yIiwiaXNzIjoicHJvbWV0aGV1cyJ9.DgF8jWJ794XT_FBdF7Xk2Z2TrloY6yi1UBViPHggSIM"
)

func TestTokensOfOthers(t *testing.T) {
	t.Parallel()
	b := bearer{accounts: iam.NewRoot("operator", "correct-horse")}
	for _, token := range []string{vectorHS512, vectorHS256} {
		if err := b.check(t.Context(), token, time.Unix(1800000000, 0)); err != nil {
			t.Errorf("%s: %v", token, err)
		}
		if err := b.check(t.Context(), token, time.Unix(4102444800, 0)); err == nil {
			t.Errorf("%s: still valid at its end", token)
		}
	}
}

// FuzzToken checks that nothing but a signed token is let in, and that no text makes the parser fail otherwise.
func FuzzToken(f *testing.F) {
	f.Add(vectorHS512)
	f.Add(vectorHS256)
	f.Add("..")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	b := bearer{accounts: iam.NewRoot("operator", "correct-horse")}
	f.Fuzz(func(t *testing.T, token string) {
		if b.check(t.Context(), token, time.Unix(1800000000, 0)) == nil && token != vectorHS512 && token != vectorHS256 {
			t.Errorf("admitted %q", token)
		}
	})
}
