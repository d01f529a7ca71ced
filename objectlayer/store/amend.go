package store

import (
	"context"
	"strconv"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// keyAmended is when a version's metadata was last amended, in nanoseconds since 1970. It tells which of two variants of a
// version is the newer one, when a drive missed an amendment. MinIO carries it along.
const keyAmended = "x-minio-internal-holdfast-amended"

// Amend implements objectlayer.Objects.
func (s *Store) Amend(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, version objectlayer.VersionID, a objectlayer.Amendment) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	state, err := s.writeTarget(ctx, b, k)
	if err != nil {
		return none, err
	}
	id, latest, err := versionID(version)
	if err != nil {
		return none, err
	}
	at := s.spots(b, k)[0]
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return none, at.writable("amend", err)
	}
	f, err := s.amendable(ctx, at, lease, latest, id)
	if err == nil && f == nil {
		err = noVersion("amend", b, k, version)
	}
	shown := state.rules.Versioning.State()
	if err == nil && f.standing.Type == xlmeta.TypeDeleteMarker {
		err = f.markerError(shown)
	}
	if err == nil {
		err = s.amend(f.at, &f.object, a)
	}
	if err != nil {
		lease.Release()
		return none, err
	}
	read, write := f.rec.quorums(f.standing)
	err = s.commit(ctx, lease, f.rec, change{
		edit: func(slot int, j *xlmeta.Journal) error { return f.amendCopy(j, slot) },
		skip: func(slot int) bool { return !f.standing.slots.has(slot) },
		need: write,
		read: read,
	})
	if err != nil {
		return none, err
	}
	info, err := s.describe(ctx, f.at, &f.object, shown, nil)
	info.Latest = f.latest
	return info, err
}

// amendable finds a version under its key's lock.
func (s *Store) amendable(ctx context.Context, at spot, lease *lock.Lease, latest bool, id xlmeta.VersionID) (*found, error) {
	all, err := s.survey(ctx, at, lease)
	if err != nil {
		return nil, err
	}
	return all.find(latest, id)
}

// noVersion is the answer where there is nothing to read or change.
func noVersion(op string, b objectlayer.Bucket, k objectlayer.Key, v objectlayer.VersionID) error {
	kind := objectlayer.KindNoObject
	if v != "" {
		kind = objectlayer.KindNoVersion
	}
	return &objectlayer.Error{Op: op, Kind: kind, Bucket: b, Key: k, Version: v}
}

// amendCopy puts amended metadata into one drive's copy of a version.
func (f *found) amendCopy(j *xlmeta.Journal, slot int) error {
	entry, ok := f.rec.copyOf(f.standing, slot)
	if !ok {
		return xlmeta.ErrNoVersion
	}
	own, err := entry.Object()
	if err != nil {
		return err
	}
	o := f.object
	o.Index = own.Index
	return j.Amend(o)
}

// amend changes the metadata of one version.
func (s *Store) amend(at spot, o *xlmeta.Object, a objectlayer.Amendment) error {
	now := s.options.Now().UTC()
	stamp := now.Format(time.RFC3339Nano)
	if o.MetaSys == nil {
		o.MetaSys = make(map[string][]byte)
	}
	if o.MetaUser == nil {
		o.MetaUser = make(map[string]string)
	}
	if a.Tags != nil {
		if *a.Tags == "" {
			delete(o.MetaUser, metaTagging)
		} else {
			o.MetaUser[metaTagging] = *a.Tags
		}
		o.MetaSys["x-minio-internal-tagging-timestamp"] = []byte(stamp)
	}
	if a.Retention != nil {
		if err := s.retain(at, o, *a.Retention, a.BypassGovernance); err != nil {
			return err
		}
		o.MetaSys["x-minio-internal-objectlock-retention-timestamp"] = []byte(stamp)
	}
	if a.LegalHold != nil {
		o.MetaUser[metaLegalHold] = *a.LegalHold
		o.MetaSys["x-minio-internal-objectlock-legalhold-timestamp"] = []byte(stamp)
	}
	before, _ := strconv.ParseInt(string(o.MetaSys[keyAmended]), 10, 64) // 0 when it never was
	o.MetaSys[keyAmended] = strconv.AppendInt(nil, max(now.UnixNano(), before+1), 10)
	return nil
}

// retain changes a version's retention. It may always be made longer; COMPLIANCE can never be weakened, GOVERNANCE only by
// who may bypass it (S3 API PutObjectRetention).
func (s *Store) retain(at spot, o *xlmeta.Object, next objectlayer.Retention, bypass bool) error {
	var info objectlayer.ObjectInfo
	takeMeta(&info, o.MetaUser)
	now, old := s.options.Now(), info.Retention
	weaker := next.Mode == "" || next.Until.Before(old.Until) || old.Mode == "COMPLIANCE" && next.Mode != "COMPLIANCE"
	if now.Before(old.Until) && weaker && (old.Mode == "COMPLIANCE" || !bypass) {
		return at.fault("amend", objectlayer.KindHeld, nil)
	}
	if next.Mode == "" {
		o.MetaUser[metaLockMode], o.MetaUser[metaLockUntil] = "", ""
		return nil
	}
	o.MetaUser[metaLockMode], o.MetaUser[metaLockUntil] = next.Mode, next.Until.UTC().Format(lockTime)
	return nil
}
