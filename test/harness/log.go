package harness

import (
	"bytes"
	"sync"
)

// maxLog bounds what is kept of a server's output, in bytes; what is older goes first.
const maxLog = 4 << 20

// logBuffer collects what a server prints, over all its restarts.
type logBuffer struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

// Write implements io.Writer.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	if over := len(b.text) - maxLog; over > 0 {
		b.text = bytes.Clone(b.text[over:])
	}
	return len(p), nil
}

// String returns what is kept.
func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// tail returns the last lines.
func (b *logBuffer) tail(lines int) string {
	text := b.String()
	for i := len(text) - 1; i > 0; i-- {
		if text[i-1] != '\n' {
			continue
		}
		if lines--; lines == 0 {
			return text[i:]
		}
	}
	return text
}
