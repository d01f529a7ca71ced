package metric

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// requests are the figures of S3 requests.
type requests struct {
	incoming atomic.Int64
	received atomic.Uint64
	sent     atomic.Uint64
	byAPI    sync.Map // string -> *operation; as many as the door has operations
}

// operation are the figures of one operation.
type operation struct {
	total, failed, failed4xx, failed5xx, canceled atomic.Uint64
	inFlight                                      atomic.Int64
	within                                        [len(bounds)]atomic.Uint64 // first bytes sent, by the bound they kept
	started                                       atomic.Uint64              // first bytes sent at all
}

// bounds of the distribution of times to the first byte, as labels say them.
var bounds = [...]struct {
	label string
	limit time.Duration
}{
	{"0.050", 50 * time.Millisecond}, {"0.100", 100 * time.Millisecond}, {"0.250", 250 * time.Millisecond},
	{"0.500", 500 * time.Millisecond}, {"1.000", time.Second}, {"2.500", 2500 * time.Millisecond},
	{"5.000", 5 * time.Second}, {"10.000", 10 * time.Second},
}

// operation returns the figures of an operation by its name, which becomes a label in lower case.
func (r *requests) operation(api string) *operation {
	if known, ok := r.byAPI.Load(api); ok {
		return known.(*operation)
	}
	made, _ := r.byAPI.LoadOrStore(strings.ToLower(api), new(operation))
	r.byAPI.Store(api, made) // the next look-up of this spelling is quick
	return made.(*operation)
}

// firstByte notes how long the first byte of an answer took.
func (o *operation) firstByte(took time.Duration) {
	o.started.Add(1)
	for i := range bounds {
		if took <= bounds[i].limit {
			o.within[i].Add(1)
			return
		}
	}
}

// done notes the end of an answer.
func (o *operation) done(status int, canceled bool) {
	o.total.Add(1)
	switch {
	case canceled:
		o.canceled.Add(1)
	case status >= 500:
		o.failed.Add(1)
		o.failed5xx.Add(1)
	case status >= 400:
		o.failed.Add(1)
		o.failed4xx.Add(1)
	}
}

func (r *requests) emit(emit emitter) {
	emit("minio_s3_requests_incoming_total", float64(r.incoming.Load()))
	emit("minio_s3_traffic_received_bytes", float64(r.received.Load()))
	emit("minio_s3_traffic_sent_bytes", float64(r.sent.Load()))
	r.byAPI.Range(func(key, value any) bool {
		if api := key.(string); api == strings.ToLower(api) {
			value.(*operation).emit(emit, api)
		}
		return true
	})
}

// emit leaves out counters of errors that never happened, as scrapers of the original expect.
func (o *operation) emit(emit emitter, api string) {
	emit("minio_s3_requests_total", float64(o.total.Load()), api)
	emit("minio_s3_requests_inflight_total", float64(o.inFlight.Load()), api)
	for name, count := range map[string]uint64{
		"minio_s3_requests_errors_total":     o.failed.Load(),
		"minio_s3_requests_4xx_errors_total": o.failed4xx.Load(),
		"minio_s3_requests_5xx_errors_total": o.failed5xx.Load(),
		"minio_s3_requests_canceled_total":   o.canceled.Load(),
	} {
		if count > 0 {
			emit(name, float64(count), api)
		}
	}
	sum := uint64(0)
	for i := range bounds {
		sum += o.within[i].Load()
		emit("minio_s3_requests_ttfb_seconds_distribution", float64(sum), api, bounds[i].label)
	}
	emit("minio_s3_requests_ttfb_seconds_distribution", float64(o.started.Load()), api, "+Inf")
}
