package crypt

import (
	"fmt"
	"io"
	"io/fs"
	"math"
)

// Decrypter reads a DARE stream, or a span of one, and yields its plaintext. Nothing is handed out that is not authentic.
// It is for one goroutine. It holds one 64 KiB buffer until it has reported the end or an error, or is closed.
type Decrypter struct {
	src    io.Reader
	opener opener
	skip   int   // plaintext bytes still to drop
	want   int64 // plaintext bytes still to hand out, after those dropped

	// What is known of the packages to come.
	sized    bool  // left and toEnd are known
	left     int64 // stream bytes to come
	toEnd    bool  // the span runs to the end of the stream
	sawFinal bool  // the package marked as last has been opened

	err   error          // what Read reports once plain is empty
	buf   *packageBuffer // nil once given back
	plain []byte         // opened and not yet read; lies in buf
}

// Decrypt returns the plaintext of the whole stream src, of version 2.0 or 1.0. A stream of version 2.0 that is cut off is
// noticed unless nothing at all is left of it; one of version 1.0 has no mark at its end. Whoever knows the size is better
// served by [DecryptSpan].
func Decrypt(src io.Reader, key Key) *Decrypter {
	return newDecrypter(src, key, Span{Plain: math.MaxInt64}, false)
}

// DecryptSpan returns the plaintext range that span was made for. src must begin at span.Offset of the stream; at most
// span.Length bytes are read from it. That the packages are the right ones, in order and complete, is checked, and so is
// that the end of the stream lies where the span says.
func DecryptSpan(src io.Reader, key Key, span Span) *Decrypter {
	return newDecrypter(src, key, span, true)
}

func newDecrypter(src io.Reader, key Key, span Span, sized bool) *Decrypter {
	return &Decrypter{
		src:    src,
		opener: opener{key: key, next: span.First},
		skip:   span.Skip,
		want:   span.Plain,
		sized:  sized,
		left:   span.Length,
		toEnd:  span.ToEnd,
		buf:    packages.Get().(*packageBuffer),
	}
}

// Read implements io.Reader. A p of at least 64 KiB is filled without a further copy.
func (d *Decrypter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if len(d.plain) > 0 {
			n := copy(p, d.plain)
			d.plain = d.plain[n:]
			return n, nil
		}
		if d.err == nil && d.want == 0 {
			d.err = io.EOF
		}
		if d.err != nil {
			d.release()
			return 0, d.err
		}
		if n := d.openNext(p); n > 0 {
			return n, nil
		}
	}
}

// WriteTo implements io.WriterTo: one Write for each package.
func (d *Decrypter) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if len(d.plain) > 0 {
			n, err := w.Write(d.plain)
			d.plain = d.plain[n:]
			written += int64(n)
			if err != nil {
				return written, err
			}
		}
		if d.err == nil && d.want == 0 {
			d.err = io.EOF
		}
		if d.err == io.EOF {
			d.release()
			return written, nil
		}
		if d.err != nil {
			d.release()
			return written, d.err
		}
		d.openNext(nil)
	}
}

// openNext opens one package: into p if all of it goes there, and then it returns its length; else into plain.
func (d *Decrypter) openNext(p []byte) int {
	pkg, err := d.fetch()
	if err != nil {
		d.err = err
		return 0
	}
	dst := pkg[headerSize:headerSize]
	size := len(pkg) - overhead
	direct := d.skip == 0 && size <= len(p) && int64(size) <= d.want
	if direct {
		dst = p[:0]
	}
	payload, final, err := d.opener.open(dst, pkg)
	if err == nil {
		err = d.checkEnd(final)
	}
	if err != nil {
		d.err = err
		if direct {
			clear(p[:max(size, 0)])
		}
		return 0
	}
	if direct {
		d.want -= int64(len(payload))
		return len(payload)
	}
	drop := min(d.skip, len(payload))
	d.skip -= drop
	payload = payload[drop:]
	payload = payload[:min(int64(len(payload)), d.want)]
	d.want -= int64(len(payload))
	d.plain = payload
	return 0
}

// fetch reads the next package of at least one byte into buf. At the orderly end it returns io.EOF.
func (d *Decrypter) fetch() ([]byte, error) {
	room := d.buf[:packageSize]
	if d.sized {
		room = room[:min(packageSize, d.left)]
	}
	n, ended, err := readFull(d.src, room)
	if err != nil {
		return nil, err
	}
	if d.sized {
		d.left -= int64(n)
		if ended || n == 0 {
			return nil, fmt.Errorf("%w: stream ends early", ErrCorrupt)
		}
		return room[:n], nil
	}
	switch {
	case n == 0 && d.opener.aead != nil && d.opener.header[0] == version20 && !d.sawFinal:
		return nil, fmt.Errorf("%w: stream ends early", ErrCorrupt)
	case n == 0:
		return nil, io.EOF
	case d.sawFinal:
		return nil, fmt.Errorf("%w: stream goes on after its end", ErrCorrupt)
	}
	return room[:n], nil
}

// checkEnd compares the mark of the package just opened with the place it was found at.
func (d *Decrypter) checkEnd(final bool) error {
	if d.opener.header[0] == version10 {
		return nil
	}
	if d.sized && final != (d.toEnd && d.left == 0) {
		return fmt.Errorf("%w: stream does not end where it should", ErrCorrupt)
	}
	d.sawFinal = final
	return nil
}

// Close gives the buffer back; it does not close the source. Reading afterwards is an error.
func (d *Decrypter) Close() error {
	if d.err == nil || d.buf != nil {
		d.err = fs.ErrClosed
	}
	d.release()
	return nil
}

func (d *Decrypter) release() {
	if d.buf != nil {
		packages.Put(d.buf)
		d.buf, d.plain = nil, nil
	}
}
