package store

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// deletesAtOnce bounds how many targets of one call are worked on at the same time.
const deletesAtOnce = 16

// Delete implements objectlayer.Objects.
func (s *Store) Delete(ctx context.Context, b objectlayer.Bucket, targets []objectlayer.DeleteTarget, o objectlayer.DeleteOptions) ([]objectlayer.Deleted, error) {
	state, err := s.bucket(ctx, b)
	if err != nil {
		return nil, err
	}
	answers := make([]objectlayer.Deleted, len(targets))
	var group errgroup.Group
	group.SetLimit(deletesAtOnce)
	for i, t := range targets {
		group.Go(func() error {
			answers[i] = s.deleteTarget(ctx, b, state.rules, t, o)
			return nil
		})
	}
	return answers, group.Wait()
}

func (s *Store) deleteTarget(ctx context.Context, b objectlayer.Bucket, rules bucket.Rules, t objectlayer.DeleteTarget, o objectlayer.DeleteOptions) objectlayer.Deleted {
	done := objectlayer.Deleted{Key: t.Key, Version: t.Version}
	if o.Prefix {
		if rules.ObjectLock {
			done.Err = &objectlayer.Error{Op: "delete", Kind: objectlayer.KindArgument, Bucket: b, Key: t.Key, Detail: "prefix of a bucket with object lock"}
		} else {
			done.Err = s.deletePrefix(ctx, b, string(t.Key))
		}
		return done
	}
	if done.Err = t.Key.Check(); done.Err != nil {
		return done
	}
	d := deletion{target: t, rules: rules, bypass: o.BypassGovernance, state: rules.Versioning.Of(t.Key)}
	if t.Key.Dir() {
		d.state = objectlayer.VersioningOff // directory objects leave no markers
	}
	if d.id, d.current, done.Err = versionID(t.Version); done.Err != nil {
		return done
	}
	at := s.spots(b, t.Key)[0]
	for range s.pools { // one after the other, where it is current last
		var again bool
		if again, done.Err = s.deleteOnce(ctx, at, d, &done); done.Err != nil || !again {
			break
		}
	}
	return done
}

// deletion is one target and the rules that hold for it.
type deletion struct {
	target  objectlayer.DeleteTarget
	rules   bucket.Rules
	state   objectlayer.Versioning // what deleting the key means
	bypass  bool
	id      xlmeta.VersionID
	current bool // no version was named
}

// deleteOnce deletes the target in one pool; again tells that another pool has it too.
func (s *Store) deleteOnce(ctx context.Context, at spot, d deletion, done *objectlayer.Deleted) (again bool, err error) {
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return false, at.writable("delete", err)
	}
	all, err := s.survey(ctx, at, lease)
	if err == nil {
		err = s.allowed(ctx, all, at, d.rules.Versioning.State(), d.target.Conditions)
	}
	if err != nil {
		lease.Release()
		if objectlayer.KindOf(err) == objectlayer.KindNoObject {
			err = nil // nothing to delete
		}
		return false, err
	}
	if d.current && d.state != objectlayer.VersioningOff {
		return false, s.deleteKey(ctx, lease, all, d, done)
	}
	rec, more := all.holder(d.id)
	if rec == nil {
		lease.Release()
		return false, nil
	}
	return more, s.remove(ctx, lease, rec, d, done)
}

// holder is the record a version has to be removed from next: of several the one where it is oldest, so that what is current
// does not change before the last.
func (sv survey) holder(id xlmeta.VersionID) (rec *record, more bool) {
	oldest, holders := int64(0), 0
	for _, r := range sv {
		at, ok := r.holds(id)
		if !ok {
			continue
		}
		if holders++; rec == nil || at < oldest {
			rec, oldest = r, at
		}
	}
	return rec, holders > 1
}

// holds tells whether any drive shows a version, and its time. A record that is rotten everywhere may hold it.
func (r *record) holds(id xlmeta.VersionID) (at int64, ok bool) {
	for _, v := range r.versions {
		if v.ID == id && !v.FreeVersion() {
			return v.ModTime, true
		}
	}
	rotten := 0
	for _, a := range r.answers {
		if a.rotten() {
			rotten++
		}
	}
	return 0, id.IsNull() && len(r.versions) == 0 && rotten > 0 && rotten == r.unknown
}

// deleteKey deletes a key that may have versions: its current version is hidden by a marker.
func (s *Store) deleteKey(ctx context.Context, lease *lock.Lease, all survey, d deletion, done *objectlayer.Deleted) error {
	rec, v, err := all.current()
	if lost := all.lost(); err != nil && lost != nil {
		return s.mark(ctx, lease, lost, d, done)
	}
	if err != nil || v == nil || v.Type == xlmeta.TypeDeleteMarker { // deleted already: as MinIO, no marker on a marker
		lease.Release()
		if v != nil {
			done.DeleteMarker, done.MarkerVersion = true, objectlayer.VersionID(v.ID.String())
		}
		return err
	}
	return s.mark(ctx, lease, rec, d, done)
}

// mark puts a delete marker on top. Where versioning is suspended it takes the place of the null version.
func (s *Store) mark(ctx context.Context, lease *lock.Lease, rec *record, d deletion, done *objectlayer.Deleted) error {
	marker := xlmeta.DeleteMarker{ModTime: s.now(rec.newest())}
	if d.state == objectlayer.VersioningEnabled {
		marker.ID = xlmeta.VersionID(uuid.New())
	}
	done.DeleteMarker, done.MarkerVersion = true, objectlayer.VersionID(marker.ID.String())
	free := rec.freeVersion(marker.ID)
	n := len(rec.answers)
	return s.commit(ctx, lease, rec, change{
		edit: func(_ int, j *xlmeta.Journal) error {
			j.Delete(marker.ID)
			if err := free.add(j); err != nil {
				return err
			}
			return j.PutMarker(marker)
		},
		replaced: rec.freed(xlmeta.DataDir{}, marker.ID),
		makes:    xlmeta.Header{ID: marker.ID, ModTime: marker.ModTime, Type: xlmeta.TypeDeleteMarker},
		stakes:   rec.stakes(marker.ID),
		need:     topology.Majority(n),
		read:     n - n/2,
	})
}

// remove takes a version away for good.
func (s *Store) remove(ctx context.Context, lease *lock.Lease, rec *record, d deletion, done *objectlayer.Deleted) error {
	for _, v := range rec.versions {
		if v.ID != d.id || v.FreeVersion() {
			continue
		}
		if v.Type == xlmeta.TypeDeleteMarker {
			if !d.current {
				done.DeleteMarker, done.MarkerVersion = true, d.target.Version
			}
			continue
		}
		if err := s.mayRemove(rec, v, d); err != nil {
			lease.Release()
			return err
		}
	}
	free := rec.freeVersion(d.id)
	return s.commit(ctx, lease, rec, change{
		edit: func(_ int, j *xlmeta.Journal) error {
			j.Delete(d.id)
			return free.add(j)
		},
		replaced: rec.freed(xlmeta.DataDir{}, d.id),
		removes:  []xlmeta.VersionID{d.id},
		need:     topology.Majority(len(rec.answers)),
	})
}

// mayRemove checks retention and legal hold of a version about to go for good.
func (s *Store) mayRemove(rec *record, v standing, d deletion) error {
	if v.Type != xlmeta.TypeObject || !d.rules.ObjectLock {
		return nil
	}
	o, err := rec.object(v)
	if err != nil {
		return err
	}
	var info objectlayer.ObjectInfo
	takeMeta(&info, o.MetaUser)
	held := info.LegalHold == "ON"
	if r := info.Retention; s.options.Now().Before(r.Until) && (r.Mode == "COMPLIANCE" || r.Mode == "GOVERNANCE" && !d.bypass) {
		held = true
	}
	if held {
		return &objectlayer.Error{Op: "delete", Kind: objectlayer.KindHeld, Bucket: objectlayer.Bucket(rec.at.bucket), Key: rec.at.key(), Version: d.target.Version}
	}
	return nil
}

// freeVersions are the notes that remote copies of removed versions have to be deleted (docs/format/xl-meta.md,
// free-versions). They stay in the journal until a tier's cleaner has done so.
type freeVersions []xlmeta.DeleteMarker

// freeVersion makes the note for the version with this id, if its data is in a tier.
func (r *record) freeVersion(id xlmeta.VersionID) freeVersions {
	var notes freeVersions
	for _, v := range r.versions {
		if v.ID != id || v.Type != xlmeta.TypeObject {
			continue
		}
		o, err := r.object(v)
		if err != nil || !o.Transitioned() {
			continue
		}
		note := xlmeta.DeleteMarker{ID: xlmeta.VersionID(uuid.New()), ModTime: o.ModTime, MetaSys: map[string][]byte{xlmeta.KeyFreeVersion: {}}}
		for _, key := range []string{xlmeta.KeyTransitionTier, xlmeta.KeyTransitionObject, xlmeta.KeyTransitionVersion} {
			note.MetaSys[key] = o.MetaSys[key]
		}
		notes = append(notes, note)
	}
	return notes
}

func (f freeVersions) add(j *xlmeta.Journal) error {
	for _, note := range f {
		if err := j.PutMarker(note); err != nil {
			return err
		}
	}
	return nil
}

// deletePrefix removes every version of every key that begins with prefix.
func (s *Store) deletePrefix(ctx context.Context, b objectlayer.Bucket, prefix string) error {
	for _, p := range s.pools {
		for _, set := range p.sets {
			walk, err := s.merge(ctx, p, set, string(b), prefix, "")
			if err != nil {
				return err
			}
			err = s.removeWalked(ctx, p, b, walk)
			walk.close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// removeWalked removes whole the records a walk meets.
func (s *Store) removeWalked(ctx context.Context, p *pool, b objectlayer.Bucket, walk *walk) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(deletesAtOnce)
	for {
		rec, err := walk.next()
		if rec == nil || err != nil {
			return errors.Join(err, group.Wait())
		}
		at := s.spotIn(p, string(b), rec.at.name)
		group.Go(func() error { return s.removeAll(ctx, at) })
	}
}

// removeAll removes a record with all its versions.
func (s *Store) removeAll(ctx context.Context, at spot) error {
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return at.writable("delete", err)
	}
	rec, err := s.weighLocked(ctx, at, lease)
	if err != nil {
		lease.Release()
		return err
	}
	if len(rec.versions) == 0 && !rec.uneven() {
		lease.Release()
		return nil
	}
	ids := make([]xlmeta.VersionID, len(rec.versions))
	var notes freeVersions
	for i, v := range rec.versions {
		ids[i] = v.ID
		notes = append(notes, rec.freeVersion(v.ID)...)
	}
	return s.commit(ctx, lease, rec, change{
		edit: func(_ int, j *xlmeta.Journal) error {
			for _, v := range slices.Clone(j.Versions()) {
				if !v.FreeVersion() {
					j.Delete(v.ID)
				}
			}
			return notes.add(j)
		},
		replaced: rec.freed(xlmeta.DataDir{}, ids...),
		removes:  ids,
		need:     topology.Majority(len(rec.answers)),
	})
}
