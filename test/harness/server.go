package harness

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Options say how a server is started. The zero value is a server with four fresh drives and no TLS.
type Options struct {
	// Drives is the number of fresh drives, 4 if zero.
	Drives int
	// Dirs are existing drives to start on instead, in order.
	Dirs []string
	// AccessKey and SecretKey are the operator's credential; there is one if they are empty.
	AccessKey, SecretKey string
	// TLS lets the server speak HTTPS with a certificate that clients of this package trust.
	TLS bool
	// Env is added to the environment of the server, which has nothing of the test's own.
	Env map[string]string
	// Flags come before the drives on the command line.
	Flags []string
}

func (o Options) withDefaults() Options {
	if o.Drives == 0 {
		o.Drives = 4
	}
	if o.AccessKey == "" {
		o.AccessKey, o.SecretKey = "holdfast-test", "holdfast-test-secret"
	}
	return o
}

// How long a server may take to start and to stop. Tests run many at once on machines with few cores, and with the race
// detector; nothing is measured with these.
const (
	startPatience = 2 * time.Minute
	stopPatience  = time.Minute
)

// Server is a server that runs as a process of its own. Its methods are for one goroutine; what they return is for many.
type Server struct {
	URL       string   // "http://127.0.0.1:20123", or https
	Address   string   // "127.0.0.1:20123"
	Drives    []string // folders, in the order of the command line
	AccessKey string
	SecretKey string
	CAFile    string // certificate to trust, PEM; empty without TLS

	tb      testing.TB
	options Options
	certs   string // folder of certificates
	home    string
	log     *logBuffer
	process *process // the last one started
}

// Start starts a server and waits until it is ready. The server is stopped when the test ends.
func Start(tb testing.TB, o Options) *Server {
	tb.Helper()
	s := Prepare(tb, o)
	if err := s.Launch(); err != nil {
		tb.Fatalf("start a server: %v\n%s", err, s.log.tail(100))
	}
	return s
}

// Prepare makes ready what a server needs and does not start it.
func Prepare(tb testing.TB, o Options) *Server {
	tb.Helper()
	o = o.withDefaults()
	dir := tb.TempDir()
	s := &Server{
		AccessKey: o.AccessKey, SecretKey: o.SecretKey,
		Drives: slices.Clone(o.Dirs),
		tb:     tb, options: o,
		certs: filepath.Join(dir, "certs"), home: filepath.Join(dir, "home"),
		log: new(logBuffer),
	}
	if len(s.Drives) == 0 {
		for i := range o.Drives {
			s.Drives = append(s.Drives, filepath.Join(dir, "d"+strconv.Itoa(i+1)))
		}
	}
	for _, folder := range append([]string{s.home, s.certs}, s.Drives...) {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	if o.TLS {
		if err := writeCertificate(s.certs); err != nil {
			tb.Fatalf("make a certificate: %v", err)
		}
		s.CAFile = filepath.Join(s.certs, certificateFile)
	}
	s.move()
	tb.Cleanup(s.cleanup)
	return s
}

// move gives the server another port to be started on.
func (s *Server) move() {
	s.Address = net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(s.tb)))
	s.URL = "http://" + s.Address
	if s.options.TLS {
		s.URL = "https://" + s.Address
	}
}

// Launch starts a server that was never ready and waits until it is. The error says why it is not; the process has then
// ended. When somebody else has taken the port in the meantime, the server moves to another.
func (s *Server) Launch() error {
	const attempts = 5
	for try := 1; ; try++ {
		err := s.launchOnce()
		if err == nil || try == attempts || !strings.Contains(s.log.tail(20), "address already in use") {
			return err
		}
		s.move()
	}
}

func (s *Server) launchOnce() error {
	p, err := launch(Binary(s.tb), s.arguments(), s.environment(), s.log)
	if err != nil {
		return err
	}
	if err := s.awaitReady(p); err != nil {
		return errors.Join(err, p.kill())
	}
	s.process = p
	return nil
}

func (s *Server) arguments() []string {
	args := []string{"server", "--address", s.Address, "--certs-dir", s.certs}
	args = append(args, s.options.Flags...)
	return append(args, s.Drives...)
}

func (s *Server) environment() []string {
	env := map[string]string{
		"PATH":                os.Getenv("PATH"),
		"HOME":                s.home,
		"MINIO_ROOT_USER":     s.AccessKey,
		"MINIO_ROOT_PASSWORD": s.SecretKey,
		"MINIO_CI_CD":         "1", // the drives of a test are on the root's file system
		"MINIO_BROWSER":       "off",
		"MINIO_UPDATE":        "off",
	}
	maps.Copy(env, s.options.Env)
	list := make([]string, 0, len(env))
	for key, value := range env {
		list = append(list, key+"="+value)
	}
	return list
}

// PID is the process id of the server.
func (s *Server) PID() int { return s.process.cmd.Process.Pid }

// Log returns what the server has printed so far, over all its restarts.
func (s *Server) Log() string { return s.log.String() }

// Terminate asks the server to stop, as service managers do, and does not wait.
func (s *Server) Terminate() {
	s.tb.Helper()
	if err := s.process.signal(syscall.SIGTERM); err != nil {
		s.tb.Fatalf("terminate the server: %v", err)
	}
}

// AwaitExit waits for the server to end, which it has to do without an error.
func (s *Server) AwaitExit() {
	s.tb.Helper()
	if err := s.process.wait(stopPatience); err != nil {
		s.tb.Fatalf("the server stopped: %v", err)
	}
}

// Stop asks the server to stop and waits until it has.
func (s *Server) Stop() {
	s.tb.Helper()
	s.Terminate()
	s.AwaitExit()
}

// Kill ends the server as kill -9 does. It may be called from any goroutine.
func (s *Server) Kill() {
	if err := s.process.kill(); err != nil {
		s.tb.Errorf("kill the server: %v", err)
	}
}

// Pause stops the server's execution; Resume continues it.
func (s *Server) Pause() { s.must(s.process.signal(syscall.SIGSTOP)) }

// Resume continues a server that was paused.
func (s *Server) Resume() { s.must(s.process.signal(syscall.SIGCONT)) }

func (s *Server) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal(err)
	}
}

// Restart starts a server that has ended again, on the same drives and the same port.
func (s *Server) Restart() {
	s.tb.Helper()
	if !s.process.ended() {
		s.tb.Fatal("restart: the server is running")
	}
	if err := s.launchOnce(); err != nil {
		s.tb.Fatalf("restart the server: %v", err)
	}
}

// cleanup ends what is running and judges the log.
func (s *Server) cleanup() {
	if s.process == nil {
		return
	}
	if err := s.process.signal(syscall.SIGTERM); err != nil {
		s.tb.Errorf("terminate the server: %v", err)
	}
	if err := s.process.wait(stopPatience); err != nil && !killed(err) {
		s.tb.Errorf("the server ended: %v", err)
		_ = s.process.kill() // it has ended or does so now
	}
	for _, word := range []string{"DATA RACE", "panic:", "fatal error:"} {
		if strings.Contains(s.log.String(), word) {
			s.tb.Errorf("the server's log says %q", word)
		}
	}
	if s.tb.Failed() {
		s.tb.Logf("the last lines of the server's log:\n%s", s.log.tail(200))
	}
}

// killed tells whether a process ended by SIGKILL, as it does when the test wants it to.
func killed(err error) bool {
	var exit interface{ Sys() any }
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// freePort finds a port nobody listens on, outside of the range from which the system takes the ports of outgoing
// connections: the server has to find it free again after a restart.
func freePort(tb testing.TB) int {
	tb.Helper()
	const first, count = 10240, 20000
	start := int(time.Now().UnixNano()/1000) + os.Getpid()*7919
	for try := range 1000 {
		port := first + (start+try*37)%count
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			tb.Fatal(err)
		}
		return port
	}
	tb.Fatal("no free port")
	return 0
}
