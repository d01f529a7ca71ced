package code

import (
	"errors"
	"fmt"
)

// ErrTooFewShards is returned when a block cannot be had back from the shards at hand.
var ErrTooFewShards = errors.New("code: too few shards")

// Encode pads the data shards of all blocks and computes the parity shards from them. The frames
// are complete but for their hashes then; see [Window.Seal].
func (w *Window) Encode() error {
	for block := range w.Blocks() {
		w.pad(block)
		if w.coder.Parity == 0 {
			continue
		}
		if err := w.coder.matrix.Encode(w.shardsOf(block)); err != nil {
			return fmt.Errorf("encode %v: %w", w.coder.Scheme, err)
		}
	}
	return nil
}

// pad clears what the data shards of a block hold beyond the end of the block.
func (w *Window) pad(block int) {
	rest := w.coder.Block(int64(block), w.length)
	for i := range w.coder.Data {
		shard := w.Shard(block, i)
		used := min(rest, int64(len(shard)))
		clear(shard[used:])
		rest -= used
	}
}

// Rebuild computes the wanted shards of one block from those at hand, which must be verified.
// Shards in neither set are not touched, wanted ones that are at hand neither. The frames of
// what was rebuilt lack their hashes; see [Window.Seal]. With fewer than Data shards at hand, and
// others wanted, the error is ErrTooFewShards.
//
// To read a block, want the data shards its bytes lie in: FirstShards(Data) for all. To
// heal a drive, want the shard it should hold.
func (w *Window) Rebuild(block int, have, want Shards) error {
	all := FirstShards(w.coder.Shards())
	have, want = have&all, want&all
	if want&^have == 0 {
		return nil
	}
	if have.Count() < w.coder.Data {
		return fmt.Errorf("%w: %d of %v", ErrTooFewShards, have.Count(), w.coder.Geometry)
	}
	shards := w.shardsOf(block)
	for i := range shards {
		w.wanted[i] = want.Has(i)
		if !have.Has(i) {
			shards[i] = shards[i][:0] // of full capacity, so the result lands in the window
		}
	}
	if err := w.coder.matrix.ReconstructSome(shards, w.wanted[:len(shards)]); err != nil {
		return fmt.Errorf("rebuild shards of %v: %w", w.coder.Scheme, err)
	}
	return nil
}

// shardsOf lists all shards of a block. The slice is valid until the next call.
func (w *Window) shardsOf(block int) [][]byte {
	shards := w.shards[:w.coder.Shards()]
	for i := range shards {
		shards[i] = w.Shard(block, i)
	}
	return shards
}
