package crypt

import (
	"io"
	"io/fs"
)

// Encrypter reads a plaintext and yields its DARE 2.0 stream. It is for one goroutine. It holds one 64 KiB buffer until it
// has reported the end or an error, or is closed.
type Encrypter struct {
	src    io.Reader
	sealer *sealer
	err    error // what Read reports once pending is empty; nil while there is more to seal

	buf     *packageBuffer // nil once given back
	pending []byte         // sealed and not yet read; lies in buf

	// One byte is read ahead of each package, because the last one must be marked.
	ahead    byte
	hasAhead bool
}

// Encrypt returns the stream of what src yields, sealed under key with a random nonce. A fault in setting up the cipher is
// reported by the first Read. Errors of src are passed on as they are, and then the stream so far is worthless.
func Encrypt(src io.Reader, key Key) *Encrypter {
	s, err := newSealer(key, preferredSuite())
	if err != nil {
		return &Encrypter{err: err}
	}
	return &Encrypter{src: src, sealer: s, buf: packages.Get().(*packageBuffer)}
}

// Read implements io.Reader. A p of at least 65568 bytes is filled without a further copy.
func (e *Encrypter) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(e.pending) > 0 {
			c := copy(p[n:], e.pending)
			e.pending = e.pending[c:]
			n += c
			continue
		}
		if e.err != nil {
			e.release()
			break
		}
		n += e.sealNext(p[n:])
	}
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, e.err
}

// sealNext seals one package: into p if p has room, and then it returns its length; else into pending.
func (e *Encrypter) sealNext(p []byte) int {
	payload, final, err := e.fill()
	if err != nil {
		e.err = err
		return 0
	}
	if final {
		e.err = io.EOF
	}
	if len(payload) == 0 {
		return 0
	}
	dst := e.buf[:]
	direct := len(p) >= len(payload)+overhead
	if direct {
		dst = p
	}
	pkg, err := e.sealer.seal(dst, payload, final)
	switch {
	case err != nil:
		e.err = err
		return 0
	case direct:
		return len(pkg)
	default:
		e.pending = pkg
		return 0
	}
}

// fill reads the payload of the next package into its place in buf, and one byte more to see whether it is the last.
func (e *Encrypter) fill() (payload []byte, final bool, err error) {
	room := e.buf[headerSize : headerSize+payloadSize+1]
	n := 0
	if e.hasAhead {
		room[0] = e.ahead
		n = 1
	}
	m, ended, err := readFull(e.src, room[n:])
	if err != nil {
		return nil, false, err
	}
	if ended {
		return room[:n+m], true, nil
	}
	e.ahead, e.hasAhead = room[payloadSize], true
	return room[:payloadSize], false, nil
}

// Close gives the buffer back; it does not close the source. Reading afterwards is an error.
func (e *Encrypter) Close() error {
	if e.err == nil || e.buf != nil {
		e.err = fs.ErrClosed
	}
	e.release()
	return nil
}

func (e *Encrypter) release() {
	if e.buf != nil {
		packages.Put(e.buf)
		e.buf, e.pending = nil, nil
	}
}
