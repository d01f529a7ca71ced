package inspect

import (
	"path"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// storedName is a key's name on the drives: a trailing slash is spelled out.
func storedName(key string) string {
	if s, ok := strings.CutSuffix(key, "/"); ok {
		return s + drive.DirSuffix
	}
	return key
}

// keyOf is the inverse of storedName.
func keyOf(name string) string {
	if s, ok := strings.CutSuffix(name, drive.DirSuffix); ok {
		return s + "/"
	}
	return name
}

// isBucketName tells whether a directory at the root of a drive is a bucket. Buckets of old releases may have names that none
// is given today.
func isBucketName(name string) bool {
	return !strings.HasPrefix(name, ".") && name != "lost+found"
}

// inEverySet tells whether each set has a document of this name of its own, instead of the one set that owns the name. Uploads lie in
// the set of the key they are for.
func inEverySet(volume, name string) bool {
	if volume != drive.System {
		return false
	}
	return isUpload(volume, name) ||
		strings.HasSuffix(name, "/.usage-cache.bin") || strings.HasSuffix(name, "/.usage-cache.bin.bkp")
}

// rawSystem lists what in the system volume is no record, or below which nothing is: scratch space, raw files of one drive, and
// state of our own.
var rawSystem = []string{
	systemVolume + "/tmp",
	systemVolume + "/tmp-old",
	ownState,
	labelFile,
	trackerFile,
	systemVolume + "/buckets/.heal",
	systemVolume + "/buckets/.replication",
}

func isRawSystem(path string) bool { return slices.Contains(rawSystem, path) }

// caches lists the records of the system volume that servers make anew from the rest, and that anybody may delete at any time. A
// server that stops does not wait for them, so they are often found half written.
var caches = []string{
	".usage-cache.bin", ".usage-cache.bin.bkp", ".usage.json", ".usage.json.bkp", ".bloomcycle.bin", ".background-heal.json", ".metacache",
}

func isCache(name string) bool {
	return strings.HasPrefix(name, systemVolume+"/buckets/") && slices.Contains(caches, path.Base(name))
}
