package store

import (
	"context"
	"errors"
	"io"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// walk meets the records of one set in order of their keys, as several of its drives show them.
//
// It asks as many drives as it takes to meet every acknowledged version on at least one: whatever was committed, a marker
// too, is on more than half of the drives. Where those asked agree, what they say is listed. Where they do not, the record
// is weighed like any read, with all drives and in doubt under its lock.
type walk struct {
	store  *Store
	ctx    context.Context
	pool   *pool
	set    *erasure.Set
	volume string
	prefix string

	heads []*head // the drives asked
	spare []int   // slots not asked yet
	last  string  // the key met last
	taken bool    // the heads at last are used up
}

// head is one drive's walk and the entry it stands at.
type head struct {
	slot    int
	walker  drive.Walker
	entry   drive.Entry
	journal *xlmeta.Journal // nil when the entry does not parse
	end     bool
}

// errNotAsked stands for the copy of a drive that a walk did not look at.
var errNotAsked = errors.New("store: drive was not asked")

// merge begins a walk over the keys of one set that begin with prefix and are greater than after.
func (s *Store) merge(ctx context.Context, p *pool, set *erasure.Set, volume, prefix, after string) (*walk, error) {
	w := &walk{store: s, ctx: ctx, pool: p, set: set, volume: volume, prefix: prefix, last: after}
	n := set.Size()
	var offline []int
	for slot := range n {
		if set.Online(slot) {
			w.spare = append(w.spare, slot)
		} else {
			offline = append(offline, slot)
		}
	}
	w.spare = append(w.spare, offline...)
	var errs []error
	for len(w.heads) < n-n/2 {
		if err := w.ask(); err != nil {
			errs = append(errs, err)
			if len(w.spare) == 0 {
				w.close()
				return nil, w.lost(errs)
			}
		}
	}
	return w, nil
}

// lost is the answer when too few drives can be walked.
func (w *walk) lost(errs []error) error {
	for _, err := range errs {
		if errors.Is(err, drive.ErrNotFound) {
			return noBucket("list", objectlayer.Bucket(w.volume))
		}
	}
	return fail("list", lift(errors.Join(errs...), objectlayer.KindReadQuorum), errors.Join(errs...))
}

// ask takes one more drive into the walk, at the place where the others are.
func (w *walk) ask() error {
	slot := w.spare[0]
	w.spare = w.spare[1:]
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
	h.journal, err = xlmeta.DecodeHeaders(e.Record)
	if err != nil {
		h.journal = nil
	}
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
	return w.step(func(h *head) bool { return !h.end && h.entry.Key < key }, func(h *head) error {
		h.walker.Seek(key)
		return h.advance()
	})
}

// step moves the heads that match. A drive that fails is replaced by one not asked yet.
func (w *walk) step(match func(*head) bool, move func(*head) error) error {
	var errs []error
	kept := w.heads[:0]
	for _, h := range w.heads {
		if match(h) {
			if err := move(h); err != nil {
				h.walker.Close()
				errs = append(errs, err)
				continue
			}
		}
		kept = append(kept, h)
	}
	w.heads = kept
	n := w.set.Size()
	for len(w.heads) < n-n/2 {
		if len(w.spare) == 0 {
			return w.lost(errs)
		}
		if err := w.ask(); err != nil {
			errs = append(errs, err)
		}
	}
	return nil
}

// record is what the drives asked say about a key, or if they differ what all drives do.
func (w *walk) record(key string) (*record, error) {
	at := w.store.spotIn(w.pool, w.volume, storedName(objectlayer.Key(key)))
	rec := &record{at: at, answers: make([]answer, w.set.Size()), asked: len(w.heads)}
	for slot := range rec.answers {
		rec.answers[slot].err = errNotAsked
	}
	agree := true
	for _, h := range w.heads {
		if h.end || h.entry.Key != key || h.journal == nil {
			agree = false
			break
		}
		rec.answers[h.slot] = answer{journal: h.journal}
	}
	if agree {
		rec.merge()
		for _, v := range rec.versions {
			agree = agree && popcount(v.same) == len(w.heads)
		}
		if agree {
			return rec, nil
		}
	}
	rec, _, err := w.store.lookup(w.ctx, at, true, xlmeta.VersionID{})
	return rec, err
}

func (w *walk) close() {
	for _, h := range w.heads {
		h.walker.Close()
	}
}
