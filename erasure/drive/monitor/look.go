package monitor

import (
	"errors"
	"time"
)

// look is what is known of the looking after a drive. There is one goroutine for it while there is something to find out.
type look struct {
	// Guarded by Drive.mu.
	looking bool
	told    State         // what Options.Changed knows
	doubt   error         // why a drive that is Online is looked at
	pause   time.Duration // before the first probe of the next suspicion
	back    time.Duration // when the drive was let back last; of the clock of Drive

	wake  chan struct{} // something came home: no more pause
	hurry chan struct{} // the drive has become suspect: less patience with the probe
	probe chan error    // of a probe that has not answered; of the goroutine that looks
	count int           // of probes; of the goroutine that looks
}

func (l *look) init() {
	l.wake, l.hurry = make(chan struct{}, 1), make(chan struct{}, 1)
	l.back = -stable
}

// wakeUp ends a pause: the drive has given a sign of life.
func (l *look) wakeUp() { signal(l.wake) }

func (l *look) hurryUp() { signal(l.hurry) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

const (
	// stable is how long a drive must have been Online for its past to be forgotten.
	stable = time.Minute

	firstPause = time.Second
	maxPause   = time.Minute
)

// damp returns how long to wait before the first probe. A drive that passes probes and fails calls is in and out of service;
// each time it comes back twice as late.
func (l *look) damp(now time.Duration) time.Duration {
	if now-l.back >= stable {
		l.pause = 0
		return 0
	}
	l.pause = min(max(2*l.pause, firstPause), maxPause)
	return l.pause
}

// lookLocked begins to look after the drive, after a pause, unless somebody does.
func (m *Drive) lookLocked(pause time.Duration) {
	if m.look.looking {
		return
	}
	m.look.looking = true
	m.others.Go(func() { m.lookAfter(pause) })
}

// lookAfter probes the drive until it is Online and nothing is held against it any more, or it is closed.
func (m *Drive) lookAfter(pause time.Duration) {
	m.announce()
	failed := 0
	for m.rest(pause) {
		err := m.probed()
		if errors.Is(err, errClosed) {
			return
		}
		switch {
		case err == nil, errors.Is(err, errReadOnly):
			failed = 0
		case !ours(err):
			failed++
		}
		m.conclude(err, failed)
		m.announce()
		if m.satisfied() {
			return
		}
		pause = min(max(2*pause, firstPause), maxPause)
	}
}

// conclude draws the conclusion from a probe.
func (m *Drive) conclude(err error, failed int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
	case err == nil && m.state == Online:
	case err == nil && m.loose == 0 && 2*m.stuck <= m.o.Calls:
		m.enterLocked(Online, nil)
		m.look.back = m.now()
	case err == nil: // it answers, but not everything
	case errors.Is(err, errReadOnly):
		m.enterLocked(ReadOnly, err)
	case failed >= 2 && m.state != Offline:
		m.enterLocked(Offline, err)
	case failed == 1 && m.state == Online:
		m.enterLocked(Suspect, errors.Join(m.look.doubt, err))
	}
}

// satisfied tells whether there is nothing more to look for. The goroutine must end then.
func (m *Drive) satisfied() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != Online || m.look.told != Online {
		return false
	}
	m.look.looking = false
	return true
}

// announce tells of a new state.
func (m *Drive) announce() {
	m.mu.Lock()
	from, to, why := m.look.told, m.state, m.why
	closed := m.closed
	m.look.told = to
	m.mu.Unlock()
	if from != to && !closed && m.o.Changed != nil {
		m.o.Changed(from, to, why)
	}
}

// rest waits. It returns false when the drive is closed.
func (m *Drive) rest(pause time.Duration) bool {
	if pause <= 0 {
		return true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-m.look.wake:
	case <-m.look.probe:
		m.look.probe = nil // it was late, whatever it says
	case <-m.quit:
		return false
	}
	return true
}
