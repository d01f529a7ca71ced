package metric

import (
	"io"
	"net/http"
	"time"
)

// Namer is what a counted response offers the door: to say which operation the request turned out to be, once it knows. The
// name is one of a fixed set, such as "GetObject", and never comes from a client. The door finds it with
//
//	if n, ok := w.(interface{ NameAPI(string) }); ok {
//		n.NameAPI("GetObject")
//	}
type Namer interface {
	NameAPI(api string)
}

// unnamed is the operation of requests the door refused before it knew what they were.
const unnamed = "unknown"

// Count wraps the S3 door: requests, bytes, statuses and times to the first byte are counted by operation. The response
// given to the door is a [Namer].
func (f *Figures) Count(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &response{ResponseWriter: w, requests: &f.requests, start: time.Now()}
		f.requests.incoming.Add(1)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &countedBody{r.Body, &f.requests}
		}
		finished := false
		defer func() { counted.finish(!finished, r.Context().Err() != nil) }()
		door.ServeHTTP(counted, r)
		finished = true
	})
}

// response counts what goes out. One goroutine uses it, as any http.ResponseWriter.
type response struct {
	http.ResponseWriter
	requests  *requests
	operation *operation // nil until named
	start     time.Time
	firstByte time.Duration
	status    int // 0 until the header is sent
}

var (
	_ Namer         = (*response)(nil)
	_ http.Flusher  = (*response)(nil)
	_ io.ReaderFrom = (*response)(nil)
)

// NameAPI implements Namer. The first name counts.
func (w *response) NameAPI(api string) {
	if w.operation == nil {
		w.operation = w.requests.operation(api)
		w.operation.inFlight.Add(1)
	}
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.requests.sent.Add(uint64(n))
	return n, err
}

// ReadFrom keeps the way open on which package net lets the kernel copy files into sockets.
func (w *response) ReadFrom(r io.Reader) (int64, error) {
	w.begin(http.StatusOK)
	n, err := io.Copy(w.ResponseWriter, r)
	w.requests.sent.Add(uint64(n))
	return n, err
}

// Flush implements http.Flusher.
func (w *response) Flush() {
	w.begin(http.StatusOK)
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (w *response) begin(status int) {
	if w.status == 0 {
		w.status, w.firstByte = status, time.Since(w.start)
	}
}

// finish counts the request. A door that panicked has cut the answer off.
func (w *response) finish(aborted, canceled bool) {
	if w.operation == nil {
		w.NameAPI(unnamed)
	}
	w.begin(http.StatusOK) // what package http sends for a door that said nothing
	if aborted {
		w.status = http.StatusInternalServerError
	}
	w.operation.firstByte(w.firstByte)
	w.operation.done(w.status, canceled)
	w.operation.inFlight.Add(-1)
	w.requests.incoming.Add(-1)
}

// countedBody counts what comes in.
type countedBody struct {
	io.ReadCloser
	requests *requests
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.requests.received.Add(uint64(n))
	return n, err
}
