package serve

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// writePair makes a certificate for names and puts it into a folder. A password encrypts its key.
func writePair(t *testing.T, dir string, serial int64, password string, names ...string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}
	if password != "" {
		//lint:ignore SA1019 it is what is tested
		block, err = x509.EncryptPEMBlock(rand.Reader, block.Type, keyDER, []byte(password), x509.PEMCipherAES256)
		if err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, keyFile), pem.EncodeToMemory(block))
	writeFile(t, filepath.Join(dir, certFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// writeFile replaces a file as careful tools do: by renaming.
func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// endpoint is a TLS server of certificates under test.
type endpoint struct {
	certs   *certificates
	address string
	reloads chan error
}

func serveCerts(t *testing.T, c config.TLS) *endpoint {
	t.Helper()
	certs, err := newCertificates(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{certs: certs, reloads: make(chan error, 16)}
	certs.reloaded = func(err error) { e.reloads <- err }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.address = l.Addr().String()
	server := &http.Server{ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	})}
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = server.Serve(certs.wrap(l)) })
	work.Go(func() { certs.watch(ctx) })
	t.Cleanup(func() {
		cancel()
		_ = server.Close()
		work.Wait()
	})
	return e
}

// serial connects as a client that asks for a name, and returns the serial number of the certificate it is shown.
func (e *endpoint) serial(t *testing.T, name string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", e.address, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// waitFor waits for a reload that ends as asked, passing over those that saw half of a change.
func (e *endpoint) waitFor(t *testing.T, sound bool) {
	t.Helper()
	for err := range e.reloads {
		if (err == nil) == sound {
			return
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	elsewhere := t.TempDir()
	writePair(t, dir, 1, "", "s3.example.net")
	writePair(t, filepath.Join(dir, "wild"), 2, "", "*.s3.example.net")
	writePair(t, elsewhere, 3, "", "linked.example.net")
	writePair(t, filepath.Join(dir, "..hidden"), 4, "", "hidden.example.net")
	writePair(t, filepath.Join(dir, "CAs"), 5, "", "authority.example.net")
	writeFile(t, filepath.Join(dir, "notes", "README"), []byte("no pair here"))
	if err := os.Symlink(elsewhere, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	e := serveCerts(t, config.TLS{Dir: dir})
	for name, want := range map[string]int64{
		"s3.example.net": 1, "photos.s3.example.net": 2, "linked.example.net": 3,
		"hidden.example.net": 1, "authority.example.net": 1, "unknown.example.net": 1, "": 1,
	} {
		if got := e.serial(t, name); got != want {
			t.Errorf("%q: got certificate %d, want %d", name, got, want)
		}
	}
}

func TestWithoutCertificates(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir(), filepath.Join(t.TempDir(), "absent")} {
		certs, err := newCertificates(config.TLS{Dir: dir}, slog.New(slog.DiscardHandler))
		if err != nil || certs.scheme() != "http" {
			t.Errorf("%q: got %v", dir, err)
			continue
		}
		certs.reload()
		certs.watch(t.Context()) // returns at once
	}
}

func TestUnusableCertificates(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"no key":         func(t *testing.T, dir string) { writePair(t, dir, 1, "", "a"); remove(t, dir, keyFile) },
		"no certificate": func(t *testing.T, dir string) { writePair(t, dir, 1, "", "a"); remove(t, dir, certFile) },
		"other key": func(t *testing.T, dir string) {
			writePair(t, dir, 1, "", "a")
			writePair(t, filepath.Join(dir, "b"), 1, "", "b")
			if err := os.Rename(filepath.Join(dir, "b", keyFile), filepath.Join(dir, keyFile)); err != nil {
				t.Fatal(err)
			}
		},
		"not PEM": func(t *testing.T, dir string) {
			writePair(t, dir, 1, "", "a")
			writeFile(t, filepath.Join(dir, keyFile), []byte("x"))
		},
		"bad subfolder": func(t *testing.T, dir string) {
			writePair(t, dir, 1, "", "a")
			writeFile(t, filepath.Join(dir, "b", certFile), nil)
		},
		"wrong password": func(t *testing.T, dir string) { writePair(t, dir, 1, "other-password", "a") },
		"PKCS #8 password": func(t *testing.T, dir string) {
			writePair(t, dir, 1, "", "a")
			writeFile(t, filepath.Join(dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			prepare(t, dir)
			_, err := newCertificates(config.TLS{Dir: dir, KeyPassword: "key-password"}, slog.New(slog.DiscardHandler))
			var fault *config.Fault
			if !errors.As(err, &fault) || strings.Contains(err.Error(), "key-password") {
				t.Errorf("got %v, want a fault", err)
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func TestEncryptedKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writePair(t, dir, 7, "key-password", "a")
	if got := serveCerts(t, config.TLS{Dir: dir, KeyPassword: "key-password"}).serial(t, "a"); got != 7 {
		t.Errorf("got certificate %d", got)
	}
	if _, err := newCertificates(config.TLS{Dir: dir}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "MINIO_CERT_PASSWD") {
		t.Errorf("without a password: got %v", err)
	}
}

// TestReload changes files under a server that is watching.
func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writePair(t, dir, 1, "", "a.example")
	e := serveCerts(t, config.TLS{Dir: dir})
	if got := e.serial(t, "a.example"); got != 1 {
		t.Fatalf("got certificate %d", got)
	}

	writePair(t, dir, 2, "", "a.example")
	e.signal(t, true)
	if got := e.serial(t, "a.example"); got != 2 {
		t.Errorf("after a change: got certificate %d, want 2", got)
	}

	writeFile(t, filepath.Join(dir, certFile), []byte("broken"))
	e.signal(t, false)
	if got := e.serial(t, "a.example"); got != 2 {
		t.Errorf("after a bad change: got certificate %d, want 2", got)
	}

	remove(t, dir, certFile)
	remove(t, dir, keyFile)
	e.signal(t, false)
	if got := e.serial(t, "a.example"); got != 2 {
		t.Errorf("after a removal: got certificate %d, want 2", got)
	}

	writePair(t, dir, 3, "", "a.example")
	writePair(t, filepath.Join(dir, "b"), 4, "", "b.example")
	e.signal(t, true)
	if a, b := e.serial(t, "a.example"), e.serial(t, "b.example"); a != 3 || b != 4 {
		t.Errorf("after a new folder: got certificates %d and %d, want 3 and 4", a, b)
	}
}

// signal reads the certificates as SIGHUP does: whatever the watcher has seen, afterwards they are current.
func (e *endpoint) signal(t *testing.T, sound bool) {
	t.Helper()
	e.certs.reload()
	e.waitFor(t, sound)
}

// TestWatch waits for the kernel's word about a change, and about one in a folder that is new.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writePair(t, dir, 1, "", "a.example")
	e := serveCerts(t, config.TLS{Dir: dir})
	tick := time.NewTicker(2 * watchSettle)
	defer tick.Stop()
	for serial := int64(2); ; serial++ { // the watcher may not be there yet: change until it has seen a change
		select {
		case err := <-e.reloads:
			if err != nil {
				t.Error(err)
			}
			return
		case <-tick.C:
			writeFile(t, filepath.Join(dir, "b", "touched"), fmt.Append(nil, serial))
		}
	}
}

// TestPlainRequestOnTLS checks that somebody who forgot the s in https is told.
func TestPlainRequestOnTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writePair(t, dir, 1, "", "a")
	e := serveCerts(t, config.TLS{Dir: dir})
	answer, err := http.Get("http://" + e.address + "/bucket/key")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d", answer.StatusCode)
	}
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writePair(t, dir, 1, "", "a")
	e := serveCerts(t, config.TLS{Dir: dir})
	for _, http2 := range []bool{true, false} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: http2}
		answer, err := (&http.Client{Transport: transport}).Get("https://" + e.address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		transport.CloseIdleConnections()
		if want := map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[http2]; err != nil || string(body) != want {
			t.Errorf("got %q %v, want %q", body, err, want)
		}
	}
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if conn, err := tls.Dial("tcp", e.address, old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
}

func TestOldCiphers(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{false, true} {
		c := (&certificates{oldCiphers: allowed}).config()
		offered := bytes.Contains([]byte(fmt.Sprint(c.CipherSuites)), []byte(fmt.Sprint(tls.TLS_RSA_WITH_AES_128_CBC_SHA)))
		if offered != allowed {
			t.Errorf("allowed %v: offered %v", allowed, offered)
		}
	}
}
