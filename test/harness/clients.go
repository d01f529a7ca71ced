package harness

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"
)

// Region is what the clients of this package sign for.
const Region = "us-east-1"

// requestPatience is how long a request may take in all, so that a server that hangs fails the test instead of the run.
const requestPatience = 5 * time.Minute

// HTTP returns a client that trusts the server's certificate, with connections of its own.
func (s *Server) HTTP() *http.Client {
	s.tb.Helper()
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64,
		DisableCompression:  true, // bodies are to be seen as they were sent
		TLSClientConfig:     s.TLSConfig(),
	}
	s.tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: requestPatience}
}

// TLSConfig trusts the server's certificate; nil without TLS.
func (s *Server) TLSConfig() *tls.Config {
	s.tb.Helper()
	if s.CAFile == "" {
		return nil
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		s.tb.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		s.tb.Fatalf("%s holds no certificate", s.CAFile)
	}
	return &tls.Config{RootCAs: roots}
}

// S3 returns a client of the AWS SDK. It tries every request once. Settings may be changed by options.
func (s *Server) S3(options ...func(*s3.Options)) *s3.Client {
	s.tb.Helper()
	o := s3.Options{
		BaseEndpoint: aws.String(s.URL),
		Region:       Region,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
		HTTPClient:   s.HTTP(),
		Retryer:      aws.NopRetryer{},
	}
	return s3.New(o, options...)
}

// MinIO returns a client of MinIO's SDK. It tries every request once.
func (s *Server) MinIO() *minio.Client {
	s.tb.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		s.tb.Fatal(err)
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:           miniocredentials.NewStaticV4(s.AccessKey, s.SecretKey, ""),
		Secure:          u.Scheme == "https",
		Transport:       s.HTTP().Transport,
		Region:          Region,
		MaxRetries:      1,
		TrailingHeaders: true, // as an option that checksums need
	})
	if err != nil {
		s.tb.Fatalf("MinIO's client: %v", err)
	}
	return client
}

// Client returns a client that sends requests as they are.
func (s *Server) Client() *Client {
	s.tb.Helper()
	return &Client{URL: s.URL, AccessKey: s.AccessKey, SecretKey: s.SecretKey, HTTP: s.HTTP()}
}
