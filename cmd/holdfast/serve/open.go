package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
	"github.com/holdfast-io/holdfast/objectlayer/compress"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
	"github.com/holdfast-io/holdfast/objectlayer/store"
)

// openStore opens the drives of the configuration and the object engine on them.
func openStore(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Backend, error) {
	drives := localDrives{Drives: cfg.Drives, log: log}
	c, err := cluster.Open(ctx, cluster.Options{
		Pools:     cfg.Pools,
		Look:      drives.look,
		Open:      drives.open,
		Shared:    erasure.Options{Coders: new(code.Cache), Buffers: buffer.New(bufferBudget(cfg)), Logger: log},
		AllowRoot: cfg.Drives.AllowRoot,
		Patience:  cfg.Drives.MaxTimeout,
		Logger:    log,
	})
	if err != nil {
		return nil, openFault(err)
	}
	s, err := openEngine(ctx, cfg, c, log)
	if err != nil {
		return nil, errors.Join(engineFault(err, c), c.Close())
	}
	return &Backend{
		Store:  s,
		Status: func(ctx context.Context) metric.Status { return status(ctx, cfg, c) },
		Close: func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, closeTimeout/3)
			defer cancel()
			return errors.Join(within(ctx, s.Close), c.Close()) // a drive that hangs must not keep the others from being closed
		},
	}, nil
}

// within runs a step and leaves it behind when ctx ends.
func within(ctx context.Context, step func(context.Context) error) error {
	ended := make(chan error, 1)
	go func() { ended <- step(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// openFault tells the operator what to do about drives that cannot be served.
func openFault(err error) error {
	fault := &config.Fault{What: "Unable to use the drives", Reason: err.Error(), Err: err}
	switch {
	case errors.Is(err, cluster.ErrInUse):
		fault.What, fault.Action = "Drive in use", "Stop the other server, or give every drive once"
	case errors.Is(err, cluster.ErrRootDrive):
		fault.Action = "Mount the drives; to keep data on the root file system all the same, as trials do, set HOLDFAST_CI_CD=on"
	case errors.Is(err, cluster.ErrUnlabelled):
		fault.Action = "Put .minio.sys/format.json back from a backup; to begin anew, empty the drives"
	case errors.Is(err, cluster.ErrDeployments):
		fault.Action = "Give only the pools of one deployment"
	case errors.Is(err, label.ErrShape):
		fault.Action = "Give all drives of the pool, as they were given when it was formatted; more drives are a pool of their own"
	case errors.Is(err, label.ErrUnsupported):
		fault.Action = "Serve these drives with the software that formatted them, and copy the objects over through S3"
	default:
		fault.Action = "Check that all drives are mounted; holdfast inspect DRIVE... shows what is on them"
	}
	return fault
}

// engineFault says which drives are missing when there are too few of them.
func engineFault(err error, c *cluster.Cluster) error {
	if objectlayer.KindOf(err) != objectlayer.KindWriteQuorum {
		return err
	}
	var missing []string
	for _, m := range c.Members {
		if !m.Serves() {
			missing = append(missing, fmt.Sprintf("%s (%v)", m.Endpoint, m.Err))
		}
	}
	return &config.Fault{What: "Too few drives", Reason: "more than half of every set must serve; these do not: " + strings.Join(missing, ", "),
		Action: "Bring drives back; holdfast inspect DRIVE... reads what is on the others", Err: err}
}

// bufferBudget is the memory of all bodies on their way: a quarter of what the process may use, within sensible bounds.
func bufferBudget(cfg *config.Config) int64 { return min(max(cfg.Memory/4, 64<<20), 1<<30) }

// openEngine opens the object engine on the cluster's sets.
func openEngine(ctx context.Context, cfg *config.Config, c *cluster.Cluster, log *slog.Logger) (*store.Store, error) {
	o := store.Options{
		Deployment:   c.Deployment,
		AutoEncrypt:  cfg.KMS.AutoEncrypt,
		Compression:  compressing(cfg.Compression),
		InlineBlock:  cfg.Class.InlineBytes,
		KeepParity:   cfg.Class.Optimize == "capacity",
		StaleUploads: cfg.API.StaleUploadsExpiry,
		Logger:       log,
	}
	if cfg.KMS.KeyID != "" {
		kms, err := crypt.NewStaticKMS(cfg.KMS.KeyID, crypt.Key([]byte(cfg.KMS.Key.Reveal())))
		if err != nil {
			return nil, err
		}
		o.KMS = kms
	}
	for i, p := range cfg.Pools {
		classes, err := topology.ParseClasses(cfg.Class.Standard, cfg.Class.Reduced, p.SetDrives)
		if err != nil {
			return nil, err
		}
		o.Pools = append(o.Pools, store.Pool{Sets: c.Pools[i], Classes: classes})
	}
	if err := track(ctx, c); err != nil {
		return nil, err
	}
	return store.Open(ctx, o)
}

func compressing(c config.Compression) compress.Config {
	return compress.Config{Enabled: c.Enabled, AllowEncryption: c.AllowEncrypted, Extensions: c.Extensions, MimeTypes: c.Types}
}

// trackerPath is where MinIO keeps the note that a drive is being filled.
const trackerPath drive.Path = drive.System + "/buckets/.healing.bin"

// track leaves the note on drives that were formatted just now into a set that holds data.
func track(ctx context.Context, c *cluster.Cluster) error {
	for _, m := range c.Members {
		if !m.Fresh {
			continue
		}
		note := &drive.Commit{Record: drive.System + "/buckets", Edits: []drive.Edit{drive.Write(trackerPath, m.Tracker(time.Now()))}}
		if err := m.Drive.Commit(ctx, note); err != nil {
			return fmt.Errorf("%s: %w", m.Endpoint, err)
		}
	}
	return nil
}
