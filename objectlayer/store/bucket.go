package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
)

// buckets remembers the metadata of buckets in use. All changes come through this store, so what is remembered is true.
type buckets struct {
	mu    sync.RWMutex
	known map[objectlayer.Bucket]*bucketState
}

// bucketState is one bucket's metadata and what it means. It is replaced whole, never changed.
type bucketState struct {
	meta  *bucket.Metadata
	rules bucket.Rules
}

func (b *buckets) get(name objectlayer.Bucket) *bucketState {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.known[name]
}

func (b *buckets) set(name objectlayer.Bucket, state *bucketState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = make(map[objectlayer.Bucket]*bucketState)
	}
	if state == nil {
		delete(b.known, name)
	} else {
		b.known[name] = state
	}
}

// metadataName is where a bucket's metadata lies in the system volume.
func metadataName(b objectlayer.Bucket) string { return "buckets/" + string(b) + "/.metadata.bin" }

// bucketLock names the lock that orders changes of a bucket and its settings.
func bucketLock(b objectlayer.Bucket) string { return string(b) }

func noBucket(op string, b objectlayer.Bucket) error {
	return &objectlayer.Error{Op: op, Kind: objectlayer.KindNoBucket, Bucket: b}
}

// bucket returns a bucket's state, reading it on first use. KindNoBucket when there is no such bucket.
func (s *Store) bucket(ctx context.Context, b objectlayer.Bucket) (*bucketState, error) {
	if state := s.buckets.get(b); state != nil {
		return state, nil
	}
	if b.Reserved() || !drive.Path(b).Valid() || strings.Contains(string(b), "/") {
		return nil, noBucket("bucket", b)
	}
	lease, err := s.acquire(ctx, bucketLock(b))
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	return s.loadBucket(ctx, b)
}

// loadBucket reads a bucket's state under its lock.
func (s *Store) loadBucket(ctx context.Context, b objectlayer.Bucket) (*bucketState, error) {
	if state := s.buckets.get(b); state != nil {
		return state, nil
	}
	made, err := s.volume(ctx, string(b))
	if err != nil {
		return nil, err
	}
	meta, err := s.readMetadata(ctx, b)
	if objectlayer.KindOf(err) == objectlayer.KindNoObject { // a directory without metadata is a bucket with defaults
		meta, err = bucket.New(string(b), made.ModTime), nil
	}
	if err != nil {
		return nil, err
	}
	return s.adopt(b, meta)
}

func (s *Store) readMetadata(ctx context.Context, b objectlayer.Bucket) (*bucket.Metadata, error) {
	raw, err := s.readSystem(ctx, metadataName(b))
	if err != nil {
		return nil, err
	}
	meta, err := bucket.Decode(raw)
	if err != nil {
		return nil, fail("bucket metadata", objectlayer.KindInternal, err)
	}
	return meta, nil
}

// adopt makes metadata the bucket's present state.
func (s *Store) adopt(b objectlayer.Bucket, meta *bucket.Metadata) (*bucketState, error) {
	rules, err := meta.Rules()
	if err != nil {
		return nil, fail("bucket metadata", objectlayer.KindInternal, err)
	}
	state := &bucketState{meta: meta, rules: rules}
	s.buckets.set(b, state)
	return state, nil
}

// sets calls fn for every set of every pool, stopping at the first error.
func (s *Store) sets(fn func(*erasure.Set) error) error {
	for _, p := range s.pools {
		for _, set := range p.sets {
			if err := fn(set); err != nil {
				return err
			}
		}
	}
	return nil
}

// volume finds a bucket's directory on a majority of the first set's drives.
func (s *Store) volume(ctx context.Context, name string) (found drive.FileInfo, err error) {
	set := s.pools[0].sets[0]
	infos := make([]drive.FileInfo, set.Size())
	errs := set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) (err error) {
		infos[slot], err = d.Stat(ctx, drive.Path(name))
		return err
	})
	absent := 0
	for slot, err := range errs {
		switch {
		case err == nil:
			found = infos[slot]
		case errors.Is(err, drive.ErrNotFound):
			absent++
		}
	}
	have := succeeded(errs)
	switch n := set.Size(); {
	case have >= n-n/2:
		return found, nil
	case absent >= n-n/2:
		return found, noBucket("bucket", objectlayer.Bucket(name))
	default:
		return found, fail("bucket", objectlayer.KindReadQuorum, errors.Join(errs...))
	}
}

// MakeBucket implements objectlayer.Buckets.
func (s *Store) MakeBucket(ctx context.Context, b objectlayer.Bucket, o objectlayer.MakeBucketOptions) error {
	if !b.Valid() {
		return &objectlayer.Error{Op: "make bucket", Kind: objectlayer.KindName, Bucket: b}
	}
	lease, err := s.acquire(ctx, bucketLock(b))
	if err != nil {
		return err
	}
	defer lease.Release()
	_, err = s.loadBucket(ctx, b)
	switch {
	case err == nil && !o.Force:
		return &objectlayer.Error{Op: "make bucket", Kind: objectlayer.KindBucketExists, Bucket: b}
	case err == nil:
		return s.makeVolumes(ctx, string(b))
	case objectlayer.KindOf(err) != objectlayer.KindNoBucket:
		return err
	}
	now := s.options.Now()
	meta := bucket.New(string(b), now)
	if o.ObjectLock {
		meta = meta.With(objectlayer.SettingObjectLock, []byte(bucket.DefaultLockDoc), now).
			With(objectlayer.SettingVersioning, []byte(bucket.EnabledVersioningDoc), now)
	}
	// The directories come last: without them there is no bucket, so a call that is cut off can be made again.
	if err := s.writeSystem(ctx, metadataName(b), meta.Append(nil)); err != nil {
		return err
	}
	if err := s.makeVolumes(ctx, string(b)); err != nil {
		return err
	}
	_, err = s.adopt(b, meta)
	return err
}

// makeVolumes makes a bucket's directory on every drive; a majority of each set must have it.
func (s *Store) makeVolumes(ctx context.Context, name string) error {
	return s.sets(func(set *erasure.Set) error {
		errs := set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error {
			if err := d.MakeVolume(ctx, name); !errors.Is(err, drive.ErrExists) {
				return err
			}
			return nil
		})
		if need := topology.Majority(set.Size()); succeeded(errs) < need {
			err := &erasure.QuorumError{Need: need, Got: succeeded(errs), Errs: errs}
			return fail("make bucket", lift(err, objectlayer.KindWriteQuorum), err)
		}
		return nil
	})
}

// StatBucket implements objectlayer.Buckets.
func (s *Store) StatBucket(ctx context.Context, b objectlayer.Bucket) (objectlayer.BucketInfo, error) {
	state, err := s.bucket(ctx, b)
	if err != nil {
		return objectlayer.BucketInfo{}, err
	}
	return objectlayer.BucketInfo{
		Name:       b,
		Created:    state.meta.Created,
		Versioning: state.rules.Versioning.State(),
		ObjectLock: state.rules.ObjectLock,
	}, nil
}

// ListBuckets implements objectlayer.Buckets.
func (s *Store) ListBuckets(ctx context.Context) ([]objectlayer.BucketInfo, error) {
	names, err := s.volumes(ctx)
	if err != nil {
		return nil, err
	}
	var all []objectlayer.BucketInfo
	for name := range names {
		b := objectlayer.Bucket(name)
		if !isBucket(b) {
			continue
		}
		info, err := s.StatBucket(ctx, b)
		if objectlayer.KindOf(err) == objectlayer.KindNoBucket {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, info)
	}
	slices.SortFunc(all, func(a, b objectlayer.BucketInfo) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all, nil
}

// completeVolumes makes the buckets there are on every drive that lacks them: drives that were replaced, or away when
// a bucket was made, or that a making did not get to. Whether there is a bucket is what volume says.
func (s *Store) completeVolumes(ctx context.Context) error {
	names, err := s.volumes(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(names, func(name string, _ int) bool { return !isBucket(objectlayer.Bucket(name)) })
	return s.sets(func(set *erasure.Set) error {
		errs := set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error { return completeDrive(ctx, d, names) })
		if err := errors.Join(errs...); err != nil {
			s.log.Warn("buckets are not on every drive", "err", err)
		}
		return nil
	})
}

// completeDrive makes what is missing of some volumes on one drive.
func completeDrive(ctx context.Context, d drive.Drive, names map[string]int) error {
	list, err := d.Volumes(ctx)
	if err != nil {
		return err
	}
	missing := maps.Clone(names)
	for _, e := range list {
		delete(missing, e.Name)
	}
	for name := range missing {
		if err := d.MakeVolume(ctx, name); err != nil && !errors.Is(err, drive.ErrExists) {
			return err
		}
	}
	return nil
}

// volumes counts on how many drives of the first set each directory is that half of them have.
func (s *Store) volumes(ctx context.Context) (map[string]int, error) {
	set := s.pools[0].sets[0]
	n := set.Size()
	lists := make([][]drive.DirEntry, n)
	errs := set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) (err error) {
		lists[slot], err = d.Volumes(ctx)
		return err
	})
	silent := n - succeeded(errs)
	if silent > n/2 {
		return nil, fail("list buckets", objectlayer.KindReadQuorum, errors.Join(errs...))
	}
	names := make(map[string]int)
	for _, list := range lists {
		for _, e := range list {
			names[e.Name]++
		}
	}
	for name, have := range names {
		if have < n-n/2 {
			delete(names, name)
		}
	}
	return names, nil
}

// isBucket tells a bucket from a directory that just lies there, such as lost+found. Names that older releases allowed
// (upper case, underscore, colon) still count.
func isBucket(b objectlayer.Bucket) bool {
	relaxed := strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == ':':
			return 'x'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, string(b))
	return objectlayer.Bucket(relaxed).Valid()
}

// DeleteBucket implements objectlayer.Buckets.
func (s *Store) DeleteBucket(ctx context.Context, b objectlayer.Bucket, force bool) error {
	lease, err := s.acquire(ctx, bucketLock(b))
	if err != nil {
		return err
	}
	defer lease.Release()
	state, err := s.loadBucket(ctx, b)
	if err != nil {
		return err
	}
	if force {
		if state.rules.ObjectLock {
			return &objectlayer.Error{Op: "delete bucket", Kind: objectlayer.KindVersioning, Bucket: b}
		}
		if err := s.deletePrefix(ctx, b, ""); err != nil {
			return err
		}
	}
	s.flying.settle(ctx, string(b))
	if err := s.removeVolumes(ctx, string(b)); err != nil {
		return err
	}
	s.buckets.set(b, nil)
	return s.deleteSystem(ctx, metadataName(b))
}

// removeVolumes removes a bucket's directory everywhere. If some drive still holds files, it is made again where it was
// removed already: the bucket stays.
func (s *Store) removeVolumes(ctx context.Context, name string) error {
	return s.sets(func(set *erasure.Set) error {
		errs := set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error {
			if err := d.RemoveVolume(ctx, name); !errors.Is(err, drive.ErrNotFound) {
				return err
			}
			return nil
		})
		need := topology.Majority(set.Size())
		notEmpty := 0
		for _, err := range errs {
			if errors.Is(err, drive.ErrNotEmpty) {
				notEmpty++
			}
		}
		if notEmpty == 0 && succeeded(errs) >= need {
			return nil
		}
		if err := s.makeVolumes(ctx, name); err != nil {
			s.log.Error("bucket is half deleted, delete it again", "bucket", name, "err", err)
		}
		if notEmpty > 0 {
			return &objectlayer.Error{Op: "delete bucket", Kind: objectlayer.KindBucketNotEmpty, Bucket: objectlayer.Bucket(name)}
		}
		err := &erasure.QuorumError{Need: need, Got: succeeded(errs), Errs: errs}
		return fail("delete bucket", lift(err, objectlayer.KindWriteQuorum), err)
	})
}

// Setting implements objectlayer.Buckets.
func (s *Store) Setting(ctx context.Context, b objectlayer.Bucket, kind objectlayer.SettingKind) ([]byte, error) {
	state, err := s.bucket(ctx, b)
	if err != nil {
		return nil, err
	}
	doc := state.meta.Doc(kind)
	if doc == nil {
		return nil, &objectlayer.Error{Op: "setting", Kind: objectlayer.KindNoSetting, Bucket: b}
	}
	return slices.Clone(doc), nil
}

// SetSetting implements objectlayer.Buckets.
func (s *Store) SetSetting(ctx context.Context, b objectlayer.Bucket, kind objectlayer.SettingKind, doc []byte) error {
	lease, err := s.acquire(ctx, bucketLock(b))
	if err != nil {
		return err
	}
	defer lease.Release()
	state, err := s.loadBucket(ctx, b)
	if err != nil {
		return err
	}
	meta := state.meta.With(kind, slices.Clone(doc), s.options.Now())
	if _, err := meta.Rules(); err != nil {
		return &objectlayer.Error{Op: "set setting", Kind: objectlayer.KindArgument, Bucket: b, Err: err}
	}
	if kind == objectlayer.SettingVersioning && state.rules.ObjectLock {
		if v, err := bucket.ParseVersioning(doc); err != nil || v.State() != objectlayer.VersioningEnabled {
			return &objectlayer.Error{Op: "set setting", Kind: objectlayer.KindVersioning, Bucket: b, Err: err}
		}
	}
	if err := s.writeSystem(ctx, metadataName(b), meta.Append(nil)); err != nil {
		return err
	}
	_, err = s.adopt(b, meta)
	return err
}
