package s3xml

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends a document to a buffer.
type writer struct{ b []byte }

// begin writes the header and opens the root element.
func begin(dst []byte, root string) writer {
	w := writer{append(dst, Header...)}
	w.b = append(w.b, '<')
	w.b = append(w.b, root...)
	w.b = append(w.b, ` xmlns="`+Namespace+`">`...)
	return w
}

func (w *writer) open(name string) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

func (w *writer) close(name string) {
	w.b = append(w.b, '<', '/')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

func (w *writer) text(name, value string) {
	w.open(name)
	w.b = AppendText(w.b, value)
	w.close(name)
}

// optional writes an element only when there is something to say.
func (w *writer) optional(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

// name writes an element that holds a key, or what looks like one, in the encoding the client asked for.
func (w *writer) name(element, value string, urlEncode bool) {
	w.open(element)
	if urlEncode {
		w.b = appendURL(w.b, value)
	} else {
		w.b = AppendText(w.b, value)
	}
	w.close(element)
}

func (w *writer) optionalName(element, value string, urlEncode bool) {
	if value != "" {
		w.name(element, value, urlEncode)
	}
}

func (w *writer) int(name string, n int64) {
	w.open(name)
	w.b = strconv.AppendInt(w.b, n, 10)
	w.close(name)
}

func (w *writer) bool(name string, v bool) {
	w.open(name)
	w.b = strconv.AppendBool(w.b, v)
	w.close(name)
}

func (w *writer) time(name string, t time.Time) {
	w.open(name)
	w.b = t.UTC().AppendFormat(w.b, TimeFormat)
	w.close(name)
}

func (w *writer) etag(name, etag string) {
	w.open(name)
	w.b = append(w.b, "&#34;"...)
	w.b = AppendText(w.b, etag)
	w.b = append(w.b, "&#34;"...)
	w.close(name)
}

// TimeFormat is how S3 documents show a time, always in UTC.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// AppendText appends s escaped for XML. What XML 1.0 cannot carry (section 2.2 "Characters") becomes U+FFFD.
func AppendText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		size, escape := 1, ""
		switch {
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				escape = "\uFFFD"
			}
		case c == '&':
			escape = "&amp;"
		case c == '<':
			escape = "&lt;"
		case c == '>':
			escape = "&gt;"
		case c == '"':
			escape = "&#34;"
		case c == '\'':
			escape = "&#39;"
		case c == '\t':
			escape = "&#x9;"
		case c == '\n':
			escape = "&#xA;"
		case c == '\r':
			escape = "&#xD;"
		case c < ' ':
			escape = "\uFFFD"
		}
		if escape != "" {
			dst = append(dst, s[start:i]...)
			dst = append(dst, escape...)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}

// appendURL appends s in the encoding of encoding-type=url: everything but unreserved characters (RFC 3986) and the slash
// is escaped, a space as %20, which every decoder reads alike.
func appendURL(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '~', c == '/':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
