package serve

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/holdfast-io/holdfast/objectlayer/metric"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// handler decides by the path who answers. What lies below /minio/ is never a bucket, whatever the host: probes, metrics and
// profiles are looked for in this order, and everything else there is refused.
type handler struct {
	hostID   string
	own      map[string]http.Handler      // by path, for GET and HEAD
	profiles http.Handler                 // nil unless turned on
	door     atomic.Pointer[http.Handler] // nil until the store is open
}

func newHandler(s *server) (*handler, error) {
	probes := &probes{status: s.status, ready: s.ready, deadline: s.Config.API.ClusterDeadline}
	h := &handler{hostID: hostID(s.Config.Listen.Address), own: probes.byPath()}
	token := bearer{accounts: s.accounts}
	for view, path := range map[metric.View]string{
		metric.Cluster: "/minio/v2/metrics/cluster",
		metric.Node:    "/minio/v2/metrics/node",
	} {
		registry := prometheus.NewRegistry()
		if err := s.figures.Register(registry, view); err != nil {
			return nil, err
		}
		h.own[path] = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
			EnableOpenMetrics: s.Config.Metrics.OpenMetrics, ErrorHandling: promhttp.ContinueOnError,
		})
		if !s.Config.Metrics.Public {
			h.own[path] = token.require(h.own[path])
		}
	}
	if s.Config.Pprof {
		h.profiles = token.require(profiles())
	}
	return h, nil
}

// openDoor lets S3 requests through.
func (h *handler) openDoor(door http.Handler) { h.door.Store(&door) }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	door := h.door.Load()
	switch {
	case r.URL.Path == "/minio" || strings.HasPrefix(r.URL.Path, "/minio/"):
		h.commonHeaders(w.Header(), r)
		h.serveOwn(w, r)
	case door == nil:
		h.commonHeaders(w.Header(), r)
		s3err.Write(w, r, s3err.XMinioServerNotInitialized)
	default:
		(*door).ServeHTTP(w, r)
	}
}

func (h *handler) serveOwn(w http.ResponseWriter, r *http.Request) {
	own := h.own[r.URL.Path]
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case own != nil && reads:
		own.ServeHTTP(w, r)
	case h.profiles != nil && strings.HasPrefix(r.URL.Path, "/minio/debug/pprof/"):
		h.profiles.ServeHTTP(w, r)
	case reads || r.Method == http.MethodPost:
		s3err.Write(w, r, s3err.AccessDenied)
	default:
		s3err.Write(w, r, s3err.AllAccessDisabled)
	}
}

// commonHeaders sets what every answer of an S3 server carries.
func (h *handler) commonHeaders(header http.Header, r *http.Request) {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	header.Set("X-Amz-Request-Id", strings.ToUpper(hex.EncodeToString(id[:])))
	header.Set("X-Amz-Id-2", h.hostID)
	header.Set("Accept-Ranges", "bytes")
	header.Set("Server", "Holdfast")
	header.Set("Vary", "Origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Xss-Protection", "1; mode=block")
	if r.TLS != nil {
		header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// hostID is what X-Amz-Id-2 says of a node: a digest, since addresses are nobody's business.
func hostID(address string) string {
	digest := sha256.Sum256([]byte(address))
	return hex.EncodeToString(digest[:])
}
