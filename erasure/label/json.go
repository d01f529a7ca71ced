package label

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// MaxBytes is the size above which a file is no label. The largest pool there can be needs
// less.
const MaxBytes = 4 << 20

// The words of the format; see docs/format/format-json.md.
const (
	documentVersion = "1"
	formatErasure   = "xl"
	formatSingle    = "xl-single"
	xlVersion       = "3"
)

// document is the file. The order of its fields is the order in the file.
type document struct {
	Version string     `json:"version"`
	Format  string     `json:"format"`
	ID      string     `json:"id"`
	XL      xlDocument `json:"xl"`
}

type xlDocument struct {
	Version   string     `json:"version"`
	This      string     `json:"this"`
	Sets      [][]string `json:"sets"`
	Algorithm string     `json:"distributionAlgo"`
}

// Parse reads the content of a format.json. The error is ErrCorrupt or ErrUnsupported. Keys it does not know
// are ignored: incompatible change shows in the version fields.
func Parse(b []byte) (Label, error) {
	if len(b) > MaxBytes {
		return Label{}, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return Label{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err := d.checkVersions(); err != nil {
		return Label{}, err
	}
	l, err := d.label()
	if err != nil {
		return Label{}, err
	}
	if err := l.Validate(); err != nil {
		return Label{}, err
	}
	if d.Format != l.format() {
		return Label{}, fmt.Errorf("%w: format %q with %d drives", ErrCorrupt, d.Format, l.Drives())
	}
	return l, nil
}

// checkVersions refuses what is no label, and labels other than ours.
func (d document) checkVersions() error {
	const copyOut = "copy the objects to a new deployment through S3"
	switch {
	case d.Version == "" || d.Format == "":
		return fmt.Errorf("%w: version or format is missing", ErrCorrupt)
	case d.Version != documentVersion:
		return fmt.Errorf("%w: version %q, want %q; written by newer or foreign software", ErrUnsupported, d.Version, documentVersion)
	case d.Format == "fs":
		return fmt.Errorf("%w: format %q of gateways and file system mode; %s", ErrUnsupported, d.Format, copyOut)
	case d.Format != formatErasure && d.Format != formatSingle:
		return fmt.Errorf("%w: format %q, want %q or %q; written by newer or foreign software", ErrUnsupported, d.Format, formatErasure, formatSingle)
	case d.XL.Version == "":
		return fmt.Errorf("%w: xl version is missing", ErrCorrupt)
	case d.XL.Version == "1" || d.XL.Version == "2":
		return fmt.Errorf("%w: xl version %q, which was superseded in 2018; %s", ErrUnsupported, d.XL.Version, copyOut)
	case d.XL.Version != xlVersion:
		return fmt.Errorf("%w: xl version %q, want %q; written by newer or foreign software", ErrUnsupported, d.XL.Version, xlVersion)
	}
	return nil
}

// label converts the texts of the document.
func (d document) label() (l Label, err error) {
	if l.Algorithm, err = topology.ParseAlgorithm(d.XL.Algorithm); err != nil {
		return Label{}, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if l.Deployment, err = parseID(d.ID); err != nil {
		return Label{}, fmt.Errorf("deployment: %w", err)
	}
	if l.This, err = parseID(d.XL.This); err != nil {
		return Label{}, fmt.Errorf("this drive: %w", err)
	}
	l.Sets = make([][]uuid.UUID, len(d.XL.Sets))
	for i, texts := range d.XL.Sets {
		l.Sets[i] = make([]uuid.UUID, len(texts))
		for j, text := range texts {
			if l.Sets[i][j], err = parseID(text); err != nil {
				return Label{}, fmt.Errorf("set %d drive %d: %w", i, j, err)
			}
		}
	}
	return l, nil
}

// parseID takes only the one spelling in which ids are written, so that what was read is written
// back alike.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || id.String() != s {
		return uuid.Nil, fmt.Errorf("%w: %.40q is no uuid", ErrCorrupt, s)
	}
	return id, nil
}

// Marshal is the content of a format.json, to the byte as MinIO writes it: compact, in fixed order,
// without a newline. A label that is not valid is not written.
func (l Label) Marshal() ([]byte, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	d := document{
		Version: documentVersion,
		Format:  l.format(),
		ID:      l.Deployment.String(),
		XL: xlDocument{
			Version:   xlVersion,
			This:      l.This.String(),
			Sets:      make([][]string, len(l.Sets)),
			Algorithm: string(l.Algorithm),
		},
	}
	for i, set := range l.Sets {
		d.XL.Sets[i] = make([]string, len(set))
		for j, id := range set {
			d.XL.Sets[i][j] = id.String()
		}
	}
	return json.Marshal(d)
}

func (r Roster) format() string {
	if r.Drives() == 1 {
		return formatSingle
	}
	return formatErasure
}
