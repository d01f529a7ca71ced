package s3err

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"
)

// retryAfter is what a client that met a limit or a missing quorum is told to wait, in seconds.
const retryAfter = "5"

// Write answers with the error. The header must not have been sent. HEAD requests have no body, so code and message travel
// in X-Minio-Error-Code and X-Minio-Error-Desc, which the SDKs of MinIO read. RFC 9110 forbids a body with 304.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	e := Resolve(err)
	h := w.Header()
	status := e.Code.Status()
	switch {
	case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
		h.Set("Retry-After", retryAfter)
	case e.Code == InvalidRange:
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(e.ActualSize, 10))
	}
	if r.Method == http.MethodHead || status == http.StatusNotModified {
		if status != http.StatusNotModified {
			h.Set("X-Minio-Error-Code", e.Code.String())
			h.Set("X-Minio-Error-Desc", `"`+e.Text()+`"`)
			h.Set("Content-Length", "0")
		}
		w.WriteHeader(status)
		return
	}
	doc := e.document(r.URL.Path, h)
	h.Set("Content-Type", "application/xml")
	h.Set("Content-Length", strconv.Itoa(len(doc)))
	w.WriteHeader(status)
	w.Write(doc) // a client that is gone cannot be told
}

// document renders the error in the order every S3 server uses. Clients read it by name; people compare it by eye.
func (e *Error) document(resource string, h http.Header) []byte {
	region := e.Region
	if region == "" {
		region = h.Get("X-Amz-Bucket-Region")
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString("<Error>")
	element(&b, "Code", e.Code.String())
	element(&b, "Message", e.Text())
	optional(&b, "Key", e.Key)
	optional(&b, "BucketName", e.Bucket)
	element(&b, "Resource", resource)
	optional(&b, "Region", region)
	element(&b, "RequestId", h.Get("X-Amz-Request-Id"))
	element(&b, "HostId", h.Get("X-Amz-Id-2"))
	if e.Code == InvalidRange {
		element(&b, "ActualObjectSize", strconv.FormatInt(e.ActualSize, 10))
		optional(&b, "RangeRequested", e.RangeRequested)
	}
	b.WriteString("</Error>")
	return b.Bytes()
}

func optional(b *bytes.Buffer, name, value string) {
	if value != "" {
		element(b, name, value)
	}
}

func element(b *bytes.Buffer, name, value string) {
	b.WriteString("<" + name + ">")
	xml.EscapeText(b, []byte(value)) // a Buffer does not fail
	b.WriteString("</" + name + ">")
}
