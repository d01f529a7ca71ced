package xlmeta

import (
	"errors"
	"fmt"
)

// The errors of this package, to be asked for with errors.Is. The text of an
// error says what was seen and where.
var (
	// ErrCorrupt says that the bytes break the format: this drive's copy is
	// worthless and has to be healed from the other drives.
	ErrCorrupt = errors.New("xlmeta: corrupt")

	// ErrUnsupported says that the bytes are of a newer or unknown format.
	// They must be left alone: neither healed nor rewritten.
	ErrUnsupported = errors.New("xlmeta: unsupported format")

	// ErrInvalid says that a caller offered something that may not be stored.
	// The journal is unchanged.
	ErrInvalid = errors.New("xlmeta: invalid version")

	// ErrNoVersion says that the journal has no such version.
	ErrNoVersion = errors.New("xlmeta: no such version")
)

func corruptf(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrCorrupt, fmt.Errorf(format, args...))
}

func unsupportedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
