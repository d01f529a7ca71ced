package inspect

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// judge says how each version of a record stands, and verifies the shards of those that are in files. Versions with metadata
// carry what is kept with them.
func (r *record) judge(ctx context.Context, frames *frameChecker, withMetadata bool) []Version {
	candidates := r.merge()
	versions := make([]Version, len(candidates))
	readable := make(map[xlmeta.VersionID]bool) // ids of which a newer version reads
	latest := true
	for i, c := range candidates {
		j := verdict{record: r, candidate: c, object: r.object(c)}
		v := &versions[i]
		*v = j.version(ctx, frames)
		if withMetadata {
			v.Meta = describeMetadata(j.object)
			if d := r.markers[c.Header]; d != nil && len(d.MetaSys) > 0 {
				v.Meta = systemMetadata(d.MetaSys)
			}
		}
		if readable[c.ID] {
			v.State, v.Why = Superseded, "a newer version of the same id has taken its place"
			continue
		}
		readable[c.ID] = v.State.Reads()
		if latest && !c.FreeVersion() && v.State != Dangling {
			v.Latest, latest = true, false
		}
	}
	return versions
}

// verdict is what is needed to judge one version.
type verdict struct {
	*record
	*candidate
	object *xlmeta.Object // nil for other types, and when no drive's metadata can be read
	scheme code.Scheme    // of an object
	dir    string         // with its part files; empty when there are none to look at
	unfit  error          // why nobody could read the version however many drives have it
}

func (j *verdict) version(ctx context.Context, frames *frameChecker) Version {
	v := Version{
		ID:        j.ID.String(),
		Type:      typeName(j.Header),
		Time:      time.Unix(0, j.ModTime).UTC(),
		Signature: hex.EncodeToString(j.Signature[:]),
	}
	j.describe(&v)
	for slot := range j.set.slots {
		v.Copies = append(v.Copies, j.copy(ctx, slot, frames))
	}
	j.weigh(&v)
	return v
}

func typeName(h xlmeta.Header) string {
	if h.FreeVersion() {
		return "free-version"
	}
	return strings.ReplaceAll(h.Type.String(), " ", "-")
}

// describe enters what the metadata says, and finds out whether the version could be read at all.
func (j *verdict) describe(v *Version) {
	if j.Type == xlmeta.TypeLegacy {
		j.unfit = errors.New("it is in the format from before 2020, which this release does not read")
	}
	o := j.object
	if o == nil {
		return
	}
	v.enter(o)
	var err error
	if j.scheme, err = schemeOf(o.Data, o.Parity, o.BlockSize); err != nil {
		j.unfit = err
		return
	}
	if n := len(j.set.slots); o.Data+o.Parity != n {
		j.unfit = fmt.Errorf("it is coded for %d drives and lies on a set of %d", o.Data+o.Parity, n)
		return
	}
	switch v.Place = placeOf(j.Flags); {
	case isUpload(j.volume, j.name):
		v.Place = InParts
	case v.Place == InFiles:
		j.dir = v.DataDir
	}
}

// enter enters the metadata of an object.
func (v *Version) enter(o *xlmeta.Object) {
	v.Size, v.Stored, v.Data, v.Parity, v.BlockSize, v.DataDir = actualSize(o), o.Size, o.Data, o.Parity, o.BlockSize, o.DataDir.String()
	for _, p := range o.Parts {
		v.Parts = append(v.Parts, Part{Number: p.Number, Size: p.ActualSize, Stored: p.Size})
	}
}

// placeOf is where the bytes of an object with these flags are.
func placeOf(flags xlmeta.Flags) Place {
	switch {
	case flags.Has(xlmeta.FlagInline):
		return Inline
	case flags.Has(xlmeta.FlagUsesDataDir):
		return InFiles
	}
	return InTier
}

// actualSize is the size clients see.
func actualSize(o *xlmeta.Object) int64 {
	if n, err := strconv.ParseInt(string(o.MetaSys[xlmeta.KeyActualSize]), 10, 64); err == nil {
		return n
	}
	total := int64(0)
	for _, p := range o.Parts {
		if p.ActualSize < 0 {
			return o.Size
		}
		total += p.ActualSize
	}
	return total
}

// copy says what one slot has of the version.
func (j *verdict) copy(ctx context.Context, slot int, frames *frameChecker) Copy {
	at := j.set.slots[slot]
	c := Copy{Drive: at.path, Slot: slot}
	if j.object != nil && j.unfit == nil {
		c.Shard = int(j.object.Dist[slot])
		c.Data = c.Shard <= j.object.Data
	}
	s := j.said[slot]
	switch heard := &j.drives[slot]; {
	case at.disk == nil:
		c.State, c.Detail = CopyNoDrive, at.why
	case absent(heard.err):
		c.State = CopyNoRecord
	case heard.err != nil:
		c.State, c.Detail = CopyBadRecord, heard.err.Error()
	case s == nil:
		c.State, c.Detail = j.instead(heard.versions)
	case s.fault != nil:
		c.State, c.Detail = CopyBadRecord, s.fault.Error()
	default:
		j.checkShard(ctx, &c, s, frames)
	}
	return c
}

// instead says what a drive has that knows the name and not the version.
func (j *verdict) instead(versions []statement) (CopyState, string) {
	for _, s := range versions {
		if s.ID == j.ID {
			return CopyOther, "has that of " + time.Unix(0, s.ModTime).UTC().Format(time.RFC3339Nano)
		}
	}
	return CopyNoVersion, ""
}

// checkShard looks at the shard of a drive that has the version's metadata.
func (j *verdict) checkShard(ctx context.Context, c *Copy, s *statement, frames *frameChecker) {
	c.State = CopySound
	if !s.Matches(j.Header) {
		c.State, c.Detail = CopyDiffers, fmt.Sprintf("signature %x", s.Signature)
	}
	if c.Shard == 0 {
		return
	}
	if s.index != c.Shard {
		c.State, c.Detail = CopyMisplaced, fmt.Sprintf("shard %d, where %d belongs", s.index, c.Shard)
		return
	}
	var err error
	switch {
	case j.Flags.Has(xlmeta.FlagInline):
		c.Bytes, err = s.bytes, s.shard
	case j.dir != "":
		c.Bytes, err = j.checkFiles(ctx, j.set.slots[c.Slot].disk, frames)
	}
	c.blame(err)
}

// checkFiles verifies the part files of an object on one drive. It returns the bytes of those before the first bad one.
func (j *verdict) checkFiles(ctx context.Context, d *disk, frames *frameChecker) (int64, error) {
	total := int64(0)
	for _, p := range j.object.Parts {
		if p.Size == 0 {
			continue
		}
		n, err := checkFile(ctx, d, path.Join(j.path(), j.dir, partName(p.Number)), j.scheme, p.Size, frames)
		if err != nil {
			return total, fmt.Errorf("%s: %w", partName(p.Number), err)
		}
		total += n
	}
	return total, nil
}

// quorums is how many drives it takes to read the version, and to acknowledge its write.
func (j *verdict) quorums() (read, write int) {
	n := len(j.set.slots)
	if j.object == nil || j.unfit != nil { // a marker, or something we cannot count for
		return n - n/2, topology.Majority(n)
	}
	return j.scheme.ReadQuorum(), j.scheme.WriteQuorum()
}

// weigh decides how the version stands.
func (j *verdict) weigh(v *Version) {
	read, write := j.quorums()
	known, unknown := count(v.Copies, Copy.holdsMetadata), count(v.Copies, Copy.unknown)
	serving := count(v.Copies, Copy.serves)
	v.Needed, v.Spare = read, serving-read
	switch {
	case known < read && known+unknown < write:
		v.State = Dangling
		v.Why = fmt.Sprintf("on %s, of %d that a write takes: it was interrupted, or removed from the others", counted(known, "drive"), write)
	case j.unfit != nil:
		v.State, v.Why = Unreadable, j.unfit.Error()
	case known < read:
		v.State = Unreadable
		v.Why = fmt.Sprintf("its metadata is on %s, and reading takes %d; of %d it is not known", counted(known, "drive"), read, unknown)
	case serving < read:
		v.State = Unreadable
		v.Why = counted(serving, "sound shard") + fmt.Sprintf(" left, and reading takes %d", read)
	case count(v.Copies, func(c Copy) bool { return c.State == CopySound }) < len(v.Copies):
		v.State, v.Why = Degraded, reads(v.Spare)
	default:
		v.State = Sound
	}
}

func reads(spare int) string {
	if spare == 0 {
		return "it reads, and no further drive may be lost"
	}
	return fmt.Sprintf("it reads, and %d more may be lost", spare)
}

// onlyAbsent tells whether nothing is amiss with a version but that drives of its set are absent.
func (v *Version) onlyAbsent() bool {
	return v.State == Degraded && count(v.Copies, func(c Copy) bool { return c.State != CopySound && c.State != CopyNoDrive }) == 0
}

// isUpload tells whether a record is an upload in progress.
func isUpload(volume, name string) bool {
	return volume == drive.System && strings.HasPrefix(name, "multipart/")
}
