package inspect

import (
	"bytes"
	"encoding/json"
	"strings"
)

func (p *printer) document(d Document) {
	sealed := ""
	if d.Sealed {
		sealed = ", sealed"
	}
	p.line("%s: pool %d, set %d, %d bytes of %s, %s%s", safe(d.Name), d.Pool, d.Set, d.Bytes, stamp(d.Time), d.State, sealed)
	switch {
	case d.Error != "":
		p.line("  cannot be shown: %s", safe(d.Error))
	case d.Content != nil:
		p.json(d.Content)
	case d.Text != "":
		for line := range strings.Lines(d.Text) {
			p.line("  %s", safe(strings.TrimRight(line, "\n")))
		}
	}
}

// json prints a JSON document, indented. Control characters in it are escaped already.
func (p *printer) json(doc json.RawMessage) {
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "  ", "  "); err != nil {
		b.Reset()
		b.Write(doc)
	}
	p.line("  %s", b.Bytes())
}
