package harness_test

import (
	"net/http"
	"testing"

	"github.com/holdfast-io/holdfast/test/harness"
)

func TestServerKeepsWhatItSaid(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t, harness.Options{TLS: tls})
			c := s.Client()
			c.Must(t, harness.Request{Method: http.MethodPut, Bucket: "bucket"})
			c.Must(t, harness.Request{Method: http.MethodPut, Bucket: "bucket", Key: "a key/ü+?", Body: []byte("hello")})
			ends := []func(){s.Stop, s.Kill}
			for _, end := range ends {
				end()
				s.Restart()
				if got := c.Must(t, harness.Request{Bucket: "bucket", Key: "a key/ü+?"}); string(got.Body) != "hello" {
					t.Errorf("got %q, want %q", got.Body, "hello")
				}
			}
		})
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Drives: 1})
	s.Client().As("", "").Refused(t, harness.Request{Bucket: "bucket"}, http.StatusForbidden, "AccessDenied")
	s.Client().As(s.AccessKey, "wrong").Refused(t, harness.Request{Bucket: "bucket"}, http.StatusForbidden, "SignatureDoesNotMatch")
}
