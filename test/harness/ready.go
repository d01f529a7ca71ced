package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// awaitReady waits until a server that was started answers that it can read and write.
func (s *Server) awaitReady(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	client := s.HTTP()
	defer client.CloseIdleConnections()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	var last error
	for {
		if last = s.probe(ctx, client); last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("the server ended while starting: %w", exitError(p.err))
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready after %v: %w", startPatience, last)
		case <-ticker.C:
		}
	}
}

func exitError(err error) error {
	if err == nil {
		return fmt.Errorf("exit code 0")
	}
	return err
}

// probe asks once. The cluster probe is the one that looks at the drives.
func (s *Server) probe(ctx context.Context, client *http.Client) error {
	for _, path := range []string{"/minio/health/ready", "/minio/health/cluster"} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s: %s", path, response.Status)
		}
	}
	return nil
}
