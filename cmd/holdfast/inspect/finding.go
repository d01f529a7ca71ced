package inspect

import (
	"context"
	"fmt"
)

// Finding is something on the drives that is not as it should be.
type Finding struct {
	Severity Severity `json:"severity"`
	Kind     Kind     `json:"kind"`
	Pool     int      `json:"pool"`
	Set      int      `json:"set"`
	Bucket   string   `json:"bucket,omitempty"` // .minio.sys for the store's own documents
	Key      string   `json:"key,omitempty"`
	Path     string   `json:"path,omitempty"`    // below the drive; of what is not a version
	Drives   []string `json:"drives,omitempty"`  // that it is about; of what is not a version
	Version  *Version `json:"version,omitempty"` // without its copies
	Part     int      `json:"part,omitempty"`    // of an upload in progress
	Copies   []Copy   `json:"copies,omitempty"`  // those that are not sound
	Why      string   `json:"why"`
}

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Lost    Severity = "unreadable" // something does not read
	Weaker  Severity = "degraded"   // everything reads, with less redundancy than it should have
	Residue Severity = "residue"    // of interrupted work, or of somebody else's: no version needs it
)

// Kind is what was found.
type Kind string

// The kinds.
const (
	KindVersion      Kind = "version"           // a version that is not sound; see Version.State
	KindRecord       Kind = "record"            // copies of a record, of which no version can be told
	KindMisplaced    Kind = "misplaced-record"  // in a set where no server looks for it
	KindUploadPart   Kind = "upload-part"       // a part of an upload in progress
	KindBucket       Kind = "missing-bucket"    // a bucket that some drives lack
	KindUnreferenced Kind = "unreferenced-data" // a data directory no version names
	KindBackup       Kind = "backup"            // the record before an overwrite, kept while that was in flight
	KindStray        Kind = "stray-file"        // a file that is no part of the format
	KindUnlisted     Kind = "unlisted"          // a directory that could not be listed
)

// findingOf turns a version that is not as it should be into a finding, which lists only the copies that matter. ok is false
// for versions that need none: sound ones, and superseded ones, whose successor has them.
func (r *record) findingOf(v Version) (f Finding, ok bool) {
	f = r.finding(KindVersion)
	f.Copies, v.Copies = bad(v.Copies), nil
	f.Version, f.Why = &v, v.Why
	switch v.State {
	case Unreadable:
		f.Severity = Lost
	case Degraded:
		f.Severity = Weaker
	case Dangling:
		f.Severity = Residue
	default:
		return f, false
	}
	return f, true
}

// finding begins a finding about the record.
func (r *record) finding(kind Kind) Finding {
	return Finding{
		Severity: Residue, Kind: kind,
		Pool: r.set.pool.index, Set: r.set.index,
		Bucket: r.volume, Key: keyOf(r.name),
	}
}

// judgeAll gives the findings about a record: its versions, and what is not a version.
func (r *record) judgeAll(ctx context.Context, frames *frameChecker, tally *Summary) []Finding {
	var list []Finding
	for _, v := range r.judge(ctx, frames, false) {
		tally.count(&v)
		if v.onlyAbsent() {
			continue
		}
		if f, ok := r.findingOf(v); ok {
			list = append(list, f)
		}
	}
	return append(list, r.judgeRest(ctx, frames)...)
}

// judgeRest gives the findings about a record that are not of a version.
func (r *record) judgeRest(ctx context.Context, frames *frameChecker) []Finding {
	var list []Finding
	if f, lost := r.lost(); lost {
		list = append(list, f)
	}
	if owner := r.set.pool.owner(r.name); owner != r.set && !inEverySet(r.volume, r.name) {
		f := r.finding(KindMisplaced)
		f.Severity, f.Why = Lost, fmt.Sprintf("it is in set %d, and a server looks for it in set %d", r.set.index, owner.index)
		list = append(list, f)
	}
	if isUpload(r.volume, r.name) {
		list = append(list, r.judgeParts(ctx, frames)...)
	}
	return append(list, r.residue()...)
}

// lost gives the finding about a record of which no version can be told, if that is so.
func (r *record) lost() (Finding, bool) {
	for _, t := range r.drives {
		if len(t.versions) > 0 {
			return Finding{}, false
		}
	}
	f := r.finding(KindRecord)
	var unheard int
	for slot, t := range r.drives {
		c := Copy{Drive: r.set.slots[slot].path, Slot: slot, State: CopyNoRecord}
		switch {
		case r.set.slots[slot].disk == nil:
			c.State, c.Detail = CopyNoDrive, r.set.slots[slot].why
		case t.err != nil && !absent(t.err):
			c.State, c.Detail = CopyBadRecord, t.err.Error()
			unheard++
		case t.err == nil:
			c.Detail = "holds no version"
		}
		f.Copies = append(f.Copies, c)
	}
	n := len(r.drives)
	if f.Why = fmt.Sprintf("its record cannot be read on %d of %d drives", unheard, n); r.unheard() >= n-n/2 {
		f.Severity = Lost
	}
	return f, true
}
