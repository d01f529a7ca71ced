package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strconv"
	"syscall"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

// newRun returns a name no earlier run had.
func newRun() string { return strconv.FormatUint(rand.Uint64(), 36) }

// unique returns a name in dir that nothing has.
func (d *Drive) unique(dir string) string {
	return fmt.Sprintf("%s/%s.%d", dir, d.run, d.serial.Add(1))
}

// makeParent makes the directory a name is in, and those above it that are missing below its volume.
func (d *Drive) makeParent(name string) error {
	return durable.MkdirAll(d.files, path.Dir(name), volumeOf(name))
}

func volumeOf(name string) string {
	for i := range len(name) {
		if name[i] == '/' {
			return name[:i]
		}
	}
	return name
}

// again is how often a step is repeated when others keep removing the directory it needs.
const again = 100

// place renames a file or directory to a name where nothing is that it could not replace. Others may remove the parent of
// the name as long as it is empty.
func (d *Drive) place(from, to string) error {
	var err error
	for range again {
		if err = d.files.Rename(from, to); !errors.Is(err, syscall.ENOENT) {
			return err
		}
		if _, gone := d.files.Stat(from); gone != nil {
			return err
		}
		if err := d.makeParent(to); err != nil {
			return err
		}
	}
	return err
}

// replace renames a file or directory to a name, whatever is there.
func (d *Drive) replace(from, to string) error {
	err := d.place(from, to)
	if !inTheWay(err) {
		return err
	}
	if err := d.files.Exchange(from, to); err == nil {
		return d.dispose(from)
	}
	if err := d.dispose(to); err != nil { // a file system that cannot exchange: for a moment nothing is there
		return err
	}
	return d.place(from, to)
}

// inTheWay tells whether a rename failed because of what has the name.
func inTheWay(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST) ||
		errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR)
}

// smallFile is the size in bytes up to which a file is removed at once; the blocks of larger ones take time to give back.
const smallFile = 1 << 20

// dispose removes what is at a name, without waiting for the space. Absent is fine.
func (d *Drive) dispose(name string) error {
	info, err := d.files.Stat(name)
	if err == nil && !info.Dir && info.Size <= smallFile {
		err = d.files.Remove(name)
	} else if err == nil {
		err = d.files.Rename(name, d.unique(trashDir))
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return durable.RemoveAll(d.files, name, nil) // no room for a name in the trash
		}
		d.reaper.kick()
	}
	if absent(err) {
		return nil
	}
	return err
}

// prune removes the directory dir if it is empty, and those above it as long as they are, up to and without stop.
func (d *Drive) prune(dir, stop string) {
	for below(dir, stop) {
		if err := d.files.Rmdir(dir); err != nil && !absent(err) {
			return
		}
		dir = path.Dir(dir)
	}
}
