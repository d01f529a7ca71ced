package store

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"strconv"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/compress"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// transform is what happens to an object's bytes between the client and the drives: first compression, then encryption.
type transform struct {
	compressed bool
	scheme     crypt.Scheme
	key        crypt.ObjectKey // when scheme is not None
	multipart  bool            // each part is a stream of its own
}

// newTransform decides how a new object is kept and writes what a reader will need into meta. size is -1 when unknown.
func (s *Store) newTransform(ctx context.Context, at spot, o objectlayer.PutOptions, size int64, multipart bool, meta map[string][]byte) (*transform, error) {
	t := &transform{multipart: multipart}
	how := crypt.Method{Multipart: multipart}
	switch e := o.Encryption; e.Scheme {
	case objectlayer.EncryptCustomer:
		if len(e.CustomerKey) != crypt.KeySize {
			return nil, at.fault("encrypt", objectlayer.KindCustomerKey, nil)
		}
		how.Scheme, how.ClientKey = crypt.SSEC, crypt.Key(e.CustomerKey)
	case objectlayer.EncryptS3:
		how.Scheme = crypt.SSES3
	case objectlayer.EncryptKMS:
		how.Scheme, how.KeyID, how.Context = crypt.SSEKMS, e.KeyID, e.Context
	}
	t.scheme = how.Scheme
	if !at.system() && s.options.Compression.Eligible(string(at.key()), o.ContentType, size, t.scheme != crypt.None) {
		t.compressed = true
		meta[xlmeta.KeyCompression] = []byte(xlmeta.CompressionS2)
	}
	if t.scheme == crypt.None {
		return t, nil
	}
	key, entries, err := crypt.Seal(ctx, s.options.KMS, at.place(), how)
	if err != nil {
		return nil, at.cryptFault("encrypt", err)
	}
	t.key = key
	for k, v := range entries {
		meta[k] = v
	}
	return t, nil
}

// openTransform is how an existing object is kept. customerKey is that of the request, nil when it has none.
func (s *Store) openTransform(ctx context.Context, at spot, o *xlmeta.Object, customerKey []byte) (*transform, error) {
	t := &transform{
		compressed: len(o.MetaSys[xlmeta.KeyCompression]) > 0,
		scheme:     crypt.SchemeOf(o.MetaSys),
		multipart:  crypt.IsMultipart(o.MetaSys),
	}
	if t.scheme != crypt.SSEC && len(customerKey) > 0 {
		return nil, at.fault("decrypt", objectlayer.KindCustomerKey, errors.New("object is not encrypted with a customer key"))
	}
	if t.scheme == crypt.None {
		return t, nil
	}
	var client *crypt.Key
	if len(customerKey) == crypt.KeySize {
		client = (*crypt.Key)(customerKey)
	}
	key, err := crypt.Unseal(ctx, s.options.KMS, at.place(), o.MetaSys, client)
	if err != nil {
		return nil, at.cryptFault("decrypt", err)
	}
	t.key = key
	return t, nil
}

// place is the name encryption is bound to: as the client knows it.
func (at spot) place() crypt.Place { return crypt.Place{Bucket: at.bucket, Key: string(at.key())} }

func (at spot) cryptFault(op string, err error) error {
	kind := objectlayer.KindInternal
	switch {
	case errors.Is(err, crypt.ErrNoKMS):
		kind = objectlayer.KindNoKMS
	case errors.Is(err, crypt.ErrKeyNotFound):
		kind = objectlayer.KindNoKey
	case errors.Is(err, crypt.ErrAccess): // another key than the object's
		kind = objectlayer.KindDenied
	case errors.Is(err, crypt.ErrNeedsClientKey):
		kind = objectlayer.KindCustomerKey
	}
	return at.fault(op, kind, err)
}

// streamKey is the key of the stream of one part.
func (t *transform) streamKey(part int) crypt.Key {
	if t.multipart {
		return t.key.Part(part)
	}
	return t.key.Key
}

// outward is the stream to be stored of one part.
type outward struct {
	io.Reader
	compressor *compress.Compressor
	encrypter  *crypt.Encrypter
}

func (t *transform) outward(src io.Reader, part int) *outward {
	out := &outward{Reader: src}
	if t.compressed {
		out.compressor = compress.Compress(out.Reader, t.scheme != crypt.None)
		out.Reader = out.compressor
	}
	if t.scheme != crypt.None {
		out.encrypter = crypt.Encrypt(out.Reader, t.streamKey(part))
		out.Reader = out.encrypter
	}
	return out
}

// close gives back what the stream holds.
func (o *outward) close() {
	if o.encrypter != nil {
		o.encrypter.Close()
	}
	if o.compressor != nil {
		o.compressor.Close()
	}
}

// part describes what was stored, once the stream is at its end.
func (t *transform) part(number int, stored int64, b *body, out *outward) (xlmeta.Part, error) {
	p := xlmeta.Part{Number: number, Size: stored, ActualSize: b.read}
	if !t.compressed {
		return p, nil
	}
	p.Index = out.compressor.Index()
	if len(p.Index) == 0 || t.scheme == crypt.None {
		return p, nil
	}
	sealed, err := t.key.SealIndex(p.Index)
	p.Index = sealed
	return p, err
}

// storedSize is how many bytes the stream of so many bytes will have, -1 when that cannot be told.
func (t *transform) storedSize(size int64) int64 {
	switch {
	case size < 0 || t.compressed:
		return -1
	case t.scheme != crypt.None:
		return crypt.EncryptedSize(size)
	default:
		return size
	}
}

// sealETag is the stored form of a body's digest.
func (t *transform) sealETag(sum [md5.Size]byte, announced bool) (string, error) {
	if t.scheme == crypt.None {
		return hex.EncodeToString(sum[:]), nil
	}
	return t.key.SealETag(crypt.PlainETag(t.scheme, sum, announced))
}

// sealChecksum is the stored form of a checksum value.
func (t *transform) sealChecksum(value []byte) ([]byte, error) {
	if t.scheme == crypt.None {
		return value, nil
	}
	return t.key.SealChecksum(value)
}

func (t *transform) openChecksum(value []byte) ([]byte, error) {
	if t.scheme == crypt.None {
		return value, nil
	}
	return t.key.OpenChecksum(value)
}

// actualSize is the size clients see.
func actualSize(o *xlmeta.Object) int64 {
	if text, ok := o.MetaSys[xlmeta.KeyActualSize]; ok {
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	total := int64(0)
	for _, p := range o.Parts {
		total += partSize(o, p)
	}
	return total
}

// partSize is the size of a part clients see. Parts of old encrypted objects do not tell it.
func partSize(o *xlmeta.Object, p xlmeta.Part) int64 {
	if p.ActualSize >= 0 && (p.ActualSize != p.Size || len(o.MetaSys[xlmeta.KeyCompression]) > 0) {
		return p.ActualSize
	}
	if crypt.SchemeOf(o.MetaSys) != crypt.None && len(o.MetaSys[xlmeta.KeyCompression]) == 0 {
		if n, err := crypt.DecryptedSize(p.Size); err == nil {
			return n
		}
	}
	return max(p.ActualSize, 0)
}
