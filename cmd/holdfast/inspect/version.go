package inspect

import (
	"errors"
	"io/fs"
	"time"
)

// State is how a version stands.
type State string

// The states.
const (
	Sound      State = "sound"      // every drive of its set has it whole
	Degraded   State = "degraded"   // it reads, and not every drive has it whole
	Unreadable State = "unreadable" // too little of it is left, or nothing of ours can read it
	Dangling   State = "dangling"   // on too few drives to have been acknowledged: of an interrupted write or removal
	Superseded State = "superseded" // on drives that missed that it was replaced
)

// Reads tells whether a server could read a version in this state.
func (s State) Reads() bool { return s == Sound || s == Degraded }

// Version is one version of an object, as the drives of its set show it together. Sizes are in bytes.
type Version struct {
	ID     string    `json:"id"`
	Type   string    `json:"type"` // object, delete-marker, free-version or legacy-object
	Time   time.Time `json:"time"`
	Latest bool      `json:"latest"` // what a client gets that names no version
	State  State     `json:"state"`
	Why    string    `json:"why,omitempty"` // State in words, unless sound

	// Spare is how many more of the drives that have it may be lost; below zero, how many are too few.
	Spare int `json:"spare"`
	// Needed is how many drives it takes to read the version.
	Needed int    `json:"needed"`
	Copies []Copy `json:"copies,omitempty"` // in the order of the slots

	// Of objects only.
	Place     Place     `json:"place,omitempty"`
	Size      int64     `json:"size"`   // as the client sent it
	Stored    int64     `json:"stored"` // compressed and encrypted
	Data      int       `json:"data,omitempty"`
	Parity    int       `json:"parity,omitempty"`
	BlockSize int64     `json:"block_size,omitempty"`
	DataDir   string    `json:"data_dir,omitempty"`
	Parts     []Part    `json:"parts,omitempty"`
	Signature string    `json:"signature"` // of the header, in hexadecimal
	Meta      *Metadata `json:"metadata,omitempty"`
}

// Place is where the bytes of an object are.
type Place string

// The places.
const (
	Inline  Place = "inline"  // in the record
	InFiles Place = "files"   // in a data directory beside the record
	InTier  Place = "tier"    // in another store
	InParts Place = "pending" // in the parts of an upload in progress
)

// Part is one part of an object. Sizes are in bytes.
type Part struct {
	Number int   `json:"number"`
	Size   int64 `json:"size"`   // as the client sent it; -1 when that is not known
	Stored int64 `json:"stored"` // compressed and encrypted
}

// Metadata is what is kept with a version. Values that are or hold keys are replaced by their length.
type Metadata struct {
	User   map[string]string `json:"user,omitempty"`
	System map[string]string `json:"system,omitempty"`
}

// Copy is what one drive has of a version.
type Copy struct {
	Drive  string    `json:"drive,omitempty"` // path; empty when the slot has none
	Slot   int       `json:"slot"`
	Shard  int       `json:"shard,omitempty"` // number of the shard that belongs there, from 1; 0 for versions without bytes
	Data   bool      `json:"data,omitempty"`  // a data shard, rather than parity
	State  CopyState `json:"state"`
	Detail string    `json:"detail,omitempty"`
	Bytes  int64     `json:"bytes"` // of the shard, as found and verified
}

// CopyState is what is the matter with a drive's copy.
type CopyState string

// The states of a copy. The first two are all that a reader needs.
const (
	CopySound     CopyState = "sound"
	CopyDiffers   CopyState = "differing-metadata" // sound, but most drives say something else of the version
	CopyMisplaced CopyState = "misplaced-shard"    // the shard of another drive
	CopyRotten    CopyState = "corrupt-shard"      // of the wrong size, with a wrong hash, or not readable
	CopyNoShard   CopyState = "missing-shard"
	CopyOther     CopyState = "other-version" // has an older or newer version of the same id
	CopyNoVersion CopyState = "missing-version"
	CopyNoRecord  CopyState = "missing-record"
	CopyBadRecord CopyState = "unreadable-record"
	CopyNoDrive   CopyState = "absent-drive"
)

// holdsMetadata tells whether the drive knows the version.
func (c Copy) holdsMetadata() bool {
	switch c.State {
	case CopySound, CopyDiffers, CopyMisplaced, CopyRotten, CopyNoShard:
		return true
	}
	return false
}

// serves tells whether the drive could take part in a read.
func (c Copy) serves() bool { return c.State == CopySound || c.State == CopyDiffers }

// unknown tells whether the drive may have had the version for all that can be seen.
func (c Copy) unknown() bool { return c.State == CopyNoDrive || c.State == CopyBadRecord }

// blame enters what is wrong with the shard, if anything.
func (c *Copy) blame(err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.State, c.Detail = CopyNoShard, err.Error()
	case err != nil:
		c.State, c.Detail = CopyRotten, err.Error()
	}
}

// bad lists the copies that are not as they should be.
func bad(copies []Copy) []Copy {
	var list []Copy
	for _, c := range copies {
		if c.State != CopySound {
			list = append(list, c)
		}
	}
	return list
}

// count counts the copies that have a property.
func count(copies []Copy, has func(Copy) bool) int {
	n := 0
	for _, c := range copies {
		if has(c) {
			n++
		}
	}
	return n
}
