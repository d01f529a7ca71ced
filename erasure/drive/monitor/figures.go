package monitor

import (
	"math/bits"
	"time"
)

// figures are what is known of the calls of one kind.
type figures struct {
	calls, errors, timeouts uint64

	flying int           // asked and not come home
	known  int           // have come home
	limit  time.Duration // what the next may take
	recent [2]sample     // the latest calls, and those before them
	since  time.Duration // when recent[0] began, on the clock of Drive
}

// sample is how long some calls took.
type sample struct {
	n       int
	sum     time.Duration
	buckets [buckets]uint32
}

const (
	// A sample is closed when it is large or old.
	sampleCalls = 1024
	sampleAge   = time.Minute

	// buckets go from a microsecond to an hour, two for each doubling.
	buckets = 66
)

// bucketOf is the bucket of a duration.
func bucketOf(d time.Duration) int {
	us := uint64(max(d, 0) / time.Microsecond)
	if us < 2 {
		return int(us)
	}
	doublings := bits.Len64(us) - 1
	upper := us >> (doublings - 1) & 1
	return min(2*doublings+int(upper), buckets-1)
}

// bucketEnd is the duration no call of a bucket reaches.
func bucketEnd(i int) time.Duration {
	if i < 2 {
		return time.Duration(i+1) * time.Microsecond
	}
	return time.Duration(i%2+3) << (i/2 - 1) * time.Microsecond
}

// note takes how long a call took.
func (f *figures) note(took, now, most time.Duration) {
	if f.recent[0].n >= sampleCalls || f.recent[0].n > 0 && now-f.since >= sampleAge {
		f.recent[1], f.recent[0] = f.recent[0], sample{}
	}
	s := &f.recent[0]
	if s.n == 0 {
		f.since = now
	}
	s.n++
	s.sum += took
	s.buckets[bucketOf(took)]++
	if s.n < 32 || s.n%32 == 0 { // counting is not for free
		f.limit = limit(f.p99(), most)
	}
}

// limit is how long a call may take where 99 of 100 take less than p99.
func limit(p99, most time.Duration) time.Duration {
	return min(max(leastTimeout, timeoutFactor*p99), most)
}

const (
	leastTimeout  = time.Second
	timeoutFactor = 8

	// hung is what tells a drive that is slow, and gets the time it needs, from one that hung, and is not slow from then on. A
	// late answer that took longer is no measure of the drive. It is also what a drive may take as long as little is known.
	hung = 5 * time.Second

	// proven is how many answers it takes to know what 99 of 100 calls take.
	proven = 100
)

// p99 is the time that 99 of 100 recent calls stayed below, up to half too long; 0 without calls.
func (f *figures) p99() time.Duration {
	n := f.recent[0].n + f.recent[1].n
	above := n / 100
	for i := buckets - 1; i >= 0 && n > 0; i-- {
		above -= int(f.recent[0].buckets[i] + f.recent[1].buckets[i])
		if above < 0 {
			return bucketEnd(i)
		}
	}
	return 0
}

// mean of recent calls; 0 without any.
func (f *figures) mean() time.Duration {
	n := f.recent[0].n + f.recent[1].n
	if n == 0 {
		return 0
	}
	return (f.recent[0].sum + f.recent[1].sum) / time.Duration(n)
}

// Stats are figures of a drive. Counters only grow.
type Stats struct {
	State    State
	Why      error // why it is not Online
	Running  int   // calls the drive has, stuck ones among them
	Stuck    int   // of Running, those overdue
	Waiting  int   // calls in the queue
	Faults   uint64
	Timeouts uint64
	Calls    []CallStats // of kinds that were ever called
}

// CallStats are figures of one kind of call.
type CallStats struct {
	Name     string // as the method is called
	Calls    uint64 // asked for, refused ones not among them
	Errors   uint64 // answered by the drive with an error of any kind but io.EOF and the context's
	Timeouts uint64 // not answered in time
	InFlight int    // asked for and not come home
	// Mean and P99 are of recent calls, from being asked for to being answered. P99 is rounded up by at most a half.
	Mean, P99 time.Duration
}

// Stats reads the figures. It asks no drive.
func (m *Drive) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Stats{State: m.state, Why: m.why, Running: len(m.running), Waiting: len(m.queue), Stuck: m.stuck, Faults: m.faults}
	for k := range kinds {
		f := &m.figures[k]
		if f.calls == 0 {
			continue
		}
		s.Timeouts += f.timeouts
		s.Calls = append(s.Calls, CallStats{
			Name: k.String(), Calls: f.calls, Errors: f.errors, Timeouts: f.timeouts, InFlight: f.flying,
			Mean: f.mean(), P99: f.p99(),
		})
	}
	return s
}
