package xlmeta

import "fmt"

// maxShards bounds Data+Parity: shard numbers are bytes.
const maxShards = 255

// check tells what is wrong with o, be it read or about to be written.
func (o *Object) check() error {
	if err := checkErasure(o.Data, o.Parity, o.Index, o.Dist); err != nil {
		return err
	}
	if o.BlockSize <= 0 {
		return fmt.Errorf("block size %d", o.BlockSize)
	}
	if o.ModTime <= 0 {
		return fmt.Errorf("modification time %d", o.ModTime)
	}
	if o.Size < 0 {
		return fmt.Errorf("size %d", o.Size)
	}
	for _, p := range o.Parts {
		if p.Number <= 0 || p.Size < 0 {
			return fmt.Errorf("part %d of %d bytes", p.Number, p.Size)
		}
	}
	return nil
}

// checkErasure looks at the erasure numbers of one drive's copy.
func checkErasure(data, parity, index int, dist []uint8) error {
	if data <= 0 || parity < 0 || parity > data || data > maxShards || data+parity > maxShards {
		return fmt.Errorf("%d data and %d parity blocks", data, parity)
	}
	shards := data + parity
	if index < 1 || index > shards {
		return fmt.Errorf("shard %d of %d", index, shards)
	}
	if len(dist) != shards {
		return fmt.Errorf("distribution over %d drives for %d shards", len(dist), shards)
	}
	var seen [maxShards + 1]bool
	for _, shard := range dist {
		if shard < 1 || int(shard) > shards || seen[shard] {
			return fmt.Errorf("distribution %d is no permutation", dist)
		}
		seen[shard] = true
	}
	return nil
}
