package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
	"github.com/holdfast-io/holdfast/objectlayer/store"
)

func open(t *testing.T, n int) objectlayer.Store {
	root := t.TempDir()
	drives := make([]drive.Drive, n)
	for i := range drives {
		dir := filepath.Join(root, string(rune('a'+i)))
		os.MkdirAll(filepath.Join(dir, ".minio.sys/tmp"), 0o777)
		drives[i] = dirDrive{dir}
	}
	classes, err := topology.ParseClasses("", "", n)
	if err != nil {
		t.Fatal(err)
	}
	set := erasure.NewSet(drives, erasure.Options{})
	s, err := store.Open(t.Context(), store.Options{
		Deployment: uuid.New(),
		Pools:      []store.Pool{{Sets: []*erasure.Set{set}, Classes: classes}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		set.Wait()
	})
	return s
}

func TestSuite(t *testing.T) {
	objectlayertest.Run(t, func(t *testing.T) objectlayer.Store { return open(t, 4) })
}
