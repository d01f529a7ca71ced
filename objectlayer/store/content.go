package store

import (
	"bytes"
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
		if err != nil {
			return n, c.f.at.readable("read", err)
		}
		if n > 0 {
			return n, nil
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
			return written, c.f.at.readable("read", err)
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
	c.store.release(c.f)
	return nil
}

// start fetches the first bytes, so that a caller learns that they cannot be had before it has promised anything.
func (c *content) start() error {
	if c.left == 0 {
		return nil
	}
	if err := c.next(); err != nil {
		return err
	}
	for _, st := range c.stage {
		if r, ok := st.(interface{ Start() error }); ok {
			if err := r.Start(); err != nil {
				return c.f.at.readable("read", err)
			}
		}
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
	src, err := c.stored(p)
	if err != nil {
		return nil, err
	}
	if !c.f.transform.compressed {
		return c.decrypted(src, p, offset, length)
	}
	return c.decompressed(src, p, offset, length)
}

// stored is a part's bytes as they are kept, to be read by range.
type stored interface {
	io.Closer
	section(offset, length int64) io.ReadCloser
}

// stored finds a part's bytes: in the records, where all of them are put together at once, or in files.
func (c *content) stored(p xlmeta.Part) (stored, error) {
	f := c.f
	if f.object.Inline() {
		data, err := c.inline(p)
		return memory(data), err
	}
	blob, err := f.at.set.NewReader(c.ctx, geometryOf(&f.object), p.Size, f.shards(p), c.damaged)
	return files{blob}, err
}

// damaged is told of a shard that is missing or rotten. What a drive finds that was asked before and answers after the end is
// of no interest: the version may be gone.
func (c *content) damaged(slot int, err error) {
	f := c.f
	if f.released.Load() {
		return
	}
	c.store.log.Debug("shard damaged", "bucket", f.at.bucket, "key", f.at.name, "slot", slot, "err", err)
	c.store.missed.damaged(f.at)
}

// inline puts the bytes together that are kept in records: of the drives that were heard, and if that is not enough of all.
func (c *content) inline(p xlmeta.Part) ([]byte, error) {
	f := c.f
	frames := make([][]byte, len(f.rec.answers))
	heard := true
	for slot, a := range f.rec.answers {
		frames[slot] = f.frames(slot, a)
		heard = heard && a.err != errNotHeard
	}
	g := geometryOf(&f.object)
	data, err := f.at.set.Decode(g, p.Size, frames, c.damaged)
	if err == nil || heard {
		return data, err
	}
	f.at.set.Each(c.ctx, func(ctx context.Context, slot int, d drive.Drive) error {
		if f.rec.answers[slot].err == errNotHeard {
			frames[slot] = f.frames(slot, ask(ctx, d, f.at.record()))
		}
		return nil
	})
	return f.at.set.Decode(g, p.Size, frames, c.damaged)
}

// memory is stored bytes that are at hand.
type memory []byte

func (m memory) Close() error { return nil }

func (m memory) section(offset, length int64) io.ReadCloser {
	if offset < 0 || offset > int64(len(m)) {
		return nopCloser{bytes.NewReader(nil)}
	}
	return nopCloser{bytes.NewReader(m[offset:min(offset+length, int64(len(m)))])}
}

// nopCloser keeps WriteTo, which io.NopCloser hides from type assertions on the concrete reader.
type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// files is stored bytes in shard files.
type files struct{ *erasure.Reader }

func (b files) section(offset, length int64) io.ReadCloser { return b.Range(offset, length) }

// decrypted builds the stages that yield a stretch of what was encrypted.
func (c *content) decrypted(src stored, p xlmeta.Part, offset, length int64) (stage, error) {
	if c.f.transform.scheme == crypt.None {
		return stage{src, src.section(offset, length)}, nil
	}
	size, err := crypt.DecryptedSize(p.Size)
	if err != nil {
		return nil, err
	}
	span, err := crypt.SpanOf(size, offset, length)
	if err != nil {
		return nil, err
	}
	sealed := src.section(span.Offset, span.Length)
	return stage{src, sealed, crypt.DecryptSpan(sealed, c.f.transform.streamKey(p.Number), span)}, nil
}

// decompressed builds the stages that yield a stretch of what was compressed.
func (c *content) decompressed(src stored, p xlmeta.Part, offset, length int64) (stage, error) {
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
	st, err := c.decrypted(src, p, win.Start, win.End-win.Start)
	if err != nil {
		return nil, err
	}
	return append(st, compress.Decompress(st.reader(), win)), nil
}

// shards opens the version's shard of a part on one drive.
func (f *found) shards(p xlmeta.Part) erasure.Shards {
	return func(ctx context.Context, slot int) (drive.Reader, error) {
		a := f.rec.answers[slot]
		if a.err == errNotHeard {
			a = ask(ctx, f.at.set.Drive(slot), f.at.record())
		}
		entry, err := f.own(slot, a)
		if err != nil {
			return nil, err
		}
		if f.object.Inline() {
			frames, ok := a.journal.Inline(entry.ID)
			if !ok {
				return nil, drive.ErrNotFound
			}
			return erasure.InlineShard(frames), nil
		}
		file, err := f.at.set.Drive(slot).Open(ctx, f.at.data(f.object.DataDir).Join(partFile(p.Number)))
		if f.pins != nil && errors.Is(err, drive.ErrNotFound) {
			if moved := f.pins.where(f.at, f.object.DataDir); moved != "" { // replaced while it is read
				return f.at.set.Drive(slot).Open(ctx, moved.Join(partFile(p.Number)))
			}
		}
		return file, err
	}
}

// own is the version as one drive has it, if what lies there is the shard that belongs there.
func (f *found) own(slot int, a answer) (xlmeta.Version, error) {
	if a.journal == nil {
		return xlmeta.Version{}, a.err
	}
	for _, entry := range a.journal.Versions() {
		if !sameVersion(entry.Header, f.standing.Header) {
			continue
		}
		o, err := entry.Object()
		if err != nil || o.DataDir != f.object.DataDir || o.Index != int(f.object.Dist[slot]) {
			return entry, drive.ErrCorrupt // a shard of another drive, or a record that was misdirected
		}
		return entry, nil
	}
	return xlmeta.Version{}, drive.ErrNotFound
}

// frames is the version's shard in one drive's record, nil where it is not.
func (f *found) frames(slot int, a answer) []byte {
	entry, err := f.own(slot, a)
	if err != nil {
		return nil
	}
	frames, _ := a.journal.Inline(entry.ID)
	return frames
}
