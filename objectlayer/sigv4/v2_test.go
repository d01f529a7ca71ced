package sigv4_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// signV2 signs text with the example secret.
func signV2(text string) string {
	mac := hmac.New(sha1.New, []byte(awsSecret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func signedV2(t testing.TB, header ...string) *http.Request {
	t.Helper()
	r := newRequest(t, "PUT", "http://localhost:9000/bucket/my%20key?uploadId=a%2Fb&partNumber=2&x-id=UploadPart", nil)
	r.Header.Set("Date", "Fri, 24 May 2013 00:00:00 GMT")
	r.Header.Set("Content-Type", "text/plain")
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return serve(t, signer.SignV2(*r, awsKey, awsSecret, false))
}

func TestHeaderV2(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(r *http.Request)
		want  string
	}{
		{"nothing", func(*http.Request) {}, "ok"},
		{"method", func(r *http.Request) { r.Method = "POST" }, sigv4.CodeSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path += "x" }, sigv4.CodeSignatureDoesNotMatch},
		{"content type", func(r *http.Request) { r.Header.Set("Content-Type", "a/b") }, sigv4.CodeSignatureDoesNotMatch},
		{"content md5", func(r *http.Request) { r.Header.Set("Content-Md5", "a") }, sigv4.CodeSignatureDoesNotMatch},
		{"metadata", func(r *http.Request) { r.Header.Set("X-Amz-Meta-B", "2") }, sigv4.CodeSignatureDoesNotMatch},
		{"metadata added", func(r *http.Request) { r.Header.Set("X-Amz-Meta-C", "2") }, sigv4.CodeSignatureDoesNotMatch},
		{"metadata removed", func(r *http.Request) { r.Header.Del("X-Amz-Meta-B") }, sigv4.CodeSignatureDoesNotMatch},
		{"sub-resource added", func(r *http.Request) { r.URL.RawQuery += "&acl" }, sigv4.CodeSignatureDoesNotMatch},
		{"sub-resource changed", func(r *http.Request) { setQuery(r, "partNumber", "3") }, sigv4.CodeSignatureDoesNotMatch},
		{"other parameter added", func(r *http.Request) { r.URL.RawQuery += "&prefix=a" }, "ok"},
		{"signature changed", func(r *http.Request) {
			r.Header.Set("Authorization", r.Header.Get("Authorization")+"=")
		}, sigv4.CodeSignatureDoesNotMatch},
		{"unknown key", func(r *http.Request) { r.Header.Set("Authorization", "AWS nobody:abc") }, sigv4.CodeInvalidAccessKeyID},
		{"no key", func(r *http.Request) { r.Header.Set("Authorization", "AWS :abc") }, sigv4.CodeInvalidArgument},
		{"no colon", func(r *http.Request) { r.Header.Set("Authorization", "AWS abc") }, sigv4.CodeInvalidArgument},
		{"nothing behind the scheme", func(r *http.Request) { r.Header.Set("Authorization", "AWS") }, sigv4.CodeInvalidArgument},
		{"no date", func(r *http.Request) { r.Header.Del("Date") }, sigv4.CodeAccessDenied},
		{"old", func(r *http.Request) { r.Header.Set("Date", "Fri, 24 May 2013 01:00:00 GMT") }, sigv4.CodeRequestTimeTooSkewed},
		{"two dates", func(r *http.Request) { r.Header.Add("Date", "x") }, sigv4.CodeInvalidRequest},
		{"presigned too", func(r *http.Request) { r.URL.RawQuery += "&Signature=a" }, sigv4.CodeInvalidRequest},
		{"payload in chunks", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		}, sigv4.CodeInvalidRequest},
		{"payload hash garbled", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "abc") }, sigv4.CodeInvalidArgument},
	}
	v := newVerifier(awsTime)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := signedV2(t, "X-Amz-Meta-B", "1", "X-Amz-Meta-A", "1", "X-Amz-Security-Token", "t")
			tt.spoil(r)
			res, err := v.Verify(r)
			wantCode(t, err, tt.want)
			if err == nil && (res.Type != sigv4.HeaderV2 || res.AccessKey != awsKey || res.SessionToken != "t") {
				t.Errorf("got %+v", res)
			}
		})
	}
}

// Where x-amz-date is sent, the line for Date is empty, sent or not.
func TestHeaderV2AmzDate(t *testing.T) {
	t.Parallel()
	for _, amzDate := range []string{"Fri, 24 May 2013 00:00:00 GMT", "20130524T000000Z"} {
		r := newRequest(t, "GET", "http://localhost/b/k", nil)
		r.Header.Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
		r.Header.Set("X-Amz-Date", amzDate)
		r.Header.Set("Authorization", "AWS "+awsKey+":"+signV2("GET\n\n\n\nx-amz-date:"+amzDate+"\n/b/k"))
		_, err := newVerifier(awsTime).Verify(serve(t, r))
		wantCode(t, err, "ok")
	}
}

func presignedV2(t testing.TB, method, address string) *http.Request {
	t.Helper()
	r := newRequest(t, method, address, nil)
	r = signer.PreSignV2(*r, awsKey, awsSecret, 3600, false)
	r.Header.Del("Expires") // minio-go leaves it there; the holder of the URL has none
	return serve(t, r)
}

func TestPresignedV2(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(r *http.Request)
		want  string
	}{
		{"nothing", func(*http.Request) {}, "ok"},
		{"method", func(r *http.Request) { r.Method = "PUT" }, sigv4.CodeSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path += "x" }, sigv4.CodeSignatureDoesNotMatch},
		{"expiry", func(r *http.Request) { setQuery(r, "Expires", "99999999999") }, sigv4.CodeSignatureDoesNotMatch},
		{"expired", func(r *http.Request) { setQuery(r, "Expires", "1") }, sigv4.CodeAccessDenied},
		{"expiry garbled", func(r *http.Request) { setQuery(r, "Expires", "soon") }, sigv4.CodeAccessDenied},
		{"no expiry", func(r *http.Request) { setQuery(r, "Expires") }, sigv4.CodeAccessDenied},
		{"no key", func(r *http.Request) { setQuery(r, "AWSAccessKeyId") }, sigv4.CodeAccessDenied},
		{"no signature", func(r *http.Request) { setQuery(r, "Signature") }, sigv4.CodeAccessDenied},
		{"two signatures", func(r *http.Request) { r.URL.RawQuery += "&Signature=a" }, sigv4.CodeAccessDenied},
		{"override added", func(r *http.Request) { r.URL.RawQuery += "&response-content-type=a" }, sigv4.CodeSignatureDoesNotMatch},
		{"listing parameter added", func(r *http.Request) { r.URL.RawQuery += "&prefix=a" }, "ok"},
		{"uncovered sub-resource added", func(r *http.Request) { r.URL.RawQuery += "&restore" }, sigv4.CodeAccessDenied},
		{"x-amz header added", func(r *http.Request) { r.Header.Set("X-Amz-Copy-Source", "/a/b") }, sigv4.CodeSignatureDoesNotMatch},
		{"x-minio header added", func(r *http.Request) { r.Header.Set("X-Minio-Force-Delete", "true") }, sigv4.CodeAccessDenied},
	}
	v := newVerifier(time.Now())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := presignedV2(t, "GET", "http://localhost/bucket/my%20key?versionId=1")
			tt.spoil(r)
			res, err := v.Verify(r)
			wantCode(t, err, tt.want)
			if err == nil && (res.Type != sigv4.PresignedV2 || res.AccessKey != awsKey) {
				t.Errorf("got %+v", res)
			}
		})
	}
}

func TestVirtualHostV2(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"bucket.example.com":      "ok",
		"bucket.EXAMPLE.com:9000": "ok",
		"bucket.example.org":      sigv4.CodeSignatureDoesNotMatch, // not ours: path style
	} {
		r := newRequest(t, "GET", "http://"+host+"/key", nil)
		r.Header.Set("Date", "Fri, 24 May 2013 00:00:00 GMT")
		got := serve(t, signer.SignV2(*r, awsKey, awsSecret, true))
		v := newVerifier(awsTime)
		v.Domains = []string{"other.net", "example.com"}
		_, err := v.Verify(got)
		if code(err) != want {
			t.Errorf("%s: got %v, want %s", host, err, want)
		}
	}
}
