package e2e_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	multipartform "mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// newReader makes a body that an SDK can measure and send again.
func newReader(b []byte) io.ReadSeeker { return bytes.NewReader(b) }

// completed names the parts of an upload.
func completed(parts ...types.CompletedPart) *types.CompletedMultipartUpload {
	return &types.CompletedMultipartUpload{Parts: parts}
}

// rawChecksum is a checksum before it is written in base64.
func rawChecksum(algorithm types.ChecksumAlgorithm, b []byte) []byte {
	raw, err := base64.StdEncoding.DecodeString(checksum(algorithm, b))
	if err != nil {
		panic("e2e: " + err.Error()) // it was just encoded
	}
	return raw
}

// unescape reads a name of a listing that was asked for in URL encoding.
func unescape(t *testing.T, encoding types.EncodingType, name string) string {
	t.Helper()
	if encoding != types.EncodingTypeUrl {
		return name
	}
	plain, err := url.QueryUnescape(name)
	if err != nil {
		t.Fatalf("name %q: %v", name, err)
	}
	return plain
}

// isHTTPOnly tells whether the SDK refused to send something without TLS.
func isHTTPOnly(err error) bool {
	return strings.Contains(err.Error(), "unseekable stream is not supported without TLS")
}

// filesWith finds the files below some folders that hold a text.
func filesWith(t *testing.T, dirs []string, text []byte) []string {
	t.Helper()
	var found []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if err == nil && bytes.Contains(content, text) {
				found = append(found, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// b2i is 1 for true.
func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// form writes an upload as browsers do.
func form(t *testing.T, fields map[string]string, filename, content string) (contentType string, body io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipartform.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.CreateFormFile("file", filename)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}
