package label

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// What a label may be other than sound, to be asked for with errors.Is.
var (
	ErrUnformatted = errors.New("label: unformatted") // there is no label; the caller of Elect says so, of one drive
	ErrCorrupt     = errors.New("label: corrupt")     // what is there is no label
	ErrUnsupported = errors.New("label: unsupported") // a label of another format; never to be overwritten
)

// Roster is what all labels of a pool have in common. It is plain data; nobody changes it
// once it is made.
type Roster struct {
	Deployment uuid.UUID          // the same in all pools; keys the set hash
	Sets       [][]uuid.UUID      // the drives of each set in order; all sets are equally long
	Algorithm  topology.Algorithm // how names are placed on the sets
}

// Label is who one drive is.
type Label struct {
	Roster
	This uuid.UUID // one of Sets
}

// GivenUp tells whether an entry of a roster is no drive but a slot that was given up for good.
func GivenUp(id uuid.UUID) bool { return id == uuid.Max }

// NewRoster makes the roster of a pool that is formatted for the first time, with drive ids from
// random. A zero deployment is drawn as well: the first pool does that, others take over the
// deployment of the first.
func NewRoster(random io.Reader, deployment uuid.UUID, sets, setDrives int) (Roster, error) {
	if err := checkShape(sets, setDrives); err != nil {
		return Roster{}, err
	}
	ids := make([]uuid.UUID, sets*setDrives)
	for i := range ids {
		id, err := uuid.NewRandomFromReader(random)
		if err != nil {
			return Roster{}, fmt.Errorf("draw the id of a drive: %w", err)
		}
		ids[i] = id
	}
	if deployment == uuid.Nil {
		id, err := uuid.NewRandomFromReader(random)
		if err != nil {
			return Roster{}, fmt.Errorf("draw the id of the deployment: %w", err)
		}
		deployment = id
	}
	r := Roster{
		Deployment: deployment,
		Sets:       slices.Collect(slices.Chunk(ids, setDrives)),
		Algorithm:  topology.SipModParity,
	}
	return r, r.Validate()
}

// Label is the label of the drive in a slot. There is none for a slot that was given up or does
// not exist.
func (r Roster) Label(s topology.Slot) (Label, error) {
	if s.Set < 0 || s.Set >= len(r.Sets) || s.Drive < 0 || s.Drive >= len(r.Sets[s.Set]) {
		return Label{}, fmt.Errorf("no set %d drive %d in %d sets of %d drives", s.Set, s.Drive, len(r.Sets), r.SetDrives())
	}
	id := r.Sets[s.Set][s.Drive]
	if GivenUp(id) {
		return Label{}, fmt.Errorf("set %d drive %d was given up", s.Set, s.Drive)
	}
	return Label{Roster: r, This: id}, nil
}

// Find is the slot of a drive.
func (r Roster) Find(id uuid.UUID) (topology.Slot, bool) {
	if GivenUp(id) {
		return topology.Slot{}, false
	}
	for set, ids := range r.Sets {
		if drive := slices.Index(ids, id); drive >= 0 {
			return topology.Slot{Set: set, Drive: drive}, true
		}
	}
	return topology.Slot{}, false
}

// SetDrives is the number of drives in each set.
func (r Roster) SetDrives() int {
	if len(r.Sets) == 0 {
		return 0
	}
	return len(r.Sets[0])
}

// Drives is the number of drives in all sets, slots that were given up included.
func (r Roster) Drives() int { return len(r.Sets) * r.SetDrives() }

// Equal tells whether two labels belong to the same pool.
func (r Roster) Equal(other Roster) bool {
	return r.Deployment == other.Deployment && r.Algorithm == other.Algorithm &&
		slices.EqualFunc(r.Sets, other.Sets, slices.Equal[[]uuid.UUID])
}

// Validate checks that the roster could be written: a deployment, a known algorithm, equally
// long sets of a size that can be, and no drive twice.
func (r Roster) Validate() error {
	if r.Deployment == uuid.Nil {
		return fmt.Errorf("%w: no deployment id", ErrCorrupt)
	}
	if _, err := topology.ParseAlgorithm(string(r.Algorithm)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err := checkShape(len(r.Sets), r.SetDrives()); err != nil {
		return err
	}
	seen := make(map[uuid.UUID]struct{}, r.Drives())
	for i, set := range r.Sets {
		if len(set) != r.SetDrives() {
			return fmt.Errorf("%w: set %d has %d drives, set 0 has %d", ErrCorrupt, i, len(set), r.SetDrives())
		}
		for _, id := range set {
			if _, twice := seen[id]; twice || id == uuid.Nil {
				return fmt.Errorf("%w: drive %v is missing or in the sets twice", ErrCorrupt, id)
			}
			if !GivenUp(id) {
				seen[id] = struct{}{}
			}
		}
	}
	return nil
}

// checkShape allows one set of one drive, and otherwise sets of 2 to 16 drives.
func checkShape(sets, setDrives int) error {
	single := sets == 1 && setDrives == 1
	if !single && (sets < 1 || setDrives < 2 || setDrives > topology.MaxSetDrives || sets > topology.MaxDrives/setDrives) {
		return fmt.Errorf("%w: %d sets of %d drives", ErrCorrupt, sets, setDrives)
	}
	return nil
}

// Validate checks the roster, and that the drive is in it.
func (l Label) Validate() error {
	if err := l.Roster.Validate(); err != nil {
		return err
	}
	if _, found := l.Find(l.This); !found {
		return fmt.Errorf("%w: drive %v is not in its own sets", ErrCorrupt, l.This)
	}
	return nil
}
