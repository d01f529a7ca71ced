package inspect

import (
	"fmt"
	"strconv"
	"strings"
)

func (p *printer) object(r ObjectReport) {
	p.absentees(r.Survey)
	if len(r.Records) == 0 {
		p.line("%s: no drive that could be asked has it", safe(r.Bucket+"/"+r.Key))
		return
	}
	for i, rec := range r.Records {
		if i > 0 {
			p.line("")
		}
		p.line("%s: pool %d, set %d, %s", safe(r.Bucket+"/"+r.Key), rec.Pool, rec.Set, counted(len(rec.Versions), "version"))
		for _, f := range rec.Findings {
			p.finding(f)
		}
		for _, v := range rec.Versions {
			p.line("")
			p.version(v)
			p.copies(v)
			p.metadata(v.Meta)
		}
	}
}

// version prints what does not depend on drives.
func (p *printer) version(v Version) {
	latest := ""
	if v.Latest {
		latest = ", latest"
	}
	p.line("version %s: %s of %s%s", v.ID, v.Type, stamp(v.Time), latest)
	p.line("  state      %s", stateText(v))
	if v.Data > 0 {
		p.line("  size       %d bytes, stored as %d in %s", v.Size, v.Stored, counted(len(v.Parts), "part"))
		p.line("  coding     %d data and %d parity shards, blocks of %d bytes", v.Data, v.Parity, v.BlockSize)
		p.line("  bytes are  %s", placeText(v))
	}
	p.line("  signature  %s", v.Signature)
	for _, part := range v.Parts {
		if len(v.Parts) > 1 || part.Number != 1 {
			p.line("  part %-5d %d bytes, stored as %d", part.Number, part.Size, part.Stored)
		}
	}
}

func stateText(v Version) string {
	if v.Why == "" {
		return string(v.State)
	}
	return string(v.State) + ": " + safe(v.Why)
}

func placeText(v Version) string {
	switch v.Place {
	case Inline:
		return "inline"
	case InFiles:
		return "in " + v.DataDir
	case InTier:
		return "in a remote tier"
	case InParts:
		return "in the parts of an upload in progress, in " + v.DataDir
	}
	return "not told"
}

// copies prints what each drive has of a version.
func (p *printer) copies(v Version) {
	rows := [][]string{{"SLOT", "SHARD", "BYTES", "STATE", "DRIVE", ""}}
	for _, c := range v.Copies {
		rows = append(rows, copyRow(c))
	}
	p.table("  ", rows)
}

func copyRow(c Copy) []string {
	row := []string{strconv.Itoa(c.Slot), "", "", string(c.State), c.Drive, c.Detail}
	if c.Shard > 0 {
		kind := "parity"
		if c.Data {
			kind = "data"
		}
		row[1], row[2] = fmt.Sprintf("%d %s", c.Shard, kind), strconv.FormatInt(c.Bytes, 10)
	}
	return row
}

func (p *printer) metadata(m *Metadata) {
	if m == nil {
		return
	}
	if len(m.User) > 0 {
		p.line("  metadata")
		p.pairs("    ", m.User)
	}
	if len(m.System) > 0 {
		p.line("  internal metadata")
		p.pairs("    ", m.System)
	}
}

// finding prints a finding and the copies it is about.
func (p *printer) finding(f Finding) {
	p.line("%s: %s", f.Severity, safe(f.subject()))
	p.line("  %s: %s", f.label(), safe(f.Why))
	for _, drive := range f.Drives {
		p.line("    %s", safe(drive))
	}
	for _, c := range f.Copies {
		text := fmt.Sprintf("    slot %d, %s: %s", c.Slot, safe(orNone(c.Drive)), c.State)
		if c.Detail != "" {
			text += ": " + safe(c.Detail)
		}
		p.line("%s", text)
	}
}

func orNone(drive string) string {
	if drive == "" {
		return "no drive"
	}
	return drive
}

// subject names what a finding is about.
func (f *Finding) subject() string {
	switch {
	case f.Path != "":
		return f.Path
	case f.Version != nil:
		return fmt.Sprintf("%s/%s, version %s", f.Bucket, f.Key, f.Version.ID)
	case f.Part > 0:
		return fmt.Sprintf("%s/%s, part %d", f.Bucket, f.Key, f.Part)
	}
	return f.Bucket + "/" + f.Key
}

// label is the kind of a finding in words; of a version, its state.
func (f *Finding) label() string {
	if f.Version != nil {
		return string(f.Version.State) + " " + f.Version.Type
	}
	return strings.ReplaceAll(string(f.Kind), "-", " ")
}
