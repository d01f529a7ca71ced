package xlmeta

import "slices"

// Journal is one xl.meta: all versions of a key as one drive knows them, newest
// first, and the drive's shards of inline data. The zero Journal is empty and
// ready to use.
//
// A Journal never writes to the bytes it was decoded from, nor to what another
// Journal may share with it: a copy by assignment is independent of the
// original. Reading is safe from several goroutines while nobody edits.
type Journal struct {
	versions []Version
	inline   inlineSection
}

// Len is the number of versions, free-versions included.
func (j *Journal) Len() int { return len(j.versions) }

// Versions gives all versions, newest first, free-versions included. The slice
// is the journal's: do not change it, and do not use it after an edit.
func (j *Journal) Versions() []Version { return slices.Clip(j.versions) }

// Latest gives the current version: the first that is no free-version. It may
// be a delete marker. There is none when the key does not exist.
func (j *Journal) Latest() (Version, bool) {
	for _, v := range j.versions {
		if !v.FreeVersion() {
			return v, true
		}
	}
	return Version{}, false
}

// Find gives the version with an id; the zero id means the null version.
func (j *Journal) Find(id VersionID) (Version, bool) {
	if i := j.index(id); i >= 0 {
		return j.versions[i], true
	}
	return Version{}, false
}

func (j *Journal) index(id VersionID) int {
	for i := range j.versions {
		if j.versions[i].ID == id {
			return i
		}
	}
	return -1
}

// Dirs names the directories beside xl.meta that hold part files of any
// version, each once. Any other directory there that looks like a [DataDir] is
// garbage.
func (j *Journal) Dirs() ([]string, error) {
	var dirs []string
	for _, v := range j.versions {
		dir, err := v.Dir()
		if err != nil {
			return nil, err
		}
		if dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// Sharers counts the versions whose part files are in a directory, as named by
// [Version.Dir]. After the last of them was deleted the directory may go.
func (j *Journal) Sharers(dir string) (int, error) {
	count := 0
	for _, v := range j.versions {
		d, err := v.Dir()
		if err != nil {
			return 0, err
		}
		if d == dir {
			count++
		}
	}
	return count, nil
}

// Inline gives this drive's shard of a version with inline data, framed as in a
// shard file. It is empty for an empty object. Data is kept under the id of the
// version; servers of early 2021 used the data directory instead.
//
// The bytes are the journal's: do not change them. They stay valid after edits.
func (j *Journal) Inline(id VersionID) ([]byte, bool) {
	if len(j.inline) == 0 {
		return nil, false
	}
	if data, ok := j.inline.find(id.String()); ok {
		return data, true
	}
	v, ok := j.Find(id)
	if !ok || v.Type != TypeObject {
		return nil, false
	}
	dir, err := v.dataDir()
	if err != nil {
		return nil, false
	}
	return j.inline.find(dir.String())
}
