package s3api

import (
	"net/http"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// getObject is GetObject. The headers are set before the body is read, but nothing is sent before its first byte is there.
func (c *call) getObject() error {
	o, err := c.readOptions()
	if err != nil {
		return err
	}
	object, err := c.open(&o)
	if err != nil {
		return err
	}
	defer object.Body.Close() // reading is over either way; what went wrong, WriteTo has said
	c.setObject(&object.Info, o)
	c.w.later(c.setStretch(&object.Info, o, object.Offset, object.Length))
	if _, err := object.Body.WriteTo(&c.w); err != nil {
		if !c.w.began() {
			c.resetHeaders()
		}
		return err
	}
	c.w.finish()
	return nil
}

// open opens the version. A Range under an If-Range that does not hold is dropped from the options (RFC 9110 section 13.1.5):
// it belongs to bytes the client has of another version.
func (c *call) open(o *objectlayer.GetOptions) (*objectlayer.Object, error) {
	ctx, given := c.r.Context(), c.header("If-Range")
	if given == "" || !o.Range.Set || !o.Conditions.Empty() {
		return c.view.Get(ctx, c.bucket, c.key, *o)
	}
	same := *o
	if strings.HasPrefix(given, `"`) {
		same.Conditions.IfMatch = entityTags([]string{given})
	} else if same.Conditions.IfUnmodifiedSince = httpDate(given); same.Conditions.IfUnmodifiedSince.IsZero() {
		same.Conditions.IfUnmodifiedSince = time.Unix(0, 0) // neither a tag nor a date: never the same
	}
	object, err := c.view.Get(ctx, c.bucket, c.key, same)
	if objectlayer.KindOf(err) != objectlayer.KindPrecondition {
		return object, err
	}
	o.Range = objectlayer.Range{}
	return c.view.Get(ctx, c.bucket, c.key, *o)
}

// resetHeaders takes back the headers of an answer that will not be given.
func (c *call) resetHeaders() {
	h := c.w.Header()
	for name := range h {
		if !strings.HasPrefix(name, "Access-Control-") && !strings.HasPrefix(name, "X-Ratelimit-") {
			delete(h, name)
		}
	}
	c.standardHeaders()
}

// headObject is HeadObject: the headers of GetObject without the body.
func (c *call) headObject() error {
	o, err := c.readOptions()
	if err != nil {
		return err
	}
	info, err := c.view.Stat(c.r.Context(), c.bucket, c.key, o)
	if err != nil {
		return err
	}
	offset, length := stretch(&info, o)
	c.setObject(&info, o)
	c.w.WriteHeader(c.setStretch(&info, o, offset, length))
	return nil
}

// stretch returns the bytes a GetObject with these options would send. That they are there, Stat has checked.
func stretch(info *objectlayer.ObjectInfo, o objectlayer.GetOptions) (offset, length int64) {
	if o.PartNumber == 0 {
		offset, length, _ = o.Range.Resolve(info.Size)
		return offset, length
	}
	for _, p := range info.Parts {
		if p.Number == o.PartNumber {
			return offset, p.Size
		}
		offset += p.Size
	}
	return 0, info.Size
}

// getObjectACL is GetObjectAcl: every object belongs to its owner alone.
func (c *call) getObjectACL() error {
	v, err := c.versionID()
	if err != nil {
		return err
	}
	if _, err := c.view.Stat(c.r.Context(), c.bucket, c.key, objectlayer.GetOptions{Version: v, NoKey: true}); err != nil {
		return err
	}
	return c.privateACL()
}

// putObjectACL is PutObjectAcl: it may say again what holds anyway.
func (c *call) putObjectACL() error {
	v, err := c.versionID()
	if err != nil {
		return err
	}
	if _, err := c.view.Stat(c.r.Context(), c.bucket, c.key, objectlayer.GetOptions{Version: v, NoKey: true}); err != nil {
		return err
	}
	if err := c.checkPrivate(); err != nil {
		return err
	}
	return c.done(http.StatusOK)
}
