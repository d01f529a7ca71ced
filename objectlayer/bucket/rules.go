package bucket

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Rules are the answers the engine needs, parsed once per change of a bucket's metadata.
type Rules struct {
	Versioning Versioning
	ObjectLock bool
	Retention  DefaultRetention
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
	if r.ObjectLock, r.Retention, err = ParseLock(m.Doc(objectlayer.SettingObjectLock)); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	if m.LockEnabled {
		r.ObjectLock = true
	}
	if r.ObjectLock { // a lock without versions would protect nothing
		r.Versioning = Versioning{Status: statusEnabled}
	}
	if r.Encryption, err = ParseEncryption(m.Doc(objectlayer.SettingEncryption)); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	if r.Quota, err = parseQuota(m.Doc(objectlayer.SettingQuota)); err != nil {
		return r, fmt.Errorf("bucket %s: %w", m.Name, err)
	}
	return r, nil
}

// DefaultRetention returns the retention of a version made now that names none.
func (r Rules) DefaultRetention(now time.Time) objectlayer.Retention {
	return r.Retention.From(now)
}

// ParseEncryption parses a default encryption document (S3 API "ServerSideEncryptionConfiguration").
func ParseEncryption(doc []byte) (objectlayer.Encryption, error) {
	var e objectlayer.Encryption
	if len(doc) == 0 {
		return e, nil
	}
	var c struct {
		XMLName xml.Name `xml:"ServerSideEncryptionConfiguration"`
		Rule    []struct {
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
			return e, errors.New("encryption: AES256 takes no key id")
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
