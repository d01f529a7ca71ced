package inspect

import (
	"context"
	"encoding/json"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// Document is one of the documents a store keeps about itself, in the system volume.
type Document struct {
	Pool    int             `json:"pool"`
	Set     int             `json:"set"`
	Name    string          `json:"name"` // below .minio.sys
	Time    time.Time       `json:"time"`
	State   State           `json:"state"`
	Bytes   int64           `json:"bytes"`             // as stored
	Sealed  bool            `json:"sealed"`            // it was opened with a key, or needs one
	Content json.RawMessage `json:"content,omitempty"` // without secrets; in JSON, whatever it is stored as
	Text    string          `json:"text,omitempty"`    // likewise, of what is plain text
	Error   string          `json:"error,omitempty"`   // why it cannot be shown
}

// notDocuments tells what in the system volume is no document: raw files, uploads in progress and caches.
func notDocuments(name string) bool {
	return notVerified(name) || name == systemVolume+"/multipart"
}

// System reads the store's own documents, set by set in the order of their names, and hands each to show. They are settings of buckets,
// configuration, users and policies, tiers, pools, batch jobs. An error is that of show, or means
// that the drives could not be looked at; a document that cannot be read is shown with its Error.
func System(ctx context.Context, drives []string, o Options, show func(Document) error) (Survey, error) {
	o = o.withDefaults()
	c, err := openCluster(drives, o)
	if err != nil {
		return Survey{}, err
	}
	defer c.close()
	frames := &frameChecker{progress: o.Progress}
	for _, p := range c.pools {
		for _, s := range p.sets {
			w := walk{
				set: s, volume: drive.System, skip: notDocuments,
				record:  func(name string) error { return s.document(ctx, name, frames, o, show) },
				finding: func(Finding) error { return nil },
			}
			if err := w.run(ctx); err != nil {
				return c.survey, err
			}
		}
	}
	return c.survey, nil
}

// document shows one document.
func (s *set) document(ctx context.Context, name string, frames *frameChecker, o Options, show func(Document) error) error {
	r := s.hear(ctx, drive.System, name, frames)
	doc := Document{Pool: s.pool.index, Set: s.index, Name: name}
	versions := r.judge(ctx, frames, false)
	if err := ctx.Err(); err != nil {
		return err
	}
	at := 0
	for at < len(versions) && !versions[at].Latest {
		at++
	}
	if at == len(versions) {
		doc.State, doc.Error = Unreadable, "no version of it can be told"
		return show(doc)
	}
	v := versions[at]
	doc.Time, doc.State, doc.Bytes, doc.Error = v.Time, v.State, v.Stored, v.Why
	if v.State.Reads() && v.Type == "object" {
		doc.Error = ""
		r.fill(ctx, &doc, r.merge()[at], o)
	}
	return show(doc)
}

// fill enters the content of a document that reads.
func (r *record) fill(ctx context.Context, doc *Document, c *candidate, o Options) {
	object := r.object(c)
	doc.Sealed = crypt.SchemeOf(object.MetaSys) != crypt.None
	stored, err := r.content(ctx, c.ID, object, o.KMS)
	if err == nil {
		err = doc.decode(ctx, stored, o)
	}
	if err != nil {
		doc.Error = err.Error()
	}
}
