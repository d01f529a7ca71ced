package s3api

import (
	"errors"
	"io"
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// fixed answers with a document that is the same for every bucket there is.
func (c *call) fixed(doc string) error {
	if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
		return err
	}
	return c.xml([]byte(doc))
}

func (c *call) getBucketAccelerate() error     { return c.fixed(s3xml.Accelerate) }
func (c *call) getBucketRequestPayment() error { return c.fixed(s3xml.RequestPayment) }
func (c *call) getBucketLogging() error        { return c.fixed(s3xml.Logging) }

// deleteBucketWebsite has nothing to delete. MinIO answers 200, not 204.
func (c *call) deleteBucketWebsite() error {
	if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
		return err
	}
	return c.done(http.StatusOK)
}

// getBucketACL is GetBucketAcl: every bucket belongs to its owner alone.
func (c *call) getBucketACL() error {
	if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
		return err
	}
	return c.privateACL()
}

// putBucketACL is PutBucketAcl: it may say again what holds anyway.
func (c *call) putBucketACL() error {
	if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
		return err
	}
	if err := c.checkPrivate(); err != nil {
		return err
	}
	return c.done(http.StatusOK)
}

func (c *call) privateACL() error { return c.xml([]byte(s3xml.PrivateACL)) }

// checkPrivate refuses every access control list but the private one, given by name or as a document.
func (c *call) checkPrivate() error {
	switch c.header("X-Amz-Acl") {
	case "private":
		return nil
	case "":
	default:
		return s3err.NotImplemented
	}
	var doc s3xml.AccessControl
	if err := c.document(maxDocument, &doc); err != nil {
		return err
	}
	if len(doc.Grants) != 1 || doc.Grants[0].Permission != "FULL_CONTROL" || doc.Grants[0].Grantee.Type != "CanonicalUser" {
		return s3err.NotImplemented
	}
	return nil
}

// getBucketPolicyStatus is GetBucketPolicyStatus. A bucket is public where a stranger may both list and put. The door knows
// no policies, so it asks what would happen to a stranger: a put whose body cannot be read stores nothing.
func (c *call) getBucketPolicyStatus() error {
	ctx := c.r.Context()
	if _, err := c.view.Setting(ctx, c.bucket, objectlayer.SettingPolicy); err != nil && objectlayer.KindOf(err) != objectlayer.KindNoSetting {
		return err
	}
	caller, err := c.s.o.Accounts.Caller(ctx, "")
	if err != nil {
		return err
	}
	caller.Door, caller.RequestID, caller.RemoteAddr = "s3", c.id, c.r.RemoteAddr
	stranger := c.s.o.Gate.Store(caller)
	_, err = stranger.List(ctx, c.bucket, objectlayer.ListOptions{Max: 0})
	public := err == nil
	if public {
		_, err = stranger.Put(ctx, c.bucket, "policy-status", unreadable{}, -1, objectlayer.PutOptions{})
		public = errors.Is(err, errUnreadable)
	}
	return c.xml(s3xml.PolicyStatus(public))
}

var errUnreadable = errors.New("a body to find out whether it would be read")

type unreadable struct{}

func (unreadable) Read([]byte) (int, error) { return 0, errUnreadable }

var _ io.Reader = unreadable{}
