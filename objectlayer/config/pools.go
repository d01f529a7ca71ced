package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// finishPools turns the drives into pools. Variables win over arguments; the --config file may not name drives too.
func (d *draft) finishPools(in inputs, args []string, faults *Faults) {
	origin := "arguments"
	if d.volumes != "" {
		args, origin = strings.Fields(d.volumes), "volumes"
	}
	if len(args) > 0 && len(in.pools) > 0 {
		faults.add("Invalid "+in.file, "drives are named here and among the "+origin, "Name them in one place")
		return
	}
	pools, err := expandPools(args, in.pools, d.Drives.PerSet)
	if err == nil {
		err = refuseNodes(pools)
	}
	if err != nil {
		faults.add("Invalid drives", err.Error(), "Name one directory per drive, such as /mnt/disk{1...4}")
		return
	}
	d.Pools = pools
}

// expandPools returns nil when no drives are named.
func expandPools(args []string, fromFile []yamlPool, setDrives int) ([]topology.Pool, error) {
	if len(args) > 0 {
		return topology.Expand(args, setDrives)
	}
	var all []topology.Pool
	seen := make(map[string]bool)
	for i, p := range fromFile {
		size := setDrives
		if p.SetDriveCount != 0 {
			size = p.SetDriveCount
		}
		pools, err := topology.Expand(p.Args, size)
		if err != nil {
			return nil, fmt.Errorf("pool %d: %w", i+1, err)
		}
		if len(pools) != 1 {
			return nil, fmt.Errorf("pool %d: several arguments with ellipses in one pool are not supported", i+1)
		}
		for _, drive := range pools[0].Drives {
			if seen[strings.TrimRight(drive, "/")] {
				return nil, fmt.Errorf("pool %d: %w: %q", i+1, topology.ErrDuplicateDrive, drive)
			}
			seen[strings.TrimRight(drive, "/")] = true
		}
		all = append(all, pools[0])
	}
	return all, nil
}

// refuseNodes refuses drives on other nodes.
func refuseNodes(pools []topology.Pool) error {
	for _, pool := range pools {
		for _, drive := range pool.Drives {
			if strings.Contains(drive, "://") {
				return fmt.Errorf("%q is on a node; this release serves the drives of one machine, named by their paths", drive)
			}
		}
	}
	return nil
}

// finishClasses checks the storage classes against the sets of every pool.
func (d *draft) finishClasses(faults *Faults) {
	for _, pool := range d.Pools {
		if _, err := topology.ParseClasses(d.Class.Standard, d.Class.Reduced, pool.SetDrives); err != nil {
			faults.add("Invalid storage class", err.Error(), "Write EC: and a number of at most half of the drives of a set, such as EC:2")
			return
		}
	}
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
