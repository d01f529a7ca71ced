// Package serve puts the server together: it is the only package that knows all the others.
//
// # Concepts
//
// [Run] builds from the bottom up (log, credential, certificates, listeners, the store, the doors), serves, and takes down
// in reverse. The listeners are open before the store is, so that probes and people get an answer while drives are looked
// through; S3 requests are told to come back until then.
//
//	err := serve.Run(ctx, serve.Options{Config: cfg, Version: v, Stderr: os.Stderr, Signals: signals})
//
// What is behind the listeners is decided by the path alone ([handler]): probes, metrics and profiles below /minio/, which
// is no bucket; everything else belongs to the S3 door.
//
// # Stopping
//
// SIGTERM, SIGINT and SIGQUIT stop the server: no new connections, requests in progress get the shutdown timeout, then the
// store is closed, which empties the commit logs of the drives. SIGHUP reads the certificates again. A Run that ends by a
// signal returns nil.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/guard"
	"github.com/holdfast-io/holdfast/objectlayer/iam"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
)

// Options are what a server is made of. Config and Stderr are required.
type Options struct {
	Config  *config.Config
	Version Version
	Stderr  io.Writer
	Signals <-chan os.Signal
	Started time.Time // of the process; zero = now

	Open OpenFunc // nil: the drives of the configuration
	Door DoorFunc // nil: the S3 door
}

// Version is what runs.
type Version struct {
	Tag    string // such as v1.2.0
	Commit string
}

// OpenFunc opens what is served. It may take long; it returns when ctx ends.
type OpenFunc func(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Backend, error)

// Backend is what is served.
type Backend struct {
	Store objectlayer.Store
	// Status describes drives and sets now.
	Status func(ctx context.Context) metric.Status
	// Ready returns nil when requests can be served, or what is wrong: an error of the object layer. nil = always ready.
	Ready func(ctx context.Context) error
	// Close finishes what is under way and lets go of the drives.
	Close func(ctx context.Context) error
}

// DoorFunc makes the S3 door. The door names the operation of each request on its response, see [metric.Namer].
type DoorFunc func(cfg *config.Config, gate objectlayer.Gate, accounts objectlayer.Accounts, log *slog.Logger) http.Handler

// closeTimeout bounds the last step: emptying the commit logs.
const closeTimeout = 30 * time.Second

// server is a server in the making and at work.
type server struct {
	Options
	log       *slog.Logger
	accounts  *iam.Root
	storedIn  string // the file the credential was taken from; empty when it is configured
	certs     *certificates
	listeners []net.Listener
	figures   *metric.Figures
	handler   *handler
	http      *http.Server
	notify    notifier
	backend   atomic.Pointer[Backend]
}

// errStopped is the cause of the end of a server that was told to stop.
var errStopped = errors.New("stopped by a signal")

// Run serves until ctx ends, a signal tells it to stop, or a listener fails. An error that is a *config.Fault is the
// operator's to mend.
func Run(ctx context.Context, o Options) error {
	s := &server{Options: o.withDefaults(), log: newLogger(o.Stderr, o.Config.Log), notify: notifier{socket: o.Config.NotifySocket}}
	for _, warning := range o.Config.Warnings {
		s.log.Warn(warning)
	}
	for _, step := range []func() error{s.findCredential, s.loadCertificates, s.listen, s.buildHandler} {
		if err := step(); err != nil {
			return errors.Join(err, s.closeListeners())
		}
	}
	return s.run(ctx)
}

func (o Options) withDefaults() Options {
	if o.Started.IsZero() {
		o.Started = time.Now()
	}
	if o.Open == nil {
		o.Open = openStore
	}
	if o.Door == nil {
		o.Door = openDoor
	}
	return o
}

func (s *server) findCredential() error {
	root := s.Config.Root
	if root.AccessKey == "" {
		stored, path, made, err := config.StoredRoot(s.Config.StateDir)
		if err != nil {
			return err
		}
		if made {
			s.log.Info("made a credential for the operator", "file", path)
		}
		root, s.storedIn = stored, path
	}
	if root.WellKnown() {
		s.log.Warn("the password of the operator is one everybody knows; choose another with MINIO_ROOT_PASSWORD")
	}
	s.accounts = iam.NewRoot(root.AccessKey, root.Secret.Reveal())
	return nil
}

func (s *server) loadCertificates() (err error) {
	s.certs, err = newCertificates(s.Config.TLS, s.log)
	return err
}

func (s *server) listen() (err error) {
	s.listeners, err = listen(s.Config.Listen.Address)
	return err
}

// closeListeners is for a server that never served; afterwards package http closes them.
func (s *server) closeListeners() error {
	var errs []error
	for _, l := range s.listeners {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

func (s *server) buildHandler() error {
	s.figures = metric.New(metric.Options{
		Server: nodeName(s.Config.Listen.Address, s.listeners[0]), Version: s.Version.Tag, Commit: s.Version.Commit, Started: s.Started,
		Status: s.status, Patience: s.Config.API.ClusterDeadline,
	})
	var err error
	s.handler, err = newHandler(s)
	if err != nil {
		return err
	}
	s.http = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.Config.Listen.ReadHeaderTimeout,
		IdleTimeout:       s.Config.Listen.IdleTimeout,
		MaxHeaderBytes:    64 << 10, // more than S3 allows, so that the door can say so in its own words
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// status is the backend's, once there is one.
func (s *server) status(ctx context.Context) (metric.Status, bool) {
	b := s.backend.Load()
	if b == nil {
		return metric.Status{}, false
	}
	return b.Status(ctx), true
}

// run serves from listeners that are open until they are closed.
func (s *server) run(outer context.Context) error {
	ctx, stop := context.WithCancelCause(outer)
	defer stop(nil)
	var work errgroup.Group
	for _, l := range s.listeners {
		work.Go(func() error {
			if err := s.http.Serve(s.certs.wrap(l)); !errors.Is(err, http.ErrServerClosed) {
				stop(fmt.Errorf("listen on %s: %w", l.Addr(), err))
			}
			return nil
		})
	}
	work.Go(func() error { s.certs.watch(ctx); return nil })
	work.Go(func() error { s.heed(ctx, stop); return nil })

	err := s.open(ctx)
	if err == nil {
		s.announce()
		<-ctx.Done()
	}
	stop(err) // the first cause of the end stays
	down := s.takeDown()
	_ = work.Wait() // none of them fails
	if cause := context.Cause(ctx); outer.Err() == nil && !errors.Is(cause, errStopped) {
		return errors.Join(cause, down)
	}
	return down
}

// open opens the backend and lets requests through to it.
func (s *server) open(ctx context.Context) error {
	return progress(ctx, s.log, "opening the drives", func(ctx context.Context) error {
		b, err := s.Open(ctx, s.Config, s.log)
		if err != nil {
			return err
		}
		s.backend.Store(b)
		door := s.Door(s.Config, guard.New(b.Store, guard.RootOnly{}), s.accounts, s.log)
		s.handler.openDoor(s.figures.Count(door))
		return nil
	})
}

// announce tells the operator and the service manager that the server serves.
func (s *server) announce() {
	s.banner()
	if err := s.notify.ready(); err != nil {
		s.log.Warn("could not tell systemd that the server is ready", "err", err)
	}
}

// takeDown stops serving, then closes the backend.
func (s *server) takeDown() error {
	if err := s.notify.stopping(); err != nil {
		s.log.Warn("could not tell systemd that the server is stopping", "err", err)
	}
	drain, cancel := context.WithTimeout(context.Background(), s.Config.Listen.ShutdownTimeout)
	defer cancel()
	if err := s.http.Shutdown(drain); err != nil {
		s.log.Warn("requests were cut off", "took", s.Config.Listen.ShutdownTimeout)
		_ = s.http.Close() // what it closes is given up
	}
	b := s.backend.Load()
	if b == nil || b.Close == nil {
		return nil
	}
	closing, cancelClose := context.WithTimeout(context.Background(), closeTimeout)
	defer cancelClose()
	return progress(closing, s.log, "closing the drives", b.Close)
}

// heed acts on signals until ctx ends.
func (s *server) heed(ctx context.Context, stop context.CancelCauseFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case signal, open := <-s.Signals:
			switch {
			case !open:
				return
			case signal == syscall.SIGHUP:
				s.reload()
			default:
				s.log.Info("Exiting on signal: " + signalName(signal))
				stop(errStopped)
				return
			}
		}
	}
}

func (s *server) reload() {
	if err := s.notify.reloading(); err != nil {
		s.log.Warn("could not tell systemd that the server is reloading", "err", err)
	}
	s.certs.reload()
	if err := s.notify.ready(); err != nil {
		s.log.Warn("could not tell systemd that the server is ready", "err", err)
	}
}

func signalName(signal os.Signal) string {
	switch signal {
	case syscall.SIGTERM:
		return "TERMINATED"
	case os.Interrupt:
		return "INTERRUPT"
	case syscall.SIGQUIT:
		return "QUIT"
	}
	return signal.String()
}

// ready asks the backend; a server without one is not in the way of its readiness.
func (s *server) ready(ctx context.Context) error {
	b := s.backend.Load()
	if b == nil || b.Ready == nil {
		return nil
	}
	return b.Ready(ctx)
}
