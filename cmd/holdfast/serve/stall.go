package serve

import (
	"io"
	"net/http"
	"time"
)

// cutStalled cuts requests whose client neither sends nor takes a byte for so long, so that idle sockets cannot hold buffers
// for ever. A request may take any time as long as it moves.
func cutStalled(next http.Handler, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		response := &stallWriter{ResponseWriter: w, deadline: deadline{set: control.SetWriteDeadline, timeout: timeout}}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &stallBody{ReadCloser: r.Body, deadline: deadline{set: control.SetReadDeadline, timeout: timeout}}
		}
		defer response.deadline.clear() // the connection may serve another request
		next.ServeHTTP(response, r)
	})
}

// deadline is pushed ahead of what moves, but not for every byte, since that costs a timer.
type deadline struct {
	set     func(time.Time) error // its error means that the connection knows no deadlines, or is gone
	timeout time.Duration
	pushed  time.Time // zero: none is set
}

func (d *deadline) push() {
	if now := time.Now(); now.Sub(d.pushed) >= min(time.Second, d.timeout/4) {
		d.pushed = now
		_ = d.set(now.Add(d.timeout))
	}
}

func (d *deadline) clear() {
	if !d.pushed.IsZero() {
		d.pushed = time.Time{}
		_ = d.set(time.Time{})
	}
}

// stallBody pushes the deadline of reading. At the end it is cleared: package http goes on reading to learn whether the
// client is still there, and would take a deadline for its departure.
type stallBody struct {
	io.ReadCloser
	deadline deadline
}

func (b *stallBody) Read(p []byte) (int, error) {
	b.deadline.push()
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.deadline.clear()
	}
	return n, err
}

// stallWriter pushes the deadline of writing.
type stallWriter struct {
	http.ResponseWriter
	deadline deadline
}

// Unwrap is for http.ResponseController.
func (w *stallWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *stallWriter) Write(p []byte) (int, error) {
	w.deadline.push()
	return w.ResponseWriter.Write(p)
}

// Flush implements http.Flusher.
func (w *stallWriter) Flush() {
	w.deadline.push()
	_ = http.NewResponseController(w.ResponseWriter).Flush() // one that cannot has nothing buffered
}
