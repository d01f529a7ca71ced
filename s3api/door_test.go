package s3api_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// TestGetHeaders pins everything an answer says of an object.
func TestGetHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{ObjectLock: true})
	v := r.store("k", "0123456789", objectlayer.PutOptions{
		ContentType: "text/plain", StorageClass: "REDUCED_REDUNDANCY", Tags: "a=1&b=2", LegalHold: "ON",
		Headers:    map[string]string{"cache-control": "max-age=60", "expires": "Wed, 02 Jan 2030 03:04:05 GMT", "x-amz-website-redirect-location": "/x"},
		UserMeta:   map[string]string{"X-Amz-Meta-A": "1", "X-Minio-Meta-B": "2"},
		Encryption: objectlayer.Encryption{Scheme: objectlayer.EncryptKMS, KeyID: "my-key", Context: map[string]string{"a": "b"}},
		Retention:  objectlayer.Retention{Mode: "GOVERNANCE", Until: time.Date(2101, 6, 1, 12, 0, 0, 0, time.UTC)},
		Checksum:   objectlayer.Checksum{Algorithm: "CRC32"},
	})
	want := map[string]string{
		"Accept-Ranges": "bytes", "Cache-Control": "max-age=60", "Content-Length": "10", "Content-Type": "text/plain", "Etag": `"781e5e245d69b566979b86e28d23f2c7"`,
		"Expires": "Wed, 02 Jan 2030 03:04:05 GMT", "Last-Modified": v.ModTime.UTC().Format(http.TimeFormat), "Server": "Holdfast", "X-Amz-Checksum-Crc32": "poTHxg==",
		"X-Amz-Checksum-Type": "FULL_OBJECT", "X-Amz-Id-2": strings.Repeat("5", 64), "X-Amz-Meta-A": "1", "X-Amz-Object-Lock-Legal-Hold": "ON",
		"X-Amz-Object-Lock-Mode": "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date": "2101-06-01T12:00:00.000Z", "X-Amz-Server-Side-Encryption": "aws:kms",
		"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "arn:aws:kms:my-key", "X-Amz-Server-Side-Encryption-Context": base64Of(`{"a":"b"}`),
		"X-Amz-Storage-Class": "REDUCED_REDUNDANCY", "X-Amz-Tagging-Count": "2", "X-Amz-Version-Id": string(v.Version), "X-Amz-Website-Redirect-Location": "/x",
		"X-Content-Type-Options": "nosniff", "X-Minio-Meta-B": "2", "X-Xss-Protection": "1; mode=block", "Vary": "Origin",
	}
	for _, method := range []string{"GET", "HEAD"} {
		a := r.do(request{method: method, path: "/bucket/k", header: header("X-Amz-Checksum-Mode", "ENABLED")})
		r.want(a, 200, "")
		got := map[string]string{}
		for name := range a.header {
			if name != "Date" && name != "X-Amz-Request-Id" {
				got[name] = a.header.Get(name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	v := r.store("k", "0123456789", objectlayer.PutOptions{})
	r.store("empty", "", objectlayer.PutOptions{})
	then, before := v.ModTime.UTC().Format(http.TimeFormat), v.ModTime.Add(-time.Hour).UTC().Format(http.TimeFormat)
	etag := `"` + string(v.ETag) + `"`
	for _, c := range []struct {
		path, ranges, ifRange string
		status                int
		body, contentRange    string
	}{
		{"/bucket/k", "bytes=0-0", "", 206, "0", "bytes 0-0/10"},
		{"/bucket/k", "bytes=5-", "", 206, "56789", "bytes 5-9/10"},
		{"/bucket/k", "bytes=-3", "", 206, "789", "bytes 7-9/10"},
		{"/bucket/k", "bytes=-30", "", 206, "0123456789", "bytes 0-9/10"},
		{"/bucket/k", "bytes=8-99999999999999999999999", "", 206, "89", "bytes 8-9/10"},
		{"/bucket/k", "BYTES=8-8", "", 206, "8", "bytes 8-8/10"},
		{"/bucket/k", "bytes=1-2,5-6", "", 200, "0123456789", ""},
		{"/bucket/k", "bytes=5-1", "", 200, "0123456789", ""},
		{"/bucket/k", "bytes=+1-2", "", 200, "0123456789", ""},
		{"/bucket/k", "chars=1-2", "", 200, "0123456789", ""},
		{"/bucket/k", "bytes=", "", 200, "0123456789", ""},
		{"/bucket/k", "bytes=1-2", etag, 206, "12", "bytes 1-2/10"},
		{"/bucket/k", "bytes=1-2", `"other"`, 200, "0123456789", ""},
		{"/bucket/k", "bytes=1-2", then, 206, "12", "bytes 1-2/10"},
		{"/bucket/k", "bytes=1-2", before, 200, "0123456789", ""},
		{"/bucket/k", "bytes=1-2", "nonsense", 200, "0123456789", ""},
		{"/bucket/k?partNumber=1", "", "", 206, "0123456789", "bytes 0-9/10"},
		{"/bucket/empty", "", "", 200, "", ""},
		{"/bucket/empty?partNumber=1", "", "", 200, "", ""},
	} {
		h := map[string]string{}
		if c.ranges != "" {
			h["Range"] = c.ranges
		}
		if c.ifRange != "" {
			h["If-Range"] = c.ifRange
		}
		a := r.do(request{method: "GET", path: c.path, header: h})
		if a.status != c.status || a.body != c.body || a.header.Get("Content-Range") != c.contentRange {
			t.Errorf("%s %s %s: got %d %q %q, want %d %q %q", c.path, c.ranges, c.ifRange, a.status, a.body, a.header.Get("Content-Range"), c.status, c.body, c.contentRange)
		}
		if c.ifRange == "" {
			head := r.do(request{method: "HEAD", path: c.path, header: h})
			if head.status != c.status || head.header.Get("Content-Range") != c.contentRange || head.header.Get("Content-Length") != a.header.Get("Content-Length") {
				t.Errorf("HEAD %s %s: got %d, %v", c.path, c.ranges, head.status, head.header)
			}
		}
	}
}

func TestVirtualHosts(t *testing.T) {
	t.Parallel()
	r := newRig(t, public, func(o *s3api.Options) { o.Domains = []string{"s3.ex.com", "ex.org", "deep.ex.org"} })
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("hi.txt", "hi", objectlayer.PutOptions{})
	for _, c := range []struct {
		host, path string
		status     int
		code       string
	}{
		{"bucket.s3.ex.com", "/hi.txt", 200, ""},
		{"BUCKET.S3.EX.COM", "/hi.txt", 200, ""},
		{"bucket.ex.org:19245", "/hi.txt", 200, ""},
		{"bucket.deep.ex.org", "/hi.txt", 200, ""},
		{"bucket.ex.org.", "/hi.txt", 200, ""},
		{"s3.ex.com", "/bucket/hi.txt", 200, ""},
		{"bucket.other.com", "/hi.txt", 404, "NoSuchBucket"},
		{"bucket.s3.ex.com", "/minio/health/live", 403, "AccessDenied"},
		{"minio.s3.ex.com", "/x", 400, "InvalidBucketName"},
		{".s3.ex.com", "/x", 400, "InvalidBucketName"},
		{"b1.s3.ex.com", "/x", 400, "InvalidBucketName"},
		{"nope.ex.org", "/", 404, "NoSuchBucket"},
		{"bucket.s3.ex.com", "/a/../b", 400, "XMinioInvalidResourceName"},
	} {
		r.want(r.do(request{method: "GET", path: c.path, host: c.host, unsigned: true}), c.status, c.code)
	}
	r.want(r.do(request{method: "GET", path: "/hi.txt", host: "bucket.s3.ex.com"}), 200, "")
	a := r.do(request{method: "GET", path: "/?list-type=2", host: "bucket.s3.ex.com"})
	r.want(a, 200, "")
	if !strings.Contains(a.body, "<Key>hi.txt</Key>") {
		t.Errorf("got %s", a.body)
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	preflight := func(r *rig, origin, method string) answer {
		return r.do(request{method: "OPTIONS", path: "/bucket/k", unsigned: true, header: header("Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "x-amz-date, x-amz-meta-a")})
	}
	all := newRig(t, public)
	a := preflight(all, "https://app.example", "PUT")
	all.want(a, 204, "")
	if a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Allow-Credentials") != "" || a.header.Get("Access-Control-Allow-Methods") != "PUT" || a.header.Get("Access-Control-Allow-Headers") != "x-amz-date, x-amz-meta-a" {
		t.Errorf("got %v", a.header)
	}
	all.want(preflight(all, "https://app.example", "TRACE"), 405, "MethodNotAllowed")
	all.want(all.do(request{method: "OPTIONS", path: "/bucket/k", unsigned: true}), 400, "BadRequest")

	some := newRig(t, public, func(o *s3api.Options) { o.Origins = []string{"https://app.example", "https://*.example.org"} })
	for origin, welcome := range map[string]bool{
		"https://app.example": true, "https://a.example.org": true, "https://a.b.example.org": true, "http://app.example": false, "https://app.example.evil.net": false,
		"https://evil.net/.example.org": false, "https://example.org": false, "null": false,
	} {
		a := some.do(request{method: "GET", path: "/bucket/k", unsigned: true, header: header("Origin", origin)})
		want := ""
		if welcome {
			want = origin
		}
		if got := a.header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: got %q, want %q", origin, got, want)
		}
		if exposed := a.header.Get("Access-Control-Expose-Headers"); (exposed != "") != welcome {
			t.Errorf("%s: exposed %q", origin, exposed)
		}
	}
}

func TestStubs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	r.store("k", "x", objectlayer.PutOptions{})
	for _, c := range []struct {
		q      request
		status int
		body   string
	}{
		{request{method: "GET", path: "/bucket?acl"}, 200, s3xml.PrivateACL},
		{request{method: "GET", path: "/bucket/k?acl"}, 200, s3xml.PrivateACL},
		{request{method: "PUT", path: "/bucket?acl", header: header("X-Amz-Acl", "private")}, 200, ""},
		{request{method: "PUT", path: "/bucket/k?acl", body: s3xml.PrivateACL}, 200, ""},
		{request{method: "GET", path: "/bucket?accelerate"}, 200, s3xml.Accelerate},
		{request{method: "GET", path: "/bucket?requestPayment"}, 200, s3xml.RequestPayment},
		{request{method: "GET", path: "/bucket?logging"}, 200, s3xml.Logging},
		{request{method: "DELETE", path: "/bucket?website"}, 200, ""},
		{request{method: "GET", path: "/bucket?versioning"}, 200, s3xml.NoVersioning},
		{request{method: "GET", path: "/bucket?notification"}, 200, s3xml.NoNotification},
		{request{method: "GET", path: "/bucket?policyStatus"}, 200, string(s3xml.PolicyStatus(false))},
		{request{method: "GET", path: "/bucket/?location="}, 200, string(s3xml.Location(""))},
	} {
		a := r.do(c.q)
		r.want(a, c.status, "")
		if a.body != c.body {
			t.Errorf("%s %s: got %s, want %s", c.q.method, c.q.path, a.body, c.body)
		}
	}
	open := newRig(t, public)
	open.bucket(objectlayer.MakeBucketOptions{})
	if a := open.do(request{method: "GET", path: "/bucket?policyStatus"}); a.body != string(s3xml.PolicyStatus(true)) {
		t.Errorf("got %s", a.body)
	}
	open.empty()
}

// TestStoredSettings pins that documents are shown as they are stored.
func TestStoredSettings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	for query, c := range map[string]struct {
		kind objectlayer.SettingKind
		doc  string
		want string
		mime string
	}{
		"policy":       {objectlayer.SettingPolicy, `{"Version":"2012-10-17"}`, `{"Version":"2012-10-17"}`, "application/json"},
		"lifecycle":    {objectlayer.SettingLifecycle, `<LifecycleConfiguration/>`, s3xml.Header + `<LifecycleConfiguration/>`, "application/xml"},
		"notification": {objectlayer.SettingNotification, s3xml.NoNotification, s3xml.NoNotification, "application/xml"},
		"replication":  {objectlayer.SettingReplication, `<ReplicationConfiguration/>`, s3xml.Header + `<ReplicationConfiguration/>`, "application/xml"},
		"object-lock":  {objectlayer.SettingObjectLock, `<ObjectLockConfiguration/>`, s3xml.Header + `<ObjectLockConfiguration/>`, "application/xml"},
	} {
		r.ok(r.model.SetSetting(r.ctx, "bucket", c.kind, []byte(c.doc)))
		a := r.do(request{method: "GET", path: "/bucket?" + query})
		r.want(a, 200, "")
		if a.body != c.want || a.header.Get("Content-Type") != c.mime {
			t.Errorf("%s: got %s as %s, want %s", query, a.body, a.header.Get("Content-Type"), c.want)
		}
	}
	r.want(r.do(request{method: "DELETE", path: "/bucket?policy"}), 204, "")
	r.want(r.do(request{method: "GET", path: "/bucket?policy"}), 404, "NoSuchBucketPolicy")
	doc := "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>"
	r.want(r.do(request{method: "PUT", path: "/bucket?versioning", body: doc}), 200, "")
	stored, err := r.model.Setting(r.ctx, "bucket", objectlayer.SettingVersioning)
	r.ok(err)
	if want := `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`; string(stored) != want {
		t.Errorf("got %s, want %s", stored, want)
	}
}

// TestObjectLockNeedsABucketWithIt and everything that is written into it.
func TestObjectLockDocuments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{ObjectLock: true})
	r.store("k", "x", objectlayer.PutOptions{})
	for _, c := range []struct {
		q      request
		status int
		code   string
	}{
		{request{method: "GET", path: "/bucket/k?retention"}, 400, "NoSuchObjectLockConfiguration"},
		{request{method: "GET", path: "/bucket/k?legal-hold"}, 400, "NoSuchObjectLockConfiguration"},
		{request{method: "PUT", path: "/bucket/k?legal-hold", body: "<LegalHold><Status>MAYBE</Status></LegalHold>"}, 400, "MalformedXML"},
		{request{method: "PUT", path: "/bucket/k?retention", body: "<Retention><Mode>LAX</Mode><RetainUntilDate>2101-01-01T00:00:00Z</RetainUntilDate></Retention>"}, 400, "InvalidArgument"},
		{request{method: "PUT", path: "/bucket/k?retention", body: "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>tomorrow</RetainUntilDate></Retention>"}, 400, "InvalidArgument"},
		{request{method: "PUT", path: "/bucket/k?retention", body: "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2001-01-01T00:00:00Z</RetainUntilDate></Retention>"}, 400, "InvalidArgument"},
		{request{method: "PUT", path: "/bucket/absent?retention", body: "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2101-01-01T00:00:00Z</RetainUntilDate></Retention>"}, 404, "NoSuchKey"},
		{request{method: "PUT", path: "/bucket/k?retention", body: "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2101-01-01T00:00:00Z</RetainUntilDate></Retention>"}, 200, ""},
		{request{method: "PUT", path: "/bucket/k?retention", body: "<Retention/>"}, 400, "InvalidRequest"},
		{request{method: "PUT", path: "/bucket/k?retention", body: "<Retention/>", header: header("X-Amz-Bypass-Governance-Retention", "true")}, 200, ""},
		{request{method: "DELETE", path: "/bucket", header: header("X-Minio-Force-Delete", "true")}, 405, "MethodNotAllowed"},
		{request{method: "DELETE", path: "/bucket/k", header: header("X-Minio-Force-Delete", "true")}, 400, "InvalidArgument"},
	} {
		r.want(r.do(c.q), c.status, c.code)
	}
}

// form is an upload form about to be posted.
type uploadForm struct {
	policy string // JSON; empty = anonymous
	fields [][2]string
	name   string
	file   string
	after  [2]string // a field behind the file
	secret string
}

func (r *rig) post(f uploadForm) answer {
	r.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, field := range f.fields {
		r.ok(w.WriteField(field[0], field[1]))
	}
	if f.policy != "" {
		signer := r.signer
		if f.secret != "" {
			signer.Secret = f.secret
		}
		for name, value := range signer.SignPost([]byte(f.policy), time.Now()) {
			r.ok(w.WriteField(name, value))
		}
	}
	if f.name != "" {
		part, err := w.CreateFormFile("file", f.name)
		r.ok(err)
		_, err = part.Write([]byte(f.file))
		r.ok(err)
	}
	if f.after[0] != "" {
		r.ok(w.WriteField(f.after[0], f.after[1]))
	}
	r.ok(w.Close())
	return r.do(request{method: "POST", path: "/bucket", header: header("Content-Type", w.FormDataContentType()), body: body.String(), unsigned: true})
}

func policy(conditions string) string {
	return `{"expiration":"2101-01-01T00:00:00.000Z","conditions":[{"bucket":"bucket"},["starts-with","$key","up/"],["content-length-range",2,10]` + conditions + `]}`
}

func TestPostForms(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bucket(objectlayer.MakeBucketOptions{})
	key := [2]string{"key", "up/${filename}"}
	good := uploadForm{policy: policy(""), fields: [][2]string{key}, name: `C:\dir\a b.txt`, file: "hello"}
	a := r.post(good)
	r.want(a, 204, "")
	if _, got := r.stored("up/a b.txt"); got != "hello" || a.header.Get("Etag") == "" || !strings.HasSuffix(a.header.Get("Location"), "/bucket/up/a%20b.txt") {
		t.Errorf("got %q, %v", got, a.header)
	}

	rich := uploadForm{
		policy: policy(`,["starts-with","$Content-Type","image/"],["eq","$x-amz-meta-a","1"],["starts-with","$success_action_status",""],["starts-with","$tagging",""],["starts-with","$cache-control",""]`),
		fields: [][2]string{key, {"Content-Type", "image/png"}, {"X-Amz-Meta-A", "1"}, {"success_action_status", "201"}, {"Cache-Control", "no-store"}, {"tagging", "<Tagging><TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet></Tagging>"}, {"x-ignore-me", "x"}},
		name:   "rich", file: "hello",
	}
	a = r.post(rich)
	r.want(a, 201, "")
	info, _ := r.stored("up/rich")
	if info.ContentType != "image/png" || info.UserMeta["X-Amz-Meta-A"] != "1" || info.Tags != "t=1" || info.Headers["cache-control"] != "no-store" || !strings.Contains(a.body, "<Key>up/rich</Key>") {
		t.Errorf("got %+v, %s", info, a.body)
	}
	redirect := uploadForm{
		policy: policy(`,["starts-with","$success_action_redirect",""]`), fields: [][2]string{key, {"success_action_redirect", "https://app.example/done?x=1"}}, name: "r", file: "hello",
	}
	a = r.post(redirect)
	r.want(a, 303, "")
	if got := a.header.Get("Location"); !strings.HasPrefix(got, "https://app.example/done?bucket=bucket&etag=") || !strings.Contains(got, "key=up%2Fr") || !strings.Contains(got, "x=1") {
		t.Errorf("got %q", got)
	}

	for name, c := range map[string]struct {
		change func(*uploadForm)
		status int
		code   string
	}{
		"wrong secret": {func(f *uploadForm) { f.secret = "x" }, 403, "SignatureDoesNotMatch"},
		"no policy":    {func(f *uploadForm) { f.policy = "" }, 403, "AccessDenied"},
		"policy alone": {func(f *uploadForm) {
			f.policy, f.fields = "", append(f.fields, [2]string{"policy", base64Of(policy(""))})
		}, 403, "AccessDenied"},
		"key outside":               {func(f *uploadForm) { f.fields = [][2]string{{"key", "other/x"}} }, 403, "AccessDenied"},
		"key twice":                 {func(f *uploadForm) { f.fields = append(f.fields, [2]string{"Key", "other/x"}) }, 400, "MalformedPOSTRequest"},
		"no key":                    {func(f *uploadForm) { f.fields = nil }, 400, "InvalidArgument"},
		"dots":                      {func(f *uploadForm) { f.fields = [][2]string{{"key", "up/../../x"}} }, 400, "XMinioInvalidResourceName"},
		"another bucket":            {func(f *uploadForm) { f.fields = append(f.fields, [2]string{"bucket", "other"}) }, 403, "AccessDenied"},
		"field without a condition": {func(f *uploadForm) { f.fields = append(f.fields, [2]string{"x-amz-meta-a", "1"}) }, 403, "AccessDenied"},
		"internal metadata": {func(f *uploadForm) {
			f.policy, f.fields = policy(`,["starts-with","$x-minio-internal-iv",""]`), append(f.fields, [2]string{"x-minio-internal-iv", "x"})
		}, 400, "InvalidArgument"},
		"expired":               {func(f *uploadForm) { f.policy = strings.Replace(f.policy, "2101", "2001", 1) }, 403, "AccessDenied"},
		"too large":             {func(f *uploadForm) { f.file = "01234567890" }, 400, "EntityTooLarge"},
		"too small":             {func(f *uploadForm) { f.file = "x" }, 400, "EntityTooSmall"},
		"no file":               {func(f *uploadForm) { f.name = "" }, 400, "MalformedPOSTRequest"},
		"field behind the file": {func(f *uploadForm) { f.after = [2]string{"x-ignore-me", "x"} }, 400, "MalformedPOSTRequest"},
		"second file":           {func(f *uploadForm) { f.after = [2]string{"file", "x"} }, 400, "MalformedPOSTRequest"},
		"policy that is none":   {func(f *uploadForm) { f.policy = "{}" }, 400, "MalformedPOSTRequest"},
		"too many fields": {func(f *uploadForm) {
			for range 300 {
				f.fields = append(f.fields, [2]string{"x-ignore-" + strings.Repeat("x", len(f.fields)), "x"})
			}
		}, 400, "MalformedPOSTRequest"},
		"fields too long": {func(f *uploadForm) { f.fields = append(f.fields, [2]string{"x-ignore-x", strings.Repeat("x", 1<<20)}) }, 400, "MalformedPOSTRequest"},
	} {
		f := good
		f.name, f.fields = "bad", [][2]string{key}
		c.change(&f)
		a := r.post(f)
		if a.status != c.status || a.code != c.code {
			t.Errorf("%s: got %d %s, want %d %s\n%s", name, a.status, a.code, c.status, c.code, a.body)
		}
	}
	page, err := r.model.List(r.ctx, "bucket", objectlayer.ListOptions{Max: 10})
	r.ok(err)
	if len(page.Objects) != 3 {
		t.Errorf("bad forms stored something: %+v", page.Objects)
	}
	r.want(r.do(request{method: "POST", path: "/bucket", header: header("Content-Type", "text/plain"), body: "x", unsigned: true}), 400, "MalformedPOSTRequest")
	r.want(r.do(request{method: "POST", path: "/bucket", header: header("Content-Type", "multipart/form-data; boundary=x"), body: "--x--"}), 400, "InvalidRequest")
}

// TestPublicForms pins that a stranger needs no policy where the bucket lets strangers put.
func TestPublicForms(t *testing.T) {
	t.Parallel()
	r := newRig(t, public)
	r.bucket(objectlayer.MakeBucketOptions{})
	r.want(r.post(uploadForm{fields: [][2]string{{"key", "k"}}, name: "x", file: "hello"}), 204, "")
	if _, got := r.stored("k"); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// TestRequestIDs pins that no two requests have the same.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	_, handler := newHandler(t, func(o *s3api.Options) { o.Clock = func() time.Time { return time.Unix(1, 0) } })
	seen := map[string]bool{}
	for range 100 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		id := w.Header().Get("X-Amz-Request-Id")
		if len(id) != 16 || seen[id] {
			t.Errorf("request id %q", id)
		}
		seen[id] = true
	}
}

// attributeGate keeps the last caller.
type attributeGate struct {
	objectlayertest.Gate
	last *objectlayer.Caller
}

func (g attributeGate) Store(c objectlayer.Caller) objectlayer.Store {
	*g.last = c
	return g.Gate.Store(c)
}

// TestAttributes pins what policies can ask about, and that no header gets in by itself.
func TestAttributes(t *testing.T) {
	t.Parallel()
	var last objectlayer.Caller
	r := newRig(t, func(o *s3api.Options) { o.Gate = attributeGate{o.Gate.(objectlayertest.Gate), &last} })
	r.bucket(objectlayer.MakeBucketOptions{})
	r.do(request{method: "GET", path: "/bucket?prefix=p/&max-keys=5&versionId=null", header: header(
		"User-Agent", "agent/1", "Referer", "http://ref", "X-Amz-Acl", "private", "X-Forwarded-For", "1.2.3.4", "Userid", "root", "Groups", "admins")})
	if last.AccessKey != userKey || last.Root || last.Door != "s3" || len(last.RequestID) != 16 || last.UserAgent != "agent/1" || last.Secure || !strings.HasPrefix(last.RemoteAddr, "127.0.0.1:") {
		t.Errorf("got %+v", last)
	}
	want := map[string]string{
		"aws:useragent": "agent/1", "aws:securetransport": "false", "aws:sourceip": "127.0.0.1", "aws:referer": "http://ref", "s3:x-amz-acl": "private",
		"s3:prefix": "p/", "s3:max-keys": "5", "s3:versionid": "null", "s3:authtype": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256",
		"s3:x-amz-content-sha256": sigv4.EmptySHA256,
	}
	if diff := cmp.Diff(want, last.Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
