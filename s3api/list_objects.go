package s3api

import (
	"encoding/base64"
	"strconv"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// listQuery reads the parameters all listings have. limit names the one that bounds the page.
func (c *call) listQuery(limit string) (q s3xml.Query, err error) {
	q = s3xml.Query{Bucket: string(c.bucket), Prefix: c.query.Get("prefix"), Delimiter: c.query.Get("delimiter")}
	if q.Max, err = c.pageSize(limit); err != nil {
		return q, err
	}
	switch encoding := c.query.Get("encoding-type"); encoding {
	case "":
	case "url":
		q.URLEncode = true
	default:
		return q, s3err.New(s3err.InvalidArgument, "Invalid Encoding Method specified in Request")
	}
	return q, nil
}

// pageSize reads how many entries a page may have. More than S3's limit is that limit.
func (c *call) pageSize(param string) (int, error) {
	text := c.query.Get(param)
	if text == "" {
		return objectlayer.MaxListing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, s3err.New(s3err.InvalidArgument, "Argument "+param+" must be an integer between 0 and 2147483647")
	}
	return min(n, objectlayer.MaxListing), nil
}

// withMetadata tells whether the client asks for MinIO's extension of listings.
func (c *call) withMetadata() bool { return c.query.Get("metadata") == "true" }

// list gets a page.
func (c *call) list(q s3xml.Query, o objectlayer.ListOptions) (objectlayer.Listing, error) {
	o.Prefix, o.Delimiter, o.Max, o.Metadata = q.Prefix, q.Delimiter, q.Max, c.withMetadata()
	return c.view.List(c.r.Context(), c.bucket, o)
}

// listObjectsV1 is ListObjects.
func (c *call) listObjectsV1() error {
	q, err := c.listQuery("max-keys")
	if err != nil {
		return err
	}
	doc := s3xml.ObjectList{Query: q, Marker: c.query.Get("marker"), Metadata: c.withMetadata()}
	if doc.Page, err = c.list(q, objectlayer.ListOptions{After: doc.Marker}); err != nil {
		return err
	}
	return c.xml(doc.Append(nil))
}

// listObjectsV2 is ListObjectsV2.
func (c *call) listObjectsV2() error {
	q, err := c.listQuery("max-keys")
	if err != nil {
		return err
	}
	doc := s3xml.ObjectList{
		Query: q, V2: true, StartAfter: c.query.Get("start-after"), Token: c.query.Get("continuation-token"),
		FetchOwner: c.query.Get("fetch-owner") == "true", Metadata: c.withMetadata(),
	}
	after := doc.StartAfter
	if c.query.Has("continuation-token") {
		if after, err = parseToken(doc.Token); err != nil {
			return err
		}
	}
	if doc.Page, err = c.list(q, objectlayer.ListOptions{After: after}); err != nil {
		return err
	}
	doc.NextToken = token(doc.Page.Next)
	return c.xml(doc.Append(nil))
}

// token is where the next page begins, in a form no client mistakes for a key.
func token(next string) string { return base64.StdEncoding.EncodeToString([]byte(next)) }

func parseToken(text string) (string, error) {
	next, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(next) == 0 {
		return "", s3err.New(s3err.InvalidArgument, "The continuation token provided is incorrect")
	}
	return string(next), nil
}

// listObjectVersions is ListObjectVersions.
func (c *call) listObjectVersions() error {
	q, err := c.listQuery("max-keys")
	if err != nil {
		return err
	}
	doc := s3xml.VersionList{
		Query: q, KeyMarker: c.query.Get("key-marker"), VersionMarker: c.query.Get("version-id-marker"), Metadata: c.withMetadata(),
	}
	if doc.VersionMarker != "" && doc.KeyMarker == "" {
		return s3err.New(s3err.InvalidArgument, "A version-id marker cannot be specified without a key marker.")
	}
	version, err := parseVersion(doc.VersionMarker)
	if err != nil {
		return err
	}
	if doc.Page, err = c.list(q, objectlayer.ListOptions{After: doc.KeyMarker, AfterVersion: version, Versions: true}); err != nil {
		return err
	}
	return c.xml(doc.Append(nil))
}

// listMultipartUploads is ListMultipartUploads.
func (c *call) listMultipartUploads() error {
	q, err := c.listQuery("max-uploads")
	if err != nil {
		return err
	}
	doc := s3xml.UploadList{Query: q, KeyMarker: c.query.Get("key-marker"), UploadMarker: c.query.Get("upload-id-marker")}
	doc.Page, err = c.view.ListUploads(c.r.Context(), c.bucket, objectlayer.ListUploadsOptions{
		Prefix: q.Prefix, Delimiter: q.Delimiter, Max: q.Max, AfterKey: doc.KeyMarker, AfterUpload: objectlayer.UploadID(doc.UploadMarker),
	})
	if err != nil {
		return err
	}
	return c.xml(doc.Append(nil))
}

// listParts is ListParts.
func (c *call) listParts() error {
	q, err := c.listQuery("max-parts")
	if err != nil {
		return err
	}
	doc := s3xml.PartList{Max: q.Max, URLEncode: q.URLEncode}
	if text := c.query.Get("part-number-marker"); text != "" {
		if doc.Marker, err = strconv.Atoi(text); err != nil || doc.Marker < 0 {
			return s3err.New(s3err.InvalidArgument, "Argument partNumberMarker must be an integer.")
		}
	}
	doc.Upload, doc.Parts, doc.Truncated, err = c.view.ListParts(c.r.Context(), c.bucket, c.key, c.uploadID(), doc.Marker, doc.Max)
	if err != nil {
		return err
	}
	return c.xml(doc.Append(nil))
}
