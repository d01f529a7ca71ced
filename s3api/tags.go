package s3api

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// Limits of a tag, in characters ("Categorizing your storage using tags" in the S3 user guide).
const (
	maxTagKey   = 128
	maxTagValue = 256
)

// checkTags refuses tag sets S3 does not allow.
func checkTags(tags []s3xml.Tag, limit int) error {
	if len(tags) > limit {
		return s3err.New(s3err.BadRequest, "Object tags cannot be greater than "+decimal(limit))
	}
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case t.Key == "" || !tagText(t.Key, maxTagKey):
			return s3err.New(s3err.InvalidTag, "The TagKey you have provided is invalid")
		case !tagText(t.Value, maxTagValue):
			return s3err.New(s3err.InvalidTag, "The TagValue you have provided is invalid")
		case seen[t.Key]:
			return s3err.New(s3err.InvalidTag, "Cannot provide multiple Tags with the same key")
		}
		seen[t.Key] = true
	}
	return nil
}

// tagText tells whether a text is at most n characters of those allowed in tags.
func tagText(s string, n int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > n {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Zs, r) && !strings.ContainsRune("+-=._:/@", r) {
			return false
		}
	}
	return true
}

// parseTags reads tags in their URL query form, in the order they have there.
func parseTags(query string) ([]s3xml.Tag, error) {
	var tags []s3xml.Tag
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil || strings.Contains(pair, ";") {
			return nil, s3err.New(s3err.InvalidArgument, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		tags = append(tags, s3xml.Tag{Key: key, Value: value})
	}
	return tags, nil
}

// queryForm is the reverse of parseTags, sorted by key.
func queryForm(tags []s3xml.Tag) string {
	v := make(url.Values, len(tags))
	for _, t := range tags {
		v.Set(t.Key, t.Value)
	}
	return v.Encode()
}

// countTags returns how many tags a query form has.
func countTags(query string) int {
	if query == "" {
		return 0
	}
	return 1 + strings.Count(query, "&")
}
