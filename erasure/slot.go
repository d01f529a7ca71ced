package erasure

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// errLate is said of a drive the others did not wait for.
var errLate = fmt.Errorf("erasure: the others did not wait for the drive: %w", drive.ErrOffline)

// slot is a drive and what is known of its speed. A drive that is replaced leaves with its reputation.
type slot struct {
	drive drive.Drive

	lateReads  atomic.Int32 // reads that were given up and have not returned
	lateWrites atomic.Int32 // staged files that were given up and whose drive has not returned
	pace       atomic.Int64 // moving average of the time a read takes, in ns; 0 before the first
}

func newSlot(d drive.Drive) *slot {
	if d == nil {
		d = offline{}
	}
	return &slot{drive: d}
}

// took notes how long a read took. Concurrent notes may get lost, which does no harm. A drive that hung for an hour is not an
// hour slow from then on, hence the limit.
func (s *slot) took(d time.Duration) {
	d = min(d, maxPace)
	before := s.pace.Load()
	if before == 0 {
		s.pace.Store(int64(max(d, 1)))
		return
	}
	s.pace.Store(max(1, before+(int64(d)-before)/8))
}

// hedgeAfter is how long a read from a slot may take before it is late: four times what the (lower) median of the other
// drives takes, but at least hedgeFloor, below which scheduling and garbage collection would be taken for slow drives.
func (s *Set) hedgeAfter(slot int) time.Duration {
	others := make([]int64, 0, 16)
	for i := range s.slots {
		if pace := s.slots[i].Load().pace.Load(); i != slot && pace > 0 {
			others = append(others, pace)
		}
	}
	if len(others) == 0 {
		return hedgeFloor
	}
	slices.Sort(others)
	return max(hedgeFloor, hedgeFactor*time.Duration(others[(len(others)-1)/2]))
}

const (
	hedgeFloor  = 20 * time.Millisecond
	hedgeFactor = 4
	maxPace     = time.Second
)
