package topology

import (
	"errors"
	"fmt"
)

// ErrGeometry is returned for numbers of shards that cannot be.
var ErrGeometry = errors.New("invalid erasure geometry")

// Geometry is how many shards of an object carry data and how many carry parity. Together
// they are the drives of its set; as many as carry parity may be lost.
type Geometry struct {
	Data, Parity int
}

// Split is the geometry of a set of so many drives of which parity carry parity.
func Split(setDrives, parity int) Geometry {
	return Geometry{Data: setDrives - parity, Parity: parity}
}

// Validate checks 1 <= Data, 0 <= Parity <= Data and Data+Parity <= [MaxSetDrives].
// A geometry read from a drive must pass it before anything is sized by it.
func (g Geometry) Validate() error {
	if g.Data < 1 || g.Data > MaxSetDrives || g.Parity < 0 || g.Parity > g.Data || g.Shards() > MaxSetDrives {
		return fmt.Errorf("%w: %v", ErrGeometry, g)
	}
	return nil
}

// Shards is the number of all shards, and so of the drives of the set.
func (g Geometry) Shards() int { return g.Data + g.Parity }

// ReadQuorum is the number of drives that must agree on, and then deliver, an object.
func (g Geometry) ReadQuorum() int { return g.Data }

// WriteQuorum is the number of drives that must have stored an object before it is
// acknowledged. With as much parity as data, half of the drives would do for either
// half of a split set, so one more is needed.
func (g Geometry) WriteQuorum() int {
	if g.Data == g.Parity {
		return g.Data + 1
	}
	return g.Data
}

func (g Geometry) String() string { return fmt.Sprintf("%d+%d", g.Data, g.Parity) }

// Majority is the quorum of what carries no erasure code: markers, removals of versions,
// the creation and removal of directories, raw documents.
func Majority(setDrives int) int { return setDrives/2 + 1 }
