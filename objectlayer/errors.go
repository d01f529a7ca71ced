package objectlayer

import (
	"errors"
	"strings"
)

// Kind is the class of a failure. A Kind exists because some caller acts on it; each door has exactly one table from Kind
// to its own codes. What only one protocol can get wrong (a bad header, a bad record mark) never becomes a Kind.
type Kind uint8

// The kinds of failure.
const (
	KindInternal       Kind = iota // anything not named below; the cause is for the log, never for a client
	KindNoBucket                   // the bucket does not exist
	KindNoObject                   // the key has no current version
	KindNoVersion                  // the key has no version of that id
	KindNoUpload                   // the upload does not exist, or was completed or aborted
	KindNoSetting                  // the bucket or object does not have the setting or tags asked for
	KindBucketExists               // the bucket exists already
	KindBucketNotEmpty             // the bucket holds objects or versions
	KindDeleteMarker               // the version asked for is a delete marker; Error.Version names it
	KindName                       // a bucket name that is not allowed
	KindKey                        // a key that is not allowed: empty segment, NUL, invalid UTF-8, segment over 255 bytes
	KindKeyDots                    // a key with a segment "." or ".."
	KindKeyTooLong                 // a key of more than 1024 bytes
	KindArgument                   // an argument out of its range; Error.Detail says which
	KindTooLarge                   // more bytes than allowed
	KindTooSmall                   // a part below the minimum that is not the last
	KindIncomplete                 // the body ended before its announced size
	KindRange                      // the range lies outside the object; Error.Size is the object's
	KindPartNumber                 // the object has no such part
	KindDigest                     // Content-MD5 does not match the body
	KindChecksum                   // a checksum does not match the body
	KindPart                       // a part named in a completion is absent or differs
	KindPartOrder                  // parts of a completion are not in ascending order
	KindPrecondition               // a condition of the call does not hold
	KindNotModified                // the copy the caller has is still good
	KindDenied                     // the caller may not do that, or shows another SSE-C key than the object's
	KindHeld                       // retention or legal hold protects the version
	KindQuota                      // the bucket's quota is used up
	KindNoSpace                    // the drives are full
	KindReadQuorum                 // too few drives answer to read
	KindWriteQuorum                // too few drives took the change; whether it stands is not known
	KindBusy                       // a limit is reached, ask again later
	KindTimeout                    // a deadline passed
	KindCancelled                  // the caller went away
	KindCustomerKey                // SSE-C: the key is missing, not wanted or malformed
	KindNoKMS                      // encryption was asked for and no key service is configured
	KindNoKey                      // the key service does not know the key
	KindVersioning                 // the bucket's versioning state forbids the call
	KindUnsupported                // the stored form is one this release does not read, such as data in a remote tier
	kindCount                      // not a kind
)

// Kinds returns all kinds, for tests that demand a row for each.
func Kinds() []Kind {
	all := make([]Kind, kindCount)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Error is the one error type that crosses the contracts of this package. It is made where the failure is understood.
type Error struct {
	Op      string // what was tried, such as "put"
	Kind    Kind
	Bucket  Bucket
	Key     Key
	Version VersionID
	Size    int64       // KindRange: the size of the object
	Detail  string      // for the client: which argument, which part; may be empty
	ETag    ETag        // KindPrecondition, KindNotModified: what the current version has
	Info    *ObjectInfo // KindPrecondition, KindNotModified, KindDeleteMarker: the version the decision was about, may be nil
	Err     error       // the cause, for the log
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Bucket != "" {
		b.WriteString(" " + string(e.Bucket))
	}
	if e.Key != "" {
		b.WriteString("/" + string(e.Key))
	}
	if e.Version != "" {
		b.WriteString("@" + string(e.Version))
	}
	b.WriteString(": " + e.Kind.String())
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the class of any error: that of the outermost *Error, KindInternal for others.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// String returns a short text for logs.
func (k Kind) String() string {
	if int(k) < len(kindText) {
		return kindText[k]
	}
	return "unknown"
}

var kindText = [kindCount]string{
	KindInternal: "internal", KindNoBucket: "no such bucket", KindNoObject: "no such object", KindNoVersion: "no such version",
	KindNoUpload: "no such upload", KindNoSetting: "no such setting", KindBucketExists: "bucket exists",
	KindBucketNotEmpty: "bucket not empty", KindDeleteMarker: "delete marker", KindName: "bucket name not allowed",
	KindKey: "key not allowed", KindKeyDots: "key has a dot segment", KindKeyTooLong: "key too long",
	KindArgument: "invalid argument", KindTooLarge: "too large", KindTooSmall: "too small", KindIncomplete: "incomplete body",
	KindRange: "range not satisfiable", KindPartNumber: "no such part", KindDigest: "digest mismatch",
	KindChecksum: "checksum mismatch", KindPart: "invalid part", KindPartOrder: "parts out of order",
	KindPrecondition: "precondition failed", KindNotModified: "not modified", KindDenied: "denied", KindHeld: "held",
	KindQuota: "quota exceeded", KindNoSpace: "no space", KindReadQuorum: "read quorum", KindWriteQuorum: "write quorum",
	KindBusy: "busy", KindTimeout: "timeout", KindCancelled: "cancelled", KindCustomerKey: "customer key", KindNoKMS: "no key service",
	KindNoKey: "no such key in key service", KindVersioning: "versioning state", KindUnsupported: "unsupported",
}
