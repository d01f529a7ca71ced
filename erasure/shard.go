package erasure

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// errClosed is said of reads after Close.
var errClosed = errors.New("erasure: reader closed")

// health is what a Reader has learned of a shard.
type health uint8

const (
	sound   health = iota // nothing bad is known
	damaged               // a frame was rotten or unreadable; others may be good, but it is asked last
	dead                  // it cannot be opened or has the wrong length
)

// shard is the shard of one slot as a Reader sees it. Its reads are done one after another by a goroutine that lives while
// there are any: a reader whose client is slow holds none.
type shard struct {
	reader *Reader
	slot   int

	// Of the goroutine that does the reads; without one, of who holds mu.
	file drive.Reader

	mu       sync.Mutex // guards what follows
	queue    []*read    // not begun
	running  bool       // there is a goroutine
	closed   bool
	health   health
	err      error // the last thing that was wrong
	reported bool  // damaged was told
}

// read is one run of frames of a shard, on its way into a window.
type read struct {
	shard  *shard
	index  int // number of the shard, from zero
	into   *window
	offset int64 // in the shard's file
	asked  time.Time
	answer chan<- answer // has room

	at   *slot
	late bool // counted in at.lateReads; guarded by shard.mu
	over bool // answered or withdrawn; guarded by shard.mu
}

// answer says how a read ended; its frames are verified when err is nil.
type answer struct {
	index int
	err   error
}

// state tells what is known of the shard.
func (s *shard) state() (health, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.health, s.err
}

// slow tells whether the drive owes somebody an answer for too long.
func (s *shard) slow() bool { return s.reader.set.slots[s.slot].Load().lateReads.Load() > 0 }

// ask takes a read and the hold on its window that comes with it.
func (s *shard) ask(r *read) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		r.into.drop()
		r.answer <- answer{r.index, errClosed}
		return
	}
	s.queue = append(s.queue, r)
	if !s.running {
		s.running = true
		s.reader.set.background.spawn(s.run)
	}
}

// withdraw takes a read back that has not begun. It tells whether the window is free of it, either way.
func (s *shard) withdraw(r *read) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.queue, r); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
		s.overLocked(r)
		r.into.drop()
	}
	return r.over
}

// markLate counts a read as late until it is over.
func (s *shard) markLate(r *read) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.late || r.over {
		return
	}
	r.late = true
	s.reader.set.counts.lateReads.Add(1)
	if r.at.lateReads.Add(1) == 1 {
		s.reader.set.log.Warn("drive is late with reads, reading parity instead", "slot", s.slot)
	}
}

func (s *shard) overLocked(r *read) {
	r.over = true
	if r.late && r.at.lateReads.Add(-1) == 0 {
		s.reader.set.log.Info("drive has answered all late reads", "slot", s.slot)
	}
}

// close lets go of the file, at once or, if a read is under way, after it.
func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, r := range s.queue {
		s.overLocked(r)
		r.into.drop()
		r.answer <- answer{r.index, errClosed}
	}
	s.queue = nil
	if !s.running {
		s.closeFile()
	}
}

func (s *shard) closeFile() {
	if s.file != nil {
		_ = s.file.Close() // it was only read
		s.file = nil
	}
}

// run does the reads of the queue, and closes the file when there is no more use for it.
func (s *shard) run() {
	for {
		r := s.next()
		if r == nil {
			return
		}
		err := s.serve(r)
		r.at.took(time.Since(r.asked))
		s.finish(r, err)
	}
}

// next takes the first read off the queue. With nil the goroutine has handed its rights back and must end.
func (s *shard) next() *read {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) > 0 {
		r := s.queue[0]
		s.queue = slices.Delete(s.queue, 0, 1)
		return r
	}
	s.running = false
	if s.closed {
		s.closeFile()
	}
	return nil
}

// finish answers a read. The window is dropped before the answer is given: who has all answers has the window to itself.
func (s *shard) finish(r *read, err error) {
	s.mu.Lock()
	s.overLocked(r)
	if err != nil {
		s.err = err
		s.health = max(s.health, damaged)
	}
	tell := isDamage(err) && !s.reported
	s.reported = s.reported || tell
	s.mu.Unlock()
	r.into.drop()
	r.answer <- answer{r.index, err}
	if tell {
		s.reader.set.counts.damagedShards.Add(1)
		if s.reader.damaged != nil {
			s.reader.damaged(s.slot, err)
		}
	}
}

// isDamage tells whether an error means that the shard should be healed: it is missing, rotten or cannot be read, and not
// merely out of reach.
func isDamage(err error) bool {
	return err != nil && !errors.Is(err, drive.ErrOffline) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errClosed)
}

// serve reads and verifies.
func (s *shard) serve(r *read) error {
	if err := s.openFile(); err != nil {
		return err
	}
	return readRun(r.into.Window, r.index, s.file, r.offset)
}

// openFile opens the shard when it is first needed. A shard of the wrong length is dead: its frames are not where they should be.
func (s *shard) openFile() error {
	if s.file != nil {
		return nil
	}
	if health, err := s.state(); health == dead {
		return err
	}
	file, err := s.reader.open(s.reader.ctx, s.slot)
	if err == nil && file.Size() != s.reader.fileSize {
		_ = file.Close()
		err = wrongLength(file.Size(), s.reader.fileSize)
	}
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.health, s.err = dead, err
		return err
	}
	s.file = file
	return nil
}
