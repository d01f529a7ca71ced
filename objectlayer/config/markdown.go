package config

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown prints the page docs/operate/settings.md.
func WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, group := range groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| flag | variables | default | meaning |\n|---|---|---|---|\n", group)
		for _, s := range Settings() {
			if s.Group == group {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", flagCell(s), variablesCell(s), codeCell(s.Default), docCell(s))
			}
		}
	}
	b.WriteString(pageTail)
	_, err := io.WriteString(w, b.String())
	return err
}

const pageHead = `# Settings

<!-- Made from the table in objectlayer/config by "make docs". Change the table, not this page. -->

A flag wins over a variable, a variable over the file named by ` + "`--config`" + `, that over the default. Of the variables of a
setting the one named first wins. The file named by ` + "`MINIO_CONFIG_ENV_FILE`" + ` holds lines of ` + "`KEY=value`" + ` and overrides the
environment of the process. Drives are the exception: variables win over arguments.

A variable marked *secret* may be given as a file instead: append ` + "`_FILE`" + ` to its name. A relative name is looked for below
` + "`/run/secrets`" + ` and systemd's ` + "`$CREDENTIALS_DIRECTORY`" + ` first. A file that is absent is ignored.

Switches take ` + "`on`" + ` and ` + "`off`" + `; sizes ` + "`10MB`" + ` or ` + "`10MiB`" + `; durations ` + "`90s`" + `, ` + "`5m`" + `, ` + "`24h`" + `. ` + "`MINIO_`" + ` variables that are not
listed here are ignored, so that the environment of a MinIO installation can be used as it is. The server does not start with
settings it cannot honour where that would change what is stored: ` + "`MINIO_KMS_KES_ENDPOINT`" + `, ` + "`MINIO_KMS_SERVER`" + `,
` + "`MINIO_ETCD_ENDPOINTS`" + `.
`

const pageTail = `
## The --config file

` + "```yaml" + `
version: v2                    # v1: a pool is a plain list of drives
address: ":9000"
certs-dir: /etc/minio/certs
rootUser: operator
rootPassword: correct-horse
pools:
  - args: ["/mnt/disk{1...8}"]
    set-drive-count: 4         # optional
` + "```" + `
`

func flagCell(s Setting) string {
	if s.Flag == "" {
		return ""
	}
	cell := "--" + s.Flag
	if s.Arg != "" {
		cell += " " + s.Arg
	}
	cell = "`" + cell + "`"
	if s.Short != "" {
		cell += ", `-" + s.Short + "`"
	}
	return cell
}

func variablesCell(s Setting) string {
	names := make([]string, len(s.Env))
	for i, name := range s.Env {
		names[i] = "`" + name + "`"
	}
	return strings.Join(names, "<br>")
}

func docCell(s Setting) string {
	doc := strings.ReplaceAll(s.Doc, "|", `\|`)
	if s.Secret {
		doc += " *Secret.*"
	}
	return doc
}

func codeCell(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
