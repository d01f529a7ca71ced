package erasure

import "sync/atomic"

// Stats is what a Set has met since it was made. The counters only grow.
type Stats struct {
	QuorumsMissed  int64 // commits and blobs that too few drives took or had
	RebuiltBlocks  int64 // blocks that were computed from parity because a shard was missing, rotten or late
	DamagedShards  int64 // shards found missing or rotten, counted once for each reader
	LateReads      int64 // reads that were given up in favour of parity
	LateWrites     int64 // staged shards that were given up because their drive held up the others
	AbandonedSlots int64 // slots that hold a late read or write at the moment; the only one that falls
}

type counts struct {
	quorumsMissed, rebuiltBlocks, damagedShards, lateReads, lateWrites atomic.Int64
}

// Stats reads the counters, one by one.
func (s *Set) Stats() Stats {
	stats := Stats{
		QuorumsMissed: s.counts.quorumsMissed.Load(),
		RebuiltBlocks: s.counts.rebuiltBlocks.Load(),
		DamagedShards: s.counts.damagedShards.Load(),
		LateReads:     s.counts.lateReads.Load(),
		LateWrites:    s.counts.lateWrites.Load(),
	}
	for i := range s.slots {
		if slot := s.slots[i].Load(); slot.lateReads.Load()+slot.lateWrites.Load() > 0 {
			stats.AbandonedSlots++
		}
	}
	return stats
}
