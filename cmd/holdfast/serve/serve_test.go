package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/holdfast-io/holdfast/cmd/holdfast/serve"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend is a store that is nothing but its status.
type backend struct {
	status metric.Status
	ready  error
	closed chan struct{}
}

func newBackend() *backend {
	set := metric.Set{Drives: 4, Online: 4, Local: 4, Parity: 2, ReadQuorum: 2, WriteQuorum: 3}
	return &backend{status: metric.Status{Sets: []metric.Set{set}, DefaultParity: true}, closed: make(chan struct{})}
}

func (b *backend) open(context.Context, *config.Config, *slog.Logger) (*serve.Backend, error) {
	return &serve.Backend{
		Status: func(context.Context) metric.Status { return b.status },
		Ready:  func(context.Context) error { return b.ready },
		Close:  func(context.Context) error { close(b.closed); return nil },
	}, nil
}

// door answers every S3 request with a word.
func door(*config.Config, objectlayer.Gate, objectlayer.Accounts, *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.(metric.Namer).NameAPI("ListBuckets")
		_, _ = io.WriteString(w, "door")
	})
}

// output is the standard error of a server. Waiting for a text in it is how a test knows how far the server is.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more *sync.Cond
}

func newOutput() *output {
	o := &output{}
	o.more = sync.NewCond(&o.mu)
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.more.Broadcast()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait returns the line that holds a text, once there is one.
func (o *output) wait(text string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for line := range strings.Lines(o.text.String()) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				return strings.TrimSpace(line)
			}
		}
		o.more.Wait()
	}
}

// running is a server at work.
type running struct {
	t       *testing.T
	url     string
	stderr  *output
	signals chan os.Signal
	ended   chan error
}

// load reads a configuration for a server on a free port of loopback.
func load(t *testing.T, args, environ []string) *config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{
		Args:     append([]string{"--address=127.0.0.1:0", "--state-dir", t.TempDir(), "/d{1...4}"}, args...),
		Environ:  append([]string{"MINIO_ROOT_USER=operator", "MINIO_ROOT_PASSWORD=correct-horse"}, environ...),
		ReadFile: os.ReadFile,
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// launch runs a server until the test ends.
func launch(t *testing.T, o serve.Options) *running {
	t.Helper()
	r := &running{t: t, stderr: newOutput(), signals: make(chan os.Signal, 1), ended: make(chan error, 1)}
	o.Stderr, o.Signals, o.Version = r.stderr, r.signals, serve.Version{Tag: "v1.2.3", Commit: "abcdef"}
	if o.Door == nil {
		o.Door = door
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		r.ended <- serve.Run(ctx, o)
	}()
	t.Cleanup(func() {
		cancel()
		<-stopped
		if strings.Contains(r.stderr.String(), "correct-horse") {
			t.Error("a secret is in the log")
		}
	})
	return r
}

// start launches a server and waits until it serves.
func start(t *testing.T, b *backend, args, environ []string) *running {
	t.Helper()
	r := launch(t, serve.Options{Config: load(t, args, environ), Open: b.open})
	r.url = strings.TrimPrefix(r.stderr.wait("API: "), "API: ")
	return r
}

// stop sends a signal and returns what the server ended with.
func (r *running) stop(signal os.Signal) error {
	r.signals <- signal
	return <-r.ended
}

// get sends a request and returns the answer with its body.
func (r *running) get(method, path string, header http.Header) (*http.Response, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if header != nil {
		request.Header = header
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer, string(body)
}

func TestServesAndStops(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		signal os.Signal
		says   string
	}{{syscall.SIGTERM, "TERMINATED"}, {os.Interrupt, "INTERRUPT"}, {syscall.SIGQUIT, "QUIT"}} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			b := newBackend()
			r := start(t, b, nil, nil)
			if answer, body := r.get(http.MethodGet, "/", nil); answer.StatusCode != http.StatusOK || body != "door" {
				t.Errorf("got %d %q", answer.StatusCode, body)
			}
			for _, want := range []string{"Version: v1.2.3", "Drives: 1 set of 4 drives", "Credential: as configured"} {
				if !strings.Contains(r.stderr.String(), want) {
					t.Errorf("the banner lacks %q:\n%s", want, r.stderr.String())
				}
			}
			if err := r.stop(tc.signal); err != nil {
				t.Errorf("ended with %v", err)
			}
			<-b.closed
			if !strings.Contains(r.stderr.String(), "INFO: Exiting on signal: "+tc.says) {
				t.Errorf("no farewell in:\n%s", r.stderr.String())
			}
		})
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	opened := make(chan struct{})
	b := newBackend()
	r := launch(t, serve.Options{
		Config: load(t, []string{"--quiet"}, nil),
		Open:   b.open,
		Door: func(c *config.Config, g objectlayer.Gate, a objectlayer.Accounts, l *slog.Logger) http.Handler {
			close(opened)
			return door(c, g, a, l)
		},
	})
	<-opened
	if err := r.stop(syscall.SIGTERM); err != nil || r.stderr.String() != "" {
		t.Errorf("ended with %v and said %q", err, r.stderr.String())
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	r := launch(t, serve.Options{Config: load(t, []string{"--json"}, nil), Open: newBackend().open})
	line := r.stderr.wait("serving")
	for _, want := range []string{`"level":"INFO"`, `"time":"`, `"message":"serving"`, `"api":"http://127.0.0.1:`} {
		if !strings.Contains(line, want) {
			t.Errorf("%s is missing in %s", want, line)
		}
	}
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

func TestMakesCredential(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	cfg, err := config.Load(config.Source{Args: []string{"--address=127.0.0.1:0", "--state-dir", state, "/d"}})
	if err != nil {
		t.Fatal(err)
	}
	r := launch(t, serve.Options{Config: cfg, Open: newBackend().open})
	file := filepath.Join(state, config.StoredRootName)
	if line := r.stderr.wait("Credential: "); line != "Credential: "+file {
		t.Errorf("got %q, want the file %s", line, file)
	}
	root, _, made, err := config.StoredRoot(state)
	if err != nil || made {
		t.Fatalf("got made %v, %v", made, err)
	}
	if strings.Contains(r.stderr.String(), root.Secret.Reveal()) || strings.Contains(r.stderr.String(), root.AccessKey) {
		t.Errorf("the credential is in the log")
	}
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// TestWhileOpening looks at a server whose drives take their time, then lets them be opened.
func TestWhileOpening(t *testing.T) {
	t.Parallel()
	b, reached, release := newBackend(), make(chan struct{}), make(chan struct{})
	cfg := load(t, nil, nil)
	cfg.Listen.Address = freeAddress(t)
	r := launch(t, serve.Options{Config: cfg, Open: func(ctx context.Context, c *config.Config, l *slog.Logger) (*serve.Backend, error) {
		close(reached)
		<-release
		return b.open(ctx, c, l)
	}})
	r.url = "http://" + cfg.Listen.Address
	<-reached
	for _, tc := range []struct {
		path, header string
		status       int
	}{
		{"/minio/health/live", "offline", http.StatusOK},
		{"/minio/health/ready", "offline", http.StatusOK},
		{"/minio/health/cluster", "offline", http.StatusServiceUnavailable},
		{"/minio/health/cluster/read", "offline", http.StatusServiceUnavailable},
		{"/bucket/key", "", http.StatusServiceUnavailable},
	} {
		answer, body := r.get(http.MethodGet, tc.path, nil)
		if answer.StatusCode != tc.status || answer.Header.Get("X-Minio-Server-Status") != tc.header {
			t.Errorf("%s: got %d %q", tc.path, answer.StatusCode, answer.Header.Get("X-Minio-Server-Status"))
		}
		if tc.path == "/bucket/key" && (!strings.Contains(body, "<Code>XMinioServerNotInitialized</Code>") || answer.Header.Get("Retry-After") == "") {
			t.Errorf("got %q", body)
		}
	}
	close(release)
	r.stderr.wait("API: ")
	if answer, body := r.get(http.MethodGet, "/bucket/key", nil); answer.StatusCode != http.StatusOK || body != "door" {
		t.Errorf("got %d %q", answer.StatusCode, body)
	}
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// freeAddress returns an address nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestSignalWhileOpening(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	r := launch(t, serve.Options{Config: load(t, nil, nil), Open: func(ctx context.Context, _ *config.Config, _ *slog.Logger) (*serve.Backend, error) {
		close(reached)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	<-reached
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	cause := errors.New("drives are gone")
	r := launch(t, serve.Options{Config: load(t, nil, nil), Open: func(context.Context, *config.Config, *slog.Logger) (*serve.Backend, error) {
		return nil, cause
	}})
	if err := <-r.ended; !errors.Is(err, cause) {
		t.Errorf("ended with %v", err)
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cfg := load(t, nil, nil)
	cfg.Listen.Address = l.Addr().String()
	r := launch(t, serve.Options{Config: cfg, Open: newBackend().open})
	var fault *config.Fault
	if err := <-r.ended; !errors.As(err, &fault) || fault.Action == "" || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("ended with %v", err)
	}
}

// TestDrains checks that a request in progress outlives the signal, and that the store outlives the request.
func TestDrains(t *testing.T) {
	t.Parallel()
	b, entered, release := newBackend(), make(chan struct{}), make(chan struct{})
	r := launch(t, serve.Options{Config: load(t, nil, nil), Open: b.open, Door: slowDoor(entered, release)})
	r.url = strings.TrimPrefix(r.stderr.wait("API: "), "API: ")
	answered := make(chan string)
	go func() {
		_, body := r.get(http.MethodGet, "/", nil)
		answered <- body
	}()
	<-entered
	r.signals <- syscall.SIGTERM
	r.stderr.wait("Exiting on signal")
	select {
	case <-b.closed:
		t.Error("the store was closed under a request")
	default:
	}
	close(release)
	if body := <-answered; body != "slow" {
		t.Errorf("got %q", body)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	<-b.closed
}

func slowDoor(entered chan<- struct{}, release <-chan struct{}) serve.DoorFunc {
	return func(*config.Config, objectlayer.Gate, objectlayer.Accounts, *slog.Logger) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			select {
			case <-release:
			case <-r.Context().Done():
			}
			_, _ = io.WriteString(w, "slow")
		})
	}
}

// TestDrainEnds checks that a request that does not end is cut off.
func TestDrainEnds(t *testing.T) {
	t.Parallel()
	b, entered := newBackend(), make(chan struct{})
	r := launch(t, serve.Options{Config: load(t, []string{"--shutdown-timeout=10ms"}, nil), Open: b.open, Door: slowDoor(entered, nil)})
	url := strings.TrimPrefix(r.stderr.wait("API: "), "API: ")
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
	<-b.closed
	if !strings.Contains(r.stderr.String(), "WARN: requests were cut off") {
		t.Errorf("no warning in:\n%s", r.stderr.String())
	}
}

// TestNotifiesSystemd plays the service manager.
func TestNotifiesSystemd(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "notify") // t.TempDir is too long a path for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = manager.Close() }()
	next := func() string {
		buf := make([]byte, 256)
		n, err := manager.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	r := start(t, newBackend(), nil, []string{"NOTIFY_SOCKET=" + socket})
	if got := next(); got != "READY=1" {
		t.Errorf("got %q", got)
	}
	r.signals <- syscall.SIGHUP
	if got := next(); !strings.HasPrefix(got, "RELOADING=1\nMONOTONIC_USEC=") {
		t.Errorf("got %q", got)
	}
	if got := next(); got != "READY=1" {
		t.Errorf("got %q", got)
	}
	r.signals <- syscall.SIGTERM
	if got := next(); got != "STOPPING=1" {
		t.Errorf("got %q", got)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// TestLoopbackToo listens on an address of the machine, if it has one, and asks on loopback.
func TestLoopbackToo(t *testing.T) {
	t.Parallel()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			r := start(t, newBackend(), []string{"--address", n.IP.String() + ":0"}, nil)
			first, second, found := strings.Cut(r.url, "  ")
			if !found || !strings.HasPrefix(second, "http://127.0.0.1:") {
				t.Fatalf("got addresses %q", r.url)
			}
			for _, r.url = range []string{first, second} {
				if _, body := r.get(http.MethodGet, "/", nil); body != "door" {
					t.Errorf("%s: got %q", r.url, body)
				}
			}
			return
		}
	}
}

func TestSlowHeadersAreCut(t *testing.T) {
	t.Parallel()
	r := start(t, newBackend(), []string{"--read-header-timeout=1s"}, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); !errors.Is(err, io.EOF) && err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want the end of the connection", err)
	}
}
