package store

import (
	"context"
	"errors"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// maxRecord bounds what is read as a record: a hundred thousand versions with inline data.
const maxRecord = 256 << 20

// ask reads one drive's copy of a record.
func ask(ctx context.Context, d drive.Drive, path drive.Path) answer {
	raw, err := d.ReadFile(ctx, path, maxRecord)
	if err != nil {
		return answer{err: err}
	}
	j, err := xlmeta.DecodeHeaders(raw)
	if err != nil {
		return answer{err: err}
	}
	return answer{journal: j}
}

// weigh reads the copies of a record until enough drives were heard, or all have answered.
func (s *Store) weigh(ctx context.Context, at spot, enough func(*record) bool) (*record, error) {
	rec := newRecord(at)
	n := len(rec.answers)
	read := func(ctx context.Context, _ int, d drive.Drive) (answer, error) { return ask(ctx, d, at.record()), nil }
	heard := 0
	err := erasure.Poll(ctx, at.set, read, func(a erasure.Answer[answer]) bool {
		rec.hear(a.Slot, a.Value)
		heard++
		return heard > n/2 && enough(rec)
	})
	if err != nil {
		return nil, at.fault("read record", endOf(ctx), err)
	}
	return rec, nil
}

// weighAll hears every drive.
func (s *Store) weighAll(ctx context.Context, at spot) (*record, error) {
	rec := newRecord(at)
	answers := make([]answer, len(rec.answers))
	at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
		answers[slot] = ask(ctx, d, at.record())
		return nil
	})
	if err := ctx.Err(); err != nil {
		return nil, at.fault("read record", endOf(ctx), err)
	}
	for slot, a := range answers {
		rec.hear(slot, a)
	}
	return rec, nil
}

// weighLocked reads a record under its lock. Where an overwrite was cut off before it could be read and before the version
// it replaced was gone for good, the replaced version is put back first.
func (s *Store) weighLocked(ctx context.Context, at spot, lease *lock.Lease) (*record, error) {
	rec, err := s.weighAll(ctx, at)
	if err != nil {
		return nil, err
	}
	if len(rec.versions) > 0 && rec.verdict(rec.versions[0]) == abandoned && s.undo(ctx, rec, lease) {
		if rec, err = s.weighAll(ctx, at); err != nil {
			return nil, err
		}
	}
	rec.locked = true
	return rec, nil
}

// lookup finds a version of a record, in doubt by taking the record's lock. v is nil when there is no such version.
func (s *Store) lookup(ctx context.Context, at spot, latest bool, id xlmeta.VersionID) (rec *record, v *standing, err error) {
	rec, err = s.weigh(ctx, at, func(rec *record) bool {
		_, sure, err := rec.pick(latest, id)
		return sure && err == nil
	})
	if err != nil {
		return nil, nil, err
	}
	v, sure, err := rec.pick(latest, id)
	if sure {
		if rec.uneven() {
			s.missed.note(at)
		}
		return rec, v, err
	}
	lease, rec, err := s.weighAgain(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	if v, _, err = rec.pick(latest, id); err != nil {
		lease.Release()
		return nil, nil, err
	}
	s.settle(ctx, rec, lease)
	return rec, v, nil
}

// lookupAll finds all versions of a record, in doubt by taking the record's lock.
func (s *Store) lookupAll(ctx context.Context, at spot) (*record, error) {
	rec, err := s.weigh(ctx, at, (*record).sure)
	if err != nil {
		return nil, err
	}
	if rec.sure() {
		if rec.uneven() {
			s.missed.note(at)
		}
		return rec, nil
	}
	lease, rec, err := s.weighAgain(ctx, at)
	if err != nil {
		return nil, err
	}
	s.settle(ctx, rec, lease)
	return rec, nil
}

// weighAgain reads a record under its lock.
func (s *Store) weighAgain(ctx context.Context, at spot) (*lock.Lease, *record, error) {
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return nil, nil, at.readable("read", err)
	}
	rec, err := s.weighLocked(ctx, at, lease)
	if err != nil {
		lease.Release()
		return nil, nil, err
	}
	return lease, rec, nil
}

// settle makes what was found under the lock what everybody will find from now on: versions that stand get their quorum,
// those that do not go. It takes over the lease. What cannot be done now, because drives are away or too many bytes would
// have to be rebuilt while a reader waits, is left to the queue; the answer is then as certain as it can be.
func (s *Store) settle(ctx context.Context, rec *record, lease *lock.Lease) {
	if !rec.uneven() {
		lease.Release()
		return
	}
	result, err := s.mend(ctx, rec, lease, mending{most: settleBytes})
	if err != nil || !result.whole {
		s.missed.note(rec.at)
	}
}

// settleBytes bounds what is rebuilt while a reader waits.
const settleBytes = 4 << 20

// acquire takes a lock. Its error has a Kind.
func (s *Store) acquire(ctx context.Context, name string) (*lock.Lease, error) {
	lease, err := s.locks.Acquire(ctx, name)
	if err != nil {
		return nil, fail("lock", endOf(ctx), err)
	}
	return lease, nil
}

// endOf is the kind of error of a call whose context has ended.
func endOf(ctx context.Context) objectlayer.Kind {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return objectlayer.KindTimeout
	}
	return objectlayer.KindCancelled
}
