package topology

import (
	"errors"
	"fmt"
	"strings"
)

// MaxDrives bounds the drives of one command line. It is far above what anybody runs
// and far below what could exhaust memory.
const MaxDrives = 1 << 16

// maxExpandedBytes bounds the text that expansion may produce.
const maxExpandedBytes = 32 << 20

// Faults of a command line, to be asked for with errors.Is.
var (
	ErrNoDrives       = errors.New("no drives given")
	ErrMixedArguments = errors.New("arguments with and without ellipses cannot be mixed")
	ErrDuplicateDrive = errors.New("drive is given twice")
	ErrTooManyDrives  = fmt.Errorf("more than %d drives", MaxDrives)
)

// Pool is the drives of one argument, in order. Sets are consecutive runs of it.
type Pool struct {
	Argument  string   // as it was written; the legacy form joins its arguments with spaces
	Drives    []string // all drives in order
	SetDrives int      // drives in each set; divides len(Drives)
	Legacy    bool     // written without ellipses: such a cluster cannot grow by another pool
}

// Expand reads the drive arguments of a command line.
//
// If the arguments hold ellipses, every argument is a pool of its own, and each must hold
// one. Without ellipses all arguments together are one pool in the legacy form, and a
// single argument is a single drive (a pool of one set of one drive). An ellipsis is
// {first...last}, decimal or hexadecimal, padded when written with a leading zero; of
// several in one argument the leftmost varies fastest, which spreads the sets over hosts
// in http://host{1...4}/disk{1...4}.
//
// setDrives fixes the number of drives of a set (MINIO_ERASURE_SET_DRIVE_COUNT); zero lets
// Expand choose the largest that divides the pool and is symmetric to the leftmost
// ellipsis. It is ignored for a single drive.
//
// A pools file that gives one ellipsis argument, or a list of plain drives, per pool is
// read by calling Expand for each of its pools.
func Expand(args []string, setDrives int) ([]Pool, error) {
	patterns, err := parseArguments(args)
	if err != nil {
		return nil, err
	}
	if err := checkSize(args, patterns); err != nil {
		return nil, err
	}
	var pools []Pool
	if len(patterns[0].ranges) == 0 {
		pools, err = legacyPool(args, setDrives)
	} else {
		pools, err = ellipsesPools(args, patterns, setDrives)
	}
	if err != nil {
		return nil, err
	}
	return pools, checkDistinct(pools)
}

// parseArguments parses all arguments, which must all hold ellipses or all hold none.
func parseArguments(args []string) ([]pattern, error) {
	if len(args) == 0 {
		return nil, ErrNoDrives
	}
	patterns := make([]pattern, len(args))
	for i, arg := range args {
		if arg == "" {
			return nil, fmt.Errorf("argument %d is empty: %w", i+1, ErrNoDrives)
		}
		p, err := parsePattern(arg)
		if err != nil {
			return nil, err
		}
		if i > 0 && (len(p.ranges) == 0) != (len(patterns[0].ranges) == 0) {
			return nil, fmt.Errorf("%w: %q and %q; write every pool with an ellipsis, as in /mnt/disk{1...4}", ErrMixedArguments, args[0], arg)
		}
		patterns[i] = p
	}
	return patterns, nil
}

// checkSize refuses a command line that stands for too much, before any of it is expanded.
func checkSize(args []string, patterns []pattern) error {
	drives, text := uint64(0), uint64(0)
	for i, p := range patterns {
		n := p.count(MaxDrives)
		drives += n
		text += n * uint64(len(args[i]))
		if drives > MaxDrives || text > maxExpandedBytes {
			return fmt.Errorf("%q: %w", args[i], ErrTooManyDrives)
		}
	}
	return nil
}

func legacyPool(args []string, setDrives int) ([]Pool, error) {
	pool := Pool{
		Argument:  strings.Join(args, " "),
		Drives:    append([]string(nil), args...),
		SetDrives: 1,
		Legacy:    true,
	}
	if len(args) > 1 {
		size, err := chooseSetSize(len(args), 0, setDrives)
		if err != nil {
			return nil, err
		}
		pool.SetDrives = size
	}
	return []Pool{pool}, nil
}

func ellipsesPools(args []string, patterns []pattern, setDrives int) ([]Pool, error) {
	pools := make([]Pool, len(args))
	for i, p := range patterns {
		pool := Pool{Argument: args[i], Drives: p.expand(), SetDrives: 1}
		if len(pool.Drives) > 1 || len(args) > 1 {
			size, err := chooseSetSize(len(pool.Drives), int(p.ranges[0].count()), setDrives)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", args[i], err)
			}
			pool.SetDrives = size
		}
		pools[i] = pool
	}
	return pools, nil
}

// checkDistinct refuses a drive that occurs twice. A trailing slash makes no difference;
// other spellings of one place (links, host names) are told apart by label only.
func checkDistinct(pools []Pool) error {
	seen := make(map[string]struct{})
	for _, pool := range pools {
		for _, drive := range pool.Drives {
			name := strings.TrimRight(drive, "/")
			if _, twice := seen[name]; twice {
				return fmt.Errorf("%w: %q", ErrDuplicateDrive, drive)
			}
			seen[name] = struct{}{}
		}
	}
	return nil
}
