package store

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// ListUploads implements objectlayer.Uploads. The layout files uploads under hashes of their keys; those begun by this
// server tell their key, those of MinIO are found when the prefix is their whole key.
func (s *Store) ListUploads(ctx context.Context, b objectlayer.Bucket, o objectlayer.ListUploadsOptions) (objectlayer.UploadListing, error) {
	none := objectlayer.UploadListing{}
	if _, err := s.bucket(ctx, b); err != nil {
		return none, err
	}
	var all []objectlayer.UploadInfo
	for _, p := range s.pools {
		for _, set := range p.sets {
			found, err := s.uploadsOf(ctx, spot{pool: p, set: set}, b, o.Prefix)
			if err != nil {
				return none, err
			}
			all = append(all, found...)
		}
	}
	slices.SortFunc(all, func(a, b objectlayer.UploadInfo) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), a.Initiated.Compare(b.Initiated), cmp.Compare(a.ID, b.ID))
	})
	return pageUploads(all, o), nil
}

// uploadsOf lists the uploads of a bucket in one set.
func (s *Store) uploadsOf(ctx context.Context, at spot, b objectlayer.Bucket, prefix string) ([]objectlayer.UploadInfo, error) {
	names, err := uploadDirs(ctx, at, "")
	if err != nil {
		return nil, err
	}
	whole := spot{bucket: string(b), name: storedName(objectlayer.Key(prefix))}
	hash := uploadHash(whole)
	var all []objectlayer.UploadInfo
	for _, name := range names {
		u := &upload{at: at, id: s.uploadID(path.Base(name))}
		u.at.bucket, u.at.name = drive.System, name
		found, err := s.loadUpload(ctx, u)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		u.final = at
		u.final.bucket, u.final.name = u.owner(whole, path.Base(path.Dir(name)) == hash)
		if u.final.bucket == string(b) && strings.HasPrefix(string(u.final.key()), prefix) {
			all = append(all, u.info())
		}
	}
	return all, nil
}

// owner is the key an upload is for. An upload that does not tell belongs to whole when it is filed under its hash.
func (u *upload) owner(whole spot, filed bool) (bucket, name string) {
	if told, ok := u.object.MetaSys[keyUploadName]; ok {
		bucket, name, _ = strings.Cut(string(told), "/")
		return bucket, name
	}
	if filed {
		return whole.bucket, whole.name
	}
	return "", ""
}

// pageUploads cuts a page out of all uploads in order.
func pageUploads(all []objectlayer.UploadInfo, o objectlayer.ListUploadsOptions) objectlayer.UploadListing {
	var page objectlayer.UploadListing
	last := ""
	for _, u := range all {
		if passed(u, o) {
			continue
		}
		prefix, rolled := commonPrefix(string(u.Key), o.Prefix, o.Delimiter)
		if rolled && (prefix == last || prefix == o.AfterKey) {
			continue
		}
		if len(page.Uploads)+len(page.Prefixes) == o.Max {
			page.Truncated = true
			return page
		}
		if rolled {
			page.Prefixes = append(page.Prefixes, prefix)
			page.NextKey, page.NextUpload, last = prefix, "", prefix
		} else {
			page.Uploads = append(page.Uploads, u)
			page.NextKey, page.NextUpload = string(u.Key), u.ID
		}
	}
	page.NextKey, page.NextUpload = "", ""
	return page
}

// passed tells whether an upload is on an earlier page: its key is before the marker, or the same and it was not begun
// after the upload marked (S3 API ListMultipartUploads, key-marker and upload-id-marker).
func passed(u objectlayer.UploadInfo, o objectlayer.ListUploadsOptions) bool {
	if c := strings.Compare(string(u.Key), o.AfterKey); c != 0 || o.AfterUpload == "" {
		return c <= 0 && o.AfterKey != ""
	}
	return !begunAfter(u.ID, o.AfterUpload)
}

// begunAfter compares two uploads of a key by their time, which their directories' names end in.
func begunAfter(a, b objectlayer.UploadID) bool {
	begun := func(id objectlayer.UploadID) string {
		dir := uploadDir(id)
		return dir[strings.LastIndexByte(dir, 'x')+1:]
	}
	x, y := begun(a), begun(b)
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y), cmp.Compare(a, b)) > 0
}
