package store

import (
	"context"
	"errors"
	"io"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// adopt prepares a version for the drives that lack it.
func (h *healing) adopt(ctx context.Context, v standing) (keeper, error) {
	k := keeper{standing: v}
	entry := h.rec.version(v)
	var err error
	switch v.Type {
	case xlmeta.TypeDeleteMarker:
		k.marker, err = entry.DeleteMarker()
		return k, err
	case xlmeta.TypeLegacy:
		k.leave = true // read-only
		return k, nil
	}
	if k.object, err = entry.Object(); err != nil {
		return k, err
	}
	if err := geometryOf(&k.object).Valid(); err != nil || len(k.object.Dist) != len(h.rec.answers) {
		k.leave, h.whole, h.unclear = true, false, true
		return k, nil
	}
	if k.object.Transitioned() && !k.object.Restored() || k.object.Size == 0 || len(k.object.Parts) == 0 {
		return k, nil
	}
	f := &found{at: h.rec.at, rec: h.rec, standing: v, object: k.object}
	if k.object.Inline() {
		k.inline, err = h.rebuildInline(ctx, f)
	} else {
		k.leave, err = h.rebuildParts(ctx, f)
	}
	return k, err
}

// rebuildInline rebuilds the shards in records that lack them or hold them rotten.
func (h *healing) rebuildInline(ctx context.Context, f *found) (map[int][]byte, error) {
	p := f.object.Parts[0]
	frames := make(map[int][]byte)
	targets := make(map[int]io.Writer)
	collect := make(map[int]*sliceWriter)
	for _, slot := range h.damage(ctx, f, p, true) {
		collect[slot] = new(sliceWriter)
		targets[slot] = collect[slot]
	}
	if len(targets) == 0 {
		return nil, nil
	}
	if err := f.at.set.Rebuild(ctx, geometryOf(&f.object), p.Size, f.shards(p), targets); err != nil {
		return nil, f.at.readable("heal", err)
	}
	for slot, w := range collect {
		frames[slot] = *w
	}
	return frames, nil
}

// sliceWriter collects what is written to it.
type sliceWriter []byte

func (b *sliceWriter) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// rebuildParts rebuilds the shard files that are missing or rotten, one part after the other, and stages them. It leaves
// a version alone that is too large.
func (h *healing) rebuildParts(ctx context.Context, f *found) (leave bool, err error) {
	if h.most > 0 && f.object.Size > h.most {
		h.whole = false
		return true, nil
	}
	for _, p := range f.object.Parts {
		damaged := h.damage(ctx, f, p, h.deep)
		if len(damaged) == 0 || p.Size == 0 {
			continue
		}
		if err := h.rebuildPart(ctx, f, p, damaged); err != nil {
			return false, f.at.readable("heal", err)
		}
	}
	return false, nil
}

// rebuildPart rebuilds one part's shards for the drives that need them. A drive that does not take its own does not keep the
// others from getting theirs.
func (h *healing) rebuildPart(ctx context.Context, f *found, p xlmeta.Part, targets []int) error {
	g := geometryOf(&f.object)
	staged := stagingPath()
	h.staged = append(h.staged, staged)
	files, writers := make(map[int]*target), make(map[int]io.Writer)
	for _, slot := range targets {
		file, err := f.at.set.Drive(slot).Create(ctx, staged, g.ShardFileSize(p.Size))
		if err != nil {
			h.whole = false
			continue
		}
		files[slot] = &target{file: file}
		writers[slot] = files[slot]
	}
	err := f.at.set.Rebuild(ctx, g, p.Size, f.shards(p), writers)
	for slot, t := range files {
		if !t.finish(err == nil) {
			h.whole = false
			_ = f.at.set.Drive(slot).Discard(context.WithoutCancel(ctx), staged)
			continue
		}
		to := f.at.data(f.object.DataDir).Join(partFile(p.Number))
		h.edits[slot] = append(h.edits[slot], drive.Move(staged, to))
	}
	return err
}

// target is a shard file being rebuilt. A drive that fails takes nothing more, but stops nobody.
type target struct {
	file drive.Writer
	err  error
}

func (t *target) Write(p []byte) (int, error) {
	if t.err == nil {
		_, t.err = t.file.Write(p)
	}
	return len(p), nil
}

// finish makes the file durable, or drops it.
func (t *target) finish(sound bool) bool {
	if t.err != nil || !sound {
		t.file.Abort()
		return false
	}
	return t.file.Close() == nil
}

// damage lists the drives whose shard of a part is missing, of the wrong length or, when looked at closely, rotten. Drives
// that are away are not among them.
func (h *healing) damage(ctx context.Context, f *found, p xlmeta.Part, deep bool) (damaged []int) {
	g := geometryOf(&f.object)
	var errs []error
	if deep {
		errs = f.at.set.Verify(ctx, g, p.Size, f.shards(p))
	} else {
		errs = f.at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
			if _, err := f.own(slot, h.rec.answers[slot]); err != nil {
				return err
			}
			info, err := d.Stat(ctx, f.at.data(f.object.DataDir).Join(partFile(p.Number)))
			if err == nil && info.Size != g.ShardFileSize(p.Size) {
				err = drive.ErrCorrupt
			}
			return err
		})
	}
	for slot, err := range errs {
		switch {
		case err == nil:
		case h.away(h.rec.answers[slot]) || errors.Is(err, drive.ErrOffline):
			h.whole = false
		default:
			damaged = append(damaged, slot)
		}
	}
	return damaged
}
