package topology

import (
	"errors"
	"fmt"
)

// MaxSetDrives is the largest set, as it was chosen by the format: the shard numbers of an
// object and its erasure code never exceed it.
const MaxSetDrives = 16

const minSetDrives = 2

// Faults in the number of drives, to be asked for with errors.Is.
var (
	ErrDriveCount = errors.New("incorrect number of drives")
	ErrAsymmetric = errors.New("no symmetric distribution of drives")
)

// chooseSetSize picks the size of the sets of a pool of total drives. leftmost is the number
// of values of the leftmost ellipsis, zero without ellipses; fixed is the size an operator
// insists on, zero for none.
//
// Candidates are the divisors of total in 2..16. A fixed size must be one of them and needs
// no further virtue. Otherwise candidates that would put unequal numbers of a set's
// drives on the values of the leftmost ellipsis (normally: the hosts) drop out, and the
// largest of the rest makes the fewest sets.
func chooseSetSize(total, leftmost, fixed int) (int, error) {
	largest, divisible := 0, false
	for size := minSetDrives; size <= min(total, MaxSetDrives); size++ {
		if total%size != 0 {
			continue
		}
		if size == fixed {
			return size, nil
		}
		divisible = true
		if symmetric(size, leftmost) {
			largest = size
		}
	}
	switch {
	case fixed != 0:
		return 0, fmt.Errorf("%w: sets of %d drives, as demanded, cannot be made of %d drives; use a divisor from %d to %d",
			ErrDriveCount, fixed, total, minSetDrives, MaxSetDrives)
	case !divisible:
		return 0, fmt.Errorf("%w: %d has no divisor from %d to %d; add or leave out a drive",
			ErrDriveCount, total, minSetDrives, MaxSetDrives)
	case largest == 0:
		return 0, fmt.Errorf("%w: no set size that divides %d drives fits the %d values of the first ellipsis; change their number or fix the set size",
			ErrAsymmetric, total, leftmost)
	}
	return largest, nil
}

// symmetric tells whether sets of size drives meet each of the values of an ellipsis
// equally often.
func symmetric(size, values int) bool {
	switch {
	case values == 0:
		return true
	case values > size:
		return values%size == 0
	default:
		return size%values == 0
	}
}
