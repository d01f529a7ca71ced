package bucket

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// maxExcluded is how many patterns a versioning document may hold. MinIO stores no more, and every write of a key tries all.
const maxExcluded = 10

// The states a versioning document may name.
const (
	statusEnabled   = "Enabled"
	statusSuspended = "Suspended"
)

// Versioning is a bucket's versioning configuration (S3 API "VersioningConfiguration"), with MinIO's two extensions.
type Versioning struct {
	XMLName          xml.Name   `xml:"VersioningConfiguration"`
	Status           string     `xml:"Status,omitempty"` // Enabled, Suspended or empty
	ExcludedPrefixes []Excluded `xml:"ExcludedPrefixes,omitempty"`
	// ExcludeFolders leaves keys that end in a slash out of versioning. Those never have versions, so it changes nothing; it
	// is kept because clients read back what they wrote.
	ExcludeFolders bool `xml:"ExcludeFolders,omitempty"`
}

// Excluded is a pattern of keys that are not versioned: a prefix in which "*" stands for any text and "?" for one
// character.
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
	if len(v.ExcludedPrefixes) > maxExcluded {
		return v, fmt.Errorf("versioning: %d excluded prefixes, at most %d may be", len(v.ExcludedPrefixes), maxExcluded)
	}
	switch v.Status {
	case "", statusEnabled, statusSuspended:
		return v, nil
	}
	return v, fmt.Errorf("versioning: status %q", v.Status)
}

// State returns the bucket's state.
func (v Versioning) State() objectlayer.Versioning {
	switch v.Status {
	case statusEnabled:
		return objectlayer.VersioningEnabled
	case statusSuspended:
		return objectlayer.VersioningSuspended
	default:
		return objectlayer.VersioningOff
	}
}

// Of returns the state that holds for one key. Keys that end in a slash never have versions, and excluded keys are written
// and deleted as in a bucket without versioning: a delete leaves no marker, and what versions the key has from before it
// was excluded stay. Both was observed with a MinIO of 2026-02.
func (v Versioning) Of(k objectlayer.Key) objectlayer.Versioning {
	if k.Dir() {
		return objectlayer.VersioningOff
	}
	state := v.State()
	if state != objectlayer.VersioningEnabled {
		return state
	}
	for _, e := range v.ExcludedPrefixes {
		if matchPrefix(e.Prefix, string(k)) {
			return objectlayer.VersioningOff
		}
	}
	return state
}

// matchPrefix tells whether a beginning of s matches the pattern. What stands between two stars is looked for where it comes
// first: nothing is won by a later place, since the end of s need not match.
func matchPrefix(pattern, s string) bool {
	anchored := true
	for piece := range strings.SplitSeq(pattern, "*") {
		rest, found := trimPiece(s, piece)
		for !found && !anchored && s != "" {
			_, size := utf8.DecodeRuneInString(s)
			s = s[size:]
			rest, found = trimPiece(s, piece)
		}
		if !found {
			return false
		}
		s, anchored = rest, false
	}
	return true
}

// trimPiece removes a piece of a pattern from the beginning of s.
func trimPiece(s, piece string) (rest string, found bool) {
	for _, want := range piece {
		got, size := utf8.DecodeRuneInString(s)
		if size == 0 || want != '?' && want != got {
			return s, false
		}
		s = s[size:]
	}
	return s, true
}
