package inspect

// Report is what Verify found. Without Options.Found it holds every finding.
type Report struct {
	Survey   Survey    `json:"survey"`
	Summary  Summary   `json:"summary"`
	Findings []Finding `json:"findings,omitempty"` // in the order of pools, sets and names
}

// Summary counts what Verify looked at. Uploads in progress are among the records; versions that were superseded are not counted.
type Summary struct {
	Drives   int   `json:"drives"` // that were read
	Absent   int   `json:"absent"` // slots without a drive that could be
	Buckets  int   `json:"buckets"`
	Records  int64 `json:"records"`
	Versions int64 `json:"versions"`
	Bytes    int64 `json:"bytes"` // of shards, compared with their hashes

	Sound      int64 `json:"sound"`
	Degraded   int64 `json:"degraded"`
	Unreadable int64 `json:"unreadable"`
	Dangling   int64 `json:"dangling"`
	// OnlyAbsent is how many of the degraded versions lack nothing but the absent drives. They make no findings.
	OnlyAbsent int64 `json:"only_absent"`

	Findings int64              `json:"findings"`
	ByKind   map[Kind]int64     `json:"by_kind,omitempty"`
	Severity map[Severity]int64 `json:"by_severity,omitempty"`
}

// count enters a version.
func (s *Summary) count(v *Version) {
	switch v.State {
	case Sound:
		s.Sound++
	case Degraded:
		s.Degraded++
	case Unreadable:
		s.Unreadable++
	case Dangling:
		s.Dangling++
	case Superseded:
		return
	}
	s.Versions++
	if v.onlyAbsent() {
		s.OnlyAbsent++
	}
}

// add enters what was counted elsewhere.
func (s *Summary) add(t *Summary) {
	s.Drives += t.Drives
	s.Absent += t.Absent
	s.Buckets += t.Buckets
	s.Records += t.Records
	s.Versions += t.Versions
	s.Sound += t.Sound
	s.Degraded += t.Degraded
	s.Unreadable += t.Unreadable
	s.Dangling += t.Dangling
	s.OnlyAbsent += t.OnlyAbsent
}

// Clean tells whether nothing at all was found.
func (r *Report) Clean() bool { return r.Summary.Findings == 0 && r.Summary.Absent == 0 }

// Reads tells whether everything that is there reads.
func (r *Report) Reads() bool { return r.Summary.Severity[Lost] == 0 }
