// Package compress stores objects in less space. It decides which objects are worth it, makes the stream of a part, and
// reads ranges of it. It stores nothing and knows no request.
//
// A compressed part is an S2 stream (https://github.com/klauspost/compress/tree/master/s2#stream-format): a stream
// identifier, then chunks, each a block of 1 MiB of plaintext compressed by itself and with its CRC-32C. Old objects have
// the Snappy framing of the same format; [Decompress] reads both.
//
// Compression comes before encryption. An encrypted part is padded, so that its length tells less.
//
// # Ranges
//
// A part of more than 8 MiB has an index: where in the stream every so many blocks begin. It is kept beside the part, with
// its frame cut off, and is optional: without it reading begins at the start of the part. [Locate] answers with a [Window]:
// which bytes of the stream are needed, and how much of what they hold comes before the range.
//
//	c := compress.Compress(body, encrypted)
//	n, err := io.Copy(part, c)               // then c.Index() and c.PlainSize() go to the metadata of the part
//	...
//	win, err := compress.Locate(index, plainSize, storedSize, offset, length)
//	r := compress.Decompress(stored, win)    // stored begins at win.Start
//
// # Traps
//
// A stream that is cut off between two chunks looks complete by itself; [Decompress] knows how many bytes are to come and
// reports it. Blocks that lie wholly before the range may be passed over without a look at their CRC.
//
// The format is described in docs/format/compression.md.
package compress

import "errors"

// Names and values in the internal metadata of an object version.
const (
	// MetaKey is the entry that marks an object as compressed; its value is one of the two below.
	MetaKey = "X-Minio-Internal-compression"
	// MetaActualSize is the entry with the size before compression, in decimal.
	MetaActualSize = "X-Minio-Internal-actual-size"
	// S2 marks an object compressed by this package.
	S2 = "klauspost/compress/s2"
	// LegacySnappy marks an object with Snappy framing, which is only read.
	LegacySnappy = "golang/snappy/LZ77"
)

var (
	// ErrCorrupt means that a stream is damaged, cut off, or not of this format.
	ErrCorrupt = errors.New("compressed data is damaged")
	// ErrIndex means that an index is damaged or belongs to another stream. The data can be read without it.
	ErrIndex = errors.New("compression index is damaged")
	// ErrRange means that a range does not lie inside the plaintext.
	ErrRange = errors.New("range outside the plaintext")
)

// Readable reports whether the value of [MetaKey] names a format that [Decompress] reads.
func Readable(algorithm string) bool { return algorithm == S2 || algorithm == LegacySnappy }
