package compress

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/klauspost/compress/s2"
)

// maxBlockSize is the largest block the format allows. We write 1 MiB and read all.
const maxBlockSize = 4 << 20

// streamIdentifier is the chunk every stream begins with.
const streamIdentifier = "\xff\x06\x00\x00S2sTwO"

// Decompressor reads a window of a stream and yields the plaintext range it was made for. It is for one goroutine and starts
// none. It holds up to twice the largest block it has seen (9 MiB at most) until it has reported the end or an error, or is
// closed.
type Decompressor struct {
	s2   *s2.Reader // nil once given back
	skip int64
	left int64
	err  error
}

// Decoders wait here for their next use. This is a cache and carries no state from one user to the next.
var decoders sync.Pool

func borrowDecoder() *s2.Reader {
	if r, ok := decoders.Get().(*s2.Reader); ok {
		return r
	}
	return s2.NewReader(nil, s2.ReaderMaxBlockSize(maxBlockSize), s2.ReaderAllocBlock(64<<10))
}

// Decompress returns the range of win. src must begin at win.Start of the stream; it is not read beyond what the range needs,
// and need not end there. A stream that ends earlier or is damaged is ErrCorrupt; errors of src are passed on.
func Decompress(src io.Reader, win Window) *Decompressor {
	r := borrowDecoder()
	if win.Start > 0 {
		src = io.MultiReader(strings.NewReader(streamIdentifier), src)
	}
	r.Reset(src)
	return &Decompressor{s2: r, skip: win.Skip, left: win.Length}
}

// Read implements io.Reader.
func (d *Decompressor) Read(p []byte) (int, error) {
	if d.err == nil && d.left == 0 {
		d.fail(io.EOF)
	}
	if d.err != nil {
		return 0, d.err
	}
	if d.skip > 0 {
		if err := d.s2.Skip(d.skip); err != nil {
			return 0, d.fail(err)
		}
		d.skip = 0
	}
	n, err := d.s2.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	if err != nil && d.left > 0 {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return n, d.fail(err)
	}
	return n, nil
}

// fail notes how reading ends and gives the decoder back.
func (d *Decompressor) fail(err error) error {
	d.err = err
	for _, cause := range []error{s2.ErrCorrupt, s2.ErrCRC, s2.ErrUnsupported} {
		if errors.Is(err, cause) {
			d.err = fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		d.err = fmt.Errorf("%w: stream ends early", ErrCorrupt)
	}
	d.release()
	return d.err
}

// Close gives the buffers back; it does not close the source. Reading afterwards is an error.
func (d *Decompressor) Close() error {
	if d.err == nil {
		d.err = fs.ErrClosed
	}
	d.release()
	return nil
}

func (d *Decompressor) release() {
	if d.s2 == nil {
		return
	}
	d.s2.Reset(nil)
	// One that has met larger blocks than we write is not worth keeping.
	if d.s2.GetBufferCapacity() <= s2.MaxEncodedLen(blockSize)+4 {
		decoders.Put(d.s2)
	}
	d.s2 = nil
}
