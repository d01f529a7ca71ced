package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// maxDocument bounds the documents that are put together in memory, in bytes.
const maxDocument = 64 << 20

// content puts the bytes of one version together from the shards that are sound, and opens them if they are encrypted with a
// key of the KMS. It is for documents of the system volume; they are never compressed.
func (r *record) content(ctx context.Context, id xlmeta.VersionID, o *xlmeta.Object, kms crypt.KMS) ([]byte, error) {
	if o.Size > maxDocument {
		return nil, fmt.Errorf("%d bytes are too many to show", o.Size)
	}
	if _, compressed := o.MetaSys[xlmeta.KeyCompression]; compressed {
		return nil, errors.New("it is compressed")
	}
	scheme, err := schemeOf(o.Data, o.Parity, o.BlockSize)
	if err != nil {
		return nil, err
	}
	coder, err := code.New(scheme)
	if err != nil {
		return nil, err
	}
	var stored bytes.Buffer
	for _, p := range o.Parts {
		shards := r.openShards(id, o, p.Number)
		err := joinPart(ctx, &stored, coder, p.Size, shards)
		closeShards(shards)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", partName(p.Number), err)
		}
	}
	if crypt.SchemeOf(o.MetaSys) == crypt.None {
		return stored.Bytes(), nil
	}
	return r.decrypt(ctx, o, stored.Bytes(), kms)
}

// shardFile is a shard wherever it lies.
type shardFile interface {
	io.ReaderAt
	io.Closer
}

type inlineShard struct{ *bytes.Reader }

func (inlineShard) Close() error { return nil }

// openShards opens the shards of a part, by shard number from zero; nil where there is none.
func (r *record) openShards(id xlmeta.VersionID, o *xlmeta.Object, part int) []shardFile {
	shards := make([]shardFile, len(o.Dist))
	for slot, at := range r.set.slots {
		if at.disk == nil || slot >= len(o.Dist) {
			continue
		}
		number := o.Dist[slot] - 1
		if o.Inline() {
			if raw, err := at.disk.readFile(path.Join(r.path(), recordName), maxRecord); err == nil {
				shards[number] = inlineOf(raw, id)
			}
			continue
		}
		if f, _, err := at.disk.open(path.Join(r.path(), o.DataDir.String(), partName(part))); err == nil {
			shards[number] = f
		}
	}
	return shards
}

func inlineOf(raw []byte, id xlmeta.VersionID) shardFile {
	j, err := xlmeta.DecodeHeaders(raw)
	if err != nil {
		return nil
	}
	shard, ok := j.Inline(id)
	if !ok {
		return nil
	}
	return inlineShard{bytes.NewReader(shard)}
}

func closeShards(shards []shardFile) {
	for _, s := range shards {
		if s != nil {
			s.Close()
		}
	}
}

// joinPart writes a part, block by block.
func joinPart(ctx context.Context, w *bytes.Buffer, coder *code.Coder, size int64, shards []shardFile) error {
	if size == 0 {
		return nil
	}
	capacity := min(size, coder.BlockBytes)
	window, err := coder.NewWindow(make([]byte, coder.MemoryBytes(capacity)), capacity)
	if err != nil {
		return err
	}
	layout := coder.Layout(size)
	for i := range coder.Blocks(size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := window.Lay(coder.Block(i, size)); err != nil {
			return err
		}
		offset, _ := layout.Frame(i)
		var have code.Shards
		for number, s := range shards {
			if s == nil {
				continue
			}
			if _, err := s.ReadAt(window.Frame(0, number), offset); err == nil && window.Verify(0, number) == nil {
				have = have.With(number)
			}
		}
		if err := window.Rebuild(0, have, code.FirstShards(coder.Data)); err != nil {
			return err
		}
		for piece := range window.Data(0, window.Len()) {
			w.Write(piece)
		}
	}
	return nil
}

// decrypt opens an object that was stored in one piece under a key of the KMS.
func (r *record) decrypt(ctx context.Context, o *xlmeta.Object, stored []byte, kms crypt.KMS) ([]byte, error) {
	if kms == nil {
		return nil, crypt.ErrNoKMS
	}
	key, err := crypt.Unseal(ctx, kms, crypt.Place{Bucket: r.volume, Key: keyOf(r.name)}, o.MetaSys, nil)
	if err != nil {
		return nil, err
	}
	plain := crypt.Decrypt(bytes.NewReader(stored), key.Key)
	defer plain.Close()
	return io.ReadAll(plain)
}
