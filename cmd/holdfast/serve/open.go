package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/buffer"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
	"github.com/holdfast-io/holdfast/objectlayer/compress"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
	"github.com/holdfast-io/holdfast/objectlayer/metric"
	"github.com/holdfast-io/holdfast/objectlayer/store"
)

// openStore opens the drives of the configuration and the object engine on them.
func openStore(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Backend, error) {
	for _, p := range cfg.Pools {
		for _, d := range p.Drives {
			if strings.Contains(d, "://") {
				return nil, &config.Fault{What: "Drive on another host", Reason: d + " is not a local path",
					Action: "This release serves local drives; give their paths"}
			}
		}
	}
	c, err := cluster.Open(ctx, cluster.Options{
		Pools:     cfg.Pools,
		Open:      driveOpener(log),
		Shared:    erasure.Options{Coders: new(code.Cache), Buffers: buffer.New(bufferBudget(cfg)), Logger: log},
		AllowRoot: cfg.Drives.AllowRoot,
		Logger:    log,
	})
	if err != nil {
		return nil, openFault(err)
	}
	s, err := openEngine(ctx, cfg, c, log)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &Backend{
		Store:  s,
		Status: func(ctx context.Context) metric.Status { return status(ctx, cfg, c) },
		Close: func(ctx context.Context) error {
			return errors.Join(s.Close(ctx), c.Close())
		},
	}, nil
}

// localDrive is a drive of this machine, and where it lies.
type localDrive struct {
	*local.Drive
	onRoot bool
}

// OnRoot implements cluster.Drive.
func (d localDrive) OnRoot() bool { return d.onRoot }

// driveOpener opens local drives for the cluster. A folder that is not there is made, as MinIO does.
func driveOpener(log *slog.Logger) func(context.Context, string) (cluster.Drive, error) {
	return func(_ context.Context, path string) (cluster.Drive, error) {
		if err := os.MkdirAll(path, 0o777); err != nil {
			return nil, err
		}
		root, err := onRootFileSystem(path)
		if err != nil {
			return nil, err
		}
		d, err := local.Open(path, local.Options{Logger: log})
		if errors.Is(err, local.ErrInUse) {
			err = fmt.Errorf("%w: %w", cluster.ErrInUse, err)
		}
		if err != nil {
			return nil, err
		}
		return localDrive{d, root}, nil
	}
}

// onRootFileSystem tells whether a folder lies on the file system of "/".
func onRootFileSystem(path string) (bool, error) {
	var here, root unix.Stat_t
	if err := errors.Join(unix.Stat(path, &here), unix.Stat("/", &root)); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return here.Dev == root.Dev, nil
}

// openFault tells the operator what to do about drives that cannot be served.
func openFault(err error) error {
	if errors.Is(err, cluster.ErrInUse) {
		return &config.Fault{What: "Drive in use", Reason: err.Error(), Action: "Stop the other server first", Err: err}
	}
	return &config.Fault{What: "Unable to use the drives", Reason: err.Error(),
		Action: "Check that all drives are mounted and named as when they were formatted; holdfast inspect DRIVE... shows what is on them", Err: err}
}

// bufferBudget is the memory of all bodies on their way: a quarter of what the process may use, within sensible bounds.
func bufferBudget(cfg *config.Config) int64 {
	const least, most = 64 << 20, 1 << 30
	if cfg.MemLimit == 0 {
		return 256 << 20
	}
	return min(max(cfg.MemLimit/4, least), most)
}

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
