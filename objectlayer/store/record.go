package store

import (
	"context"
	"errors"
	"math/bits"
	"strconv"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// maxRecord bounds what is read as a record: a hundred thousand versions with inline data.
const maxRecord = 256 << 20

// answer is what one drive says about a record.
type answer struct {
	journal *xlmeta.Journal // nil when the drive has no (readable) copy
	err     error           // nil, drive.ErrNotFound, or why the copy is not known
}

// unknown tells whether the drive's copy may exist for all we know.
func (a answer) unknown() bool { return a.err != nil && !errors.Is(a.err, drive.ErrNotFound) }

// standing is one version as the drives show it. The header is that of the variant most drives have.
type standing struct {
	xlmeta.Header
	slots uint16 // bit i: the drive at slot i has the version, in whatever variant of its metadata
	same  uint16 // of these, the drives with exactly this header
}

// record is the drives' copies of one record, merged.
//
// Whether a version stands is decided by counting. Let W be the version's write quorum and R the copies needed to read it.
// With W copies it was acknowledged, or might as well have been. With fewer than W, even if every silent drive had one, it
// was never acknowledged and never will be, because a commit in flight still holds the key's lock: whoever holds that lock
// may pass it over. Between the two lies doubt, and doubt is settled under the lock: if R copies are there the version is
// rolled forward, so that from then on everybody sees it; if not, nobody can read it now, and the honest answer is "try
// again" rather than an older version.
type record struct {
	at       spot
	answers  []answer
	versions []standing // newest first
	unknown  int        // drives whose copy is not known
	locked   bool       // read under the key's lock: no commit of it is in flight
	asked    int        // a walk asked only so many drives, and they agree; 0 = all were asked
}

// verdict is how a version stands.
type verdict uint8

const (
	committed verdict = iota // acknowledged: serve it
	doubtful                 // readable, but perhaps of a write in flight or cut off
	hidden                   // perhaps acknowledged, not readable now
	abandoned                // never acknowledged and not readable
)

// weigh reads the copies of a record and merges them.
func (s *Store) weigh(ctx context.Context, at spot) (*record, error) {
	rec := &record{at: at, answers: make([]answer, at.set.Size())}
	at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
		rec.answers[slot] = ask(ctx, d, at.record())
		return nil
	})
	if err := ctx.Err(); err != nil {
		return nil, at.readable("read record", err)
	}
	rec.merge()
	return rec, nil
}

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

// merge lines up the journals, which are all in the same order, and counts.
func (r *record) merge() {
	lists := make([][]xlmeta.Version, len(r.answers))
	for slot, a := range r.answers {
		switch {
		case a.journal != nil:
			lists[slot] = a.journal.Versions()
		case a.unknown():
			r.unknown++
		}
	}
	for {
		first := -1
		for slot, list := range lists {
			if len(list) > 0 && (first < 0 || list[0].Header.Compare(lists[first][0].Header) < 0) {
				first = slot
			}
		}
		if first < 0 {
			return
		}
		r.versions = append(r.versions, takeVersion(lists, lists[first][0].Header))
	}
}

// takeVersion takes the version that h belongs to off the front of the lists that have it there.
func takeVersion(lists [][]xlmeta.Version, h xlmeta.Header) standing {
	var v standing
	for slot, list := range lists {
		if len(list) > 0 && sameVersion(list[0].Header, h) {
			v.slots |= 1 << slot
		}
	}
	v.lead(lists)
	for slot := range lists {
		if v.slots&(1<<slot) != 0 {
			lists[slot] = lists[slot][1:]
		}
	}
	return v
}

// lead picks the variant that speaks for the version. Drives differ when one missed an amendment: the variant amended last
// leads, however few have it; among others the one most drives have.
func (v *standing) lead(lists [][]xlmeta.Version) {
	best, bestTime := 0, int64(-1)
	for slot := range lists {
		if v.slots&(1<<slot) == 0 || v.same&(1<<slot) != 0 {
			continue
		}
		entry, same := lists[slot][0], uint16(0)
		for other := range lists {
			if v.slots&(1<<other) != 0 && lists[other][0].Header.Matches(entry.Header) {
				same |= 1 << other
			}
		}
		if same == v.slots {
			v.Header, v.same = entry.Header, same
			return
		}
		count, at := popcount(same), amended(entry)
		if at > bestTime || at == bestTime && count > best {
			best, bestTime, v.Header, v.same = count, at, entry.Header, same
		}
	}
}

// amended is when a version's metadata was last amended, 0 when never.
func amended(entry xlmeta.Version) int64 {
	if entry.Type != xlmeta.TypeObject {
		return 0
	}
	o, err := entry.Object()
	if err != nil {
		return -1
	}
	at, err := strconv.ParseInt(string(o.MetaSys[keyAmended]), 10, 64)
	if err != nil {
		return 0
	}
	return at
}

func popcount(slots uint16) int { return bits.OnesCount16(slots) }

// sameVersion tells whether two headers are of one version, whose metadata may have been amended since.
func sameVersion(a, b xlmeta.Header) bool {
	return a.ID == b.ID && a.ModTime == b.ModTime && a.Type == b.Type
}

// quorums returns how many copies make a version readable and how many acknowledged.
func (r *record) quorums(v standing) (read, write int) {
	n := len(r.answers)
	if v.Type == xlmeta.TypeDeleteMarker {
		return n - n/2, topology.Majority(n)
	}
	data, parity := int(v.Data), int(v.Parity)
	if data == 0 { // a header of an old release
		if o, err := r.object(v); err == nil {
			data, parity = o.Data, o.Parity
		}
	}
	if data <= 0 || data+parity != n {
		return n, n
	}
	if data == parity {
		return data, data + 1
	}
	return data, data
}

func (r *record) verdict(v standing) verdict {
	read, write := r.quorums(v)
	have := popcount(v.slots)
	switch {
	case r.asked > 0 && have == r.asked:
		return committed
	case popcount(v.same) >= write:
		return committed
	case have >= read:
		return doubtful
	case have+r.unknown >= write:
		return hidden
	default:
		return abandoned
	}
}

// pick returns the version asked for: by id, or with latest the newest that clients see. settled is false when the answer
// has to be confirmed under the lock. A nil version means there is none.
func (r *record) pick(latest bool, id xlmeta.VersionID) (v *standing, settled bool, err error) {
	passed := false
	for i := range r.versions {
		v := &r.versions[i]
		if v.FreeVersion() || (!latest && v.ID != id) {
			continue
		}
		switch r.verdict(*v) {
		case committed:
			return v, true, nil
		case doubtful:
			return v, r.locked, nil
		case hidden:
			return nil, r.locked, r.at.fault("read", objectlayer.KindReadQuorum, nil)
		case abandoned:
			passed = true
		}
	}
	if n := len(r.answers); r.unknown > n/2 {
		return nil, true, r.at.fault("read", objectlayer.KindReadQuorum, r.silence())
	}
	return nil, r.locked || !passed, nil
}

// silence joins what the drives said whose copy is not known.
func (r *record) silence() error {
	var errs []error
	for _, a := range r.answers {
		if a.unknown() {
			errs = append(errs, a.err)
		}
	}
	return errors.Join(errs...)
}

// complete tells whether every drive has the same copies of everything.
func (r *record) complete() bool {
	for _, v := range r.versions {
		if popcount(v.same) != len(r.answers) {
			return false
		}
	}
	return r.unknown == 0
}

// newest is the time of the newest version any drive shows.
func (r *record) newest() int64 {
	if len(r.versions) == 0 {
		return 0
	}
	return r.versions[0].ModTime
}

// version returns the entry of a standing version from a drive that has its leading variant.
func (r *record) version(v standing) (xlmeta.Version, *xlmeta.Journal) {
	slot := bits.TrailingZeros16(v.same)
	j := r.answers[slot].journal
	for _, entry := range j.Versions() {
		if entry.Header.Matches(v.Header) {
			return entry, j
		}
	}
	panic("store: merged version is in no journal")
}

// object decodes the metadata of a standing version that is an object.
func (r *record) object(v standing) (xlmeta.Object, error) {
	entry, _ := r.version(v)
	if entry.Type == xlmeta.TypeLegacy {
		return xlmeta.Object{}, r.at.fault("read", objectlayer.KindUnsupported, errors.New("object of a release before 2020"))
	}
	o, err := entry.Object()
	if err != nil {
		return o, r.at.fault("read", objectlayer.KindInternal, err)
	}
	return o, nil
}

// geometryOf is how a stored object is coded.
func geometryOf(o *xlmeta.Object) erasure.Geometry {
	return erasure.Geometry{Data: o.Data, Parity: o.Parity, BlockSize: o.BlockSize, Dist: o.Dist}
}

// lookup finds a version of a record, in doubt by taking the record's lock. v is nil when there is no such version.
func (s *Store) lookup(ctx context.Context, at spot, latest bool, id xlmeta.VersionID) (rec *record, v *standing, err error) {
	if rec, err = s.weigh(ctx, at); err != nil {
		return nil, nil, err
	}
	v, settled, err := rec.pick(latest, id)
	if settled {
		if !rec.complete() && len(rec.versions) > 0 {
			s.missed.note(at)
		}
		return rec, v, err
	}
	lease, err := s.locks.Acquire(ctx, at.lockName())
	if err != nil {
		return nil, nil, at.readable("read", err)
	}
	defer lease.Release()
	if rec, err = s.weighLocked(ctx, at, lease); err != nil {
		return nil, nil, err
	}
	v, _, err = rec.pick(latest, id)
	s.missed.note(at)
	return rec, v, err
}

// weighLocked reads a record under its lock. Where an overwrite was cut off before it could be read and before the version
// it replaced was gone for good, the replaced version is put back first.
func (s *Store) weighLocked(ctx context.Context, at spot, lease *lock.Lease) (*record, error) {
	rec, err := s.weigh(ctx, at)
	if err != nil {
		return nil, err
	}
	if len(rec.versions) > 0 && rec.verdict(rec.versions[0]) == abandoned {
		if undone := s.rollBack(ctx, rec, lease); undone {
			if rec, err = s.weigh(ctx, at); err != nil {
				return nil, err
			}
		}
	}
	rec.locked = true
	return rec, nil
}
