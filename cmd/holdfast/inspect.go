package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// inspect looks at drives with what a server would know of them: their names, the key and the credential.
func (p process) inspect(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, err := config.Load(config.Source{Environ: p.environ, ReadFile: p.readFile, Offline: true})
	if err != nil {
		printFatal(stderr, err)
		return inspect.ExitFailed
	}
	env := inspect.Env{
		SetDrives: cfg.Drives.PerSet,
		Root:      crypt.Credentials{AccessKey: cfg.Root.AccessKey, SecretKey: cfg.Root.Secret.Reveal()},
		Terminal:  terminal(stderr),
	}
	for _, pool := range cfg.Pools {
		if pool.Legacy {
			env.Drives = append(env.Drives, pool.Drives...)
		} else {
			env.Drives = append(env.Drives, pool.Argument)
		}
	}
	if cfg.KMS.KeyID != "" {
		kms, err := crypt.NewStaticKMS(cfg.KMS.KeyID, crypt.Key([]byte(cfg.KMS.Key.Reveal())))
		if err != nil {
			printFatal(stderr, err)
			return inspect.ExitFailed
		}
		env.KMS = kms
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return inspect.Run(ctx, args, stdout, stderr, env)
}

// terminal tells whether somebody is watching.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
