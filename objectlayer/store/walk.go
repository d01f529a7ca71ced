package store

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// walk meets the records of one set in order of their keys, as several of its drives show them.
//
// It asks as many drives as it takes to meet every acknowledged version on at least one: whatever was committed, a marker
// too, is on more than half of the drives. And it asks as many as it takes to read what the pool usually keeps, so that what
// they agree on is no write that was cut off. Where they do not agree, or more are needed, the record is weighed like any
// read, with all drives and in doubt under its lock.
type walk struct {
	store  *Store
	ctx    context.Context
	pool   *pool
	set    *erasure.Set
	volume string
	prefix string
	need   int // drives to ask

	heads []*head // the drives asked
	spare []int   // slots not asked yet
	errs  []error // by slot, of those that could not be walked
	last  string  // the key met last
	taken bool    // the heads at last are used up
}

// head is one drive's walk and the entry it stands at.
type head struct {
	slot    int
	walker  drive.Walker
	entry   drive.Entry
	journal *xlmeta.Journal // nil when the entry does not parse
	err     error           // why not
	end     bool
}

// merge begins a walk over the keys of one set that begin with prefix and are greater than after.
func (s *Store) merge(ctx context.Context, p *pool, set *erasure.Set, volume, prefix, after string) (*walk, error) {
	n := set.Size()
	w := &walk{store: s, ctx: ctx, pool: p, set: set, volume: volume, prefix: prefix, last: after, errs: make([]error, n)}
	w.need = max(n-n/2, n-p.classes.Standard)
	var offline []int
	for slot := range n {
		if set.Online(slot) {
			w.spare = append(w.spare, slot)
		} else {
			offline = append(offline, slot)
		}
	}
	w.spare = append(w.spare, offline...)
	if err := w.fill(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// fill asks drives until there are enough. With fewer every record is weighed; with fewer than half there is nothing to say.
func (w *walk) fill() error {
	for len(w.heads) < w.need && len(w.spare) > 0 {
		slot := w.spare[0]
		w.spare = w.spare[1:]
		if err := w.ask(slot); err != nil {
			w.errs[slot] = err
		}
	}
	n := w.set.Size()
	if need := n - n/2; len(w.heads) < need {
		if w.ctx.Err() != nil {
			return fail("list", endOf(w.ctx), w.ctx.Err())
		}
		err := &erasure.QuorumError{Need: need, Got: len(w.heads), Errs: w.errs}
		if errors.Is(err.Most(), drive.ErrNotFound) {
			return noBucket("list", objectlayer.Bucket(w.volume))
		}
		return fail("list", lift(err, objectlayer.KindReadQuorum), err)
	}
	return nil
}

// ask takes one more drive into the walk, at the place where the others are.
func (w *walk) ask(slot int) error {
	walker, err := w.set.Drive(slot).Walk(w.ctx, w.volume, w.prefix, w.last)
	if err != nil {
		return err
	}
	h := &head{slot: slot, walker: walker}
	if err := h.advance(); err != nil {
		walker.Close()
		return err
	}
	w.heads = append(w.heads, h)
	return nil
}

// advance moves to the drive's next entry.
func (h *head) advance() error {
	e, err := h.walker.Next()
	switch {
	case errors.Is(err, io.EOF):
		h.end = true
		return nil
	case err != nil:
		return err
	}
	h.entry = e
	h.journal, h.err = xlmeta.DecodeHeaders(e.Record)
	return nil
}

// next returns the next record, nil after the last. It is valid until the next call.
func (w *walk) next() (*record, error) {
	if w.taken {
		w.taken = false
		if err := w.step(func(h *head) bool { return !h.end && h.entry.Key == w.last }, (*head).advance); err != nil {
			return nil, err
		}
	}
	key, found := "", false
	for _, h := range w.heads {
		if !h.end && (!found || h.entry.Key < key) {
			key, found = h.entry.Key, true
		}
	}
	if !found {
		return nil, nil
	}
	w.last, w.taken = key, true
	return w.record(key)
}

// seek continues at the first key that is not less than key.
func (w *walk) seek(key string) error {
	w.taken = false
	behind := func(h *head) bool { return !h.end && h.entry.Key < key }
	for slices.ContainsFunc(w.heads, behind) { // a drive taken in for one that fails begins at the old place
		err := w.step(behind, func(h *head) error {
			h.walker.Seek(key)
			return h.advance()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// step moves the heads that match. A drive that fails is replaced by one not asked yet.
func (w *walk) step(match func(*head) bool, move func(*head) error) error {
	kept := w.heads[:0]
	for _, h := range w.heads {
		if match(h) {
			if err := move(h); err != nil {
				h.walker.Close()
				w.errs[h.slot] = err
				continue
			}
		}
		kept = append(kept, h)
	}
	w.heads = kept
	return w.fill()
}

// record is what the drives asked say about a key, or if that is not enough what all drives do.
func (w *walk) record(key string) (*record, error) {
	at := w.store.spotIn(w.pool, w.volume, storedName(objectlayer.Key(key)))
	rec := newRecord(at)
	for _, h := range w.heads {
		if h.end || h.entry.Key != key || h.journal == nil {
			return w.store.lookupAll(w.ctx, at)
		}
		rec.hear(h.slot, answer{journal: h.journal})
	}
	rec.sample = len(w.heads)
	for _, v := range rec.versions {
		if rec.verdict(v) != committed {
			return w.store.lookupAll(w.ctx, at)
		}
	}
	return rec, nil
}

func (w *walk) close() {
	for _, h := range w.heads {
		h.walker.Close()
	}
}
