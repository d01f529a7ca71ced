package local

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// window is a stretch of a directory's names, in order. A directory is read as a whole each time, but of what is read only
// the first windowSize names from a point on are kept: so a directory of any size costs the same memory, and a long one is
// read once for every windowSize names instead of being sorted as a whole.
type window struct {
	names []string // in the order of less, none before the point asked for
	early []string // directories before that point below which there may be keys behind it; see walk
	last  bool     // nothing follows
}

// windowSize is how many names of a directory are kept at a time, unless a test says otherwise.
const windowSize = 32 << 10

// selection gathers the least names of a stream.
type selection struct {
	compare func(a, b string) int
	size    int
	bytes   []byte
	ends    []int
	bound   string // names from here on do not count; empty while there is room
	cut     bool
}

func (s *selection) add(name []byte) {
	if s.cut && s.compare(string(name), s.bound) >= 0 {
		return
	}
	s.bytes = append(s.bytes, name...)
	s.ends = append(s.ends, len(s.bytes))
	if len(s.ends) >= 2*s.size {
		s.shrink()
	}
}

// shrink keeps the least.
func (s *selection) shrink() {
	names := s.sorted()
	if len(names) <= s.size {
		return
	}
	s.bound, s.cut = names[s.size], true
	s.bytes, s.ends = s.bytes[:0], s.ends[:0]
	for _, name := range names[:s.size] {
		s.bytes = append(s.bytes, name...)
		s.ends = append(s.ends, len(s.bytes))
	}
}

// sorted returns what was gathered. The names share one string.
func (s *selection) sorted() []string {
	all := string(s.bytes)
	names := make([]string, len(s.ends))
	from := 0
	for i, end := range s.ends {
		names[i] = all[from:end]
		from = end
	}
	slices.SortFunc(names, s.compare)
	return names
}

// take ends the gathering. more tells whether there were greater names.
func (s *selection) take() (names []string, more bool) {
	s.shrink()
	return s.sorted(), s.cut
}

// compareKeys orders the names of directories as the keys of the records in them: one that ends in DirSuffix as if it
// ended in a slash instead.
func compareKeys(a, b string) int {
	a, aDir := strings.CutSuffix(a, drive.DirSuffix)
	b, bDir := strings.CutSuffix(b, drive.DirSuffix)
	if !aDir && !bDir {
		return strings.Compare(a, b)
	}
	n := min(len(a), len(b))
	if c := strings.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	return strings.Compare(tail(a[n:], aDir), tail(b[n:], bDir))
}

// tail puts the slash behind what is left of a name. Only the end that is not longer is left empty, and so this makes a new
// string for one name at most.
func tail(rest string, dir bool) string {
	switch {
	case !dir:
		return rest
	case rest == "":
		return "/"
	}
	return rest + "/"
}

// keyOf is the last part of the key of the record in a directory.
func keyOf(name string) string {
	if base, ok := strings.CutSuffix(name, drive.DirSuffix); ok {
		return base + "/"
	}
	return name
}

// nameCache keeps windows of long directories, so that listing one page by page does not read it anew for every page. A
// window is good as long as the directory's times say that nothing was added or removed.
type nameCache struct {
	mu      sync.Mutex
	entries []cachedWindow // the latest used last
	expiry  *time.Timer
}

type cachedWindow struct {
	dir     durable.Identity
	changed time.Time // the directory's, when the window was read
	rest    string    // what its names begin with
	from    string    // the point asked for
	window  *window
}

const (
	// cacheFrom is what part of a full window a window must have to be worth keeping.
	cacheFrom = 16
	// cacheWindows is how many windows are kept: about 2 MB for each.
	cacheWindows = 2
	// cacheFor is how long windows are kept after the last was used.
	cacheFor = time.Minute
	// settled is how long a directory must not have changed before it is read, for its times to be relied upon: the
	// kernel's clock for files ticks only every few milliseconds, and two changes within a tick look like one.
	settled = 50 * time.Millisecond
)

// find returns a window of a directory that begins at or before from and reaches beyond it.
func (c *nameCache) find(dir durable.Identity, changed time.Time, rest, from string) (*window, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range c.entries {
		if e.dir != dir || !e.changed.Equal(changed) || e.rest != rest || e.from > from {
			continue
		}
		if n := len(e.window.names); e.window.last || keyOf(e.window.names[n-1]) >= from {
			c.entries = append(slices.Delete(c.entries, i, i+1), e)
			c.expiry.Reset(cacheFor)
			return e.window, true
		}
	}
	return nil, false
}

// keep remembers a window.
func (c *nameCache) keep(w cachedWindow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append(c.entries, w)
	if len(c.entries) > cacheWindows {
		c.entries = slices.Delete(c.entries, 0, 1)
	}
	if c.expiry == nil {
		c.expiry = time.AfterFunc(cacheFor, c.drop)
	} else {
		c.expiry.Reset(cacheFor)
	}
}

// drop forgets all windows.
func (c *nameCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = nil
	if c.expiry != nil {
		c.expiry.Stop()
	}
}
