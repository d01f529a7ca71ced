package inspect

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// printer writes text for people. What comes from drives goes through safe or quoted, so that a name cannot steer a terminal. The first
// error of the writer stays and ends all printing.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// table prints rows in columns.
func (p *printer) table(indent string, rows [][]string) {
	if p.err != nil {
		return
	}
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i := range row {
			row[i] = safe(row[i])
		}
		fmt.Fprintln(t, indent+strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	p.err = t.Flush()
}

// pairs prints a map by its names.
func (p *printer) pairs(indent string, m map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p.line("%s%s: %s", indent, safe(name), safe(m[name]))
	}
}

// safe is a text with control characters and broken UTF-8 spelled out.
func safe(s string) string {
	quoted := strconv.Quote(s)
	plain := quoted[1 : len(quoted)-1]
	if strings.ReplaceAll(strings.ReplaceAll(plain, `\"`, `"`), `\\`, `\`) == s {
		return s
	}
	return plain
}

// size is a number of bytes as people read it.
func size(bytes uint64) string {
	const units = "KMGTPE"
	if bytes < 1<<10 {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes)/(1<<10), 0
	for value >= 1023.95 && unit < len(units)-1 {
		value /= 1 << 10
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}

// counted is a number with its noun.
func counted[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
