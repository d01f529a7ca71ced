package fault_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/test/harness"
)

var (
	rounds = flag.Int("rounds", number("HOLDFAST_KILL9_ROUNDS", 2), "how often TestKill9 kills the server")
	seed   = flag.Uint64("seed", uint64(number("HOLDFAST_KILL9_SEED", 0)), "what TestKill9 draws from; 0 draws a seed")
)

// number reads a number from the environment.
func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// clients is how many clients work at once.
const clients = 8

// TestKill9 kills the server at random moments and checks that nothing that was acknowledged is lost, torn or back.
func TestKill9(t *testing.T) {
	t.Parallel()
	from := *seed
	if from == 0 {
		from = rand.Uint64()
	}
	t.Logf("to draw the same again: -seed %d", from)
	draw := rand.New(rand.NewPCG(from, 0))

	s := harness.Start(t, harness.Options{Env: map[string]string{"MINIO_DELETE_CLEANUP_INTERVAL": "1s"}})
	makeBuckets(t, s.Client())
	l := &load{client: s.Client(), history: newHistory(), uploads: newUploads()}
	for round := range *rounds {
		killUnderLoad(t, s, l, moment(draw), draw.Uint64())
		s.Restart()
		audit(t, s, l)
		if !harness.Peer() {
			awaitTidy(t, s.Drives) // MinIO's scanner comes by now and then
		}
		if t.Failed() {
			keepDrives(t, s)
			t.Fatalf("in round %d; -seed %d", round+1, from)
		}
	}
	s.Stop()
	if !harness.Peer() {
		awaitTidy(t, s.Drives)
	}
	s.Restart()
	audit(t, s, l)
}

// keepDrives keeps what is on the drives of a server for whoever looks into a failure: go test -artifacts.
func keepDrives(t *testing.T, s *harness.Server) {
	t.Helper()
	s.Kill()
	for _, drive := range s.Drives {
		if err := os.CopyFS(filepath.Join(t.ArtifactDir(), filepath.Base(drive)), os.DirFS(drive)); err != nil {
			t.Errorf("keep the drives: %v", err)
		}
	}
}

func makeBuckets(t *testing.T, c *harness.Client) {
	t.Helper()
	for _, bucket := range []string{plainBucket, versionedBucket} {
		c.Must(t, harness.Request{Method: http.MethodPut, Bucket: bucket})
	}
	c.Must(t, harness.Request{
		Method: http.MethodPut, Bucket: versionedBucket, Query: "versioning",
		Body: []byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`),
	})
}

// moment draws how long a round lasts. Most are short: a server that was just started is as much a target as a busy one.
func moment(draw *rand.Rand) time.Duration {
	return 20*time.Millisecond + time.Duration(draw.Float64()*draw.Float64()*float64(2*time.Second))
}

// killUnderLoad lets clients work for a while and kills the server under them.
func killUnderLoad(t *testing.T, s *harness.Server, l *load, after time.Duration, seed uint64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	timer := time.NewTimer(after)
	defer timer.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.run(ctx, clients, seed)
	}()
	<-timer.C
	s.Kill()
	cancel()
	<-done
	l.client.HTTP.CloseIdleConnections()
	for _, err := range l.failures {
		t.Errorf("under load: %v", err)
	}
}

// audit compares the server with what its clients know.
func audit(t *testing.T, s *harness.Server, l *load) {
	t.Helper()
	a := &auditor{t: t, client: s.Client(), history: l.history, uploads: l.uploads}
	a.audit()
}
