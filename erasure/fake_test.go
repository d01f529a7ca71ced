package erasure_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const staged = drive.Staging + "/blob/part.1"

// fake is a drive that keeps files in memory and does what its hooks say before anything else. Methods no test needs are
// those of the nil Drive it embeds.
type fake struct {
	drive.Drive
	hooks  hooks
	forget bool // what is written, for benchmarks

	mu      sync.Mutex
	files   map[drive.Path][]byte
	commits []*drive.Commit
	open    int // readers that are not closed
}

// hooks are called before the operation they are named after, on its goroutine. Nil ones are not.
type hooks struct {
	create, write, close, open, read, commit func() error
}

func call(hook func() error) error {
	if hook == nil {
		return nil
	}
	return hook()
}

func newFake() *fake { return &fake{files: make(map[drive.Path][]byte)} }

func (f *fake) Create(ctx context.Context, p drive.Path, size int64) (drive.Writer, error) {
	if err := call(f.hooks.create); err != nil {
		return nil, err
	}
	return &fakeWriter{f: f, path: p, size: size}, nil
}

func (f *fake) Open(ctx context.Context, p drive.Path) (drive.Reader, error) {
	if err := call(f.hooks.open); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, found := f.files[p]
	if !found {
		return nil, drive.ErrNotFound
	}
	f.open++
	return &fakeReader{f: f, b: b}, nil
}

func (f *fake) Commit(ctx context.Context, c *drive.Commit) error {
	if err := call(f.hooks.commit); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits = append(f.commits, c)
	return nil
}

func (f *fake) Discard(ctx context.Context, p drive.Path) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, p)
	return nil
}

func (f *fake) names() []drive.Path {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.files))
}

func (f *fake) file(p drive.Path) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.files[p]
}

func (f *fake) put(p drive.Path, b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[p] = b
}

func (f *fake) readers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

// fakeWriter keeps what it is given when it is closed.
type fakeWriter struct {
	f    *fake
	path drive.Path
	size int64
	b    []byte
	done bool
}

func (w *fakeWriter) Write(p []byte) (int, error) {
	if err := call(w.f.hooks.write); err != nil {
		return 0, err
	}
	if w.f.forget {
		return len(p), nil
	}
	w.b = append(w.b, p...)
	return len(p), nil
}

func (w *fakeWriter) Close() error {
	if err := call(w.f.hooks.close); err != nil {
		return err
	}
	if !w.f.forget && w.size >= 0 && int64(len(w.b)) != w.size {
		panic("fake: file does not have its announced size")
	}
	w.done = true
	w.f.put(w.path, w.b)
	return nil
}

func (w *fakeWriter) Abort() { w.done = true }

type fakeReader struct {
	f *fake
	b []byte
}

func (r *fakeReader) ReadAt(p []byte, offset int64) (int, error) {
	if err := call(r.f.hooks.read); err != nil {
		return 0, err
	}
	return bytes.NewReader(r.b).ReadAt(p, offset)
}

func (r *fakeReader) Size() int64 { return int64(len(r.b)) }

func (r *fakeReader) Close() error {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	r.f.open--
	return nil
}

// rig is a set of fakes with one geometry.
type rig struct {
	erasure.Geometry
	set    *erasure.Set
	drives []*fake
	pool   *buffer.Pool
}

// newRig makes a set whose shards are rotated by one, so that slots and shards are not the same.
func newRig(data, parity int, blockSize int64) *rig {
	n := data + parity
	r := &rig{
		Geometry: erasure.Geometry{Data: data, Parity: parity, BlockSize: blockSize},
		pool:     buffer.New(64 << 20),
	}
	var drives []drive.Drive
	for slot := range n {
		r.Dist = append(r.Dist, uint8(1+(slot+1)%n))
		r.drives = append(r.drives, newFake())
		drives = append(drives, r.drives[slot])
	}
	r.set = erasure.NewSet(drives, erasure.Options{Buffers: r.pool})
	return r
}

// slot is where a shard, counted from zero, is kept.
func (r *rig) slot(shard int) int { return slices.Index(r.Dist, uint8(shard+1)) }

// write stages a blob.
func (r *rig) write(ctx context.Context, body io.Reader, size int64) ([]error, error) {
	w, err := r.set.NewWriter(ctx, r.Geometry, staged, size)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if _, err := w.ReadFrom(body); err != nil {
		return nil, err
	}
	return w.Close()
}

// stage writes a blob that must arrive everywhere.
func (r *rig) stage(t testing.TB, blob []byte) {
	t.Helper()
	errs, err := r.write(t.Context(), bytes.NewReader(blob), int64(len(blob)))
	if err != nil {
		t.Fatal(err)
	}
	for slot, err := range errs {
		if err != nil {
			t.Fatalf("slot %d: %v", slot, err)
		}
	}
}

// shards opens what stage wrote.
func (r *rig) shards(ctx context.Context, slot int) (drive.Reader, error) {
	return r.set.Drive(slot).Open(ctx, staged)
}

// read reads one range.
func (r *rig) read(ctx context.Context, size, offset, length int64, damaged func(int, error)) ([]byte, error) {
	reader, err := r.set.NewReader(ctx, r.Geometry, size, r.shards, damaged)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var got bytes.Buffer
	_, err = reader.Range(offset, length).WriteTo(&got)
	return got.Bytes(), err
}

// idle waits for what goes on in the background and says what was not given back.
func (r *rig) idle() error {
	r.set.Wait()
	if got := r.pool.Stats().InUseBytes; got != 0 {
		return fmt.Errorf("%d bytes of buffers were not released", got)
	}
	for slot, d := range r.drives {
		if got := d.readers(); got != 0 {
			return fmt.Errorf("slot %d: %d readers were not closed", slot, got)
		}
	}
	if got := r.set.Stats().AbandonedSlots; got != 0 {
		return fmt.Errorf("%d slots still count as late", got)
	}
	return nil
}

func (r *rig) checkIdle(t testing.TB) {
	t.Helper()
	if err := r.idle(); err != nil {
		t.Error(err)
	}
}

// inBubble runs one case of a property in a time of its own, in which no drive is late because the machine is busy.
func inBubble(t *testing.T, run func(ctx context.Context) error) (err error) {
	synctest.Test(t, func(t *testing.T) { err = run(t.Context()) })
	return err
}

// noise is a blob without any regularity.
func noise(size int) []byte {
	blob := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)}).Read(blob)
	return blob
}

// newSetWithMemory is another set of the same drives with its own budget.
func newSetWithMemory(r *rig, budget int64) *erasure.Set {
	drives := make([]drive.Drive, len(r.drives))
	for slot, d := range r.drives {
		drives[slot] = d
	}
	return erasure.NewSet(drives, erasure.Options{Buffers: buffer.New(budget)})
}
