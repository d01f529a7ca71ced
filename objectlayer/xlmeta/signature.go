package xlmeta

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
	"github.com/tinylib/msgp/msgp"
	"github.com/zeebo/xxh3"
)

// A signature stands for what all drives must agree on about a version: the
// encoded body without what differs between drives (the shard number) and
// without its maps, whose order is random; the maps come in through a digest
// that does not depend on order. See docs/format/xl-meta.md.

const (
	userSeed  = 0xc2b40bbac11a7295
	sysSeed   = 0x1bbc7e1dde654743
	keySalt   = 0x4ee3bbaf7ab2506b
	valueSalt = 0x8da4c8da66194257
)

func (o *Object) signature() [4]byte {
	return o.signatureWith(len(o.Parts) > 0)
}

// signatureWith signs an object whose encoding has actual sizes, or has not.
func (o *Object) signatureWith(actualSizes bool) [4]byte {
	agreed := *o
	agreed.Index, agreed.MetaSys, agreed.MetaUser = 0, nil, nil
	var space [512]byte
	sum := xxhash.Sum64(agreed.appendMap(space[:0], actualSizes))
	return fold(sum ^ digestUser(o.MetaUser) ^ digestSys(o.MetaSys))
}

func (d *DeleteMarker) signature() [4]byte {
	var space [64]byte
	agreed := d.appendIdentity(msgp.AppendMapHeader(space[:0], 2))
	return fold(xxhash.Sum64(agreed) ^ digestSys(d.MetaSys))
}

func (l *Legacy) signature() [4]byte {
	agreed := *l
	agreed.Index, agreed.Release, agreed.Meta = 0, "", nil
	return fold(xxhash.Sum64(agreed.appendMap(nil)) ^ digestUser(l.Meta))
}

func digestUser(m map[string]string) uint64 {
	sum := uint64(userSeed)
	for key, value := range m {
		sum ^= (xxh3.HashString(key) ^ keySalt) + (xxh3.HashString(value) ^ valueSalt)
	}
	return sum
}

func digestSys(m map[string][]byte) uint64 {
	sum := uint64(sysSeed)
	for key, value := range m {
		sum ^= (xxh3.HashString(key) ^ keySalt) + (xxh3.Hash(value) ^ valueSalt)
	}
	return sum
}

// fold makes four bytes of a 64 bit hash.
func fold(sum uint64) (signature [4]byte) {
	binary.LittleEndian.PutUint32(signature[:], uint32(sum^sum>>32))
	return signature
}
