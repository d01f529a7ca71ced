package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// heal brings a record up to what it should be on every drive: versions that stand are put where they are missing or
// rotten, versions that never stood are taken away. It is what catches a drive up on missed writes, what mends damage a
// read met, and what settles a commit that was cut off. whole is false when something had to be left because a drive is
// away.
//
// It writes the versions as they are, with their times and signatures, so healing twice changes nothing.
func (s *Store) heal(ctx context.Context, at spot, deep bool) (whole bool, err error) {
	lease, err := s.locks.Acquire(ctx, at.lockName())
	if err != nil {
		return false, err
	}
	rec, err := s.weighLocked(ctx, at, lease)
	if err != nil {
		lease.Release()
		return false, err
	}
	h := &healing{store: s, rec: rec, deep: deep, edits: make([][]drive.Edit, len(rec.answers))}
	defer func() { h.drop(ctx) }()
	if err := h.plan(ctx); err != nil {
		lease.Release()
		return false, err
	}
	err = h.commit(ctx, lease)
	return h.whole && err == nil, err
}

// healing is one record being mended.
type healing struct {
	store  *Store
	rec    *record
	edits  [][]drive.Edit // by slot: data to move in before the record
	staged []drive.Path
	keep   []keeper
	whole  bool
	deep   bool // verify every byte, not only that the files are there
}

// keeper is a version that every drive should have.
type keeper struct {
	standing
	object xlmeta.Object // of an object
	marker xlmeta.DeleteMarker
	inline map[int][]byte // by slot: rebuilt frames
}

// settleAge is how long an unreadable version of which too few copies exist is taken for the remains of a write that was
// cut off. An older one was readable once; its remains are kept, in case a drive that was taken out comes back.
const settleAge = time.Hour

// plan decides what every drive should have and stages the data that is missing.
func (h *healing) plan(ctx context.Context) error {
	h.whole = h.rec.unknown == 0 || !slices.ContainsFunc(h.rec.answers, away)
	for _, v := range h.rec.versions {
		switch h.rec.verdict(v) {
		case hidden:
			h.whole = false
			h.keep = append(h.keep, keeper{standing: v})
			continue
		case abandoned:
			if h.old(v) {
				h.store.log.Warn("version cannot be read and is kept as it is", "bucket", h.rec.at.bucket, "key", h.rec.at.name,
					"version", v.ID.String(), "copies", popcount(v.slots))
				h.keep = append(h.keep, keeper{standing: v})
			}
			continue
		}
		k, err := h.adopt(ctx, v)
		if err != nil {
			return err
		}
		h.keep = append(h.keep, k)
	}
	return nil
}

// away tells whether a drive cannot be mended now.
func away(a answer) bool { return a.unknown() && !rotten(a.err) }

// rotten tells whether a drive's copy is known to be worthless.
func rotten(err error) bool {
	return errors.Is(err, drive.ErrCorrupt) || errors.Is(err, xlmeta.ErrCorrupt)
}

func (h *healing) old(v standing) bool {
	return h.store.options.Now().Sub(time.Unix(0, v.ModTime)) > settleAge
}

// adopt prepares a version for the drives that lack it.
func (h *healing) adopt(ctx context.Context, v standing) (keeper, error) {
	k := keeper{standing: v}
	entry, _ := h.rec.version(v)
	var err error
	switch v.Type {
	case xlmeta.TypeDeleteMarker:
		k.marker, err = entry.DeleteMarker()
		return k, err
	case xlmeta.TypeLegacy:
		return k, nil // read-only: left where it is
	}
	if k.object, err = entry.Object(); err != nil {
		return k, err
	}
	if k.object.Transitioned() && !k.object.Restored() || k.object.Size == 0 {
		return k, nil
	}
	f := &found{at: h.rec.at, rec: h.rec, standing: v, object: k.object}
	if k.object.Inline() {
		k.inline, err = h.mendInline(ctx, f)
		return k, err
	}
	return k, h.mendParts(ctx, f)
}

// mendInline rebuilds the shards in records that lack them or hold them rotten.
func (h *healing) mendInline(ctx context.Context, f *found) (map[int][]byte, error) {
	missing, buffers := make(map[int]io.Writer), make(map[int]*sliceWriter)
	for _, slot := range h.damage(ctx, f, f.object.Parts[0], true) {
		buffers[slot] = new(sliceWriter)
		missing[slot] = buffers[slot]
	}
	if len(missing) == 0 {
		return nil, nil
	}
	p := f.object.Parts[0]
	if err := f.at.set.Rebuild(ctx, geometryOf(&f.object), p.Size, h.store.shards(f, p), missing); err != nil {
		return nil, err
	}
	frames := make(map[int][]byte, len(buffers))
	for slot, b := range buffers {
		frames[slot] = *b
	}
	return frames, nil
}

// sliceWriter collects what is written to it.
type sliceWriter []byte

func (b *sliceWriter) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// mendParts rebuilds the shard files that are missing or rotten, one part after the other, and stages them.
func (h *healing) mendParts(ctx context.Context, f *found) error {
	for _, p := range f.object.Parts {
		if err := h.mendPart(ctx, f, p); err != nil {
			return err
		}
	}
	return nil
}

func (h *healing) mendPart(ctx context.Context, f *found, p xlmeta.Part) error {
	slots := h.damage(ctx, f, p, h.deep)
	if len(slots) == 0 || p.Size == 0 {
		return nil
	}
	g := geometryOf(&f.object)
	stage := drive.Staging.Join(uuid.NewString())
	h.staged = append(h.staged, stage)
	missing, files := make(map[int]io.Writer), make(map[int]drive.Writer)
	for _, slot := range slots {
		w, err := f.at.set.Drive(slot).Create(ctx, stage.Join(partFile(p.Number)), g.ShardFileSize(p.Size))
		if err != nil {
			h.whole = false
			continue
		}
		missing[slot], files[slot] = w, w
	}
	err := f.at.set.Rebuild(ctx, g, p.Size, h.store.shards(f, p), missing)
	for slot, w := range files {
		if err != nil {
			w.Abort()
			continue
		}
		if cerr := w.Close(); cerr != nil {
			h.whole = false
			continue
		}
		to := f.at.path().Join(f.object.DataDir.String(), partFile(p.Number))
		h.edits[slot] = append(h.edits[slot], drive.Move(stage.Join(partFile(p.Number)), to), drive.Remove(stage))
	}
	return err
}

// damage lists the drives whose shard of a part is missing, of the wrong length or, when looked at closely, rotten. Drives
// that are away are not among them.
func (h *healing) damage(ctx context.Context, f *found, p xlmeta.Part, deep bool) []int {
	g := geometryOf(&f.object)
	var errs []error
	if deep {
		errs = f.at.set.Verify(ctx, g, p.Size, h.store.shards(f, p))
	} else {
		errs = f.at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
			if f.standing.slots&(1<<slot) == 0 {
				return drive.ErrNotFound
			}
			info, err := d.Stat(ctx, f.at.path().Join(f.object.DataDir.String(), partFile(p.Number)))
			if err == nil && info.Size != g.ShardFileSize(p.Size) {
				err = drive.ErrCorrupt
			}
			return err
		})
	}
	var slots []int
	for slot, err := range errs {
		switch {
		case err == nil:
		case away(h.rec.answers[slot]) || errors.Is(err, drive.ErrOffline):
			h.whole = false
		default:
			slots = append(slots, slot)
		}
	}
	return slots
}

// commit writes the record, as it should be, to every drive where it differs.
func (h *healing) commit(ctx context.Context, lease *lock.Lease) error {
	at := h.rec.at
	commits := make([]*drive.Commit, len(h.rec.answers))
	stamp, some := lease.Stamp(), false
	for slot, a := range h.rec.answers {
		if away(a) {
			continue
		}
		j, changed, err := h.journal(slot)
		if err != nil {
			lease.Release()
			return err
		}
		edits := h.edits[slot]
		switch {
		case !changed && len(edits) == 0:
			continue
		case j.Len() == 0:
			edits = append(edits, drive.Remove(at.record()))
		default:
			edits = append(edits, drive.Write(at.record(), j.Append(nil)))
		}
		commits[slot] = &drive.Commit{Stamp: stamp, Record: at.path(), Edits: edits}
		some = true
	}
	if !some {
		lease.Release()
		return nil
	}
	h.staged = nil
	need := len(slices.DeleteFunc(slices.Clone(commits), func(c *drive.Commit) bool { return c == nil }))
	return h.store.send(ctx, lease, at, need, commits, func(int) {})
}

// journal is what one drive's journal should be, and whether it differs from what it is.
func (h *healing) journal(slot int) (*xlmeta.Journal, bool, error) {
	j, changed := new(xlmeta.Journal), rotten(h.rec.answers[slot].err)
	if own := h.rec.answers[slot].journal; own != nil {
		*j = *own
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
func (k keeper) put(j *xlmeta.Journal, slot int) (bool, error) {
	entry, ok := j.Find(k.ID)
	ok = ok && sameVersion(entry.Header, k.Header)
	frames, mended := k.inline[slot]
	switch {
	case k.Type == xlmeta.TypeDeleteMarker && k.marker.ModTime != 0:
		if ok && entry.Header == k.Header {
			return false, nil
		}
		return true, j.PutMarker(k.marker)
	case k.Type != xlmeta.TypeObject || k.object.ModTime == 0:
		return false, nil
	case ok && !mended && entry.Header.Matches(k.Header) && k.rightful(entry, slot):
		return false, nil
	}
	o := k.object
	o.Index = int(o.Dist[slot])
	if !o.Inline() {
		return true, j.Put(o, nil)
	}
	if !mended { // only the metadata differs, or the body is empty
		frames, _ = j.Inline(k.ID)
		frames = append([]byte{}, frames...)
	}
	return true, j.Put(o, frames)
}

// rightful tells whether a drive's copy says that it holds the shard which belongs there.
func (k keeper) rightful(entry xlmeta.Version, slot int) bool {
	o, err := entry.Object()
	return err == nil && o.Index == int(k.object.Dist[slot])
}

// drop gives back what was staged and not committed.
func (h *healing) drop(ctx context.Context) {
	for _, p := range h.staged {
		h.rec.at.discard(context.WithoutCancel(ctx), p)
	}
}
