package e2e_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
	"github.com/holdfast-io/holdfast/test/harness"
)

// TestFixtures starts the server on the drives MinIO left and asks it for everything their manifests tell.
func TestFixtures(t *testing.T) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startOnFixture(t, name)
			t.Run("buckets", d.testBuckets)
			t.Run("objects", d.testObjects)
			t.Run("listings", d.testListings)
			t.Run("uploads", d.testUploads) // changes the drives, so it comes last
		})
	}
}

// TestFixturesAfterChanges has the server write to the drives of a fixture, stop and start again: what MinIO had written is
// still as it was.
func TestFixturesAfterChanges(t *testing.T) {
	t.Parallel()
	d := startOnFixture(t, fixture.FourDrives)
	for i := range 20 {
		d.client.Must(t, harness.Request{Method: http.MethodPut, Bucket: "empty", Key: fmt.Sprintf("new/%02d", i), Body: []byte("new")})
	}
	d.server.Stop()
	d.server.Restart()
	for i := range 20 {
		d.client.Must(t, harness.Request{Method: http.MethodDelete, Bucket: "empty", Key: fmt.Sprintf("new/%02d", i)})
	}
	d.testObjects(t)
	d.testListings(t)
}

// deployment is a server on the drives of a fixture.
type deployment struct {
	manifest *fixture.Manifest
	server   *harness.Server
	client   *harness.Client
	sdk      *s3.Client
}

func startOnFixture(t *testing.T, name string) *deployment {
	t.Helper()
	m := fixture.Load(t, name)
	dir := fixture.Copy(t, name)
	options := harness.Options{
		AccessKey: m.Credentials.RootUser,
		SecretKey: m.Credentials.RootPassword,
		TLS:       true, // without it nobody may send an SSE-C key
		Env: map[string]string{
			"MINIO_API_STALE_UPLOADS_EXPIRY": "87600h", // those on the drives are kept
		},
	}
	for key, value := range m.Start.Env {
		options.Env[key] = value
	}
	for _, drive := range m.Drives {
		options.Dirs = append(options.Dirs, filepath.Join(dir, drive.Path))
	}
	s := harness.Start(t, options)
	return &deployment{m, s, s.Client(), s.S3()}
}

// customerKey gives the headers that go with an object encrypted by its owner's key.
func (d *deployment) customerKey(key []byte) map[string]string {
	if len(key) == 0 {
		return nil
	}
	return map[string]string{
		"X-Amz-Server-Side-Encryption-Customer-Algorithm": "AES256",
		"X-Amz-Server-Side-Encryption-Customer-Key":       base64.StdEncoding.EncodeToString(key),
		"X-Amz-Server-Side-Encryption-Customer-Key-Md5":   base64.StdEncoding.EncodeToString(d.manifest.SSEC.KeyMD5),
	}
}

// lowerKeys is a header with names as manifests have them and the first value of each.
func lowerKeys(h http.Header) map[string]string {
	lower := make(map[string]string, len(h))
	for name, values := range h {
		lower[strings.ToLower(name)] = values[0]
	}
	return lower
}
