package s3api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api"
)

const (
	absentVersion = "af46a7d4-3802-43bc-b4fb-5072785e2aa8"
	longDocument  = 2 << 20
)

// header returns a request header.
func header(pairs ...string) map[string]string {
	h := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = pairs[i+1]
	}
	return h
}

// TestErrors is what a client may get wrong, one row each. The bucket has the key "k", of ten bytes, and no versioning.
func TestErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("k", "0123456789", objectlayer.PutOptions{})
	md5 := func(body string) map[string]string { return header("Content-Md5", md5Of(body)) }
	tests := []struct {
		name   string
		q      request
		status int
		code   string
	}{
		// Buckets.
		{"no such bucket", request{method: "GET", path: "/absent"}, 404, "NoSuchBucket"},
		{"head no such bucket", request{method: "HEAD", path: "/absent"}, 404, "NoSuchBucket"},
		{"bucket is there", request{method: "PUT", path: "/bucket"}, 409, "BucketAlreadyOwnedByYou"},
		{"bucket is not empty", request{method: "DELETE", path: "/bucket"}, 409, "BucketNotEmpty"},
		{"bucket name with upper case", request{method: "PUT", path: "/Bucket"}, 400, "InvalidBucketName"},
		{"bucket name with underscore", request{method: "PUT", path: "/buck_et"}, 400, "InvalidBucketName"},
		{"bucket name too short", request{method: "PUT", path: "/b1"}, 400, "InvalidBucketName"},
		{"bucket name like an address", request{method: "PUT", path: "/192.168.1.1"}, 400, "InvalidBucketName"},
		{"system volume", request{method: "GET", path: "/.minio.sys/config/config.json"}, 400, "InvalidBucketName"},
		{"reserved, reading", request{method: "GET", path: "/minio/nothing"}, 403, "AccessDenied"},
		{"reserved, writing", request{method: "PUT", path: "/minio"}, 403, "AllAccessDisabled"},
		{"create with a wrong document", request{method: "PUT", path: "/other", body: "<No/>"}, 400, "MalformedXML"},
		{"create with junk", request{method: "PUT", path: "/other?object-ownership=", body: "x"}, 400, "MalformedXML"},
		{"object lock neither true nor false", request{method: "PUT", path: "/other", header: header("X-Amz-Bucket-Object-Lock-Enabled", "maybe")}, 400, "InvalidArgument"},
		{"other method", request{method: "PATCH", path: "/bucket/k"}, 400, "BadRequest"},
		{"post to an object", request{method: "POST", path: "/bucket/k"}, 400, "BadRequest"},
		{"put to the service", request{method: "PUT", path: "/"}, 400, "BadRequest"},

		// Settings.
		{"no policy", request{method: "GET", path: "/bucket?policy"}, 404, "NoSuchBucketPolicy"},
		{"no lifecycle", request{method: "GET", path: "/bucket?lifecycle"}, 404, "NoSuchLifecycleConfiguration"},
		{"no encryption", request{method: "GET", path: "/bucket?encryption"}, 404, "ServerSideEncryptionConfigurationNotFoundError"},
		{"no object lock", request{method: "GET", path: "/bucket?object-lock"}, 404, "ObjectLockConfigurationNotFoundError"},
		{"no replication", request{method: "GET", path: "/bucket?replication"}, 404, "ReplicationConfigurationNotFoundError"},
		{"no tags", request{method: "GET", path: "/bucket?tagging"}, 404, "NoSuchTagSet"},
		{"no cors", request{method: "GET", path: "/bucket?cors"}, 404, "NoSuchCORSConfiguration"},
		{"no website", request{method: "GET", path: "/bucket?website"}, 404, "NoSuchWebsiteConfiguration"},
		{"setting of no bucket", request{method: "GET", path: "/absent?policy"}, 404, "NoSuchBucket"},
		{"stub of no bucket", request{method: "GET", path: "/absent?cors"}, 404, "NoSuchBucket"},
		{"object lock on a bucket without", request{method: "PUT", path: "/bucket?object-lock", body: "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"}, 409, "InvalidBucketState"},
		{"object lock for days and years", request{method: "PUT", path: "/bucket?object-lock", body: "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years></DefaultRetention></Rule></ObjectLockConfiguration>"}, 400, "MalformedXML"},
		{"put cors", request{method: "PUT", path: "/bucket?cors", body: "<CORSConfiguration/>"}, 501, "NotImplemented"},
		{"put policy", request{method: "PUT", path: "/bucket?policy", body: "{}"}, 501, "NotImplemented"},
		{"public access block", request{method: "GET", path: "/bucket?publicAccessBlock"}, 501, "NotImplemented"},
		{"torrent", request{method: "GET", path: "/bucket/k?torrent"}, 501, "NotImplemented"},
		{"select", request{method: "POST", path: "/bucket/k?select&select-type=2"}, 501, "NotImplemented"},
		{"public acl", request{method: "PUT", path: "/bucket?acl", header: header("X-Amz-Acl", "public-read")}, 501, "NotImplemented"},
		{"acl of no object", request{method: "GET", path: "/bucket/absent?acl"}, 404, "NoSuchKey"},
		{"versioning without a status", request{method: "PUT", path: "/bucket?versioning", body: "<VersioningConfiguration/>"}, 400, "IllegalVersioningConfigurationException"},
		{"versioning with a bad status", request{method: "PUT", path: "/bucket?versioning", body: "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"}, 400, "IllegalVersioningConfigurationException"},
		{"versioning with too many prefixes", request{method: "PUT", path: "/bucket?versioning", body: "<VersioningConfiguration><Status>Enabled</Status>" + strings.Repeat("<ExcludedPrefixes><Prefix>a/*</Prefix></ExcludedPrefixes>", 11) + "</VersioningConfiguration>"}, 400, "IllegalVersioningConfigurationException"},
		{"encryption without a rule", request{method: "PUT", path: "/bucket?encryption", body: "<ServerSideEncryptionConfiguration/>"}, 400, "MalformedXML"},
		{"encryption with an unknown algorithm", request{method: "PUT", path: "/bucket?encryption", body: "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>ROT13</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"}, 400, "MalformedXML"},
		{"document with a wrong digest", request{method: "PUT", path: "/bucket?tagging", body: "<Tagging><TagSet/></Tagging>", header: md5("other")}, 400, "BadDigest"},
		{"document with a wrong checksum", request{method: "PUT", path: "/bucket?tagging", body: "<Tagging><TagSet/></Tagging>", header: header("X-Amz-Checksum-Crc32", "AAAAAA==")}, 400, "XAmzContentChecksumMismatch"},
		{"document too long", request{method: "PUT", path: "/bucket?tagging", body: strings.Repeat(" ", longDocument)}, 400, "MalformedXML"},
		{"tag twice", request{method: "PUT", path: "/bucket?tagging", body: "<Tagging><TagSet><Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag></TagSet></Tagging>"}, 400, "InvalidTag"},

		// Names of keys.
		{"no such key", request{method: "GET", path: "/bucket/absent"}, 404, "NoSuchKey"},
		{"head no such key", request{method: "HEAD", path: "/bucket/absent"}, 404, "NoSuchKey"},
		{"key too long", request{method: "PUT", path: "/bucket/" + strings.Repeat("a/", 513)}, 400, "KeyTooLongError"},
		{"segment too long", request{method: "PUT", path: "/bucket/" + strings.Repeat("a", 256)}, 400, "XMinioInvalidObjectName"},
		{"dots", request{method: "GET", path: "/bucket/a/../k"}, 400, "XMinioInvalidResourceName"},
		{"escaped dots", request{method: "GET", path: "/bucket/a/%2e%2e/k"}, 400, "XMinioInvalidResourceName"},
		{"escaped slash and dots", request{method: "GET", path: "/bucket/..%2f..%2fetc%2fpasswd"}, 400, "XMinioInvalidResourceName"},
		{"one dot", request{method: "PUT", path: "/bucket/./k"}, 400, "XMinioInvalidResourceName"},
		{"dots behind a backslash", request{method: "PUT", path: "/bucket/a%5C..%5Cb"}, 400, "XMinioInvalidResourceName"},
		{"two slashes", request{method: "PUT", path: "/bucket/a//b"}, 400, "XMinioInvalidObjectName"},
		{"leading slash", request{method: "PUT", path: "/bucket//b"}, 400, "XMinioInvalidObjectName"},
		{"nul", request{method: "PUT", path: "/bucket/a%00b"}, 400, "XMinioInvalidObjectName"},
		{"not utf-8", request{method: "PUT", path: "/bucket/%ff"}, 400, "XMinioInvalidObjectName"},

		// Reading.
		{"range outside", request{method: "GET", path: "/bucket/k", header: header("Range", "bytes=10-20")}, 416, "InvalidRange"},
		{"empty suffix", request{method: "HEAD", path: "/bucket/k", header: header("Range", "bytes=-0")}, 416, "InvalidRange"},
		{"no such part", request{method: "GET", path: "/bucket/k?partNumber=2"}, 416, "InvalidPartNumber"},
		{"part number zero", request{method: "GET", path: "/bucket/k?partNumber=0"}, 400, "InvalidArgument"},
		{"range and part", request{method: "GET", path: "/bucket/k?partNumber=1", header: header("Range", "bytes=0-1")}, 400, "InvalidRequest"},
		{"bogus version", request{method: "GET", path: "/bucket/k?versionId=bogus"}, 400, "InvalidArgument"},
		{"no such version", request{method: "GET", path: "/bucket/k?versionId=" + absentVersion}, 404, "NoSuchVersion"},
		{"attributes of nothing", request{method: "GET", path: "/bucket/k?attributes"}, 400, "InvalidArgument"},
		{"unknown attribute", request{method: "GET", path: "/bucket/k?attributes", header: header("X-Amz-Object-Attributes", "Colour")}, 400, "InvalidArgument"},
		{"a line end in an override", request{method: "GET", path: "/bucket/k?response-content-type=a%0d%0aSet-Cookie:b"}, 400, "InvalidArgument"},
		{"query that is none", request{method: "GET", path: "/bucket/k?a=%zz", unsigned: true}, 400, "InvalidArgument"},
		{"customer key over plain http", request{method: "GET", path: "/bucket/k", header: header("X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256")}, 400, "InvalidRequest"},

		// Writing.
		{"wrong digest", request{method: "PUT", path: "/bucket/new", body: "x", header: md5("y")}, 400, "BadDigest"},
		{"malformed digest", request{method: "PUT", path: "/bucket/new", body: "x", header: header("Content-Md5", "eA==")}, 400, "InvalidDigest"},
		{"wrong checksum", request{method: "PUT", path: "/bucket/new", body: "x", header: header("X-Amz-Checksum-Crc32", "AAAAAA==")}, 400, "XAmzContentChecksumMismatch"},
		{"malformed checksum", request{method: "PUT", path: "/bucket/new", body: "x", header: header("X-Amz-Checksum-Crc32", "AA==")}, 400, "InvalidRequest"},
		{"two checksums", request{method: "PUT", path: "/bucket/new", body: "x", header: header("X-Amz-Checksum-Crc32", "AAAAAA==", "X-Amz-Checksum-Crc32c", "AAAAAA==")}, 400, "InvalidRequest"},
		{"unknown checksum", request{method: "PUT", path: "/bucket/new", body: "x", header: header("X-Amz-Checksum-Md4", "AAAAAA==")}, 400, "InvalidArgument"},
		{"wrong hash", request{method: "PUT", path: "/bucket/new", body: "x", header: header("X-Amz-Content-Sha256", strings.Repeat("0", 64))}, 400, "XAmzContentSHA256Mismatch"},
		{"unknown storage class", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Storage-Class", "GLACIER")}, 400, "InvalidStorageClass"},
		{"tags with a name twice", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Tagging", "a=1&a=2")}, 400, "InvalidTag"},
		{"too many tags", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Tagging", "a&b&c&d&e&f&g&h&i&j&k")}, 400, "BadRequest"},
		{"malformed tags", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Tagging", "a=%zz")}, 400, "InvalidArgument"},
		{"unknown encryption", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Server-Side-Encryption", "ROT13")}, 400, "InvalidArgument"},
		{"key id without kms", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Server-Side-Encryption", "AES256", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "k")}, 400, "InvalidArgument"},
		{"malformed context", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Server-Side-Encryption", "aws:kms", "X-Amz-Server-Side-Encryption-Context", "{}")}, 400, "InvalidArgument"},
		{"retention without a date", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Object-Lock-Mode", "GOVERNANCE")}, 400, "InvalidArgument"},
		{"retention in the past", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date", "2001-01-01T00:00:00Z")}, 400, "InvalidArgument"},
		{"retention without object lock", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date", "2101-01-01T00:00:00Z")}, 400, "InvalidRequest"},
		{"hold that is neither on nor off", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Object-Lock-Legal-Hold", "MAYBE")}, 400, "InvalidArgument"},
		{"retention document without object lock", request{method: "PUT", path: "/bucket/k?retention", body: "<Retention/>"}, 400, "InvalidRequest"},
		{"if-match of an absent key", request{method: "PUT", path: "/bucket/new", header: header("If-Match", `"x"`)}, 404, "NoSuchKey"},
		{"if-none-match of a present key", request{method: "PUT", path: "/bucket/k", header: header("If-None-Match", "*")}, 412, "PreconditionFailed"},
		{"appending", request{method: "PUT", path: "/bucket/k", body: "x", header: header("X-Amz-Write-Offset-Bytes", "10")}, 400, "BadRequest"},
		{"snowball", request{method: "PUT", path: "/bucket/new", body: "x", header: header("X-Amz-Meta-Snowball-Auto-Extract", "true")}, 501, "NotImplemented"},
		{"into a zip", request{method: "GET", path: "/bucket/a.zip/b", header: header("X-Minio-Extract", "true")}, 501, "NotImplemented"},
		{"replication", request{method: "PUT", path: "/bucket/new", header: header("X-Minio-Source-Replication-Request", "true")}, 501, "NotImplemented"},
		{"internal metadata", request{method: "PUT", path: "/bucket/new", header: header("X-Minio-Internal-Server-Side-Encryption-Iv", "AAAA")}, 400, "InvalidArgument"},
		{"internal metadata in disguise", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Meta-X-Minio-Internal-Foo", "AAAA")}, 400, "InvalidArgument"},
		{"too much metadata", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Meta-A", strings.Repeat("a", 2048))}, 400, "MetadataTooLarge"},
		{"too many headers", request{method: "PUT", path: "/bucket/new", header: header("X-Other", strings.Repeat("a", 8192))}, 400, "MetadataTooLarge"},

		// Copying.
		{"source that is none", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "bucket")}, 400, "InvalidArgument"},
		{"empty source", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "")}, 400, "InvalidArgument"},
		{"source with dots", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "/bucket/..%2F..%2Fetc/passwd")}, 400, "XMinioInvalidResourceName"},
		{"source in the system volume", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "/.minio.sys/config/iam")}, 400, "InvalidBucketName"},
		{"source with another query", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "/bucket/k?acl")}, 400, "InvalidArgument"},
		{"source with a bogus version", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "/bucket/k?versionId=x")}, 400, "InvalidArgument"},
		{"onto itself", request{method: "PUT", path: "/bucket/k", header: header("X-Amz-Copy-Source", "/bucket/k")}, 400, "InvalidRequest"},
		{"unknown directive", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "/bucket/k", "X-Amz-Metadata-Directive", "MERGE")}, 400, "InvalidArgument"},
		{"source not as expected", request{method: "PUT", path: "/bucket/new", header: header("X-Amz-Copy-Source", "/bucket/k", "X-Amz-Copy-Source-If-Match", "x")}, 412, "PreconditionFailed"},

		// Deleting.
		{"delete by force with a version", request{method: "DELETE", path: "/bucket/p/?versionId=null", header: header("X-Minio-Force-Delete", "true")}, 400, "InvalidArgument"},
		{"delete many without a digest", request{method: "POST", path: "/bucket?delete", body: "<Delete><Object><Key>new</Key></Object></Delete>"}, 400, "MissingContentMD5"},
		{"delete many of nothing", request{method: "POST", path: "/bucket?delete", body: "<Delete></Delete>", header: md5("<Delete></Delete>")}, 400, "MalformedXML"},
		{"delete more than a thousand", request{method: "POST", path: "/bucket?delete", body: tooMany, header: md5(tooMany)}, 400, "MalformedXML"},
		{"delete with a document type", request{method: "POST", path: "/bucket?delete", body: "<!DOCTYPE a><Delete/>", header: md5("<!DOCTYPE a><Delete/>")}, 400, "MalformedXML"},

		// Listing.
		{"negative page", request{method: "GET", path: "/bucket?max-keys=-1"}, 400, "InvalidArgument"},
		{"page that is no number", request{method: "GET", path: "/bucket?list-type=2&max-keys=ten"}, 400, "InvalidArgument"},
		{"unknown encoding", request{method: "GET", path: "/bucket?encoding-type=rot13"}, 400, "InvalidArgument"},
		{"token that is none", request{method: "GET", path: "/bucket?list-type=2&continuation-token=%21"}, 400, "InvalidArgument"},
		{"version marker without a key", request{method: "GET", path: "/bucket?versions&version-id-marker=null"}, 400, "InvalidArgument"},

		// Uploads.
		{"part zero", request{method: "PUT", path: "/bucket/k?uploadId=x&partNumber=0"}, 400, "InvalidPart"},
		{"part too high", request{method: "PUT", path: "/bucket/k?uploadId=x&partNumber=10001"}, 400, "InvalidArgument"},
		{"part of no upload", request{method: "PUT", path: "/bucket/k?uploadId=x&partNumber=1", body: "x"}, 404, "NoSuchUpload"},
		{"list parts of no upload", request{method: "GET", path: "/bucket/k?uploadId=x"}, 404, "NoSuchUpload"},
		{"abort no upload", request{method: "DELETE", path: "/bucket/k?uploadId=x"}, 404, "NoSuchUpload"},
		{"complete with nothing", request{method: "POST", path: "/bucket/k?uploadId=x", body: "<CompleteMultipartUpload/>"}, 400, "MalformedXML"},
		{"complete no upload", request{method: "POST", path: "/bucket/k?uploadId=x", body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"}, 404, "NoSuchUpload"},
		{"copied range of another form", request{method: "PUT", path: "/bucket/k?uploadId=x&partNumber=1", header: header("X-Amz-Copy-Source", "/bucket/k", "X-Amz-Copy-Source-Range", "bytes=5-")}, 400, "InvalidArgument"},
		{"upload with an unfit checksum type", request{method: "POST", path: "/bucket/k?uploads", header: header("X-Amz-Checksum-Algorithm", "SHA1", "X-Amz-Checksum-Type", "FULL_OBJECT")}, 400, "InvalidRequest"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *r
			r.T = t
			a := r.do(tt.q)
			r.want(a, tt.status, tt.code)
			if id := a.header.Get("X-Amz-Request-Id"); len(id) != 16 {
				t.Errorf("request id %q", id)
			}
		})
	}
	page, err := r.model.List(r.ctx, "bucket", objectlayer.ListOptions{Max: 10})
	r.ok(err)
	if len(page.Objects) != 1 {
		t.Errorf("the requests stored something: %v", page.Objects)
	}
}

var tooMany = "<Delete>" + strings.Repeat("<Object><Key>new</Key></Object>", 1001) + "</Delete>"

// TestErrorDocument pins the bytes.
func TestErrorDocument(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *s3api.Options) { o.Region = "us-east-1" })
	r.bucket(objectlayer.MakeBucketOptions{})
	a := r.do(request{method: "GET", path: "/bucket/a%20b&c"})
	want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a b&amp;c</Key>` +
		`<BucketName>bucket</BucketName><Resource>/bucket/a b&amp;c</Resource><Region>us-east-1</Region><RequestId>` + a.header.Get("X-Amz-Request-Id") +
		`</RequestId><HostId>` + strings.Repeat("5", 64) + `</HostId></Error>`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	for name, want := range map[string]string{
		"Accept-Ranges": "bytes", "Server": "Holdfast", "X-Amz-Id-2": strings.Repeat("5", 64), "X-Amz-Bucket-Region": "us-east-1", "X-Content-Type-Options": "nosniff",
		"X-Xss-Protection": "1; mode=block", "Content-Type": "application/xml", "Strict-Transport-Security": "",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := strings.Join(a.header["Vary"], ","); got != "Origin,Accept-Encoding" {
		t.Errorf("Vary: got %q", got)
	}
}

// TestRegion pins that a wrong region is refused with the right one, but not where clients ask for it.
func TestRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *s3api.Options) { o.Region = "eu-x" })
	r.bucket(objectlayer.MakeBucketOptions{})
	r.want(r.do(request{method: "GET", path: "/"}), 200, "")
	a := r.do(request{method: "GET", path: "/bucket?location"})
	r.want(a, 200, "")
	if !strings.Contains(a.body, ">eu-x</LocationConstraint>") {
		t.Errorf("got %s", a.body)
	}
	a = r.do(request{method: "GET", path: "/bucket/k"})
	r.want(a, 400, "AuthorizationHeaderMalformed")
	if !strings.Contains(a.body, "<Region>eu-x</Region>") {
		t.Errorf("got %s", a.body)
	}
	r.signer.Region = "eu-x"
	r.want(r.do(request{method: "GET", path: "/bucket/k"}), 404, "NoSuchKey")
	body := "<CreateBucketConfiguration><LocationConstraint>mars</LocationConstraint></CreateBucketConfiguration>"
	r.want(r.do(request{method: "PUT", path: "/other", body: body}), 400, "InvalidRegion")
	r.want(r.do(request{method: "PUT", path: "/other", body: strings.Replace(body, "mars", "eu-x", 1)}), 200, "")
}

// TestConditionalAnswers pins the headers of 304 and 412.
func TestConditionalAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.versionedBucket()
	v := r.store("k", "x", objectlayer.PutOptions{Headers: map[string]string{"cache-control": "max-age=60"}})
	a := r.do(request{method: "GET", path: "/bucket/k", header: header("If-None-Match", `W/"`+string(v.ETag)+`", "y"`)})
	r.want(a, 304, "")
	if a.body != "" || a.header.Get("Etag") != `"`+string(v.ETag)+`"` || a.header.Get("Last-Modified") == "" || a.header.Get("Cache-Control") != "max-age=60" || a.header.Get("X-Amz-Version-Id") == "" {
		t.Errorf("got %q, %v", a.body, a.header)
	}
	for _, method := range []string{"GET", "HEAD", "PUT"} {
		a = r.do(request{method: method, path: "/bucket/k", header: header("If-Match", "y")})
		r.want(a, 412, "PreconditionFailed")
		if a.header.Get("Etag") != `"`+string(v.ETag)+`"` || a.header.Get("Last-Modified") == "" {
			t.Errorf("%s: got %v", method, a.header)
		}
	}
	deleted := r.do(request{method: "DELETE", path: "/bucket/k"})
	r.want(deleted, 204, "")
	a = r.do(request{method: "GET", path: "/bucket/k"})
	r.want(a, 404, "NoSuchKey")
	if a.header.Get("X-Amz-Delete-Marker") != "true" || a.header.Get("X-Amz-Version-Id") != deleted.header.Get("X-Amz-Version-Id") {
		t.Errorf("got %v", a.header)
	}
	a = r.do(request{method: "HEAD", path: "/bucket/k?versionId=" + deleted.header.Get("X-Amz-Version-Id")})
	r.want(a, 405, "MethodNotAllowed")
	if a.header.Get("X-Amz-Delete-Marker") != "true" || a.header.Get("Last-Modified") == "" || a.header.Get("Allow") != http.MethodDelete {
		t.Errorf("got %v", a.header)
	}
}
