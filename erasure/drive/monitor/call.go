package monitor

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// call is a call of the drive on its way. There are two kinds:
//
// A call with work is done by a worker, while the caller waits until it is told. The caller can be told before the drive has
// answered; the call then has been left, and belongs to the worker.
//
// A call without work is done by the caller itself, who only asks to be let in. It lends the drive memory (ReadAt, Write), and
// so cannot be left.
type call struct {
	kind  kind
	extra time.Duration // what it may take beyond the limit of its kind
	work  work
	told  chan struct{} // has room for one: it is over or left, or the caller without work may begin

	// inside tells that the drive has it. Between being let run and this, and before the answer is taken note of, a call waits for
	// nothing but a processor.
	inside atomic.Bool

	// Guarded by Drive.mu; after being told, of the caller.
	phase phase
	err   error // how it ended for the caller

	// Guarded by Drive.mu. Times are of the clock of Drive.
	asked time.Duration
	began time.Duration
	due   time.Duration // when to look at it; 0 = no more
	end   time.Duration // when to give it up; 0 = never
	long  bool          // to be overdue is not enough to be given up
	late  bool          // it was overdue
	at    int           // index in Drive.running
}

type phase uint8

const (
	queued phase = iota
	running
	over // or refused
	left // and still running
)

// work is what a worker does for a call.
type work interface {
	do() error
	// late lets go of what do has brought about, if the caller has left. The drive counts as busy until it returns.
	late(err error)
}

// worker is a goroutine that does one call after the other.
type worker chan *call

// do makes a call and waits until it is over, but not beyond what it may take. When it was left, the drive still has what it
// was given.
func (m *Drive) do(ctx context.Context, k kind, extra time.Duration, w work) (wasLeft bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	c := m.calls.Get().(*call)
	c.kind, c.extra, c.work = k, extra, w
	if _, err := m.admit(c); err != nil {
		m.recycle(c)
		return false, err
	}
	select {
	case <-c.told:
	case <-ctx.Done():
		m.leave(c, ctx.Err())
		<-c.told
	}
	if c.phase == left {
		return true, c.err
	}
	err = c.err
	m.recycle(c)
	return false, err
}

// enter asks to be let in, to call the drive from the caller's own goroutine. Who is let in must call exit.
func (m *Drive) enter(k kind, extra time.Duration) (*call, error) {
	c := m.calls.Get().(*call)
	c.kind, c.extra = k, extra
	waits, err := m.admit(c)
	if waits {
		<-c.told
		err = c.err
	}
	if err != nil {
		m.recycle(c)
		return nil, err
	}
	c.inside.Store(true)
	return c, nil
}

// exit tells what the drive said.
func (m *Drive) exit(c *call, err error) {
	c.inside.Store(false)
	judged := judge(err)
	m.mu.Lock()
	m.homeLocked(c, judged, err)
	m.removeLocked(c)
	m.mu.Unlock()
	m.recycle(c)
}

// recycle takes back a call nobody has any more.
func (m *Drive) recycle(c *call) {
	c.work, c.err, c.late, c.long = nil, nil, false, false // all else is set anew
	m.calls.Put(c)
}

// admit lets a call run or puts it in the queue, unless the drive takes none.
func (m *Drive) admit(c *call) (waits bool, err error) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refusesLocked(c.kind) {
		return false, m.refusal
	}
	f := &m.figures[c.kind]
	f.calls++
	f.flying++
	c.asked = now
	if len(m.running) < m.o.Calls {
		m.startLocked(c, now)
	} else {
		waits = true
		c.phase = queued
		c.due = now + f.limit + c.extra
		c.end = c.due
		m.queue = append(m.queue, c)
	}
	m.armLocked(now)
	return waits, nil
}

// startLocked gives a call to the drive.
func (m *Drive) startLocked(c *call, now time.Duration) {
	c.phase, c.at = running, len(m.running)
	m.limitLocked(c, now)
	m.running = append(m.running, c)
	if c.work == nil {
		return
	}
	if n := len(m.idle); n > 0 {
		m.idle[n-1] <- c
		m.idle = m.idle[:n-1]
		return
	}
	w := make(worker, 1)
	w <- c
	go m.serve(w)
}

// limitLocked says how long a call may take from now on.
func (m *Drive) limitLocked(c *call, now time.Duration) {
	f := &m.figures[c.kind]
	c.began = now
	c.due = c.began + f.limit + c.extra
	c.end = c.due
	switch {
	case c.work == nil:
		c.long, c.end = true, 0
	case table[c.kind].long:
		c.long, c.end = true, c.due+m.o.MaxTimeout
	case f.known < proven:
		c.long, c.end = true, max(c.due, c.began+min(hung, m.o.MaxTimeout)+c.extra)
	}
}

// serve is the goroutine of a worker. It ends when it is dismissed.
func (m *Drive) serve(w worker) {
	for c := range w {
		m.answer(w, c)
	}
}

// answer does a call, tells the caller, and makes the worker ready for the next one.
func (m *Drive) answer(w worker, c *call) {
	c.inside.Store(true)
	err := c.work.do()
	c.inside.Store(false)
	judged := judge(err)
	m.mu.Lock()
	m.homeLocked(c, judged, err)
	waiting := c.phase == running
	if waiting {
		c.phase, c.err = over, err
	} else {
		m.mu.Unlock()
		c.inside.Store(true)
		c.work.late(err)
		m.mu.Lock()
	}
	m.idle = append(m.idle, w)
	m.removeLocked(c)
	m.mu.Unlock()
	if waiting {
		c.told <- struct{}{}
	}
}

// homeLocked takes note of an answer.
func (m *Drive) homeLocked(c *call, judged verdict, err error) {
	now := m.now()
	f := &m.figures[c.kind]
	f.flying--
	f.known++
	if judged != sound {
		f.errors++
	}
	if took := now - c.asked; !c.late || took < hung {
		f.note(took, now, m.o.MaxTimeout)
	}
	m.scoreLocked(judged, err)
}

// removeLocked takes a call off what the drive has, and gives it others instead.
func (m *Drive) removeLocked(c *call) {
	last := len(m.running) - 1
	m.running[c.at] = m.running[last]
	m.running[c.at].at = c.at
	m.running[last] = nil
	m.running = m.running[:last]
	if c.late {
		m.stuck--
	}
	if c.phase == left {
		if table[c.kind].loose {
			m.loose--
		}
		m.look.wakeUp()
	}
	for len(m.queue) > 0 && len(m.running) < m.o.Calls {
		first := m.queue[0]
		m.queue[0] = nil
		m.queue = m.queue[1:]
		m.startLocked(first, m.now())
		if first.work == nil {
			first.told <- struct{}{}
		}
	}
	if m.closed {
		m.dismissLocked()
		if len(m.running) == 0 {
			close(m.drain)
		}
	}
}

// leave is for a caller that will not wait any longer. It is told in any case.
func (m *Drive) leave(c *call, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch c.phase {
	case queued:
		m.queue = slices.DeleteFunc(m.queue, func(q *call) bool { return q == c })
		m.refuseLocked(c, err)
	case running:
		m.leaveLocked(c, err)
	}
}

// refuseLocked ends a call that was taken off the queue.
func (m *Drive) refuseLocked(c *call, err error) {
	m.figures[c.kind].flying--
	c.phase, c.err = over, err
	c.told <- struct{}{}
}

// leaveLocked tells the caller of a running call that it is not waited for any more.
func (m *Drive) leaveLocked(c *call, err error) {
	if table[c.kind].loose {
		m.loose++
	}
	c.phase, c.err = left, err
	c.told <- struct{}{}
}

// flushLocked refuses everything in the queue that the drive does not take any more.
func (m *Drive) flushLocked() {
	m.queue = slices.DeleteFunc(m.queue, func(c *call) bool {
		if !m.refusesLocked(c.kind) {
			return false
		}
		m.refuseLocked(c, m.refusal)
		return true
	})
}

// abandonLocked leaves every running call that can be left.
func (m *Drive) abandonLocked(err error) {
	for _, c := range m.running {
		if c.phase == running && c.work != nil {
			m.leaveLocked(c, err)
		}
	}
}

// dismissLocked ends all workers without work.
func (m *Drive) dismissLocked() {
	for _, w := range m.idle {
		close(w)
	}
	clear(m.idle)
	m.idle = m.idle[:0]
}

var errClosed = errors.New("closed")
