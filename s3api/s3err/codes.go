package s3err

import "net/http"

// Code is one code of the S3 error catalogue. A Code is itself an error, with the catalogue's message; [New] gives it
// another message.
type Code uint8

// The codes this door answers with, by status. Names and statuses are those of "Error responses" in the Amazon S3 API
// reference, and for codes that begin with XMinio, and wherever clients of MinIO expect another status, MinIO's.
const (
	InternalError Code = iota

	// 304, 400
	NotModified
	AuthorizationHeaderMalformed
	AuthorizationParametersError
	AuthorizationQueryParametersError
	BadDigest
	BadRequest
	EntityTooLarge
	EntityTooSmall
	ExcessData
	IllegalVersioningConfiguration
	IncompleteBody
	InvalidArgument
	InvalidBucketName
	InvalidDigest
	InvalidPart
	InvalidPartOrder
	InvalidPolicyDocument
	InvalidRegion
	InvalidRequest
	InvalidStorageClass
	InvalidTag
	KeyTooLong
	KMSNotFound
	MalformedDate
	MalformedPOSTRequest
	MalformedXML
	MaxVersionsExceeded
	MetadataTooLarge
	MissingContentMD5
	MissingFields
	MissingSecurityHeader
	NoSuchObjectLockConfiguration
	XAmzContentChecksumMismatch
	XAmzContentSHA256Mismatch
	XMinioAdminBucketQuotaExceeded
	XMinioInvalidObjectName
	XMinioInvalidResourceName

	// 403
	AccessDenied
	AllAccessDisabled
	InvalidAccessKeyID
	InvalidObjectState
	InvalidTokenID
	RequestTimeTooSkewed
	SignatureDoesNotMatch

	// 404
	NoSuchBucket
	NoSuchBucketPolicy
	NoSuchCORSConfiguration
	NoSuchKey
	NoSuchLifecycleConfiguration
	NoSuchTagSet
	NoSuchUpload
	NoSuchVersion
	NoSuchWebsiteConfiguration
	ObjectLockConfigurationNotFound
	ReplicationConfigurationNotFound
	ServerSideEncryptionConfigurationNotFound

	// 405, 409, 411, 412, 416, 429, 499
	MethodNotAllowed
	BucketAlreadyOwnedByYou
	BucketNotEmpty
	InvalidBucketState
	MissingContentLength
	PreconditionFailed
	InvalidRange
	InvalidPartNumber
	TooManyRequests
	ClientDisconnected

	// 501, 503, 507
	NotImplemented
	RequestTimeout
	ServerBusy
	SlowDownRead
	SlowDownWrite
	XMinioServerNotInitialized
	XMinioStorageFull

	codeCount // not a code
)

// statusClientClosed is the status for a client that went away; nobody sees it but logs and figures.
const statusClientClosed = 499

type entry struct {
	name    string
	status  int
	message string
}

var catalogue = [codeCount]entry{
	InternalError: {"InternalError", http.StatusInternalServerError, "We encountered an internal error, please try again."},
	NotModified:   {"NotModified", http.StatusNotModified, "Not Modified"},

	AuthorizationHeaderMalformed:      {"AuthorizationHeaderMalformed", http.StatusBadRequest, "The authorization header that you provided is not valid."},
	AuthorizationParametersError:      {"AuthorizationParametersError", http.StatusBadRequest, "The authorization parameters that you provided are not valid."},
	AuthorizationQueryParametersError: {"AuthorizationQueryParametersError", http.StatusBadRequest, "The authorization query parameters that you provided are not valid."},
	BadDigest:                         {"BadDigest", http.StatusBadRequest, "The Content-Md5 you specified did not match what we received."},
	BadRequest:                        {"BadRequest", http.StatusBadRequest, "An unsupported API call for this resource."},
	EntityTooLarge:                    {"EntityTooLarge", http.StatusBadRequest, "Your proposed upload exceeds the maximum allowed object size."},
	EntityTooSmall:                    {"EntityTooSmall", http.StatusBadRequest, "Your proposed upload is smaller than the minimum allowed object size."},
	ExcessData:                        {"ExcessData", http.StatusBadRequest, "More data provided than indicated content length."},
	IllegalVersioningConfiguration:    {"IllegalVersioningConfigurationException", http.StatusBadRequest, "The versioning configuration specified in the request is invalid."},
	IncompleteBody:                    {"IncompleteBody", http.StatusBadRequest, "You did not provide the number of bytes specified by the Content-Length HTTP header."},
	InvalidArgument:                   {"InvalidArgument", http.StatusBadRequest, "Invalid Argument"},
	InvalidBucketName:                 {"InvalidBucketName", http.StatusBadRequest, "The specified bucket is not valid."},
	InvalidDigest:                     {"InvalidDigest", http.StatusBadRequest, "The Content-Md5 you specified is not valid."},
	InvalidPart:                       {"InvalidPart", http.StatusBadRequest, "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	InvalidPartOrder:                  {"InvalidPartOrder", http.StatusBadRequest, "The list of parts was not in ascending order. The parts list must be specified in order by part number."},
	InvalidPolicyDocument:             {"InvalidPolicyDocument", http.StatusBadRequest, "The content of the form does not meet the conditions specified in the policy document."},
	InvalidRegion:                     {"InvalidRegion", http.StatusBadRequest, "Region does not match."},
	InvalidRequest:                    {"InvalidRequest", http.StatusBadRequest, "Invalid Request"},
	InvalidStorageClass:               {"InvalidStorageClass", http.StatusBadRequest, "The storage class you specified is not valid."},
	InvalidTag:                        {"InvalidTag", http.StatusBadRequest, "The tag provided was not a valid tag."},
	KeyTooLong:                        {"KeyTooLongError", http.StatusBadRequest, "Your key is too long."},
	KMSNotFound:                       {"KMS.NotFoundException", http.StatusBadRequest, "The key does not exist in the key service."},
	MalformedDate:                     {"MalformedDate", http.StatusBadRequest, "Invalid date format header, expected to be in ISO8601, RFC1123 or RFC1123Z time format."},
	MalformedPOSTRequest:              {"MalformedPOSTRequest", http.StatusBadRequest, "The body of your POST request is not well-formed multipart/form-data."},
	MalformedXML:                      {"MalformedXML", http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema."},
	MaxVersionsExceeded:               {"MaxVersionsExceeded", http.StatusBadRequest, "You have exceeded the limit on the number of versions you can create on this object."},
	MetadataTooLarge:                  {"MetadataTooLarge", http.StatusBadRequest, "Your metadata headers exceed the maximum allowed metadata size."},
	MissingContentMD5:                 {"MissingContentMD5", http.StatusBadRequest, "Missing required header for this request: Content-Md5."},
	MissingFields:                     {"MissingFields", http.StatusBadRequest, "Missing fields in request."},
	MissingSecurityHeader:             {"MissingSecurityHeader", http.StatusBadRequest, "Your request was missing a required header."},
	NoSuchObjectLockConfiguration:     {"NoSuchObjectLockConfiguration", http.StatusBadRequest, "The specified object does not have a ObjectLock configuration."},
	XAmzContentChecksumMismatch:       {"XAmzContentChecksumMismatch", http.StatusBadRequest, "The provided 'x-amz-checksum' header does not match what was computed."},
	XAmzContentSHA256Mismatch:         {"XAmzContentSHA256Mismatch", http.StatusBadRequest, "The provided 'x-amz-content-sha256' header does not match what was computed."},
	XMinioAdminBucketQuotaExceeded:    {"XMinioAdminBucketQuotaExceeded", http.StatusBadRequest, "Bucket quota exceeded."},
	XMinioInvalidObjectName:           {"XMinioInvalidObjectName", http.StatusBadRequest, "Object name contains unsupported characters."},
	XMinioInvalidResourceName:         {"XMinioInvalidResourceName", http.StatusBadRequest, "Resource name contains bad components such as \"..\" or \".\"."},

	AccessDenied:          {"AccessDenied", http.StatusForbidden, "Access Denied."},
	AllAccessDisabled:     {"AllAccessDisabled", http.StatusForbidden, "All access to this resource has been disabled."},
	InvalidAccessKeyID:    {"InvalidAccessKeyId", http.StatusForbidden, "The Access Key Id you provided does not exist in our records."},
	InvalidObjectState:    {"InvalidObjectState", http.StatusForbidden, "The operation is not valid for the current state of the object."},
	InvalidTokenID:        {"InvalidTokenId", http.StatusForbidden, "The security token included in the request is invalid."},
	RequestTimeTooSkewed:  {"RequestTimeTooSkewed", http.StatusForbidden, "The difference between the request time and the server's time is too large."},
	SignatureDoesNotMatch: {"SignatureDoesNotMatch", http.StatusForbidden, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},

	NoSuchBucket:                              {"NoSuchBucket", http.StatusNotFound, "The specified bucket does not exist"},
	NoSuchBucketPolicy:                        {"NoSuchBucketPolicy", http.StatusNotFound, "The bucket policy does not exist"},
	NoSuchCORSConfiguration:                   {"NoSuchCORSConfiguration", http.StatusNotFound, "The CORS configuration does not exist"},
	NoSuchKey:                                 {"NoSuchKey", http.StatusNotFound, "The specified key does not exist."},
	NoSuchLifecycleConfiguration:              {"NoSuchLifecycleConfiguration", http.StatusNotFound, "The lifecycle configuration does not exist"},
	NoSuchTagSet:                              {"NoSuchTagSet", http.StatusNotFound, "The TagSet does not exist"},
	NoSuchUpload:                              {"NoSuchUpload", http.StatusNotFound, "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
	NoSuchVersion:                             {"NoSuchVersion", http.StatusNotFound, "The specified version does not exist."},
	NoSuchWebsiteConfiguration:                {"NoSuchWebsiteConfiguration", http.StatusNotFound, "The specified bucket does not have a website configuration"},
	ObjectLockConfigurationNotFound:           {"ObjectLockConfigurationNotFoundError", http.StatusNotFound, "Object Lock configuration does not exist for this bucket"},
	ReplicationConfigurationNotFound:          {"ReplicationConfigurationNotFoundError", http.StatusNotFound, "The replication configuration was not found"},
	ServerSideEncryptionConfigurationNotFound: {"ServerSideEncryptionConfigurationNotFoundError", http.StatusNotFound, "The server side encryption configuration was not found"},

	MethodNotAllowed:        {"MethodNotAllowed", http.StatusMethodNotAllowed, "The specified method is not allowed against this resource."},
	BucketAlreadyOwnedByYou: {"BucketAlreadyOwnedByYou", http.StatusConflict, "Your previous request to create the named bucket succeeded and you already own it."},
	BucketNotEmpty:          {"BucketNotEmpty", http.StatusConflict, "The bucket you tried to delete is not empty"},
	InvalidBucketState:      {"InvalidBucketState", http.StatusConflict, "The request is not valid for the current state of the bucket."},
	MissingContentLength:    {"MissingContentLength", http.StatusLengthRequired, "You must provide the Content-Length HTTP header."},
	PreconditionFailed:      {"PreconditionFailed", http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold"},
	InvalidRange:            {"InvalidRange", http.StatusRequestedRangeNotSatisfiable, "The requested range is not satisfiable"},
	InvalidPartNumber:       {"InvalidPartNumber", http.StatusRequestedRangeNotSatisfiable, "The requested partnumber is not satisfiable"},
	TooManyRequests:         {"TooManyRequests", http.StatusTooManyRequests, "Please reduce your request rate."},
	ClientDisconnected:      {"ClientDisconnected", statusClientClosed, "Client disconnected before response was ready"},

	NotImplemented:             {"NotImplemented", http.StatusNotImplemented, "A header or query you provided implies functionality that is not implemented."},
	RequestTimeout:             {"RequestTimeout", http.StatusServiceUnavailable, "Your socket connection to the server was not read from or written to within the timeout period."},
	ServerBusy:                 {"ServerBusy", http.StatusServiceUnavailable, "The service is busy. Please reduce your request rate."},
	SlowDownRead:               {"SlowDownRead", http.StatusServiceUnavailable, "Resource requested is unreadable, please reduce your request rate"},
	SlowDownWrite:              {"SlowDownWrite", http.StatusServiceUnavailable, "Resource requested is unwritable, please reduce your request rate"},
	XMinioServerNotInitialized: {"XMinioServerNotInitialized", http.StatusServiceUnavailable, "Server not initialized yet, please try again."},
	XMinioStorageFull:          {"XMinioStorageFull", http.StatusInsufficientStorage, "Storage backend has reached its minimum free drive threshold. Please delete a few objects to proceed."},
}

// String returns the code as clients see it, such as "NoSuchKey".
func (c Code) String() string { return catalogue[c.known()].name }

// Status returns the HTTP status of the code.
func (c Code) Status() int { return catalogue[c.known()].status }

// Message returns the catalogue's message.
func (c Code) Message() string { return catalogue[c.known()].message }

// Error makes a Code an error.
func (c Code) Error() string { return c.String() + ": " + c.Message() }

func (c Code) known() Code {
	if c < codeCount {
		return c
	}
	return InternalError
}

// Codes returns the whole catalogue.
func Codes() []Code {
	all := make([]Code, codeCount)
	for i := range all {
		all[i] = Code(i)
	}
	return all
}

// Lookup finds a code by its name.
func Lookup(name string) (Code, bool) {
	for c, e := range catalogue {
		if e.name == name {
			return Code(c), true
		}
	}
	return InternalError, false
}
