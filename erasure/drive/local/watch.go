package local

import (
	"sync/atomic"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// lookEvery is how old what the drive knows of its mount and its space may get before a call looks again. There is no
// timer: an idle drive is not looked at.
const lookEvery = time.Second

// watch remembers when something was looked at last. Its clock starts with the drive.
type watch struct {
	since    time.Time
	attached atomic.Int64
	space    atomic.Int64
	spare    atomic.Int64 // bytes above the reserve, as of the last look
}

func (w *watch) attachedDue() bool { return w.due(&w.attached) }

// due tells one caller in a while to look.
func (w *watch) due(last *atomic.Int64) bool {
	now := int64(time.Since(w.since)) + int64(lookEvery) // so that the first call looks
	before := last.Load()
	return now-before >= int64(lookEvery) && last.CompareAndSwap(before, now)
}

// reserve is the space no new data is let into, so that there is room to delete: a hundredth of the file system, at most
// 1 GiB.
func reserve(total uint64) int64 { return int64(min(total/100, 1<<30)) }

// room tells whether n more bytes fit without touching the reserve.
func (d *Drive) room(n int64) error {
	if d.root == nil {
		return nil
	}
	if d.watch.due(&d.watch.space) {
		space, err := d.root.Space()
		if err != nil {
			return err
		}
		d.watch.spare.Store(int64(space.Free) - reserve(space.Total))
	}
	if left := d.watch.spare.Load(); n > left {
		return d.refuse(drive.ErrFull, "%d bytes do not fit into the %d left beside the reserve for deleting", n, max(left, 0))
	}
	return nil
}
