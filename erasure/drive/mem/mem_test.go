package mem_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/drivetest"
	"github.com/holdfast-io/holdfast/erasure/drive/mem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDrive(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(*testing.T) drive.Drive { return mem.New() })
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var back int
	for seed := range uint64(20) {
		d := mem.New()
		d.SetID("id")
		check(t, d.MakeVolume(ctx, "v"))
		commit := func(d *mem.Drive, seq uint64) error {
			return d.Commit(ctx, &drive.Commit{Stamp: drive.Stamp{Epoch: 3, Seq: seq}, Record: "v/r", Edits: []drive.Edit{
				drive.Write("v/r/xl.meta", []byte("x")), drive.Write("v/r/d/part.1", []byte("y"))}})
		}
		check(t, commit(d, 5))
		check(t, d.Discard(ctx, "v/r/d"))
		closed, err := d.Create(ctx, drive.Staging.Join("closed"), 1)
		check(t, err)
		check(t, closed.Close())
		open, err := d.Create(ctx, drive.Staging.Join("open"), 1)
		check(t, err)

		after := d.Crash(rand.New(rand.NewPCG(seed, 1)))
		if b, err := after.ReadFile(ctx, "v/r/xl.meta", 1); err != nil || string(b) != "x" {
			t.Errorf("got %q, %v", b, err)
		}
		if _, err := after.Stat(ctx, "v/r/d/part.1"); err == nil {
			back++
		}
		if names, err := after.List(ctx, drive.Staging, "", 0); err != nil || len(names) != 0 {
			t.Errorf("staged: %v, %v", names, err)
		}
		if info, err := after.Info(ctx); err != nil || info.ID != "id" || info.Epoch != 3 {
			t.Errorf("got %+v, %v", info, err)
		}
		if err := commit(after, 5); !errors.Is(err, drive.ErrStale) {
			t.Errorf("the same stamp after the crash: %v", err)
		}
		if err := commit(d, 6); !errors.Is(err, drive.ErrOffline) {
			t.Errorf("the drive that crashed: %v", err)
		}
		if _, err := io.WriteString(open, "x"); !errors.Is(err, drive.ErrOffline) {
			t.Errorf("writing on after the crash: %v", err)
		}
		open.Abort()
	}
	if back == 0 || back == 20 {
		t.Errorf("what was discarded came back in %d of 20 crashes", back)
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	d := mem.New()
	check(t, d.MakeVolume(t.Context(), "v"))
	check(t, d.Close())
	if _, err := d.Reopen().Stat(t.Context(), "v"); err != nil {
		t.Error(err)
	}
}
