package local_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(childRoot); root != "" {
		beKilled(root)
	}
	goleak.VerifyTestMain(m)
}
