package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

var geometries = [][2]int{{1, 0}, {1, 1}, {2, 1}, {2, 2}, {3, 2}, {4, 4}, {12, 4}}

func TestBlobsComeBack(t *testing.T) {
	t.Parallel()
	const block = 64 << 10
	for _, g := range geometries {
		t.Run(fmt.Sprintf("%d+%d", g[0], g[1]), func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{0, 1, 2, g[0], g[0] + 1, block - 1, block, block + 1, 3*block - 1, 3 * block, 20*block + 5} {
				synctest.Test(t, func(t *testing.T) { writeAndRead(t, newRig(g[0], g[1], block), noise(size)) })
			}
		})
	}
}

func writeAndRead(t *testing.T, r *rig, blob []byte) {
	size := int64(len(blob))
	r.stage(t, blob)
	for slot, d := range r.drives {
		if got, want := int64(len(d.file(staged))), r.ShardFileSize(size); got != want {
			t.Errorf("%d bytes: slot %d holds %d bytes, want %d", size, slot, got, want)
		}
	}
	got, err := r.read(t.Context(), size, 0, -1, nil)
	if err != nil || !bytes.Equal(got, blob) {
		t.Errorf("%d bytes: got %d bytes, %v", size, len(got), err)
	}
	r.checkIdle(t)
}

// harm is what a test does to a shard.
type harm struct {
	kind harmKind
	at   int // a place in the shard's file, modulo its length
	bit  int
}

type harmKind int

const (
	none harmKind = iota
	missing
	truncated
	extended
	offlined
	unreadable
	rotten
	late
	harmKinds
)

func drawHarm(t *rapid.T, parity int) harm {
	if rapid.IntRange(0, parity+1).Draw(t, "spare") == 0 {
		return harm{}
	}
	return harm{
		kind: harmKind(rapid.IntRange(0, int(harmKinds)-1).Draw(t, "harm")),
		at:   rapid.IntRange(0, 1<<30).Draw(t, "at"),
		bit:  rapid.IntRange(0, 7).Draw(t, "bit"),
	}
}

// apply harms the shard of a slot. Rot may leave other frames of use, lateness harms none; all else makes the shard useless.
func (h harm) apply(r *rig, slot int) {
	d := r.drives[slot]
	file := slices.Clone(d.file(staged))
	switch h.kind {
	case missing:
		d.hooks.open = func() error { return drive.ErrNotFound }
	case truncated:
		d.put(staged, file[:h.at%len(file)])
	case extended:
		d.put(staged, append(file, 0))
	case offlined:
		r.set.Replace(slot, nil)
	case unreadable:
		d.hooks.read = func() error { return errors.New("input/output error") }
	case rotten:
		file[h.at%len(file)] ^= 1 << h.bit
		d.put(staged, file)
	case late:
		d.hooks.read = func() error { time.Sleep(time.Hour); return nil }
	}
}

// useless counts the shards that harm took away for good, rot those of which it took a frame.
func count(harms []harm) (useless, rot int) {
	for _, h := range harms {
		switch h.kind {
		case none, late:
		case rotten:
			rot++
		default:
			useless++
		}
	}
	return useless, rot
}

// Whatever happens to at most Parity shards, the right bytes come back; whatever happens to more, no wrong ones.
func TestDamageUpToParityIsInvisible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		g := rapid.SampledFrom(geometries).Draw(rt, "geometry")
		block := rapid.SampledFrom([]int{100, 4 << 10, 64 << 10}).Draw(rt, "block")
		size := 1 + rapid.OneOf(
			rapid.IntRange(0, 3*block),
			rapid.Map(rapid.IntRange(1, 8), func(n int) int { return n*block - 1 }),
			rapid.IntRange(0, 600<<10),
		).Draw(rt, "size")
		offset := rapid.IntRange(0, size).Draw(rt, "offset")
		length := rapid.IntRange(0, size-offset).Draw(rt, "length")
		harms := make([]harm, g[0]+g[1])
		for slot := range harms {
			harms[slot] = drawHarm(rt, g[1])
		}
		if err := inBubble(t, func(ctx context.Context) error {
			return readHarmed(ctx, newRig(g[0], g[1], int64(block)), noise(size), offset, length, harms)
		}); err != nil {
			rt.Fatal(err)
		}
	})
}

// readHarmed stages a blob, harms its shards, reads a range and says what is wrong about the outcome.
func readHarmed(ctx context.Context, r *rig, blob []byte, offset, length int, harms []harm) error {
	if _, err := r.write(ctx, bytes.NewReader(blob), int64(len(blob))); err != nil {
		return err
	}
	for slot, h := range harms {
		h.apply(r, slot)
	}
	got, err := r.read(ctx, int64(len(blob)), int64(offset), int64(length), nil)
	useless, rot := count(harms)
	want := blob[offset : offset+length]
	var missed *erasure.QuorumError
	switch {
	case err == nil && !bytes.Equal(got, want):
		return errors.New("wrong bytes")
	case err != nil && !bytes.HasPrefix(want, got):
		return fmt.Errorf("wrong bytes before %w", err)
	case err != nil && useless+rot <= r.Parity:
		return fmt.Errorf("%d of %d shards useless, %d rotten: %w", useless, len(harms), rot, err)
	case err != nil && !errors.As(err, &missed):
		return fmt.Errorf("not a QuorumError: %w", err)
	}
	return r.idle()
}

// Rot of one frame does not cost the other frames of its shard.
func TestEveryShardRottenInAnotherBlock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 4 << 10
		r := newRig(3, 1, block)
		blob := noise(4 * block)
		r.stage(t, blob)
		frame := r.ShardFileSize(block)
		for slot, d := range r.drives {
			file := slices.Clone(d.file(staged))
			file[int64(slot)*frame+50] ^= 1
			d.put(staged, file)
		}
		var mu sync.Mutex
		var told []int
		got, err := r.read(t.Context(), int64(len(blob)), 0, -1, func(slot int, err error) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, slot)
			if !errors.Is(err, drive.ErrCorrupt) {
				t.Errorf("slot %d: got %v", slot, err)
			}
		})
		if err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		r.checkIdle(t)
		slices.Sort(told)
		if diff := cmp.Diff([]int{0, 1, 2, 3}, told); diff != "" {
			t.Errorf("damaged slots (-want +got)\n%s", diff)
		}
		r.drives[0].put(staged, nil)
		for slot := 1; slot < 4; slot++ { // now two are lost in each block
			file := slices.Clone(r.drives[slot].file(staged))
			for i := range int64(4) {
				file[i*frame+60] ^= byte(slot & 1)
			}
			r.drives[slot].put(staged, file)
		}
		var missed *erasure.QuorumError
		if got, err := r.read(t.Context(), int64(len(blob)), 0, -1, nil); !errors.As(err, &missed) || missed.Need != 3 {
			t.Errorf("got %d bytes, %v, want a QuorumError", len(got), err)
		}
		r.checkIdle(t)
	})
}

func TestDamagedIsToldOnceAndOnlyOfDamage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 128 << 10
		r := newRig(2, 4-2, block)
		blob := noise(9 * block)
		r.stage(t, blob)
		r.set.Replace(r.slot(0), nil)
		r.drives[r.slot(1)].hooks.read = func() error { return errors.New("input/output error") }
		told := make(chan int, 100)
		got, err := r.read(t.Context(), int64(len(blob)), 0, -1, func(slot int, err error) { told <- slot })
		if err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		r.checkIdle(t)
		if len(told) != 1 || <-told != r.slot(1) {
			t.Errorf("told %d times, want once of slot %d", len(told), r.slot(1))
		}
		if got := r.set.Stats(); got.RebuiltBlocks != 9 || got.DamagedShards != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestSmallRangesReadOnlyTheirFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 64 << 10
		r := newRig(2, 2, block)
		blob := noise(5 * block)
		r.stage(t, blob)
		var mu sync.Mutex
		var reads []int
		for slot, d := range r.drives {
			d.hooks.read = func() error {
				mu.Lock()
				defer mu.Unlock()
				reads = append(reads, int(r.Dist[slot])-1)
				return nil
			}
		}
		for _, tc := range []struct {
			offset, length int64
			want           []int // shards
		}{
			{0, 1, []int{0}},
			{2*block + block/2, block / 2, []int{1}},
			{block + block/2 - 1, 2, []int{0, 1}},
			{3 * block, 0, nil},
			{5 * block, -1, nil},
		} {
			reads = nil
			got, err := r.read(t.Context(), 5*block, tc.offset, tc.length, nil)
			end := tc.offset + max(tc.length, 0)
			if err != nil || !bytes.Equal(got, blob[tc.offset:end]) {
				t.Errorf("%+v: got %d bytes, %v", tc, len(got), err)
			}
			r.checkIdle(t)
			slices.Sort(reads)
			if diff := cmp.Diff(tc.want, reads); diff != "" {
				t.Errorf("%+v: (-want +got)\n%s", tc, diff)
			}
		}
	})
}

func TestLateDriveIsReplacedByParity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 256 << 10
		r := newRig(2, 2, block)
		blob := noise(8*block + 1)
		r.stage(t, blob)
		hung := r.drives[r.slot(0)]
		hung.hooks.read = func() error { time.Sleep(time.Minute); return nil }
		var opened atomic.Int32
		hung.hooks.open = func() error { opened.Add(1); return nil }

		begin := time.Now()
		got, err := r.read(t.Context(), int64(len(blob)), 0, -1, nil)
		if err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if took := time.Since(begin); took != 20*time.Millisecond {
			t.Errorf("a hung drive cost %v, want one threshold", took)
		}
		if got, err := r.read(t.Context(), int64(len(blob)), 5, 100, nil); err != nil || !bytes.Equal(got, blob[5:105]) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if took := time.Since(begin); took != 20*time.Millisecond || opened.Load() != 1 {
			t.Errorf("the second reader waited for the hung drive: %v, %d times opened", took, opened.Load())
		}
		if got := r.set.Stats(); got.LateReads == 0 || got.AbandonedSlots != 1 {
			t.Errorf("got %+v", got)
		}
		r.checkIdle(t)
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("the late read ended after %v", took)
		}
		hung.hooks.read = nil
		if got, err := r.read(t.Context(), int64(len(blob)), 5, 100, nil); err != nil || !bytes.Equal(got, blob[5:105]) || opened.Load() != 2 {
			t.Errorf("got %d bytes, %v, %d times opened: the drive was not asked after it had recovered", len(got), err, opened.Load())
		}
	})
}

// Where all drives are equally slow there is nobody to turn to, and the threshold follows them.
func TestThresholdFollowsTheDrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 256 << 10
		r := newRig(2, 2, block)
		blob := noise(4 * block)
		r.stage(t, blob)
		for _, d := range r.drives {
			d.hooks.read = func() error { time.Sleep(15 * time.Millisecond); return nil }
		}
		if _, err := r.read(t.Context(), int64(len(blob)), 0, -1, nil); err != nil {
			t.Fatal(err)
		}
		r.set.Wait()
		before := r.set.Stats().LateReads
		r.drives[r.slot(1)].hooks.read = func() error { time.Sleep(50 * time.Millisecond); return nil }
		if _, err := r.read(t.Context(), int64(len(blob)), 0, block, nil); err != nil {
			t.Fatal(err)
		}
		if got := r.set.Stats().LateReads; got != before {
			t.Errorf("%d reads were given up below four times the median", got-before)
		}
		r.drives[r.slot(1)].hooks.read = func() error { time.Sleep(time.Second); return nil }
		if _, err := r.read(t.Context(), int64(len(blob)), 0, block, nil); err != nil {
			t.Fatal(err)
		}
		if got := r.set.Stats().LateReads; got != before+1 {
			t.Errorf("%d reads were given up, want one", got-before)
		}
		r.checkIdle(t)
	})
}

// A read that was given up may still write to its memory at any time, even while what was computed in its place is handed out.
func TestLateReadKeepsItsMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 1, block)
		blob := noise(block)
		r.stage(t, blob)
		hold := make(chan struct{})
		open := func(ctx context.Context, slot int) (drive.Reader, error) {
			if slot == r.slot(1) {
				return scribbler{hold: hold, size: r.ShardFileSize(block)}, nil
			}
			return r.shards(ctx, slot)
		}
		reader, err := r.set.NewReader(t.Context(), r.Geometry, block, open, nil)
		if err != nil {
			t.Fatal(err)
		}
		rr := reader.Range(0, -1)
		if err := rr.Start(); err != nil {
			t.Fatal(err)
		}
		inUse := r.pool.Stats().InUseBytes
		close(hold)
		synctest.Wait()
		if got := r.pool.Stats().InUseBytes; got != inUse/2 {
			t.Errorf("%d bytes in use, %d before the late read ended", got, inUse)
		}
		if got, err := io.ReadAll(rr); err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		r.checkIdle(t)
	})
}

// scribbler fills the memory of a read with rubbish when it is let.
type scribbler struct {
	hold chan struct{}
	size int64
}

func (s scribbler) ReadAt(p []byte, _ int64) (int, error) {
	<-s.hold
	for i := range p {
		p[i] = 0xEE
	}
	return len(p), nil
}

func (s scribbler) Size() int64  { return s.size }
func (s scribbler) Close() error { return nil }

// Without memory to step aside, a fetch waits for the late read that is in its way.
func TestLateReadWithoutMemoryIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 2, block)
		blob := noise(2 * block)
		r.stage(t, blob)
		r.set = newSetWithMemory(r, 5<<19)
		r.drives[r.slot(1)].hooks.read = func() error { time.Sleep(time.Second); return nil }
		begin := time.Now()
		got, err := r.read(t.Context(), int64(len(blob)), 0, -1, nil)
		if err != nil || !bytes.Equal(got, blob) || time.Since(begin) > 2*time.Second+time.Minute {
			t.Errorf("got %d bytes, %v after %v", len(got), err, time.Since(begin))
		}
		r.checkIdle(t)
	})
}

func TestReadAheadIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 256 << 10
		r := newRig(2, 2, block)
		blob := noise(10 * block)
		r.stage(t, blob)
		var mu sync.Mutex
		reads := 0
		for _, d := range r.drives {
			d.hooks.read = func() error { mu.Lock(); defer mu.Unlock(); reads++; return nil }
		}
		reader, err := r.set.NewReader(t.Context(), r.Geometry, int64(len(blob)), r.shards, nil)
		if err != nil {
			t.Fatal(err)
		}
		rr := reader.Range(0, -1)
		if err := rr.Start(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if reads != 6 {
			t.Errorf("got %d reads, want those of three blocks", reads)
		}
		got, err := io.ReadAll(rr)
		if err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		r.checkIdle(t)
	})
}

func TestReaderWorksWithMemoryForOneBlock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 2, block)
		blob := noise(5 * block)
		r.stage(t, blob)
		small := newSetWithMemory(r, 5<<19) // one block in its size class
		reader, err := small.NewReader(t.Context(), r.Geometry, int64(len(blob)), r.shards, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		got, err := io.ReadAll(reader.Range(0, -1))
		if err != nil || !bytes.Equal(got, blob) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
	})
}

func TestRangesOfOneReaderShareItsShards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 64 << 10
		r := newRig(2, 2, block)
		blob := noise(9 * block)
		r.stage(t, blob)
		var mu sync.Mutex
		opened := make(map[int]int)
		reader, err := r.set.NewReader(t.Context(), r.Geometry, int64(len(blob)), func(ctx context.Context, slot int) (drive.Reader, error) {
			mu.Lock()
			defer mu.Unlock()
			opened[slot]++
			return r.shards(ctx, slot)
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				rr := reader.Range(int64(i)*block, block+1)
				defer rr.Close()
				got, err := io.ReadAll(rr)
				if err != nil || !bytes.Equal(got, blob[i*block:(i+1)*block+1]) {
					t.Errorf("range %d: got %d bytes, %v", i, len(got), err)
				}
			})
		}
		all.Wait()
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		r.checkIdle(t)
		for slot, n := range opened {
			if n != 1 {
				t.Errorf("slot %d was opened %d times", slot, n)
			}
		}
	})
}

func TestImpossibleRanges(t *testing.T) {
	t.Parallel()
	r := newRig(2, 1, 1<<20)
	reader, err := r.set.NewReader(t.Context(), r.Geometry, 100, r.shards, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, tc := range [][2]int64{{-1, 1}, {0, 101}, {101, 0}, {101, -1}, {1, -2}, {1, 1<<63 - 1}, {1<<63 - 1, 1<<63 - 1}} {
		rr := reader.Range(tc[0], tc[1])
		if _, err := rr.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("%v: got %v from Read", tc, err)
		}
		if _, err := rr.WriteTo(io.Discard); err == nil {
			t.Errorf("%v: no error from WriteTo", tc)
		}
		if err := rr.Start(); err == nil {
			t.Errorf("%v: no error from Start", tc)
		}
	}
}

func TestImpossibleGeometries(t *testing.T) {
	t.Parallel()
	sound := newRig(2, 2, 1<<20)
	for name, tc := range map[string]struct {
		change func(*erasure.Geometry)
		size   int64
	}{
		"no data":           {func(g *erasure.Geometry) { g.Data = 0 }, 1},
		"negative parity":   {func(g *erasure.Geometry) { g.Parity = -2 }, 1},
		"huge":              {func(g *erasure.Geometry) { g.Data, g.Parity = 1<<40, 1<<62 }, 1},
		"more parity":       {func(g *erasure.Geometry) { g.Data, g.Parity = 1, 3 }, 1},
		"other breadth":     {func(g *erasure.Geometry) { g.Data, g.Dist = 3, []uint8{1, 2, 3, 4, 5} }, 1},
		"short dist":        {func(g *erasure.Geometry) { g.Dist = g.Dist[:3] }, 1},
		"double dist":       {func(g *erasure.Geometry) { g.Dist = []uint8{1, 1, 2, 3} }, 1},
		"zero dist":         {func(g *erasure.Geometry) { g.Dist = []uint8{0, 1, 2, 3} }, 1},
		"no block":          {func(g *erasure.Geometry) { g.BlockSize = 0 }, 1},
		"negative block":    {func(g *erasure.Geometry) { g.BlockSize = -1 << 63 }, 1},
		"huge block":        {func(g *erasure.Geometry) { g.BlockSize = 1 << 62 }, 1},
		"negative size":     {func(*erasure.Geometry) {}, -1},
		"size of all drive": {func(*erasure.Geometry) {}, 1<<63 - 1},
	} {
		g := sound.Geometry
		g.Dist = slices.Clone(g.Dist)
		tc.change(&g)
		if _, err := sound.set.NewReader(t.Context(), g, tc.size, sound.shards, nil); !errors.Is(err, erasure.ErrGeometry) {
			t.Errorf("%s: NewReader: got %v", name, err)
		}
		if _, err := sound.set.Decode(g, tc.size, make([][]byte, 4), nil); !errors.Is(err, erasure.ErrGeometry) {
			t.Errorf("%s: Decode: got %v", name, err)
		}
		if err := sound.set.Rebuild(t.Context(), g, tc.size, sound.shards, nil); !errors.Is(err, erasure.ErrGeometry) {
			t.Errorf("%s: Rebuild: got %v", name, err)
		}
		for slot, err := range sound.set.Verify(t.Context(), g, tc.size, sound.shards) {
			if !errors.Is(err, erasure.ErrGeometry) {
				t.Errorf("%s: Verify: slot %d: got %v", name, slot, err)
			}
		}
		if tc.size > 0 {
			if _, err := sound.set.NewWriter(t.Context(), g, staged, tc.size); !errors.Is(err, erasure.ErrGeometry) {
				t.Errorf("%s: NewWriter: got %v", name, err)
			}
		}
	}
}

func TestEndOfContextEndsReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 1 << 20
		r := newRig(2, 1, block)
		r.stage(t, noise(5*block))
		ctx, cancel := context.WithCancel(t.Context())
		hold := make(chan struct{})
		for _, d := range r.drives {
			d.hooks.read = func() error { <-hold; return nil }
		}
		reader, err := r.set.NewReader(ctx, r.Geometry, 5*block, r.shards, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, cancel)
		rr := reader.Range(0, -1)
		if _, err := rr.WriteTo(io.Discard); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		if err := rr.Start(); !errors.Is(err, context.Canceled) {
			t.Errorf("again: got %v, want %v", err, context.Canceled)
		}
		close(hold)
		r.checkIdle(t) // without Close: the context has ended
	})
}

func TestWriteToStopsWhereItsWriterFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const block = 64 << 10
		r := newRig(2, 1, block)
		blob := noise(5 * block)
		r.stage(t, blob)
		reader, err := r.set.NewReader(t.Context(), r.Geometry, int64(len(blob)), r.shards, nil)
		if err != nil {
			t.Fatal(err)
		}
		rr := reader.Range(0, -1)
		gone := errors.New("client went away")
		sink := &limitedWriter{left: 2*block + 7, err: gone}
		n, err := rr.WriteTo(sink)
		if n != 2*block+7 || err != gone {
			t.Errorf("got %d, %v, want %d, %v", n, err, 2*block+7, gone)
		}
		rest, err := io.ReadAll(rr) // what was not handed out is still there
		if err != nil || !bytes.Equal(rest, blob[2*block+7:]) {
			t.Errorf("got %d bytes, %v", len(rest), err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		r.checkIdle(t)
	})
}

type limitedWriter struct {
	left int
	err  error
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	if n < len(p) {
		return n, w.err
	}
	return n, nil
}
