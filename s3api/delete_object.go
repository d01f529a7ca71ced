package s3api

import (
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

const bypassGovernance = "X-Amz-Bypass-Governance-Retention"

// deleteObject is DeleteObject, and MinIO's recursive delete of everything below a prefix.
func (c *call) deleteObject() error {
	target := objectlayer.DeleteTarget{Key: c.key}
	var o objectlayer.DeleteOptions
	var err error
	if target.Version, err = c.versionID(); err != nil {
		return err
	}
	if target.Conditions, err = c.deleteConditions(); err != nil {
		return err
	}
	if o.BypassGovernance, err = c.flag(bypassGovernance); err != nil {
		return err
	}
	if o.Prefix, err = c.flag("X-Minio-Force-Delete"); err != nil {
		return err
	}
	if o.Prefix && c.query.Has("versionId") {
		return s3err.New(s3err.InvalidArgument, "A version cannot be named together with x-minio-force-delete.")
	}
	answers, err := c.view.Delete(c.r.Context(), c.bucket, []objectlayer.DeleteTarget{target}, o)
	if err != nil {
		return err
	}
	if len(answers) != 1 {
		return s3err.InternalError
	}
	d := answers[0]
	if d.Err != nil {
		return d.Err
	}
	if d.DeleteMarker {
		c.set("X-Amz-Delete-Marker", "true")
	}
	if d.Version != "" {
		c.setVersion(d.Version)
	} else {
		c.setVersion(d.MarkerVersion)
	}
	return c.done(http.StatusNoContent)
}
