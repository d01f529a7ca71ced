package drivetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

func testVolumes(s *suite) {
	for _, name := range []string{"zoo", "a.b-c", "b"} {
		s.check(s.d.MakeVolume(s.ctx, name))
	}
	s.want(s.d.MakeVolume(s.ctx, "b"), drive.ErrExists, "making a volume twice")
	s.want(s.d.MakeVolume(s.ctx, drive.System), drive.ErrExists, "making the system volume")
	s.commit(drive.Write("b/dir/file", []byte("x")))
	s.want(s.d.RemoveVolume(s.ctx, "b"), drive.ErrNotEmpty, "removing a volume with a file deep in it")
	s.commit(drive.Remove("b/dir/file"))
	s.check(s.d.RemoveVolume(s.ctx, "b"))
	s.want(s.d.RemoveVolume(s.ctx, "b"), drive.ErrNotFound, "removing a volume twice")
	s.want(s.d.RemoveVolume(s.ctx, drive.System), drive.ErrInvalid, "removing the system volume")
	s.want(s.try("b/r", drive.Write("b/r/xl.meta", nil)), drive.ErrNotFound, "writing to a removed volume")

	got, err := s.d.Volumes(s.ctx)
	s.check(err)
	want := []drive.DirEntry{{Name: "a.b-c", Dir: true}, {Name: "v", Dir: true}, {Name: "zoo", Dir: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Error(diff)
	}
	s.check(s.d.MakeVolume(s.ctx, "b"))
	if got := s.names("b"); len(got) != 0 {
		s.Errorf("a volume made anew holds %q", got)
	}
}

func testBadPaths(s *suite) {
	long := strings.Repeat("x", 256)
	s.commit(drive.Write("v/keep", []byte("x")))
	for _, bad := range []drive.Path{"", "/", "v/", "/v", "v//a", "v/./a", "v/../a", "..", "v/a\x00b", drive.Path("v/" + long),
		drive.Path(strings.Repeat("v/", 2100) + "v")} {
		calls := map[string]func() error{
			"ReadFile": func() error { _, err := s.d.ReadFile(s.ctx, bad, 1); return err },
			"Open":     func() error { _, err := s.d.Open(s.ctx, bad); return err },
			"Stat":     func() error { _, err := s.d.Stat(s.ctx, bad); return err },
			"List":     func() error { _, err := s.d.List(s.ctx, bad, "", 0); return err },
			"Create":   func() error { _, err := s.d.Create(s.ctx, drive.Staging+"/"+bad, 1); return err },
			"Discard":  func() error { return s.d.Discard(s.ctx, bad) },
			"Write":    func() error { return s.try("v/r", drive.Remove("v/keep"), drive.Write(bad, nil)) },
			"Move to":  func() error { return s.try("v/r", drive.Remove("v/keep"), drive.Move("v/keep", bad)) },
			"Move":     func() error { return s.try("v/r", drive.Remove("v/keep"), drive.Move(bad, "v/b")) },
			"Remove":   func() error { return s.try("v/r", drive.Remove("v/keep"), drive.Remove(bad)) },
			"record":   func() error { return s.try(bad, drive.Remove("v/keep")) },
		}
		for call, do := range calls {
			s.want(do(), drive.ErrInvalid, "%s %.20q", call, bad)
		}
	}
	for _, volume := range []string{"", ".", "..", "a/b", "a\x00", long} {
		s.want(s.d.MakeVolume(s.ctx, volume), drive.ErrInvalid, "MakeVolume %.20q", volume)
		s.want(s.d.RemoveVolume(s.ctx, volume), drive.ErrInvalid, "RemoveVolume %.20q", volume)
		_, err := s.d.Walk(s.ctx, volume, "", "")
		s.want(err, drive.ErrInvalid, "Walk %.20q", volume)
	}
	for _, whole := range []drive.Path{"v", drive.System, drive.Staging} {
		s.want(s.try("v/r", drive.Remove(whole)), drive.ErrInvalid, "removing %s by a commit", whole)
		s.want(s.try("v/r", drive.Write(whole, nil)), drive.ErrInvalid, "writing %s", whole)
		s.want(s.try("v/r", drive.Move(whole, "v/x")), drive.ErrInvalid, "moving %s", whole)
		s.want(s.d.Discard(s.ctx, whole), drive.ErrInvalid, "discarding %s", whole)
	}
	for _, p := range []drive.Path{"v/a", drive.Staging, "a", drive.System + "/x"} {
		_, err := s.d.Create(s.ctx, p, 1)
		s.want(err, drive.ErrInvalid, "staging outside of Staging: %s", p)
	}
	s.want(s.try("v/r", drive.Move("v/a", "v/a")), drive.ErrInvalid, "moving to itself")
	s.want(s.try("v/r", drive.Move("v/a", "v/a/b")), drive.ErrInvalid, "moving into itself")
	s.want(s.try("v/r", drive.Move("v/a/b", "v/a")), drive.ErrInvalid, "moving over what it is in")
	s.want(s.try("v/r", drive.Edit{Op: 9, Path: "v/a"}), drive.ErrInvalid, "an edit of no kind")
	s.want(s.try("v/r", drive.Write(staged("a"), nil)), drive.ErrInvalid, "writing where nobody looks")
	s.want(s.try("v/r", drive.Move("v/keep", staged("a"))), drive.ErrInvalid, "moving where nobody looks")
	s.wantFiles(map[drive.Path]string{"v/keep": "x"})
}

func testRead(s *suite) {
	s.commit(drive.Write("v/a/b/file", []byte("hello")), drive.Write("v/a/empty", nil))
	for _, p := range []drive.Path{"v/a/b/nothing", "v/nothing/b", "absent/a", "absent", "v/a/b", "v/a/b/file/below"} {
		_, err := s.d.ReadFile(s.ctx, p, 10)
		s.want(err, drive.ErrNotFound, "ReadFile %s", p)
		_, err = s.d.Open(s.ctx, p)
		s.want(err, drive.ErrNotFound, "Open %s", p)
		if p != "v/a/b" {
			_, err = s.d.Stat(s.ctx, p)
			s.want(err, drive.ErrNotFound, "Stat %s", p)
		}
	}
	_, err := s.d.ReadFile(s.ctx, "v/a/b/file", 4)
	s.want(err, drive.ErrCorrupt, "ReadFile of 5 bytes where 4 are allowed")
	b, err := s.d.ReadFile(s.ctx, "v/a/b/file", 5)
	s.check(err)
	clear(b) // it is ours
	s.wantFiles(map[drive.Path]string{"v/a/b/file": "hello", "v/a/empty": ""})

	info, err := s.d.Stat(s.ctx, "v/a/b/file")
	s.check(err)
	if info.Size != 5 || info.Dir || info.ModTime.IsZero() {
		s.Errorf("Stat of a file: got %+v", info)
	}
	for _, p := range []drive.Path{"v", "v/a", drive.System, drive.Staging} {
		if info, err := s.d.Stat(s.ctx, p); err != nil || !info.Dir {
			s.Errorf("Stat of directory %s: got %+v, %v", p, info, err)
		}
	}
}

func testOpenFiles(s *suite) {
	content := bytes.Repeat([]byte("0123456789"), 10000)
	s.stage(staged("1", "d", "part.1"), string(content))
	s.commit(drive.Move(staged("1", "d"), "v/o/d"), drive.Write("v/o/xl.meta", []byte("first")))
	part, err := s.d.Open(s.ctx, "v/o/d/part.1")
	s.check(err)
	defer part.Close()
	record, err := s.d.Open(s.ctx, "v/o/xl.meta")
	s.check(err)
	defer record.Close()
	if part.Size() != int64(len(content)) {
		s.Errorf("got size %d", part.Size())
	}
	s.commit(drive.Write("v/o/xl.meta", []byte("second, longer")), drive.Move("v/o/d", "v/p/d"))
	s.commit(drive.Remove("v/o/xl.meta"), drive.Remove("v/p/d"))
	b := make([]byte, 5)
	if _, err := record.ReadAt(b, 0); err != nil || string(b) != "first" {
		s.Errorf("reading what was replaced and removed: got %q, %v", b, err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			b := make([]byte, 1000)
			off := i * 1000
			if _, err := part.ReadAt(b, int64(off)); err != nil || !bytes.Equal(b, content[off:off+1000]) {
				s.Errorf("reading at %d what was moved and removed: %v", off, err)
			}
		})
	}
	wg.Wait()
	if n, err := part.ReadAt(b, part.Size()-2); n != 2 || err != io.EOF {
		s.Errorf("reading across the end: got %d, %v", n, err)
	}
	if n, err := part.ReadAt(b, part.Size()+100); n != 0 || err != io.EOF {
		s.Errorf("reading behind the end: got %d, %v", n, err)
	}
}

func testList(s *suite) {
	names := []string{"a", "a-b", "a.b", "a0", "b", "\xff", "\x01", "zz", "Z"}
	for _, n := range names {
		s.commit(drive.Write(drive.Path("v/dir").Join(n), nil))
	}
	s.commit(drive.Write("v/dir/d/file", nil))
	all := []drive.DirEntry{{Name: "\x01"}, {Name: "Z"}, {Name: "a"}, {Name: "a-b"}, {Name: "a.b"}, {Name: "a0"}, {Name: "b"},
		{Name: "d", Dir: true}, {Name: "zz"}, {Name: "\xff"}}
	for _, after := range []string{"", "a", "a/", "a-", "b", "zz", "\xff"} {
		for max := range 12 {
			var want []drive.DirEntry
			for _, e := range all {
				if e.Name > after && (max == 0 || len(want) < max) {
					want = append(want, e)
				}
			}
			got, err := s.d.List(s.ctx, "v/dir", after, max)
			s.check(err)
			if diff := cmp.Diff(want, got, cmpEmpty); diff != "" {
				s.Errorf("after %q, at most %d: %s", after, max, diff)
			}
		}
	}
	for _, p := range []drive.Path{"v/absent", "absent", "v/dir/a"} {
		_, err := s.d.List(s.ctx, p, "", 0)
		s.want(err, drive.ErrNotFound, "listing %s", p)
	}
}

// cmpEmpty makes nil and empty slices equal.
var cmpEmpty = cmp.Transformer("nil", func(s []drive.DirEntry) []drive.DirEntry { return append([]drive.DirEntry{}, s...) })

func testInfo(s *suite) {
	info, err := s.d.Info(s.ctx)
	s.check(err)
	if info.Total == 0 || info.Free > info.Total || info.Epoch != 0 {
		s.Errorf("got %+v", info)
	}
}

func testCancelled(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	s.commit(drive.Write("v/f", []byte("x")))
	_, err := s.d.ReadFile(ctx, "v/f", 1)
	s.want(err, context.Canceled, "ReadFile")
	_, err = s.d.List(ctx, "v", "", 0)
	s.want(err, context.Canceled, "List")
	_, err = s.d.Create(ctx, staged("a"), 1)
	s.want(err, context.Canceled, "Create")
	err = s.d.Commit(ctx, &drive.Commit{Stamp: s.stamp(), Record: "v", Edits: []drive.Edit{drive.Remove("v/f")}})
	s.want(err, context.Canceled, "Commit")
	s.wantFiles(map[drive.Path]string{"v/f": "x"})
}

func testClosed(s *suite) {
	s.commit(drive.Write("v/f", []byte("x")))
	walk, err := s.d.Walk(s.ctx, "v", "", "")
	s.check(err)
	s.check(s.d.Close())
	s.check(s.d.Close())
	calls := map[string]func() error{
		"ReadFile":     func() error { _, err := s.d.ReadFile(s.ctx, "v/f", 1); return err },
		"Open":         func() error { _, err := s.d.Open(s.ctx, "v/f"); return err },
		"Stat":         func() error { _, err := s.d.Stat(s.ctx, "v/f"); return err },
		"List":         func() error { _, err := s.d.List(s.ctx, "v", "", 0); return err },
		"Walk":         func() error { _, err := s.d.Walk(s.ctx, "v", "", ""); return err },
		"Next":         func() error { _, err := walk.Next(); return err },
		"Info":         func() error { _, err := s.d.Info(s.ctx); return err },
		"Volumes":      func() error { _, err := s.d.Volumes(s.ctx); return err },
		"MakeVolume":   func() error { return s.d.MakeVolume(s.ctx, "w") },
		"RemoveVolume": func() error { return s.d.RemoveVolume(s.ctx, "v") },
		"Create":       func() error { _, err := s.d.Create(s.ctx, staged("a"), 1); return err },
		"Discard":      func() error { return s.d.Discard(s.ctx, staged("a")) },
		"Commit":       func() error { return s.try("v/r", drive.Remove("v/f")) },
		"Fence":        func() error { return s.d.Fence(s.ctx, 9) },
	}
	for call, do := range calls {
		if err := do(); !errors.Is(err, drive.ErrOffline) {
			s.Errorf("%s on a closed drive: got %v", call, err)
		}
	}
	walk.Close()
	walk.Close()
}
