package store

import (
	"context"
	"io"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// maxPartSize is S3's limit.
const maxPartSize = 5 << 30

// PutPart implements objectlayer.Uploads.
func (s *Store) PutPart(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, src io.Reader, size int64, o objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	none := objectlayer.PartInfo{}
	if number < 1 || number > objectlayer.MaxPartNumber {
		return none, &objectlayer.Error{Op: "put part", Kind: objectlayer.KindArgument, Bucket: b, Key: k, Detail: "partNumber"}
	}
	if size > maxPartSize {
		return none, &objectlayer.Error{Op: "put part", Kind: objectlayer.KindTooLarge, Bucket: b, Key: k}
	}
	u, err := s.upload(ctx, b, k, id)
	if err != nil {
		return none, err
	}
	t, err := s.openTransform(ctx, u.final, &u.object, o.Encryption.CustomerKey)
	if err != nil {
		return none, err
	}
	if o.Checksum.Algorithm, err = u.checksum(o.Checksum.Algorithm); err != nil {
		return none, err
	}
	in, err := newBody(src, promise{size: size, md5: o.ContentMD5, checksum: o.Checksum, wantChecksum: o.WantChecksum})
	if err != nil {
		return none, err
	}
	bl, note, err := s.stagePart(ctx, u, t, number, size, in, o.ContentMD5 != nil)
	if err != nil {
		return none, err
	}
	lease, err := s.lockUpload(ctx, u)
	if err != nil {
		s.drop(u.at, bl)
		return none, err
	}
	if err := s.putPart(ctx, lease, u, bl, note); err != nil {
		return none, err
	}
	return u.part(note, t)
}

// putPart brings a staged part into the upload, under a lease that it takes over. Where an older part of the number goes in
// its favour and more than half of the drives are needed to read, the older one is put aside until the new one stands, as in
// a careful commit.
func (s *Store) putPart(ctx context.Context, lease *lock.Lease, u *upload, bl blob, note xlmeta.PartMeta) error {
	g := geometryOf(&u.object)
	old := &partState{number: note.Number}
	if u.wide() {
		var err error
		if old, err = s.partState(ctx, u, note.Number); err != nil {
			lease.Release()
			s.drop(u.at, bl)
			return err
		}
	}
	raw := note.Append(nil)
	file, beside := partFile(note.Number), partNote(note.Number)
	return s.apply(ctx, lease, u.at, g.WriteQuorum(), func(slot int) []drive.Edit {
		if bl.missing(slot) {
			return nil
		}
		var edits []drive.Edit
		if old.inDir(slot) {
			edits = append(edits, drive.Move(u.dir().Join(file), u.spare(note.Number).Join(file)),
				drive.Move(u.dir().Join(beside), u.spare(note.Number).Join(beside)))
		}
		return append(edits, drive.Move(bl.staged, u.dir().Join(file)), drive.Write(u.dir().Join(beside), raw))
	}, func(took slots) func() {
		return func() {
			s.clear(u.at, bl.leftovers(), took.has)
			if old.note != nil && took.count() >= g.WriteQuorum() {
				s.clear(u.at, []drive.Path{u.spare(note.Number)}, nil)
			}
		}
	})
}

// checksum is the algorithm of a part's checksum: that of the upload, which the client may repeat but not change.
func (u *upload) checksum(asked string) (string, error) {
	agreed := u.object.MetaUser[metaUploadSum]
	if asked == "" || agreed == "" || strings.EqualFold(asked, agreed) {
		return max(asked, agreed), nil
	}
	return "", &objectlayer.Error{Op: "put part", Kind: objectlayer.KindArgument, Bucket: objectlayer.Bucket(u.final.bucket),
		Key: u.final.key(), Detail: "checksum algorithm differs from the upload's"}
}

// stagePart takes in a part's body and says what it is.
func (s *Store) stagePart(ctx context.Context, u *upload, t *transform, number int, size int64, in *body, announced bool) (blob, xlmeta.PartMeta, error) {
	out := t.outward(in, number)
	defer out.close()
	bl, stored, err := s.stage(ctx, u.final, geometryOf(&u.object), "", t.storedSize(size), out)
	if err != nil {
		return blob{}, xlmeta.PartMeta{}, err
	}
	part, err := t.part(number, stored, in, out)
	var etag string
	if err == nil {
		etag, err = t.sealETag(in.digest(), announced)
	}
	if err != nil {
		s.drop(u.final, bl)
		return blob{}, xlmeta.PartMeta{}, u.final.cryptFault("put part", err)
	}
	note := xlmeta.PartMeta{ETag: etag, Number: number, Size: stored, ActualSize: in.read, ModTime: s.options.Now().UTC(), Index: part.Index}
	if in.sum != nil {
		note.Checksums = map[string]string{in.checksum.Algorithm: in.checksum.Value}
	}
	return bl, note, nil
}

// part is what clients are told of a part.
func (u *upload) part(note xlmeta.PartMeta, t *transform) (objectlayer.PartInfo, error) {
	var key crypt.ObjectKey
	if t != nil {
		key = t.key
	}
	etag, err := crypt.VisibleETag(crypt.SchemeOf(u.object.MetaSys), note.ETag, key)
	if err != nil {
		return objectlayer.PartInfo{}, u.final.cryptFault("part", err)
	}
	info := objectlayer.PartInfo{Number: note.Number, Size: note.ActualSize, ETag: objectlayer.ETag(etag), ModTime: note.ModTime.UTC()}
	if info.Size < 0 {
		info.Size = note.Size
	}
	for algorithm, value := range note.Checksums {
		info.Checksum = objectlayer.Checksum{Algorithm: algorithm, Value: value}
	}
	return info, nil
}

// sealer opens the key of an upload as far as that goes without the customer's key, which visible ETags never need.
func (s *Store) sealer(ctx context.Context, u *upload, customerKey []byte) (*transform, error) {
	if crypt.SchemeOf(u.object.MetaSys) == crypt.SSEC && len(customerKey) == 0 {
		return nil, nil
	}
	return s.openTransform(ctx, u.final, &u.object, customerKey)
}

// CopyPart implements objectlayer.Uploads.
func (s *Store) CopyPart(ctx context.Context, src objectlayer.Source, r objectlayer.Range, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, o objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	from, err := s.Get(ctx, src.Bucket, src.Key, objectlayer.GetOptions{
		Version: src.Version, Range: r, Conditions: src.Conditions, Encryption: src.Encryption,
	})
	if err != nil {
		return objectlayer.PartInfo{}, sourceError(err)
	}
	defer from.Body.Close()
	return s.PutPart(ctx, b, k, id, number, from.Body, from.Length, o)
}

// ListParts implements objectlayer.Uploads.
func (s *Store) ListParts(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, after, limit int) (objectlayer.UploadInfo, []objectlayer.PartInfo, bool, error) {
	none := objectlayer.UploadInfo{}
	u, err := s.upload(ctx, b, k, id)
	if err != nil {
		return none, nil, false, err
	}
	t, err := s.sealer(ctx, u, nil)
	if err != nil {
		return none, nil, false, err
	}
	files, err := s.partFiles(ctx, u)
	if err != nil {
		return none, nil, false, err
	}
	var parts []objectlayer.PartInfo
	for numbers := files.numbers(after); len(numbers) > 0; {
		batch := numbers[:min(len(numbers), max(limit-len(parts), 0)+1)]
		numbers = numbers[len(batch):]
		notes, err := s.partStates(ctx, u, batch)
		if err != nil {
			return none, nil, false, err
		}
		for _, state := range notes {
			note := state.note
			if note == nil {
				continue
			}
			if len(parts) == limit {
				return u.info(), parts, true, nil
			}
			p, err := u.part(*note, t)
			if err != nil {
				return none, nil, false, err
			}
			parts = append(parts, p)
		}
	}
	return u.info(), parts, false, nil
}
