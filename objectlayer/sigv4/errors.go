package sigv4

// The S3 error codes this package answers with. The texts are those of the S3
// API ("Error responses" in the Amazon S3 API reference), except ExcessData
// and XAmzContentChecksumMismatch, which are MinIO's. Which HTTP status goes
// with a code is the door's business.
const (
	CodeAccessDenied                 = "AccessDenied"
	CodeAuthorizationHeaderMalformed = "AuthorizationHeaderMalformed"
	CodeAuthorizationQueryParameters = "AuthorizationQueryParametersError"
	CodeEntityTooLarge               = "EntityTooLarge"
	CodeEntityTooSmall               = "EntityTooSmall"
	CodeExcessData                   = "ExcessData"
	CodeIncompleteBody               = "IncompleteBody"
	CodeInvalidAccessKeyID           = "InvalidAccessKeyId"
	CodeInvalidArgument              = "InvalidArgument"
	CodeInvalidRequest               = "InvalidRequest"
	CodeMalformedPOSTRequest         = "MalformedPOSTRequest"
	CodeMissingContentLength         = "MissingContentLength"
	CodeMissingSecurityHeader        = "MissingSecurityHeader"
	CodeRequestTimeTooSkewed         = "RequestTimeTooSkewed"
	CodeSignatureDoesNotMatch        = "SignatureDoesNotMatch"
	CodeChecksumMismatch             = "XAmzContentChecksumMismatch"
	CodeContentSHA256Mismatch        = "XAmzContentSHA256Mismatch"
)

// An Error says what the client did wrong. Every refusal of this package is an
// *Error; any other error comes from the Secrets lookup or from reading the
// body and is passed on as it was.
type Error struct {
	// Code is the S3 error code, one of the Code constants.
	Code string
	// Message is text for the client. It never holds a secret, nor a signature
	// that would have been right.
	Message string
	// Region is the region the request should have named, where that was the
	// mistake; S3 prints it as <Region> so that SDKs can try again.
	Region string
	// Headers names, in lower case, the headers that were sent but not signed,
	// where that was the mistake; S3 prints them as <HeadersNotSigned>.
	Headers []string
}

func (e *Error) Error() string { return "sigv4: " + e.Code + ": " + e.Message }

func refuse(code, message string) *Error { return &Error{Code: code, Message: message} }

func errSignature() *Error {
	return refuse(CodeSignatureDoesNotMatch,
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.")
}

func errUnknownKey() *Error {
	return refuse(CodeInvalidAccessKeyID, "The access key ID you provided does not exist in our records.")
}

func errMechanism() *Error {
	return refuse(CodeInvalidRequest,
		"The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

func errTwoCredentials() *Error {
	return refuse(CodeInvalidRequest, "Invalid request: multiple authentication types were given, use exactly one.")
}

func errUnsigned(headers ...string) *Error {
	return &Error{
		Code:    CodeAccessDenied,
		Message: "There were headers present in the request which were not signed",
		Headers: headers,
	}
}

func errSkewed() *Error {
	return refuse(CodeRequestTimeTooSkewed, "The difference between the request time and the server's time is too large.")
}

func errNoDate() *Error {
	return refuse(CodeAccessDenied, "AWS authentication requires a valid Date or x-amz-date header")
}

func errIncomplete() *Error {
	return refuse(CodeIncompleteBody, "You did not provide the number of bytes specified by the Content-Length HTTP header.")
}

func errExcess() *Error {
	return refuse(CodeExcessData, "More data was provided than the indicated content length.")
}
