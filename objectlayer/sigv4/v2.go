package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signature version 2, for old clients. The header and the query form:
//
//	Authorization: AWS AKID:<base64 of HMAC-SHA1>
//	?AWSAccessKeyId=AKID&Expires=1175139620&Signature=<base64 of HMAC-SHA1>
//
// What is signed reads
//
//	PUT
//	c8fdb181845a4ca6b8fec737b3581d76          Content-MD5
//	text/html                                 Content-Type
//	Thu, 17 Nov 2005 18:49:58 GMT             Date; nothing if x-amz-date is sent; Expires in a URL
//	x-amz-magic:abracadabra                   all x-amz-* headers, sorted
//	/quotes/nelson?acl                        path as sent, with the bucket; sub-resources
//
// Source: "Signing and authenticating REST requests (AWS signature version 2)"
// in the Amazon S3 user guide.

// verifyHeaderV2 checks a version 2 signature in the Authorization header.
func (v *Verifier) verifyHeaderV2(r *http.Request, sc *scratch) (*Result, error) {
	text := strings.TrimPrefix(r.Header.Get("Authorization"), "AWS ")
	colon := strings.LastIndexByte(text, ':')
	if colon <= 0 {
		return nil, refuse(CodeInvalidArgument, "Authorization header is invalid, expected AWS AccessKeyId:signature")
	}
	res := &Result{Type: HeaderV2, AccessKey: text[:colon], Signature: text[colon+1:]}
	var err error
	if res.Date, err = requestTime(r.Header); err != nil {
		return nil, err
	}
	if err := v.checkSkew(res.Date); err != nil {
		return nil, err
	}
	date := r.Header.Get("Date")
	if len(r.Header["X-Amz-Date"]) > 0 {
		date = ""
	}
	return v.confirmV2(res, r, date, sc)
}

// verifyPresignedV2 checks a version 2 signature in the query.
func (v *Verifier) verifyPresignedV2(r *http.Request, sc *scratch) (*Result, error) {
	res := &Result{Type: PresignedV2}
	var expires string
	for _, p := range sc.params {
		var field *string
		switch p.name {
		case "AWSAccessKeyId":
			field = &res.AccessKey
		case "Signature":
			field = &res.Signature
		case "Expires":
			field = &expires
		default:
			if !coveredV2(p.name) {
				return nil, refuse(CodeAccessDenied, "A presigned URL with the query parameter "+quote(p.name)+
					" needs signature version 4, because version 2 does not cover it.")
			}
			continue
		}
		if *field != "" {
			return nil, refuse(CodeAccessDenied, "The query parameter "+p.name+" was given more than once")
		}
		*field = p.value
	}
	if res.AccessKey == "" || res.Signature == "" || expires == "" {
		return nil, refuse(CodeAccessDenied,
			"Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
	}
	seconds, err := strconv.ParseInt(expires, 10, 64)
	if err != nil {
		return nil, refuse(CodeAccessDenied, "Invalid date (should be seconds since epoch): "+printable(expires))
	}
	if v.now().After(time.Unix(seconds, 0)) {
		return nil, errExpired()
	}
	for key := range r.Header {
		if hasPrefixFold(key, "x-minio-") {
			return nil, errUnsigned(strings.ToLower(key))
		}
	}
	return v.confirmV2(res, r, expires, sc)
}

// confirmV2 checks the signature in res against the request.
func (v *Verifier) confirmV2(res *Result, r *http.Request, date string, sc *scratch) (*Result, error) {
	hash, err := single(r.Header, "X-Amz-Content-Sha256")
	if err != nil {
		return nil, err
	}
	if err := res.promise(hash); err != nil {
		return nil, err
	}
	if err := res.refuseChunks(); err != nil {
		return nil, err
	}
	if res.SessionToken, err = single(r.Header, "X-Amz-Security-Token"); err != nil {
		return nil, err
	}
	secret, err := v.secret(r.Context(), res.AccessKey)
	if err != nil {
		return nil, err
	}
	sc.buf = appendStringToSignV2(sc.buf[:0], r, v.hostBucket(r.Host), date, sc.params)
	want := signatureV2(secret, sc.buf)
	if subtle.ConstantTimeCompare([]byte(want), []byte(res.Signature)) != 1 {
		return nil, errSignature()
	}
	return res, nil
}

func signatureV2(secret string, message []byte) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write(message)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// appendStringToSignV2 appends what a version 2 signature covers. bucket is that
// of the host name, if any.
func appendStringToSignV2(dst []byte, r *http.Request, bucket, date string, params []param) []byte {
	for _, line := range [...]string{r.Method, r.Header.Get("Content-Md5"), r.Header.Get("Content-Type"), date} {
		dst = append(append(dst, line...), '\n')
	}
	dst = appendHeadersV2(dst, r.Header)
	if bucket != "" {
		dst = append(append(dst, '/'), bucket...)
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	return appendResourceV2(append(dst, path...), params)
}

func appendHeadersV2(dst []byte, h http.Header) []byte {
	var keys []string
	for key := range h {
		if hasPrefixFold(key, "x-amz-") {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	for _, key := range keys {
		dst = append(append(dst, strings.ToLower(key)...), ':')
		for i, value := range h[key] {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, strings.TrimSpace(value)...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// appendResourceV2 appends the parameters that belong to the resource. They are
// signed decoded.
func appendResourceV2(dst []byte, params []param) []byte {
	slices.SortStableFunc(params, func(a, b param) int { return strings.Compare(a.name, b.name) })
	separator := byte('?')
	for _, p := range params {
		if !subresourceV2(p.name) {
			continue
		}
		dst = append(append(dst, separator), p.name...)
		if p.value != "" {
			dst = append(append(dst, '='), p.value...)
		}
		separator = '&'
	}
	return dst
}

// subresourceV2 reports whether version 2 signs a query parameter. The list is
// the one minio-go signs.
func subresourceV2(name string) bool {
	switch name {
	case "acl", "cors", "delete", "encryption", "legal-hold", "lifecycle", "location", "logging",
		"notification", "partNumber", "policy", "replication", "requestPayment",
		"response-cache-control", "response-content-disposition", "response-content-encoding",
		"response-content-language", "response-content-type", "response-expires",
		"retention", "select", "select-type", "tagging", "torrent", "uploadId", "uploads",
		"versionId", "versioning", "versions", "website":
		return true
	}
	return false
}

// coveredV2 reports whether a query parameter may stand in a presigned URL of
// version 2: it is signed, or it only says which part of a listing to show.
// Others would let the holder of the URL turn it into another call, such as one
// for ?restore or ?object-lock.
func coveredV2(name string) bool {
	switch name {
	case "prefix", "delimiter", "marker", "max-keys", "encoding-type", "list-type", "start-after",
		"continuation-token", "fetch-owner", "key-marker", "version-id-marker", "upload-id-marker",
		"max-uploads", "max-parts", "part-number-marker", "x-id":
		return true
	}
	return subresourceV2(name)
}

// hostBucket returns the bucket in a virtual-host style host name, or "".
func (v *Verifier) hostBucket(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for _, domain := range v.Domains {
		if bucket, ok := strings.CutSuffix(strings.ToLower(host), "."+strings.ToLower(domain)); ok {
			return bucket
		}
	}
	return ""
}
