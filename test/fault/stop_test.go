package fault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/test/harness"
)

// TestStopFinishesRequests stops the server in the middle of an upload and a download: both come to their end.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	c := s.Client()
	c.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket})
	big := payload(key{plainBucket, "big"}, 1, 64<<20) // more than the connection's buffers hold
	c.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "big", Body: big})

	download := beginDownload(t, c)
	upload := beginUpload(t, c, []byte("begun "), []byte("before, ended after"))
	s.Terminate()
	awaitRefusal(t, s)

	upload.finish()
	if response := upload.response(t); response.StatusCode != http.StatusOK {
		t.Errorf("upload in progress: got %s", response.Status)
	}
	rest, err := io.ReadAll(download.Body)
	if err != nil {
		t.Errorf("download in progress: %v", err)
	}
	if got := append(download.first, rest...); !bytes.Equal(got, big) {
		t.Errorf("download in progress: got %d bytes, want %d", len(got), len(big))
	}
	download.Body.Close()
	s.AwaitExit()
	s.Restart()
	got := s.Client().Must(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: "slow"})
	if want := "begun before, ended after"; string(got.Body) != want {
		t.Errorf("after the restart: got %q, want %q", got.Body, want)
	}
}

type download struct {
	*http.Response
	first []byte // what has been read
}

// beginDownload reads the beginning of an object.
func beginDownload(t *testing.T, c *harness.Client) *download {
	t.Helper()
	r, err := c.New(t.Context(), harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: "big"})
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	d := &download{response, make([]byte, 1000)}
	if _, err := io.ReadFull(response.Body, d.first); err != nil {
		t.Fatal(err)
	}
	return d
}

type upload struct {
	pipe *io.PipeWriter
	rest []byte
	done chan struct{}
	got  *http.Response
	err  error
}

// beginUpload sends the first half of a body and leaves the other for later.
func beginUpload(t *testing.T, c *harness.Client, first, rest []byte) *upload {
	t.Helper()
	reader, writer := io.Pipe()
	sum := sha256.Sum256(append(bytes.Clone(first), rest...))
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPut, c.URL, reader)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = c.Target(plainBucket, "slow", "")
	r.ContentLength = int64(len(first) + len(rest))
	if err := c.Sign(r, hex.EncodeToString(sum[:])); err != nil {
		t.Fatal(err)
	}
	u := &upload{pipe: writer, rest: rest, done: make(chan struct{})}
	go func() {
		defer close(u.done)
		u.got, u.err = c.HTTP.Do(r)
	}()
	if _, err := writer.Write(first); err != nil {
		t.Fatal(err)
	}
	awaitSeen(t, c)
	return u
}

// awaitSeen makes sure that the server has got to reading what was sent before: it answers a request sent after.
func awaitSeen(t *testing.T, c *harness.Client) {
	t.Helper()
	for range 20 {
		c.Must(t, harness.Request{Method: http.MethodHead, Bucket: plainBucket})
	}
}

// finish sends the rest of the body.
func (u *upload) finish() {
	_, _ = u.pipe.Write(u.rest) // the response tells
	_ = u.pipe.Close()          // likewise
}

func (u *upload) response(t *testing.T) *http.Response {
	t.Helper()
	<-u.done
	if u.err != nil {
		t.Fatalf("upload in progress: %v", u.err)
	}
	u.got.Body.Close()
	return u.got
}

// awaitRefusal waits until the server takes no new connections: it is stopping.
func awaitRefusal(t *testing.T, s *harness.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var dialer net.Dialer
	for {
		connection, err := dialer.DialContext(ctx, "tcp", s.Address)
		if ctx.Err() != nil {
			t.Fatal("the server goes on accepting connections")
		}
		if err != nil {
			return
		}
		connection.Close()
	}
}

// TestSecondServerIsRefused starts a server on drives that another one uses, under their names and under others: it ends and
// says why, and the first goes on.
func TestSecondServerIsRefused(t *testing.T) {
	t.Parallel()
	first := harness.Start(t, harness.Options{})
	c := first.Client()
	c.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket})
	links := t.TempDir()
	var linked []string
	for _, drive := range first.Drives {
		link := filepath.Join(links, filepath.Base(drive))
		if err := os.Symlink(drive, link); err != nil {
			t.Fatal(err)
		}
		linked = append(linked, link)
	}
	for _, dirs := range [][]string{first.Drives, linked} {
		second := harness.Prepare(t, harness.Options{Dirs: dirs})
		if err := second.Launch(); err == nil {
			t.Fatal("a second server started on the same drives")
		}
		if log := second.Log(); !strings.Contains(log, "in use") {
			t.Errorf("the second server does not say that another uses the drives:\n%s", log)
		}
		c.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "after", Body: []byte("still here")})
	}
	first.Stop()
	first.Restart()
	first.Client().Must(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: "after"})
}

// TestStopIsClean stops a busy server and looks at the drives, then starts it on them again.
func TestStopIsClean(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	makeBuckets(t, s.Client())
	l := &load{client: s.Client(), history: newHistory(), uploads: newUploads()}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.run(ctx, clients, 1)
	}()
	for l.history.now() < 1000 { // until there was some work
		l.client.Must(t, harness.Request{Method: http.MethodHead, Bucket: plainBucket})
	}
	s.Terminate()
	s.AwaitExit()
	cancel()
	<-done
	s.Restart()
	audit(t, s, l)
	s.Stop()
	if !harness.Peer() {
		awaitTidy(t, s.Drives)
	}
}
