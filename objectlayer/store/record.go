package store

import (
	"errors"
	"math/bits"
	"slices"
	"strconv"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// answer is what one drive says about a record.
type answer struct {
	journal *xlmeta.Journal // nil when the drive has no (readable) copy
	err     error           // nil, drive.ErrNotFound, or why the copy is not known
}

// errNotHeard stands for the answer of a drive that was not waited for, or not asked.
var errNotHeard = errors.New("store: drive was not waited for")

// unknown tells whether the drive's copy may exist for all we know.
func (a answer) unknown() bool { return a.err != nil && !errors.Is(a.err, drive.ErrNotFound) }

// rotten tells whether the drive's copy is known to be worthless.
func (a answer) rotten() bool {
	return errors.Is(a.err, drive.ErrCorrupt) || errors.Is(a.err, xlmeta.ErrCorrupt)
}

// away tells whether nothing can be said of the drive's copy, nor done about it.
func (a answer) away() bool { return a.unknown() && !a.rotten() }

// slots is a set of slots; a set of drives has at most 16.
type slots uint16

func (s slots) has(slot int) bool { return s&(1<<slot) != 0 }
func (s slots) count() int        { return bits.OnesCount16(uint16(s)) }

// standing is one version as the drives show it.
type standing struct {
	xlmeta.Header       // of the variant that leads
	slots         slots // drives that have the version, in whatever variant of its metadata
	same          slots // of these, the drives with exactly this header
}

// record is the drives' copies of one record, merged.
//
// Whether a version stands is decided by counting. Let W be the version's write quorum and R the copies needed to read it.
// With W copies it was acknowledged, or might as well have been. With fewer than W, even if every silent drive had one, it
// was never acknowledged and never will be, because a commit in flight still holds the key's lock: whoever holds that lock
// may pass it over. Between the two lies doubt, and doubt is settled under the lock: if R copies are there the version is
// rolled forward, so that from then on everybody sees it; if not, nobody can read it now, and the honest answer is "try
// again" rather than an older version. See DESIGN.md.
type record struct {
	at       spot
	answers  []answer
	versions []standing // newest first
	unknown  int        // drives whose copy is not known
	locked   bool       // read under the key's lock: no commit of it is in flight
	sample   int        // a walk asked only so many drives, and they agree; 0 otherwise
}

// newRecord returns a record no drive has been heard about.
func newRecord(at spot) *record {
	r := &record{at: at, answers: make([]answer, at.set.Size()), unknown: at.set.Size()}
	for slot := range r.answers {
		r.answers[slot].err = errNotHeard
	}
	return r
}

// hear takes in what one drive says. Each drive is heard once.
func (r *record) hear(slot int, a answer) {
	r.answers[slot] = a
	if !a.unknown() {
		r.unknown--
	}
	if a.journal != nil {
		r.merge(slot, a.journal.Versions())
	}
}

// merge lines one drive's versions up with those heard of before. Both lists are newest first.
func (r *record) merge(slot int, entries []xlmeta.Version) {
	newest := func(a, b xlmeta.Version) int { return a.Compare(b.Header) }
	if !slices.IsSortedFunc(entries, newest) {
		entries = slices.SortedFunc(slices.Values(entries), newest)
	}
	if r.alike(entries) { // the usual case
		for i := range entries {
			r.join(r.versions[:i+1], i, slot, entries[i].Header)
		}
		return
	}
	merged := make([]standing, 0, max(len(entries), len(r.versions)))
	for known := r.versions; len(known) > 0 || len(entries) > 0; {
		at := newestOf(known, entries)
		group := len(merged)
		for len(known) > 0 && known[0].ModTime == at {
			merged, known = append(merged, known[0]), known[1:]
		}
		for len(entries) > 0 && entries[0].ModTime == at {
			merged, entries = r.join(merged, group, slot, entries[0].Header), entries[1:]
		}
		slices.SortFunc(merged[group:], func(a, b standing) int { return a.Compare(b.Header) })
	}
	r.versions = merged
}

// alike tells whether a drive has just the versions heard of before.
func (r *record) alike(entries []xlmeta.Version) bool {
	return slices.EqualFunc(r.versions, entries, func(v standing, e xlmeta.Version) bool { return sameVersion(v.Header, e.Header) })
}

// newestOf is the greatest time at the head of two lists of which one may be empty.
func newestOf(known []standing, entries []xlmeta.Version) int64 {
	switch {
	case len(known) == 0:
		return entries[0].ModTime
	case len(entries) == 0:
		return known[0].ModTime
	}
	return max(known[0].ModTime, entries[0].ModTime)
}

// join adds one drive's copy to the version it is of, which if known is among merged[group:].
func (r *record) join(merged []standing, group, slot int, h xlmeta.Header) []standing {
	for i := group; i < len(merged); i++ {
		v := &merged[i]
		if !sameVersion(v.Header, h) {
			continue
		}
		v.slots |= 1 << slot
		if h.Matches(v.Header) && v.slots&^v.same == 1<<slot {
			v.same |= 1 << slot
		} else {
			r.lead(v)
		}
		return merged
	}
	return append(merged, standing{Header: h, slots: 1 << slot, same: 1 << slot})
}

// lead picks the variant that speaks for a version whose copies differ, because a drive missed an amendment or one was cut
// off. A variant with a write quorum was acknowledged, or nothing newer was; else the one amended last leads, however few
// have it. What is left is decided so that the order in which drives were heard does not matter.
func (r *record) lead(v *standing) {
	type variant struct {
		header  xlmeta.Header
		same    slots
		amended int64
	}
	var best variant
	for slot := range r.answers {
		if !v.slots.has(slot) || best.same.has(slot) {
			continue
		}
		entry, ok := r.copyOf(*v, slot)
		if !ok {
			continue
		}
		this := variant{header: entry.Header, amended: amended(entry)}
		for other := range r.answers {
			if e, ok := r.copyOf(*v, other); ok && e.Header.Matches(entry.Header) {
				this.same |= 1 << other
			}
		}
		_, write := r.quorums(standing{Header: entry.Header, slots: v.slots, same: this.same})
		switch {
		case this.same.count() >= write:
			v.Header, v.same = this.header, this.same
			return
		case best.same == 0, this.amended > best.amended,
			this.amended == best.amended && this.same.count() > best.same.count(),
			this.amended == best.amended && this.same.count() == best.same.count() && this.header.Compare(best.header) < 0:
			best = this
		}
	}
	v.Header, v.same = best.header, best.same
}

// copyOf returns one drive's copy of a version.
func (r *record) copyOf(v standing, slot int) (xlmeta.Version, bool) {
	j := r.answers[slot].journal
	if j == nil || !v.slots.has(slot) {
		return xlmeta.Version{}, false
	}
	for _, entry := range j.Versions() {
		if sameVersion(entry.Header, v.Header) {
			return entry, true
		}
	}
	return xlmeta.Version{}, false
}

// amended is when a version's metadata was last amended, 0 when never, negative when that cannot be read.
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
	switch {
	case data <= 0 || data+parity != n:
		return n, n
	case data == parity:
		return data, data + 1
	}
	return data, data
}

// verdict is how a version stands.
type verdict uint8

const (
	committed verdict = iota // acknowledged: serve it
	doubtful                 // readable, but perhaps of a write in flight or cut off
	hidden                   // perhaps acknowledged, not readable now
	abandoned                // never acknowledged and not readable
)

func (r *record) verdict(v standing) verdict {
	read, write := r.quorums(v)
	have := v.slots.count()
	switch {
	case v.same.count() >= write, r.sample > 0 && v.same.count() == r.sample && r.sample >= read:
		return committed
	case have >= read && !r.foreign(v):
		return doubtful
	case have < read && have+r.unknown+r.damaged(v) >= write:
		return hidden
	default:
		return abandoned
	}
}

// damaged is how many drives have no record at all though they should have another version of it, and so may have had this one.
func (r *record) damaged(v standing) int {
	absent := 0
	for _, a := range r.answers {
		if errors.Is(a.err, drive.ErrNotFound) {
			absent++
		}
	}
	if absent == 0 {
		return 0
	}
	for _, other := range r.versions {
		if read, _ := r.quorums(other); other.ModTime != v.ModTime && other.slots.count() >= read {
			return absent
		}
	}
	return 0
}

// foreign tells whether a version that half of the drives show is rather one of another key, whose record was written to the
// wrong place: what lies there is in another order than this key's shards, and the other drives know nothing of it.
func (r *record) foreign(v standing) bool {
	contradicted := false
	for slot, a := range r.answers {
		switch {
		case v.slots.has(slot):
			if !r.misplaced(slot) {
				return false
			}
		case a.journal != nil:
			contradicted = true
		}
	}
	return contradicted
}

// misplaced tells whether a drive's record has a version whose shards are not in the order this key's are.
func (r *record) misplaced(slot int) bool {
	if r.at.system() {
		return false
	}
	for _, entry := range r.answers[slot].journal.Versions() {
		if o, err := entry.Object(); err == nil && !slices.Equal(o.Dist, r.at.geometry(o.Parity).Dist) {
			return true
		}
	}
	return false
}

// away tells whether some drive cannot be asked now.
func (r *record) away() bool {
	return slices.ContainsFunc(r.answers, answer.away)
}

// pick returns the version asked for: by id, or with latest the newest that clients see. A nil version means there is none.
// sure is false when the answer might be another one after hearing more drives, or has to be confirmed under the lock.
func (r *record) pick(latest bool, id xlmeta.VersionID) (v *standing, sure bool, err error) {
	passed := 0
	for i := range r.versions {
		v := &r.versions[i]
		if v.FreeVersion() || (!latest && v.ID != id) {
			continue
		}
		switch r.verdict(*v) {
		case committed:
			return v, r.locked || passed < 2, nil // of two, the upper may be taking the place of the lower
		case doubtful:
			return v, r.locked, nil
		case hidden:
			return nil, r.locked, r.at.fault("read", objectlayer.KindReadQuorum, r.silence())
		case abandoned:
			if read, _ := r.quorums(*v); !r.locked && v.slots.count()+r.unknown >= read {
				return nil, false, nil // may turn out to be doubtful
			}
			passed++
		}
	}
	n := len(r.answers)
	if r.unknown > n/2 {
		return nil, true, r.at.fault("read", objectlayer.KindReadQuorum, r.silence())
	}
	return nil, r.locked || passed == 0 && r.unknown < n-n/2, nil // too few are left for what can be read
}

// sure tells whether every version's standing is certain without the lock.
func (r *record) sure() bool {
	passed := false
	for _, v := range r.versions {
		switch r.verdict(v) {
		case committed:
		case abandoned:
			if read, _ := r.quorums(v); passed || v.slots.count()+r.unknown >= read {
				return false
			}
			passed = true
		default:
			return false
		}
	}
	n := len(r.answers)
	return r.unknown < n-n/2
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

// uneven tells whether a drive that was heard lacks something another one shows, or has something that it should not. A
// drive that is away, or was not waited for, tells nothing.
func (r *record) uneven() bool {
	var heard slots
	for slot, a := range r.answers {
		if a.rotten() {
			return true
		}
		if !a.unknown() {
			heard |= 1 << slot
		}
	}
	for _, v := range r.versions {
		if v.same != heard {
			return true
		}
	}
	return false
}

// newest is the time of the newest version any drive shows.
func (r *record) newest() int64 {
	if len(r.versions) == 0 {
		return 0
	}
	return r.versions[0].ModTime
}

// version returns the entry of a standing version from a drive that has its leading variant.
func (r *record) version(v standing) xlmeta.Version {
	for slot := range r.answers {
		if entry, ok := r.copyOf(v, slot); ok && v.same.has(slot) && entry.Header.Matches(v.Header) {
			return entry
		}
	}
	panic("store: merged version is in no journal")
}

// object decodes the metadata of a standing version that is an object.
func (r *record) object(v standing) (xlmeta.Object, error) {
	entry := r.version(v)
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
