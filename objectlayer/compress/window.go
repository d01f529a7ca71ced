package compress

import (
	"fmt"

	"github.com/klauspost/compress/s2"
)

// Window is the bytes of a stream that hold a range of its plaintext.
type Window struct {
	Start, End int64 // offsets in the stream
	Skip       int64 // plaintext bytes at Start that lie before the range
	Length     int64 // of the range, in bytes of plaintext
}

// Locate returns the window of length bytes from offset, in a stream of storedSize bytes that holds plainSize. With an index
// (without its frame, as it is stored) it is as small as the index allows; without one it runs from the start of the stream
// to its end. An index that is damaged or not of this stream gives the same, and ErrIndex. A range that leaves the plaintext
// is ErrRange.
func Locate(index []byte, plainSize, storedSize, offset, length int64) (Window, error) {
	if offset < 0 || length < 0 || offset > plainSize || length > plainSize-offset {
		return Window{}, fmt.Errorf("%w: %d bytes at %d of %d", ErrRange, length, offset, plainSize)
	}
	whole := Window{End: storedSize, Skip: offset, Length: length}
	if length == 0 {
		return Window{}, nil
	}
	if len(index) == 0 {
		return whole, nil
	}
	var table s2.Index
	if rest, err := table.Load(s2.RestoreIndexHeaders(index)); err != nil || len(rest) > 0 {
		return whole, fmt.Errorf("%w: %d bytes do not parse", ErrIndex, len(index))
	}
	if table.TotalUncompressed != plainSize {
		return whole, fmt.Errorf("%w: it is of %d bytes, not of %d", ErrIndex, table.TotalUncompressed, plainSize)
	}
	start, plainStart, err := table.Find(offset)
	if err != nil || plainStart > offset || start > storedSize {
		return whole, fmt.Errorf("%w: it has byte %d at %d of %d", ErrIndex, offset, start, storedSize)
	}
	end := endOf(&table, offset+length, storedSize)
	if end <= start {
		return whole, fmt.Errorf("%w: it has bytes %d to %d between %d and %d", ErrIndex, offset, offset+length, start, end)
	}
	return Window{Start: start, End: end, Skip: offset - plainStart, Length: length}, nil
}

// endOf returns where in the stream an indexed block begins that lies at plainEnd or soon after, or the end of the stream.
// The index can only be asked for the last entry up to an offset, hence the search with growing steps.
func endOf(table *s2.Index, plainEnd, storedSize int64) int64 {
	for step := int64(0); step <= table.TotalUncompressed-plainEnd; step = max(2*step, blockSize) {
		at, plainAt, err := table.Find(plainEnd + step)
		if err != nil {
			break
		}
		if plainAt >= plainEnd {
			return min(at, storedSize)
		}
	}
	return storedSize
}
