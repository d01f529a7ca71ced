// Package drivetest is the suite every drive must pass: what package drive promises, seen through its interface alone.
//
//	func TestDrive(t *testing.T) {
//		drivetest.Run(t, func(t *testing.T) drive.Drive { return mem.New() })
//	}
//
// What survives a crash is not tested here: an interface cannot be cut off its power.
package drivetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// Run runs the suite. open makes a formatted, empty drive; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) drive.Drive) {
	for _, part := range []struct {
		name string
		run  func(*suite)
	}{
		{"volumes", testVolumes},
		{"bad paths", testBadPaths},
		{"read", testRead},
		{"open files", testOpenFiles},
		{"list", testList},
		{"create", testCreate},
		{"discard", testDiscard},
		{"edits", testEdits},
		{"edits of one commit", testEditSequences},
		{"refused commits", testRefused},
		{"records in each other's way", testRecordsInTheWay},
		{"lent bytes", testLentBytes},
		{"stamps", testStamps},
		{"fence", testFence},
		{"fence under load", testFenceUnderLoad},
		{"concurrent commits", testConcurrentCommits},
		{"readers see old or new", testOldOrNew},
		{"removing against making", testPruneRace},
		{"staging against moving", testStagingRace},
		{"walk", testWalk},
		{"walk ranges", testWalkRanges},
		{"walk and seek", testSeek},
		{"walk random trees", testWalkRandom},
		{"walk ends", testWalkEnds},
		{"walk while it changes", testWalkWhileChanging},
		{"info", testInfo},
		{"cancelled", testCancelled},
		{"closed", testClosed},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			s := &suite{T: t, d: open(t), ctx: t.Context()}
			t.Cleanup(func() {
				if err := s.d.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			s.check(s.d.MakeVolume(s.ctx, "v"))
			part.run(s)
		})
	}
}

// suite is one test's drive with a volume "v", and shorthands. A shorthand that fails ends the test.
type suite struct {
	*testing.T
	d   drive.Drive
	ctx context.Context
	seq atomic.Uint64
}

func (s *suite) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// want fails the test unless err is the one wanted, nil meaning none.
func (s *suite) want(err, want error, doing string, args ...any) {
	s.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		s.Errorf("%s: got %v, want %v", fmt.Sprintf(doing, args...), err, want)
	}
}

// stamp returns the next stamp of epoch 1.
func (s *suite) stamp() drive.Stamp { return drive.Stamp{Epoch: 1, Seq: s.seq.Add(1)} }

func (s *suite) try(record drive.Path, edits ...drive.Edit) error {
	return s.d.Commit(s.ctx, &drive.Commit{Stamp: s.stamp(), Record: record, Edits: edits})
}

func (s *suite) commit(edits ...drive.Edit) {
	s.Helper()
	if err := s.try("v/any", edits...); err != nil {
		s.Fatalf("commit %s: %v", describe(edits), err)
	}
}

func describe(edits []drive.Edit) string {
	var text string
	for _, e := range edits {
		text += fmt.Sprintf(" %s %s<-%s", [...]string{"?", "write", "move", "remove"}[min(e.Op, 3)], e.Path, e.From)
	}
	return text
}

// stage makes a staged file.
func (s *suite) stage(p drive.Path, content string) {
	s.Helper()
	w, err := s.d.Create(s.ctx, p, int64(len(content)))
	s.check(err)
	_, err = io.WriteString(w, content)
	s.check(err)
	s.check(w.Close())
}

// file returns what a file holds, or "absent".
func (s *suite) file(p drive.Path) string {
	s.Helper()
	b, err := s.d.ReadFile(s.ctx, p, 64<<20)
	if errors.Is(err, drive.ErrNotFound) {
		return "absent"
	}
	s.check(err)
	return string(b)
}

// wantFiles compares what some files hold.
func (s *suite) wantFiles(want map[drive.Path]string) {
	s.Helper()
	for p, content := range want {
		if got := s.file(p); got != content {
			s.Errorf("%s: got %.40q, want %.40q", p, got, content)
		}
	}
}

func (s *suite) exists(p drive.Path) bool {
	s.Helper()
	_, err := s.d.Stat(s.ctx, p)
	if !errors.Is(err, drive.ErrNotFound) {
		s.check(err)
	}
	return err == nil
}

func staged(segments ...string) drive.Path { return drive.Staging.Join(segments...) }

func (s *suite) names(p drive.Path) []string {
	s.Helper()
	entries, err := s.d.List(s.ctx, p, "", 0)
	s.check(err)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}
