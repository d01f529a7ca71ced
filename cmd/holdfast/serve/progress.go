package serve

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// progress runs a step of starting or stopping. One that takes longer than a second is announced, then mentioned again at
// growing intervals, and its end is reported, so that nobody wonders what the server is doing.
func progress(ctx context.Context, log *slog.Logger, what string, step func(context.Context) error) error {
	start := time.Now()
	done := make(chan struct{})
	spoke := false
	var talker sync.WaitGroup
	talker.Go(func() {
		for wait := time.Second; ; wait = min(wait*4, time.Minute) {
			timer := time.NewTimer(wait)
			select {
			case <-done:
				timer.Stop()
				return
			case <-timer.C:
				log.Info(what, "took", time.Since(start).Round(time.Second))
				spoke = true
			}
		}
	})
	err := step(ctx)
	close(done)
	talker.Wait()
	if spoke && err == nil {
		log.Info(what+": done", "took", time.Since(start).Round(time.Millisecond))
	}
	return err
}
