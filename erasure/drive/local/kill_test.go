package local_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
)

// childRoot and childEpoch tell a process started by TestKill what it is for.
const (
	childRoot  = "HOLDFAST_TEST_KILL_ROOT"
	childEpoch = "HOLDFAST_TEST_KILL_EPOCH"
)

// killedWriters is how many goroutines of the child commit. Each has a record of its own, whose content is a number that
// goes up with every commit: inline, or as long as the number in a staged file.
const killedWriters = 8

func writerRecord(i int) drive.Path { return drive.Path(fmt.Sprintf("v/dir%d/r%d", i%3, i)) }

func writerContent(n uint64) []byte {
	return []byte(strings.Repeat(strconv.FormatUint(n, 10)+" ", 1+int(n%700)))
}

// beKilled commits until it is killed, and says on stdout what was acknowledged.
func beKilled(root string) {
	epoch, err := strconv.ParseUint(os.Getenv(childEpoch), 10, 64)
	if err != nil {
		die(err)
	}
	d, err := local.Open(root, small)
	if err != nil {
		die(err)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for i := range killedWriters {
		wg.Go(func() {
			for n := epoch * 1e6; ; n++ {
				if err := writeOnce(d, epoch, i, n); err != nil {
					die(err)
				}
				out.Lock()
				fmt.Println(i, n)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

func die(err error) {
	fmt.Fprintln(os.Stderr, "child:", err)
	os.Exit(3)
}

func writeOnce(d *local.Drive, epoch uint64, i int, n uint64) error {
	ctx := context.Background()
	record, id := writerRecord(i), strconv.FormatUint(n, 10)
	edits := []drive.Edit{drive.Write(record.Join("xl.meta"), writerContent(n))}
	if n%3 == 0 {
		stage := drive.Staging.Join("w" + strconv.Itoa(i) + "-" + id)
		w, err := d.Create(ctx, stage.Join("part.1"), -1)
		if err != nil {
			return err
		}
		if _, err := w.Write(writerContent(n)); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		edits = append([]drive.Edit{drive.Move(stage, record.Join(id))}, edits...)
	}
	if n%5 == 0 { // a record is also deleted from time to time, and comes back whole
		edits = append([]drive.Edit{drive.Remove(record)}, edits...)
	}
	return d.Commit(ctx, &drive.Commit{Stamp: drive.Stamp{Epoch: epoch, Seq: n}, Record: record, Edits: edits})
}

// checkWriter looks at a writer's record after a crash: it must hold the last number acknowledged, or one more.
func checkWriter(d *local.Drive, i int, acked uint64) error {
	ctx := context.Background()
	record := writerRecord(i)
	b, err := d.ReadFile(ctx, record.Join("xl.meta"), 1<<20)
	if err != nil {
		return fmt.Errorf("writer %d, acknowledged %d: %w", i, acked, err)
	}
	text, _, _ := strings.Cut(string(b), " ")
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || string(b) != string(writerContent(n)) {
		return fmt.Errorf("writer %d: torn record %.30q", i, b)
	}
	if n < acked || n > acked+1 && acked > 0 {
		return fmt.Errorf("writer %d: found %d, acknowledged %d", i, n, acked)
	}
	if n%3 != 0 {
		return nil
	}
	b, err = d.ReadFile(ctx, record.Join(text, "part.1"), 1<<20)
	if err != nil || string(b) != string(writerContent(n)) {
		return fmt.Errorf("writer %d: staged data of %d: %.30q, %w", i, n, b, err)
	}
	return nil
}

// TestKill kills a process that commits, again and again, and looks whether it kept its word.
func TestKill(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := open(t, root, small)
	check(t, d.MakeVolume(t.Context(), "v"))
	check(t, d.Close())
	rng := rand.New(rand.NewPCG(1, 1))
	for epoch := uint64(1); epoch <= 6; epoch++ {
		acked := runAndKill(t, root, epoch, 50+rng.IntN(400))
		d := open(t, root, small)
		for i, n := range acked {
			if n == 0 {
				continue
			}
			if err := checkWriter(d, i, n); err != nil {
				t.Errorf("round %d: %v", epoch, err)
			}
		}
		check(t, d.Close())
	}
}

// runAndKill starts a child, kills it after so many acknowledgements and returns the last of each writer.
func runAndKill(t *testing.T, root string, epoch uint64, acks int) []uint64 {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childRoot+"="+root, fmt.Sprintf("%s=%d", childEpoch, epoch))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	acked := make([]uint64, killedWriters)
	lines := bufio.NewReader(out)
	for count := 0; ; count++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		check(t, err)
		var i int
		var n uint64
		if _, err := fmt.Sscan(line, &i, &n); err != nil {
			t.Fatalf("child said %q", line)
		}
		acked[i] = n
		if count == acks {
			check(t, child.Process.Kill())
		}
	}
	if err := child.Wait(); child.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child was not killed: %v", err)
	}
	return acked
}
