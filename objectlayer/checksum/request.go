package checksum

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Request is what a request says of checksums.
type Request struct {
	Algorithm Algorithm // None if it says nothing
	Type      Type
	Sum       []byte // what the client computed; nil if it comes in the trailer or was only announced
	Parts     int    // the number a composite sum ends in; only the completion of an upload has one
	Trailing  bool   // the sum comes in the trailer, under [Algorithm.Header]
}

// Other headers about checksums, in lower case.
const (
	algorithmHeader    = headerPrefix + "algorithm"
	modeHeader         = headerPrefix + "mode"
	sdkAlgorithmHeader = "x-amz-sdk-checksum-algorithm"
	trailerHeader      = "x-amz-trailer"
)

// ParseRequest reads the headers of a request, in the form of http.Header; the case of names does not matter. More than one
// checksum, or algorithms that differ, are ErrMultiple; unknown algorithms ErrAlgorithm; malformed values ErrValue; unknown
// types ErrType. Whether the type goes with the algorithm depends on the operation, see [Algorithm.MultipartType].
func ParseRequest(header map[string][]string) (Request, error) {
	h, err := fold(header)
	if err != nil {
		return Request{}, err
	}
	var r Request
	if err := r.readSums(h); err != nil {
		return Request{}, err
	}
	if err := r.readTrailerNames(h[trailerHeader]); err != nil {
		return Request{}, err
	}
	for _, name := range []string{algorithmHeader, sdkAlgorithmHeader} {
		text, ok := h[name]
		if !ok {
			continue
		}
		a, err := ParseAlgorithm(text)
		if err != nil {
			return Request{}, err
		}
		if err := r.settle(a); err != nil {
			return Request{}, err
		}
	}
	if text, ok := h[TypeHeader]; ok {
		if r.Type, err = ParseType(text); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// fold returns the headers that matter under their lower-case names. One that is there twice is ErrMultiple.
func fold(header map[string][]string) (map[string]string, error) {
	h := make(map[string]string)
	for name, values := range header {
		name = strings.ToLower(name)
		if !strings.HasPrefix(name, headerPrefix) && name != sdkAlgorithmHeader && name != trailerHeader {
			continue
		}
		if name == trailerHeader {
			h[name] += "," + strings.Join(values, ",")
			continue
		}
		if _, ok := h[name]; ok || len(values) > 1 {
			return nil, fmt.Errorf("%w: header %s is repeated", ErrMultiple, name)
		}
		h[name] = strings.TrimSpace(strings.Join(values, ""))
	}
	return h, nil
}

// readSums reads the headers that carry a checksum.
func (r *Request) readSums(h map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		algorithm, ok := strings.CutPrefix(name, headerPrefix)
		if !ok || name == algorithmHeader || name == TypeHeader || name == modeHeader {
			continue
		}
		a, err := ParseAlgorithm(algorithm)
		if err != nil {
			return err
		}
		if r.Sum != nil {
			return fmt.Errorf("%w: %s and %s", ErrMultiple, r.Algorithm, a)
		}
		r.Algorithm = a
		if r.Sum, r.Parts, err = a.parseComposite(h[name]); err != nil {
			return err
		}
	}
	return nil
}

// readTrailerNames reads the list of announced trailers.
func (r *Request) readTrailerNames(list string) error {
	for name := range strings.SplitSeq(strings.ToLower(list), ",") {
		algorithm, ok := strings.CutPrefix(strings.TrimSpace(name), headerPrefix)
		if !ok {
			continue
		}
		a, err := ParseAlgorithm(algorithm)
		if err != nil {
			return err
		}
		if r.Sum != nil || r.Trailing {
			return fmt.Errorf("%w: %s and a trailer with %s", ErrMultiple, r.Algorithm, a)
		}
		r.Algorithm, r.Trailing = a, true
	}
	return nil
}

// settle takes an algorithm that was named, which must be the one already known.
func (r *Request) settle(a Algorithm) error {
	if r.Algorithm != None && r.Algorithm != a {
		return fmt.Errorf("%w: %s and %s", ErrMultiple, r.Algorithm, a)
	}
	r.Algorithm = a
	return nil
}

// parseComposite reads the text of a checksum, perhaps with a dash and a number of parts.
func (a Algorithm) parseComposite(text string) (sum []byte, parts int, err error) {
	encoded, number, dashed := strings.Cut(text, "-")
	if dashed {
		parts, err = strconv.Atoi(number)
		if err != nil || parts < 1 || parts > MaxParts {
			return nil, 0, fmt.Errorf("%w: %q for %s", ErrValue, text, a)
		}
	}
	sum, err = a.Parse(encoded)
	return sum, parts, err
}

// ParseTrailer returns the checksum that was announced to come in the trailer. A trailer without it is ErrValue.
func (r Request) ParseTrailer(trailer map[string][]string) ([]byte, error) {
	for name, values := range trailer {
		if !strings.EqualFold(name, r.Algorithm.Header()) {
			continue
		}
		if len(values) > 1 {
			return nil, fmt.Errorf("%w: trailer %s is repeated", ErrMultiple, name)
		}
		return r.Algorithm.Parse(strings.TrimSpace(strings.Join(values, "")))
	}
	return nil, fmt.Errorf("%w: trailer has no %s", ErrValue, r.Algorithm.Header())
}

// Wanted reports whether a reader asks for the stored checksum (x-amz-checksum-mode: ENABLED).
func Wanted(header map[string][]string) bool {
	for name, values := range header {
		if strings.EqualFold(name, modeHeader) && len(values) > 0 {
			return strings.EqualFold(values[0], "ENABLED")
		}
	}
	return false
}
