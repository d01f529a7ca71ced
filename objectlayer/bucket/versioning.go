package bucket

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Versioning is a bucket's versioning configuration (S3 API "VersioningConfiguration"), with MinIO's two extensions.
type Versioning struct {
	Status           string     `xml:"Status,omitempty"` // Enabled, Suspended or empty
	ExcludedPrefixes []Excluded `xml:"ExcludedPrefixes,omitempty"`
	ExcludeFolders   bool       `xml:"ExcludeFolders,omitempty"`
}

// Excluded is a pattern of keys that are never versioned: a prefix in which "*" stands for any run of bytes.
type Excluded struct {
	Prefix string `xml:"Prefix"`
}

// ParseVersioning parses a versioning document; nil is a bucket that never had versioning.
func ParseVersioning(doc []byte) (Versioning, error) {
	var v Versioning
	if len(doc) == 0 {
		return v, nil
	}
	if err := xml.Unmarshal(doc, &v); err != nil {
		return v, fmt.Errorf("versioning: %w", err)
	}
	switch v.Status {
	case "", "Enabled", "Suspended":
		return v, nil
	}
	return v, fmt.Errorf("versioning: status %q", v.Status)
}

// State returns the bucket's state.
func (v Versioning) State() objectlayer.Versioning {
	switch v.Status {
	case "Enabled":
		return objectlayer.VersioningEnabled
	case "Suspended":
		return objectlayer.VersioningSuspended
	default:
		return objectlayer.VersioningOff
	}
}

// Of returns the state that holds for one key: directory objects and excluded keys are never given new version ids.
func (v Versioning) Of(k objectlayer.Key) objectlayer.Versioning {
	state := v.State()
	if state != objectlayer.VersioningEnabled {
		return state
	}
	if k.Dir() {
		return objectlayer.VersioningSuspended
	}
	for _, e := range v.ExcludedPrefixes {
		if matchPrefix(e.Prefix, string(k)) {
			return objectlayer.VersioningSuspended
		}
	}
	return state
}

// matchPrefix tells whether a beginning of s matches the pattern.
func matchPrefix(pattern, s string) bool {
	pieces := strings.Split(pattern, "*")
	if !strings.HasPrefix(s, pieces[0]) {
		return false
	}
	s = s[len(pieces[0]):]
	for _, p := range pieces[1:] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return true
}
