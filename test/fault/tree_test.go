package fault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// The layout of a drive is described in docs/format/drive-layout.md.
const (
	systemDir  = ".minio.sys"
	recordFile = "xl.meta"
	ownMarker  = "tmp/.holdfast/id" // by which a server knows that the staging folder is its own
)

// awaitTidy waits until the drives hold nothing that does not belong there. A running server may take its time with what it
// removes in the background.
func awaitTidy(t *testing.T, drives []string) {
	t.Helper()
	const patience = 30 * time.Second
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		var faults []string
		for _, drive := range drives {
			faults = append(faults, inspect(drive)...)
		}
		if len(faults) == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Errorf("%d faults on the drives after %v:\n%s", len(faults), patience, strings.Join(faults[:min(len(faults), 30)], "\n"))
			return
		}
	}
}

// inspect lists what is wrong with the tree of a drive.
func inspect(drive string) []string {
	v := &inspector{drive: drive}
	v.files("tmp-old")
	v.files("tmp")
	v.directory(filepath.Join(systemDir, "multipart")) // a server may keep what was begun until it is stale
	for _, entry := range v.read("") {
		if entry.Name() == systemDir {
			continue
		}
		if !entry.IsDir() {
			v.fault(entry.Name(), "a stray file")
			continue
		}
		v.directory(entry.Name())
	}
	for _, name := range []string{"buckets", "config"} {
		v.directory(filepath.Join(systemDir, name))
	}
	return v.faults
}

type inspector struct {
	drive  string
	faults []string
}

func (v *inspector) fault(path, format string, args ...any) {
	v.faults = append(v.faults, filepath.Join(v.drive, path)+": "+fmt.Sprintf(format, args...))
}

// read lists a directory; what vanishes meanwhile is not there.
func (v *inspector) read(path string) []fs.DirEntry {
	entries, err := os.ReadDir(filepath.Join(v.drive, path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.fault(path, "%v", err)
	}
	return entries
}

// files finds the files of a system folder that has to have none.
func (v *inspector) files(name string) {
	_ = filepath.WalkDir(filepath.Join(v.drive, systemDir, name), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(path, ownMarker) {
			v.faults = append(v.faults, path+": a leftover")
		}
		return nil // what vanishes meanwhile is not there
	})
}

// directory inspects a directory that is a record, a prefix, or both.
func (v *inspector) directory(path string) {
	entries := v.read(path)
	var data []string // directories the record names
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == recordFile }) {
		data = v.record(path)
	}
	for _, entry := range entries {
		child := filepath.Join(path, entry.Name())
		_, err := uuid.Parse(entry.Name())
		switch {
		case entry.Name() == recordFile, slices.Contains(data, entry.Name()):
		case !entry.IsDir():
			if !strings.HasPrefix(path, systemDir) { // the system has files of its own there
				v.fault(child, "a stray file")
			}
		case err == nil:
			v.fault(child, "a data directory that no record names, with %v; beside it: %v", v.read(child), entries)
		default:
			v.directory(child)
		}
	}
}

// record inspects a record and returns the data directories it names.
func (v *inspector) record(path string) []string {
	raw, err := os.ReadFile(filepath.Join(v.drive, path, recordFile))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			v.fault(path, "%v", err)
		}
		return nil
	}
	journal, err := xlmeta.Decode(raw)
	if err != nil {
		v.fault(path, "%v", err)
		return nil
	}
	for _, version := range journal.Versions() {
		v.version(path, version)
	}
	dirs, err := journal.Dirs()
	if err != nil {
		v.fault(path, "%v", err)
	}
	return dirs
}

// version checks that the files of a version are there.
func (v *inspector) version(path string, version xlmeta.Version) {
	if version.Type != xlmeta.TypeObject {
		return
	}
	object, err := version.Object()
	if err != nil {
		v.fault(path, "%v", err)
		return
	}
	dir, err := version.Dir()
	if err != nil || dir == "" || len(object.Parts) == 0 { // inline, or an upload in progress
		return
	}
	want := make([]string, 0, len(object.Parts))
	for _, part := range object.Parts {
		want = append(want, fmt.Sprintf("part.%d", part.Number))
	}
	for _, entry := range v.read(filepath.Join(path, dir)) {
		i := slices.Index(want, entry.Name())
		if i < 0 {
			v.fault(filepath.Join(path, dir, entry.Name()), "a part that the record does not name")
			continue
		}
		want = slices.Delete(want, i, i+1)
	}
	if len(want) > 0 {
		v.fault(filepath.Join(path, dir), "lacks %v", want)
	}
}
