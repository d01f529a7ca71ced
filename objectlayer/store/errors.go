package store

import (
	"context"
	"errors"

	"github.com/holdfast-io/holdfast/erasure"
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
	var q *erasure.QuorumError
	switch {
	case errors.Is(err, context.Canceled):
		return objectlayer.KindCancelled
	case errors.Is(err, context.DeadlineExceeded):
		return objectlayer.KindTimeout
	case errors.As(err, &q):
		switch q.Most() {
		case drive.ErrFull:
			return objectlayer.KindNoSpace
		case drive.ErrNotFound:
			if quorum == objectlayer.KindWriteQuorum { // the volume is gone
				return objectlayer.KindNoBucket
			}
		case drive.ErrStale:
			return objectlayer.KindBusy
		}
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
