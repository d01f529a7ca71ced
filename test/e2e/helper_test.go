package e2e_test

import (
	"bytes"
	"io"
)

// newReader makes a body that an SDK can measure and send again.
func newReader(b []byte) io.ReadSeeker { return bytes.NewReader(b) }
