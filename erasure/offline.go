package erasure

import (
	"context"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// offline stands in a slot without a drive.
type offline struct{}

var _ drive.Drive = offline{}

func (offline) Info(context.Context) (drive.Info, error)               { return drive.Info{}, drive.ErrOffline }
func (offline) Volumes(context.Context) ([]drive.DirEntry, error)      { return nil, drive.ErrOffline }
func (offline) MakeVolume(context.Context, string) error               { return drive.ErrOffline }
func (offline) RemoveVolume(context.Context, string) error             { return drive.ErrOffline }
func (offline) Open(context.Context, drive.Path) (drive.Reader, error) { return nil, drive.ErrOffline }
func (offline) Discard(context.Context, drive.Path) error              { return drive.ErrOffline }
func (offline) Commit(context.Context, *drive.Commit) error            { return drive.ErrOffline }
func (offline) Fence(context.Context, uint64) error                    { return drive.ErrOffline }
func (offline) Close() error                                           { return nil }

func (offline) ReadFile(context.Context, drive.Path, int64) ([]byte, error) {
	return nil, drive.ErrOffline
}

func (offline) Stat(context.Context, drive.Path) (drive.FileInfo, error) {
	return drive.FileInfo{}, drive.ErrOffline
}

func (offline) List(context.Context, drive.Path, string, int) ([]drive.DirEntry, error) {
	return nil, drive.ErrOffline
}

func (offline) Walk(context.Context, string, string, string) (drive.Walker, error) {
	return nil, drive.ErrOffline
}

func (offline) Create(context.Context, drive.Path, int64) (drive.Writer, error) {
	return nil, drive.ErrOffline
}
