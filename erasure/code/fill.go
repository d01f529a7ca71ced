package code

import (
	"io"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
)

// Fill reads length bytes of the part straight into the data shards and lays the window out for as
// many as came. Fewer than length without an error mean that r has ended there. An
// error is ErrLength or that of r; the window holds what came before it.
func (w *Window) Fill(r io.Reader, length int64) (int64, error) {
	if err := w.Lay(length); err != nil {
		return 0, err
	}
	filled, err := w.readData(r)
	if filled < length {
		w.shrink(filled)
	}
	if err == io.EOF {
		err = nil
	}
	return filled, err
}

// readData fills the data shards of the window as it is laid out. io.EOF means that r has ended
// before they were full.
func (w *Window) readData(r io.Reader) (int64, error) {
	filled := int64(0)
	for filled < w.length {
		n, err := readFull(r, w.piece(filled))
		filled += int64(n)
		if err != nil {
			return filled, err
		}
	}
	return filled, nil
}

// readFull fills p. Unlike [io.ReadFull] it passes on the errors of r as they are: an
// io.ErrUnexpectedEOF of r says that a client has gone away in the middle, and must not be mixed up
// with the end of what it sent.
func readFull(r io.Reader, p []byte) (int, error) {
	n, idle := 0, 0
	for n < len(p) {
		read, err := r.Read(p[n:])
		n += read
		if n == len(p) {
			break
		}
		if err != nil {
			return n, err
		}
		if read > 0 {
			idle = 0
		} else if idle++; idle == maxIdleReads {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

// maxIdleReads is how often a reader may return neither bytes nor an error.
const maxIdleReads = 100

// shrink lays the window out for fewer bytes than it was filled for. Whole blocks stay where they are.
// In a block that became shorter the shards become shorter too, so that its bytes move: byte
// j of the block, at j%old in data shard j/old, goes to j%new in data shard j/new. That is never a
// lower shard, because new <= old; and going through the target shards from the last to the
// first, no byte is overwritten before it has moved.
func (w *Window) shrink(length int64) {
	block := length / w.coder.BlockBytes
	rest := length % w.coder.BlockBytes
	oldBytes := w.coder.ShardBytes(w.coder.Block(block, w.length))
	offset, _ := w.coder.Layout(w.length).Frame(block)
	w.length = length
	newBytes := w.coder.ShardBytes(rest)
	if rest == 0 || oldBytes == newBytes {
		return
	}
	for target := (rest - 1) / newBytes; target >= 0; target-- {
		first, end := target*newBytes, min((target+1)*newBytes, rest)
		for end > first {
			source := (end - 1) / oldBytes
			from := max(first, source*oldBytes)
			to := w.chunkAt(offset, target)[from-first:]
			copy(to[:end-from], w.chunkAt(offset, source)[from-source*oldBytes:])
			end = from
		}
	}
}

// chunkAt is the rest of the slot of a shard from the chunk of the frame at offset on.
func (w *Window) chunkAt(offset, shard int64) []byte {
	slot := shard * int64(w.stride)
	return w.memory[slot+offset+bitrot.HashBytes : slot+int64(w.stride)]
}
