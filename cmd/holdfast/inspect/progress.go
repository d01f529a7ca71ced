package inspect

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	progressAfter = time.Second      // what is faster shows nothing
	drawEvery     = time.Second      // on a terminal, where a line is drawn over itself
	logEvery      = 30 * time.Second // elsewhere
)

// ticker shows how far a long run has come, from its first second on.
type ticker struct {
	progress *Progress
	w        io.Writer
	terminal bool
	done     chan struct{}
	stopped  sync.WaitGroup

	mu    sync.Mutex // guards drawn and writes
	drawn bool       // a line is on the terminal
}

// watch begins to show progress. The caller stops it.
func (c *command) watch(p *Progress) *ticker {
	t := &ticker{progress: p, w: c.stderr, terminal: c.env.Terminal, done: make(chan struct{})}
	t.stopped.Go(t.run)
	return t
}

func (t *ticker) run() {
	every := logEvery
	if t.terminal {
		every = drawEvery
	}
	clock := time.NewTimer(progressAfter)
	defer clock.Stop()
	for {
		select {
		case <-clock.C:
			t.draw()
			clock.Reset(every)
		case <-t.done:
			return
		}
	}
}

func (t *ticker) draw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.terminal {
		fmt.Fprintln(t.w, progressText(t.progress))
		return
	}
	fmt.Fprintf(t.w, "\r\x1b[K%s", progressText(t.progress))
	t.drawn = true
}

// clear takes the line off the terminal, so that something else can be written.
func (t *ticker) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.drawn {
		fmt.Fprint(t.w, "\r\x1b[K")
		t.drawn = false
	}
}

// stop ends it and waits until nothing more is written.
func (t *ticker) stop() {
	close(t.done)
	t.stopped.Wait()
	t.clear()
}
