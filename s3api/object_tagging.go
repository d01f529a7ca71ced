package s3api

import (
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// getObjectTagging is GetObjectTagging. An object without tags has an empty set.
func (c *call) getObjectTagging() error {
	o := objectlayer.GetOptions{NoKey: true}
	var err error
	if o.Version, err = c.versionID(); err != nil {
		return err
	}
	info, err := c.view.Stat(c.r.Context(), c.bucket, c.key, o)
	if err != nil {
		return err
	}
	tags, err := parseTags(info.Tags)
	if err != nil {
		return err
	}
	c.setVersion(info.Version)
	return c.xml(s3xml.Tagging{Tags: tags}.Append(nil))
}

// putObjectTagging is PutObjectTagging.
func (c *call) putObjectTagging() error {
	var doc s3xml.Tagging
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	if err := checkTags(doc.Tags, objectlayer.MaxObjectTags); err != nil {
		return err
	}
	tags := queryForm(doc.Tags)
	return c.amend(objectlayer.Amendment{Tags: &tags}, http.StatusOK)
}

// deleteObjectTagging is DeleteObjectTagging.
func (c *call) deleteObjectTagging() error {
	none := ""
	return c.amend(objectlayer.Amendment{Tags: &none}, http.StatusNoContent)
}

// amend changes metadata of the version the call is about.
func (c *call) amend(a objectlayer.Amendment, status int) error {
	v, err := c.versionID()
	if err != nil {
		return err
	}
	info, err := c.view.Amend(c.r.Context(), c.bucket, c.key, v, a)
	if err != nil {
		return err
	}
	c.setVersion(info.Version)
	return c.done(status)
}
