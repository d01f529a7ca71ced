package fault_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/holdfast-io/holdfast/test/harness"
)

// pendingUpload is a multipart upload whose creation was acknowledged.
type pendingUpload struct {
	XMLName   xml.Name `xml:"InitiateMultipartUploadResult"`
	ID        string   `xml:"UploadId"`
	key       key
	operation int64    // which completing it would be
	size      int      // of the object, in bytes
	parts     []string // ETags of the parts that were acknowledged, by number from 1
	tried     bool     // its completion was asked for
}

// expectedParts is how many parts an upload gets.
const expectedParts = 2

func (u *pendingUpload) completeRequest() harness.Request {
	var b strings.Builder
	b.WriteString("<CompleteMultipartUpload>")
	for i, etag := range u.parts {
		fmt.Fprintf(&b, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, strings.Trim(etag, `"`))
	}
	b.WriteString("</CompleteMultipartUpload>")
	return harness.Request{
		Method: http.MethodPost, Bucket: u.key.bucket, Key: u.key.name, Query: "uploadId=" + u.ID, Body: []byte(b.String()),
	}
}

// uploads are those in progress. It may be used by many goroutines.
type uploads struct {
	mu      sync.Mutex
	pending map[*pendingUpload]struct{} // guarded by mu, as are the uploads themselves
}

func newUploads() *uploads { return &uploads{pending: make(map[*pendingUpload]struct{})} }

func (s *uploads) add(u *pendingUpload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[u] = struct{}{}
}

func (s *uploads) part(u *pendingUpload, etag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.parts = append(u.parts, etag)
}

func (s *uploads) completing(u *pendingUpload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.tried = true
}

func (s *uploads) remove(u *pendingUpload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, u)
}

// all returns the uploads in progress.
func (s *uploads) all() []*pendingUpload {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*pendingUpload, 0, len(s.pending))
	for u := range s.pending {
		list = append(list, u)
	}
	return list
}
