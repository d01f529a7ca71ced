package serve

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// Names of a pair of files in a folder of certificates.
const (
	certFile = "public.crt"
	keyFile  = "private.key"
)

// certificates are the pairs in a folder: one at its top, which turns TLS on and is shown to clients that ask for a name
// nobody has, and one in each folder below it. They are replaced as a whole when the files change; while the new ones cannot
// be read, the old ones stay.
type certificates struct {
	dir        string
	password   config.Secret
	oldCiphers bool
	log        *slog.Logger
	current    atomic.Pointer[[]tls.Certificate] // the first is the one at the top; nil = no TLS
	reloaded   func(error)                       // tests listen here; may be nil
}

// newCertificates reads the folder. Without a pair at its top the server speaks plain HTTP.
func newCertificates(c config.TLS, log *slog.Logger) (*certificates, error) {
	s := &certificates{dir: c.Dir, password: c.KeyPassword, oldCiphers: c.OldCiphers, log: log}
	pairs, err := s.read()
	if err != nil {
		return nil, &config.Fault{
			What: "Unusable certificates in " + c.Dir, Reason: err.Error(), Err: err,
			Action: "Put " + certFile + " and " + keyFile + " there in PEM form, or remove both to serve without TLS",
		}
	}
	if len(pairs) > 0 {
		s.current.Store(&pairs)
	}
	return s, nil
}

// wrap puts TLS on a listener, when there is TLS. Package http answers a plain request on it with a 400.
func (s *certificates) wrap(l net.Listener) net.Listener {
	if s.current.Load() == nil {
		return l
	}
	return tls.NewListener(l, s.config())
}

func (s *certificates) scheme() string {
	if s.current.Load() == nil {
		return "http"
	}
	return "https"
}

func (s *certificates) config() *tls.Config {
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: s.choose,
	}
	if s.oldCiphers {
		for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			c.CipherSuites = append(c.CipherSuites, suite.ID)
		}
	}
	return c
}

// choose finds the pair for the name a client asks for.
func (s *certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	pairs := *s.current.Load()
	for i := range pairs {
		if hello.SupportsCertificate(&pairs[i]) == nil {
			return &pairs[i], nil
		}
	}
	return &pairs[0], nil
}

// reload reads the folder again. A server that began with TLS never falls back to none.
func (s *certificates) reload() {
	if s.current.Load() == nil {
		return
	}
	pairs, err := s.read()
	if err == nil && len(pairs) == 0 {
		err = fmt.Errorf("%s is gone", filepath.Join(s.dir, certFile))
	}
	if err != nil {
		s.log.Warn("kept the old certificates: the new ones cannot be used", "err", err)
	} else {
		s.current.Store(&pairs)
		s.log.Info("read the certificates", "certificates", len(pairs), "expires", pairs[0].Leaf.NotAfter.UTC())
	}
	if s.reloaded != nil {
		s.reloaded(err)
	}
}

// read reads all pairs; none when there is none at the top.
func (s *certificates) read() ([]tls.Certificate, error) {
	if s.dir == "" {
		return nil, nil
	}
	top, err := s.pair(s.dir)
	if errors.Is(err, errNoPair) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pairs := []tls.Certificate{top}
	for _, dir := range s.subfolders() {
		pair, err := s.pair(dir)
		if errors.Is(err, errNoPair) {
			continue
		}
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

// subfolders lists the folders that may hold pairs, links to folders among them. Names that begin with two dots belong to
// Kubernetes' way of replacing mounted secrets; CAs holds certificates of others.
func (s *certificates) subfolders() []string {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil // the pair at the top was readable: there is nothing to be had here
	}
	var dirs []string
	for _, e := range entries {
		path := filepath.Join(s.dir, e.Name())
		info, err := os.Stat(path)
		if err == nil && info.IsDir() && e.Name() != "CAs" && !strings.HasPrefix(e.Name(), "..") {
			dirs = append(dirs, path)
		}
	}
	return dirs
}

var errNoPair = errors.New("no certificate")

// pair reads the pair of a folder; errNoPair when neither file is there.
func (s *certificates) pair(dir string) (tls.Certificate, error) {
	cert, certErr := os.ReadFile(filepath.Join(dir, certFile))
	key, keyErr := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist) {
		return tls.Certificate{}, errNoPair
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return tls.Certificate{}, err
	}
	key, err := decryptKey(key, s.password.Reveal())
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %w", filepath.Join(dir, keyFile), err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %w", dir, err)
	}
	return pair, nil
}

// decryptKey takes the password off a private key in the old form of PEM encryption (RFC 1421), the one the server this one
// replaces reads. Keys without a password are returned as they are.
func decryptKey(key []byte, password string) ([]byte, error) {
	block, _ := pem.Decode(key)
	switch {
	case block == nil:
		return key, nil // tls says what is wrong with it
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, errors.New(`the key is encrypted in PKCS #8 form; convert it with "openssl rsa -aes256 -traditional"`)
	//lint:ignore SA1019 the form is old, and still what is in use
	case !x509.IsEncryptedPEMBlock(block):
		return key, nil
	case password == "":
		return nil, errors.New("the key is encrypted; set MINIO_CERT_PASSWD")
	}
	//lint:ignore SA1019 see above
	plain, err := x509.DecryptPEMBlock(block, []byte(password))
	if err != nil {
		return nil, errors.New("MINIO_CERT_PASSWD does not open the key")
	}
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: plain}), nil
}
