package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

const (
	maxPartSize = 5 << 30
	maxPartNote = 64 << 10 // a part's note: a few hundred bytes and a seek index
	partsAtOnce = 16       // parts whose notes are read at the same time
)

// partNote is the file beside a part that says what the part is.
func partNote(number int) string { return partFile(number) + ".meta" }

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
	var bl blob
	note, err := s.stagePart(ctx, u, t, &bl, number, size, in, o.ContentMD5 != nil)
	if err != nil {
		return none, err
	}
	lease, err := s.lockUpload(ctx, u)
	if err != nil {
		bl.drop()
		return none, err
	}
	g := geometryOf(&u.object)
	raw := note.Append(nil)
	err = s.apply(ctx, lease, u.at, g.WriteQuorum(), func(slot int) []drive.Edit {
		if bl.missing(slot) {
			return nil
		}
		return []drive.Edit{
			drive.Move(bl.stage.Join(partFile(number)), u.dir().Join(partFile(number))),
			drive.Write(u.dir().Join(partNote(number)), raw),
			drive.Remove(bl.stage),
		}
	})
	if err != nil {
		return none, err
	}
	return u.part(note, t)
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
func (s *Store) stagePart(ctx context.Context, u *upload, t *transform, bl *blob, number int, size int64, in *body, announced bool) (xlmeta.PartMeta, error) {
	none := xlmeta.PartMeta{}
	out := t.outward(in, number)
	defer out.close()
	stored, err := bl.fill(ctx, u.final, geometryOf(&u.object), partFile(number), t.storedSize(size), out)
	if err != nil {
		return none, err
	}
	part, err := t.part(number, stored, in, out)
	var etag string
	if err == nil {
		etag, err = t.sealETag(in.digest(), announced)
	}
	if err != nil {
		bl.drop()
		return none, u.final.cryptFault("put part", err)
	}
	note := xlmeta.PartMeta{ETag: etag, Number: number, Size: stored, ActualSize: in.read, ModTime: s.options.Now().UTC(), Index: part.Index}
	if in.sum != nil {
		note.Checksums = map[string]string{in.checksum.Algorithm: in.checksum.Value}
	}
	return note, nil
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
		notes, err := s.partNotes(ctx, u, batch)
		if err != nil {
			return none, nil, false, err
		}
		for _, note := range notes {
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

// partFiles are the names in an upload's data directory, by slot; nil where the drive has no such directory.
type partFiles [][]drive.DirEntry

func (s *Store) partFiles(ctx context.Context, u *upload) (partFiles, error) {
	files := make(partFiles, u.at.set.Size())
	errs := u.at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) (err error) {
		files[slot], err = d.List(ctx, u.dir(), "", 0)
		if errors.Is(err, drive.ErrNotFound) {
			return nil // no part arrived on this drive
		}
		return err
	})
	if succeeded(errs) < u.object.Data {
		return nil, u.final.readable("list parts", errors.Join(errs...))
	}
	return files, nil
}

// numbers are the parts greater than after that any drive has a note of, ascending.
func (f partFiles) numbers(after int) []int {
	seen := make(map[int]bool)
	var all []int
	for _, names := range f {
		for _, e := range names {
			text, ok := strings.CutSuffix(e.Name, ".meta")
			text, isPart := strings.CutPrefix(text, "part.")
			n, err := strconv.Atoi(text)
			if ok && isPart && err == nil && n > after && !seen[n] {
				seen[n] = true
				all = append(all, n)
			}
		}
	}
	slices.Sort(all)
	return all
}

// partNotes reads the notes of parts; nil for a part that too few drives have.
func (s *Store) partNotes(ctx context.Context, u *upload, numbers []int) ([]*xlmeta.PartMeta, error) {
	notes := make([]*xlmeta.PartMeta, len(numbers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for i, n := range numbers {
		group.Go(func() (err error) {
			notes[i], err = s.partNote(ctx, u, n)
			return err
		})
	}
	return notes, group.Wait()
}

// partNote reads the note of one part: the one that enough drives have alike to read the part.
func (s *Store) partNote(ctx context.Context, u *upload, number int) (*xlmeta.PartMeta, error) {
	var mu sync.Mutex
	var notes []xlmeta.PartMeta
	errs := u.at.set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error {
		raw, err := d.ReadFile(ctx, u.dir().Join(partNote(number)), maxPartNote)
		if err != nil {
			return err
		}
		note, err := xlmeta.DecodePartMeta(raw)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, note)
		return nil
	})
	unknown := 0
	for _, err := range errs {
		if err != nil && !errors.Is(err, drive.ErrNotFound) {
			unknown++
		}
	}
	for _, note := range notes {
		same := 0
		for _, other := range notes {
			if other.ETag == note.ETag && other.ModTime.Equal(note.ModTime) && other.Number == number {
				same++
			}
		}
		if same >= u.object.Data {
			return &note, nil
		}
	}
	if len(notes)+unknown >= u.object.Data && unknown > 0 {
		return nil, u.final.fault("part", objectlayer.KindReadQuorum, errors.Join(errs...))
	}
	return nil, nil
}
