package inspect

import (
	"fmt"
	"strconv"
)

func (p *printer) survey(s Survey) {
	for i, pool := range s.Pools {
		if i > 0 {
			p.line("")
		}
		p.pool(i, pool)
	}
}

func (p *printer) pool(index int, s PoolSurvey) {
	p.line("pool %d: %s", index, safe(s.Argument))
	if s.Deployment != "" {
		p.line("deployment %s, %s of %d", s.Deployment, counted(s.Sets, "set"), s.SetDrives)
	}
	p.line("")
	rows := [][]string{{"SET", "SLOT", "STATE", "UUID", "SIZE", "FREE", "DRIVE"}}
	for _, d := range s.Drives {
		row := []string{strconv.Itoa(d.Set), strconv.Itoa(d.Slot), d.State, d.UUID, "", "", d.Path}
		if d.Moved {
			row[2] += ", moved"
		}
		if d.Total > 0 {
			row[4], row[5] = size(d.Total), size(d.Free)
		}
		rows = append(rows, row)
	}
	p.table("  ", rows)
	p.line("")
	for _, d := range s.Drives {
		if d.Why != "" {
			p.line("  %s: %s", safe(d.Path), safe(d.Why))
		}
		if d.Filling != "" {
			p.line("  %s: is being filled after it was replaced: %s", safe(d.Path), safe(d.Filling))
		}
	}
	p.line("A start %s.", safe(s.Why))
}

// absentees prints the slots without a usable drive, in a line each.
func (p *printer) absentees(s Survey) {
	if s.Start == StartWhole {
		return
	}
	for i, pool := range s.Pools {
		prefix := ""
		if len(s.Pools) > 1 {
			prefix = fmt.Sprintf("pool %d: ", i)
		}
		p.line("%sa start %s", prefix, safe(pool.Why))
	}
	p.line("")
}
