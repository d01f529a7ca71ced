package s3api

import (
	"bytes"
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// setting answers with a document of the bucket as it is stored, or with the code S3 has for its absence.
func (c *call) setting(kind objectlayer.SettingKind, absent s3err.Code) error {
	doc, err := c.view.Setting(c.r.Context(), c.bucket, kind)
	switch {
	case objectlayer.KindOf(err) == objectlayer.KindNoSetting:
		return absent
	case err != nil:
		return err
	case kind == objectlayer.SettingPolicy:
		c.set("Content-Type", "application/json")
		return c.send(http.StatusOK, doc)
	}
	return c.xml(withHeader(doc))
}

// withHeader puts the XML declaration before a document that was stored without.
func withHeader(doc []byte) []byte {
	if bytes.HasPrefix(doc, []byte("<?xml")) {
		return doc
	}
	return append([]byte(s3xml.Header), doc...)
}

// settingOr is setting, with a document to show where there is none.
func (c *call) settingOr(kind objectlayer.SettingKind, otherwise string) error {
	err := c.setting(kind, s3err.NoSuchTagSet)
	if err == s3err.NoSuchTagSet {
		return c.xml([]byte(otherwise))
	}
	return err
}

// store stores a document, or with nil removes one.
func (c *call) store(kind objectlayer.SettingKind, doc []byte, status int) error {
	if err := c.view.SetSetting(c.r.Context(), c.bucket, kind, doc); err != nil {
		return err
	}
	return c.done(status)
}

func (c *call) getBucketPolicy() error {
	return c.setting(objectlayer.SettingPolicy, s3err.NoSuchBucketPolicy)
}

func (c *call) deleteBucketPolicy() error {
	return c.store(objectlayer.SettingPolicy, nil, http.StatusNoContent)
}

func (c *call) getBucketLifecycle() error {
	return c.setting(objectlayer.SettingLifecycle, s3err.NoSuchLifecycleConfiguration)
}

func (c *call) deleteBucketLifecycle() error {
	return c.store(objectlayer.SettingLifecycle, nil, http.StatusNoContent)
}

func (c *call) getBucketObjectLock() error {
	return c.setting(objectlayer.SettingObjectLock, s3err.ObjectLockConfigurationNotFound)
}

// Limits of a default retention, those of Amazon.
const (
	maxLockDays  = 36500
	maxLockYears = 100
)

// putBucketObjectLock is PutObjectLockConfiguration: it changes the default retention of a bucket that was made with object
// lock. Object lock itself cannot be turned on later.
func (c *call) putBucketObjectLock() error {
	var doc s3xml.ObjectLock
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	if doc.ObjectLockEnabled != "Enabled" || !validDefaultRetention(doc.Rule) {
		return s3err.MalformedXML
	}
	info, err := c.view.StatBucket(c.r.Context(), c.bucket)
	if err != nil {
		return err
	}
	if !info.ObjectLock {
		return s3err.New(s3err.InvalidBucketState, "Object Lock configuration cannot be enabled on existing buckets.")
	}
	return c.store(objectlayer.SettingObjectLock, doc.Stored(), http.StatusOK)
}

// validDefaultRetention tells whether a rule names a mode and either days or years.
func validDefaultRetention(rule *s3xml.ObjectLockRule) bool {
	if rule == nil {
		return true
	}
	d := rule.DefaultRetention
	within := func(n *int, limit int) bool { return n == nil || *n > 0 && *n <= limit }
	return (d.Mode == "GOVERNANCE" || d.Mode == "COMPLIANCE") && (d.Days == nil) != (d.Years == nil) &&
		within(d.Days, maxLockDays) && within(d.Years, maxLockYears)
}

func (c *call) getBucketReplication() error {
	return c.setting(objectlayer.SettingReplication, s3err.ReplicationConfigurationNotFound)
}

func (c *call) getBucketNotification() error {
	return c.settingOr(objectlayer.SettingNotification, s3xml.NoNotification)
}

func (c *call) getBucketEncryption() error {
	return c.setting(objectlayer.SettingEncryption, s3err.ServerSideEncryptionConfigurationNotFound)
}

// putBucketEncryption is PutBucketEncryption: one rule, SSE-S3 or SSE-KMS.
func (c *call) putBucketEncryption() error {
	var doc s3xml.Encryption
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	if len(doc.Rules) != 1 {
		return s3err.MalformedXML
	}
	switch d := doc.Rules[0].Default; {
	case d.SSEAlgorithm == "AES256" && d.KMSMasterKeyID == "":
	case d.SSEAlgorithm == "aws:kms":
	default:
		return s3err.MalformedXML
	}
	return c.store(objectlayer.SettingEncryption, doc.Stored(), http.StatusOK)
}

func (c *call) deleteBucketEncryption() error {
	return c.store(objectlayer.SettingEncryption, nil, http.StatusNoContent)
}

func (c *call) getBucketTagging() error {
	return c.setting(objectlayer.SettingTagging, s3err.NoSuchTagSet)
}

// putBucketTagging is PutBucketTagging.
func (c *call) putBucketTagging() error {
	var doc s3xml.Tagging
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	if err := checkTags(doc.Tags, objectlayer.MaxBucketTags); err != nil {
		return err
	}
	return c.store(objectlayer.SettingTagging, doc.Stored(), http.StatusOK)
}

func (c *call) deleteBucketTagging() error {
	return c.store(objectlayer.SettingTagging, nil, http.StatusNoContent)
}

func (c *call) getBucketVersioning() error {
	return c.settingOr(objectlayer.SettingVersioning, s3xml.NoVersioning)
}

// maxExcluded is how many prefixes a bucket may leave out of versioning.
const maxExcluded = 10

// putBucketVersioning is PutBucketVersioning, with MinIO's prefixes that are not versioned. Object lock needs versions, so a
// bucket that has it keeps them all.
func (c *call) putBucketVersioning() error {
	var doc s3xml.Versioning
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	excludes := len(doc.ExcludedPrefixes) > 0 || doc.ExcludeFolders
	if doc.Status != "Enabled" && (doc.Status != "Suspended" || excludes) || len(doc.ExcludedPrefixes) > maxExcluded {
		return s3err.IllegalVersioningConfiguration
	}
	if doc.Status == "Suspended" || excludes {
		info, err := c.view.StatBucket(c.r.Context(), c.bucket)
		switch {
		case err != nil && objectlayer.KindOf(err) != objectlayer.KindDenied:
			return err
		case info.ObjectLock:
			return s3err.New(s3err.InvalidBucketState, "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
		}
	}
	return c.store(objectlayer.SettingVersioning, doc.Stored(), http.StatusOK)
}
