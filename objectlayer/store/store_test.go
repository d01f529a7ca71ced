package store_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/objectlayertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSuite(t *testing.T) {
	t.Parallel()
	for _, s := range [][]shape{{{1, 0}}, {{4, 2}}, {{5, 2}}, {{4, 2}, {2, 1}}} {
		name := ""
		for _, p := range s {
			name += p.String() + " "
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objectlayertest.Run(t, func(t *testing.T) objectlayer.Store { return newRig(t, s...).Store })
		})
	}
}
