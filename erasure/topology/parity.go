package topology

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrParity is returned for a storage class that asks for an impossible parity.
var ErrParity = errors.New("invalid parity")

// DefaultParity is the parity of ordinary objects on a set of so many drives, unless the
// operator chose another.
func DefaultParity(setDrives int) int {
	switch {
	case setDrives < 2:
		return 0
	case setDrives < 4:
		return 1
	case setDrives < 6:
		return 2
	case setDrives < 8:
		return 3
	default:
		return 4
	}
}

// MaxParity is the highest parity a set of so many drives allows. Documents of the system
// itself are always written with it.
func MaxParity(setDrives int) int { return setDrives / 2 }

// Classes is the parity of each storage class on the sets of one pool.
type Classes struct {
	Standard int // STANDARD, and every class that has no row of its own
	Reduced  int // REDUCED_REDUNDANCY
}

// ParseClasses reads the settings of the storage classes, each "EC:<parity>" or empty for
// its default, for sets of so many drives. Parity is at most half of the drives; zero is
// allowed and means that no drive may be lost. Reduced may not exceed standard, unless one
// of them is zero.
func ParseClasses(standard, reduced string, setDrives int) (Classes, error) {
	std, err := classParity("standard", standard, DefaultParity(setDrives), setDrives)
	if err != nil {
		return Classes{}, err
	}
	red, err := classParity("reduced redundancy", reduced, min(1, MaxParity(setDrives)), setDrives)
	if err != nil {
		return Classes{}, err
	}
	if std > 0 && red > std {
		return Classes{}, fmt.Errorf("%w: reduced redundancy EC:%d exceeds standard EC:%d", ErrParity, red, std)
	}
	return Classes{Standard: std, Reduced: red}, nil
}

func classParity(class, setting string, byDefault, setDrives int) (int, error) {
	if setting == "" {
		return byDefault, nil
	}
	parity, err := ParseParity(setting)
	if err != nil {
		return 0, fmt.Errorf("storage class %s: %w", class, err)
	}
	if parity > MaxParity(setDrives) {
		return 0, fmt.Errorf("storage class %s: %w: EC:%d on sets of %d drives; at most EC:%d is possible",
			class, ErrParity, parity, setDrives, MaxParity(setDrives))
	}
	return parity, nil
}

// ParseParity reads "EC:<parity>" without regard to any set.
func ParseParity(s string) (int, error) {
	digits, found := strings.CutPrefix(s, "EC:")
	if !found {
		return 0, fmt.Errorf("%w: %q; write EC:<number>, as in EC:4", ErrParity, s)
	}
	parity, err := strconv.ParseUint(digits, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("%w: %q; write EC:<number>, as in EC:4", ErrParity, s)
	}
	return int(parity), nil
}

// RaiseParity is the parity of an object that is written while so many drives of its set
// are offline: one more for each of them, up to half of the set, so that the object
// stands as many further losses as its class promises. ok is false when half of the
// drives or more are offline and the write must fail at once.
func RaiseParity(parity, offline, setDrives int) (raised int, ok bool) {
	if offline >= (setDrives+1)/2 {
		return parity, false
	}
	return min(parity+offline, MaxParity(setDrives)), true
}
