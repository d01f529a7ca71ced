package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// server is a server under test, with a bucket of its own.
type server struct {
	name    string // "a" or "b"
	host    string // "127.0.0.1:9000"
	base    *url.URL
	key     aws.Credentials
	bucket  string
	process *process            // nil when it does not run on this machine
	stored  map[string]struct{} // prefixes of the sets of objects that were stored
}

// newServer makes a bucket on a server.
func newServer(ctx context.Context, name, address string) (*server, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" || base.User == nil || base.Port() == "" {
		return nil, fmt.Errorf("server %s: want http://KEY:SECRET@HOST:PORT", name) // and do not print the secret
	}
	secret, _ := base.User.Password()
	s := &server{
		name: name, host: base.Host, base: base,
		key:    aws.Credentials{AccessKeyID: base.User.Username(), SecretAccessKey: secret},
		bucket: fmt.Sprintf("bench-%d", time.Now().UnixNano()),
		stored: make(map[string]struct{}),
	}
	base.User = nil
	port, err := strconv.Atoi(base.Port())
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", name, err)
	}
	s.process = listener(port)
	if err := s.once(ctx, operation{method: http.MethodPut, status: http.StatusOK}); err != nil {
		return nil, fmt.Errorf("server %s: make a bucket: %w", name, err)
	}
	return s, nil
}

// removeBucket removes the bucket with all that is in it, by a header that MinIO's clients use as well.
func (s *server) removeBucket() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = s.once(ctx, operation{ // what is left of a benchmark is no reason to fail it
		method: http.MethodDelete, status: http.StatusNoContent, header: map[string]string{"X-Minio-Force-Delete": "true"},
	})
}

// once sends one operation by the usual means.
func (s *server) once(ctx context.Context, o operation) error {
	r, err := s.address(ctx, o)
	if err != nil {
		return err
	}
	for name, value := range o.header {
		r.Header.Set(name, value)
	}
	r.Header.Set("X-Amz-Content-Sha256", unsigned)
	if err := signer().SignHTTP(ctx, s.key, r, unsigned, "s3", region, time.Now()); err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != o.status {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10)) // for the message
		return fmt.Errorf("%s %s: got %s %s", o.method, o.key, response.Status, body)
	}
	return nil
}

const (
	region   = "us-east-1"
	unsigned = "UNSIGNED-PAYLOAD"
)

func signer() *v4.Signer {
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
}

// address makes a request for what an operation is about.
func (s *server) address(ctx context.Context, o operation) (*http.Request, error) {
	path := "/" + s.bucket
	if o.key != "" {
		path += "/" + o.key
	}
	query := make(url.Values)
	for name, value := range o.query {
		query.Set(name, value)
	}
	return http.NewRequestWithContext(ctx, o.method, "http://"+s.host+path+"?"+query.Encode(), nil)
}

// presign returns the target of a request line, good for a day.
func (s *server) presign(o operation) (string, error) {
	ctx := context.Background() // nothing is sent
	r, err := s.address(ctx, o)
	if err != nil {
		return "", err
	}
	query := r.URL.Query()
	query.Set("X-Amz-Expires", "86400")
	r.URL.RawQuery = query.Encode()
	signed, _, err := signer().PresignHTTP(ctx, s.key, r, unsigned, "s3", region, time.Now())
	return strings.TrimPrefix(signed, "http://"+s.host), err
}

// request is an operation as bytes.
type request struct {
	head []byte
	body []byte // shared by all requests; not to be changed
	want response
}

// response is what an operation must be answered with.
type response struct {
	status  int
	hasBody bool
	moves   int // bytes
}

// prepare writes operations out.
func (s *server) prepare(count int, operationAt func(int) operation, content []byte) ([]request, error) {
	requests := make([]request, count)
	for i := range requests {
		o := operationAt(i)
		target, err := s.presign(o)
		if err != nil {
			return nil, err
		}
		var head bytes.Buffer
		fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", o.method, target, s.host)
		if o.method == http.MethodPut {
			fmt.Fprintf(&head, "Content-Length: %d\r\n", o.body)
		}
		for _, name := range names(o.header) {
			fmt.Fprintf(&head, "%s: %s\r\n", name, o.header[name])
		}
		head.WriteString("\r\n")
		requests[i] = request{head.Bytes(), content[:o.body], response{o.status, o.method != http.MethodHead, o.moves}}
	}
	return requests, nil
}

func names(header map[string]string) []string {
	var list []string
	for name := range header {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// run makes ready what a workload needs and runs it once.
func (s *server) run(ctx context.Context, w workload, duration time.Duration) (result, error) {
	content := content()
	for _, set := range w.needs {
		if err := s.store(ctx, set, w.fresh, content); err != nil {
			return result{}, err
		}
	}
	requests, err := s.prepare(w.count, w.operation, content)
	if err != nil {
		return result{}, err
	}
	before := s.process.usage()
	r, err := drive(ctx, s.host, requests, w.connections, duration, w.once)
	if err != nil {
		return result{}, err
	}
	after := s.process.usage()
	r.cpu, r.rss = after.cpu-before.cpu, after.peak
	return r, nil
}

// store stores a set of objects, unless that was done.
func (s *server) store(ctx context.Context, set object, anew bool, content []byte) error {
	if _, ok := s.stored[set.prefix]; ok && !anew {
		return nil
	}
	requests, err := s.prepare(set.count, puts(set.prefix, set.size), content)
	if err != nil {
		return err
	}
	const connections = 8
	r, err := drive(ctx, s.host, requests, connections, 10*time.Minute, true)
	if err != nil {
		return err
	}
	if len(r.latencies) != set.count {
		return errors.New("not all objects were stored in time")
	}
	s.stored[set.prefix] = struct{}{}
	return nil
}

// content is what all objects are filled with: bytes that do not compress.
func content() []byte {
	b := make([]byte, 20*mib)
	state := uint64(1)
	for i := 0; i+8 <= len(b); i += 8 {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		for j := range 8 {
			b[i+j] = byte(state >> (8 * j))
		}
	}
	return b
}
