// Package checksum is the checksums of S3 objects: which there are, what a request asks for, how those of parts become that
// of an object, and the bytes in which they are kept. It reads no object data; callers feed a [hash.Hash].
//
// # Two types
//
// A checksum of an object is either over its bytes ([FullObject]), or over the checksums of its parts ([Composite]). An
// object stored in one piece has the first. For one stored in parts it depends: CRC-64/NVME is always of the full object,
// SHA-1 and SHA-256 are always composite, and with CRC-32 and CRC-32C the client chooses. That of a full object is computed
// from the parts' without reading them again, because a CRC is linear.
//
//	req, err := checksum.ParseRequest(header)        // what the client announced
//	h := req.Algorithm.New()                         // hash the body, compare with req.Sum
//	...
//	v, err := checksum.Assemble(checksum.CRC32, checksum.FullObject, parts)
//	stored, err := v.Append(nil)                     // kept with the object
//
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html. The stored form is
// described in docs/format/checksum.md.
package checksum

import "errors"

var (
	// ErrAlgorithm means that an algorithm is not one of the five.
	ErrAlgorithm = errors.New("unknown checksum algorithm")
	// ErrType means that a checksum type is unknown or not possible with the algorithm.
	ErrType = errors.New("checksum type is unknown or does not go with the algorithm")
	// ErrMultiple means that a request has more than one checksum, or names different algorithms.
	ErrMultiple = errors.New("more than one checksum in a request")
	// ErrValue means that the text of a checksum is not base64 of the right length.
	ErrValue = errors.New("malformed checksum value")
	// ErrCorrupt means that a stored value is damaged.
	ErrCorrupt = errors.New("stored checksum is damaged")
	// ErrParts means that checksums of parts do not make up one of an object.
	ErrParts = errors.New("checksums of parts cannot be put together")
)
