package sigv4_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

// The examples of the AWS documentation, with the signatures printed there.

// Source: "Transferring Payload in a Single Chunk", Amazon S3 API reference.
func TestAWSHeaderExamples(t *testing.T) {
	t.Parallel()
	const host = "https://examplebucket.s3.amazonaws.com"
	tests := []struct {
		name, method, url string
		header            map[string]string
		payloadHash, want string
	}{
		{
			name: "get object", method: "GET", url: host + "/test.txt",
			header:      map[string]string{"Range": "bytes=0-9"},
			payloadHash: sigv4.EmptySHA256,
			want:        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		},
		{
			name: "put object", method: "PUT", url: host + "/test$file.text",
			header:      map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY"},
			payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			want:        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		},
		{
			name: "get bucket lifecycle", method: "GET", url: host + "/?lifecycle",
			payloadHash: sigv4.EmptySHA256,
			want:        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		},
		{
			name: "list objects", method: "GET", url: host + "/?max-keys=2&prefix=J",
			payloadHash: sigv4.EmptySHA256,
			want:        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRequest(t, tt.method, tt.url, nil)
			for key, value := range tt.header {
				r.Header.Set(key, value)
			}
			if err := newSigner().Sign(r, tt.payloadHash, awsTime); err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			if got != tt.want {
				t.Errorf("signed %s, want %s", got, tt.want)
			}
			res := must[*sigv4.Result](t)(newVerifier(awsTime).Verify(serve(t, r)))
			if res.Signature != tt.want || res.AccessKey != awsKey || res.Type != sigv4.HeaderV4 {
				t.Errorf("verified as %+v", res)
			}
		})
	}
}

// Source: "Authenticating Requests: Using Query Parameters", Amazon S3 API
// reference.
func TestAWSPresignedExample(t *testing.T) {
	t.Parallel()
	const want = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	r := newRequest(t, "GET", "https://examplebucket.s3.amazonaws.com/test.txt", nil)
	u, err := newSigner().Presign(r, 24*time.Hour, awsTime)
	if err != nil {
		t.Fatal(err)
	}
	if u.String() != want {
		t.Errorf("got  %s\nwant %s", u, want)
	}
	res := must[*sigv4.Result](t)(newVerifier(awsTime.Add(23 * time.Hour)).Verify(serve(t, newRequest(t, "GET", want, nil))))
	if res.Type != sigv4.PresignedV4 || res.AccessKey != awsKey || res.Payload != sigv4.Unsigned {
		t.Errorf("verified as %+v", res)
	}
}

// The payload of the chunked examples.
var awsChunks = strings.Repeat("a", 65<<10)

// Source: "Transferring Payload in Multiple Chunks", Amazon S3 API reference.
const awsChunkedHead = `
PUT /examplebucket/chunkObject.txt HTTP/1.1
Host: s3.amazonaws.com
X-Amz-Date: 20130524T000000Z
X-Amz-Storage-Class: REDUCED_REDUNDANCY
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9
X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD
Content-Encoding: aws-chunked
X-Amz-Decoded-Content-Length: 66560
Content-Length: 66824
`

var awsChunkedBody = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
	awsChunks[:64<<10] + "\r\n" +
	"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
	awsChunks[64<<10:] + "\r\n" +
	"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"

func TestAWSChunkedExample(t *testing.T) {
	t.Parallel()
	data, _, err := readBody(newVerifier(awsTime), wire(t, awsChunkedHead, awsChunkedBody))
	if err != nil {
		t.Fatal(err)
	}
	if data != awsChunks {
		t.Errorf("got %d other bytes", len(data))
	}
}

// Source: "Signature calculations for trailing headers", Amazon S3 API reference.
const awsTrailerHead = `
PUT /examplebucket/chunkObject.txt HTTP/1.1
Host: s3.amazonaws.com
X-Amz-Date: 20130524T000000Z
X-Amz-Storage-Class: REDUCED_REDUNDANCY
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e
X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
Content-Encoding: aws-chunked
X-Amz-Decoded-Content-Length: 66560
X-Amz-Trailer: x-amz-checksum-crc32c
Transfer-Encoding: chunked
`

var awsTrailerChunks = "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
	awsChunks[:64<<10] + "\r\n" +
	"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
	awsChunks[64<<10:] + "\r\n" +
	"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"

const awsTrailerSignature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"

func TestAWSTrailerExample(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"as SDKs write it":   "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:" + awsTrailerSignature + "\r\n\r\n",
		"as minio-go writes": "x-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:" + awsTrailerSignature + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, trailer, err := readBody(newVerifier(awsTime), wire(t, awsTrailerHead, transferChunked(awsTrailerChunks+end)))
			if err != nil {
				t.Fatal(err)
			}
			if data != awsChunks {
				t.Errorf("got %d other bytes", len(data))
			}
			if diff := cmp.Diff(http.Header{"X-Amz-Checksum-Crc32c": {"sOO8/Q=="}}, trailer); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Source: "Example: Browser-Based Upload using HTTP POST", Amazon S3 API
// reference. The document has Windows line ends.
const awsPolicy = `{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}`

var awsPostTime = time.Date(2015, 12, 29, 0, 0, 0, 0, time.UTC)

func TestAWSPostExample(t *testing.T) {
	t.Parallel()
	form := newSigner().SignPost([]byte(strings.ReplaceAll(awsPolicy, "\n", "\r\n")), awsPostTime)
	const want = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
	if got := form["x-amz-signature"]; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
	res := must[*sigv4.Result](t)(newVerifier(awsPostTime).VerifyPost(t.Context(), form))
	if res.Type != sigv4.PostV4 || res.AccessKey != awsKey || res.Region != "us-east-1" {
		t.Errorf("verified as %+v", res)
	}
}

// Source: "Signing and authenticating REST requests (AWS signature version 2)",
// Amazon S3 user guide.
func TestAWSVersion2Examples(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, head string }{
		{"get object", `
GET /photos/puppy.jpg HTTP/1.1
Host: johnsmith.s3.amazonaws.com
Date: Tue, 27 Mar 2007 19:36:42 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:bWq2s1WEIj+Ydj0vQ697zp+IXMU=`},
		{"put object", `
PUT /photos/puppy.jpg HTTP/1.1
Content-Type: image/jpeg
Content-Length: 94328
Host: johnsmith.s3.amazonaws.com
Date: Tue, 27 Mar 2007 21:15:45 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:MyyxeRY7whkBe+bq8fHCL/2kKUg=`},
		{"list objects", `
GET /?prefix=photos&max-keys=50&marker=puppy HTTP/1.1
Host: johnsmith.s3.amazonaws.com
Date: Tue, 27 Mar 2007 19:42:41 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:htDYFYduRNen8P9ZfE/s9SuKy0U=`},
		{"get bucket acl", `
GET /?acl HTTP/1.1
Host: johnsmith.s3.amazonaws.com
Date: Tue, 27 Mar 2007 19:44:46 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:c2WLPFtWHVgbEmeEG93a4cG37dM=`},
		{"delete object", `
DELETE /johnsmith/photos/puppy.jpg HTTP/1.1
Host: s3.amazonaws.com:80
Date: Tue, 27 Mar 2007 21:20:26 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:lx3byBScXR6KzyMaifNkardMwNk=`},
		{"list buckets", `
GET / HTTP/1.1
Host: s3.amazonaws.com
Date: Wed, 28 Mar 2007 01:29:59 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:qGdzdERIC03wnaRNKh6OqZehG9s=`},
		{"key outside ASCII", `
GET /dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re HTTP/1.1
Host: s3.amazonaws.com
Date: Wed, 28 Mar 2007 01:49:49 +0000
Authorization: AWS AKIAIOSFODNN7EXAMPLE:DNEZGsoieTZ92F3bUfSPQcbGmlM=`},
		{"presigned", `
GET /photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D HTTP/1.1
Host: johnsmith.s3.amazonaws.com`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := wire(t, tt.head, "")
			now := time.Unix(1175139620, 0)
			if date := r.Header.Get("Date"); date != "" {
				now = must[time.Time](t)(time.Parse(time.RFC1123Z, date))
			}
			v := newVerifier(now)
			v.Domains = []string{"s3.amazonaws.com"}
			if _, err := v.Verify(r); err != nil {
				t.Error(err)
			}
		})
	}
}
