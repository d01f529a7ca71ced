package local

import (
	"context"
	"errors"
	"io"
	"slices"
	"sort"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// maxRecord is the size in bytes beyond which a record is not believed. MinIO's largest hold ten thousand versions and
// their inline data.
const maxRecord = 256 << 20

// Walk yields the records of a volume. The directories of the system volume that hold what is on its way (tmp, tmp-old)
// and the drive's own state are not walked.
//
// Order is the difficulty: a directory's name sorts differently from the keys below it. In one directory, "a" is the
// record a, then come its siblings "a-b" and "a.b", and only then what lies below a, because "-" and "." sort before "/";
// "a__XLDIR__" is the record "a/" and sorts there. So each level of the walk merges two sequences: the names in the order
// of the records in them, and the directories passed by, at the point where the keys below them come. Of these there are only
// ever a few: each name waiting is a beginning of the one before it.
func (d *Drive) Walk(ctx context.Context, volume, prefix, after string) (drive.Walker, error) {
	if !validVolume(volume) {
		return nil, d.refuse(drive.ErrInvalid, "volume %q", volume)
	}
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	defer d.leave()
	if info, err := d.files.Stat(volume); err != nil {
		return nil, d.lift(err)
	} else if !info.Dir {
		return nil, drive.ErrNotFound
	}
	w := &walker{d: d, ctx: ctx, volume: volume, prefix: prefix, from: prefix}
	if after != "" && after >= prefix {
		w.from = after + "\x00" // the least key that is greater
	}
	w.begin()
	return w, nil
}

// walker is a walk. Its levels are the directory it is in and those above.
type walker struct {
	d      *Drive
	ctx    context.Context // of the walk, as its contract says
	volume string
	prefix string
	from   string // keys less than this do not count
	first  string // a directory to look at before the levels; see begin
	levels []*level

	path    []byte // buffers
	record  []byte
	dirents []byte
}

// level is a directory on the way.
type level struct {
	dir    string   // its path below the root
	prefix string   // of the keys in it: empty, or ending in a slash
	window *window  // nil before it was read
	next   int      // index of the next name of the window
	below  []string // directories whose keys are still to come, in descending order
}

// begin starts at the deepest directory all keys with the prefix lie in.
func (w *walker) begin() {
	i := strings.LastIndexByte(w.prefix, '/') + 1
	dir := w.volume
	if i > 0 {
		dir += "/" + w.prefix[:i-1]
		if i == len(w.prefix) { // the record "a/" is beside the directory of the keys "a/..."
			w.first = dir + drive.DirSuffix
		}
	}
	if drive.Path(dir).Valid() {
		w.levels = append(w.levels, &level{dir: dir, prefix: w.prefix[:i]})
	}
}

// Seek continues at the first key that is not less than key.
func (w *walker) Seek(key string) { w.from = max(w.from, key) }

// Close ends the walk.
func (w *walker) Close() { w.levels, w.first = nil, "" }

// Next returns the next record.
func (w *walker) Next() (drive.Entry, error) {
	if err := w.d.enter(w.ctx); err != nil {
		return drive.Entry{}, err
	}
	defer w.d.leave()
	e, err := w.advance()
	if err != nil && err != io.EOF {
		w.Close()
		err = w.d.lift(err)
	}
	return e, err
}

func (w *walker) advance() (drive.Entry, error) {
	if first := w.first; first != "" {
		w.first = ""
		if w.from <= w.prefix {
			if found, err := w.read(first); found || err != nil {
				return drive.Entry{Key: w.prefix, Record: w.record}, err
			}
		}
	}
	for len(w.levels) > 0 {
		if err := w.ctx.Err(); err != nil {
			return drive.Entry{}, err
		}
		l := w.levels[len(w.levels)-1]
		if err := w.load(l); err != nil {
			return drive.Entry{}, err
		}
		name, isRecord, ok := l.pick()
		switch {
		case !ok && l.window.last:
			w.levels = w.levels[:len(w.levels)-1]
		case !ok: // what is waiting sorts behind the last name, or would have been picked
			w.from = max(w.from, l.prefix+keyOf(l.window.names[len(l.window.names)-1])+"\x00")
			l.window = nil
		case !isRecord:
			w.descend(l, name)
		default:
			key := l.prefix + keyOf(name)
			found, err := w.visit(l, name, key)
			if err != nil {
				return drive.Entry{}, err
			}
			if found {
				return drive.Entry{Key: key, Record: w.record}, nil
			}
		}
	}
	return drive.Entry{}, io.EOF
}

// pick returns the directory whose turn it is: as a record, or for the keys below it. It is not ok when that depends on
// names not read yet, or there are no more.
func (l *level) pick() (name string, isRecord, ok bool) {
	names, below := l.window.names[l.next:], l.below
	switch {
	case len(names) == 0 && (len(below) == 0 || !l.window.last):
		return "", false, false
	case len(below) == 0, len(names) > 0 && keyOf(names[0]) <= below[len(below)-1]+"/":
		l.next++
		return names[0], true, true
	}
	l.below = below[:len(below)-1]
	return below[len(below)-1], false, true
}

// wait puts a directory among those whose keys are to come.
func (l *level) wait(name string) {
	i := sort.Search(len(l.below), func(i int) bool { return l.below[i]+"/" < name+"/" })
	l.below = slices.Insert(l.below, i, name)
}

// visit looks at a name as a record, and notes whether there may be keys below it.
func (w *walker) visit(l *level, name, key string) (found bool, err error) {
	at := l.dir + "/" + name
	if w.below(l, name) {
		info, err := w.d.files.Stat(at)
		if absent(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if info.Links != 2 && info.Dir { // two links: no directory in it; one: the file system does not tell
			l.wait(name)
		}
	}
	if key < w.from || !strings.HasPrefix(key, w.prefix) {
		return false, nil
	}
	return w.read(at)
}

// below tells whether keys below a directory can be in range.
func (w *walker) below(l *level, name string) bool {
	if len(w.prefix) > len(l.prefix) {
		rest := w.prefix[len(l.prefix):] // without a slash, since begin went to the deepest directory
		if !strings.HasPrefix(name, rest) {
			return false
		}
	}
	switch {
	case strings.HasPrefix(w.from, l.prefix):
		return reaches(name, w.from[len(l.prefix):])
	default:
		return l.prefix > w.from
	}
}

// read reads the record in a directory, if there is one.
func (w *walker) read(dir string) (found bool, err error) {
	w.path = append(append(append(w.path[:0], dir...), '/'), drive.RecordName...)
	name := unsafe.String(&w.path[0], len(w.path)) // kept by an error only, and then the walk is over
	w.record, err = w.d.root.AppendFile(w.record[:0], name, maxRecord)
	switch {
	case err == nil:
		return true, nil
	case absent(err), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return false, nil
	}
	return false, err
}

// descend goes to the keys below a directory.
func (w *walker) descend(l *level, name string) {
	if !w.below(l, name) || w.volume == system && l.prefix == "" && private(name) {
		return
	}
	if dir := l.dir + "/" + name; drive.Path(dir).Valid() {
		w.levels = append(w.levels, &level{dir: dir, prefix: l.prefix + name + "/"})
	}
}

// private tells whether a directory of the system volume is not walked.
func private(name string) bool {
	switch system + "/" + name {
	case staging, oldStaging, stateDir:
		return true
	}
	return false
}

// load sees to it that a level has a window that goes on where the walk is.
func (w *walker) load(l *level) error {
	from := ""
	switch {
	case strings.HasPrefix(w.from, l.prefix):
		from = w.from[len(l.prefix):]
	case w.from > l.prefix: // everything in here is passed
		l.window, l.next, l.below = &window{last: true}, 0, nil
		return nil
	}
	if l.window == nil {
		win, err := w.readWindow(l, from)
		if err != nil {
			return err
		}
		l.window, l.next = win, 0
		for _, name := range win.early {
			if !slices.Contains(l.below, name) {
				l.wait(name)
			}
		}
	}
	w.skip(l, from)
	return nil
}

// skip passes by the names before a point, but for those below which there may be keys behind it.
func (w *walker) skip(l *level, from string) {
	names := l.window.names[l.next:]
	if from == "" || len(names) == 0 || keyOf(names[0]) >= from {
		return
	}
	n := sort.Search(len(names), func(i int) bool { return keyOf(names[i]) >= from })
	for _, name := range names[:n] {
		if reaches(name, from) {
			l.wait(name)
		}
	}
	l.next += n
}

// reaches tells whether a key below a directory may be at or behind a point: whether name+"0" > from, as "0" follows "/".
func reaches(name, from string) bool {
	n := min(len(name), len(from))
	switch {
	case name[:n] != from[:n]:
		return name[:n] > from[:n]
	case len(from) <= len(name):
		return true
	}
	return from[len(name)] < '0'
}

// readWindow reads names of a directory from a point on.
func (w *walker) readWindow(l *level, from string) (*window, error) {
	looked := time.Now()
	dir, err := w.d.files.Stat(l.dir)
	if absent(err) {
		return &window{last: true}, nil
	}
	if err != nil {
		return nil, err
	}
	rest := ""
	if len(w.prefix) > len(l.prefix) {
		rest = w.prefix[len(l.prefix):]
	}
	if win, ok := w.d.names.find(dir.ID, dir.Changed, rest, from); ok {
		return win, nil
	}
	if w.dirents == nil {
		w.dirents = make([]byte, 32<<10)
	}
	win := new(window)
	s := selection{compare: compareKeys, size: w.d.windowSize}
	err = w.d.root.Names(l.dir, w.dirents, func(name []byte, dir bool) {
		switch {
		case !dir:
		case rest != "" && !strings.HasPrefix(string(name), rest):
		case from == "" || keyOf(string(name)) >= from:
			s.add(name)
		case reaches(string(name), from):
			win.early = append(win.early, string(name))
		}
	})
	if absent(err) {
		return &window{last: true}, nil
	}
	if err != nil {
		return nil, err
	}
	names, more := s.take()
	win.names, win.last = names, !more
	if len(names) >= w.d.windowSize/cacheFrom && looked.Sub(dir.Changed) >= settled {
		w.d.names.keep(cachedWindow{dir.ID, dir.Changed, rest, from, win})
	}
	return win, nil
}
