package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/holdfast-io/holdfast/cmd/holdfast/serve"
	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// server reads the configuration and serves until a signal.
func (p process) server(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	started := time.Now()
	cfg, err := config.Load(config.Source{Args: args, Environ: p.environ, ReadFile: p.readFile})
	var usage *config.UsageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(stdout, "Incorrect Usage: %s\n\n", usage.Text)
		return serverHelp(stdout, exitError)
	case errors.Is(err, config.ErrHelp):
		return serverHelp(stdout, exitOK)
	case errors.Is(err, config.ErrNoDrives):
		return serverHelp(stdout, exitError)
	case err != nil:
		printFatal(stderr, err)
		return exitError
	}
	if cfg.MemLimit > 0 {
		debug.SetMemoryLimit(cfg.MemLimit)
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(signals)
	err = serve.Run(ctx, serve.Options{
		Config: cfg, Version: buildVersion(debug.ReadBuildInfo()), Stderr: stderr, Signals: signals, Started: started,
	})
	if err != nil {
		printFatal(stderr, err)
		return exitError
	}
	return exitOK
}

func serverHelp(w io.Writer, exit int) int {
	if err := config.WriteHelp(w); err != nil {
		return exitError
	}
	return exit
}
