package erasure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// ErrSize is returned for a body that is longer or shorter than was announced.
var ErrSize = errors.New("erasure: body does not have its announced size")

// errAborted is said of drives whose file was given up by the caller.
var errAborted = errors.New("erasure: aborted")

// Writer stages one blob: a shard file on every drive, at the same path. It is used by one goroutine, which calls ReadFrom once
// and then Close, or Abort at any time; without one of the two, goroutines are left behind.
//
// # How it works
//
// The calling goroutine reads the body straight into the data shards of a window and hands the window to the lanes, one for each
// drive. A lane is a goroutine that makes the file and, for each window, computes parity (the first lane that comes by does it for
// all), puts the hash in front of the frames of its shard and writes them as one piece. Meanwhile the next window is filled.
// Memory is bounded by windowsInFlight; when all windows are with the lanes, the body waits.
//
// # Drives that fail, drives that lag
//
// A lane whose drive fails lets its windows pass and the others go on, as long as a write quorum is left. A lane that holds up
// the others, at the body or at Close, is given up once the wait was long enough (see patience): it counts as failed, what is
// queued for it is taken back, and the window it is writing stays its own until the drive answers. Its file is then dropped by
// the lane itself, in the background. While that is outstanding, new writers leave the slot out if they can.
type Writer struct {
	set     *Set
	ctx     context.Context
	geom    Geometry
	coder   *code.Coder
	path    drive.Path
	size    int64 // -1 when not known
	began   time.Time
	stalled time.Duration // for how long a minority has held up the rest; of the calling goroutine
	used    bool          // ReadFrom was called; of the calling goroutine
	broken  error         // what ReadFrom returned; of the calling goroutine
	lanes   []*lane
	wake    chan struct{} // something changed for the calling goroutine to look at

	mu     sync.Mutex // guards what follows and the lanes' fields below theirs
	end    ending
	flying []*stripe   // handed to lanes and not yet written by all, oldest first
	good   code.Shards // slots that have not failed
	busy   code.Shards // slots whose lane has not ended
	errs   []error     // by slot, of those not good
}

// ending is what lanes shall do with their file after the last stripe.
type ending uint8

const (
	notYet ending = iota
	keep
	dropAll
)

// stripe is a window on its way to the drives.
type stripe struct {
	*window
	encode    sync.Once
	encodeErr error       // of encode
	unwritten code.Shards // good slots that have not written it; guarded by Writer.mu
}

// lane is one drive's part of a Writer.
type lane struct {
	slot  int
	at    *slot
	queue chan *stripe // holds all that can be in flight, so sending never waits

	late    bool // given up while its drive had not answered
	durable bool // its file is closed and kept
}

// NewWriter begins to stage a blob of size bytes, -1 when that is not known, at path below drive.Staging. It returns without
// waiting for drives; those that turn out not to work are left out. The error is ErrGeometry or a *QuorumError when too
// few drives are online to begin with.
func (s *Set) NewWriter(ctx context.Context, g Geometry, path drive.Path, size int64) (*Writer, error) {
	coder, err := s.coder(g, max(size, 0))
	if err != nil {
		return nil, err
	}
	w := &Writer{
		set: s, ctx: ctx, geom: g, coder: coder, path: path, size: max(size, -1),
		began: time.Now(),
		wake:  make(chan struct{}, 1),
		errs:  make([]error, s.Size()),
	}
	w.chooseLanes()
	if w.good.Count() < g.WriteQuorum() {
		return nil, s.missed(w.quorumError())
	}
	for _, l := range w.lanes {
		s.background.spawn(func() { w.run(l) })
	}
	return w, nil
}

// chooseLanes makes a lane for every drive except those that are offline and those that owe an answer to an earlier
// writer, if the rest is enough.
func (w *Writer) chooseLanes() {
	var slow []*lane
	for slot := range w.set.slots {
		at := w.set.slots[slot].Load()
		l := &lane{slot: slot, at: at, queue: make(chan *stripe, windowsInFlight)}
		_, none := at.drive.(offline)
		switch {
		case none:
			w.errs[slot] = drive.ErrOffline
		case at.lateWrites.Load() > 0:
			w.errs[slot] = errLate
			slow = append(slow, l)
		default:
			w.lanes = append(w.lanes, l)
		}
	}
	if len(w.lanes) < w.geom.WriteQuorum() {
		for _, l := range slow {
			w.errs[l.slot] = nil
			w.lanes = append(w.lanes, l)
		}
	}
	for _, l := range w.lanes {
		w.good = w.good.With(l.slot)
	}
	w.busy = w.good
}

// ReadFrom reads r to its end and hands everything to the drives. It returns the bytes read, and an error of r as it is; ErrSize
// when the body is not as long as announced; a *QuorumError when too few drives are left; buffer.ErrBudget when there was no memory
// for a while, buffer.ErrSize when there never will be. After an error the Writer is good for Abort only.
func (w *Writer) ReadFrom(r io.Reader) (int64, error) {
	if w.used {
		return 0, errors.New("erasure: second body for one blob")
	}
	w.used = true
	body := &source{r: r}
	w.broken = w.readFrom(body)
	return body.read, w.broken
}

func (w *Writer) readFrom(body *source) error {
	for body.err == nil {
		capacity := windowBlocks(w.coder.Scheme) * w.coder.BlockBytes
		if w.size >= 0 {
			capacity = min(capacity, w.size-body.read)
		}
		if capacity == 0 {
			return body.atEnd()
		}
		st, err := w.nextStripe(capacity)
		if err != nil {
			return err
		}
		// What Fill says beside the count is not asked: it cannot tell an end from a body that was cut off.
		n, _ := st.Fill(body, capacity)
		if n == 0 || body.err != nil && body.err != io.EOF {
			st.drop()
			break
		}
		w.send(st)
	}
	if body.err != io.EOF {
		return body.err
	}
	if w.size >= 0 && body.read != w.size {
		return fmt.Errorf("%w: %d bytes of %d: %w", ErrSize, body.read, w.size, io.ErrUnexpectedEOF)
	}
	return nil
}

// source is the body, with what it said last.
type source struct {
	r     io.Reader
	read  int64
	err   error
	probe [1]byte
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.read += int64(n)
	s.err = err
	return n, err
}

// atEnd reads on where nothing should come, so that whoever checks the body sees its end too.
func (s *source) atEnd() error {
	n, err := io.ReadFull(s.r, s.probe[:])
	switch {
	case n > 0:
		return fmt.Errorf("%w: more than %d bytes", ErrSize, s.read)
	case err == io.EOF:
		return nil
	}
	return err
}

// nextStripe waits until there is room and memory for another stripe.
func (w *Writer) nextStripe(capacity int64) (*stripe, error) {
	for {
		w.mu.Lock()
		flying, good := len(w.flying), w.good.Count()
		w.mu.Unlock()
		if good < w.geom.WriteQuorum() {
			return nil, w.set.missed(w.quorumError())
		}
		if flying < windowsInFlight {
			held, err := w.set.newWindow(w.ctx, w.coder, capacity, flying == 0)
			if err == nil {
				return &stripe{window: held}, nil
			}
			if flying == 0 || !errors.Is(err, buffer.ErrBudget) {
				return nil, err
			}
		}
		if err := w.await(w.unwritten); err != nil {
			return nil, err
		}
	}
}

// unwritten tells which slots hold up the oldest stripe, and which are at work on any.
func (w *Writer) unwritten() (behind, working code.Shards) {
	for i, st := range w.flying {
		if i == 0 {
			behind = st.unwritten
		}
		working |= st.unwritten
	}
	return behind, working
}

// unended tells which lanes have not come to their end.
func (w *Writer) unended() (behind, working code.Shards) { return w.busy, w.busy }

// send hands a stripe to all lanes that are good, and with it the caller's hold on it.
func (w *Writer) send(st *stripe) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.lanes {
		if w.good.Has(l.slot) {
			st.hold()
			st.unwritten = st.unwritten.With(l.slot)
			l.queue <- st
		}
	}
	if st.unwritten != 0 {
		w.flying = append(w.flying, st)
	}
	st.drop()
}

// Close makes all shard files durable and returns what went wrong by slot; only files of slots without error may be committed.
// They are the caller's from then on. When fewer than the write quorum became durable, or ctx ended, all files are dropped
// and the error says so.
func (w *Writer) Close() ([]error, error) {
	if w.broken != nil {
		w.Abort()
	}
	if !w.finish(keep) {
		return nil, errAborted
	}
	err := w.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && w.good.Count() < w.geom.WriteQuorum() {
		err = w.set.missed(w.quorumErrorLocked())
	}
	if err != nil {
		w.dropLocked()
	}
	return slices.Clone(w.errs), err
}

// settle waits until every lane has ended, has failed or was given up, or the quorum is lost.
func (w *Writer) settle() error {
	for {
		w.mu.Lock()
		settled := w.busy&w.good == 0 || w.good.Count() < w.geom.WriteQuorum()
		w.mu.Unlock()
		if settled {
			return nil
		}
		if err := w.await(w.unended); err != nil {
			return err
		}
	}
}

// Abort drops everything that was staged. It may be called at any time and more than once; after a Close that returned no error
// it does nothing. Drives that do not answer promptly drop their file later, in the background.
func (w *Writer) Abort() {
	if !w.finish(dropAll) {
		return
	}
	patience := time.NewTimer(maxStall)
	defer patience.Stop()
	for {
		w.mu.Lock()
		ended := w.busy == 0
		w.mu.Unlock()
		if ended {
			return
		}
		select {
		case <-w.wake:
		case <-patience.C:
			return
		}
	}
}

// finish tells the lanes that nothing more comes, and what to do then. It tells whether it was the first to do so.
func (w *Writer) finish(end ending) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end != notYet {
		return false
	}
	w.end = end
	for _, l := range w.lanes {
		close(l.queue)
	}
	return true
}

// dropLocked turns a Close that failed into an Abort. Lanes that are still busy drop their file themselves.
func (w *Writer) dropLocked() {
	w.end = dropAll
	for _, l := range w.lanes {
		if l.durable {
			l.durable = false
			w.set.background.spawn(func() { w.discard(l) })
		}
	}
}

// discard drops a file that was closed. Nobody waits for it and what it says helps nobody: whatever lies in staging is
// thrown away when the drive is next opened.
func (w *Writer) discard(l *lane) {
	_ = l.at.drive.Discard(context.WithoutCancel(w.ctx), w.path)
}

const (
	minStall = 500 * time.Millisecond
	maxStall = time.Second
)

// patience is how much longer the majority waits for the minority this time: never more than a second, and in all not longer
// than it needs itself, or half a second. So a drive that hangs costs a second at most, once; one that is half as fast as the others
// is waited for, because redundancy is worth more than speed; one that is slower still is left out and healed later.
func (w *Writer) patience() time.Duration {
	needed := time.Since(w.began) - w.stalled
	return min(maxStall, max(minStall, needed)-w.stalled)
}

// await waits for news from the lanes. While a write quorum of slots is good and has nothing to do, it waits no longer than
// patience allows and then gives up those that are behind. where, called with mu held, tells who that is. The error is that of ctx.
func (w *Writer) await(where func() (behind, working code.Shards)) error {
	w.mu.Lock()
	behind, working := where()
	stalled := (w.good &^ working).Count() >= w.geom.WriteQuorum()
	w.mu.Unlock()
	var enough <-chan time.Time
	if stalled {
		timer := time.NewTimer(w.patience())
		defer timer.Stop()
		enough = timer.C
		defer func(since time.Time) { w.stalled += time.Since(since) }(time.Now())
	}
	select {
	case <-w.wake:
	case <-enough:
		w.giveUp(behind)
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
	return nil
}

// giveUp stops waiting for slots and takes back what they have not begun to write.
func (w *Writer) giveUp(late code.Shards) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.lanes {
		if !late.Has(l.slot) || !w.good.Has(l.slot) || !w.busy.Has(l.slot) {
			continue
		}
		l.late = true
		l.at.lateWrites.Add(1)
		w.set.counts.lateWrites.Add(1)
		w.set.log.Warn("drive holds up writes and is left out", "slot", l.slot)
		w.failLocked(l.slot, errLate)
		w.takeBack(l)
	}
}

// takeBack empties the queue of a lane that is stuck. The lane may wake up and empty it too.
func (w *Writer) takeBack(l *lane) {
	for {
		select {
		case st, open := <-l.queue:
			if !open {
				return
			}
			st.drop()
		default:
			return
		}
	}
}

// failLocked notes the first failure of a slot. Nobody waits for it any more.
func (w *Writer) failLocked(slot int, err error) {
	if !w.good.Has(slot) {
		return
	}
	w.good = w.good.Without(slot)
	w.errs[slot] = err
	for _, st := range w.flying {
		st.unwritten = st.unwritten.Without(slot)
	}
	w.landLocked()
}

// landLocked forgets stripes that all have written.
func (w *Writer) landLocked() {
	w.flying = slices.DeleteFunc(w.flying, func(st *stripe) bool { return st.unwritten == 0 })
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Writer) quorumError() *QuorumError {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.quorumErrorLocked()
}

func (w *Writer) quorumErrorLocked() *QuorumError {
	return &QuorumError{Need: w.geom.WriteQuorum(), Got: w.good.Count(), Errs: slices.Clone(w.errs)}
}
