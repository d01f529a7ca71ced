package monitor_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// nothing is a drive that does nothing, at once.
type nothing struct{ drive.Drive }

func (nothing) ReadFile(context.Context, drive.Path, int64) ([]byte, error) { return nil, nil }
func (nothing) Commit(context.Context, *drive.Commit) error                 { return nil }
func (nothing) Open(context.Context, drive.Path) (drive.Reader, error)      { return nothingFile{}, nil }

func (nothing) Info(context.Context) (drive.Info, error) { return drive.Info{}, drive.ErrOffline }

type nothingFile struct{ drive.Reader }

func (nothingFile) ReadAt(p []byte, _ int64) (int, error) { return len(p), nil }

// fake is a drive of files that does to calls what a test tells it to. A call's name is that of its method.
type fake struct {
	mu    sync.Mutex
	id    string
	files map[drive.Path][]byte
	rules []*rule
	met   []string // calls, in the order in which they came
	inUse int      // calls that have not returned
	most  int      // of inUse

	garble bool // ReadFile returns other bytes
}

// rule says what becomes of calls.
type rule struct {
	calls string        // names with spaces between; empty: all
	hang  chan struct{} // they wait until it is closed
	err   error         // they fail
	times int           // it ends after so many; 0 = never
}

func newFake() *fake {
	f := &fake{id: "me"}
	f.forget()
	return f
}

// add makes a rule.
func (f *fake) add(r rule) *rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, &r)
	return &r
}

// hang makes calls hang until resume is called.
func (f *fake) hang(calls string) (resume func()) {
	r := f.add(rule{calls: calls, hang: make(chan struct{})})
	return func() {
		f.drop(r)
		close(r.hang)
	}
}

func (f *fake) drop(r *rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = slices.DeleteFunc(f.rules, func(other *rule) bool { return other == r })
}

// count tells how often calls came.
func (f *fake) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, met := range f.met {
		if met == name {
			n++
		}
	}
	return n
}

// busiest tells how many calls there were at one time.
func (f *fake) busiest() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

// forget begins to count anew.
func (f *fake) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.met = nil
	f.files = map[drive.Path][]byte{"v/f": []byte("content")}
}

func (f *fake) all() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.met)
}

// begin lets a call in; end must be called.
func (f *fake) begin(name string) error {
	f.mu.Lock()
	f.met = append(f.met, name)
	f.inUse++
	f.most = max(f.most, f.inUse)
	var found *rule
	for _, r := range f.rules {
		if r.calls == "" || slices.Contains(strings.Fields(r.calls), name) {
			found = r
			break
		}
	}
	if found != nil && found.times > 0 {
		if found.times--; found.times == 0 {
			f.rules = slices.DeleteFunc(f.rules, func(other *rule) bool { return other == found })
		}
	}
	f.mu.Unlock()
	if found == nil {
		return nil
	}
	if found.hang != nil {
		<-found.hang
	}
	return found.err
}

func (f *fake) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inUse--
}

func (f *fake) call(name string) error {
	defer f.end()
	return f.begin(name)
}

func (f *fake) Info(context.Context) (drive.Info, error) {
	if err := f.call("Info"); err != nil {
		return drive.Info{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return drive.Info{ID: f.id}, nil
}

func (f *fake) Volumes(context.Context) ([]drive.DirEntry, error) { return nil, f.call("Volumes") }
func (f *fake) MakeVolume(context.Context, string) error          { return f.call("MakeVolume") }
func (f *fake) RemoveVolume(context.Context, string) error        { return f.call("RemoveVolume") }
func (f *fake) Fence(context.Context, uint64) error               { return f.call("Fence") }
func (f *fake) Close() error                                      { return f.call("Drive.Close") }

func (f *fake) ReadFile(_ context.Context, p drive.Path, _ int64) ([]byte, error) {
	if err := f.call("ReadFile"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.files[p]
	if !ok {
		return nil, drive.ErrNotFound
	}
	b = bytes.Clone(b)
	if f.garble {
		b[0]++
	}
	return b, nil
}

func (f *fake) Open(context.Context, drive.Path) (drive.Reader, error) {
	if err := f.call("Open"); err != nil {
		return nil, err
	}
	return fakeReader{f}, nil
}

func (f *fake) Stat(context.Context, drive.Path) (drive.FileInfo, error) {
	return drive.FileInfo{}, f.call("Stat")
}

func (f *fake) List(context.Context, drive.Path, string, int) ([]drive.DirEntry, error) {
	return nil, f.call("List")
}

func (f *fake) Walk(context.Context, string, string, string) (drive.Walker, error) {
	if err := f.call("Walk"); err != nil {
		return nil, err
	}
	return fakeWalker{f}, nil
}

func (f *fake) Create(_ context.Context, p drive.Path, _ int64) (drive.Writer, error) {
	if err := f.call("Create"); err != nil {
		return nil, err
	}
	return &fakeWriter{f: f, path: p}, nil
}

func (f *fake) Discard(_ context.Context, p drive.Path) error {
	if err := f.call("Discard"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, p)
	return nil
}

func (f *fake) Commit(_ context.Context, c *drive.Commit) error {
	if err := f.call("Commit"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range c.Edits {
		f.files[e.Path] = bytes.Clone(e.Data)
	}
	return nil
}

func (f *fake) file(p drive.Path) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.files[p])
}

func (f *fake) staged() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.files {
		if strings.HasPrefix(string(p), string(drive.Staging)) {
			n++
		}
	}
	return n
}

type fakeReader struct{ f *fake }

func (r fakeReader) Size() int64  { return 7 }
func (r fakeReader) Close() error { return r.f.call("Reader.Close") }

func (r fakeReader) ReadAt(p []byte, _ int64) (int, error) {
	if err := r.f.call("ReadAt"); err != nil {
		return 0, err
	}
	return copy(p, "content"), io.EOF
}

type fakeWalker struct{ f *fake }

func (w fakeWalker) Seek(string) {}
func (w fakeWalker) Close()      { _ = w.f.call("Walker.Close") }

func (w fakeWalker) Next() (drive.Entry, error) {
	return drive.Entry{Key: "key"}, w.f.call("Next")
}

type fakeWriter struct {
	f      *fake
	path   drive.Path
	bytes  []byte
	closed bool
}

func (w *fakeWriter) Write(p []byte) (int, error) {
	if err := w.f.call("Write"); err != nil {
		return 0, err
	}
	w.bytes = append(w.bytes, p...)
	return len(p), nil
}

func (w *fakeWriter) Close() error {
	err := w.f.call("Writer.Close")
	w.f.mu.Lock()
	defer w.f.mu.Unlock()
	w.closed = true
	if err == nil {
		w.f.files[w.path] = w.bytes
	}
	return err
}

func (w *fakeWriter) Abort() { _ = w.f.call("Abort") }
