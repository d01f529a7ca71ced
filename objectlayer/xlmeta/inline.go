package xlmeta

import (
	"slices"

	"github.com/tinylib/msgp/msgp"
)

// inlineVersion is the first byte of an inline section.
const inlineVersion = 1

// inlineSection is the tail of an xl.meta as bytes: nothing, or inlineVersion
// and a msgpack map of version ids to shards. It is replaced, never written to.
type inlineSection []byte

// inlineEntry is one shard with its key, as it lies in a section.
type inlineEntry struct {
	key   []byte
	value []byte
	raw   []byte // key and value encoded
}

// open begins to read the entries. The reader fails on what is no section.
func (s inlineSection) open() (r reader, entries int) {
	if len(s) == 0 {
		return r, 0
	}
	r.b = s[1:]
	if s[0] != inlineVersion {
		r.fail("inline section version %d", s[0])
	}
	return r, r.mapLen()
}

// inlineEntry takes the next entry.
func (r *reader) inlineEntry() (e inlineEntry) {
	before := r.b
	e.key = r.text()
	e.value = slices.Clip(r.bin())
	e.raw = before[:len(before)-len(r.b)]
	return e
}

// check reads s to its end. Bytes after the map are borne with: the section has
// no checksum of its own, and they harm nobody.
func (s inlineSection) check() error {
	r, n := s.open()
	for ; n > 0 && r.err == nil; n-- {
		r.inlineEntry()
	}
	if r.err != nil {
		return corruptf("inline data: %w", r.err)
	}
	return nil
}

func (s inlineSection) find(key string) ([]byte, bool) {
	r, n := s.open()
	for range n {
		if e := r.inlineEntry(); string(e.key) == key {
			return e.value, true
		}
	}
	return nil, false
}

// with gives s with value as the one entry of key, or without any when value is
// nil. The other entries keep their order and encoding. A section without
// entries is no section.
func (s inlineSection) with(key string, value []byte) inlineSection {
	count, size := s.others(key)
	if value != nil {
		count++
		size += len(key) + len(value) + 2*maxPrefix
	}
	if count == 0 {
		return nil
	}
	out := append(make(inlineSection, 0, size+1+maxPrefix), inlineVersion)
	out = msgp.AppendMapHeader(out, uint32(count))
	r, n := s.open()
	for range n {
		if e := r.inlineEntry(); string(e.key) != key {
			out = append(out, e.raw...)
		}
	}
	if value != nil {
		out = appendBytesField(out, key, value)
	}
	return out
}

// maxPrefix is the longest encoding of a length in msgpack.
const maxPrefix = 5

// others counts the entries that are not of key, and their bytes.
func (s inlineSection) others(key string) (count, size int) {
	r, n := s.open()
	for range n {
		if e := r.inlineEntry(); string(e.key) != key {
			count++
			size += len(e.raw)
		}
	}
	return count, size
}
