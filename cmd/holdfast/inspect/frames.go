package inspect

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/holdfast-io/holdfast/erasure/bitrot"
	"github.com/holdfast-io/holdfast/erasure/code"
)

// schemeOf is the code of a version whose numbers were read from a drive.
func schemeOf(data, parity int, blockSize int64) (code.Scheme, error) {
	s := code.Scheme{BlockBytes: blockSize}
	s.Data, s.Parity = data, parity
	return s, s.Validate()
}

// frameChecker compares shards with the hashes in them. It is for one goroutine.
type frameChecker struct {
	progress *Progress
	buf      []byte // as long as the longest frame so far, which a scheme bounds
}

// check reads a shard, which must have the size of its layout and every frame its hash.
func (c *frameChecker) check(ctx context.Context, shard io.ReaderAt, size int64, layout bitrot.Layout) error {
	if want := layout.FileBytes(); size != want {
		return fmt.Errorf("%d bytes instead of %d", size, want)
	}
	for i := range layout.Frames() {
		if err := ctx.Err(); err != nil {
			return err
		}
		offset, length := layout.Frame(i)
		if int64(len(c.buf)) < length {
			c.buf = make([]byte, length)
		}
		if _, err := shard.ReadAt(c.buf[:length], offset); err != nil {
			return fmt.Errorf("frame %d of %d: %w", i+1, layout.Frames(), err)
		}
		if _, err := bitrot.Open(c.buf[:length]); err != nil {
			return fmt.Errorf("frame %d of %d does not have its hash", i+1, layout.Frames())
		}
		c.progress.Bytes.Add(length)
	}
	return nil
}

// checkFile verifies the file of one part on one drive. It returns its size.
func checkFile(ctx context.Context, d *disk, name string, scheme code.Scheme, partBytes int64, frames *frameChecker) (int64, error) {
	f, size, err := d.open(name)
	if absent(err) {
		return 0, fs.ErrNotExist
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return size, frames.check(ctx, f, size, scheme.Layout(partBytes))
}
