package monitor

import (
	"fmt"
	"slices"
	"time"
)

// watchEvery is how often calls are looked at while there are any. It is also the time that the whole process may lose, to a
// debugger, a sleeping laptop or a busy hypervisor, before it is not held against the drive.
const watchEvery = 250 * time.Millisecond

// armLocked sees to it that the watch fires.
func (m *Drive) armLocked(now time.Duration) {
	if m.armed {
		return
	}
	m.armed, m.due = true, now+watchEvery
	if m.watch == nil {
		m.watch = time.AfterFunc(watchEvery, m.sweep)
		return
	}
	m.watch.Reset(watchEvery)
}

// sweep looks for calls that are overdue. One timer for all calls instead of one for each is what makes a deadline cheap.
func (m *Drive) sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.forgiveLocked(now)
	for _, c := range m.running {
		m.checkLocked(c, now)
	}
	m.queue = slices.DeleteFunc(m.queue, func(c *call) bool {
		if c.end > now {
			return false
		}
		m.refuseLocked(c, m.offline("%s has waited %v for other calls", c.kind, (now-c.asked).Round(time.Millisecond)))
		return true
	})
	m.armed = false
	if len(m.running)+len(m.queue) == 0 {
		m.dismissLocked()
		return
	}
	m.armed, m.due = true, m.nextLocked(now)
	m.watch.Reset(m.due - now)
}

// nextLocked is when to sweep again.
func (m *Drive) nextLocked(now time.Duration) time.Duration {
	next := now + watchEvery
	for _, c := range m.running {
		if c.due > now {
			next = min(next, c.due)
		}
		if c.end > now {
			next = min(next, c.end)
		}
	}
	for _, c := range m.queue {
		next = min(next, c.end)
	}
	return next
}

// forgiveLocked gives calls the time back that the process has lost: a watch that comes much too late tells that nothing else
// had a chance to run either.
func (m *Drive) forgiveLocked(now time.Duration) {
	lost := now - m.due
	if lost < watchEvery {
		return
	}
	for _, calls := range [][]*call{m.running, m.queue} {
		for _, c := range calls {
			c.asked, c.began = c.asked+lost, c.began+lost
			c.due, c.end = later(c.due, lost), later(c.end, lost)
		}
	}
}

// later moves a time, unless it is none.
func later(t, by time.Duration) time.Duration {
	if t == 0 {
		return 0
	}
	return t + by
}

// checkLocked acts on a running call whose time has come.
func (m *Drive) checkLocked(c *call, now time.Duration) {
	overdue := c.due > 0 && c.due <= now
	ended := c.end > 0 && c.end <= now
	if !overdue && !ended {
		return
	}
	if !c.inside.Load() && !c.late {
		m.limitLocked(c, now) // the machine is busy; it is not the drive
		return
	}
	took := now - c.began
	why := fmt.Errorf("%s has not answered for %v", c.kind, took.Round(time.Millisecond))
	if !c.late {
		c.late = true
		m.stuck++
		m.figures[c.kind].timeouts++
	}
	if ended {
		c.end = 0
		if c.phase == running {
			m.leaveLocked(c, &Error{Drive: m.o.Name, Err: why})
		}
	}
	if !c.long || ended && !table[c.kind].long {
		c.due = 0
		m.suspectLocked(why)
		return
	}
	c.due = now + took // and then half as often
	m.doubtLocked(why)
}
