package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// uploadsRoot is the directory of uploads in progress: multipart/<hash of the key>/<upload>, with a record like an
// object's, whose data directory holds each part beside a note of what it is (docs/format/multipart.md).
const uploadsRoot = "multipart"

// keyUploadName is where an upload keeps the key it is for, so that uploads can be listed by prefix. MinIO carries it along.
const keyUploadName = "x-minio-internal-holdfast-upload-name"

// keyUpload is the upload a version was completed from, so that completing it again is answered alike.
const keyUpload = "x-minio-internal-holdfast-upload"

// upload is an upload in progress: where its object will be, where it is now, and its record.
type upload struct {
	final    spot
	at       spot
	standing standing // of its record
	object   xlmeta.Object
	id       objectlayer.UploadID
}

// uploadSpot is where an upload lies: in the set of the object it is for.
func uploadSpot(final spot, dir string) spot {
	at := final
	at.bucket, at.name = drive.System, uploadsRoot+"/"+uploadHash(final)+"/"+dir
	return at
}

func uploadHash(final spot) string {
	sum := sha256.Sum256([]byte(final.bucket + "/" + final.name))
	return hex.EncodeToString(sum[:])
}

// uploadID is the id a client sees of an upload's directory.
func (s *Store) uploadID(dir string) objectlayer.UploadID {
	return objectlayer.UploadID(base64.RawURLEncoding.EncodeToString([]byte(s.deployment() + "." + dir)))
}

// uploadDir is the directory a client's id names. Ids of other forms are taken literally, as old uploads have them.
func uploadDir(id objectlayer.UploadID) string {
	if raw, err := base64.RawURLEncoding.DecodeString(string(id)); err == nil {
		if _, dir, ok := strings.Cut(string(raw), "."); ok {
			return dir
		}
	}
	return string(id)
}

// NewUpload implements objectlayer.Uploads.
func (s *Store) NewUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.PutOptions) (objectlayer.UploadInfo, error) {
	none := objectlayer.UploadInfo{}
	state, err := s.writeTarget(ctx, b, k)
	if err != nil {
		return none, err
	}
	final, err := s.place(ctx, b, k, -1)
	if err != nil {
		return none, err
	}
	d, err := s.newDraft(ctx, final, state.rules, o, -1, true)
	if err != nil {
		return none, err
	}
	now := s.options.Now()
	dir := uuid.NewString() + "x" + strconv.FormatInt(now.UnixNano(), 10)
	d.object.ModTime = now.UnixNano()
	d.object.MetaSys[keyUploadName] = []byte(final.lockName())
	if o.Checksum.Algorithm != "" {
		d.object.MetaUser[metaUploadSum] = o.Checksum.Algorithm
		d.object.MetaUser[metaUploadKind] = uploadKind(o.Checksum)
	}
	at := uploadSpot(final, dir)
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return none, final.writable("new upload", err)
	}
	rec := newRecord(at)
	for slot := range rec.answers { // the name is new
		rec.hear(slot, answer{err: drive.ErrNotFound})
	}
	err = s.commit(ctx, lease, rec, change{
		edit: func(slot int, j *xlmeta.Journal) error {
			object := d.object
			object.Index = int(d.geometry.Dist[slot])
			return j.Put(object, []byte{})
		},
		need: d.geometry.WriteQuorum(),
	})
	if err != nil {
		return none, err
	}
	u := &upload{final: final, at: at, object: d.object, id: s.uploadID(dir)}
	return u.info(), nil
}

// uploadKind is how the format spells whether an upload's checksum is of its parts' checksums or of all its bytes.
func uploadKind(c objectlayer.Checksum) string {
	if c.Composite {
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// info is what clients are told of an upload.
func (u *upload) info() objectlayer.UploadInfo {
	var object objectlayer.ObjectInfo
	object.StorageClass = standard
	takeMeta(&object, u.object.MetaUser)
	return objectlayer.UploadInfo{
		Bucket:            objectlayer.Bucket(u.final.bucket),
		Key:               u.final.key(),
		ID:                u.id,
		Initiated:         time.Unix(0, u.object.ModTime).UTC(),
		StorageClass:      object.StorageClass,
		ChecksumAlgorithm: u.object.MetaUser[metaUploadSum],
		ChecksumComposite: u.object.MetaUser[metaUploadKind] == "COMPOSITE",
		Encryption:        describeEncryption(u.object.MetaSys),
		UserMeta:          object.UserMeta,
	}
}

// upload finds an upload. KindNoUpload when it is not there.
func (s *Store) upload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID) (*upload, error) {
	if _, err := s.writeTarget(ctx, b, k); err != nil {
		return nil, err
	}
	u, err := s.findUpload(ctx, b, k, id)
	if err != nil || u != nil {
		return u, err
	}
	// A completion that was cut off is taken back by whoever looks at the key it was for.
	if _, err := s.search(ctx, b, k, true, xlmeta.VersionID{}); err != nil {
		return nil, err
	}
	if u, err = s.findUpload(ctx, b, k, id); err == nil && u == nil {
		err = &objectlayer.Error{Op: "upload", Kind: objectlayer.KindNoUpload, Bucket: b, Key: k}
	}
	return u, err
}

// findUpload looks for an upload in every pool; nil when there is none.
func (s *Store) findUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID) (*upload, error) {
	dir := uploadDir(id)
	for _, final := range s.spots(b, k) {
		u := &upload{final: final, at: uploadSpot(final, dir), id: id}
		if strings.Contains(dir, "/") || !u.at.record().Valid() {
			return nil, nil
		}
		found, err := s.loadUpload(ctx, u)
		if err != nil {
			return nil, err
		}
		if found {
			return u, nil
		}
	}
	return nil, nil
}

// loadUpload reads an upload's record; false when there is none.
func (s *Store) loadUpload(ctx context.Context, u *upload) (bool, error) {
	rec, v, err := s.lookup(ctx, u.at, true, xlmeta.VersionID{})
	if err != nil || v == nil {
		return false, err
	}
	u.standing = *v
	u.object, err = rec.object(*v)
	return err == nil, err
}

// lockUpload takes an upload's lock and makes sure that it is still there.
func (s *Store) lockUpload(ctx context.Context, u *upload) (*lock.Lease, error) {
	lease, err := s.acquire(ctx, u.at.lockName())
	if err != nil {
		return nil, u.final.writable("upload", err)
	}
	rec, err := s.weighLocked(ctx, u.at, lease)
	if err == nil {
		var v *standing
		if v, _, err = rec.pick(true, xlmeta.VersionID{}); err == nil && v == nil {
			err = u.gone()
		}
		if v != nil {
			u.standing = *v
		}
	}
	if err != nil {
		lease.Release()
		return nil, err
	}
	return lease, nil
}

func (u *upload) gone() error {
	return &objectlayer.Error{Op: "upload", Kind: objectlayer.KindNoUpload, Bucket: objectlayer.Bucket(u.final.bucket), Key: u.final.key()}
}

// dir is the data directory of the upload's parts.
func (u *upload) dir() drive.Path { return u.at.data(u.object.DataDir) }

// AbortUpload implements objectlayer.Uploads.
func (s *Store) AbortUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID) error {
	u, err := s.upload(ctx, b, k, id)
	if err != nil {
		return err
	}
	lease, err := s.lockUpload(ctx, u)
	if err != nil {
		return err
	}
	return s.removeUpload(ctx, lease, u.at)
}

// removeUpload removes an upload with everything in it.
func (s *Store) removeUpload(ctx context.Context, lease *lock.Lease, at spot) error {
	return s.apply(ctx, lease, at, topology.Majority(at.set.Size()), func(int) []drive.Edit {
		return []drive.Edit{drive.Remove(at.path())}
	}, nil)
}

// expire removes stale uploads from time to time, for the first time when one may have become stale since the start.
func (s *Store) expire(ctx context.Context) {
	ticker := time.NewTicker(max(s.options.StaleUploads/4, time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.expireUploads(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("stale uploads were not all removed", "err", err)
		}
	}
}

// expireUploads removes uploads that were begun too long ago.
func (s *Store) expireUploads(ctx context.Context) error {
	limit := s.options.Now().Add(-s.options.StaleUploads).UnixNano()
	var errs []error
	for _, p := range s.pools {
		for _, set := range p.sets {
			dirs, err := uploadDirs(ctx, spot{pool: p, set: set}, "")
			if err != nil {
				errs = append(errs, err)
			}
			for _, name := range dirs {
				errs = append(errs, s.expireUpload(ctx, spot{bucket: drive.System, name: name, pool: p, set: set}, limit))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Store) expireUpload(ctx context.Context, at spot, limit int64) error {
	lease, err := s.acquire(ctx, at.lockName())
	if err != nil {
		return err
	}
	rec, err := s.weighLocked(ctx, at, lease)
	if err != nil || len(rec.versions) > 0 && rec.newest() > limit || rec.unknown > 0 {
		lease.Release()
		return err
	}
	return s.removeUpload(ctx, lease, at)
}

// uploadDirs lists the uploads of a set, as names in the system volume: all, or those of one key's hash.
func uploadDirs(ctx context.Context, at spot, hash string) ([]string, error) {
	seen := make(map[string]bool)
	lists := make([][]string, at.set.Size())
	errs := at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) (err error) {
		lists[slot], err = listUploadDirs(ctx, d, hash)
		return err
	})
	for _, list := range lists {
		for _, name := range list {
			seen[name] = true
		}
	}
	n := at.set.Size()
	if succeeded(errs) < n-n/2 {
		return nil, fail("list uploads", objectlayer.KindReadQuorum, errors.Join(errs...))
	}
	names := make([]string, 0, len(seen))
	for name := range maps.Keys(seen) {
		names = append(names, name)
	}
	return names, nil
}

func listUploadDirs(ctx context.Context, d drive.Drive, hash string) ([]string, error) {
	root := drive.Path(drive.System).Join(uploadsRoot)
	hashes := []drive.DirEntry{{Name: hash, Dir: true}}
	if hash == "" {
		var err error
		if hashes, err = d.List(ctx, root, "", 0); errors.Is(err, drive.ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	var names []string
	for _, h := range hashes {
		uploads, err := d.List(ctx, root.Join(h.Name), "", 0)
		if err != nil && !errors.Is(err, drive.ErrNotFound) {
			return nil, err
		}
		for _, u := range uploads {
			names = append(names, uploadsRoot+"/"+h.Name+"/"+u.Name)
		}
	}
	return names, nil
}
