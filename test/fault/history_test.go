package fault_test

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// key names an object.
type key struct {
	bucket, name string
}

func (k key) String() string { return k.bucket + "/" + k.name }

// outcome is what a client knows of an operation.
type outcome int

const (
	unknown      outcome = iota // no answer came: it may have happened, or not
	acknowledged                // it has happened
	never                       // it was refused, or the request that would have made it happen was not sent
)

// kind is what an operation does to a key.
type kind int

const (
	put           kind = iota // stores a body; in a versioned bucket, as a new version
	remove                    // removes the key; in a versioned bucket, by a delete marker
	removeVersion             // removes one version for good
)

func (k kind) String() string { return [...]string{"put", "remove", "remove version"}[k] }

// operation is one attempt to change a key. The moments are those of a logical clock: begin before the request that takes
// effect was sent, end after its answer was read.
type operation struct {
	id         int64
	kind       kind
	size       int    // of a put's body, in bytes
	etag       string // of an acknowledged put
	version    string // made, or to be removed; empty in an unversioned bucket, and where no answer told it
	begin, end int64  // end is math.MaxInt64 while there is no answer
	outcome    outcome
}

func (o *operation) String() string {
	if o == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %d (%d..%d, %s)", o.kind, o.id, o.begin, o.end, [...]string{"unknown", "acknowledged", "never"}[o.outcome])
}

// versionOrNone is the version an operation made, for messages; o may be nil.
func (o *operation) versionOrNone() string {
	if o == nil {
		return "none"
	}
	return o.version
}

// history is what all clients have written down. It may be used by many goroutines.
type history struct {
	clock atomic.Int64

	mu       sync.Mutex
	ids      int64
	changes  map[key][]*operation // since the last check, in the order of their beginning
	standing map[key][]operation  // found by the last check, in the order in which they took effect
}

func newHistory() *history {
	return &history{changes: make(map[key][]*operation), standing: make(map[key][]operation)}
}

// now is a moment after all moments before.
func (h *history) now() int64 { return h.clock.Add(1) }

// id draws the id of an operation that is about to be made.
func (h *history) id() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids++
	return h.ids
}

// start writes down an operation whose request is about to be sent. It draws an id for one that has none.
func (h *history) start(k key, o operation) *operation {
	if o.id == 0 {
		o.id = h.id()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	o.begin, o.end = h.now(), math.MaxInt64
	h.changes[k] = append(h.changes[k], &o)
	return &o
}

// finish writes down the answer.
func (h *history) finish(o *operation, result outcome, etag, version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o.outcome, o.etag, o.end = result, etag, h.now()
	if version != "" {
		o.version = version
	}
}

// of returns what is known about a key, oldest first: copies, since clients may be writing.
func (h *history) of(k key) []*operation {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*operation
	for _, o := range h.standing[k] {
		list = append(list, &o)
	}
	for _, o := range h.changes[k] {
		clone := *o
		list = append(list, &clone)
	}
	return list
}

// touched returns the keys of a bucket with operations since the last check.
func (h *history) touched(bucket string) map[key]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	keys := make(map[key]bool)
	for k := range h.changes {
		if k.bucket == bucket {
			keys[k] = true
		}
	}
	return keys
}

// known returns the keys of a bucket that have operations, standing or new.
func (h *history) known(bucket string) map[key]bool {
	keys := h.touched(bucket)
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.standing {
		if k.bucket == bucket {
			keys[k] = true
		}
	}
	return keys
}

// settle replaces what is known about a key by what was found: operations that stand, in the order in which they took
// effect. None forgets the key.
func (h *history) settle(k key, found []operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.changes, k)
	delete(h.standing, k)
	for _, o := range found {
		o.begin, o.end, o.outcome = h.now(), h.now(), acknowledged
		h.standing[k] = append(h.standing[k], o)
	}
}

// admissible tells whether a reader who asked for a key of an unversioned bucket at begin and was answered at end can have
// been shown operation id, or nothing (zero): whether one of the operations that left the key so can have been the last one.
func admissible(operations []*operation, id, begin, end int64) error {
	found := false
	initially := &operation{kind: remove} // the key did not exist before the first operation
	for _, o := range append([]*operation{initially}, operations...) {
		shows := o.id
		if o.kind != put {
			shows = 0
		}
		if shows != id {
			continue
		}
		found = true
		if o.outcome != never && o.begin < end && superseding(operations, o, begin) == nil {
			return nil
		}
	}
	if !found {
		return fmt.Errorf("operation %d is none of those on the key: %v", id, operations)
	}
	if id == 0 {
		return fmt.Errorf("the key is absent and must not be: %v", operations)
	}
	return fmt.Errorf("operation %d is shown and was replaced: %v", id, operations)
}

// superseding finds an acknowledged operation that began after o had ended and ended before a moment.
func superseding(operations []*operation, o *operation, before int64) *operation {
	for _, later := range operations {
		if later.outcome == acknowledged && later.begin > o.end && later.end < before {
			return later
		}
	}
	return nil
}
