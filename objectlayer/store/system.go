package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// The store's own documents are objects of the system volume: coded with the highest parity, never versioned, kept in the
// record when small.

// maxSystem bounds a system document read into memory.
const maxSystem = 64 << 20

// readSystem reads a system document. KindNoObject when there is none. Each pool may have one; the newest holds.
func (s *Store) readSystem(ctx context.Context, name string) ([]byte, error) {
	f, err := s.seize(ctx, drive.System, objectlayer.Key(name), true, xlmeta.VersionID{})
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, noVersion("read", drive.System, objectlayer.Key(name), "")
	}
	c := s.content(ctx, f, 0, actualSize(&f.object))
	defer c.Close()
	if f.transform, err = s.openTransform(ctx, f.at, &f.object, nil); err != nil {
		return nil, err
	}
	if c.left > maxSystem {
		return nil, f.at.fault("read", objectlayer.KindInternal, errors.New("system document is too large"))
	}
	data := make([]byte, c.left)
	if _, err := io.ReadFull(c, data); err != nil {
		return nil, f.at.readable("read", err)
	}
	return data, nil
}

// writeSystem replaces a system document.
func (s *Store) writeSystem(ctx context.Context, name string, data []byte) error {
	at, err := s.place(ctx, drive.System, objectlayer.Key(name), int64(len(data)))
	if err != nil {
		return err
	}
	size := int64(len(data))
	o := objectlayer.PutOptions{ContentType: systemType(name)}
	in, err := newBody(bytes.NewReader(data), promise{size: size})
	if err != nil {
		return err
	}
	d, err := s.newDraft(ctx, at, bucket.Rules{}, o, size, false)
	if err != nil {
		return err
	}
	if err := s.fill(ctx, d, in); err != nil {
		return err
	}
	if err := d.seal(in); err != nil {
		s.drop(at, d.blob)
		return err
	}
	_, err = s.publish(ctx, d)
	return err
}

// deleteSystem removes a system document from every pool. Absent is fine.
func (s *Store) deleteSystem(ctx context.Context, name string) error {
	for _, at := range s.spots(drive.System, objectlayer.Key(name)) {
		if err := s.removeAll(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// systemType is the content type MinIO gives a system document.
func systemType(name string) string {
	if path.Ext(name) == ".json" {
		return "application/json"
	}
	return "application/octet-stream"
}
