package store

import (
	"context"
	"errors"
	"io"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/compress"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// content yields a stretch of a version's bytes, part after part. For plain bytes it is a pass from shard readers to the
// receiver; decryption and decompression are stages in between.
type content struct {
	store  *Store
	ctx    context.Context
	f      *found
	part   int   // index of the part to open next
	skip   int64 // bytes of that part to leave out
	left   int64 // bytes still to come
	stage  stage // the part being read; nil between parts
	closed bool
}

// stage is one part's stream from its outermost reader down.
type stage []io.Closer

func (st stage) reader() io.Reader { return st[len(st)-1].(io.Reader) }

func (st stage) close() {
	for i := len(st) - 1; i >= 0; i-- {
		st[i].Close()
	}
}

func (s *Store) content(ctx context.Context, f *found, offset, length int64) *content {
	c := &content{store: s, ctx: ctx, f: f, skip: offset, left: length}
	for c.part < len(f.object.Parts) {
		size := partSize(&f.object, f.object.Parts[c.part])
		if c.skip < size {
			break
		}
		c.skip -= size
		c.part++
	}
	return c
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	for c.left > 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
		n, err := c.stage.reader().Read(p[:min(int64(len(p)), c.left)])
		c.left -= int64(n)
		if errors.Is(err, io.EOF) {
			c.endPart()
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.EOF
}

// WriteTo implements io.WriterTo.
func (c *content) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for c.left > 0 {
		if err := c.next(); err != nil {
			return written, err
		}
		n, err := c.copyPart(w)
		written += n
		c.left -= n
		if err != nil {
			return written, err
		}
		c.endPart()
	}
	return written, nil
}

// copyPart copies what is wanted of the open part.
func (c *content) copyPart(w io.Writer) (int64, error) {
	r := c.stage.reader()
	if wt, ok := r.(io.WriterTo); ok {
		return wt.WriteTo(w)
	}
	return io.Copy(w, io.LimitReader(r, c.left))
}

// Close implements io.Closer.
func (c *content) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	c.endPart()
	c.left = 0
	if c.f.inFiles() {
		c.store.unpin(c.f.at, c.f.object.DataDir)
	}
	return nil
}

func (c *content) endPart() {
	if c.stage != nil {
		c.stage.close()
		c.stage = nil
	}
}

// next opens the next part unless one is open.
func (c *content) next() error {
	if c.stage != nil {
		return nil
	}
	if c.part >= len(c.f.object.Parts) {
		return io.ErrUnexpectedEOF // the parts are shorter than the object says
	}
	p := c.f.object.Parts[c.part]
	length := min(partSize(&c.f.object, p)-c.skip, c.left)
	st, err := c.open(p, c.skip, length)
	if err != nil {
		return c.f.at.readable("read", err)
	}
	c.stage = st
	c.part++
	c.skip = 0
	return nil
}

// open builds the stages that yield length bytes from offset of a part, as clients count them.
func (c *content) open(p xlmeta.Part, offset, length int64) (stage, error) {
	f := c.f
	blob, err := f.at.set.NewReader(c.ctx, geometryOf(&f.object), p.Size, c.store.shards(f, p), func(slot int, err error) {
		c.store.damaged(f, slot, err)
	})
	if err != nil {
		return nil, err
	}
	if !f.transform.compressed {
		return c.decrypted(blob, p, offset, length)
	}
	return c.decompressed(blob, p, offset, length)
}

// decrypted builds the stages that yield a stretch of what was encrypted.
func (c *content) decrypted(blob *erasure.Reader, p xlmeta.Part, offset, length int64) (stage, error) {
	if c.f.transform.scheme == crypt.None {
		return stage{blob, blob.Range(offset, length)}, nil
	}
	size, err := crypt.DecryptedSize(p.Size)
	if err != nil {
		return nil, err
	}
	span, err := crypt.SpanOf(size, offset, length)
	if err != nil {
		return nil, err
	}
	stored := blob.Range(span.Offset, span.Length)
	return stage{blob, stored, crypt.DecryptSpan(stored, c.f.transform.streamKey(p.Number), span)}, nil
}

// decompressed builds the stages that yield a stretch of what was compressed.
func (c *content) decompressed(blob *erasure.Reader, p xlmeta.Part, offset, length int64) (stage, error) {
	t := c.f.transform
	size := p.Size
	index := p.Index
	var err error
	if t.scheme != crypt.None {
		if size, err = crypt.DecryptedSize(p.Size); err != nil {
			return nil, err
		}
		if len(index) > 0 {
			if index, err = t.key.OpenIndex(index); err != nil {
				return nil, err
			}
		}
	}
	win, err := compress.Locate(index, partSize(&c.f.object, p), size, offset, length)
	if err != nil && !errors.Is(err, compress.ErrIndex) { // without its index a stream is read from the start
		return nil, err
	}
	st, err := c.decrypted(blob, p, win.Start, win.End-win.Start)
	if err != nil {
		return nil, err
	}
	return append(st, compress.Decompress(st.reader(), win)), nil
}

// shards opens the version's shard of a part on one drive.
func (s *Store) shards(f *found, p xlmeta.Part) erasure.Shards {
	return func(ctx context.Context, slot int) (drive.Reader, error) {
		j := f.rec.answers[slot].journal
		if j == nil || f.standing.slots&(1<<slot) == 0 {
			return nil, drive.ErrNotFound
		}
		entry, ok := f.entry(j)
		if !ok {
			return nil, drive.ErrNotFound
		}
		if o, err := entry.Object(); err != nil || o.Index != int(f.object.Dist[slot]) {
			return nil, drive.ErrCorrupt // a shard of another drive, or a record that was misdirected
		}
		if f.object.Inline() {
			frames, ok := j.Inline(f.standing.ID)
			if !ok {
				return nil, drive.ErrNotFound
			}
			return erasure.InlineShard(frames), nil
		}
		file := partFile(p.Number)
		r, err := f.at.set.Drive(slot).Open(ctx, f.at.path().Join(f.object.DataDir.String(), file))
		if errors.Is(err, drive.ErrNotFound) {
			if moved := s.pins.where(f.at, f.object.DataDir); moved != "" { // replaced while it is read
				return f.at.set.Drive(slot).Open(ctx, moved.Join(file))
			}
		}
		return r, err
	}
}

// entry is the version in one drive's journal.
func (f *found) entry(j *xlmeta.Journal) (xlmeta.Version, bool) {
	v, ok := j.Find(f.standing.ID)
	return v, ok && sameVersion(v.Header, f.standing.Header)
}

// damaged is told of a shard that is missing or rotten.
func (s *Store) damaged(f *found, slot int, err error) {
	s.log.Debug("shard damaged", "bucket", f.at.bucket, "key", f.at.name, "slot", slot, "err", err)
	s.missed.damaged(f.at)
}
