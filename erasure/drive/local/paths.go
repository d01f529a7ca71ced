package local

import (
	"path"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// The drive's own places. Names are relative to the root.
const (
	system     = drive.System
	staging    = string(drive.Staging)
	trashDir   = staging + "/.trash"
	oldStaging = system + "/tmp-old"    // where MinIO leaves what it swept
	ownStaging = staging + "/.holdfast" // files on their way, gone after a crash or when MinIO starts
	markerFile = ownStaging + "/id"
	stateDir   = system + "/holdfast"
	epochFile  = stateDir + "/epoch"
	formatFile = system + "/format.json"
)

// systemDirs are made on every formatted drive, parents first. MinIO expects all but the last two.
var systemDirs = []string{
	staging, trashDir, system + "/multipart", system + "/buckets", system + "/config", stateDir, ownStaging,
}

// within tells whether p is dir or lies below it.
func within(p, dir string) bool {
	return strings.HasPrefix(p, dir) && (len(p) == len(dir) || p[len(dir)] == '/')
}

// below tells whether p lies below dir.
func below(p, dir string) bool { return len(p) > len(dir) && within(p, dir) }

// editable tells whether a commit may name the path: it lies below a volume, and is not the drive's own.
func editable(p drive.Path) bool {
	if !p.Valid() || !strings.Contains(string(p), "/") {
		return false
	}
	s := string(p)
	if !below(s, system) {
		return true
	}
	switch s {
	case formatFile, staging, oldStaging, stateDir, epochFile:
		return false
	}
	return !within(s, trashDir) && !within(s, ownStaging) &&
		!(path.Dir(s) == stateDir && strings.HasPrefix(path.Base(s), "commit."))
}

// keepDir is the directory above a path that stays when everything else above it is empty: its volume, or one of the
// directories expected below the system volume.
func keepDir(p string) string {
	volume, rest, _ := strings.Cut(p, "/")
	if volume != system {
		return volume
	}
	first, _, _ := strings.Cut(rest, "/")
	switch dir := system + "/" + first; dir {
	case staging, oldStaging, stateDir, system + "/multipart", system + "/buckets", system + "/config":
		return dir
	}
	return volume
}
