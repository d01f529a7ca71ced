// Package s3err is the error catalogue of S3: which codes there are, with which status and text, and how one is printed.
//
// An operation of the door returns plain Go errors. They come from three places: the object layer (*[objectlayer.Error],
// translated by the one table in kinds.go), the protocol (a [Code], or [New] for a code with its own message), and anything
// else, which is InternalError and tells the client nothing. [Resolve] finds out which it is; [Write] prints it.
//
//	if err := put(r); err != nil {
//		s3err.Write(w, r, err)
//	}
//
// Write takes the request id, host id and region from the headers already set on the response, so that the document and
// the headers cannot disagree.
package s3err

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Error is a code with everything its document shows.
type Error struct {
	Code    Code
	Message string // empty: the catalogue's
	Region  string // the right region, for AuthorizationHeaderMalformed; empty: the response's X-Amz-Bucket-Region

	Bucket string // what the request was about; set by the door
	Key    string

	ActualSize     int64  // InvalidRange: the size of the object
	RangeRequested string // InvalidRange: the Range header

	Err error // the cause, for the log; never shown
}

// New returns the code with a message of its own.
func New(c Code, message string) *Error { return &Error{Code: c, Message: message} }

// Wrap returns the code with a cause for the log.
func Wrap(c Code, err error) *Error { return &Error{Code: c, Err: err} }

func (e *Error) Error() string {
	s := e.Code.String() + ": " + e.Text()
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Text returns the message a client sees.
func (e *Error) Text() string {
	if e.Message != "" {
		return e.Message
	}
	return e.Code.Message()
}

// Resolve finds the code of any error. The innermost protocol error wins over the class of the object layer around it: a
// Put that failed because its body was forged is a forged body. The result is the caller's own copy.
func Resolve(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		e := *known
		return &e
	}
	var code Code
	if errors.As(err, &code) {
		return &Error{Code: code, Err: err}
	}
	var failed *objectlayer.Error
	if errors.As(err, &failed) {
		return ofLayer(failed, err)
	}
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return Wrap(EntityTooLarge, err)
	case errors.Is(err, context.Canceled):
		return Wrap(ClientDisconnected, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Wrap(RequestTimeout, err)
	}
	return Wrap(InternalError, err)
}

func ofLayer(failed *objectlayer.Error, err error) *Error {
	e := Wrap(OfKind(failed.Kind), err)
	e.Message = kindMessages[failed.Kind]
	if failed.Detail != "" && e.Code != InternalError {
		e.Message = failed.Detail
	}
	if failed.Kind == objectlayer.KindRange {
		e.ActualSize = failed.Size
	}
	return e
}
