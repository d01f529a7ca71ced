package compress

import (
	"bytes"
	"io"
	"io/fs"
	"sync"

	"github.com/klauspost/compress/s2"
)

const (
	blockSize = 1 << 20
	// padMultiple is what the length of a padded stream is a multiple of, in bytes.
	padMultiple = 256
	// indexOver is the size of plaintext above which a part keeps its index, in bytes.
	indexOver = 8 << 20
	readSize  = 64 << 10
)

// Compressor reads a plaintext and yields its S2 stream. It is for one goroutine and starts none. It holds about 4 MiB until
// it has reported the end or an error, or is closed.
type Compressor struct {
	src   io.Reader
	enc   *encoder // nil once given back
	plain int64
	index []byte
	err   error // what Read reports once enc.out is empty; nil while there is more to compress
}

// encoder is the part of a Compressor that is worth using again.
type encoder struct {
	home *sync.Pool
	s2   *s2.Writer
	in   []byte
	out  bytes.Buffer // compressed and not yet read
}

// Encoders wait here for their next use. These are caches and carry no state from one user to the next.
var (
	plainEncoders  sync.Pool
	paddedEncoders sync.Pool
)

func borrowEncoder(padded bool) *encoder {
	home := &plainEncoders
	if padded {
		home = &paddedEncoders
	}
	e, ok := home.Get().(*encoder)
	if !ok {
		options := []s2.WriterOption{s2.WriterBlockSize(blockSize), s2.WriterConcurrency(1)}
		if padded {
			options = append(options, s2.WriterPadding(padMultiple))
		}
		e = &encoder{home: home, s2: s2.NewWriter(nil, options...), in: make([]byte, readSize)}
	}
	e.out.Reset()
	e.s2.Reset(&e.out)
	return e
}

// Compress returns the stream of what src yields. A padded stream has a length that is a multiple of 256 bytes, the rest
// being random: for data that is encrypted next. An empty source gives an empty stream. Errors of src are passed on as they
// are, and then the stream so far is worthless.
func Compress(src io.Reader, padded bool) *Compressor {
	return &Compressor{src: src, enc: borrowEncoder(padded)}
}

// Read implements io.Reader.
func (c *Compressor) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if c.enc != nil && c.enc.out.Len() > 0 {
			return c.enc.out.Read(p)
		}
		if c.err != nil {
			c.release()
			return 0, c.err
		}
		c.err = c.fill()
	}
	return 0, nil
}

// fill feeds the encoder until it has made a block or the source has ended, which it reports as io.EOF.
func (c *Compressor) fill() error {
	for idle := 0; c.enc.out.Len() == 0; {
		n, err := c.src.Read(c.enc.in)
		c.plain += int64(n)
		if _, err := c.enc.s2.Write(c.enc.in[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			return c.finish()
		}
		if err != nil {
			return err
		}
		if n > 0 {
			idle = 0
		} else if idle++; idle > 100 {
			return io.ErrNoProgress
		}
	}
	return nil
}

// finish writes the last block and the padding, and takes the index.
func (c *Compressor) finish() error {
	index, err := c.enc.s2.CloseIndex()
	if err != nil {
		return err
	}
	if c.plain > indexOver {
		c.index = bytes.Clone(s2.RemoveIndexHeaders(index))
	}
	return io.EOF
}

// PlainSize returns how many bytes of plaintext have been read: all of them once Read has reported io.EOF.
func (c *Compressor) PlainSize() int64 { return c.plain }

// Index returns the index of the stream without its frame, as it is stored, once Read has reported io.EOF. It is nil for a
// plaintext of at most 8 MiB.
func (c *Compressor) Index() []byte { return c.index }

// Close gives the buffers back; it does not close the source. Reading afterwards is an error.
func (c *Compressor) Close() error {
	if c.err == nil || c.enc != nil {
		c.err = fs.ErrClosed
	}
	c.release()
	return nil
}

func (c *Compressor) release() {
	if c.enc != nil {
		c.enc.s2.Reset(nil)
		c.enc.home.Put(c.enc)
		c.enc = nil
	}
}
