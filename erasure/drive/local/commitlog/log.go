package commitlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

var (
	// ErrCorrupt is said of a log that lost something it had acknowledged.
	ErrCorrupt = errors.New("commit log corrupt")
	// ErrTooLarge is said of a record no segment has room for.
	ErrTooLarge = errors.New("commit log record too large")
	// ErrNoRoom is said when the drive has no room for the log's files. The log has not come to its end.
	ErrNoRoom = errors.New("no room for the commit log")
	// ErrClosed is said by a log that was closed.
	ErrClosed = errors.New("commit log closed")
)

// Options say how a log behaves.
type Options struct {
	// Size is the size of a new segment in bytes, from MinSize to MaxSize in multiples of 4096; 0 means 16 MiB. Segments
	// that exist keep theirs. On a drive without room for them segments are made smaller, down to MinSize.
	Size int64
	// Quiet is how long nothing must have been appended before the log is checkpointed though it is not full; 0 means 2 s.
	Quiet time.Duration
	// Checkpoint makes everything durable that has been applied, and returns what is to be remembered of it when the
	// records are gone. It is called by one goroutine at a time, and its error is the log's end. Required.
	Checkpoint func() (Note, error)
	// Failed is told why the log has come to its end, once, when that happened behind everybody's back. It may be nil.
	Failed func(error)
}

func (o Options) withDefaults() Options {
	if o.Size == 0 {
		o.Size = 16 << 20
	}
	o.Size = min(max(o.Size/block*block, MinSize), MaxSize)
	if o.Quiet == 0 {
		o.Quiet = 2 * time.Second
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	return o
}

// Record is what can be appended.
type Record interface {
	// Size is the number of bytes Append will add.
	Size() int
	// Append adds the record to dst.
	Append(dst []byte) []byte
}

// Stats are what a log has done since it was opened.
type Stats struct {
	Appends     int64 // records
	Groups      int64 // frames: appends that went down together
	Syncs       int64 // fdatasync calls
	Bytes       int64 // written, padding included
	Checkpoints int64
}

// Log is an open log. Append, Stats and Tickets may be used by many goroutines at once; the other calls by one, before the
// first and after the last Append.
//
// Two locks: joining (short, no I/O) guards who is in which group; flushing is held by the leader of a group while it
// writes. A leader takes flushing first and joining inside it.
type Log struct {
	fs   durable.FS
	dir  string
	o    Options
	id   ID
	open atomic.Bool   // between Start and Close
	size atomic.Int64  // of the smaller segment; 0 before there are two
	born atomic.Uint64 // the youngest generation

	joining sync.Mutex // guards:
	group   *group     // the one that still takes members; nil when there is none
	spare   []byte     // a buffer for the next group
	err     error      // why the log is at its end; set once
	timer   *time.Timer
	last    time.Time // when the last frame was written

	flushing sync.Mutex // guards:
	segments [2]*segment
	active   int
	next     uint64 // number of the next record

	background sync.WaitGroup // checkpoints and an armed timer
	appends    atomic.Int64
	groups     atomic.Int64
	syncs      atomic.Int64
	bytes      atomic.Int64
	points     atomic.Int64
}

// group is the appends that go down in one frame.
type group struct {
	buf   []byte // the frame, its header yet empty
	count int
	done  chan struct{} // closed when the frame is durable or err is set
	seg   *segment
	err   error
}

// Ticket stands for a durable record until it is applied.
type Ticket struct{ seg *segment }

// Applied says that what the record asks for has been done, though not durably. It is called once, and must be for every
// ticket, also when doing it failed: Options.Checkpoint then refuses.
func (t Ticket) Applied() { t.seg.unapplied.Done() }

// Place is where in the log something lies.
type Place struct {
	segment int
	off     int64
}

// Plus returns the place n bytes further on.
func (p Place) Plus(n int) Place { return Place{p.segment, p.off + int64(n)} }

// Open reads what is left of a log in directory dir, which must exist. It writes nothing: a log without files gets them
// with the first append.
func Open(f durable.FS, dir string, o Options) (*Log, error) {
	l := &Log{fs: f, dir: dir, o: o.withDefaults(), next: 1}
	for n := range l.segments {
		s, err := openSegment(f, l.name(n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			l.closeFiles()
			return nil, fmt.Errorf("open %s: %w", l.name(n), err)
		}
		l.segments[n] = s
		l.born.Store(max(l.born.Load(), s.header.generation))
	}
	if err := l.measure(); err != nil {
		l.closeFiles()
		return nil, err
	}
	return l, nil
}

// measure finds out what the segments hold that counts.
func (l *Log) measure() error {
	var void uint64
	for _, i := range l.inOrder() {
		void = max(void, l.segments[i].header.void)
	}
	for _, i := range l.inOrder() {
		s := l.segments[i]
		if s.stale = s.header.generation < void; s.stale {
			continue
		}
		if err := s.measure(); err != nil {
			return err
		}
	}
	return l.checkOrder()
}

func (l *Log) name(n int) string { return path.Join(l.dir, fmt.Sprintf("commit.%d", n)) }

// inOrder returns the numbers of the segments that exist, older generation first.
func (l *Log) inOrder() []int {
	a, b := l.segments[0], l.segments[1]
	switch {
	case a == nil && b == nil:
		return nil
	case b == nil:
		return []int{0}
	case a == nil:
		return []int{1}
	case a.header.generation < b.header.generation:
		return []int{0, 1}
	}
	return []int{1, 0}
}

// checkOrder makes sure that neither a record nor a header is missing between the segments. They are emptied in turn, each
// time with the next generation, so that two headers in force are always neighbours.
func (l *Log) checkOrder() error {
	order := l.inOrder()
	if len(order) < 2 {
		return nil
	}
	older, younger := l.segments[order[0]], l.segments[order[1]]
	if older.header.generation+1 != younger.header.generation {
		return fmt.Errorf("%w: %s is of generation %d, %s of %d", ErrCorrupt,
			older.name, older.header.generation, younger.name, younger.header.generation)
	}
	if older.count == 0 || younger.count == 0 || older.first+uint64(older.count) == younger.first {
		return nil
	}
	return fmt.Errorf("%w: %s ends with record %d, %s begins with record %d", ErrCorrupt,
		older.name, older.first+uint64(older.count)-1, younger.name, younger.first)
}

// Len returns the number of records found by Open.
func (l *Log) Len() int {
	var n int
	for _, i := range l.inOrder() {
		n += l.segments[i].count
	}
	return n
}

// Belongs tells whether all records found by Open were appended under the id.
func (l *Log) Belongs(id ID) bool {
	for _, i := range l.inOrder() {
		if s := l.segments[i]; s.count > 0 && s.header.id != id {
			return false
		}
	}
	return true
}

// Replay calls visit with each record found by Open, oldest first, and the place of its first byte. The bytes are valid
// during the call. What is shown is durable: a process that was killed may have left frames it had written and not synced,
// and if the power fails while they are acted upon nothing must be half done that the log knows nothing of.
func (l *Log) Replay(visit func(record []byte, at Place) error) error {
	for _, i := range l.inOrder() {
		if err := l.segments[i].file.Datasync(); err != nil {
			return err
		}
	}
	for _, i := range l.inOrder() {
		if l.segments[i].stale {
			continue
		}
		err := l.segments[i].each(func(record []byte, off int64) error {
			return visit(record, Place{i, off})
		}, func(frame, int64) {})
		if err != nil {
			return err
		}
	}
	return nil
}

// ReadAt reads again what Replay showed at a place.
func (l *Log) ReadAt(p []byte, at Place) error {
	_, err := l.segments[at.segment].file.ReadAt(p, at.off)
	return err
}

// SetAside renames the files found by Open, durably, so that nobody replays them. It returns their new names.
func (l *Log) SetAside(suffix string) ([]string, error) {
	var names []string
	for _, i := range l.inOrder() {
		to := l.name(i) + suffix
		if err := l.fs.Rename(l.name(i), to); err != nil {
			return names, err
		}
		names = append(names, to)
		l.segments[i].file.Close()
		l.segments[i] = nil
	}
	return names, l.fs.SyncDir(l.dir)
}

// Note returns what the last checkpoint left to be remembered; the zero Note if there was none.
func (l *Log) Note() Note {
	order := l.inOrder()
	if len(order) == 0 {
		return Note{}
	}
	return l.segments[order[len(order)-1]].header.note
}

// Start empties the log, durably, and lets appends begin. What Replay showed must be durable by now, or given up, and note
// says what is to be remembered of it. A log that is empty and belongs to the id already is not written to.
func (l *Log) Start(id ID, note Note) error {
	l.id = id
	if !l.emptyFor(id) {
		void := l.born.Load() + 1
		for _, i := range l.inOrder() { // the first header empties both: what replay has made of them belongs together
			if err := l.recycle(l.segments[i], void, note); err != nil {
				return err
			}
		}
	}
	l.settle()
	l.open.Store(true)
	return nil
}

func (l *Log) emptyFor(id ID) bool {
	for _, s := range l.segments {
		if s != nil && (s.count > 0 || s.stale || s.header.id != id) {
			return false
		}
	}
	return true
}

// settle notes where appends go and what there is room for, once both segments exist.
func (l *Log) settle() {
	if order := l.inOrder(); len(order) == 2 {
		l.active = order[0]
		l.size.Store(min(l.segments[0].header.size, l.segments[1].header.size))
	}
}

// recycle empties a segment, and all of generations below void. Callers are alone, or own the segment as its checkpoint does.
func (l *Log) recycle(s *segment, void uint64, note Note) error {
	l.syncs.Add(1)
	return s.recycle(header{generation: l.born.Add(1), void: void, id: l.id, note: note})
}

// MaxRecord is the size of the largest record that can be appended. It makes the files when they are missing.
func (l *Log) MaxRecord() (int, error) {
	if l.size.Load() == 0 {
		l.flushing.Lock()
		defer l.flushing.Unlock()
		if err := l.makeSegments(); err != nil {
			return 0, err
		}
	}
	return int(l.size.Load()) - framesStart - frameHeader - recordHead, nil
}

// Stats returns what the log has done so far.
func (l *Log) Stats() Stats {
	return Stats{Appends: l.appends.Load(), Groups: l.groups.Load(), Syncs: l.syncs.Load(), Bytes: l.bytes.Load(),
		Checkpoints: l.points.Load()}
}

// Append adds a record. When it returns nil the record is durable, and the ticket must be given back. ErrTooLarge, ErrNoRoom
// and ErrClosed leave the log as it was; any other error is its end, and then the record may have become durable or not.
func (l *Log) Append(r Record) (Ticket, error) {
	if !l.open.Load() {
		return Ticket{}, ErrClosed
	}
	if most, err := l.MaxRecord(); err != nil {
		return Ticket{}, err
	} else if r.Size() > most {
		return Ticket{}, ErrTooLarge
	}
	g, leader, err := l.join(r)
	if err != nil {
		return Ticket{}, err
	}
	if leader {
		l.flush(g)
	} else {
		<-g.done
	}
	if g.err != nil {
		return Ticket{}, g.err
	}
	l.appends.Add(1)
	return Ticket{g.seg}, nil
}

// maxGroup is how many bytes a group may have before it takes no more members. It bounds the buffers, and the time the
// last to join waits.
const maxGroup = 1 << 20

// join puts a record into the group that is forming. The first member leads.
func (l *Log) join(r Record) (g *group, leader bool, err error) {
	l.joining.Lock()
	defer l.joining.Unlock()
	if l.err != nil {
		return nil, false, l.err
	}
	size := recordHead + r.Size()
	g = l.group
	if g == nil || len(g.buf)+size > min(maxGroup, int(l.size.Load())/4) {
		g = &group{buf: append(l.spare[:0], make([]byte, frameHeader)...), done: make(chan struct{})}
		l.spare, l.group, leader = nil, g, true
	}
	g.buf = binary.LittleEndian.AppendUint32(g.buf, uint32(size-recordHead))
	g.buf = r.Append(g.buf)
	g.count++
	return g, leader, nil
}

// flush writes a group and wakes its members.
func (l *Log) flush(g *group) {
	l.flushing.Lock()
	l.joining.Lock()
	if l.group == g {
		l.group = nil
	}
	l.joining.Unlock()
	g.err = l.write(g)
	l.flushing.Unlock()

	l.joining.Lock()
	if cap(g.buf) <= maxGroup {
		l.spare = g.buf
	}
	l.joining.Unlock()
	g.buf = nil
	close(g.done)
}

// write makes a group durable. The caller holds flushing.
func (l *Log) write(g *group) error {
	if err := l.failure(); err != nil {
		return err
	}
	need := span(len(g.buf) - frameHeader)
	if s := l.segments[l.active]; s.end+need > s.header.size {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	s := l.segments[l.active]
	g.buf = seal(g.buf, s.header.salt, l.next, g.count)
	if _, err := s.file.WriteAt(g.buf, s.end); err != nil {
		return l.fail(err)
	}
	if err := s.file.Datasync(); err != nil {
		return l.fail(err)
	}
	l.syncs.Add(1)
	l.groups.Add(1)
	l.bytes.Add(need)
	s.end += need
	s.count += g.count
	s.unapplied.Add(g.count)
	l.next += uint64(g.count)
	g.seg = s
	l.arm()
	return nil
}

// makeSegments makes the files that are missing. On a full drive it makes do with less. The caller holds flushing.
func (l *Log) makeSegments() error {
	if err := l.failure(); err != nil || l.size.Load() > 0 {
		return err
	}
	for size := l.o.Size; ; size = max(size/2/block*block, MinSize) {
		err := l.makeMissing(size)
		if err == nil {
			l.settle()
			return nil
		}
		if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
			return l.fail(err)
		}
		if size == MinSize {
			return fmt.Errorf("%w: %w", ErrNoRoom, err)
		}
	}
}

// makeMissing makes the files that are missing with one size, or none.
func (l *Log) makeMissing(size int64) error {
	var made []int
	for n, s := range l.segments {
		if s != nil {
			continue
		}
		s, err := l.makeSegment(n, size)
		if err != nil {
			return errors.Join(err, l.unmake(made))
		}
		l.segments[n] = s
		made = append(made, n)
	}
	return nil
}

func (l *Log) makeSegment(n int, size int64) (*segment, error) {
	h := header{generation: l.born.Load() + 1, salt: newSalt(), size: size, id: l.id}
	if err := durable.Zeros(l.fs, l.name(n), l.name(n)+".new", h.size, h.encode()); err != nil {
		return nil, err
	}
	l.born.Add(1)
	return openSegment(l.fs, l.name(n))
}

func (l *Log) unmake(made []int) error {
	for _, n := range made {
		err := errors.Join(l.segments[n].file.Close(), l.fs.Remove(l.name(n)))
		if err != nil {
			return err
		}
		l.segments[n] = nil
		l.born.Store(l.born.Load() - 1) // generations have no gaps
	}
	return nil
}

// rotate lets appends go on in the other segment, for which it waits if need be, and has this one checkpointed. The caller
// holds flushing.
func (l *Log) rotate() error {
	old, next := l.segments[l.active], l.segments[1-l.active]
	<-next.empty
	if err := l.failure(); err != nil {
		return err
	}
	l.active = 1 - l.active
	old.empty = make(chan struct{})
	l.background.Go(func() { l.checkpoint(old) })
	return nil
}

// checkpoint empties a segment once all it says is applied and durable.
func (l *Log) checkpoint(s *segment) {
	defer close(s.empty)
	s.unapplied.Wait()
	if l.failure() != nil {
		return
	}
	note, err := l.o.Checkpoint()
	if err == nil {
		err = l.recycle(s, s.header.generation+1, note)
	}
	if err != nil {
		l.o.Failed(l.fail(err))
		return
	}
	l.points.Add(1)
}

// arm sees to it that the log is checkpointed when it has been quiet.
func (l *Log) arm() {
	l.joining.Lock()
	defer l.joining.Unlock()
	l.last = time.Now()
	if l.timer == nil {
		l.background.Add(1)
		l.timer = time.AfterFunc(l.o.Quiet, l.idle)
	}
}

// idle checkpoints what is left if nothing was appended lately, and looks again later otherwise.
func (l *Log) idle() {
	l.joining.Lock()
	if wait := l.o.Quiet - time.Since(l.last); wait > 0 && l.open.Load() {
		l.timer.Reset(wait)
		l.joining.Unlock()
		return
	}
	l.timer = nil
	l.joining.Unlock()
	defer l.background.Done()
	l.drain()
}

// drain checkpoints what is left.
func (l *Log) drain() {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if s := l.segments[l.active]; s != nil && s.count > 0 && l.failure() == nil {
		l.rotate() // the only error is one that fail has kept
	}
}

// Close checkpoints what is left, so that the log is empty, and closes the files. All tickets must have been given back,
// or will be without waiting for Close. The error is why the log is not empty.
func (l *Log) Close() error {
	if l.open.Swap(false) {
		l.joining.Lock()
		if l.timer != nil && l.timer.Stop() {
			l.background.Done()
			l.timer = nil
		}
		l.joining.Unlock()
		l.drain()
		l.background.Wait()
	}
	return errors.Join(l.failure(), l.closeFiles())
}

func (l *Log) closeFiles() error {
	var errs []error
	for _, s := range l.segments {
		if s != nil {
			errs = append(errs, s.file.Close())
		}
	}
	return errors.Join(errs...)
}

// fail notes why the log is at its end and returns the first reason.
func (l *Log) fail(err error) error {
	l.joining.Lock()
	defer l.joining.Unlock()
	if l.err == nil {
		l.err = err
	}
	return l.err
}

func (l *Log) failure() error {
	l.joining.Lock()
	defer l.joining.Unlock()
	return l.err
}
