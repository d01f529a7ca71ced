package xlmeta

import "fmt"

// textPrefix begins the first containers of all, whose version was text.
const textPrefix = magic + "1   "

// decodeMap reads the payload of the containers before 1.3: a map whose
// Versions are bare metadata. Headers are made from it.
func decodeMap(payload []byte) (*Journal, error) {
	j := new(Journal)
	r := reader{b: payload}
	for n := r.mapLen(); n > 0 && r.err == nil; n-- {
		if string(r.key()) != "Versions" {
			r.skip()
			continue
		}
		j.versions = make([]Version, r.arrayLen(minMetadataSize))
		for i := range j.versions {
			j.versions[i].meta = r.raw()
		}
	}
	if err := r.done(); err != nil {
		return nil, corruptf("payload: %w", err)
	}
	for i := range j.versions {
		v := &j.versions[i]
		err := v.derive()
		if err == nil {
			err = v.repair(0)
		}
		if err != nil {
			return nil, fmt.Errorf("version %d of %d: %w", i+1, len(j.versions), err)
		}
	}
	sortVersions(j.versions)
	return j, nil
}

// minMetadataSize is less than any version's metadata takes: a map with a type,
// and a body of a map with at least an id and a time.
const minMetadataSize = 32

// derive makes the header of v from its metadata.
func (v *Version) derive() error {
	e, err := openEnvelope(v.meta)
	if err != nil {
		return err
	}
	switch e.typ {
	case TypeObject:
		var o decodedObject
		if o, err = decodeObject(e.body); err == nil {
			v.Header = o.header()
			v.Signature = o.signatureWith(!o.noActualSizes)
		}
	case TypeDeleteMarker:
		var d DeleteMarker
		if d, err = decodeMarker(e.body); err == nil {
			v.Header = d.header()
		}
	case TypeLegacy:
		var l Legacy
		if l, err = decodeLegacy(e.body); err == nil {
			v.Header = l.header()
		}
	}
	if err != nil {
		return corruptf("%v: %w", e.typ, err)
	}
	return nil
}
