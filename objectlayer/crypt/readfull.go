package crypt

import "io"

// readFull fills p from r. Unlike io.ReadFull it tells an orderly end (ended, err nil) from a source that itself reports
// io.ErrUnexpectedEOF, as the body of a request does when the client went away: that must never pass for the end of data.
func readFull(r io.Reader, p []byte) (n int, ended bool, err error) {
	for idle := 0; n < len(p); {
		c, err := r.Read(p[n:])
		n += c
		switch {
		case err == io.EOF:
			return n, n < len(p), nil
		case err != nil:
			return n, false, err
		case c > 0:
			idle = 0
		case idle == 100:
			return n, false, io.ErrNoProgress
		default:
			idle++
		}
	}
	return n, false, nil
}
