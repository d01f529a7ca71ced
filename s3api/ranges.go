package s3api

import (
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// parseRange reads a Range header (RFC 9110 section 14.2). One that asks for several ranges, or cannot be understood, is as
// if it were not there: the answer is the whole object.
func parseRange(header string) objectlayer.Range {
	unit, spec, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") {
		return objectlayer.Range{}
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return objectlayer.Range{}
	}
	switch {
	case first == "":
		if n, ok := position(last); ok {
			return objectlayer.Range{Set: true, Offset: -1, Length: n}
		}
		return objectlayer.Range{}
	case last == "":
		if from, ok := position(first); ok {
			return objectlayer.Range{Set: true, Offset: from, Length: -1}
		}
		return objectlayer.Range{}
	}
	from, ok1 := position(first)
	to, ok2 := position(last)
	if !ok1 || !ok2 || to < from {
		return objectlayer.Range{}
	}
	return objectlayer.Range{Set: true, Offset: from, Length: length(from, to)}
}

// position reads digits, no sign. A number too large for any object is the largest there is.
func position(digits string) (int64, bool) {
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		e, _ := err.(*strconv.NumError)
		return int64(n), e != nil && e.Err == strconv.ErrRange
	}
	return int64(n), true
}

// length of the range from one byte to another, both in it.
func length(from, to int64) int64 {
	n := to - from
	if n == 1<<63-1 {
		return n
	}
	return n + 1
}

// parseCopyRange reads x-amz-copy-source-range, which must be of the form bytes=first-last and is an error otherwise.
func parseCopyRange(header string) (objectlayer.Range, error) {
	if header == "" {
		return objectlayer.Range{}, nil
	}
	r := parseRange(header)
	if !r.Set || r.Offset < 0 || r.Length < 0 {
		return r, s3err.New(s3err.InvalidArgument, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
	}
	return r, nil
}

// contentRange is the value of the header of that name.
func contentRange(offset, length, size int64) string {
	b := make([]byte, 0, 64)
	b = append(b, "bytes "...)
	b = strconv.AppendInt(b, offset, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, offset+length-1, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, size, 10))
}
