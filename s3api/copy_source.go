package s3api

import (
	"net/url"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// copySource reads what a copy is made of: x-amz-copy-source, its conditions and its customer key.
func (c *call) copySource() (src objectlayer.Source, err error) {
	if src, err = parseCopySource(c.header("X-Amz-Copy-Source")); err != nil {
		return src, err
	}
	if src.Encryption, err = c.customerKey(copySourcePrefix); err != nil {
		return src, err
	}
	src.Conditions = c.conditions(copySourcePrefix)
	return src, nil
}

// parseCopySource reads [/]bucket/key[?versionId=id], percent-encoded. The names are checked like those of a path: what
// cannot be addressed cannot be copied either.
func parseCopySource(text string) (src objectlayer.Source, err error) {
	invalid := s3err.New(s3err.InvalidArgument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	path, query, found := strings.Cut(text, "?")
	version := ""
	if found {
		values, err := url.ParseQuery(query)
		if err != nil || !values.Has("versionId") {
			return src, invalid
		}
		version = values.Get("versionId")
	}
	if path, err = url.PathUnescape(path); err != nil {
		return src, invalid
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if bucket == "" || key == "" {
		return src, invalid
	}
	src.Bucket, src.Key = objectlayer.Bucket(bucket), objectlayer.Key(key)
	if src.Bucket.Reserved() || !readable(src.Bucket) {
		return src, s3err.InvalidBucketName
	}
	if err := src.Key.Check(); err != nil {
		return src, err
	}
	src.Version, err = parseVersion(version)
	return src, err
}

// sourceError says what is wrong with a source that is a delete marker.
func sourceError(err error, src objectlayer.Source) error {
	if objectlayer.KindOf(err) != objectlayer.KindDeleteMarker {
		return err
	}
	if src.Version == "" {
		return s3err.Wrap(s3err.NoSuchKey, nil)
	}
	return s3err.New(s3err.InvalidRequest, "The source of a copy request may not specifically refer to a delete marker by version id.")
}
