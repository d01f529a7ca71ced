package fault_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"

	"github.com/holdfast-io/holdfast/test/harness"
)

// The buckets the clients work in.
const (
	plainBucket     = "plain"
	versionedBucket = "versioned"
)

// sharedKeys is how many keys per bucket all clients overwrite and remove.
const sharedKeys = 12

// load is several clients at work. Each draws what to do from a source of its own.
type load struct {
	client  *harness.Client
	history *history
	uploads *uploads

	mu       sync.Mutex
	own      []key   // guarded by mu: keys that one client made and that may be removed
	failures []error // guarded by mu: answers that no server may give
}

// run lets clients work until ctx ends or the server does.
func (l *load) run(ctx context.Context, clients int, seed uint64) {
	var group sync.WaitGroup
	for i := range clients {
		group.Go(func() {
			draw := rand.New(rand.NewPCG(seed, uint64(i)))
			for ctx.Err() == nil {
				if err := l.step(ctx, draw); err != nil {
					return // the server is gone
				}
			}
		})
	}
	group.Wait()
}

// fail notes an answer that is wrong.
func (l *load) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) < 20 {
		l.failures = append(l.failures, fmt.Errorf(format, args...))
	}
}

// step makes one operation. The error says that there was no answer.
func (l *load) step(ctx context.Context, draw *rand.Rand) error {
	bucket := plainBucket
	if draw.IntN(3) == 0 {
		bucket = versionedBucket
	}
	shared := key{bucket, fmt.Sprintf("shared/%02d", draw.IntN(sharedKeys))}
	switch n := draw.IntN(100); {
	case n < 25:
		return l.put(ctx, shared, bodySize(draw))
	case n < 50:
		k := key{bucket, fmt.Sprintf("own/%d/%08x", draw.IntN(10), draw.Uint32())}
		l.mu.Lock()
		l.own = append(l.own, k)
		l.mu.Unlock()
		return l.put(ctx, k, bodySize(draw))
	case n < 65:
		return l.get(ctx, shared)
	case n < 75:
		return l.remove(ctx, shared)
	case n < 90:
		if k, ok := l.takeOwn(draw); ok {
			return l.remove(ctx, k)
		}
		return nil
	case n < 95:
		return l.removeVersion(ctx, draw, key{versionedBucket, shared.name})
	}
	return l.upload(ctx, draw, shared)
}

// takeOwn draws a key that nobody else is going to remove.
func (l *load) takeOwn(draw *rand.Rand) (key, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.own) == 0 {
		return key{}, false
	}
	i, last := draw.IntN(len(l.own)), len(l.own)-1
	k := l.own[i]
	l.own[i] = l.own[last]
	l.own = l.own[:last]
	return k, true
}

// bodySize draws a size in bytes: mostly small, with all that a server may treat differently.
func bodySize(draw *rand.Rand) int {
	switch n := draw.IntN(100); {
	case n < 5:
		return 0
	case n < 50:
		return lineSize * (1 + draw.IntN(64)) // up to 4 KiB
	case n < 70:
		return lineSize * (64 + draw.IntN(960)) // up to 64 KiB
	case n < 95:
		return lineSize * (1024 + draw.IntN(8<<10)) // up to 576 KiB
	}
	return lineSize * (16<<10 + draw.IntN(32<<10)) // up to 3 MiB
}

// send sends a request. Without an answer, or with half of one, it returns an error. An answer that says the server has
// failed is a failure: nothing is wrong with the drives, and nobody has asked it to stop.
func (l *load) send(ctx context.Context, r harness.Request) (*harness.Response, error) {
	response, err := l.client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if response.Status >= 500 {
		l.fail("%s %s/%s?%s: got %s", r.Method, r.Bucket, r.Key, r.Query, response)
	}
	return response, nil
}

// change sends the request of an operation and writes down what came of it.
func (l *load) change(ctx context.Context, o *operation, r harness.Request) error {
	response, err := l.send(ctx, r)
	switch {
	case err != nil:
		return err // the outcome stays unknown
	case response.Status >= 500:
		return nil // likewise
	case response.Status/100 != 2:
		l.history.finish(o, never, "", "")
		l.fail("%s %s/%s?%s: got %s", r.Method, r.Bucket, r.Key, r.Query, response)
		return nil
	}
	l.history.finish(o, acknowledged, response.Header.Get("Etag"), response.Header.Get("X-Amz-Version-Id"))
	return nil
}

func (l *load) put(ctx context.Context, k key, size int) error {
	o := l.history.start(k, operation{kind: put, size: size})
	body := payload(k, o.id, size)
	err := l.change(ctx, o, harness.Request{
		Method: http.MethodPut, Bucket: k.bucket, Key: k.name, Body: body,
		Header: map[string]string{operationHeader: strconv.FormatInt(o.id, 10)},
	})
	if sum := md5.Sum(body); o.outcome == acknowledged && o.etag != `"`+hex.EncodeToString(sum[:])+`"` {
		l.fail("PUT %s: got ETag %s, want %x", k, o.etag, sum)
	}
	return err
}

func (l *load) remove(ctx context.Context, k key) error {
	o := l.history.start(k, operation{kind: remove})
	err := l.change(ctx, o, harness.Request{Method: http.MethodDelete, Bucket: k.bucket, Key: k.name})
	if k.bucket == versionedBucket && o.outcome == acknowledged && o.version == "" {
		l.history.finish(o, never, "", "") // nothing was there, and no marker was made
	}
	return err
}

// removeVersion removes a version that is known to exist.
func (l *load) removeVersion(ctx context.Context, draw *rand.Rand, k key) error {
	var versions []string
	for _, o := range l.history.of(k) {
		if o.kind != removeVersion && o.outcome == acknowledged && o.version != "" {
			versions = append(versions, o.version)
		}
	}
	if len(versions) == 0 {
		return nil
	}
	version := versions[draw.IntN(len(versions))]
	o := l.history.start(k, operation{kind: removeVersion, version: version})
	return l.change(ctx, o, harness.Request{Method: http.MethodDelete, Bucket: k.bucket, Key: k.name, Query: "versionId=" + version})
}

// get reads a key and judges the answer at once.
func (l *load) get(ctx context.Context, k key) error {
	begin := l.history.now()
	response, err := l.send(ctx, harness.Request{Method: http.MethodGet, Bucket: k.bucket, Key: k.name})
	if err != nil || response.Status >= 500 {
		return err
	}
	end := l.history.now()
	id, err := shown(k, response)
	if err != nil {
		l.fail("%w", err)
		return nil
	}
	if k.bucket == versionedBucket {
		return nil // which version is the latest depends on removals: judged when all is quiet
	}
	if err := admissible(l.history.of(k), id, begin, end); err != nil {
		l.fail("GET %s between %d and %d: %w", k, begin, end, err)
	}
	return nil
}

// shown returns the operation an answer shows, zero for none.
func shown(k key, response *harness.Response) (int64, error) {
	if response.Status == http.StatusNotFound {
		return 0, nil
	}
	if response.Status != http.StatusOK {
		return 0, fmt.Errorf("GET %s: got %s", k, response)
	}
	id, err := strconv.ParseInt(response.Header.Get(operationHeader), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("GET %s: got %s %q", k, operationHeader, response.Header.Get(operationHeader))
	}
	written, err := parsePayload(k, response.Body)
	if err != nil {
		return 0, fmt.Errorf("GET %s: %w", k, err)
	}
	if len(response.Body) > 0 && written != id {
		return 0, fmt.Errorf("GET %s: the metadata is of operation %d, the body of %d", k, id, written)
	}
	return id, nil
}

// errLeft says that a client has left an upload in progress on purpose.
var errLeft = errors.New("left in progress")

// upload stores an object in two parts.
func (l *load) upload(ctx context.Context, draw *rand.Rand, k key) error {
	const first = 5 << 20 // the least S3 allows
	id := l.history.id()
	body := payload(k, id, first+lineSize*(1+draw.IntN(4096)))
	u := &pendingUpload{key: k, operation: id, size: len(body)}
	response, err := l.send(ctx, harness.Request{
		Method: http.MethodPost, Bucket: k.bucket, Key: k.name, Query: "uploads",
		Header: map[string]string{operationHeader: strconv.FormatInt(id, 10)},
	})
	if err != nil || response.Status != http.StatusOK {
		return err
	}
	if err := xml.Unmarshal(response.Body, u); err != nil || u.ID == "" {
		l.fail("create upload %s: got %s", k, response)
		return nil
	}
	l.uploads.add(u)
	err = l.uploadParts(ctx, draw, u, [][]byte{body[:first], body[first:]})
	if errors.Is(err, errLeft) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.complete(ctx, u)
}

func (l *load) uploadParts(ctx context.Context, draw *rand.Rand, u *pendingUpload, parts [][]byte) error {
	for i, part := range parts {
		if draw.IntN(8) == 0 {
			return errLeft
		}
		response, err := l.send(ctx, harness.Request{
			Method: http.MethodPut, Bucket: u.key.bucket, Key: u.key.name, Body: part,
			Query: fmt.Sprintf("partNumber=%d&uploadId=%s", i+1, u.ID),
		})
		if err != nil {
			return err
		}
		if response.Status != http.StatusOK {
			l.fail("upload part %s: got %s", u.key, response)
			return errLeft
		}
		l.uploads.part(u, response.Header.Get("Etag"))
	}
	return nil
}

// complete makes an object of an upload's parts.
func (l *load) complete(ctx context.Context, u *pendingUpload) error {
	o := l.history.start(u.key, operation{id: u.operation, kind: put, size: u.size})
	l.uploads.completing(u)
	if err := l.change(ctx, o, u.completeRequest()); err != nil {
		return err
	}
	if o.outcome == acknowledged {
		l.uploads.remove(u)
	}
	return nil
}
