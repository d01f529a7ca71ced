package local

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Volumes lists the directories below the root, the system volume not among them.
func (d *Drive) Volumes(ctx context.Context) ([]drive.DirEntry, error) {
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	defer d.leave()
	entries, err := d.files.ReadDir(".")
	if err != nil {
		return nil, d.lift(err)
	}
	var volumes []drive.DirEntry
	for _, e := range entries {
		if e.Dir && e.Name != system {
			volumes = append(volumes, drive.DirEntry{Name: e.Name, Dir: true})
		}
	}
	slices.SortFunc(volumes, func(a, b drive.DirEntry) int { return strings.Compare(a.Name, b.Name) })
	return volumes, nil
}

func validVolume(volume string) bool {
	return drive.Path(volume).Valid() && !strings.Contains(volume, "/")
}

// MakeVolume makes a volume, durably.
func (d *Drive) MakeVolume(ctx context.Context, volume string) error {
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.leave()
	if !validVolume(volume) {
		return d.refuse(drive.ErrInvalid, "volume %q", volume)
	}
	if err := d.files.Mkdir(volume); err != nil {
		return d.lift(err)
	}
	if err := d.files.SyncDir("."); err != nil {
		return d.fail("make volume", err)
	}
	return nil
}

// RemoveVolume removes a volume that holds no file, durably. No commit runs meanwhile.
func (d *Drive) RemoveVolume(ctx context.Context, volume string) error {
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.leave()
	if !validVolume(volume) || volume == system {
		return d.refuse(drive.ErrInvalid, "volume %q", volume)
	}
	d.order.Lock()
	defer d.order.Unlock()
	if err := d.needEmpty(ctx, volume); err != nil {
		return d.lift(err)
	}
	if err := d.files.Rename(volume, d.unique(trashDir)); err != nil {
		return d.lift(err)
	}
	d.reaper.kick()
	if err := d.files.SyncDir("."); err != nil {
		return d.fail("remove volume", err)
	}
	return nil
}

// needEmpty is ErrNotEmpty when a file lies anywhere below a directory.
func (d *Drive) needEmpty(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := d.files.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Dir {
			return drive.ErrNotEmpty
		}
	}
	for _, e := range entries {
		if err := d.needEmpty(ctx, path.Join(dir, e.Name)); err != nil {
			return err
		}
	}
	return nil
}
