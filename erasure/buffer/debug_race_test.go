//go:build race

package buffer_test

import (
	"testing"

	"github.com/holdfast-io/holdfast/erasure/buffer"
)

func TestReleasedMemoryIsPoisoned(t *testing.T) {
	t.Parallel()
	b, err := buffer.New(4096).Get(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	bytes := b.Bytes()
	copy(bytes, "abc")
	b.Release()
	if got := string(bytes); got != "\xdb\xdb\xdb" {
		t.Errorf("got %q", got)
	}
}

func TestWriteAfterReleaseIsFound(t *testing.T) {
	t.Parallel()
	pool := buffer.New(4096)
	b, err := pool.Get(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	bytes := b.Bytes()
	b.Release()
	bytes[1] = 'x'
	defer func() {
		// The race build of sync.Pool drops some of what it is given; then there is nothing to find.
		if found := recover(); found == nil && pool.Stats().Allocations == 1 {
			t.Error("no panic")
		}
	}()
	if b, err = pool.Get(t.Context(), 3); err == nil {
		b.Release()
	}
}
