// Package lock gives out write locks on names, with the stamps that order what their holders write.
//
// Readers take no locks. A writer holds the lock of a name only around its commit, never while a client is still sending,
// and shows the drives the [drive.Stamp] it was granted; the drives refuse what comes from an earlier owner or was
// overtaken. Safety therefore rests on the drives, and the lock only keeps honest writers from getting in each other's way.
//
// One process owns all names here. When sets are owned by different nodes, [Table] is what an owner keeps in memory.
package lock

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

const shards = 64

// Table holds the locks of one epoch. Its zero value is not usable; see [New].
type Table struct {
	epoch uint64
	seq   atomic.Uint64
	seed  maphash.Seed
	shard [shards]shard
}

type shard struct {
	mu    sync.Mutex
	names map[string]*entry // names held or waited for
}

// entry is one name's lock: a token in the channel means free.
type entry struct {
	token chan struct{}
	refs  int // holders and waiters; guarded by the shard's mutex
}

// New returns a table whose grants carry this epoch.
func New(epoch uint64) *Table {
	t := &Table{epoch: epoch, seed: maphash.MakeSeed()}
	for i := range t.shard {
		t.shard[i].names = make(map[string]*entry)
	}
	return t
}

// Lease is one granted lock. It is released once.
type Lease struct {
	table *Table
	name  string
	entry *entry
}

// Acquire waits for the lock of a name. It fails only when ctx ends first.
func (t *Table) Acquire(ctx context.Context, name string) (*Lease, error) {
	s := t.shardOf(name)
	s.mu.Lock()
	e := s.names[name]
	if e == nil {
		e = &entry{token: make(chan struct{}, 1)}
		e.token <- struct{}{}
		s.names[name] = e
	}
	e.refs++
	s.mu.Unlock()
	select {
	case <-e.token:
		return &Lease{table: t, name: name, entry: e}, nil
	default:
	}
	select {
	case <-e.token:
		return &Lease{table: t, name: name, entry: e}, nil
	case <-ctx.Done():
		t.drop(name, e)
		return nil, context.Cause(ctx)
	}
}

// Stamp returns the next stamp of the table. A holder takes one for each commit, so that commits on a name are stamped in
// the order in which they happen.
func (l *Lease) Stamp() drive.Stamp {
	return drive.Stamp{Epoch: l.table.epoch, Seq: l.table.seq.Add(1)}
}

// Release lets go of the name.
func (l *Lease) Release() {
	l.entry.token <- struct{}{}
	l.table.drop(l.name, l.entry)
}

func (t *Table) drop(name string, e *entry) {
	s := t.shardOf(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.refs--; e.refs == 0 {
		delete(s.names, name)
	}
}

func (t *Table) shardOf(name string) *shard {
	return &t.shard[maphash.String(t.seed, name)%shards]
}
