package local

import "errors"

// Abandon closes a drive as a crash would leave it: the log keeps what was not checkpointed.
func Abandon(d *Drive) {
	d.fail("test", errors.New("abandoned"))
	d.Close()
}

// LookNow has the next call look after the mount and the space.
func LookNow(d *Drive) {
	d.watch.attached.Store(0)
	d.watch.space.Store(0)
}

// AwaitReaper waits until the trash was emptied.
func AwaitReaper(d *Drive) { d.reaper.done.Wait() }

// SetWindow has directories read so many names at a time.
func SetWindow(d *Drive, n int) { d.windowSize = n }

// CachedWindows tells how many stretches of directories are remembered.
func CachedWindows(d *Drive) int {
	d.names.mu.Lock()
	defer d.names.mu.Unlock()
	return len(d.names.entries)
}
