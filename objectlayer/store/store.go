// Package store is the object engine: it implements objectlayer.Store over erasure sets.
//
// # Concepts
//
// A key has one [spot]: the set that owns its name, and the directory of its record there. The record is a journal of the
// key's versions (package xlmeta), kept whole on every drive of the set but for each drive's own shards of small bodies.
// Larger bodies are coded blobs in data directories below the record.
//
// Reading asks the drives for their copies of the record and weighs them ([record]): a version that enough drives show was
// acknowledged and is served at once, without any lock. Where the copies leave a doubt, because a write is in flight or was
// cut off, the reader takes the key's lock, waits so for whoever is writing, and looks again; what it then finds readable
// stands for good and is brought up to quorum, what it finds abandoned is passed over.
//
// Writing stages the body first, without any lock, then takes the key's lock, decides conditions against the record as it
// is, and commits an edited journal to every drive. The answer goes out at write quorum. The lock is kept until the last
// drive has answered, so that no drive sees two commits of a key out of order; a drive that missed one is noted in the
// queue of missed writes and caught up.
//
// # Files
//
// One file per verb (put.go, get.go, delete.go, copy.go, amend.go, list.go, upload.go, bucket.go), and one per shared step:
// spot.go (where), weigh.go and record.go (what the drives say), commit.go and undo.go (change it), body.go (bytes in),
// transform.go (compression and encryption), content.go (bytes out), pins.go (who still reads), heal.go (mend), missed.go
// (what to mend), system.go (the store's own documents). DESIGN.md says why it is right.
package store

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/compress"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
)

// Pool is the sets of one pool and what the operator chose for them.
type Pool struct {
	Sets    []*erasure.Set
	Classes topology.Classes
}

// Options are the settings of a store. Deployment and Pools are required.
type Options struct {
	Deployment [16]byte
	Pools      []Pool
	KMS        crypt.KMS // nil: only SSE-C is possible
	// AutoEncrypt gives SSE-S3 to every object that asks for nothing else.
	AutoEncrypt bool
	Compression compress.Config
	// InlineBlock is the largest shard kept inside the record, in bytes; 0 = 128 KiB.
	InlineBlock int64
	// KeepParity turns off raising the parity of objects written while drives are missing.
	KeepParity bool
	// StaleUploads is the age at which unfinished uploads are dropped; 0 = 24 h.
	StaleUploads time.Duration
	Hooks        Hooks
	Logger       *slog.Logger
	Now          func() time.Time // nil = time.Now
}

// Hooks announce what happened to whoever is interested. Each may be nil and must return quickly.
type Hooks struct {
	// Healed is called after a record was mended.
	Healed func(bucket objectlayer.Bucket, key objectlayer.Key)
}

func (o Options) withDefaults() Options {
	if o.InlineBlock == 0 {
		o.InlineBlock = 128 << 10
	}
	if o.StaleUploads == 0 {
		o.StaleUploads = 24 * time.Hour
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Store is the object engine. It is safe for concurrent use.
type Store struct {
	options Options
	log     *slog.Logger
	pools   []*pool
	locks   *lock.Table
	buckets buckets
	pins    pins
	flying  inflight
	missed  *missed

	background sync.WaitGroup // commits whose stragglers are still answering, healing
	stop       context.CancelFunc
	running    context.Context
}

var _ objectlayer.Store = (*Store)(nil)

// pool is one pool at run time.
type pool struct {
	index   int
	sets    []*erasure.Set
	classes topology.Classes
}

// Open starts the engine on drives that are formatted and opened. It claims a new epoch on a majority of the drives of
// every set, so that nothing of an earlier owner can reach them any more, and reloads the queue of missed writes.
// The caller keeps the drives and closes them after Close.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	if len(o.Pools) == 0 {
		return nil, errors.New("store: no pools")
	}
	s := &Store{options: o, log: o.Logger}
	s.pins.init()
	s.running, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	for i, p := range o.Pools {
		s.pools = append(s.pools, &pool{index: i, sets: p.Sets, classes: p.Classes})
	}
	epoch, err := s.claim(ctx)
	if err != nil {
		s.stop()
		return nil, err
	}
	s.locks = lock.New(epoch)
	if err := s.completeVolumes(ctx); err != nil {
		s.stop()
		return nil, err
	}
	s.forgetReaders(ctx)
	s.missed = newMissed(s)
	s.missed.load(ctx)
	s.background.Go(func() { s.missed.run(s.running) })
	s.background.Go(func() { s.expire(s.running) })
	return s, nil
}

// claim fences every set with an epoch above all that its drives were ever shown.
func (s *Store) claim(ctx context.Context) (epoch uint64, err error) {
	for _, p := range s.pools {
		for _, set := range p.sets {
			seen := make([]uint64, set.Size())
			set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
				info, err := d.Info(ctx)
				seen[slot] = info.Epoch
				return err
			})
			for _, e := range seen {
				epoch = max(epoch, e)
			}
		}
	}
	epoch++
	for _, p := range s.pools {
		for _, set := range p.sets {
			errs := set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error { return d.Fence(ctx, epoch) })
			if got := succeeded(errs); got < topology.Majority(set.Size()) {
				return 0, fail("open", objectlayer.KindWriteQuorum, errors.Join(errs...))
			}
		}
	}
	return epoch, nil
}

// forgetReaders drops what was kept for readers of an earlier time.
func (s *Store) forgetReaders(ctx context.Context) {
	for _, p := range s.pools {
		for _, set := range p.sets {
			set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error { return d.Discard(ctx, readingDir) })
		}
	}
}

// Close waits for what is under way, saves the queue of missed writes and stops. No call may be under way and every Object
// must be closed. The drives stay open.
func (s *Store) Close(ctx context.Context) error {
	s.stop()
	s.background.Wait()
	err := s.missed.save(ctx)
	s.background.Wait()
	s.forgetReaders(ctx)
	return err
}

// deployment is the deployment id as text.
func (s *Store) deployment() string {
	d := hex.EncodeToString(s.options.Deployment[:])
	return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}

// now returns the time for new versions of a record whose newest version has this time: never the same twice, never going
// back, whatever the wall clock does.
func (s *Store) now(newest int64) int64 {
	return max(s.options.Now().UnixNano(), newest+1)
}

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}
