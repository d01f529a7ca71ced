package xlmeta

import (
	"bytes"
	"time"
)

// repair mends what releases that wrote an older metadata version got wrong, so
// that the version can be written as [metadataVersion]. It looks for a word
// first and decodes only what may need mending.
func (v *Version) repair(metadata uint64) error {
	switch {
	case metadata < 2 && v.Type == TypeDeleteMarker && bytes.Contains(v.meta, []byte("-timestamp")):
		return v.repairTimes()
	case metadata < 3 && v.Type == TypeObject && bytes.Contains(v.meta, []byte("PartIdx")):
		return v.repairIndexes()
	}
	return nil
}

// repairTimes gives the times of a replicated delete marker in UTC: drives on
// servers with different time zones wrote them differently. Before metadata
// version 2 (October 2022).
func (v *Version) repairTimes() error {
	d, err := v.DeleteMarker()
	if err != nil {
		return err
	}
	changed := false
	for _, key := range []string{KeyReplicationTimestamp, KeyReplicaTimestamp} {
		text := string(d.MetaSys[key])
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			continue // absent, or nothing we know how to mend
		}
		if utc := at.UTC().Format(time.RFC3339Nano); utc != text {
			d.MetaSys[key] = []byte(utc)
			changed = true
		}
	}
	if changed {
		*v = d.version(writtenByOthers)
	}
	return nil
}

// Releases strictly between these times (2 December 2023 and 29 October 2024)
// wrote seek indexes of small parts that cannot be relied on.
const (
	badIndexAfter  = 1701471618
	badIndexBefore = 1730156418
	badIndexSize   = 8 << 20 // largest part that is concerned, as the client sent it
)

// repairIndexes drops unreliable seek indexes of compressed parts. Before
// metadata version 3 (January 2025).
func (v *Version) repairIndexes() error {
	e, err := v.open(TypeObject)
	if err != nil {
		return err
	}
	if e.written <= badIndexAfter || e.written >= badIndexBefore {
		return nil
	}
	o, err := v.Object()
	if err != nil {
		return err
	}
	if string(o.MetaSys[KeyCompression]) != CompressionS2 {
		return nil
	}
	changed := false
	for i := range o.Parts {
		if p := &o.Parts[i]; p.ActualSize <= badIndexSize && p.Index != nil {
			p.Index = nil
			changed = true
		}
	}
	if changed {
		mended := o.version(e.written)
		mended.Data, mended.Parity = v.Data, v.Parity // as unknown as they were
		*v = mended
	}
	return nil
}
