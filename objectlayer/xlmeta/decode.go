package xlmeta

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Decode reads an xl.meta of any version and checks all of it, down to each
// version's metadata. The Journal does not refer to b.
//
// The error is [ErrCorrupt], or [ErrUnsupported] for formats that do not exist
// yet.
func Decode(b []byte) (*Journal, error) {
	j, err := DecodeHeaders(bytes.Clone(b))
	if err != nil {
		return nil, err
	}
	for _, v := range j.versions {
		if err := v.check(); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// DecodeHeaders reads an xl.meta of any version as far as is needed to know
// which versions there are: the container with its checksum, the headers, and
// where each version's metadata and inline data lie. Metadata is decoded and
// checked when a [Version] is asked for it.
//
// The Journal and its Versions read from b for as long as they live: b must not
// be changed or reused until then. Values decoded from a Version ([Object] and
// the like) do not refer to b. Errors are as with [Decode].
func DecodeHeaders(b []byte) (*Journal, error) {
	if len(b) < prefixSize || string(b[:len(magic)]) != magic {
		return nil, corruptf("starts with %q in %d bytes", b[:min(len(b), prefixSize)], len(b))
	}
	if string(b[:prefixSize]) == textPrefix {
		return decodeMap(b[prefixSize:])
	}
	major, minor := binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:])
	if major != containerMajor || minor > containerMinor {
		return nil, unsupportedf("container %d.%d", major, minor)
	}
	rest := b[prefixSize:]
	switch minor {
	case 0:
		return decodeMap(rest)
	case 1:
		return decodeContainer(rest, false, decodeMap)
	case 2:
		return decodeContainer(rest, true, decodeMap)
	default:
		return decodeContainer(rest, true, decodePayload)
	}
}

// MetadataSize says how many bytes from its start an xl.meta takes without its
// inline data, given at least its first 13 bytes. A reader that wants no inline
// data may give just these to [DecodeHeaders]; a journal that was decoded so
// has lost its inline data and must not be written back. It is not ok when the
// whole file has to be read: containers before 1.3, and what is no xl.meta.
func MetadataSize(prefix []byte) (size int64, ok bool) {
	if len(prefix) < payloadStart || string(prefix[:prefixSize]) != currentPrefix || prefix[prefixSize] != msgpBin32 {
		return 0, false
	}
	return payloadStart + int64(binary.BigEndian.Uint32(prefix[prefixSize+1:])) + trailerSize, true
}

// currentPrefix begins a container 1.3.
const currentPrefix = magic + "\x01\x00\x03\x00"

// decodeContainer reads what follows the prefix: a payload in a bin, since 1.2
// its checksum, and the inline section.
func decodeContainer(b []byte, summed bool, decode func([]byte) (*Journal, error)) (*Journal, error) {
	r := reader{b: b}
	payload := r.bin()
	if summed {
		if want, got := r.uint32(), checksum(payload); r.err == nil && want != got {
			r.fail("checksum %08x, payload has %08x", want, got)
		}
	}
	if r.err != nil {
		return nil, corruptf("container: %w", r.err)
	}
	j, err := decode(payload)
	if err != nil {
		return nil, err
	}
	j.inline = r.b
	if err := j.inline.check(); err != nil {
		return nil, err
	}
	return j, nil
}

// minVersionSize is less than any version takes in a payload: a header of the
// shortest form has 24 bytes, the metadata is at least empty.
const minVersionSize = 24

// decodePayload reads the versions of a container 1.3.
func decodePayload(payload []byte) (*Journal, error) {
	r := reader{b: payload}
	headers, metadata, count := r.uint64(), r.uint64(), r.int()
	switch {
	case r.err != nil:
		return nil, corruptf("payload: %w", r.err)
	case headers < 1 || headers > headerVersion || metadata < 1 || metadata > metadataVersion:
		return nil, unsupportedf("header version %d, metadata version %d", headers, metadata)
	case count < 0 || count > int64(len(r.b)/minVersionSize):
		return nil, corruptf("payload: %d versions in %d bytes", count, len(r.b))
	}
	j := &Journal{versions: make([]Version, count)}
	for i := range j.versions {
		v := &j.versions[i]
		header := r.bin()
		v.meta = r.bin()
		if r.err != nil {
			return nil, corruptf("version %d of %d: %w", i+1, count, r.err)
		}
		if err := v.decodeHeader(header, headers); err != nil {
			return nil, fmt.Errorf("version %d of %d: %w", i+1, count, err)
		}
		if err := v.repair(metadata); err != nil {
			return nil, fmt.Errorf("version %d of %d: %w", i+1, count, err)
		}
	}
	if err := r.done(); err != nil {
		return nil, corruptf("payload: %w", err)
	}
	return j, nil
}

// headerFields has the length of a header's array by header version.
var headerFields = [...]int{1: 4, 2: 5, 3: 7}

// decodeHeader reads one header. Where the old form lacks a signature it is
// made from the metadata.
func (v *Version) decodeHeader(b []byte, version uint64) error {
	r := reader{b: b}
	if n := r.arrayLen(1); r.err == nil && n != headerFields[version] {
		r.fail("%d fields", n)
	}
	r.fixed(v.ID[:])
	v.ModTime = r.int()
	if version > 1 {
		r.fixed(v.Signature[:])
	}
	v.Type = Type(r.uint8())
	v.Flags = Flags(r.uint8())
	if version > 2 {
		v.Parity = r.uint8()
		v.Data = r.uint8()
	}
	if err := r.done(); err != nil {
		return corruptf("header: %w", err)
	}
	if !v.Type.valid() {
		return corruptf("header: %v", v.Type)
	}
	if version == 1 {
		return v.derive()
	}
	return nil
}
