package config

import (
	"fmt"
	"io"
	"strings"
)

// WriteHelp prints what "holdfast server --help" shows: every flag under its group, then the variables that matter most
// when one starts, then examples.
func WriteHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, group := range groups() {
		if group == groupCompat {
			continue
		}
		writeFlags(&b, group)
	}
	b.WriteString(helpTail)
	_, err := io.WriteString(w, b.String())
	return err
}

const helpHead = `holdfast server: keep objects on drives and serve them over S3.

Usage:
  holdfast server [flags] DIR...

DIR is a directory on a drive of its own. {1...4} stands for a range: with ranges, each
argument is a pool; without, all directories are one pool. Drives written by MinIO are
served as they are.
`

const helpTail = `
The credential:
  HOLDFAST_ROOT_USER, HOLDFAST_ROOT_PASSWORD (or MINIO_ROOT_USER, MINIO_ROOT_PASSWORD) set
  it; append _FILE to name a file instead. Without them one is made on the first start and
  kept in ~/.holdfast/root-credentials.

Examples:
  Four drives, any two of which may fail:
    holdfast server /mnt/disk{1...4}

  To try it out on this machine only:
    HOLDFAST_CI_CD=on holdfast server --address 127.0.0.1:9000 /tmp/drive{1...4}

  In the place of MinIO, with its variables:
    MINIO_CONFIG_ENV_FILE=/etc/default/minio holdfast server --certs-dir /etc/minio/certs

Flags have variables, and there are more variables than flags: see
docs/operate/settings.md.
`

const helpColumn = 34

func writeFlags(b *strings.Builder, group string) {
	first := true
	for _, s := range Settings() {
		if s.Group != group || s.Flag == "" {
			continue
		}
		if first {
			fmt.Fprintf(b, "\n%s:\n", group)
			first = false
		}
		left := "      --" + s.Flag
		if s.Short != "" {
			left = "  -" + s.Short + ", --" + s.Flag
		}
		if s.Arg != "" {
			left += " " + s.Arg
		}
		doc := s.Doc
		if s.Default != "" && s.Default != "off" && s.Default != "0" {
			doc += " [" + s.Default + "]"
		}
		lines := wrap(doc, 90-helpColumn)
		if len(left) >= helpColumn {
			fmt.Fprintln(b, left)
			left = ""
		}
		for _, line := range lines {
			fmt.Fprintf(b, "%-*s%s\n", helpColumn, left, line)
			left = ""
		}
	}
}

// wrap breaks text at spaces into lines of at most width characters, where words allow.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// groups returns the headings in the order of the table.
func groups() []string {
	var all []string
	for _, s := range Settings() {
		if len(all) == 0 || all[len(all)-1] != s.Group {
			all = append(all, s.Group)
		}
	}
	return all
}
