package erasure

import (
	"bytes"
	"fmt"
	"io"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Encode returns the framed shard of each slot for a small blob, all in memory: the very bytes a shard file would hold. The
// shards of an empty blob are nil. They share one allocation, about Shards/Data times the blob, and belong to the caller.
func (s *Set) Encode(g Geometry, blob []byte) ([][]byte, error) {
	size := int64(len(blob))
	coder, err := s.coder(g, size)
	if err != nil {
		return nil, err
	}
	shards := make([][]byte, s.Size())
	if size == 0 {
		return shards, nil
	}
	w, err := coder.NewWindow(make([]byte, coder.MemoryBytes(size)), size)
	if err != nil {
		return nil, err
	}
	if _, err := w.Fill(bytes.NewReader(blob), size); err != nil {
		return nil, err
	}
	if err := w.Encode(); err != nil {
		return nil, err
	}
	for slot := range shards {
		w.Seal(g.shard(slot))
		shards[slot] = w.Run(g.shard(slot))
	}
	return shards, nil
}

// Decode is the inverse of Encode: it returns the blob of size bytes, a slice of its own, whose shards by slot are given; a
// shard that is not at hand is nil. Shards that are not as they were written are left out and told to damaged, which may be nil;
// parity is looked at only when data is missing. With fewer than ReadQuorum sound shards in any block the error is a *QuorumError.
func (s *Set) Decode(g Geometry, size int64, shards [][]byte, damaged func(slot int, err error)) ([]byte, error) {
	coder, err := s.coder(g, size)
	if err != nil {
		return nil, err
	}
	if len(shards) != s.Size() {
		return nil, fmt.Errorf("erasure: %d shards for %d slots", len(shards), s.Size())
	}
	d := decoder{coder: coder, size: size, layout: coder.Layout(size), shards: shards, slots: g.slots(), errs: make([]error, len(shards))}
	whole := d.present()
	if whole == 0 && size > 0 { // before size, which comes from a drive, is believed
		return nil, s.missed(&QuorumError{Need: coder.Data, Errs: d.errs})
	}
	blob, sound := d.join(whole)
	if !sound {
		blob, err = d.rebuild(whole)
	}
	for slot, e := range d.errs {
		if e != nil && shards[slot] != nil {
			s.counts.damagedShards.Add(1)
			if damaged != nil {
				damaged(slot, e)
			}
		}
	}
	s.counts.rebuiltBlocks.Add(d.rebuilt)
	return blob, s.missed(err)
}

// decoder is one call of Decode.
type decoder struct {
	coder   *code.Coder
	size    int64
	layout  bitrot.Layout
	shards  [][]byte // by slot
	slots   []int    // by shard
	errs    []error  // by slot
	rebuilt int64
}

// present is the set of shards that have their exact length.
func (d *decoder) present() code.Shards {
	var whole code.Shards
	want := d.layout.FileBytes()
	for shard, slot := range d.slots {
		switch got := int64(len(d.shards[slot])); {
		case got == want:
			whole = whole.With(shard)
		case d.shards[slot] == nil:
			d.errs[slot] = drive.ErrNotFound
		default:
			d.errs[slot] = wrongLength(got, want)
		}
	}
	return whole
}

// join puts the blob together from its data shards alone, the usual case. It gives up at the first that is not sound.
func (d *decoder) join(whole code.Shards) (blob []byte, sound bool) {
	if code.FirstShards(d.coder.Data)&^whole != 0 {
		return nil, false
	}
	blob = make([]byte, 0, d.size)
	for block := range d.coder.Blocks(d.size) {
		rest := d.coder.Block(block, d.size)
		for shard := range d.coder.Data {
			piece, err := bitrot.Open(d.frame(block, shard))
			if err != nil {
				return nil, false
			}
			blob = append(blob, piece[:min(rest, int64(len(piece)))]...)
			rest -= min(rest, int64(len(piece)))
		}
	}
	return blob, true
}

// rebuild puts the blob together from whatever is sound, block by block.
func (d *decoder) rebuild(whole code.Shards) ([]byte, error) {
	blob := make([]byte, 0, d.size)
	capacity := min(d.size, d.coder.BlockBytes)
	w, err := d.coder.NewWindow(make([]byte, d.coder.MemoryBytes(capacity)), capacity)
	if err != nil {
		return nil, err
	}
	for block := range d.coder.Blocks(d.size) {
		if err := w.Lay(d.coder.Block(block, d.size)); err != nil {
			return nil, err
		}
		sound := d.load(w, block, whole)
		if sound.Count() < d.coder.Data {
			return nil, &QuorumError{Need: d.coder.Data, Got: sound.Count(), Errs: d.errs}
		}
		if err := w.Rebuild(0, sound, code.FirstShards(d.coder.Data)); err != nil {
			return nil, err
		}
		if code.FirstShards(d.coder.Data)&^sound != 0 {
			d.rebuilt++
		}
		for piece := range w.Data(0, w.Len()) {
			blob = append(blob, piece...)
		}
	}
	return blob, nil
}

// load copies the frames of one block into w and tells which are sound.
func (d *decoder) load(w *code.Window, block int64, whole code.Shards) code.Shards {
	var sound code.Shards
	for shard := range whole.All() {
		copy(w.Frame(0, shard), d.frame(block, shard))
		if err := w.Verify(0, shard); err != nil {
			d.errs[d.slots[shard]] = rotten(err)
			continue
		}
		sound = sound.With(shard)
	}
	return sound
}

func (d *decoder) frame(block int64, shard int) []byte {
	offset, length := d.layout.Frame(block)
	return d.shards[d.slots[shard]][offset:][:length]
}

// wrongLength and rotten say what is wrong with a shard in the words of package drive.
func wrongLength(got, want int64) error {
	return fmt.Errorf("%w: shard of %d bytes, want %d", drive.ErrCorrupt, got, want)
}

func rotten(err error) error { return fmt.Errorf("%w: %w", drive.ErrCorrupt, err) }

// InlineShard is a shard that is in memory already. b is lent until Close.
func InlineShard(b []byte) drive.Reader { return inlineShard{bytes.NewReader(b)} }

type inlineShard struct{ b *bytes.Reader }

func (s inlineShard) Size() int64  { return s.b.Size() }
func (s inlineShard) Close() error { return nil }

func (s inlineShard) ReadAt(p []byte, offset int64) (int, error) { return s.b.ReadAt(p, offset) }

var _ io.ReaderAt = inlineShard{}
