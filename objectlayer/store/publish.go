package store

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// publish makes the draft a version: it takes the key's lock, decides the conditions and commits.
func (s *Store) publish(ctx context.Context, d *draft) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	lease, err := s.acquire(ctx, d.at.lockName())
	if err != nil {
		s.drop(d.at, d.blob)
		return none, d.at.writable("put", err)
	}
	rec, err := s.prepare(ctx, d, lease)
	if err != nil {
		lease.Release()
		s.drop(d.at, d.blob)
		return none, err
	}
	free := rec.freeVersion(d.object.ID)
	err = s.commit(ctx, lease, rec, change{
		edit: func(slot int, j *xlmeta.Journal) error {
			if err := free.add(j); err != nil {
				return err
			}
			return d.edit(slot, j)
		},
		first:    d.moveIn,
		skip:     d.missing,
		replaced: rec.freed(d.object.DataDir, d.object.ID),
		makes:    d.header(),
		stakes:   append(rec.stakes(d.object.ID), d.stakes...),
		staged:   d.blob.leftovers(),
		spent:    d.spent,
		all:      d.all,
		need:     d.geometry.WriteQuorum(),
		read:     d.geometry.ReadQuorum(),
	})
	if err != nil {
		return none, err
	}
	info, err := s.describe(ctx, d.at, &d.object, d.shown, d.transform)
	info.Latest = true
	return info, err
}

// prepare reads the record under its lock, decides the conditions and gives the draft its id and time.
func (s *Store) prepare(ctx context.Context, d *draft, lease *lock.Lease) (*record, error) {
	all, err := s.survey(ctx, d.at, lease)
	if err != nil {
		return nil, err
	}
	if err := s.allowed(ctx, all, d.at, d.shown, d.conditions); err != nil {
		return nil, err
	}
	rec := all.in(d.at)
	if d.source != nil && !d.inherit(rec) {
		return nil, errSourceGone
	}
	if d.state == objectlayer.VersioningEnabled {
		d.object.ID = xlmeta.VersionID(uuid.New())
	}
	d.object.ModTime = s.now(all.newest())
	return rec, nil
}

// header is what identifies the version.
func (d *draft) header() xlmeta.Header {
	return xlmeta.Header{ID: d.object.ID, ModTime: d.object.ModTime, Type: xlmeta.TypeObject}
}

// edit puts the version into one drive's journal.
func (d *draft) edit(slot int, j *xlmeta.Journal) error {
	o := d.object
	o.Index = int(d.geometry.Dist[slot])
	if !o.Inline() {
		return j.Put(o, nil)
	}
	var frames []byte
	if d.source != nil {
		frames, _ = j.Inline(d.source.ID)
	} else {
		frames = d.blob.inline[slot]
	}
	if frames == nil { // of an empty object
		frames = []byte{}
	}
	return j.Put(o, frames)
}

// missing tells whether a drive has not got the version's bytes.
func (d *draft) missing(slot int) bool {
	return d.blob.missing(slot) || d.absent != nil && d.absent(slot)
}

// moveIn brings the staged data directory to the record.
func (d *draft) moveIn(slot int, backup drive.Path) []drive.Edit {
	switch {
	case d.moves != nil:
		return d.moves(slot, backup)
	case d.blob.staged == "":
		return nil
	}
	return []drive.Edit{drive.Move(d.blob.staged, d.at.data(d.object.DataDir))}
}

// stakes are the versions with this id, which are about to go in favour of a new one.
func (r *record) stakes(id xlmeta.VersionID) []stake {
	var all []stake
	for _, v := range r.versions {
		if v.ID == id && !v.FreeVersion() && r.verdict(v) != abandoned {
			read, _ := r.quorums(v)
			all = append(all, stake{copies: v.slots.count(), read: read})
		}
	}
	return all
}

// freed lists the data directories nothing names once the versions with these ids are gone. A directory that another
// version shares stays, and so does the one to keep.
func (r *record) freed(keep xlmeta.DataDir, ids ...xlmeta.VersionID) []xlmeta.DataDir {
	gone := make(map[xlmeta.VersionID]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	if !slices.ContainsFunc(r.versions, func(v standing) bool { return gone[v.ID] }) {
		return nil
	}
	named := make(map[xlmeta.DataDir]bool) // true: by a version that stays
	for _, v := range r.versions {
		if v.Type != xlmeta.TypeObject || v.Flags.Has(xlmeta.FlagInline) || !v.Flags.Has(xlmeta.FlagUsesDataDir) {
			continue
		}
		if o, err := r.object(v); err == nil {
			named[o.DataDir] = named[o.DataDir] || !gone[v.ID]
		}
	}
	var free []xlmeta.DataDir
	for dir, stays := range named {
		if !stays && dir != keep {
			free = append(free, dir)
		}
	}
	return free
}
