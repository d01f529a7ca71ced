package s3err

import "github.com/holdfast-io/holdfast/objectlayer"

// kinds is the one table from the classes of the object layer to S3 codes. Where S3 distinguishes what a Kind does not (the
// settings of a bucket, a delete marker that is current), the operation says which code before asking this table.
var kinds = map[objectlayer.Kind]Code{
	objectlayer.KindInternal:       InternalError,
	objectlayer.KindNoBucket:       NoSuchBucket,
	objectlayer.KindNoObject:       NoSuchKey,
	objectlayer.KindNoVersion:      NoSuchVersion,
	objectlayer.KindNoUpload:       NoSuchUpload,
	objectlayer.KindNoSetting:      NoSuchTagSet,
	objectlayer.KindBucketExists:   BucketAlreadyOwnedByYou,
	objectlayer.KindBucketNotEmpty: BucketNotEmpty,
	objectlayer.KindDeleteMarker:   MethodNotAllowed,
	objectlayer.KindName:           InvalidBucketName,
	objectlayer.KindKey:            XMinioInvalidObjectName,
	objectlayer.KindKeyDots:        XMinioInvalidResourceName,
	objectlayer.KindKeyTooLong:     KeyTooLong,
	objectlayer.KindArgument:       InvalidArgument,
	objectlayer.KindTooLarge:       EntityTooLarge,
	objectlayer.KindTooSmall:       EntityTooSmall,
	objectlayer.KindIncomplete:     IncompleteBody,
	objectlayer.KindRange:          InvalidRange,
	objectlayer.KindPartNumber:     InvalidPartNumber,
	objectlayer.KindDigest:         BadDigest,
	objectlayer.KindChecksum:       XAmzContentChecksumMismatch,
	objectlayer.KindPart:           InvalidPart,
	objectlayer.KindPartOrder:      InvalidPartOrder,
	objectlayer.KindPrecondition:   PreconditionFailed,
	objectlayer.KindNotModified:    NotModified,
	objectlayer.KindDenied:         AccessDenied,
	objectlayer.KindHeld:           InvalidRequest,
	objectlayer.KindQuota:          XMinioAdminBucketQuotaExceeded,
	objectlayer.KindNoSpace:        XMinioStorageFull,
	objectlayer.KindReadQuorum:     SlowDownRead,
	objectlayer.KindWriteQuorum:    SlowDownWrite,
	objectlayer.KindBusy:           ServerBusy,
	objectlayer.KindTimeout:        RequestTimeout,
	objectlayer.KindCancelled:      ClientDisconnected,
	objectlayer.KindCustomerKey:    InvalidRequest,
	objectlayer.KindNoKMS:          NotImplemented,
	objectlayer.KindNoKey:          KMSNotFound,
	objectlayer.KindVersioning:     InvalidBucketState,
	objectlayer.KindUnsupported:    NotImplemented,
}

// kindMessages replaces the catalogue's message where the class says more than the code.
var kindMessages = map[objectlayer.Kind]string{
	objectlayer.KindHeld:        "Object is WORM protected and cannot be overwritten",
	objectlayer.KindCustomerKey: "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
	objectlayer.KindNoKMS:       "Server side encryption specified but KMS is not configured",
	objectlayer.KindUnsupported: "The object is stored in a form this release does not read.",
}

// OfKind returns the code of a class.
func OfKind(k objectlayer.Kind) Code { return kinds[k] }
