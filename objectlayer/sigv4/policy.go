package sigv4

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The policy of an upload form:
//
//	{ "expiration": "2015-12-30T12:00:00.000Z",
//	  "conditions": [
//	    {"bucket": "pictures"},                      the field is this
//	    ["eq", "$acl", "public-read"],               the same, longer
//	    ["starts-with", "$key", "user/eric/"],       the field begins so
//	    ["content-length-range", 1, 1048576]         so many bytes of file
//	  ] }
//
// Source: "POST Policy" in the Amazon S3 API reference.

// A Policy says what a form may upload, and until when.
type Policy struct {
	// Expiration is when the policy ends.
	Expiration time.Time
	// MinSize and MaxSize bound the file in bytes; 0 and math.MaxInt64 if the
	// policy does not.
	MinSize, MaxSize int64

	conditions []condition
}

// A condition is what the policy demands of one field.
type condition struct {
	field  string // lower case, without the dollar sign
	prefix bool   // starts-with rather than eq
	value  string
}

// String returns the condition as a policy writes it.
func (c condition) String() string {
	operator := "eq"
	if c.prefix {
		operator = "starts-with"
	}
	return `["` + operator + `", "$` + c.field + `", "` + c.value + `"]`
}

// maxPolicy bounds the base64 text of a policy. S3 allows 20 KB of form
// fields beside the file in all, MinIO 1 MiB.
const maxPolicy = 1 << 20

// ParsePolicy reads a policy from the base64 text of the form field. It does not
// check the signature; see Verifier.VerifyPost.
func ParsePolicy(encoded string) (*Policy, error) {
	if len(encoded) > maxPolicy {
		return nil, errPolicy("it is too large")
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errPolicy("it is not base64")
	}
	var document struct {
		Expiration string            `json:"expiration"`
		Conditions []json.RawMessage `json:"conditions"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return nil, errPolicy("it is not a JSON object of expiration and conditions")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errPolicy("something follows the document")
	}
	if document.Conditions == nil {
		return nil, errPolicy("conditions are missing")
	}
	p := &Policy{MaxSize: math.MaxInt64}
	if p.Expiration, err = time.Parse(time.RFC3339Nano, document.Expiration); err != nil {
		return nil, errPolicy("the expiration must be in the ISO8601 Format yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
	}
	for _, raw := range document.Conditions {
		if err := p.parseCondition(raw); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func errPolicy(what string) *Error {
	return refuse(CodeMalformedPOSTRequest, "Invalid Policy: "+what+".")
}

// parseCondition adds a condition, written as an object or as an array.
func (p *Policy) parseCondition(raw json.RawMessage) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // a size must not pass through a float
	var parsed any
	if err := decoder.Decode(&parsed); err != nil {
		return errPolicy("a condition is not JSON")
	}
	switch c := parsed.(type) {
	case map[string]any:
		if len(c) != 1 {
			return errPolicy("a simple condition must have exactly one property")
		}
		for field, value := range c {
			return p.addCondition("eq", "$"+field, value)
		}
	case []any:
		if len(c) != 3 {
			return errPolicy("a condition must have three elements")
		}
		operator, ok := c[0].(string)
		if !ok {
			return errPolicy("an operator must be text")
		}
		return p.addCondition(strings.ToLower(operator), c[1], c[2])
	}
	return errPolicy("a condition must be an object or an array")
}

func (p *Policy) addCondition(operator string, first, second any) error {
	if operator == "content-length-range" {
		return p.addRange(first, second)
	}
	if operator != "eq" && operator != "starts-with" {
		return errPolicy("the operator " + quote(operator) + " is unknown")
	}
	name, _ := first.(string)
	field, ok := strings.CutPrefix(name, "$")
	value, isText := scalar(second)
	if !ok || field == "" || !isText {
		return errPolicy("a condition must name a field and a text")
	}
	p.conditions = append(p.conditions, condition{
		field:  strings.ToLower(field),
		prefix: operator == "starts-with",
		value:  value,
	})
	return nil
}

// addRange narrows the size of the file.
func (p *Policy) addRange(first, second any) error {
	low, ok1 := byteCount(first)
	high, ok2 := byteCount(second)
	if !ok1 || !ok2 || low > high {
		return errPolicy("a content-length-range must be two sizes in order")
	}
	p.MinSize, p.MaxSize = max(p.MinSize, low), min(p.MaxSize, high)
	return nil
}

// scalar returns the text of a JSON string or number.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

func byteCount(value any) (int64, bool) {
	text, ok := scalar(value)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err == nil
}

// SizeUnknown stands for the size of a file that has not been read yet.
const SizeUnknown = -1

// Check decides whether the policy allows the form, with a file of this size,
// at this time. The caller sets the field "bucket" to the bucket of the request,
// expands the form, and, when the size is SizeUnknown, holds the file to MinSize
// and MaxSize itself (CheckSize).
//
// Every field must be covered by a condition, except those that carry or bind
// the signature, "file", and names that begin with x-ignore-. A field that is
// missing counts as empty.
func (p *Policy) Check(form Form, size int64, now time.Time) error {
	if !now.Before(p.Expiration) {
		return refuse(CodeAccessDenied, "Invalid according to Policy: Policy expired.")
	}
	for _, c := range p.conditions {
		if !c.holds(form[c.field]) {
			return refuse(CodeAccessDenied, "Invalid according to Policy: Policy Condition failed: "+c.String())
		}
	}
	if extra := p.uncovered(form); extra != nil {
		return refuse(CodeAccessDenied, "Invalid according to Policy: Extra input fields: "+strings.Join(extra, ", "))
	}
	if size == SizeUnknown {
		return nil
	}
	return p.CheckSize(size)
}

// CheckSize decides whether the policy allows a file of this size.
func (p *Policy) CheckSize(size int64) error {
	if size < p.MinSize {
		return refuse(CodeEntityTooSmall, "Your proposed upload is smaller than the minimum allowed size")
	}
	if size > p.MaxSize {
		return refuse(CodeEntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
	}
	return nil
}

func (c condition) holds(value string) bool {
	if !c.prefix {
		return value == c.value
	}
	// S3 reads a content type with commas as a list, of which each must match.
	if c.field == "content-type" {
		for element := range strings.SplitSeq(value, ",") {
			if !strings.HasPrefix(strings.TrimSpace(element), c.value) {
				return false
			}
		}
		return true
	}
	return strings.HasPrefix(value, c.value)
}

// uncovered returns the fields no condition speaks of, sorted.
func (p *Policy) uncovered(form Form) []string {
	covered := make(map[string]bool, len(p.conditions))
	for _, c := range p.conditions {
		covered[c.field] = true
	}
	var extra []string
	for field := range form {
		if !covered[field] && !exempt(field) {
			extra = append(extra, printable(field))
		}
	}
	slices.Sort(extra)
	return extra
}

// exempt reports whether a field needs no condition. The credential and the
// date need none because they decide which key the signature is made with.
func exempt(field string) bool {
	switch field {
	case "policy", "file", "signature", "awsaccesskeyid",
		"x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date":
		return true
	}
	return strings.HasPrefix(field, "x-ignore-")
}
