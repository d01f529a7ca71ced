package objectlayertest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/objectlayer"
)

type upload struct {
	info  objectlayer.UploadInfo
	put   objectlayer.PutOptions
	parts map[int]*part
}

type part struct {
	info objectlayer.PartInfo
	data []byte
}

// completion is what an upload became.
type completion struct {
	parts   []objectlayer.CompletePart
	version *version
}

// NewUpload begins an upload.
func (m *Model) NewUpload(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, o objectlayer.PutOptions) (objectlayer.UploadInfo, error) {
	if err := m.admit("new upload", name, k, o); err != nil {
		return objectlayer.UploadInfo{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.bucket("new upload", name)
	if err != nil {
		return objectlayer.UploadInfo{}, err
	}
	u := &upload{put: o, parts: map[int]*part{}}
	u.put.Headers, u.put.UserMeta = maps.Clone(o.Headers), maps.Clone(o.UserMeta)
	u.put.Encryption.CustomerKey = bytes.Clone(o.Encryption.CustomerKey)
	u.info = objectlayer.UploadInfo{
		Bucket: name, Key: k, ID: objectlayer.UploadID(uuid.NewString()), Initiated: m.tick(b), StorageClass: cmp.Or(o.StorageClass, "STANDARD"),
		ChecksumAlgorithm: o.Checksum.Algorithm, ChecksumComposite: o.Checksum.Composite, Encryption: o.Encryption, UserMeta: maps.Clone(o.UserMeta),
	}
	u.info.Encryption.CustomerKey = nil
	b.uploads[u.info.ID] = u
	return u.info, nil
}

// upload returns an upload in progress; the lock is held.
func (m *Model) upload(op string, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID) (*bucket, *upload, error) {
	b, err := m.bucket(op, name)
	if err != nil {
		return nil, nil, err
	}
	u, ok := b.uploads[id]
	if !ok || u.info.Key != k {
		return b, nil, fault(op, objectlayer.KindNoUpload, name, k)
	}
	return b, u, nil
}

// expect returns an upload that takes a part under these options.
func (m *Model) expect(name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, o objectlayer.PartOptions) (*upload, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, u, err := m.upload("put part", name, k, id)
	switch {
	case err != nil:
		return nil, err
	case number < 1 || number > objectlayer.MaxPartNumber:
		return nil, fault("put part", objectlayer.KindArgument, name, k)
	case o.Checksum.Algorithm != "" && newHash(o.Checksum.Algorithm) == nil:
		return nil, fault("put part", objectlayer.KindArgument, name, k)
	case o.Checksum.Algorithm != "" && u.info.ChecksumAlgorithm != "" && o.Checksum.Algorithm != u.info.ChecksumAlgorithm:
		return nil, fault("put part", objectlayer.KindArgument, name, k)
	}
	if kind, ok := fits(u.put.Encryption.CustomerKey, o.Encryption.CustomerKey); !ok {
		return nil, fault("put part", kind, name, k)
	}
	return u, nil
}

// PutPart stores a part.
func (m *Model) PutPart(ctx context.Context, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, body io.Reader, size int64, o objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	u, err := m.expect(name, k, id, number, o)
	if err != nil {
		return objectlayer.PartInfo{}, err
	}
	sum := o.Checksum
	if sum.Algorithm == "" {
		sum.Algorithm = u.info.ChecksumAlgorithm
	}
	data, sum, err := receive(ctx, body, size, digests{o.ContentMD5, sum, o.WantChecksum})
	if err != nil {
		return objectlayer.PartInfo{}, locate(err, name, k)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, u, err := m.upload("put part", name, k, id)
	if err != nil {
		return objectlayer.PartInfo{}, err
	}
	p := &part{data: data}
	p.info = objectlayer.PartInfo{Number: number, Size: int64(len(data)), ETag: etagOf(data), ModTime: m.tick(b), Checksum: sum}
	u.parts[number] = p
	return p.info, nil
}

// CopyPart stores a part from a range of an object.
func (m *Model) CopyPart(ctx context.Context, src objectlayer.Source, r objectlayer.Range, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, number int, o objectlayer.PartOptions) (objectlayer.PartInfo, error) {
	m.mu.RLock()
	from, err := m.source(src)
	m.mu.RUnlock()
	if err != nil {
		return objectlayer.PartInfo{}, err
	}
	offset, length, err := stretch(from, objectlayer.GetOptions{Range: r})
	if err != nil {
		return objectlayer.PartInfo{}, err
	}
	return m.PutPart(ctx, name, k, id, number, bytes.NewReader(from.data[offset:offset+length]), length, o)
}

// ListParts returns parts by number.
func (m *Model) ListParts(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, after, limit int) (objectlayer.UploadInfo, []objectlayer.PartInfo, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, u, err := m.upload("list parts", name, k, id)
	if err != nil {
		return objectlayer.UploadInfo{}, nil, false, err
	}
	var parts []objectlayer.PartInfo
	for _, n := range slices.Sorted(maps.Keys(u.parts)) {
		if n <= after {
			continue
		}
		if len(parts) == limit {
			return u.info, parts, true, nil
		}
		parts = append(parts, u.parts[n].info)
	}
	return u.info, parts, false, nil
}

// ListUploads returns uploads by key, then age.
func (m *Model) ListUploads(_ context.Context, name objectlayer.Bucket, o objectlayer.ListUploadsOptions) (objectlayer.UploadListing, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var page objectlayer.UploadListing
	b, err := m.bucket("list uploads", name)
	if err != nil {
		return page, err
	}
	last := ""
	for _, u := range b.uploadsAfter(o) {
		rest, ok := strings.CutPrefix(string(u.info.Key), o.Prefix)
		if !ok {
			continue
		}
		prefix := ""
		if o.Delimiter != "" {
			if head, _, found := strings.Cut(rest, o.Delimiter); found {
				prefix = o.Prefix + head + o.Delimiter
			}
		}
		if prefix != "" && (prefix == last || prefix == o.AfterKey) {
			continue
		}
		if len(page.Uploads)+len(page.Prefixes) == o.Max {
			page.Truncated = o.Max > 0
			break
		}
		if prefix != "" {
			page.Prefixes = append(page.Prefixes, prefix)
			last, page.NextKey, page.NextUpload = prefix, prefix, ""
			continue
		}
		page.Uploads = append(page.Uploads, u.info)
		page.NextKey, page.NextUpload = string(u.info.Key), u.info.ID
	}
	if !page.Truncated {
		page.NextKey, page.NextUpload = "", ""
	}
	return page, nil
}

// uploadsAfter returns, in order, the uploads behind those the options say were seen.
func (b *bucket) uploadsAfter(o objectlayer.ListUploadsOptions) []*upload {
	all := slices.SortedFunc(maps.Values(b.uploads), func(x, y *upload) int {
		return cmp.Or(cmp.Compare(x.info.Key, y.info.Key), x.info.Initiated.Compare(y.info.Initiated))
	})
	first := slices.IndexFunc(all, func(u *upload) bool { return string(u.info.Key) > o.AfterKey })
	if first < 0 {
		first = len(all)
	}
	if o.AfterUpload != "" {
		i := slices.IndexFunc(all, func(u *upload) bool { return string(u.info.Key) == o.AfterKey && u.info.ID == o.AfterUpload })
		if i >= 0 {
			first = i + 1
		}
	}
	return all[first:]
}

// AbortUpload forgets an upload.
func (m *Model) AbortUpload(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, _, err := m.upload("abort upload", name, k, id)
	if err != nil {
		return err
	}
	delete(b.uploads, id)
	return nil
}

// CompleteUpload makes a version of parts.
func (m *Model) CompleteUpload(_ context.Context, name objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, parts []objectlayer.CompletePart, o objectlayer.CompleteOptions) (objectlayer.ObjectInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, u, err := m.upload("complete upload", name, k, id)
	if err != nil {
		if info, ok := b.completed(k, id, parts); ok {
			return info, nil
		}
		return objectlayer.ObjectInfo{}, err
	}
	v, err := u.assemble(parts, o)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	info, err := m.commit("complete upload", v, o.Conditions)
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	delete(b.uploads, id)
	b.done[id] = &completion{parts: slices.Clone(parts), version: v}
	return info, nil
}

// completed returns the version an upload became, when it was completed with the same parts and still stands.
func (b *bucket) completed(k objectlayer.Key, id objectlayer.UploadID, parts []objectlayer.CompletePart) (objectlayer.ObjectInfo, bool) {
	if b == nil || b.done[id] == nil {
		return objectlayer.ObjectInfo{}, false
	}
	c := b.done[id]
	made := c.version.info
	if made.Key != k || !slices.Equal(c.parts, parts) {
		return objectlayer.ObjectInfo{}, false
	}
	for _, v := range b.keys[k] { // it may have been amended since
		if v.info.Version == made.Version && v.info.ModTime.Equal(made.ModTime) {
			return b.describe(v), true
		}
	}
	return objectlayer.ObjectInfo{}, false
}

// assemble makes the version a completion asks for.
func (u *upload) assemble(parts []objectlayer.CompletePart, o objectlayer.CompleteOptions) (*version, error) {
	refuse := func(kind objectlayer.Kind) error {
		return fault("complete upload", kind, u.info.Bucket, u.info.Key)
	}
	if len(parts) == 0 {
		return nil, refuse(objectlayer.KindPart)
	}
	for i := 1; i < len(parts); i++ {
		if parts[i].Number <= parts[i-1].Number {
			return nil, refuse(objectlayer.KindPartOrder)
		}
	}
	var data []byte
	var infos []objectlayer.PartInfo
	for i, want := range parts {
		p := u.parts[want.Number]
		switch {
		case p == nil || p.info.ETag != want.ETag:
			return nil, refuse(objectlayer.KindPart)
		case want.Checksum.Value != "" && (want.Checksum.Algorithm != p.info.Checksum.Algorithm || want.Checksum.Value != p.info.Checksum.Value):
			return nil, refuse(objectlayer.KindPart)
		case p.info.Size < objectlayer.MinPartSize && i < len(parts)-1:
			return nil, refuse(objectlayer.KindTooSmall)
		}
		data = append(data, p.data...)
		infos = append(infos, p.info)
	}
	if o.Size != nil && *o.Size != int64(len(data)) {
		return nil, refuse(objectlayer.KindArgument)
	}
	v := newVersion(u.info.Bucket, u.info.Key, data, u.put)
	v.info.ETag, v.info.Multipart = etagOfParts(infos), true
	if a := u.info.ChecksumAlgorithm; a != "" {
		sum := ChecksumOf(a, data)
		if u.info.ChecksumComposite {
			sum = composite(a, infos)
		}
		bare, _, _ := strings.Cut(sum.Value, "-") // clients leave the count of parts out
		if want := o.Checksum.Value; want != "" && want != sum.Value && want != bare {
			return nil, refuse(objectlayer.KindChecksum)
		}
		v.info.Checksums = []objectlayer.Checksum{sum}
	}
	for i := range infos {
		infos[i].ETag = "" // parts of an object have none
	}
	v.info.Parts = infos
	return v, nil
}
