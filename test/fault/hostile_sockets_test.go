package fault_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/test/harness"
)

// socketPatience is how long a test waits for a server to answer or to hang up.
const socketPatience = 90 * time.Second

func (v *victim) dial(t *testing.T) net.Conn {
	t.Helper()
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", v.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(socketPatience)); err != nil {
		t.Fatal(err)
	}
	return connection
}

// TestHostileSockets writes to a socket what no library would send.
func TestHostileSockets(t *testing.T) {
	t.Parallel()
	v := startVictim(t, "--read-header-timeout", "2s")
	// What is signed stays signed: the signature is of the honest target, the target written is another.
	signed := func(target string) string {
		r, err := v.client.New(t.Context(), harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "key", Body: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		var header bytes.Buffer
		if err := r.Header.Write(&header); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 1\r\nConnection: close\r\n%s\r\nx", target, v.Address, header.String())
	}
	for name, request := range map[string]string{
		"dots":                   signed("/plain/../other/key"),
		"dots at the root":       signed("/../../../../tmp/key"),
		"dots in the key":        signed("/plain/a/../../../../../etc/key"),
		"escaped dots":           signed("/plain/%2e%2e/%2e%2e/key"),
		"twice escaped dots":     signed("/plain/%252e%252e/key"),
		"backslashes":            signed(`/plain/..\..\key`),
		"system bucket":          signed("/.minio.sys/config/config.json"),
		"system below a bucket":  signed("/plain/../.minio.sys/format.json"),
		"another key":            signed("/plain/another"),
		"zero byte":              signed("/plain/a%00b"),
		"two slashes":            signed("//plain//key"),
		"whole address":          signed("http://elsewhere/plain/key"),
		"broken escape":          signed("/plain/%zz"),
		"no target":              "PUT  HTTP/1.1\r\nHost: x\r\n\r\n",
		"garbage":                strings.Repeat("\x01\x02\x03\xff", 300) + "\r\n\r\n",
		"a TLS hello":            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("a", 500),
		"unknown version":        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
		"no host":                "GET /plain HTTP/1.1\r\n\r\n",
		"two hosts":              "GET /plain HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"two lengths":            "PUT /plain/key HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"negative length":        "PUT /plain/key HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"length in words":        "PUT /plain/key HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
		"length and chunks":      "PUT /plain/key HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /",
		"unknown coding":         "PUT /plain/key HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
		"space before the colon": "GET /plain HTTP/1.1\r\nHost : x\r\n\r\n",
		"an endless line":        "GET /" + strings.Repeat("a", 2<<20),
		"an endless header":      "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 2<<20),
		"endless headers":        "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: 1\r\n", 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			connection := v.dial(t)
			go func() { _, _ = io.WriteString(connection, request) }() // the server may hang up before it has read all
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the server neither answers nor hangs up: %v", err)
				}
				return
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10)) // for the message
			if response.StatusCode < 400 || response.StatusCode == http.StatusInternalServerError {
				t.Errorf("got %s %s, want an error of the client's", response.Status, body)
			}
		})
	}
	v.unharmed(t)
	for _, path := range []string{"/tmp/key", "/etc/key"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was written", path)
		}
	}
}

// TestSlowClients opens connections that send or take nothing, or a byte at a time. The server hangs up and keeps nothing.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	v := startVictim(t, "--read-header-timeout", "1s", "--idle-timeout", "1s")
	r, err := v.client.New(t.Context(), harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "slow", Body: make([]byte, 4<<20)})
	if err != nil {
		t.Fatal(err)
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "PUT /plain/slow HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", v.Address, 4<<20)
	if err := r.Header.Write(&head); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for name, begin := range map[string]string{
		"nothing":           "",
		"half a line":       "GET /pl",
		"half a header":     "GET /plain HTTP/1.1\r\nHost: x\r\nX-Sl",
		"headers, no body":  head.String() + "\r\n",
		"half a body":       head.String() + "\r\n" + strings.Repeat("\x00", 1<<20),
		"idle after a call": "GET /minio/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		if harness.Peer() && strings.Contains(name, "body") {
			continue // MinIO waits for ten minutes
		}
		connection := v.dial(t)
		if _, err := io.WriteString(connection, begin); err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if _, err := io.Copy(io.Discard, connection); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: the server waits for more than %v", name, socketPatience)
			}
		})
	}
	group.Wait()
	v.unharmed(t)
}

// TestSlowReaders asks for more than it takes, many times. The server must not keep what nobody takes, and must go on serving
// others: readers that it has no memory for are told so.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	v := startVictim(t)
	const size, readers = 32 << 20, 48
	v.client.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "big", Body: make([]byte, size)})
	v.client.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: "small", Body: make([]byte, 4096)})
	request := v.presignedGet(t, "big")
	var group sync.WaitGroup
	for range readers {
		connection := v.dial(t)
		if _, err := io.WriteString(connection, request); err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			response, err := http.ReadResponse(bufio.NewReaderSize(connection, 4<<10), nil)
			if err != nil {
				t.Errorf("a reader got no answer: %v", err)
				return
			}
			if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("a reader got %s", response.Status)
			}
		})
	}
	group.Wait()             // every answer has begun, and nobody reads on
	most := bound(512 << 20) // the bodies are 1.5 GiB
	if got := residentBytes(t, v.PID()); got > most && !harness.Peer() {
		t.Errorf("the server has %d MiB while %d clients take nothing of %d MiB each", got>>20, readers, size>>20)
	}
	for i := range 20 {
		v.client.Must(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: "small"})
		v.client.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: fmt.Sprint("honest/", i), Body: make([]byte, 4096)})
	}
}

// presignedGet writes a request for an object that needs no further header.
func (v *victim) presignedGet(t *testing.T, key string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.client.Target(plainBucket, key, "").String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	presigned, err := v.client.Presign(r, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(presigned, v.URL), v.Address)
}

// TestIdleConnections opens a thousand connections that do nothing after a first request, and looks at the memory.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	v := startVictim(t, "--idle-timeout", "10m")
	const count = 1000
	each := bound(48 << 10)
	v.unharmed(t)
	before := residentBytes(t, v.PID())
	for range count {
		connection := v.dial(t)
		if _, err := io.WriteString(connection, "GET /minio/health/live HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	after := residentBytes(t, v.PID())
	if grown := after - before; grown > count*each && !harness.Peer() {
		t.Errorf("%d idle connections cost %d KiB each, want at most %d", count, grown/count>>10, each>>10)
	}
	v.unharmed(t)
}
