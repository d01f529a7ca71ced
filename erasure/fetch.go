package erasure

import (
	"context"
	"time"

	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// fetch brings one window of a blob from the drives into memory.
//
// It wants certain shards: the data shards the range lies in, or those to be healed. If their drives are in order just these are
// read. Otherwise any Data shards are, and what is wanted is computed from them. Whenever a read fails, another shard is
// asked for, until none is left. Whenever a read is late, another shard is asked for too, if there is one on a prompt drive, and
// the late one is good for it should it still come first.
//
// A fetch belongs to the goroutine of its RangeReader. Reads are done by the goroutines of the shards, which verify the
// frames and then answer.
type fetch struct {
	*window
	reader     *Reader
	offset     int64 // of the window in the blob
	fileOffset int64 // of the window's run in every shard file

	want   code.Shards
	asked  code.Shards
	good   code.Shards // asked, answered and verified, or computed
	failed code.Shards // asked and answered otherwise, or withdrawn
	late   code.Shards // asked and given up waiting for; may still answer

	reads    [topology.MaxSetDrives]*read // by shard, of those asked
	answers  chan answer                  // has room for all shards
	done     bool                         // what is wanted is in the window
	cornered bool                         // a late read is in the way and there is no memory to step aside
}

// newFetch begins to fetch the next window of a range.
func (r *Reader) newFetch(rr *RangeReader, wait bool) (*fetch, error) {
	blockBytes := r.coder.BlockBytes
	block := rr.planned / blockBytes
	blocks := min(rr.perWindow, (rr.end-1)/blockBytes-block+1)
	offset := block * blockBytes
	length := min(blocks*blockBytes, r.size-offset)
	w, err := r.set.newWindow(r.ctx, r.coder, length, wait)
	if err != nil {
		return nil, err
	}
	if err := w.Lay(length); err != nil {
		w.drop()
		return nil, err
	}
	f := &fetch{window: w, reader: r, offset: offset, want: rr.heal, answers: make(chan answer, len(r.shards))}
	f.fileOffset, _ = r.coder.Layout(r.size).Frame(block)
	if f.want == 0 {
		f.want = touched(r.coder.Scheme, length, rr.planned-offset, min(rr.end-offset, length))
	}
	f.plan()
	return f, nil
}

// touched is the set of data shards that hold the bytes from begin to end of a window of length bytes.
func touched(s code.Scheme, length, begin, end int64) code.Shards {
	var t code.Shards
	for begin < end && t != code.FirstShards(s.Data) {
		block, inBlock := begin/s.BlockBytes, begin%s.BlockBytes
		size := s.Block(block, length)
		piece := s.ShardBytes(size)
		shard := inBlock / piece
		t = t.With(int(shard))
		begin += min(size, (shard+1)*piece) - inBlock
	}
	return t
}

// wait returns when what is wanted is in the window. The error is a *QuorumError when it cannot be had, or the context's.
func (f *fetch) wait() error {
	for !f.done {
		f.takeAll()
		if err := f.complete(); err != nil || f.done {
			return err
		}
		if !f.plan() {
			if f.reader.ctx.Err() != nil { // which is why they failed
				return context.Cause(f.reader.ctx)
			}
			return f.reader.quorumError(f.good.Count())
		}
		if err := f.await(); err != nil {
			return err
		}
	}
	return nil
}

// pending is the set of shards that are expected any moment.
func (f *fetch) pending() code.Shards { return f.asked &^ (f.good | f.failed | f.late) }

// plan asks for shards as long as more are needed than are there or expected. It tells whether there is hope.
func (f *fetch) plan() bool {
	f.noteLate()
	if f.want&^(f.good|f.pending()) == 0 {
		return true
	}
	if f.asked == 0 && f.inOrder(f.want) {
		for shard := range f.want.All() {
			f.ask(shard)
		}
		return true
	}
	enough := f.reader.coder.Data
	for (f.good | f.pending()).Count() < enough {
		shard, found := f.candidate(true)
		if !found {
			break
		}
		f.ask(shard)
	}
	for (f.good | f.pending() | f.late).Count() < enough {
		shard, found := f.candidate(false)
		if !found {
			return f.want&^(f.good|f.pending()|f.late) == 0
		}
		f.ask(shard)
	}
	return true
}

// inOrder tells whether nothing speaks against reading just these shards.
func (f *fetch) inOrder(shards code.Shards) bool {
	for shard := range shards.All() {
		s := f.shard(shard)
		if health, _ := s.state(); health != sound || s.slow() {
			return false
		}
	}
	return true
}

// candidate is the best shard to ask next: sound before damaged, both before those on slow drives, which are left out when only
// prompt ones are of use; data before parity.
func (f *fetch) candidate(prompt bool) (shard int, found bool) {
	const none = 4
	best := none
	for i := range f.reader.slots {
		if f.asked.Has(i) {
			continue
		}
		s := f.shard(i)
		health, _ := s.state()
		rank := int(health)
		if s.slow() {
			rank += 2
		}
		if health == dead || prompt && rank >= 2 || rank >= best {
			continue
		}
		best, shard = rank, i
	}
	return shard, best != none
}

func (f *fetch) shard(i int) *shard { return &f.reader.shards[f.reader.slots[i]] }

// ask begins to read a shard.
func (f *fetch) ask(i int) {
	s := f.shard(i)
	f.asked = f.asked.With(i)
	f.hold()
	f.reads[i] = &read{
		shard: s, index: i,
		into:   f.window,
		offset: f.fileOffset,
		asked:  time.Now(),
		answer: f.answers,
		at:     f.reader.set.slots[s.slot].Load(),
	}
	s.ask(f.reads[i])
}

// noteLate gives up waiting for reads that take too long, if there is another drive to turn to.
func (f *fetch) noteLate() {
	if f.pending() == 0 {
		return
	}
	if _, found := f.candidate(true); !found {
		return
	}
	for i := range f.pending().All() {
		r := f.reads[i]
		if r.shard.slow() || time.Since(r.asked) >= f.reader.set.hedgeAfter(r.shard.slot) {
			f.late = f.late.With(i)
			r.shard.markLate(r)
		}
	}
}

// await waits for an answer, or until there is something else to do.
func (f *fetch) await() error {
	var expired <-chan time.Time
	if patience, limited := f.patience(); limited {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case a := <-f.answers:
		f.take(a)
	case <-expired:
	case <-f.reader.ctx.Done():
		return context.Cause(f.reader.ctx)
	}
	return nil
}

// patience is the time until the first pending read is late, if that would lead to anything.
func (f *fetch) patience() (d time.Duration, limited bool) {
	if f.cornered {
		return hedgeFloor, true
	}
	if f.pending() == 0 {
		return 0, false
	}
	if _, found := f.candidate(true); !found {
		return 0, false
	}
	for i := range f.pending().All() {
		r := f.reads[i]
		left := f.reader.set.hedgeAfter(r.shard.slot) - time.Since(r.asked)
		if !limited || left < d {
			d, limited = left, true
		}
	}
	return d, limited
}

func (f *fetch) takeAll() {
	for {
		select {
		case a := <-f.answers:
			f.take(a)
		default:
			return
		}
	}
}

func (f *fetch) take(a answer) {
	f.late = f.late.Without(a.index)
	if a.err != nil {
		f.failed = f.failed.With(a.index)
		return
	}
	f.failed = f.failed.Without(a.index)
	f.good = f.good.With(a.index)
}

// complete computes what is wanted and not there, if there is enough to do so.
func (f *fetch) complete() error {
	missing := f.want &^ f.good
	if missing != 0 {
		if f.good.Count() < f.reader.coder.Data {
			return nil
		}
		if f.cornered = !f.vacate(missing); f.cornered {
			return nil
		}
		for block := range f.Blocks() {
			if err := f.Rebuild(block, f.good, missing); err != nil {
				return err
			}
		}
		f.reader.set.counts.rebuiltBlocks.Add(int64(f.Blocks()))
		f.good |= missing
	}
	f.done = true
	f.withdraw()
	return nil
}

// vacate makes sure that nobody reads into the frames of the shards that are about to be computed. Where a late read cannot be
// stopped, the window is left to it and the fetch goes on in a copy; without memory for one it returns false.
func (f *fetch) vacate(missing code.Shards) bool {
	free := true
	for i := range (missing & f.asked).All() {
		if !f.reads[i].shard.withdraw(f.reads[i]) {
			free = false
		}
	}
	if free {
		return true
	}
	aside, err := f.reader.set.newWindow(f.reader.ctx, f.reader.coder, f.Len(), false)
	if err != nil {
		return false
	}
	if err := aside.Lay(f.Len()); err != nil {
		aside.drop()
		return false
	}
	for i := range f.good.All() {
		copy(aside.Run(i), f.Run(i))
	}
	f.window.drop()
	f.window = aside
	return true
}

// withdraw takes back what was asked for and has not begun.
func (f *fetch) withdraw() {
	for i := range (f.asked &^ (f.good | f.failed)).All() {
		f.reads[i].shard.withdraw(f.reads[i])
	}
}

// close gives the window back. Reads that are under way keep it until they are done.
func (f *fetch) close() {
	f.withdraw()
	f.window.drop()
}
