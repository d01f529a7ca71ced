package monitor_test

import (
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/drivetest"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/drive/mem"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
)

func openLocal(t testing.TB) *local.Drive {
	t.Helper()
	d, err := local.Open(t.TempDir(), local.Options{LogSize: commitlog.MinSize, Quiet: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.WriteFormat([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLocal(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(t *testing.T) drive.Drive { return monitor.New(openLocal(t), monitor.Options{}) })
}

func TestMem(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(*testing.T) drive.Drive { return monitor.New(mem.New(), monitor.Options{}) })
}

// One call at a time is slow, and must not be worse.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(*testing.T) drive.Drive { return monitor.New(mem.New(), monitor.Options{Calls: 1}) })
}
