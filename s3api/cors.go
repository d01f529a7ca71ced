package s3api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/s3api/s3err"
)

var (
	corsMethods = []string{"GET", "PUT", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH"}
	corsAny     = []string{"*"}
	corsTrue    = []string{"true"}
	corsExposed = []string{"Date, Etag, Server, Connection, Accept-Ranges, Content-Range, Content-Encoding, Content-Length, Content-Type, " +
		"Content-Disposition, Last-Modified, Content-Language, Cache-Control, Retry-After, X-Amz-Bucket-Region, Expires, X-Amz*, *"}
)

// cors adds the headers a browser asks for (Fetch standard, "CORS protocol") and answers preflights. A bucket has no rules of
// its own; the origins are the server's. Where every origin is welcome none is told that it may send cookies: the S3 door
// wants none, and its neighbours on the same port must not be offered to every web page.
func (s *Server) cors(c *call) (answered bool) {
	origin := c.header("Origin")
	if origin == "" || !s.welcome(c, origin) {
		return false
	}
	if c.r.Method != http.MethodOptions {
		c.w.Header()["Access-Control-Expose-Headers"] = corsExposed
		return false
	}
	method := c.header("Access-Control-Request-Method")
	if method == "" {
		return false
	}
	if !slices.Contains(corsMethods, method) {
		c.fail(s3err.MethodNotAllowed)
		return true
	}
	c.set("Access-Control-Allow-Methods", method)
	c.setIf("Access-Control-Allow-Headers", strings.Join(c.r.Header["Access-Control-Request-Headers"], ", "))
	c.w.WriteHeader(http.StatusNoContent)
	return true
}

// welcome tells whether pages of an origin may call, and says so in the answer.
func (s *Server) welcome(c *call, origin string) bool {
	h := c.w.Header()
	for _, pattern := range s.o.Origins {
		switch {
		case pattern == "*":
			h["Access-Control-Allow-Origin"] = corsAny
			return true
		case matchOrigin(pattern, origin):
			c.set("Access-Control-Allow-Origin", origin)
			h["Access-Control-Allow-Credentials"] = corsTrue
			return true
		}
	}
	return false
}

// matchOrigin compares an origin with a pattern that may have one "*" in it. What the star stands for has no slash, so that
// "https://*.example.com" is never "https://evil.net/.example.com".
func matchOrigin(pattern, origin string) bool {
	head, tail, wild := strings.Cut(strings.ToLower(pattern), "*")
	origin = strings.ToLower(origin)
	if !wild {
		return origin == head
	}
	rest, ok := strings.CutPrefix(origin, head)
	if !ok {
		return false
	}
	middle, ok := strings.CutSuffix(rest, tail)
	return ok && !strings.Contains(middle, "/")
}
