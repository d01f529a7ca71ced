package xlmeta

import (
	"bytes"
	"slices"

	"github.com/tinylib/msgp/msgp"
)

// metaSys takes a map of text to bytes, nil for nil. The values share one copy
// of the encoded map.
func (r *reader) metaSys() map[string][]byte {
	if r.isNil() {
		return nil
	}
	raw := r.raw()
	sub := reader{b: bytes.Clone(raw), err: r.err}
	n := sub.mapLen()
	m := make(map[string][]byte, n)
	for ; n > 0 && sub.err == nil; n-- {
		key := internKey(sub.key())
		value := sub.bin()
		m[key] = value[:len(value):len(value)]
	}
	r.err = sub.err
	return m
}

// metaUser takes a map of text to text, nil for nil. Keys and values share one
// copy of the encoded map.
func (r *reader) metaUser() map[string]string {
	if r.isNil() {
		return nil
	}
	raw := r.raw()
	sub := reader{b: raw, err: r.err}
	n := sub.mapLen()
	m := make(map[string]string, n)
	all := string(raw)
	// shared gives the text that lies just before what sub has yet to read.
	shared := func(size int) string {
		end := len(all) - len(sub.b)
		return all[end-size : end]
	}
	for ; n > 0 && sub.err == nil; n-- {
		key := shared(len(sub.key()))
		m[key] = shared(len(sub.text()))
	}
	r.err = sub.err
	return m
}

// appendMetaSys writes m by ascending key; nil stays nil.
func appendMetaSys(b []byte, m map[string][]byte) []byte {
	if m == nil {
		return msgp.AppendNil(b)
	}
	var space [usualKeys]string
	b = msgp.AppendMapHeader(b, uint32(len(m)))
	for _, key := range sortedKeys(space[:0], m) {
		b = appendBytesField(b, key, m[key])
	}
	return b
}

// appendMetaUser writes m by ascending key; nil stays nil.
func appendMetaUser(b []byte, m map[string]string) []byte {
	if m == nil {
		return msgp.AppendNil(b)
	}
	var space [usualKeys]string
	b = msgp.AppendMapHeader(b, uint32(len(m)))
	for _, key := range sortedKeys(space[:0], m) {
		b = appendTextField(b, key, m[key])
	}
	return b
}

// usualKeys is a number of keys that few maps exceed.
const usualKeys = 16

// sortedKeys makes equal maps have equal encodings.
func sortedKeys[V any](keys []string, m map[string]V) []string {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
