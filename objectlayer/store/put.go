package store

import (
	"bytes"
	"context"
	"io"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Put implements objectlayer.Objects.
func (s *Store) Put(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, src io.Reader, size int64, o objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	state, err := s.writeTarget(ctx, b, k)
	if err != nil {
		return none, err
	}
	in, err := newBody(src, promise{size: size, md5: o.ContentMD5, checksum: o.Checksum, wantChecksum: o.WantChecksum})
	if err != nil {
		return none, err
	}
	at, err := s.place(ctx, b, k, size)
	if err != nil {
		return none, err
	}
	d, err := s.newDraft(ctx, at, state.rules, o, size, false)
	if err != nil {
		return none, err
	}
	if err := s.fill(ctx, d, in); err != nil {
		return none, err
	}
	if err := d.seal(in); err != nil {
		s.drop(at, d.blob)
		return none, err
	}
	return s.publish(ctx, d)
}

// writeTarget checks that an object of this name may be written.
func (s *Store) writeTarget(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key) (*bucketState, error) {
	if err := k.Check(); err != nil {
		return nil, err
	}
	if name := storedName(k); !(spot{bucket: string(b), name: name}).record().Valid() {
		return nil, &objectlayer.Error{Op: "write", Kind: objectlayer.KindKey, Bucket: b, Key: k}
	}
	return s.bucket(ctx, b)
}

// fill takes in the body of a plain put.
func (s *Store) fill(ctx context.Context, d *draft, in *body) error {
	out := d.transform.outward(in, 1)
	defer out.close()
	var stored int64
	var err error
	if s.inline(d) {
		stored, err = d.fillInline(out)
		d.object.MetaSys[xlmeta.KeyInlineData] = []byte(xlmeta.InlineTrue)
	} else {
		d.blob, stored, err = s.stage(ctx, d.at, d.geometry, partFile(1), d.transform.storedSize(d.size), out)
	}
	if err != nil {
		return err
	}
	part, err := d.transform.part(1, stored, in, out)
	if err != nil {
		s.drop(d.at, d.blob)
		return d.at.cryptFault("put", err)
	}
	d.object.Parts = []xlmeta.Part{part}
	d.object.Size = stored
	return nil
}

// inline tells whether the shards are small enough to be kept in the record. Where there are versions a record holds many,
// so the limit is an eighth.
func (s *Store) inline(d *draft) bool {
	if d.size < 0 {
		return false
	}
	limit := s.options.InlineBlock
	if d.state == objectlayer.VersioningEnabled {
		limit /= 8
	}
	return plainShard(d.geometry, d.size) <= limit
}

// plainShard is the size of each shard of so many bytes, without hashes.
func plainShard(g erasure.Geometry, size int64) int64 {
	scheme := code.Scheme{Geometry: topology.Geometry{Data: g.Data, Parity: g.Parity}, BlockBytes: g.BlockSize}
	return scheme.PlainBytes(size)
}

// fillInline reads the whole stream and cuts it for the drives.
func (d *draft) fillInline(out *outward) (int64, error) {
	var buf bytes.Buffer
	buf.Grow(int(d.size) + 512)
	if _, err := buf.ReadFrom(out); err != nil {
		return 0, d.at.writable("put", err)
	}
	frames, err := d.at.set.Encode(d.geometry, buf.Bytes())
	if err != nil {
		return 0, d.at.fault("put", objectlayer.KindInternal, err)
	}
	d.blob.inline = frames
	return int64(buf.Len()), nil
}
