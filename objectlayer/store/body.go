package store

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"hash"
	"io"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
)

// body is what a client sends, counted and digested on its way in. It reports io.EOF only when everything the client
// announced turned out true, so that whoever reads it to the end may store what came.
type body struct {
	src  io.Reader
	size int64 // announced, -1 when unknown
	read int64
	end  error // what every Read returns from now on

	md5       hash.Hash
	sum       hash.Hash // the additional checksum, nil when none is wanted
	algorithm checksum.Algorithm

	wantMD5   []byte
	checksum  objectlayer.Checksum
	wantValue func() string
}

// promise is what a client announced about a body.
type promise struct {
	size         int64
	md5          []byte
	checksum     objectlayer.Checksum
	wantChecksum func() string
}

func newBody(src io.Reader, p promise) (*body, error) {
	if p.size > objectlayer.MaxObjectSize {
		return nil, fail("read body", objectlayer.KindTooLarge, nil)
	}
	b := &body{src: src, size: p.size, md5: md5.New(), wantMD5: p.md5, checksum: p.checksum, wantValue: p.wantChecksum}
	if p.checksum.Algorithm != "" {
		a, err := checksum.ParseAlgorithm(p.checksum.Algorithm)
		if err != nil {
			return nil, &objectlayer.Error{Op: "read body", Kind: objectlayer.KindArgument, Detail: "checksum algorithm", Err: err}
		}
		b.sum, b.algorithm = a.New(), a
	}
	return b, nil
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.end != nil {
		return 0, b.end
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.src.Read(p)
	b.read += int64(n)
	if b.size >= 0 && b.read > b.size || b.read > objectlayer.MaxObjectSize {
		b.end = fail("read body", objectlayer.KindTooLarge, nil)
		return 0, b.end
	}
	b.md5.Write(p[:n])
	if b.sum != nil {
		b.sum.Write(p[:n])
	}
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		b.end = b.verify()
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.end = fail("read body", objectlayer.KindIncomplete, err)
	default:
		b.end = err
	}
	return n, b.end
}

// verify compares what came with what was announced. It returns io.EOF when all is well.
func (b *body) verify() error {
	if b.size >= 0 && b.read < b.size {
		return fail("read body", objectlayer.KindIncomplete, nil)
	}
	if b.wantMD5 != nil && !bytes.Equal(b.wantMD5, b.md5.Sum(nil)) {
		return fail("read body", objectlayer.KindDigest, nil)
	}
	if b.sum == nil {
		return io.EOF
	}
	got := base64.StdEncoding.EncodeToString(b.sum.Sum(nil))
	want := b.checksum.Value
	if b.wantValue != nil {
		want = b.wantValue()
	}
	if want != "" && want != got {
		return &objectlayer.Error{Op: "read body", Kind: objectlayer.KindChecksum, Detail: b.checksum.Algorithm}
	}
	b.checksum.Value = got
	return io.EOF
}

// digest is the MD5 of what came. It is complete after io.EOF.
func (b *body) digest() (sum [md5.Size]byte) {
	b.md5.Sum(sum[:0])
	return sum
}
