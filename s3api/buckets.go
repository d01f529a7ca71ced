package s3api

import (
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// listBuckets is ListBuckets. Strangers never see it, whatever policies say.
func (c *call) listBuckets() error {
	if c.caller.Anonymous() {
		return s3err.AccessDenied
	}
	list, err := c.view.ListBuckets(c.r.Context())
	if err != nil {
		return err
	}
	return c.xml(s3xml.BucketList{Buckets: list}.Append(nil))
}

// createBucket is CreateBucket.
func (c *call) createBucket() error {
	if !c.bucket.Valid() {
		return s3err.InvalidBucketName
	}
	var o objectlayer.MakeBucketOptions
	var err error
	if o.ObjectLock, err = c.flag("X-Amz-Bucket-Object-Lock-Enabled"); err != nil {
		return err
	}
	if o.Force, err = c.flag("X-Minio-Force-Create"); err != nil {
		return err
	}
	if err := c.checkLocation(); err != nil {
		return err
	}
	if err := c.view.MakeBucket(c.r.Context(), c.bucket, o); err != nil {
		return err
	}
	c.set("Location", "/"+string(c.bucket))
	return c.done(http.StatusOK)
}

// checkLocation reads the body, which may be empty, and refuses another region than the server's.
func (c *call) checkLocation() error {
	body, err := c.wholeBody(maxDocument)
	if err != nil || len(body) == 0 {
		return err
	}
	var doc s3xml.CreateBucket
	if err := s3xml.Decode(body, &doc); err != nil {
		return s3err.Wrap(s3err.MalformedXML, err)
	}
	if region := c.s.o.Region; region != "" && doc.LocationConstraint != "" && doc.LocationConstraint != region {
		return s3err.InvalidRegion
	}
	return nil
}

// headBucket is HeadBucket.
func (c *call) headBucket() error {
	if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
		return err
	}
	return c.done(http.StatusOK)
}

// deleteBucket is DeleteBucket. MinIO's force takes what is in the bucket with it, unless that may be under retention.
func (c *call) deleteBucket() error {
	force, err := c.flag("X-Minio-Force-Delete")
	if err != nil {
		return err
	}
	if force {
		info, err := c.view.StatBucket(c.r.Context(), c.bucket)
		if err != nil {
			return err
		}
		if info.ObjectLock {
			return s3err.MethodNotAllowed
		}
	}
	if err := c.view.DeleteBucket(c.r.Context(), c.bucket, force); err != nil {
		return err
	}
	return c.done(http.StatusNoContent)
}

// getBucketLocation is GetBucketLocation.
func (c *call) getBucketLocation() error {
	if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
		return err
	}
	return c.xml(s3xml.Location(c.s.o.Region))
}
