package serve

import (
	"context"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
)

// status describes drives and sets now.
func status(ctx context.Context, cfg *config.Config, c *cluster.Cluster) metric.Status {
	st := metric.Status{DefaultParity: cfg.Class.Standard == ""}
	filled := make(map[[2]int]int) // by pool and set: how many drives are being filled
	for _, m := range c.Members {
		d := metric.Drive{Pool: m.Pool, Set: m.Slot.Set, Path: m.Endpoint, Local: true}
		if m.Serves() {
			describe(ctx, &d, m.Drive)
			if d.Online && filling(ctx, m.Drive) {
				filled[[2]int{d.Pool, d.Set}]++
			}
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
			set := metric.Set{
				Pool: pool, Index: i, Drives: p.SetDrives, Parity: classes.Standard,
				ReadQuorum: g.ReadQuorum(), WriteQuorum: g.WriteQuorum(), Healing: filled[[2]int{pool, i}],
			}
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

// describe says of a drive that serves how it does.
func describe(ctx context.Context, d *metric.Drive, serving cluster.Drive) {
	info, err := serving.Info(ctx)
	d.Online = err == nil
	d.TotalBytes, d.FreeBytes, d.FreeInodes = info.Total, info.Free, info.FreeInode
	watched, ok := serving.(watchedDrive)
	if !ok {
		return
	}
	s := watched.Stats()
	d.Online = d.Online && s.State == monitor.Online
	d.Timeouts, d.Faults, d.Waiting = s.Timeouts, s.Faults, s.Running+s.Waiting
	d.Latency = make(map[string]time.Duration, len(s.Calls))
	for _, c := range s.Calls {
		d.Latency[c.Name] = c.Mean
	}
}

// filling tells whether a drive was replaced and does not hold everything yet.
func filling(ctx context.Context, d drive.Drive) bool {
	raw, err := d.ReadFile(ctx, trackerPath, label.MaxTrackerBytes)
	if err != nil {
		return false
	}
	t, err := label.ParseTracker(raw)
	return err == nil && !t.Finished
}
