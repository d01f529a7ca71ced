package store

import (
	"context"
	"strings"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// spot is where a name lives: the set that owns it, and its record's directory on the drives of that set.
type spot struct {
	bucket string
	name   string // as stored: a trailing slash is drive.DirSuffix
	pool   *pool
	set    *erasure.Set
}

// spotIn returns the spot of a stored name in one pool. The set is chosen by the name without its bucket.
func (s *Store) spotIn(p *pool, bucket, name string) spot {
	return spot{bucket: bucket, name: name, pool: p, set: p.sets[topology.SetOf(name, s.options.Deployment, len(p.sets))]}
}

// spots returns a key's spot in every pool, in the order of the pools.
func (s *Store) spots(b objectlayer.Bucket, k objectlayer.Key) []spot {
	all := make([]spot, len(s.pools))
	for i, p := range s.pools {
		all[i] = s.spotIn(p, string(b), storedName(k))
	}
	return all
}

func (at spot) key() objectlayer.Key { return keyOf(at.name) }

// path is the record's directory.
func (at spot) path() drive.Path { return drive.Path(at.bucket + "/" + at.name) }

// record is the record's file.
func (at spot) record() drive.Path { return at.path().Join(drive.RecordName) }

// lockName names the lock that orders writes to the record. A key has one lock whatever the pool.
func (at spot) lockName() string { return at.bucket + "/" + at.name }

// system tells whether the record is one of the store's own documents.
func (at spot) system() bool { return at.bucket == drive.System }

// upload tells whether the record is that of an upload in progress.
func (at spot) upload() bool { return at.system() && strings.HasPrefix(at.name, uploadsRoot+"/") }

// geometry is how a new blob of this record is coded with so much parity. The order of the shards comes from the name with
// its bucket.
func (at spot) geometry(parity int) erasure.Geometry {
	n := at.set.Size()
	return erasure.Geometry{
		Data:      n - parity,
		Parity:    parity,
		BlockSize: blockSize,
		Dist:      topology.Distribute(at.bucket+"/"+at.name, n),
	}
}

// blockSize is how many bytes are coded at a time in everything written today.
const blockSize = 1 << 20

// storedName is a key's name on the drives.
func storedName(k objectlayer.Key) string {
	if s, ok := strings.CutSuffix(string(k), "/"); ok {
		return s + drive.DirSuffix
	}
	return string(k)
}

// keyOf is the inverse of storedName.
func keyOf(name string) objectlayer.Key {
	if s, ok := strings.CutSuffix(name, drive.DirSuffix); ok {
		return objectlayer.Key(s + "/")
	}
	return objectlayer.Key(name)
}

// place chooses the pool for a new version of a key: the one that holds the key already, otherwise the one whose drives
// have the most room. size is the number of bytes to come, -1 when unknown.
func (s *Store) place(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, size int64) (spot, error) {
	all := s.spots(b, k)
	if len(all) == 1 {
		return all[0], nil
	}
	for _, at := range all {
		rec, _, err := s.lookup(ctx, at, true, xlmeta.VersionID{})
		if err != nil {
			return spot{}, err
		}
		if len(rec.versions) > 0 {
			return at, nil
		}
	}
	best, room := all[0], uint64(0)
	for _, at := range all {
		if free := at.room(ctx); free > room {
			best, room = at, free
		}
	}
	if size > 0 && room < uint64(size) {
		return spot{}, best.fault("place", objectlayer.KindNoSpace, nil)
	}
	return best, nil
}

// room is the free space of the pool as far as this set tells: its fullest drive times the number of drives.
func (at spot) room(ctx context.Context) uint64 {
	free := make([]uint64, at.set.Size())
	errs := at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
		info, err := d.Info(ctx)
		free[slot] = info.Free
		return err
	})
	least, seen := uint64(0), false
	for slot, err := range errs {
		if err == nil && (!seen || free[slot] < least) {
			least, seen = free[slot], true
		}
	}
	return least * uint64(at.set.Size()) * uint64(len(at.pool.sets))
}
