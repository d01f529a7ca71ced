//go:build powercut

package fault_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-io/holdfast/test/harness"
)

// inNamespace tells the process of a test that its mounts are its own.
const inNamespace = "HOLDFAST_TEST_FREEZE"

// TestFrozenDrive freezes the file system of one of four drives, so that every change on it hangs in the kernel, while clients
// are at work. Nobody may be told an error or wait long, and once the drive is thawed it has to be back with all it missed.
// It needs root, loop devices and mkfs.ext4:
//
//	go test -tags powercut -run FrozenDrive -v ./test/fault
func TestFrozenDrive(t *testing.T) {
	if os.Getenv(inNamespace) == "" {
		child := exec.Command(os.Args[0], "-test.v", "-test.run=^TestFrozenDrive$", "-test.timeout=5m")
		child.Env = append(os.Environ(), inNamespace+"=1")
		child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		out, err := child.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	var drives []string
	for range 4 {
		drives = append(drives, loopDrive(t, 4<<30))
	}
	server := harness.Start(t, harness.Options{Dirs: drives})
	client := server.Client()
	client.Must(t, harness.Request{Method: http.MethodPut, Bucket: plainBucket})
	f := &frost{client: client, done: make(map[string][]time.Duration)}

	f.work(t, 5*time.Second)
	f.report(t, "healthy")
	freeze(t, drives[0], fifreeze)
	t.Cleanup(func() { freeze(t, drives[0], fithaw) }) // or nothing ends
	for _, phase := range []string{"frozen, at first", "frozen, later"} {
		before := threads(t, server)
		f.work(t, 10*time.Second)
		f.report(t, fmt.Sprintf("%s, %d to %d threads", phase, before, threads(t, server)))
	}
	if log := server.Log(); !strings.Contains(log, "out of service") {
		t.Errorf("nobody was told that a drive is out of service:\n%s", log)
	}
	freeze(t, drives[0], fithaw)
	await(t, "the drive is back", func() bool { return strings.Contains(server.Log(), "back in service") })
	f.work(t, 5*time.Second)
	f.report(t, "thawed")
	f.verify(t)
	server.Stop()
}

const (
	fifreeze = 0xc0045877 // linux/fs.h
	fithaw   = 0xc0045878
)

// freeze freezes or thaws a file system. Thawing one that is not frozen does no harm.
func freeze(t *testing.T, path string, request uint) {
	t.Helper()
	dir, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := unix.IoctlSetInt(int(dir.Fd()), request, 0); err != nil && request == fifreeze {
		t.Fatalf("freeze %s: %v", path, err)
	}
}

// loopDrive mounts a new file system.
func loopDrive(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	image, mount := filepath.Join(dir, "image"), filepath.Join(dir, "mount")
	for _, err := range []error{os.WriteFile(image, nil, 0o600), os.Truncate(image, size), os.Mkdir(mount, 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	command(t, "mkfs.ext4", "-q", "-F", image)
	loop := command(t, "losetup", "-f", "--show", image)
	command(t, "mount", loop, mount)
	t.Cleanup(func() {
		if err := unix.Unmount(mount, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
		command(t, "losetup", "-d", loop)
	})
	return mount
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func threads(t *testing.T, server *harness.Server) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(server.PID()) + "/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

func await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after two minutes", what)
		}
		<-tick.C
	}
}

// frost is clients at work, who note how long they wait.
type frost struct {
	client *harness.Client

	mu   sync.Mutex
	keys []string
	done map[string][]time.Duration // by operation
}

// content is that of the object of a key. Every tenth is large.
func content(key string) []byte {
	if strings.HasSuffix(key, "0") {
		return bytes.Repeat([]byte(key), (2<<20)/len(key))
	}
	return bytes.Repeat([]byte(key), 4096/len(key))
}

// work has sixteen clients put, get and list for a while. Waiting for long is an error; how long is a second plus what a busy
// machine takes.
func (f *frost) work(t *testing.T, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				f.mu.Lock()
				key := fmt.Sprintf("%d-%04d", i, len(f.keys))
				f.mu.Unlock()
				f.request(t, "put", harness.Request{Method: http.MethodPut, Bucket: plainBucket, Key: key, Body: content(key)})
				f.mu.Lock()
				f.keys = append(f.keys, key)
				key = f.keys[(n*7919+i)%len(f.keys)]
				f.mu.Unlock()
				got := f.request(t, "get", harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: key})
				if got != nil && !bytes.Equal(got.Body, content(key)) {
					t.Errorf("%s: got %d other bytes", key, len(got.Body))
				}
				f.request(t, "list", harness.Request{Method: http.MethodGet, Bucket: plainBucket, Query: "list-type=2&max-keys=10&prefix=" + key[:2]})
			}
		})
	}
	clients.Wait()
}

func (f *frost) request(t *testing.T, name string, r harness.Request) *harness.Response {
	began := time.Now()
	response, err := f.client.Do(t.Context(), r)
	took := time.Since(began)
	if err != nil || response.Status != http.StatusOK {
		t.Errorf("%s %s after %v: got %v, %v", r.Method, r.Key, took, response, err)
		return nil
	}
	if took > 10*time.Second {
		t.Errorf("%s %s took %v", r.Method, r.Key, took)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[name] = append(f.done[name], took)
	return response
}

// report prints how long requests took, and begins anew.
func (f *frost) report(t *testing.T, phase string) {
	for _, name := range []string{"put", "get", "list"} {
		all := f.done[name]
		if len(all) == 0 {
			t.Errorf("%s: no %s", phase, name)
			continue
		}
		slices.Sort(all)
		t.Logf("%s: %5d %-4s  p50 %-8v p99 %-8v longest %v", phase, len(all), name,
			all[len(all)/2].Round(100*time.Microsecond), all[len(all)*99/100].Round(100*time.Microsecond), all[len(all)-1].Round(time.Millisecond))
	}
	clear(f.done)
}

// verify reads everything.
func (f *frost) verify(t *testing.T) {
	for _, key := range f.keys {
		got := f.client.Must(t, harness.Request{Method: http.MethodGet, Bucket: plainBucket, Key: key})
		if !bytes.Equal(got.Body, content(key)) {
			t.Errorf("%s: got %d other bytes", key, len(got.Body))
		}
	}
}
