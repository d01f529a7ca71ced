package inspect

import (
	"fmt"
	"strconv"
)

func (p *printer) file(r FileReport) error {
	p.line("%s: %s", safe(r.Path), r.Format)
	switch {
	case r.Journal != nil:
		p.journal(r.Journal)
	case r.Label != nil:
		p.label(r.Label)
	case r.Part != nil:
		p.part(r.Part)
	case r.Content != nil:
		p.json(r.Content)
	default:
		var content any = r.Bucket
		if r.Tracker != nil {
			content = r.Tracker
		}
		doc, err := marshal(content)
		if err != nil {
			return err
		}
		p.json(doc)
	}
	return nil
}

func (p *printer) journal(j *Journal) {
	for _, v := range j.Versions {
		p.line("")
		p.version(v.Version)
		p.line("  flags      %d", v.Flags)
		if v.Index > 0 {
			p.line("  shard      %d, of %v by slot", v.Index, v.Distribution)
		}
		if v.Place == Inline {
			p.line("  inline     %d bytes", v.InlineBytes)
		}
		p.metadata(v.Meta)
	}
}

func (p *printer) label(l *LabelContent) {
	p.line("  deployment %s, placed by %s", l.Deployment, l.Algorithm)
	p.line("  this drive %s, set %d, slot %d", l.This, l.Set, l.Slot)
	rows := [][]string{{"SET", "SLOT", "UUID"}}
	for set, ids := range l.Sets {
		for slot, id := range ids {
			rows = append(rows, []string{strconv.Itoa(set), strconv.Itoa(slot), id})
		}
	}
	p.table("  ", rows)
}

func (p *printer) part(c *PartContent) {
	p.line("  part %d of %s: %d bytes, stored as %d", c.Number, stamp(c.Time), c.Size, c.Stored)
	p.line("  etag %s", safe(c.ETag))
	if c.IndexBytes > 0 {
		p.line("  seek index of %s", fmt.Sprint(c.IndexBytes, " bytes"))
	}
	p.pairs("  ", c.Checksums)
}
