package topology

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// ErrMalformedEllipsis is returned for an argument that holds an ellipsis which is
// not of the form {first...last}.
var ErrMalformedEllipsis = errors.New("malformed ellipsis")

const ellipsis = "..."

// pattern is an argument cut at its ranges:
//
//	texts[0] ranges[0] texts[1] ranges[1] ... texts[len(ranges)]
type pattern struct {
	texts  []string
	ranges []numberRange
}

// parsePattern cuts arg at its ranges. Braces are ordinary characters as long as the
// argument holds no ellipsis; next to one, a brace that belongs to no range is far
// more likely a slip than a file name, and is refused.
func parsePattern(arg string) (pattern, error) {
	if !strings.ContainsAny(arg, "{}") || !strings.Contains(arg, ellipsis) {
		return pattern{texts: []string{arg}}, nil
	}
	var p pattern
	rest := arg
	for {
		before, after, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return pattern{}, fmt.Errorf("%w in %q: } without {", ErrMalformedEllipsis, arg)
		}
		p.texts = append(p.texts, before)
		if !found {
			return p, nil
		}
		inside, behind, closed := strings.Cut(after, "}")
		if !closed {
			return pattern{}, fmt.Errorf("%w in %q: { without }", ErrMalformedEllipsis, arg)
		}
		r, err := parseRange(inside)
		if err != nil {
			return pattern{}, fmt.Errorf("%w in %q: %w", ErrMalformedEllipsis, arg, err)
		}
		p.ranges = append(p.ranges, r)
		rest = behind
	}
}

// count is the number of strings the pattern stands for. It stops counting above
// limit, so that a huge product cannot overflow.
func (p pattern) count(limit uint64) uint64 {
	total := uint64(1)
	for _, r := range p.ranges {
		high, low := bits.Mul64(total, r.count())
		if high != 0 || low > limit {
			return limit + 1
		}
		total = low
	}
	return total
}

// expand lists the strings the pattern stands for; the leftmost range varies fastest.
// The caller has bounded count.
func (p pattern) expand() []string {
	list := []string{p.texts[len(p.ranges)]}
	for i := len(p.ranges) - 1; i >= 0; i-- {
		r := p.ranges[i]
		next := make([]string, 0, uint64(len(list))*r.count())
		for _, tail := range list {
			for k := range r.count() {
				next = append(next, p.texts[i]+r.format(k)+tail)
			}
		}
		list = next
	}
	return list
}

// numberRange is one {first...last}.
type numberRange struct {
	first, last uint64
	base        int // 10 or 16
	width       int // zero padded to this many digits
}

// parseRange reads first...last. Both are decimal, or both hexadecimal when one of
// them is no decimal number. Numbers are padded to the width of the last one when
// either is written with a leading zero.
func parseRange(s string) (numberRange, error) {
	first, last, found := strings.Cut(s, ellipsis)
	if !found {
		return numberRange{}, fmt.Errorf("{%s} holds no %q", s, ellipsis)
	}
	if len(first) > maxDigits || len(last) > maxDigits {
		return numberRange{}, fmt.Errorf("{%s} has more than %d digits", s, maxDigits)
	}
	r := numberRange{base: 10}
	var ok bool
	if r.first, r.last, ok = parseEnds(first, last, 10); !ok {
		r.base = 16
		if r.first, r.last, ok = parseEnds(first, last, 16); !ok {
			return numberRange{}, fmt.Errorf("{%s} needs a number on either side of the dots", s)
		}
	}
	if r.first > r.last {
		return numberRange{}, fmt.Errorf("{%s} runs backwards", s)
	}
	if r.last-r.first >= MaxDrives {
		return numberRange{}, fmt.Errorf("{%s}: %w", s, ErrTooManyDrives)
	}
	if len(first) > 1 && first[0] == '0' || last[0] == '0' {
		r.width = len(last)
	}
	return r, nil
}

// maxDigits is more than any number of 64 bits needs.
const maxDigits = 20

func parseEnds(first, last string, base int) (a, b uint64, ok bool) {
	a, errFirst := strconv.ParseUint(first, base, 64)
	b, errLast := strconv.ParseUint(last, base, 64)
	return a, b, errFirst == nil && errLast == nil
}

func (r numberRange) count() uint64 { return r.last - r.first + 1 }

// format is the k-th number of the range, in lower case.
func (r numberRange) format(k uint64) string {
	s := strconv.FormatUint(r.first+k, r.base)
	if pad := r.width - len(s); pad > 0 {
		return strings.Repeat("0", pad) + s
	}
	return s
}
