package commitlog_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive/local/commitlog"
	"github.com/holdfast-io/holdfast/erasure/durable"
	"github.com/holdfast-io/holdfast/erasure/durable/durabletest"
)

var update = flag.Bool("update", false, "write testdata anew")

// TestVersion1 reads a segment written by the first version: three records, and a checkpoint's note.
func TestVersion1(t *testing.T) {
	t.Parallel()
	const file = "testdata/v1.commit.0"
	want := []string{"first", "", "third, after an empty one"}
	if *update {
		writeVersion1(t, file, want)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	disk := durabletest.NewDisk()
	if err := durable.WriteFile(disk.View(nil), "commit.0", b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, found(t, disk.View(nil))); diff != "" {
		t.Error(diff)
	}
	l, err := commitlog.Open(disk.View(nil), ".", options())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := l.Note(); got != (commitlog.Note{7}) || !l.Belongs(id) {
		t.Errorf("got note %v, belongs %v", got, l.Belongs(id))
	}
}

func writeVersion1(t *testing.T, file string, records []string) {
	disk := durabletest.NewDisk()
	o := options()
	o.Checkpoint = func() (commitlog.Note, error) { return commitlog.Note{7}, nil }
	for range 2 { // then both segments have been checkpointed
		l := start(t, disk.View(nil), o)
		add(t, l, []byte("checkpointed")).Applied()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := start(t, disk.View(nil), o)
	defer l.Close()
	for _, r := range records {
		add(t, l, []byte(r)).Applied()
	}
	if err := os.WriteFile(file, []byte(disk.Files()["commit.0"]), 0o666); err != nil {
		t.Fatal(err)
	}
}
