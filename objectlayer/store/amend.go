package store

import (
	"context"
	"strconv"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
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
	f, err := s.search(ctx, b, k, latest, id)
	if err != nil {
		return none, err
	}
	shown := state.rules.Versioning.State()
	if f == nil {
		return none, noVersion("amend", b, k, version)
	}
	lease, err := s.locks.Acquire(ctx, f.at.lockName())
	if err != nil {
		return none, f.at.writable("amend", err)
	}
	rec, err := s.weighLocked(ctx, f.at, lease)
	if err != nil {
		lease.Release()
		return none, err
	}
	v, _, err := rec.pick(latest, id)
	if err == nil {
		switch {
		case v == nil:
			err = noVersion("amend", b, k, version)
		case v.Type == xlmeta.TypeDeleteMarker:
			err = (&found{at: f.at, rec: rec, standing: *v}).markerError(shown)
		}
	}
	if err != nil {
		lease.Release()
		return none, err
	}
	o, err := rec.object(*v)
	if err == nil {
		err = s.amend(f.at, &o, a)
	}
	if err != nil {
		lease.Release()
		return none, err
	}
	read, write := rec.quorums(*v)
	err = s.commit(ctx, lease, rec, change{
		edit: func(slot int, j *xlmeta.Journal) error { return amendCopy(j, *v, o, slot) },
		skip: func(slot int) bool { return v.slots&(1<<slot) == 0 },
		need: write,
		read: read,
	})
	if err != nil {
		return none, err
	}
	info, err := s.describe(ctx, f.at, &o, shown, nil)
	return info, err
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
func amendCopy(j *xlmeta.Journal, v standing, o xlmeta.Object, slot int) error {
	entry, ok := j.Find(v.ID)
	if !ok || !sameVersion(entry.Header, v.Header) {
		return xlmeta.ErrNoVersion
	}
	own, err := entry.Object()
	if err != nil {
		return err
	}
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
	o.MetaSys[keyAmended] = strconv.AppendInt(nil, now.UnixNano(), 10)
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
