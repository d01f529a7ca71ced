package s3api

import (
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// getObjectRetention is GetObjectRetention.
func (c *call) getObjectRetention() error {
	info, err := c.lockState()
	if err != nil {
		return err
	}
	if info.Retention.Mode == "" {
		return s3err.NoSuchObjectLockConfiguration
	}
	return c.xml(s3xml.RetentionOf(info.Retention))
}

// getObjectLegalHold is GetObjectLegalHold.
func (c *call) getObjectLegalHold() error {
	info, err := c.lockState()
	if err != nil {
		return err
	}
	if info.LegalHold == "" {
		return s3err.NoSuchObjectLockConfiguration
	}
	return c.xml(s3xml.LegalHoldOf(info.LegalHold))
}

// lockState describes the version the call is about, in a bucket with object lock.
func (c *call) lockState() (objectlayer.ObjectInfo, error) {
	v, err := c.versionID()
	if err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	if err := c.needObjectLock(); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return c.view.Stat(c.r.Context(), c.bucket, c.key, objectlayer.GetOptions{Version: v, NoKey: true})
}

// putObjectRetention is PutObjectRetention. An empty document takes the retention away.
func (c *call) putObjectRetention() error {
	bypass, err := c.flag(bypassGovernance)
	if err != nil {
		return err
	}
	if err := c.needObjectLock(); err != nil {
		return err
	}
	var doc s3xml.Retention
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	var r objectlayer.Retention
	if doc.Mode != "" || doc.RetainUntilDate != "" {
		if r, err = c.retention(doc.Mode, doc.RetainUntilDate); err != nil {
			return err
		}
	}
	return c.amend(objectlayer.Amendment{Retention: &r, BypassGovernance: bypass}, http.StatusOK)
}

// putObjectLegalHold is PutObjectLegalHold.
func (c *call) putObjectLegalHold() error {
	if err := c.needObjectLock(); err != nil {
		return err
	}
	var doc s3xml.LegalHold
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	if doc.Status != "ON" && doc.Status != "OFF" {
		return s3err.MalformedXML
	}
	return c.amend(objectlayer.Amendment{LegalHold: &doc.Status}, http.StatusOK)
}
