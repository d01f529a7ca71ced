package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Healed says what came of healing a record.
type Healed struct {
	Whole   bool // every drive has what it should; false when drives were away or did not take it
	Changed bool // something was written
}

// Heal brings everything about a key up to what it should be on every drive: versions that stand are put where they are
// missing or rotten, versions that never stood and what they left behind are taken away. Versions are written as they are,
// with their times and signatures, so healing twice changes nothing. With deep every byte is verified, otherwise only that
// the files are there. Of several pools all are healed.
func (s *Store) Heal(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, deep bool) (Healed, error) {
	all := Healed{Whole: true}
	for _, at := range s.spots(b, k) {
		h, err := s.heal(ctx, at, mending{deep: deep})
		if err != nil {
			return all, err
		}
		all.Whole = all.Whole && h.whole
		all.Changed = all.Changed || h.changed
	}
	return all, nil
}

// heal mends one record. It is what catches a drive up on missed writes, what mends damage a read met, and what settles
// a commit that was cut off.
func (s *Store) heal(ctx context.Context, at spot, how mending) (mended, error) {
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return mended{}, err
	}
	rec, err := s.weighLocked(ctx, at, lease)
	if err != nil {
		lease.Release()
		return mended{}, err
	}
	how.tidy = true
	return s.mend(ctx, rec, lease, how)
}

// mending says how thoroughly to mend.
type mending struct {
	deep bool               // verify every byte
	gone []xlmeta.VersionID // versions known to have been removed, which drives may have that missed it
	tidy bool               // look for directories nothing names, and wait for all drives
	most int64              // rebuild no more than so many bytes of a version; 0 = any
}

// mended is what came of it.
type mended struct {
	whole   bool
	changed bool
}

// healing is one record being mended.
type healing struct {
	mending
	mended
	store    *Store
	rec      *record
	keep     []keeper
	unclear  bool           // a version is kept that cannot be read, so nothing may be taken for garbage
	edits    [][]drive.Edit // by slot: data to move in before the record
	staged   []drive.Path
	retiring retiring // directories nothing names
}

// keeper is a version that stays.
type keeper struct {
	standing
	leave  bool          // as it is, on the drives that have it
	object xlmeta.Object // of an object
	marker xlmeta.DeleteMarker
	inline map[int][]byte // by slot: rebuilt frames
}

// mend makes a record whole, under a lease that it takes over.
func (s *Store) mend(ctx context.Context, rec *record, lease *lock.Lease, how mending) (mended, error) {
	h := &healing{mending: how, store: s, rec: rec, edits: make([][]drive.Edit, len(rec.answers))}
	h.whole = !slices.ContainsFunc(rec.answers, h.away)
	err := h.plan(ctx)
	var commits []*drive.Commit
	if err == nil {
		commits, err = h.commits(ctx, lease.Stamp())
	}
	if err != nil || !h.changed {
		garbage := s.pins.settle(rec.at, h.retiring, false)
		lease.Release()
		s.clear(rec.at, append(garbage, h.staged...), nil)
		return mended{whole: h.whole && err == nil}, err
	}
	return h.send(ctx, lease, commits)
}

// send commits what has to be done and waits for all drives it concerns.
func (h *healing) send(ctx context.Context, lease *lock.Lease, commits []*drive.Commit) (mended, error) {
	s, at := h.store, h.rec.at
	need := 0
	for _, c := range commits {
		if c != nil {
			need++
		}
	}
	err := s.send(ctx, lease, at, need, commits, func(took slots) func() {
		garbage := s.pins.settle(at, h.retiring, took.count() == need)
		return func() {
			s.clear(at, garbage, nil)
			s.clear(at, h.staged, took.has)
		}
	})
	h.whole = h.whole && err == nil
	return h.mended, err
}

// plan decides what stays and stages the data that is missing.
func (h *healing) plan(ctx context.Context) error {
	if h.rec.unknown > len(h.rec.answers)/2 {
		h.whole, h.unclear = false, true
	}
	stands := make(map[xlmeta.VersionID]bool)
	for _, v := range h.rec.versions {
		k := keeper{standing: v, leave: true}
		if stands[v.ID] {
			continue // a newer version took its place
		}
		switch h.rec.verdict(v) {
		case hidden:
			h.whole, h.unclear = false, true
		case abandoned:
			if !h.remains(ctx, v) {
				continue
			}
			h.whole, h.unclear = false, true
			h.store.log.Warn("version cannot be read and is kept as it is", "bucket", h.rec.at.bucket, "key", h.rec.at.name,
				"version", v.ID.String(), "copies", v.slots.count())
		default:
			stands[v.ID] = true
			adopted, err := h.adopt(ctx, v)
			if ctx.Err() != nil {
				return h.rec.at.fault("heal", endOf(ctx), err)
			}
			if err == nil {
				k = adopted
				break
			}
			h.whole, h.unclear = false, true
			h.store.log.Warn("version cannot be healed", "bucket", h.rec.at.bucket, "key", h.rec.at.name, "version", v.ID.String(), "err", err)
		}
		h.keep = append(h.keep, k)
	}
	return nil
}

// remainsAge is how long what may be the remains of something acknowledged is kept.
const remainsAge = 24 * time.Hour

// remains tells whether an abandoned version may be what is left of one that was acknowledged, rather than what a write or
// delete left that was cut off or that a drive missed. It is not if the store knows what became of it, or if so many drives have
// the record without it that it never had its quorum. Else it depends on the drives that have no record: they may have
// lost it, be away, or be new and not filled yet.
func (h *healing) remains(ctx context.Context, v standing) bool {
	_, write := h.rec.quorums(v)
	set, without := h.rec.at.set, 0
	for slot, a := range h.rec.answers {
		if a.journal != nil && !v.slots.has(slot) {
			without++
		}
	}
	if slices.Contains(h.gone, v.ID) || len(h.rec.answers)-without < write {
		return false
	}
	for slot, a := range h.rec.answers {
		if h.away(a) || a.journal == nil && filling(ctx, set.Drive(slot)) {
			return true
		}
	}
	return h.store.options.Now().Sub(time.Unix(0, v.ModTime)) < remainsAge
}

// trackerPath is where MinIO keeps the note that a drive is being filled (docs/format/drive-layout.md).
const trackerPath drive.Path = drive.System + "/buckets/.healing.bin"

// filling tells whether a drive was replaced and does not have everything yet, as far as is known.
func filling(ctx context.Context, d drive.Drive) bool {
	raw, err := d.ReadFile(ctx, trackerPath, label.MaxTrackerBytes)
	if err != nil {
		return !errors.Is(err, drive.ErrNotFound)
	}
	t, err := label.ParseTracker(raw)
	return err != nil || !t.Finished
}

// away tells whether a drive cannot be mended. A copy in a form that this release does not know is left alone, unless the
// other drives have a version that can be read: then it is a known form with a bit flipped.
func (h *healing) away(a answer) bool {
	if !a.away() {
		return false
	}
	known := len(h.rec.versions) > 0 && h.rec.verdict(h.rec.versions[0]) <= doubtful
	return !known || !errors.Is(a.err, xlmeta.ErrUnsupported)
}

// commits makes the record what it should be on every drive where it differs.
func (h *healing) commits(ctx context.Context, stamp drive.Stamp) ([]*drive.Commit, error) {
	at := h.rec.at
	commits := make([]*drive.Commit, len(h.rec.answers))
	for slot, a := range h.rec.answers {
		if h.away(a) || a.journal == nil && h.unclear {
			continue // that a copy is rotten or missing is evidence while it is not clear what was in it
		}
		j, changed, err := h.journal(slot)
		if err != nil {
			return nil, err
		}
		edits := h.edits[slot]
		if changed {
			edits = append(edits, recordEdit(at, j))
		}
		if h.tidy && !h.unclear && !at.upload() {
			edits = append(edits, h.sweep(ctx, slot, j)...)
		}
		if len(edits) == 0 {
			continue
		}
		if a.journal == nil && !at.system() { // a drive that was replaced may lack the bucket too
			_ = at.set.Drive(slot).MakeVolume(ctx, at.bucket)
		}
		commits[slot] = &drive.Commit{Stamp: stamp, Record: at.path(), Edits: edits}
		h.changed = true
	}
	return commits, nil
}

// journal is what one drive's journal should be, and whether it differs from what it is.
func (h *healing) journal(slot int) (*xlmeta.Journal, bool, error) {
	a := h.rec.answers[slot]
	j, changed := new(xlmeta.Journal), a.unknown()
	if a.journal != nil {
		*j = *a.journal
	}
	for _, entry := range slices.Clone(j.Versions()) {
		if !slices.ContainsFunc(h.keep, func(k keeper) bool { return sameVersion(k.Header, entry.Header) }) {
			j.Delete(entry.ID)
			changed = true
		}
	}
	for _, k := range h.keep {
		did, err := k.put(j, slot)
		if err != nil {
			return nil, false, err
		}
		changed = changed || did
	}
	return j, changed, nil
}

// put gives one drive's journal the version, unless it has it just so.
func (k *keeper) put(j *xlmeta.Journal, slot int) (bool, error) {
	entry, ok := j.Find(k.ID)
	ok = ok && sameVersion(entry.Header, k.Header)
	frames, rebuilt := k.inline[slot]
	switch {
	case k.leave:
		return false, nil
	case k.Type == xlmeta.TypeDeleteMarker:
		if ok && entry.Header == k.Header {
			return false, nil
		}
		return true, j.PutMarker(k.marker)
	case ok && !rebuilt && entry.Header.Matches(k.Header) && k.rightful(j, entry, slot):
		return false, nil
	}
	o := k.object
	o.Index = int(o.Dist[slot])
	if !o.Inline() {
		return true, j.Put(o, nil)
	}
	if !rebuilt { // only the metadata differs, or the body is empty
		frames, _ = j.Inline(k.ID)
	}
	return true, j.Put(o, append([]byte{}, frames...))
}

// rightful tells whether a drive's copy says that it holds the shard which belongs there, and does so if it is inline.
func (k *keeper) rightful(j *xlmeta.Journal, entry xlmeta.Version, slot int) bool {
	o, err := entry.Object()
	_, has := j.Inline(entry.ID)
	return err == nil && o.Index == int(k.object.Dist[slot]) && (has || !k.object.Inline())
}
