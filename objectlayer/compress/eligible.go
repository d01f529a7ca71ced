package compress

import (
	"mime"
	"slices"
	"strings"
)

// minSize is the largest object that is not worth compressing, in bytes.
const minSize = 4096

// Config says which objects are compressed. Comparisons ignore case.
type Config struct {
	Enabled         bool
	AllowEncryption bool     // also compress what is encrypted; lengths then tell something of the content
	Extensions      []string // ends of keys, such as ".txt"
	MimeTypes       []string // content types; * stands for any text, as in "text/*"
}

// Defaults returns the lists that apply where an operator names none. Compression itself is off.
func Defaults() Config {
	return Config{
		Extensions: []string{".txt", ".log", ".csv", ".json", ".tar", ".xml", ".bin"},
		MimeTypes:  []string{"text/*", "application/json", "application/xml", "binary/octet-stream"},
	}
}

// What is compressed already, whatever the configuration says.
var (
	excludedExtensions = []string{
		".gz", ".bz2", ".rar", ".zip", ".7z", ".xz", ".mp4", ".mkv", ".mov", ".jpg", ".png", ".gif",
	}
	excludedMimeTypes = []string{
		"video/*", "audio/*", "application/zip", "application/x-gzip", "application/x-zip-compressed",
		"application/x-compress", "application/x-spoon",
	}
)

// Eligible reports whether a new object is to be compressed. The size is that of the plaintext, or negative where it is not
// known, as at the start of a multipart upload, whose parts then are all compressed or none. With both lists empty
// everything is eligible that is not compressed already; otherwise one of them must match.
func (c Config) Eligible(key, contentType string, size int64, encrypted bool) bool {
	if !c.Enabled || encrypted && !c.AllowEncryption || size >= 0 && size <= minSize {
		return false
	}
	key, contentType = strings.ToLower(key), mediaType(contentType)
	if matchExtension(excludedExtensions, key) || matchMimeType(excludedMimeTypes, contentType) {
		return false
	}
	if len(c.Extensions) == 0 && len(c.MimeTypes) == 0 {
		return true
	}
	return matchExtension(c.Extensions, key) || matchMimeType(c.MimeTypes, contentType)
}

// mediaType returns a content type in lower case and without parameters.
func mediaType(contentType string) string {
	if t, _, err := mime.ParseMediaType(contentType); err == nil {
		return t
	}
	return strings.ToLower(strings.TrimSpace(contentType))
}

func matchExtension(extensions []string, key string) bool {
	return slices.ContainsFunc(extensions, func(extension string) bool {
		extension = strings.ToLower(strings.TrimSpace(extension))
		return strings.HasSuffix(key, strings.TrimPrefix(extension, "*"))
	})
}

func matchMimeType(patterns []string, contentType string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return matchStars(strings.ToLower(strings.TrimSpace(pattern)), contentType)
	})
}

// matchStars compares s with a pattern in which each * stands for any text.
func matchStars(pattern, s string) bool {
	pieces := strings.Split(pattern, "*")
	first, rest := pieces[0], pieces[1:]
	if len(rest) == 0 {
		return s == first
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	last := len(rest) - 1
	for _, piece := range rest[:last] {
		at := strings.Index(s, piece)
		if at < 0 {
			return false
		}
		s = s[at+len(piece):]
	}
	return strings.HasSuffix(s, rest[last])
}
