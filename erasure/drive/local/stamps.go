package local

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"sync"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
)

// errNewEpoch is said of a commit whose epoch the drive has not been shown yet.
var errNewEpoch = errors.New("new epoch")

// stamps decides which commits are stale. It remembers the last sequence number of the records that were committed to most
// recently, in two tables: when the younger is full the older is forgotten, and whoever is not in a table is compared with
// the highest number ever forgotten. That is never too lenient; it is too strict only with a commit that was overtaken by
// thousands of others.
//
// Records are known by a 64-bit hash. Two that collide would be ordered as if they were one.
type stamps struct {
	mu    sync.Mutex
	seed  maphash.Seed
	epoch uint64
	floor uint64            // the least number that is not stale for records in neither table
	high  uint64            // one more than the highest number of this epoch
	young map[uint64]uint64 // record -> the least number that is not stale
	old   map[uint64]uint64
}

// stampsKept is the size of a table.
const stampsKept = 8192

func (s *stamps) init() {
	s.seed = maphash.MakeSeed()
	s.young = map[uint64]uint64{}
}

// check tells whether a commit may go on: nil, drive.ErrStale or errNewEpoch.
func (s *stamps) check(record drive.Path, stamp drive.Stamp) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case stamp.Epoch < s.epoch:
		return drive.ErrStale
	case stamp.Epoch > s.epoch:
		return errNewEpoch
	}
	if stamp.Seq < s.least(s.key(record)) {
		return drive.ErrStale
	}
	return nil
}

func (s *stamps) key(record drive.Path) uint64 { return maphash.String(s.seed, string(record)) }

func (s *stamps) least(key uint64) uint64 {
	if n, ok := s.young[key]; ok {
		return n
	}
	if n, ok := s.old[key]; ok {
		return n
	}
	return s.floor
}

// done remembers a commit that is durable.
func (s *stamps) done(record drive.Path, stamp drive.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stamp.Epoch != s.epoch {
		return
	}
	if len(s.young) >= stampsKept {
		for _, n := range s.old {
			s.floor = max(s.floor, n)
		}
		s.old, s.young = s.young, map[uint64]uint64{}
	}
	s.young[s.key(record)] = stamp.Seq + 1
	s.high = max(s.high, stamp.Seq+1)
}

// raise begins an epoch. It tells whether it is higher than the one before.
func (s *stamps) raise(epoch uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if epoch <= s.epoch {
		return false
	}
	s.epoch, s.floor, s.high = epoch, 0, 0
	s.old, s.young = nil, map[uint64]uint64{}
	return true
}

func (s *stamps) current() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch
}

// note says what is to be remembered when the tables are not: the epoch, and from which number on nothing in it was used.
func (s *stamps) note() commitlog.Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n commitlog.Note
	binary.LittleEndian.PutUint64(n[:8], s.epoch)
	binary.LittleEndian.PutUint64(n[8:], s.high)
	return n
}

// resume takes up what a note says, if it is of this epoch.
func (s *stamps) resume(n commitlog.Note) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if binary.LittleEndian.Uint64(n[:8]) == s.epoch {
		s.floor = binary.LittleEndian.Uint64(n[8:])
		s.high = max(s.high, s.floor)
	}
}
