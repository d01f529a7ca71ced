package store

import (
	"context"
	"errors"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

func fail(op string, kind objectlayer.Kind, err error) error {
	return &objectlayer.Error{Op: op, Kind: kind, Err: err}
}

// fault makes an error about this record. A cause that is an *objectlayer.Error already keeps its kind.
func (at spot) fault(op string, kind objectlayer.Kind, err error) error {
	var known *objectlayer.Error
	if errors.As(err, &known) {
		return err
	}
	return &objectlayer.Error{Op: op, Kind: kind, Bucket: objectlayer.Bucket(at.bucket), Key: keyOf(at.name), Err: err}
}

// lift turns what drives say into a Kind. It is the only table of its sort. quorum is the kind of an error that is just
// too few drives: KindReadQuorum or KindWriteQuorum.
func lift(err error, quorum objectlayer.Kind) objectlayer.Kind {
	said := err
	var q *erasure.QuorumError
	if errors.As(err, &q) {
		said = q.Most()
	}
	switch {
	case errors.Is(said, buffer.ErrBudget), errors.Is(said, drive.ErrStale):
		return objectlayer.KindBusy
	case errors.Is(said, drive.ErrFull):
		return objectlayer.KindNoSpace
	case errors.Is(said, drive.ErrNotFound) && quorum == objectlayer.KindWriteQuorum: // the volume is gone
		return objectlayer.KindNoBucket
	case errors.Is(said, drive.ErrInvalid) && quorum == objectlayer.KindWriteQuorum: // another key is in the way
		return objectlayer.KindKey
	case (q == nil || said == nil) && errors.Is(err, context.Canceled):
		return objectlayer.KindCancelled
	case q == nil && errors.Is(err, context.DeadlineExceeded):
		return objectlayer.KindTimeout
	case q != nil, errors.Is(said, drive.ErrOffline):
		return quorum
	}
	return objectlayer.KindInternal
}

// readable wraps an error of reading, writable one of writing.
func (at spot) readable(op string, err error) error {
	return at.fault(op, lift(err, objectlayer.KindReadQuorum), err)
}

func (at spot) writable(op string, err error) error {
	return at.fault(op, lift(err, objectlayer.KindWriteQuorum), err)
}
