package serve

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/metric"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// probes answer load balancers, container runtimes and "mc ready". They need no credential and tell nothing but numbers of
// drives. The paths and headers are MinIO's ("MinIO Healthcheck API").
type probes struct {
	status   func(context.Context) (metric.Status, bool)
	ready    func(context.Context) error
	deadline time.Duration // of a look at the drives
}

// readyPatience is how long the key service may take to answer a readiness probe.
const readyPatience = time.Minute

func (p *probes) byPath() map[string]http.Handler {
	return map[string]http.Handler{
		"/minio/health/live":         http.HandlerFunc(p.live),
		"/minio/health/ready":        http.HandlerFunc(p.readiness),
		"/minio/health/cluster":      p.cluster(metric.Set.Writes, metric.Status.WriteQuorum, "X-Minio-Write-Quorum"),
		"/minio/health/cluster/read": p.cluster(metric.Set.Reads, metric.Status.ReadQuorum, "X-Minio-Read-Quorum"),
	}
}

// live says that the process answers HTTP.
func (p *probes) live(w http.ResponseWriter, r *http.Request) {
	p.offline(w, r)
	w.WriteHeader(http.StatusOK)
}

// readiness says in addition that requests can be served: before the store is open this is said by a header, since the
// process itself is in order.
func (p *probes) readiness(w http.ResponseWriter, r *http.Request) {
	p.offline(w, r)
	ctx, cancel := context.WithTimeout(r.Context(), readyPatience)
	defer cancel()
	if err := p.ready(ctx); err != nil {
		s3err.Write(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// offline marks the answer when there is no store yet.
func (p *probes) offline(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), p.deadline)
	defer cancel()
	if _, ok := p.status(ctx); !ok {
		w.Header().Set("X-Minio-Server-Status", "offline")
	}
}

// cluster says whether every set has its quorum. With maintenance=true the question is whether it still had without the
// drives of this node, and no is 412.
func (p *probes) cluster(enough func(metric.Set, int) bool, quorum func(metric.Status) int, header string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), p.deadline)
		defer cancel()
		status, ok := p.status(ctx)
		if !ok {
			w.Header().Set("X-Minio-Server-Status", "offline")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set(header, strconv.Itoa(quorum(status)))
		w.Header().Set("X-Minio-Storage-Class-Defaults", strconv.FormatBool(status.DefaultParity))
		if n := status.Healing(); n > 0 {
			w.Header().Set("X-Minio-Healing-Drives", strconv.Itoa(n))
		}
		maintenance := r.URL.Query().Get("maintenance") == "true"
		w.WriteHeader(clusterStatus(status, enough, maintenance))
	}
}

func clusterStatus(status metric.Status, enough func(metric.Set, int) bool, maintenance bool) int {
	for _, set := range status.Sets {
		switch {
		case maintenance && !enough(set, set.Local):
			return http.StatusPreconditionFailed
		case !maintenance && !enough(set, 0):
			return http.StatusServiceUnavailable
		}
	}
	return http.StatusOK
}
