package serve

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	watchSettle = 200 * time.Millisecond // tools write two files, and rename what they wrote: wait until they are done
	watchRetry  = 10 * time.Second       // how often the files are read while they cannot be watched
)

// watch reads the certificates again when their files change, until ctx ends. The kernel tells of changes; only while it
// cannot, as on some network mounts, the files are read every few seconds.
func (s *certificates) watch(ctx context.Context) {
	if s.current.Load() == nil {
		return
	}
	for ctx.Err() == nil {
		if err := s.watchFolders(ctx); err != nil {
			s.log.Debug("certificates cannot be watched", "err", err)
			retry := time.NewTimer(watchRetry)
			select {
			case <-ctx.Done():
			case <-retry.C:
				s.reload()
			}
			retry.Stop()
		}
	}
}

// watchFolders watches until folders come or go, then returns nil to be called again.
func (s *certificates) watchFolders(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }() // nothing is written through it
	for _, dir := range append(s.subfolders(), s.dir) {
		if err := w.Add(dir); err != nil {
			return err
		}
	}
	settled := time.NewTimer(watchSettle)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-w.Events:
			if !open {
				return fsnotify.ErrClosed
			}
			settled.Reset(watchSettle)
		case err := <-w.Errors:
			return err
		case <-settled.C:
			s.reload()
			return nil
		}
	}
}
