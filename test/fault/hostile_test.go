package fault_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/test/harness"
)

// victim is a server that must not come to harm. It has one bucket, which stays empty.
type victim struct {
	*harness.Server
	client *harness.Client
}

func startVictim(t *testing.T, flags ...string) *victim {
	t.Helper()
	s := harness.Start(t, harness.Options{Flags: flags, Env: map[string]string{"MINIO_DELETE_CLEANUP_INTERVAL": "1s"}})
	v := &victim{s, s.Client()}
	v.client.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket})
	return v
}

// unharmed checks that nothing was stored or kept, and that the server works.
func (v *victim) unharmed(t *testing.T) {
	t.Helper()
	for _, query := range []string{"versions", "uploads"} {
		got := v.client.Must(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Query: query})
		if bytes.Contains(got.Body, []byte("<Key>")) {
			t.Errorf("%s: got %s, want nothing", query, got.Body)
		}
	}
	v.client.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "probe", Body: []byte("alive")})
	if got := v.client.Must(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: "probe"}); string(got.Body) != "alive" {
		t.Errorf("got %q, want alive", got.Body)
	}
	v.client.Must(t, harness.Request{Method: http.MethodDelete, Bucket: plainBucket, Key: "probe"})
	if !harness.Peer() {
		awaitTidy(t, v.Drives)
	}
}

// residentBytes is the memory a process has in use, from /proc.
func residentBytes(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	n, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// bound is a limit for the memory of the server, in bytes: that for a server as it is shipped, or what a server with the race
// detector may take instead.
func bound(n int64) int64 {
	if harness.Race() {
		return 5 * n
	}
	return n
}

// refusedWith sends a request and checks for a status of 400 and more and one of several S3 error codes.
func (v *victim) refusedWith(t *testing.T, r harness.Request, codes ...string) {
	t.Helper()
	response, err := v.client.Do(t.Context(), r)
	if err != nil {
		t.Fatalf("%s ?%s: %v", r.Method, r.Query, err)
	}
	if response.Status/100 != 4 || !slices.Contains(codes, response.Code()) {
		t.Errorf("%s %.60s?%s: got %s, want one of %q", r.Method, r.Key, r.Query, response, codes)
	}
}

// documents are bodies that are no documents of S3, by what is wrong with them.
func documents() map[string]string {
	return map[string]string{
		"empty":           "",
		"no XML":          "this is not XML",
		"JSON":            `{"Delete": []}`,
		"unclosed":        "<Delete><Object><Key>a</Key>",
		"crossed":         "<Delete><Object></Delete></Object>",
		"another root":    "<Unheard><Of/></Unheard>",
		"no UTF-8":        "<Delete><Object><Key>\xff\xfe</Key></Object></Delete>",
		"deeply nested":   strings.Repeat("<a>", 20_000) + strings.Repeat("</a>", 20_000),
		"entities":        `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>`,
		"a file":          `<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&f;</Key></Object></Delete>`,
		"large":           "<Delete>" + strings.Repeat("<Object><Key>k</Key></Object>", 400_000),
		"a large name":    "<" + strings.Repeat("n", 8<<20) + "/>",
		"zero bytes":      strings.Repeat("\x00", 1000),
		"many attributes": "<Delete " + strings.Repeat(`a="b" `, 10_000) + "/>",
	}
}

// TestHostileDocuments sends documents that are none to every call that reads one.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	v := startVictim(t)
	before := residentBytes(t, v.PID())
	calls := map[string]harness.Request{
		"delete objects": {Method: http.MethodPost, Query: "delete"},
		"versioning":     {Method: http.MethodPut, Query: "versioning"},
		"bucket tags":    {Method: http.MethodPut, Query: "tagging"},
		"encryption":     {Method: http.MethodPut, Query: "encryption"},
		"object tags":    {Method: http.MethodPut, Key: "key", Query: "tagging"},
		"complete":       {Method: http.MethodPost, Key: "key", Query: "uploadId=absent"},
	}
	codes := []string{
		"MalformedXML", "EntityTooLarge", "MissingRequestBodyError", "MissingContentLength", "InvalidRequest", "InvalidArgument", "InvalidTag",
		"NoSuchKey", "NoSuchUpload", "EmptyRequestBody", "XMinioRequestBodyParse", "IllegalVersioningConfigurationException", "InvalidPart", "BadRequest",
	}
	for call, r := range calls {
		for name, document := range documents() {
			t.Run(call+"/"+name, func(t *testing.T) {
				r := r
				r.Bucket, r.Body = plainBucket, []byte(document)
				sum := md5.Sum(r.Body)
				r.Header = map[string]string{"Content-Md5": base64.StdEncoding.EncodeToString(sum[:])}
				v.refusedWith(t, r, codes...)
			})
		}
	}
	many := "<Delete>" + strings.Repeat("<Object><Key>k</Key></Object>", 1001) + "</Delete>"
	sum := md5.Sum([]byte(many))
	v.refusedWith(t, harness.Request{
		Method: http.MethodPost, Bucket: plainBucket, Query: "delete", Body: []byte(many),
		Header: map[string]string{"Content-Md5": base64.StdEncoding.EncodeToString(sum[:])},
	}, "MalformedXML")
	most := bound(256 << 20)
	if after := residentBytes(t, v.PID()); after-before > most && !harness.Peer() {
		t.Errorf("the server grew from %d to %d MiB", before>>20, after>>20)
	}
	v.unharmed(t)
}

// TestHostileDigests promises digests the body does not have.
func TestHostileDigests(t *testing.T) {
	t.Parallel()
	v := startVictim(t)
	body := []byte("what was not promised")
	wrong := base64.StdEncoding.EncodeToString(make([]byte, 16))
	put := func(header map[string]string) harness.Request {
		return harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "key", Body: body, Header: header}
	}
	v.refusedWith(t, put(map[string]string{"Content-Md5": wrong}), "BadDigest")
	v.refusedWith(t, put(map[string]string{"Content-Md5": "no base64!"}), "InvalidDigest")
	v.refusedWith(t, put(map[string]string{"Content-Md5": base64.StdEncoding.EncodeToString([]byte("short"))}), "InvalidDigest")
	for _, name := range []string{"Crc32", "Crc32c", "Crc64nvme", "Sha1", "Sha256"} {
		length := map[string]int{"Crc32": 4, "Crc32c": 4, "Crc64nvme": 8, "Sha1": 20, "Sha256": 32}[name]
		header := "X-Amz-Checksum-" + name
		v.refusedWith(t, put(map[string]string{header: base64.StdEncoding.EncodeToString(make([]byte, length))}), "XAmzContentChecksumMismatch", "BadDigest")
		v.refusedWith(t, put(map[string]string{header: base64.StdEncoding.EncodeToString(make([]byte, length+1))}), "InvalidArgument", "InvalidRequest", "XAmzContentChecksumMismatch")
		v.refusedWith(t, put(map[string]string{header: "?"}), "InvalidArgument", "InvalidRequest", "XAmzContentChecksumMismatch")
	}
	v.refusedWith(t, put(map[string]string{
		"X-Amz-Checksum-Crc32": "AAAAAA==", "X-Amz-Checksum-Sha1": base64.StdEncoding.EncodeToString(make([]byte, 20)),
	}), "InvalidArgument", "InvalidRequest", "XAmzContentChecksumMismatch", "BadDigest")
	v.testWrongBodyHash(t, body)
	v.unharmed(t)
}

// testWrongBodyHash signs the digest of another body.
func (v *victim) testWrongBodyHash(t *testing.T, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, v.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.URL = v.client.Target(plainBucket, "key", "")
	if err := v.client.Sign(r, strings.Repeat("00", 32)); err != nil {
		t.Fatal(err)
	}
	v.wantHTTP(t, r, "XAmzContentSHA256Mismatch")
}

// wantHTTP sends a request that was made by hand, which has to be refused with a code.
func (v *victim) wantHTTP(t *testing.T, r *http.Request, codes ...string) {
	t.Helper()
	response, err := v.client.Send(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	if response.Status/100 != 4 || !slices.Contains(codes, response.Code()) {
		t.Errorf("%s %s: got %s, want one of %q", r.Method, r.URL, response, codes)
	}
}

// TestHostileNames sends names, headers and addresses that are too long or not allowed.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	v := startVictim(t)
	put := func(key string, header map[string]string) harness.Request {
		return harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: key, Body: []byte("x"), Header: header}
	}
	v.refusedWith(t, put(strings.Repeat("k/", 600), nil), "KeyTooLongError")
	v.refusedWith(t, put("key", map[string]string{"X-Amz-Meta-Large": strings.Repeat("m", 3<<10)}), "MetadataTooLarge")
	v.refusedWith(t, put("key", map[string]string{"Content-Type": strings.Repeat("t", 9<<10)}), "MetadataTooLarge", "InvalidRequest", "RequestHeaderSectionTooLarge")
	v.refusedWith(t, put("key", map[string]string{"X-Minio-Internal-Anything": "x"}), "InvalidArgument", "UnsupportedMetadata", "InvalidRequest")
	v.refusedWith(t, put("key", map[string]string{"X-Amz-Storage-Class": "NONE"}), "InvalidStorageClass")
	v.refusedWith(t, put("key", map[string]string{"X-Amz-Tagging": strings.Repeat("t&", 5000)}), "InvalidTag", "BadRequest", "InvalidArgument", "MetadataTooLarge")
	for _, query := range []string{"max-keys=-1", "max-keys=many", "list-type=2&continuation-token=!", "list-type=2&max-keys=99999999999999999999", "encoding-type=gzip", "versions&version-id-marker=x"} {
		v.refusedWith(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Query: query}, "InvalidArgument", "InvalidRequest")
	}
	for _, query := range []string{"versionId=nonsense", "partNumber=0", "partNumber=10001", "partNumber=x"} {
		v.refusedWith(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: "key", Query: query}, "InvalidArgument", "NoSuchKey", "NoSuchVersion", "InvalidPartNumber", "InvalidPart", "InvalidRequest")
	}
	v.unharmed(t)
}
