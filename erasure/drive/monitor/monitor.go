package monitor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Options say how a drive is watched. The zero value is usual.
type Options struct {
	// Name is how errors call the drive.
	Name string
	// MaxTimeout is the most that a call may take, however slow the drive has been; at least a second. 0 means 30 s.
	MaxTimeout time.Duration
	// Calls is how many calls the drive gets at a time; 0 means 64. See the package comment.
	Calls int
	// Changed is told of each new state and what led to it, nil for Online; one call after the other, in order. The next look
	// at the drive waits for it. It must not call Close. nil means nobody.
	Changed func(from, to State, why error)
}

func (o Options) withDefaults() Options {
	if o.MaxTimeout == 0 {
		o.MaxTimeout = 30 * time.Second
	}
	o.MaxTimeout = max(o.MaxTimeout, leastTimeout)
	if o.Calls <= 0 {
		o.Calls = 64
	}
	return o
}

// Drive is a drive that is watched. It is safe for concurrent use.
//
// In addition to what package drive promises, a call that fails with drive.ErrOffline may have been given up by the monitor
// and still be under way; see the package comment for what that means.
type Drive struct {
	inner drive.Drive
	o     Options
	began time.Time // the clock starts here
	calls sync.Pool // of *call
	lent  sync.Pool // of *commitCall

	mu      sync.Mutex // guards what follows; held for moments only
	running []*call    // what the drive has, Options.Calls at most
	queue   []*call    // what waits for one of them, in order
	idle    []worker   // those without work; the one used last is at the end
	figures [kinds]figures

	watch *time.Timer   // fires while anything runs or waits; nil before the first call
	armed bool          // watch will fire
	due   time.Duration // when

	id      string // see SetID
	state   State
	why     error // what led to it
	refusal error // what calls are told in a state that takes none
	score   int   // see fault.go
	faults  uint64
	stuck   int // calls of running that are overdue
	loose   int // loose changes of running that were given up
	look    look

	closed bool
	drain  chan struct{} // closed when running is empty for good; nil before Close
	quit   chan struct{} // closed by Close

	releases  []func() error // what to let go of while the drive takes no calls
	releasing bool           // somebody works on it

	others sync.WaitGroup // goroutines that use inner besides those of running
}

var _ drive.Drive = (*Drive)(nil)

// New watches a drive, which then belongs to the monitor. Nothing runs before the first call.
func New(inner drive.Drive, o Options) *Drive {
	m := &Drive{inner: inner, o: o.withDefaults(), began: time.Now(), quit: make(chan struct{})}
	m.look.init()
	for k := range m.figures {
		m.figures[k].limit = leastTimeout
	}
	m.calls.New = func() any { return &call{told: make(chan struct{}, 1)} }
	m.lent.New = func() any { return new(commitCall) }
	return m
}

// SetID tells who the drive has to be, as Info says, to be let back. Without an id any drive is.
func (m *Drive) SetID(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.id = id
}

// now reads the clock, which does not go back and is cheaper to read than the time of day.
func (m *Drive) now() time.Duration { return time.Since(m.began) }

// Error says that the monitor gave a call up, or refused it. errors.Is finds drive.ErrOffline and the cause.
type Error struct {
	Drive string
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("drive %s: %v", e.Drive, e.Err) }

// Unwrap returns drive.ErrOffline and the cause.
func (e *Error) Unwrap() []error { return []error{drive.ErrOffline, e.Err} }

func (m *Drive) offline(format string, args ...any) error {
	return &Error{Drive: m.o.Name, Err: fmt.Errorf(format, args...)}
}

// Close waits until the drive has answered what it was asked and closes it, but not longer than MaxTimeout, or a second if it
// is not Online. Calls and a Close that hang beyond that are left behind: they end when the drive answers, and the error tells
// of them.
func (m *Drive) Close() error {
	patience, first := m.shut()
	if !first {
		return nil
	}
	ended := make(chan error, 1)
	go func() {
		<-m.drain
		m.others.Wait()
		ended <- m.inner.Close()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.offline("not closed after %v, %d calls have not come home", patience, len(m.running))
	m.abandonLocked(err)
	return err
}

// shut lets no call in any more. It tells whether it was the first to do so, and how long to wait for what is under way.
func (m *Drive) shut() (patience time.Duration, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, false
	}
	patience = m.o.MaxTimeout
	if m.state != Online {
		patience = leastTimeout
	}
	m.closed = true
	m.state, m.why = Offline, errClosed
	m.refusal = m.offline("%w", errClosed)
	m.flushLocked()
	m.dismissLocked()
	m.drain = make(chan struct{})
	close(m.quit)
	if len(m.running) == 0 {
		close(m.drain)
	}
	return patience, true
}

// Online tells whether the drive takes all calls. It asks no drive.
func (m *Drive) Online() bool { return m.State() == Online }

// State is what is thought of the drive.
func (m *Drive) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// ask makes a call that returns something. late lets go of what came home too late; nil if there is nothing to let go of.
func ask[T any](m *Drive, ctx context.Context, k kind, do func() (T, error), late func(T)) (T, error) {
	a := &answer[T]{ask: do, drop: late}
	_, err := m.do(ctx, k, 0, a)
	if err != nil {
		var none T // a.value may still be written to
		return none, err
	}
	return a.value, nil
}

// answer is the work of a call that returns something.
type answer[T any] struct {
	ask   func() (T, error)
	drop  func(T)
	value T
}

func (a *answer[T]) do() (err error) {
	a.value, err = a.ask()
	return err
}

func (a *answer[T]) late(err error) {
	if err == nil && a.drop != nil {
		a.drop(a.value)
	}
}

// tell makes a call that returns nothing but an error.
func (m *Drive) tell(ctx context.Context, k kind, do func() error) error {
	_, err := m.do(ctx, k, 0, plain(do))
	return err
}

// plain is the work of a call with nothing to let go of.
type plain func() error

func (do plain) do() error  { return do() }
func (do plain) late(error) {}
