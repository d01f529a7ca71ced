package s3api

import (
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// copyObject is CopyObject.
func (c *call) copyObject() error {
	src, err := c.copySource()
	if err != nil {
		return err
	}
	o, err := c.copyOptions()
	if err != nil {
		return err
	}
	if err := c.checkSelfCopy(src, o); err != nil {
		return err
	}
	info, err := c.view.Copy(c.r.Context(), src, c.bucket, c.key, o)
	if err != nil {
		return sourceError(err, src)
	}
	c.setVersion(info.Version)
	c.setIf("X-Amz-Copy-Source-Version-Id", string(src.Version))
	c.setEncryption(info.Encryption)
	return c.xml(s3xml.CopiedObject(info))
}

// copyOptions reads what the copy shall be.
func (c *call) copyOptions() (o objectlayer.CopyOptions, err error) {
	if o.PutOptions, err = c.newObject(); err != nil {
		return o, err
	}
	if o.ReplaceMeta, err = directive("x-amz-metadata-directive", c.header("X-Amz-Metadata-Directive")); err != nil {
		return o, err
	}
	if o.ReplaceTags, err = directive("x-amz-tagging-directive", c.header("X-Amz-Tagging-Directive")); err != nil {
		return o, err
	}
	o.Conditions = c.writeConditions()
	sums, err := c.checksumRequest()
	if err != nil {
		return o, err
	}
	if sums.Algorithm != checksum.None {
		o.Checksum.Algorithm = sums.Algorithm.String()
	}
	return o, nil
}

// directive tells whether what a directive is about is replaced.
func directive(name, value string) (replace bool, err error) {
	switch value {
	case "", "COPY":
		return false, nil
	case "REPLACE":
		return true, nil
	default:
		return false, s3err.New(s3err.InvalidArgument, "Unknown "+name+" directive.")
	}
}

// checkSelfCopy refuses a copy of the current version onto itself that changes nothing. Naming a version is a change: it
// becomes current. So is a default encryption of the bucket, which may have come after the object.
func (c *call) checkSelfCopy(src objectlayer.Source, o objectlayer.CopyOptions) error {
	same := src.Bucket == c.bucket && src.Key == c.key && src.Version == ""
	changes := o.ReplaceMeta || o.ReplaceTags || c.header("X-Amz-Storage-Class") != "" || o.Encryption.Scheme != objectlayer.EncryptNone ||
		src.Encryption.Scheme != objectlayer.EncryptNone || c.header("X-Amz-Website-Redirect-Location") != ""
	if !same || changes {
		return nil
	}
	if _, err := c.view.Setting(c.r.Context(), c.bucket, objectlayer.SettingEncryption); err == nil {
		return nil
	}
	return s3err.New(s3err.InvalidRequest, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
}
