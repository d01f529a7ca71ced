package s3xml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
)

// Limits of what Decode takes.
const (
	MaxDepth    = 32 // nested elements
	maxSiblings = 64 // different names of elements below one parent
)

// ErrMalformed is wrapped by every error of Decode.
var ErrMalformed = errors.New("malformed XML")

// Request is a document a client sends: one of the types of this package.
type Request interface {
	// many tells which elements may appear more than once below the same parent.
	many() []string
}

// Decode parses a document into v, a pointer to one of the request types.
func Decode(body []byte, v Request) error {
	g := &guard{raw: xml.NewDecoder(bytes.NewReader(body)), many: v.many()}
	d := xml.NewTokenDecoder(g)
	if err := d.Decode(v); err != nil {
		return errors.Join(ErrMalformed, err)
	}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errors.Join(ErrMalformed, err)
		}
		if !blank(token) {
			return errors.Join(ErrMalformed, errors.New("data behind the document"))
		}
	}
}

func blank(token xml.Token) bool {
	switch t := token.(type) {
	case xml.Comment:
		return true
	case xml.CharData:
		return len(bytes.TrimSpace(t)) == 0
	default:
		return false
	}
}

// guard passes the tokens of a document on and refuses what no S3 document has.
type guard struct {
	raw  *xml.Decoder
	many []string
	seen [][]string // for each open element: the names below it that may not come again
}

func (g *guard) Token() (xml.Token, error) {
	token, err := g.raw.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case xml.Directive:
		return nil, errors.New("a document type declaration")
	case xml.ProcInst:
		if t.Target != "xml" {
			return nil, errors.New("a processing instruction")
		}
	case xml.StartElement:
		if err := g.open(t.Name.Local); err != nil {
			return nil, err
		}
	case xml.EndElement:
		g.seen = g.seen[:len(g.seen)-1]
	}
	return token, nil
}

func (g *guard) open(name string) error {
	depth := len(g.seen)
	if depth == MaxDepth {
		return errors.New("nested too deep")
	}
	if depth > 0 && !slices.Contains(g.many, name) {
		siblings := &g.seen[depth-1]
		if slices.Contains(*siblings, name) {
			return errors.New("element " + name + " appears twice")
		}
		if len(*siblings) == maxSiblings {
			return errors.New("too many different elements")
		}
		*siblings = append(*siblings, name)
	}
	if depth < cap(g.seen) { // take the room of an earlier element of this depth
		g.seen = g.seen[:depth+1]
		g.seen[depth] = g.seen[depth][:0]
		return nil
	}
	g.seen = append(g.seen, nil)
	return nil
}
