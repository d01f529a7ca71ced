package inspect

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// FileReport is what one file says. Exactly one of the fields behind Format is set.
type FileReport struct {
	Path   string `json:"path"`
	Format string `json:"format"` // xl.meta, format.json, part.N.meta, bucket-metadata, healing.bin or msgpack

	Journal *Journal        `json:"journal,omitempty"`
	Label   *LabelContent   `json:"label,omitempty"`
	Part    *PartContent    `json:"part,omitempty"`
	Bucket  *BucketContent  `json:"bucket,omitempty"`
	Tracker *label.Tracker  `json:"tracker,omitempty"`
	Content json.RawMessage `json:"content,omitempty"` // of pool.bin and the like
}

// Journal is one drive's xl.meta.
type Journal struct {
	Versions []JournalVersion `json:"versions"`
}

// JournalVersion is one version as one drive has it.
type JournalVersion struct {
	Version
	Flags        uint8   `json:"flags"`
	Index        int     `json:"index,omitempty"` // shard of this drive, from 1
	Distribution []uint8 `json:"distribution,omitempty"`
	InlineBytes  int64   `json:"inline_bytes,omitempty"`
}

// LabelContent is the content of a format.json.
type LabelContent struct {
	Deployment string     `json:"deployment"`
	This       string     `json:"this"`
	Set        int        `json:"set"`
	Slot       int        `json:"slot"`
	Sets       [][]string `json:"sets"`
	Algorithm  string     `json:"algorithm"`
}

// PartContent is the content of a part.N.meta. Sizes are in bytes.
type PartContent struct {
	Number     int               `json:"number"`
	Size       int64             `json:"size"` // as the client sent it
	Stored     int64             `json:"stored"`
	Time       time.Time         `json:"time"`
	ETag       string            `json:"etag"`
	IndexBytes int               `json:"index_bytes,omitempty"` // of the seek index of a compressed part
	Checksums  map[string]string `json:"checksums,omitempty"`
}

// File decodes one file by what is in it, and where that does not tell, by its name. It need not lie on a drive.
func File(ctx context.Context, path string) (FileReport, error) {
	r := FileReport{Path: path}
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return r, err
	}
	b, err := readAtMost(f, info.Size(), maxRecord)
	if err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	if err := r.decode(ctx, filepath.Base(path), b); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

var errUnknownFile = errors.New("it is neither an xl.meta, a format.json, a part.N.meta, a .metadata.bin, a .healing.bin nor a pool.bin")

func (r *FileReport) decode(ctx context.Context, name string, b []byte) (err error) {
	switch {
	case bytes.HasPrefix(b, []byte("XL2 ")) || strings.HasPrefix(name, recordName):
		r.Format = "xl.meta"
		r.Journal, err = journalContent(ctx, b)
	case name == "format.json" || bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) && bytes.Contains(b, []byte(`"distributionAlgo"`)):
		r.Format = "format.json"
		r.Label, err = labelContent(b)
	case strings.HasPrefix(name, partPrefix) && strings.HasSuffix(name, partMetaSuffix):
		r.Format = "part.N.meta"
		r.Part, err = partContent(b)
	case name == ".healing.bin":
		r.Format = "healing.bin"
		r.Tracker, err = label.ParseTracker(b)
	case bytes.HasPrefix(b, []byte{1, 0}):
		return r.decodeHeaded(b)
	default:
		return errUnknownFile
	}
	return err
}

// decodeHeaded reads what begins with a format and a version: the metadata of a bucket, or anything like pool.bin.
func (r *FileReport) decodeHeaded(b []byte) error {
	if m, err := bucket.Decode(b); err == nil && m.Name != "" {
		content := bucketContent(m)
		r.Format, r.Bucket = "bucket-metadata", &content
		return nil
	}
	content, err := msgpackContent(b)
	r.Format, r.Content = "msgpack", content
	return err
}

func labelContent(b []byte) (*LabelContent, error) {
	l, err := label.Parse(b)
	if err != nil {
		return nil, err
	}
	c := &LabelContent{Deployment: l.Deployment.String(), This: l.This.String(), Algorithm: string(l.Algorithm)}
	if slot, ok := l.Find(l.This); ok {
		c.Set, c.Slot = slot.Set, slot.Drive
	}
	for _, set := range l.Sets {
		var ids []string
		for _, id := range set {
			ids = append(ids, id.String())
		}
		c.Sets = append(c.Sets, ids)
	}
	return c, nil
}

func partContent(b []byte) (*PartContent, error) {
	p, err := xlmeta.DecodePartMeta(b)
	if err != nil {
		return nil, err
	}
	return &PartContent{
		Number: p.Number, Size: p.ActualSize, Stored: p.Size, Time: p.ModTime, ETag: p.ETag,
		IndexBytes: len(p.Index), Checksums: p.Checksums,
	}, nil
}

// journalContent reads an xl.meta by itself: the shards in it are verified, those in files are not known.
func journalContent(ctx context.Context, b []byte) (*Journal, error) {
	j, err := xlmeta.DecodeHeaders(b)
	if err != nil {
		return nil, err
	}
	frames := &frameChecker{progress: new(Progress)}
	out := &Journal{Versions: []JournalVersion{}}
	current, _ := j.Latest()
	for _, v := range j.Versions() {
		entry := JournalVersion{Flags: uint8(v.Flags)}
		entry.ID, entry.Type, entry.Time = v.ID.String(), typeName(v.Header), time.Unix(0, v.ModTime).UTC()
		entry.Signature, entry.State = hex.EncodeToString(v.Signature[:]), Sound
		entry.Latest = v.Header == current.Header
		if err := entry.take(ctx, j, v, frames); err != nil {
			entry.State, entry.Why = Unreadable, err.Error()
		}
		out.Versions = append(out.Versions, entry)
	}
	return out, nil
}

// take enters the metadata of a version, and verifies its inline shard.
func (entry *JournalVersion) take(ctx context.Context, j *xlmeta.Journal, v xlmeta.Version, frames *frameChecker) error {
	switch v.Type {
	case xlmeta.TypeDeleteMarker:
		d, err := v.DeleteMarker()
		entry.Meta = systemMetadata(d.MetaSys)
		return err
	case xlmeta.TypeLegacy:
		l, err := v.Legacy()
		entry.Size, entry.Stored, entry.DataDir = l.Size, l.Size, l.DataDir
		entry.Data, entry.Parity, entry.BlockSize = l.Data, l.Parity, l.BlockSize
		entry.Index, entry.Distribution = l.Index, l.Dist
		return err
	}
	o, err := v.Object()
	if err != nil {
		return err
	}
	entry.enter(&o)
	entry.Meta, entry.Index, entry.Distribution = describeMetadata(&o), o.Index, o.Dist
	if entry.Place = placeOf(v.Flags); entry.Place == Inline {
		entry.InlineBytes, err = checkInline(ctx, j, &o, frames)
	}
	return err
}
