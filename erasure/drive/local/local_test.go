package local_test

import (
	"testing"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/drivetest"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
)

// small makes logs that tests fill up.
var small = local.Options{LogSize: commitlog.MinSize, Quiet: 50 * time.Millisecond}

// open opens a directory as a drive, and formats it if it is not.
func open(t testing.TB, root string, o local.Options) *local.Drive {
	t.Helper()
	d, err := local.Open(root, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadFormat(); err != nil {
		if err := d.WriteFormat([]byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestDrive(t *testing.T) {
	t.Parallel()
	drivetest.Run(t, func(t *testing.T) drive.Drive { return open(t, t.TempDir(), small) })
}
