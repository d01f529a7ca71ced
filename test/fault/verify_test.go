package fault_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-io/holdfast/test/harness"
)

// auditor compares a server that was started again with what its clients have written down, and settles what they did not
// know. It works alone.
type auditor struct {
	t       *testing.T
	client  *harness.Client
	history *history
	uploads *uploads
}

// audit checks everything and leaves no upload in progress.
func (a *auditor) audit() {
	a.t.Helper()
	a.finishUploads()
	a.auditPlain()
	a.auditVersioned()
}

func (a *auditor) send(r harness.Request) *harness.Response {
	a.t.Helper()
	response, err := a.client.Do(a.t.Context(), r)
	if err != nil {
		a.t.Fatalf("%s %s/%s?%s: %v", r.Method, r.Bucket, r.Key, r.Query, err)
	}
	return response
}

// finishUploads looks for every upload in progress, with the parts that were acknowledged. Those with all parts are
// completed, the others aborted.
func (a *auditor) finishUploads() {
	a.t.Helper()
	for _, u := range a.uploads.all() {
		alive := a.auditUpload(u)
		switch {
		case !alive:
			a.tookEffect(u)
		case !u.tried && len(u.parts) == expectedParts:
			o := a.history.start(u.key, operation{id: u.operation, kind: put, size: u.size})
			response := a.client.Must(a.t, u.completeRequest())
			a.history.finish(o, acknowledged, "", response.Header.Get("X-Amz-Version-Id"))
		default:
			a.abort(u.key, u.ID)
		}
		a.uploads.remove(u)
	}
	for _, bucket := range []string{plainBucket, versionedBucket} {
		for _, u := range a.listUploads(bucket) { // those whose creation was not acknowledged
			a.abort(key{bucket, u.Key}, u.UploadID)
		}
		if left := a.listUploads(bucket); len(left) > 0 {
			a.t.Errorf("%s: uploads in progress after all were aborted: %v", bucket, left)
		}
	}
}

// auditUpload tells whether an upload is in progress. One that nobody asked to complete has to be.
func (a *auditor) auditUpload(u *pendingUpload) bool {
	a.t.Helper()
	response := a.send(harness.Request{Method: http.MethodGet, Bucket: u.key.bucket, Key: u.key.name, Query: "uploadId=" + u.ID})
	if response.Status == http.StatusNotFound && u.tried {
		return false
	}
	var document struct {
		Parts []struct {
			PartNumber int
			ETag       string
		} `xml:"Part"`
	}
	if err := xml.Unmarshal(response.Body, &document); response.Status != http.StatusOK || err != nil {
		a.t.Errorf("upload of %s as operation %d, parts %v: got %s", u.key, u.operation, u.parts, response)
		return false
	}
	for i, etag := range u.parts {
		if u.tried && harness.Peer() {
			break // MinIO loses the parts of an upload when it is killed while completing it
		}
		if i >= len(document.Parts) || document.Parts[i].PartNumber != i+1 || document.Parts[i].ETag != etag {
			a.t.Errorf("upload of %s as operation %d: got parts %v, want %v", u.key, u.operation, document.Parts, u.parts)
			break
		}
	}
	return true
}

// tookEffect notes that an upload has ended although nobody was told: then its object was stored.
func (a *auditor) tookEffect(u *pendingUpload) {
	a.history.mu.Lock()
	defer a.history.mu.Unlock()
	for _, o := range a.history.changes[u.key] {
		if o.id == u.operation && o.outcome == unknown {
			o.outcome, o.end = acknowledged, a.history.now()
		}
	}
}

func (a *auditor) abort(k key, id string) {
	a.t.Helper()
	a.client.Must(a.t, harness.Request{Method: http.MethodDelete, Bucket: k.bucket, Key: k.name, Query: "uploadId=" + id})
}

type listedUpload struct {
	Key      string
	UploadID string `xml:"UploadId"`
}

func (a *auditor) listUploads(bucket string) []listedUpload {
	a.t.Helper()
	response := a.client.Must(a.t, harness.Request{Method: http.MethodGet, Bucket: bucket, Query: "uploads"})
	var document struct {
		Uploads []listedUpload `xml:"Upload"`
	}
	if err := xml.Unmarshal(response.Body, &document); err != nil {
		a.t.Fatalf("list uploads: %v", err)
	}
	return document.Uploads
}

// listed is an entry of a listing.
type listed struct {
	XMLName   xml.Name // Contents, Version or DeleteMarker
	Key       string
	VersionID string `xml:"VersionId"`
	IsLatest  bool
	ETag      string
	Size      int
}

// auditPlain checks the bucket without versions: touched keys by reading them, the others by the listing.
func (a *auditor) auditPlain() {
	a.t.Helper()
	listing := make(map[key]listed)
	for _, entry := range a.list(plainBucket) {
		listing[key{plainBucket, entry.Key}] = entry
	}
	touched := a.history.touched(plainBucket)
	for k := range a.history.known(plainBucket) {
		entry, present := listing[k]
		if touched[k] {
			a.auditKey(k, entry, present)
			continue
		}
		want := a.history.of(k)[0]
		if !present || entry.ETag != want.etag || entry.Size != want.size {
			a.t.Errorf("%s was not touched: the listing says %+v, want %s with %d bytes and ETag %s", k, entry, want, want.size, want.etag)
		}
	}
	known := a.history.known(plainBucket)
	for k := range listing {
		if !known[k] {
			a.t.Errorf("%s is listed, and no operation made it", k)
		}
	}
}

// auditKey reads a key of the bucket without versions.
func (a *auditor) auditKey(k key, entry listed, present bool) {
	a.t.Helper()
	operations := a.history.of(k)
	begin := a.history.now()
	response := a.send(harness.Request{Method: http.MethodGet, Bucket: k.bucket, Key: k.name})
	id, err := shown(k, response)
	if err == nil {
		err = admissible(operations, id, begin, a.history.now())
	}
	if err != nil {
		a.t.Errorf("after the restart: %s: %v", k, err)
		a.history.settle(k, nil)
		return
	}
	if id == 0 {
		if present {
			a.t.Errorf("%s is listed and cannot be read", k)
		}
		a.history.settle(k, nil)
		return
	}
	o := *operations[slices.IndexFunc(operations, func(o *operation) bool { return o.id == id })]
	if !present {
		again := slices.ContainsFunc(a.list(k.bucket), func(e listed) bool { return e.Key == k.name })
		a.t.Errorf("%s can be read, as %s, and was not listed before that; listed now: %v", k, &o, again)
		a.history.settle(k, []operation{o})
		return
	}
	a.compare(k, &o, entry, response)
	a.history.settle(k, []operation{o})
}

// compare checks the parts of an answer that belong together, and keeps the ETag for later checks.
func (a *auditor) compare(k key, o *operation, entry listed, response *harness.Response) {
	a.t.Helper()
	if len(response.Body) != o.size {
		a.t.Errorf("%s: got %d bytes, want %d of %s", k, len(response.Body), o.size, o)
	}
	etag := response.Header.Get("Etag")
	if o.etag != "" && etag != o.etag || entry.ETag != etag || entry.Size != o.size {
		a.t.Errorf("%s: got ETag %s, listed as %s with %d bytes; want %s with %d bytes", k, etag, entry.ETag, entry.Size, o.etag, o.size)
	}
	o.etag = etag
}

// auditVersioned checks the bucket with versions.
func (a *auditor) auditVersioned() {
	a.t.Helper()
	listing := make(map[key][]listed) // newest first
	for _, entry := range a.list(versionedBucket) {
		k := key{versionedBucket, entry.Key}
		listing[k] = append(listing[k], entry)
	}
	known := a.history.known(versionedBucket)
	for k := range known {
		a.auditVersions(k, listing[k])
	}
	for k := range listing {
		if !known[k] {
			a.t.Errorf("%s is listed, and no operation made it", k)
		}
	}
}

// auditVersions finds the operation behind each version of a key, and all operations that must have made one.
func (a *auditor) auditVersions(k key, entries []listed) {
	a.t.Helper()
	operations := a.history.of(k)
	var found []operation // newest first
	for i, entry := range entries {
		if entry.IsLatest != (i == 0) {
			a.t.Errorf("%s: version %s is the %dth, and latest: %v", k, entry.VersionID, i+1, entry.IsLatest)
		}
		o, err := a.version(k, entry, operations)
		if err != nil {
			a.t.Errorf("after the restart: %s: version %s: %v", k, entry.VersionID, err)
			continue
		}
		for _, newer := range found {
			if newer.end < o.begin {
				a.t.Errorf("%s: operation %d is listed as newer than %d, which began after it", k, newer.id, o.id)
			}
		}
		found = append(found, *o)
	}
	for _, o := range operations {
		if o.kind == removeVersion || o.outcome != acknowledged {
			continue
		}
		// A server may answer the removal of what is removed with the marker that is there.
		stands := slices.ContainsFunc(found, func(f operation) bool { return f.id == o.id || f.version == o.version })
		if !stands && removal(operations, o.version) == nil {
			a.t.Errorf("after the restart: %s: %s is lost; listed: %v", k, o, entries)
		}
	}
	slices.Reverse(found)
	a.history.settle(k, a.prune(k, found))
}

// version finds the operation that made a version, among those given. Versions made since the last check are read.
func (a *auditor) version(k key, entry listed, operations []*operation) (*operation, error) {
	a.t.Helper()
	at := slices.IndexFunc(operations, func(o *operation) bool { return o.kind != removeVersion && o.version == entry.VersionID })
	if entry.XMLName.Local == "DeleteMarker" {
		if at < 0 {
			at = slices.IndexFunc(operations, func(o *operation) bool { return o.kind == remove && o.version == "" && o.outcome == unknown })
		}
		if at < 0 || operations[at].kind != remove {
			return nil, fmt.Errorf("nobody made this marker")
		}
		operations[at].version = entry.VersionID
		return operations[at], a.notRemoved(operations, entry)
	}
	response := a.send(harness.Request{Method: http.MethodGet, Bucket: k.bucket, Key: k.name, Query: "versionId=" + entry.VersionID})
	id, err := shown(k, response)
	if err != nil {
		return nil, err
	}
	if at < 0 {
		at = slices.IndexFunc(operations, func(o *operation) bool {
			return o.id == id && o.kind == put && o.version == "" && o.outcome != never
		})
	}
	if at < 0 || operations[at].id != id {
		var own *operation
		if i := slices.IndexFunc(operations, func(o *operation) bool { return o.id == id }); i >= 0 {
			own = operations[i]
		}
		return nil, fmt.Errorf("it shows operation %d, known as %v, version %q", id, own, own.versionOrNone())
	}
	o := operations[at]
	o.version = entry.VersionID
	a.compare(k, o, entry, response)
	return o, a.notRemoved(operations, entry)
}

func (a *auditor) notRemoved(operations []*operation, entry listed) error {
	if o := removal(operations, entry.VersionID); o != nil && o.outcome == acknowledged {
		return fmt.Errorf("it was removed by %s", o)
	}
	return nil
}

// removal finds an operation that may have removed a version.
func removal(operations []*operation, version string) *operation {
	var found *operation
	for _, o := range operations {
		if o.kind == removeVersion && o.version == version && o.outcome != never && (found == nil || o.outcome == acknowledged) {
			found = o
		}
	}
	return found
}

// prune removes old versions, so that a run of many rounds does not drown in them, and returns those that stand.
func (a *auditor) prune(k key, found []operation) []operation {
	a.t.Helper()
	const most = 6
	keep := found[max(0, len(found)-most):]
	if strings.HasPrefix(k.name, "own/") && len(found) > 0 && found[len(found)-1].kind == remove {
		keep = nil // nobody will use the key again
	}
	for _, o := range found[:len(found)-len(keep)] {
		a.client.Must(a.t, harness.Request{Method: http.MethodDelete, Bucket: k.bucket, Key: k.name, Query: "versionId=" + o.version})
	}
	return keep
}

// list lists a bucket, all versions of it, page by page.
func (a *auditor) list(bucket string) []listed {
	a.t.Helper()
	var all []listed
	next := ""
	for {
		response := a.client.Must(a.t, harness.Request{Method: http.MethodGet, Bucket: bucket, Query: "versions&max-keys=500" + next})
		var document struct {
			IsTruncated         bool
			NextKeyMarker       string
			NextVersionIDMarker string   `xml:"NextVersionIdMarker"`
			Entries             []listed `xml:",any"`
		}
		if err := xml.Unmarshal(response.Body, &document); err != nil {
			a.t.Fatalf("list %s: %v", bucket, err)
		}
		for _, entry := range document.Entries {
			if name := entry.XMLName.Local; name == "Version" || name == "DeleteMarker" {
				all = append(all, entry)
			}
		}
		if !document.IsTruncated {
			a.unique(all)
			return all
		}
		next = "&key-marker=" + url.QueryEscape(document.NextKeyMarker) + "&version-id-marker=" + url.QueryEscape(document.NextVersionIDMarker)
	}
}

// unique checks that no version is listed twice.
func (a *auditor) unique(entries []listed) {
	a.t.Helper()
	seen := make(map[string]int)
	for _, entry := range entries {
		seen[entry.Key+"@"+entry.VersionID]++
	}
	maps.DeleteFunc(seen, func(_ string, n int) bool { return n == 1 })
	if len(seen) > 0 {
		a.t.Errorf("listed more than once: %v", seen)
	}
}
