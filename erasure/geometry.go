package erasure

import (
	"errors"
	"fmt"

	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// MaxSize is the largest blob in bytes. It keeps all arithmetic on sizes far from overflowing.
const MaxSize = 1 << 53

// ErrGeometry is returned for a geometry or a size that cannot be; both come from drives.
var ErrGeometry = errors.New("erasure: impossible geometry")

// Geometry is how one blob is coded.
type Geometry struct {
	Data      int     // pieces of a block that hold its bytes
	Parity    int     // pieces computed from them; as many may be lost
	BlockSize int64   // bytes of a block, at most code.MaxBlockBytes
	Dist      []uint8 // Dist[slot] is the number of the shard kept there; 1..Data are data, the rest parity
}

// Valid checks the geometry, which comes from a drive, before anything is sized or indexed by it. The error is ErrGeometry.
func (g Geometry) Valid() error {
	if err := g.scheme().Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrGeometry, err)
	}
	if err := topology.Distribution(g.Dist).Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrGeometry, err)
	}
	if len(g.Dist) != g.Data+g.Parity {
		return fmt.Errorf("%w: %d+%d shards in %d slots", ErrGeometry, g.Data, g.Parity, len(g.Dist))
	}
	return nil
}

// ReadQuorum is the number of shards that give the blob back.
func (g Geometry) ReadQuorum() int { return g.scheme().ReadQuorum() }

// WriteQuorum is the number of shards that must be durable before the blob counts as written: Data, or one more when there
// is as much parity, so that the two halves of a set cannot both have it.
func (g Geometry) WriteQuorum() int { return g.scheme().WriteQuorum() }

// ShardFileSize is the exact length in bytes of every shard of a blob of size bytes, hashes included. The geometry must be
// valid and size in 0..MaxSize.
func (g Geometry) ShardFileSize(size int64) int64 { return g.scheme().FileBytes(size) }

func (g Geometry) scheme() code.Scheme {
	return code.Scheme{Geometry: topology.Geometry{Data: g.Data, Parity: g.Parity}, BlockBytes: g.BlockSize}
}

// shard is the index of the shard in a slot, from zero.
func (g Geometry) shard(slot int) int { return int(g.Dist[slot]) - 1 }

// slots is the inverse of Dist: the slot of each shard, both from zero.
func (g Geometry) slots() []int {
	slots := make([]int, len(g.Dist))
	for slot := range g.Dist {
		slots[g.shard(slot)] = slot
	}
	return slots
}

// coder checks a geometry and the size of a blob, and returns the coder for them. Nothing else here may be done with either
// before.
func (s *Set) coder(g Geometry, size int64) (*code.Coder, error) {
	if err := g.Valid(); err != nil {
		return nil, err
	}
	if len(g.Dist) != s.Size() {
		return nil, fmt.Errorf("%w: %d+%d shards on a set of %d drives", ErrGeometry, g.Data, g.Parity, s.Size())
	}
	if size < 0 || size > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrGeometry, size)
	}
	return s.coders.Coder(g.scheme())
}
