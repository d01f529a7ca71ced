package bucket

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Documents a new bucket with object lock starts with.
const (
	DefaultLockDoc       = `<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`
	EnabledVersioningDoc = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`
)

// Rules are the answers the engine needs, parsed once per change of a bucket's metadata.
type Rules struct {
	Versioning Versioning
	ObjectLock bool
	// DefaultRetention is what a new version gets that names none; a zero period is none.
	RetentionMode  string
	RetentionDays  int
	RetentionYears int
	// Encryption is what a new object gets that asks for none.
	Encryption objectlayer.Encryption
	// Quota is the most bytes the bucket may hold; 0 = unlimited.
	Quota uint64
}

// Rules parses the documents the engine acts on. A document that does not parse is an error: a bucket whose lock or
// versioning rules cannot be read must not be treated as having none.
func (m *Metadata) Rules() (Rules, error) {
	var r Rules
	var err error
	if r.Versioning, err = ParseVersioning(m.Doc(objectlayer.SettingVersioning)); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	if err = r.parseLock(m); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	if r.Encryption, err = ParseEncryption(m.Doc(objectlayer.SettingEncryption)); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	if r.Quota, err = parseQuota(m.Doc(objectlayer.SettingQuota)); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	return r, nil
}

func (r *Rules) parseLock(m *Metadata) error {
	doc := m.Doc(objectlayer.SettingObjectLock)
	if doc == nil {
		r.ObjectLock = m.LockEnabled
	} else {
		var lock struct {
			ObjectLockEnabled string
			Rule              struct {
				DefaultRetention struct {
					Mode  string
					Days  int
					Years int
				}
			}
		}
		if err := xml.Unmarshal(doc, &lock); err != nil {
			return fmt.Errorf("object lock: %w", err)
		}
		d := lock.Rule.DefaultRetention
		r.ObjectLock = lock.ObjectLockEnabled == "Enabled"
		r.RetentionMode, r.RetentionDays, r.RetentionYears = d.Mode, d.Days, d.Years
	}
	if r.ObjectLock { // a lock without versions would protect nothing
		r.Versioning.Status = "Enabled"
	}
	return nil
}

// DefaultRetention returns the retention of a version made now that names none.
func (r Rules) DefaultRetention(now time.Time) objectlayer.Retention {
	if !r.ObjectLock || r.RetentionMode == "" || r.RetentionDays+r.RetentionYears == 0 {
		return objectlayer.Retention{}
	}
	return objectlayer.Retention{Mode: r.RetentionMode, Until: now.UTC().AddDate(r.RetentionYears, 0, r.RetentionDays)}
}

// ParseEncryption parses a default encryption document (S3 API "ServerSideEncryptionConfiguration").
func ParseEncryption(doc []byte) (objectlayer.Encryption, error) {
	var e objectlayer.Encryption
	if len(doc) == 0 {
		return e, nil
	}
	var c struct {
		Rule []struct {
			Apply struct {
				SSEAlgorithm   string
				KMSMasterKeyID string
			} `xml:"ApplyServerSideEncryptionByDefault"`
		}
	}
	if err := xml.Unmarshal(doc, &c); err != nil {
		return e, fmt.Errorf("encryption: %w", err)
	}
	if len(c.Rule) != 1 {
		return e, fmt.Errorf("encryption: %d rules, want one", len(c.Rule))
	}
	switch a := c.Rule[0].Apply; a.SSEAlgorithm {
	case "AES256":
		if a.KMSMasterKeyID != "" {
			return e, fmt.Errorf("encryption: AES256 takes no key id")
		}
		e.Scheme = objectlayer.EncryptS3
	case "aws:kms":
		e.Scheme, e.KeyID = objectlayer.EncryptKMS, strings.TrimPrefix(a.KMSMasterKeyID, "arn:aws:kms:")
	default:
		return e, fmt.Errorf("encryption: algorithm %q", a.SSEAlgorithm)
	}
	return e, nil
}

// parseQuota reads a quota document; "size" is the newer name of "quota", the greater one holds.
func parseQuota(doc []byte) (uint64, error) {
	if len(doc) == 0 {
		return 0, nil
	}
	var q struct {
		Quota, Size uint64
		QuotaType   string
	}
	if err := json.Unmarshal(doc, &q); err != nil {
		return 0, fmt.Errorf("quota: %w", err)
	}
	return max(q.Quota, q.Size), nil
}
