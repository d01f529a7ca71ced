package store

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// sweep lists what removes the directories of a record on one drive that no version names: what a commit or its cleaning up
// left when it was cut off. Directories that are being read stay until their last reader has gone.
func (h *healing) sweep(ctx context.Context, slot int, j *xlmeta.Journal) []drive.Edit {
	at, d := h.rec.at, h.rec.at.set.Drive(slot)
	named, err := j.Dirs()
	if err != nil {
		return nil
	}
	names, err := d.List(ctx, at.path(), "", 0)
	if err != nil {
		return nil
	}
	var edits []drive.Edit
	for _, e := range names {
		id, err := uuid.Parse(e.Name)
		if err != nil || !e.Dir || id.String() != e.Name || slices.Contains(named, e.Name) {
			continue
		}
		dir := at.path().Join(e.Name)
		if !isDataDir(ctx, d, dir) || !h.claim(xlmeta.DataDir(id)) {
			continue
		}
		edits = append(edits, drive.Remove(dir))
	}
	return edits
}

// isDataDir tells whether a directory holds files of a version. One with a name that looks right may as well be on the way to
// other keys, below which there are only directories.
func isDataDir(ctx context.Context, d drive.Drive, dir drive.Path) bool {
	inside, err := d.List(ctx, dir, "", 0)
	if err != nil || len(inside) == 0 {
		return false
	}
	return !slices.ContainsFunc(inside, func(e drive.DirEntry) bool {
		return e.Dir || !strings.HasPrefix(e.Name, "part.") && e.Name != backupName && e.Name != backupUpload
	})
}

// claim takes a directory out of use, unless it is being read.
func (h *healing) claim(dir xlmeta.DataDir) bool {
	for _, f := range h.retiring {
		if f.dir == dir {
			return f.move == ""
		}
	}
	claimed := h.store.pins.doom(h.rec.at, []xlmeta.DataDir{dir}, false)
	h.retiring = append(h.retiring, claimed...)
	return claimed[0].move == ""
}
