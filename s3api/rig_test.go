package s3api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api"
)

const (
	userKey    = "ann"
	userSecret = "ann-secret-123456"
)

// rig is a server on the model, with clients.
type rig struct {
	*testing.T
	model  *objectlayertest.Model
	server *httptest.Server
	signer sigv4.Signer
	ctx    context.Context
}

// change alters the options of a server before it is made.
type change func(*s3api.Options)

func newRig(t *testing.T, changes ...change) *rig {
	t.Helper()
	r, handler := newHandler(t, changes...)
	r.server = httptest.NewServer(handler)
	t.Cleanup(r.server.Close)
	return r
}

// newTLSRig is newRig over TLS, which customer keys need.
func newTLSRig(t *testing.T, changes ...change) *rig {
	t.Helper()
	r, handler := newHandler(t, changes...)
	r.server = httptest.NewTLSServer(handler)
	t.Cleanup(r.server.Close)
	return r
}

func newHandler(t *testing.T, changes ...change) (*rig, *s3api.Server) {
	t.Helper()
	r := &rig{T: t, model: objectlayertest.NewModel(nil), ctx: t.Context()}
	r.signer = sigv4.Signer{AccessKey: userKey, Secret: userSecret, Region: "us-east-1"}
	o := s3api.Options{
		Gate:     objectlayertest.Gate{Backend: r.model},
		Accounts: objectlayertest.Users{userKey: userSecret, "root": "root-secret-123456"},
		HostID:   strings.Repeat("5", 64),
	}
	for _, c := range changes {
		c(&o)
	}
	return r, s3api.New(o)
}

// public lets strangers do everything.
func public(o *s3api.Options) {
	gate := o.Gate.(objectlayertest.Gate)
	gate.Public = true
	o.Gate = gate
}

func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("unexpected error: %v", err)
	}
}

// bucket makes the bucket "bucket".
func (r *rig) bucket(o objectlayer.MakeBucketOptions) {
	r.Helper()
	r.ok(r.model.MakeBucket(r.ctx, "bucket", o))
}

func (r *rig) versionedBucket() {
	r.Helper()
	r.bucket(objectlayer.MakeBucketOptions{})
	doc := []byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	r.ok(r.model.SetSetting(r.ctx, "bucket", objectlayer.SettingVersioning, doc))
}

// store puts an object past the door.
func (r *rig) store(k objectlayer.Key, data string, o objectlayer.PutOptions) objectlayer.ObjectInfo {
	r.Helper()
	info, err := r.model.Put(r.ctx, "bucket", k, strings.NewReader(data), int64(len(data)), o)
	r.ok(err)
	return info
}

// stored returns an object past the door.
func (r *rig) stored(k objectlayer.Key) (objectlayer.ObjectInfo, string) {
	r.Helper()
	object, err := r.model.Get(r.ctx, "bucket", k, objectlayer.GetOptions{})
	r.ok(err)
	data, err := io.ReadAll(object.Body)
	r.ok(err)
	return object.Info, string(data)
}

// request is a request about to be made.
type request struct {
	method, path string // path with query, as it goes over the wire
	header       map[string]string
	body         string
	unsigned     bool
	host         string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	code   string // of the error document, or of a HEAD
}

// do signs and sends a request. The path is not touched by any client library.
func (r *rig) do(q request) answer {
	r.Helper()
	req, err := http.NewRequestWithContext(r.ctx, q.method, r.server.URL, strings.NewReader(q.body))
	r.ok(err)
	path, query, _ := strings.Cut(q.path, "?")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		decoded = path
	}
	req.URL.Path, req.URL.RawPath, req.URL.RawQuery = decoded, path, query
	if strings.HasPrefix(path, "//") {
		req.URL.Opaque = "//" + req.URL.Host + path
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}
	if q.host != "" {
		req.Host = q.host
	}
	if !q.unsigned {
		sum := sha256.Sum256([]byte(q.body))
		hash := hex.EncodeToString(sum[:])
		if given := q.header["X-Amz-Content-Sha256"]; given != "" {
			hash = given
		}
		r.ok(r.signer.Sign(req, hash, time.Now()))
	}
	return r.send(req)
}

func (r *rig) send(req *http.Request) answer {
	r.Helper()
	client := *r.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	r.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	r.ok(err)
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body), code: resp.Header.Get("X-Minio-Error-Code")}
	var doc struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if xml.Unmarshal(body, &doc) == nil {
		a.code = doc.Code
	}
	return a
}

// want demands a status and, for errors, a code.
func (r *rig) want(a answer, status int, code string) {
	r.Helper()
	if a.status != status || a.code != code {
		r.Errorf("got %d %q, want %d %q\n%s", a.status, a.code, status, code, a.body)
	}
}

func (r *rig) minio() *minio.Client {
	r.Helper()
	client, err := minio.New(r.server.Listener.Addr().String(), &minio.Options{
		Creds: credentials.NewStaticV4(userKey, userSecret, ""), Region: "us-east-1", Transport: r.server.Client().Transport, Secure: r.server.TLS != nil, TrailingHeaders: true,
	})
	r.ok(err)
	return client
}

func (r *rig) empty() {
	r.Helper()
	page, err := r.model.List(r.ctx, "bucket", objectlayer.ListOptions{Max: 1000, Versions: true})
	r.ok(err)
	for _, o := range page.Objects {
		r.Errorf("%s is stored", o.Key)
	}
}

func readAll(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	defer body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
