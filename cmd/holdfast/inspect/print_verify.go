package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (p *printer) summary(r Report) {
	s := r.Summary
	p.line("%s, %s, %s in %s, %s of shards verified", counted(s.Drives, "drive"), counted(s.Buckets, "bucket"),
		counted(s.Versions, "version"), counted(s.Records, "record"), size(uint64(s.Bytes)))
	p.line("versions: %d sound, %d degraded, %d unreadable, %d dangling", s.Sound, s.Degraded, s.Unreadable, s.Dangling)
	if s.Absent > 0 {
		p.line("%s without a drive that could be read; %d of the degraded versions lack nothing else", counted(s.Absent, "slot"), s.OnlyAbsent)
	}
	if s.Findings > 0 {
		var kinds []string
		for _, kind := range slices.Sorted(maps.Keys(s.ByKind)) {
			kinds = append(kinds, fmt.Sprintf("%s %d", kind, s.ByKind[kind]))
		}
		p.line("findings: %d (%s)", s.Findings, strings.Join(kinds, ", "))
	}
	switch {
	case !r.Reads():
		p.line("Something here does not read: see the findings marked %s.", Lost)
	case !r.Clean():
		p.line("Everything reads. What is degraded stands fewer losses than it should; residue is of use to nobody.")
	default:
		p.line("Everything is sound.")
	}
}

// progressText is the line shown while drives are verified.
func progressText(p *Progress) string {
	return fmt.Sprintf("%s, %s of shards verified, at %s", counted(p.Records.Load(), "record"), size(uint64(p.Bytes.Load())), safe(p.At()))
}
