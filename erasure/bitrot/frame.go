package bitrot

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/minio/highwayhash"
)

// HashBytes is the length of the hash in front of each chunk.
const HashBytes = highwayhash.Size

// ErrCorrupt is returned for a frame whose chunk does not have the hash in front of it, or that
// is too short to hold one.
var ErrCorrupt = errors.New("bitrot: corrupt frame")

// key is the key of the format. It is itself the HighwayHash-256, under a key of zeros, of the
// first hundred decimals of pi written as text.
var key = [32]byte{
	0x4b, 0xe7, 0x34, 0xfa, 0x8e, 0x23, 0x8a, 0xcd, 0x26, 0x3e, 0x83, 0xe6, 0xbb, 0x96, 0x85, 0x52,
	0x04, 0x0f, 0x93, 0x5d, 0xa3, 0x9f, 0x44, 0x14, 0x97, 0xe0, 0x9d, 0x13, 0x22, 0xde, 0x36, 0xa0,
}

// Sum is the hash of a chunk.
func Sum(chunk []byte) [HashBytes]byte {
	return highwayhash.Sum(chunk, key[:])
}

// Seal writes the hash of the chunk that begins at frame[HashBytes] into the room in front of
// it. A frame without that room is left alone: [Open] will not take it for sound.
func Seal(frame []byte) {
	if len(frame) < HashBytes {
		return
	}
	sum := Sum(frame[HashBytes:])
	copy(frame, sum[:])
}

// Open checks a frame as it came from a drive and returns its chunk, a slice of frame. All errors
// are ErrCorrupt.
func Open(frame []byte) (chunk []byte, err error) {
	if len(frame) < HashBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(frame))
	}
	chunk = frame[HashBytes:]
	sum := Sum(chunk)
	if !bytes.Equal(sum[:], frame[:HashBytes]) {
		return nil, fmt.Errorf("%w: chunk of %d bytes does not match its hash", ErrCorrupt, len(chunk))
	}
	return chunk, nil
}
