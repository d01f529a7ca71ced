package s3api

import (
	"io"
	"net/http"
	"time"
)

// Slow clients. A connection whose other end has stopped holds memory and file descriptors for nothing, so each stretch of a
// body has to move within Options.Patience. Only the time spent waiting for the client counts: a store that is slow between
// two reads must not make the client look so.
const (
	// MinRate is how fast a client has to send a body, in bytes per second over Options.Patience.
	MinRate = 1 << 10
	// writePiece is how many bytes of an answer a client has to take within Options.Patience.
	writePiece = 128 << 10
)

// pacedBody is a request body that is cut off when the client stalls. Setting a deadline fails only where there is no
// connection, in tests.
type pacedBody struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
	left     time.Duration // of the patience, in this stretch
	moved    int           // bytes of this stretch
}

func (b *pacedBody) Read(p []byte) (int, error) {
	start := time.Now()
	_ = b.control.SetReadDeadline(start.Add(b.left))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{}) // net/http goes on reading to see whether the client leaves
		return n, err
	}
	b.left -= time.Since(start)
	if b.moved += n; b.moved >= int(b.patience.Seconds()*MinRate) {
		b.left, b.moved = b.patience, 0
	}
	return n, err
}

// responder is the ResponseWriter of a call. It puts off the status line until there is something behind it, and gives the
// client a deadline to take each piece. Deadlines are set as in pacedBody.
type responder struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	status   int  // to be sent with the first byte; 0 = 200
	sent     bool // the status line is out
}

func (w *responder) start(under http.ResponseWriter, patience time.Duration) {
	w.ResponseWriter, w.control, w.patience = under, http.NewResponseController(under), patience
	_ = w.control.SetWriteDeadline(time.Time{}) // clears what the last request on this connection left behind
}

// Unwrap lets an http.ResponseController reach the connection.
func (w *responder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// began tells whether it is too late for another answer.
func (w *responder) began() bool { return w.sent }

// later chooses the status that goes out with the first byte.
func (w *responder) later(status int) { w.status = status }

// finish sends the status line, if no byte did.
func (w *responder) finish() {
	if !w.sent {
		w.WriteHeader(w.status)
	}
}

// WriteHeader sends the status line. Its deadline also holds for what net/http flushes when the call has returned.
func (w *responder) WriteHeader(status int) {
	if status == 0 {
		status = http.StatusOK
	}
	w.sent = true
	_ = w.control.SetWriteDeadline(time.Now().Add(w.patience))
	w.ResponseWriter.WriteHeader(status)
}

// Write sends bytes of a body.
func (w *responder) Write(p []byte) (n int, err error) {
	w.finish()
	for {
		_ = w.control.SetWriteDeadline(time.Now().Add(w.patience))
		m, err := w.ResponseWriter.Write(p[n:min(n+writePiece, len(p))])
		if n += m; err != nil || n == len(p) {
			return n, err
		}
	}
}
