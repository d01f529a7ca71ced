package local

import (
	"path"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

// maxFormat bounds format.json, in bytes. MinIO's has a few hundred, and grows with the number of drives.
const maxFormat = 4 << 20

// ReadFormat returns the content of format.json, which says who the drive is. drive.ErrNotFound: it is not formatted.
func (d *Drive) ReadFormat() ([]byte, error) {
	d.gate.RLock()
	defer d.gate.RUnlock()
	if err := d.online(); err != nil {
		return nil, err
	}
	b, err := d.files.ReadFile(formatFile, maxFormat)
	return b, d.lift(err)
}

// WriteFormat replaces format.json, durably: the way MinIO does, through a file named by a uuid beside it. On an
// unformatted drive it makes what a formatted one has, and changes are possible from then on.
func (d *Drive) WriteFormat(data []byte) error {
	d.gate.RLock()
	defer d.gate.RUnlock()
	if err := d.online(); err != nil {
		return err
	}
	d.order.Lock()
	defer d.order.Unlock()
	if err := d.mkdirDurably(system); err != nil {
		return d.lift(err)
	}
	temp := system + "/" + uuid.NewString()
	if err := durable.Replace(d.files, formatFile, temp, data); err != nil {
		return d.lift(err)
	}
	if d.started.Load() {
		return nil
	}
	if err := d.start(); err != nil {
		return d.fail("start the formatted drive", err)
	}
	return nil
}

// makeSystemDirs makes what a formatted drive has, durably.
func (d *Drive) makeSystemDirs() error {
	for _, dir := range systemDirs {
		if err := d.mkdirDurably(dir); err != nil {
			return err
		}
	}
	return nil
}

// mkdirDurably makes a directory unless it is there.
func (d *Drive) mkdirDurably(name string) error {
	if info, err := d.files.Stat(name); err == nil && info.Dir {
		return nil
	}
	if err := d.files.Mkdir(name); err != nil {
		return err
	}
	return d.files.SyncDir(path.Dir(name))
}
