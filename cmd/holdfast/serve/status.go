package serve

import (
	"context"

	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
)

// status describes drives and sets now.
func status(ctx context.Context, cfg *config.Config, c *cluster.Cluster) metric.Status {
	st := metric.Status{DefaultParity: cfg.Class.Standard == ""}
	for _, m := range c.Members {
		d := metric.Drive{Pool: m.Pool, Set: m.Slot.Set, Path: m.Endpoint, Local: true}
		if m.Serves() {
			info, err := m.Drive.Info(ctx)
			d.Online = err == nil
			d.TotalBytes, d.FreeBytes, d.FreeInodes = info.Total, info.Free, info.FreeInode
		}
		st.Drives = append(st.Drives, d)
	}
	for pool, sets := range c.Pools {
		p := cfg.Pools[pool]
		classes, err := topology.ParseClasses(cfg.Class.Standard, cfg.Class.Reduced, p.SetDrives)
		if err != nil { // cannot be: the configuration was checked with them
			continue
		}
		if pool == 0 {
			st.StandardParity, st.ReducedParity = classes.Standard, classes.Reduced
		}
		g := topology.Split(p.SetDrives, classes.Standard)
		for i := range sets {
			set := metric.Set{Pool: pool, Index: i, Drives: p.SetDrives, Parity: classes.Standard, ReadQuorum: g.ReadQuorum(), WriteQuorum: g.WriteQuorum()}
			for _, d := range st.Drives {
				if d.Pool == pool && d.Set == i && d.Online {
					set.Online++
					set.Local++
				}
			}
			st.Sets = append(st.Sets, set)
		}
	}
	return st
}
