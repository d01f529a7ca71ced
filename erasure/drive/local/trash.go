package local

import (
	"errors"
	"path"
	"sync"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

// errStopped ends the emptying of the trash.
var errStopped = errors.New("drive is closing")

// reaper empties the trash, on one goroutine that lives as long as there is something in it.
type reaper struct {
	mu      sync.Mutex
	work    func() // set when the drive starts
	running bool
	more    bool // something was thrown away since the goroutine last looked
	stopped bool
	done    sync.WaitGroup
}

// start says how the trash is emptied, and has it looked at.
func (r *reaper) start(work func()) {
	r.mu.Lock()
	r.work = work
	r.mu.Unlock()
	r.kick()
}

// kick says that there is something in the trash.
func (r *reaper) kick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.more = true
	if r.running || r.stopped || r.work == nil {
		return
	}
	r.running = true
	r.done.Go(func() {
		for r.next() {
			r.work()
		}
	})
}

func (r *reaper) next() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = r.more && !r.stopped
	r.more = false
	return r.running
}

// err is errStopped once the goroutine shall end.
func (r *reaper) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return errStopped
	}
	return nil
}

// stop ends the goroutine and waits for it. What is left in the trash stays for the next time.
func (r *reaper) stop() {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.done.Wait()
}

// emptyTrash removes what has been thrown away so far.
func (d *Drive) emptyTrash() {
	for _, dir := range []string{trashDir, oldStaging} {
		entries, err := d.files.ReadDir(dir)
		for _, e := range entries {
			if err == nil {
				err = durable.RemoveAll(d.files, path.Join(dir, e.Name), d.reaper.err)
			}
		}
		if err != nil && !absent(err) && !errors.Is(err, errStopped) {
			d.log.Warn("trash is not emptied", "err", err)
			return
		}
	}
}

// sweep throws away what an earlier run, or MinIO, left in tmp.
func (d *Drive) sweep() error {
	for _, dir := range []string{staging, ownStaging} {
		entries, err := d.files.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			switch name := path.Join(dir, e.Name); name {
			case trashDir, ownStaging, markerFile:
			default:
				if err := d.dispose(name); err != nil {
					return err
				}
			}
		}
	}
	d.reaper.start(d.emptyTrash)
	return nil
}
