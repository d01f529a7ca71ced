package bucket

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Documents a new bucket with object lock starts with.
const (
	DefaultLockDoc       = `<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`
	EnabledVersioningDoc = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`
)

// The longest default retention there may be, as MinIO has it.
const (
	maxRetentionDays  = 36500
	maxRetentionYears = 100
)

// DefaultRetention is what a new version of a bucket with object lock gets that names none. The zero value is none.
type DefaultRetention struct {
	Mode  string // GOVERNANCE or COMPLIANCE; empty = none
	Days  int    // one of Days and Years is zero
	Years int
}

// From returns the retention of a version made now.
func (r DefaultRetention) From(now time.Time) objectlayer.Retention {
	if r.Mode == "" {
		return objectlayer.Retention{}
	}
	return objectlayer.Retention{Mode: r.Mode, Until: now.UTC().AddDate(r.Years, 0, r.Days)}
}

// ParseLock parses an object lock document (S3 API "ObjectLockConfiguration"). No document is a bucket without object lock;
// a document is never taken for that: one that does not say "Enabled" is an error.
func ParseLock(doc []byte) (locked bool, r DefaultRetention, err error) {
	if len(doc) == 0 {
		return false, r, nil
	}
	var d struct {
		XMLName           xml.Name `xml:"ObjectLockConfiguration"`
		ObjectLockEnabled string
		Rule              *struct {
			DefaultRetention DefaultRetention
		}
	}
	if err := xml.Unmarshal(doc, &d); err != nil {
		return false, r, fmt.Errorf("object lock: %w", err)
	}
	if d.ObjectLockEnabled != "Enabled" {
		return false, r, fmt.Errorf("object lock: enabled %q", d.ObjectLockEnabled)
	}
	if d.Rule == nil {
		return true, r, nil
	}
	return true, d.Rule.DefaultRetention, d.Rule.DefaultRetention.validate()
}

func (r DefaultRetention) validate() error {
	if r.Mode != "GOVERNANCE" && r.Mode != "COMPLIANCE" {
		return fmt.Errorf("object lock: retention mode %q", r.Mode)
	}
	if r.Days < 0 || r.Days > maxRetentionDays || r.Years < 0 || r.Years > maxRetentionYears || (r.Days == 0) == (r.Years == 0) {
		return fmt.Errorf("object lock: retention of %d days and %d years", r.Days, r.Years)
	}
	return nil
}
