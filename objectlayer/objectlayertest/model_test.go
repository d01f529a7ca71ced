package objectlayertest_test

import (
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
)

func TestModel(t *testing.T) {
	t.Parallel()
	objectlayertest.Run(t, func(*testing.T) objectlayer.Store { return objectlayertest.NewModel(nil) })
}

func TestDenied(t *testing.T) {
	t.Parallel()
	gate := objectlayertest.Gate{Backend: objectlayertest.NewModel(nil)}
	if _, err := gate.Store(objectlayer.Caller{}).ListBuckets(t.Context()); objectlayer.KindOf(err) != objectlayer.KindDenied {
		t.Errorf("an anonymous caller got %v, want denied", err)
	}
	if _, err := gate.Store(objectlayer.Caller{AccessKey: "ann"}).ListBuckets(t.Context()); err != nil {
		t.Errorf("a known caller got %v", err)
	}
}
