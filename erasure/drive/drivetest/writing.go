package drivetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

func testCreate(s *suite) {
	big := strings.Repeat("0123456789abcdef", 20000)
	for name, size := range map[string]int64{"exact": int64(len(big)), "unknown": -1, "more": 1 << 20, "less": 10} {
		w, err := s.d.Create(s.ctx, staged("c", name, "part.1"), size)
		s.check(err)
		for part := range slices.Chunk([]byte(big), 70000) {
			_, err := w.Write(part)
			s.check(err)
		}
		s.check(w.Close())
		w.Abort()
		s.commit(drive.Move(staged("c", name), drive.Path("v/created").Join(name)))
		info, err := s.d.Stat(s.ctx, drive.Path("v/created").Join(name, "part.1"))
		s.check(err)
		if info.Size != int64(len(big)) || s.file(drive.Path("v/created").Join(name, "part.1")) != big {
			s.Errorf("%s: got %d bytes, want %d", name, info.Size, len(big))
		}
	}
	s.stage(staged("twice"), "x")
	_, err := s.d.Create(s.ctx, staged("twice"), 1)
	s.want(err, drive.ErrExists, "creating a staged file twice")

	w, err := s.d.Create(s.ctx, staged("aborted", "deep", "file"), 5)
	s.check(err)
	_, err = io.WriteString(w, "bytes")
	s.check(err)
	w.Abort()
	w.Abort()
	if s.exists(staged("aborted", "deep", "file")) {
		s.Error("an aborted file is still there")
	}
	if err := w.Close(); err == nil {
		s.Error("closing an aborted file: got no error")
	}
	s.stage(staged("empty"), "")
	s.commit(drive.Move(staged("empty"), "v/empty"))
	s.wantFiles(map[drive.Path]string{"v/empty": ""})
}

func testDiscard(s *suite) {
	s.stage(staged("u", "dir", "a"), "a")
	s.stage(staged("u", "dir", "b"), "b")
	s.stage(staged("file"), "c")
	s.check(s.d.Discard(s.ctx, staged("u")))
	s.check(s.d.Discard(s.ctx, staged("u")))
	s.check(s.d.Discard(s.ctx, staged("u", "dir", "a")))
	s.check(s.d.Discard(s.ctx, staged("file")))
	for _, p := range []drive.Path{staged("u"), staged("u", "dir", "a"), staged("file")} {
		if s.exists(p) {
			s.Errorf("%s is still there", p)
		}
	}
	s.want(s.try("v/r", drive.Move(staged("u", "dir"), "v/r/d")), drive.ErrNotFound, "moving what was discarded")
}

func testEdits(s *suite) {
	s.commit(drive.Write("v/deep/er/file", []byte("1")))
	s.commit(drive.Write("v/deep/er/file", []byte("2 is longer")))
	s.commit(drive.Write("v/deep/file", nil))
	s.wantFiles(map[drive.Path]string{"v/deep/er/file": "2 is longer", "v/deep/file": ""})

	large := strings.Repeat("large ", 300<<10)
	s.commit(drive.Write("v/large/xl.meta", []byte(large)))
	s.wantFiles(map[drive.Path]string{"v/large/xl.meta": large})

	s.stage(staged("1", "d", "part.1"), "one")
	s.stage(staged("2", "d", "part.2"), "two")
	s.stage(staged("3"), "three")
	s.commit(drive.Move(staged("1", "d"), "v/o/d"))
	s.wantFiles(map[drive.Path]string{"v/o/d/part.1": "one", staged("1", "d", "part.1"): "absent"})
	s.commit(drive.Move(staged("2", "d"), "v/o/d"))
	s.wantFiles(map[drive.Path]string{"v/o/d/part.1": "absent", "v/o/d/part.2": "two"})
	s.commit(drive.Move(staged("3"), "v/o/d"))
	s.wantFiles(map[drive.Path]string{"v/o/d": "three", "v/o/d/part.2": "absent"})
	s.commit(drive.Move("v/deep", "v/o/d"))
	s.wantFiles(map[drive.Path]string{"v/o/d/er/file": "2 is longer", "v/o/d/file": "", "v/deep/file": "absent"})
	if s.exists("v/deep") {
		s.Error("a directory is still where it was moved from")
	}

	s.commit(drive.Write("v/p/q/r/file", nil), drive.Write("v/p/other", nil))
	s.commit(drive.Remove("v/p/q/r/file"))
	if s.exists("v/p/q") || !s.exists("v/p") {
		s.Error("removing a file takes exactly the parents along that are left empty")
	}
	s.commit(drive.Remove("v/p/other"), drive.Remove("v/never/was"))
	s.commit(drive.Remove("v/o"), drive.Remove("v/large"))
	if got := s.names("v"); len(got) != 0 {
		s.Errorf("after all was removed the volume holds %q", got)
	}
	s.commit(drive.Write(drive.System+"/config/iam/x/xl.meta", []byte("x")))
	s.wantFiles(map[drive.Path]string{drive.System + "/config/iam/x/xl.meta": "x"})
	s.commit(drive.Remove(drive.System + "/config/iam/x"))
	s.check(s.try("v/nothing")) // a commit of no edits changes nothing
}

// testEditSequences has edits of one commit build on one another.
func testEditSequences(s *suite) {
	tests := map[string]struct {
		edits []drive.Edit
		want  map[drive.Path]string
	}{
		"write then move": {
			[]drive.Edit{drive.Write("v/new", []byte("n")), drive.Move("v/new", "v/moved")},
			map[drive.Path]string{"v/new": "absent", "v/moved": "n"},
		},
		"write below, then move the directory": {
			[]drive.Edit{drive.Write("v/dir/new", []byte("n")), drive.Move("v/dir", "v/to")},
			map[drive.Path]string{"v/to/new": "n", "v/to/old": "old", "v/dir/old": "absent"},
		},
		"move then move on": {
			[]drive.Edit{drive.Move("v/dir", "v/to"), drive.Move("v/to", "v/at/last")},
			map[drive.Path]string{"v/at/last/old": "old", "v/to/old": "absent", "v/dir/old": "absent"},
		},
		"move then take out of it": {
			[]drive.Edit{drive.Move("v/dir", "v/to"), drive.Move("v/to/old", "v/out")},
			map[drive.Path]string{"v/out": "old", "v/to/old": "absent", "v/to/sub/deep": "deep"},
		},
		"move then write into it": {
			[]drive.Edit{drive.Move("v/dir", "v/to"), drive.Write("v/to/old", []byte("new"))},
			map[drive.Path]string{"v/to/old": "new", "v/to/sub/deep": "deep"},
		},
		"remove then write": {
			[]drive.Edit{drive.Remove("v/dir"), drive.Write("v/dir/new", []byte("n"))},
			map[drive.Path]string{"v/dir/new": "n", "v/dir/old": "absent", "v/dir/sub/deep": "absent"},
		},
		"write then remove": {
			[]drive.Edit{drive.Write("v/dir/new", []byte("n")), drive.Remove("v/dir")},
			map[drive.Path]string{"v/dir/new": "absent", "v/dir/old": "absent"},
		},
		"write twice": {
			[]drive.Edit{drive.Write("v/f", []byte("1")), drive.Write("v/f", []byte("2"))},
			map[drive.Path]string{"v/f": "2"},
		},
		"swap": {
			[]drive.Edit{drive.Move("v/dir", "v/x"), drive.Move("v/other", "v/dir"), drive.Move("v/x", "v/other")},
			map[drive.Path]string{"v/dir": "other", "v/other/old": "old", "v/other/sub/deep": "deep"},
		},
		"save, then replace": {
			[]drive.Edit{drive.Write("v/dir/id/old.bkp", []byte("old")), drive.Write("v/dir/old", []byte("new"))},
			map[drive.Path]string{"v/dir/id/old.bkp": "old", "v/dir/old": "new"},
		},
	}
	for name, test := range tests {
		s.commit(drive.Remove("v/dir"), drive.Write("v/dir/old", []byte("old")), drive.Write("v/dir/sub/deep", []byte("deep")),
			drive.Remove("v/other"), drive.Write("v/other", []byte("other")), drive.Remove("v/to"), drive.Remove("v/x"))
		if err := s.try("v/any", test.edits...); err != nil {
			s.Errorf("%s: %v", name, err)
			continue
		}
		for p, content := range test.want {
			if got := s.file(p); got != content {
				s.Errorf("%s: %s: got %q, want %q", name, p, got, content)
			}
		}
	}
	for name, edits := range map[string][]drive.Edit{
		"move what was removed":         {drive.Remove("v/dir"), drive.Move("v/dir", "v/to")},
		"move what is in what was gone": {drive.Remove("v/dir"), drive.Move("v/dir/old", "v/to")},
		"move what was moved away":      {drive.Move("v/other", "v/to"), drive.Move("v/other", "v/too")},
	} {
		s.commit(drive.Remove("v/dir"), drive.Write("v/dir/old", []byte("old")), drive.Remove("v/other"), drive.Write("v/other", nil), drive.Remove("v/to"))
		s.want(s.try("v/any", edits...), drive.ErrNotFound, "%s", name)
		s.wantFiles(map[drive.Path]string{"v/dir/old": "old", "v/other": "", "v/to": "absent"})
	}
}

// testRefused has commits fail for good reasons after edits that could have been done.
func testRefused(s *suite) {
	s.commit(drive.Write("v/file", []byte("f")), drive.Write("v/dir/a", []byte("a")))
	s.stage(staged("s"), "s")
	for _, test := range []struct {
		doing string
		last  drive.Edit
		want  error
	}{
		{"no source", drive.Move(staged("absent"), "v/x"), drive.ErrNotFound},
		{"no volume to write to", drive.Write("absent/x/y", nil), drive.ErrNotFound},
		{"no volume to write to, directly", drive.Write("absent/x", nil), drive.ErrNotFound},
		{"no volume to move to", drive.Move(staged("s"), "absent/x"), drive.ErrNotFound},
		{"no volume to remove from", drive.Remove("absent/x"), drive.ErrNotFound},
		{"a file over a directory", drive.Write("v/dir", nil), drive.ErrInvalid},
		{"below a file", drive.Write("v/file/below", nil), drive.ErrInvalid},
		{"far below a file", drive.Write("v/file/far/below", nil), drive.ErrInvalid},
		{"move below a file", drive.Move(staged("s"), "v/file/below"), drive.ErrInvalid},
		{"below what was written", drive.Write("v/n/below", nil), drive.ErrInvalid},
		{"over what was written below", drive.Write("v/m", nil), drive.ErrInvalid},
	} {
		stamp := s.stamp()
		good := []drive.Edit{drive.Write("v/n", []byte("n")), drive.Write("v/m/deep", nil), drive.Remove("v/dir/a"), test.last}
		if test.doing == "a file over a directory" {
			good = append([]drive.Edit{drive.Write("v/n", nil)}, test.last)
		}
		err := s.d.Commit(s.ctx, &drive.Commit{Stamp: stamp, Record: "v/rec", Edits: good})
		s.want(err, test.want, "%s", test.doing)
		s.wantFiles(map[drive.Path]string{"v/file": "f", "v/dir/a": "a", "v/n": "absent", "v/m/deep": "absent", staged("s"): "s"})
		if s.exists("v/m") {
			s.Errorf("%s: left a directory behind", test.doing)
		}
		err = s.d.Commit(s.ctx, &drive.Commit{Stamp: stamp, Record: "v/rec"})
		s.want(err, nil, "%s: the same stamp after the refusal", test.doing)
	}
}

// testRecordsInTheWay commits to "a" and "a/xl.meta" at once, which want a file and a directory at one place. One of them
// wins for good, and the other is refused.
func testRecordsInTheWay(s *suite) {
	for n := range 20 {
		outer := drive.Path(fmt.Sprintf("v/r%d", n))
		inner := outer.Join(drive.RecordName)
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, record := range []drive.Path{outer, inner} {
			wg.Go(func() { errs[i] = s.try(record, drive.Write(record.Join(drive.RecordName), []byte(record))) })
		}
		wg.Wait()
		won, lost := outer, inner
		if errs[0] != nil {
			won, lost = inner, outer
			errs[0], errs[1] = errs[1], errs[0]
		}
		s.want(errs[0], nil, "the first of %s and what is in its way", outer)
		s.want(errs[1], drive.ErrInvalid, "the second of %s and what is in its way", outer)
		s.wantFiles(map[drive.Path]string{won.Join(drive.RecordName): string(won), lost.Join(drive.RecordName): "absent"})
	}
}

func testLentBytes(s *suite) {
	b := []byte("before")
	s.commit(drive.Write("v/f", b))
	copy(b, "after!")
	w, err := s.d.Create(s.ctx, staged("f"), 6)
	s.check(err)
	copy(b, "before")
	_, err = w.Write(b)
	s.check(err)
	copy(b, "after!")
	s.check(w.Close())
	s.commit(drive.Move(staged("f"), "v/g"))
	s.wantFiles(map[drive.Path]string{"v/f": "before", "v/g": "before"})
}

func testStamps(s *suite) {
	try := func(epoch, seq uint64, record drive.Path, want error) {
		s.Helper()
		content := fmt.Sprint(epoch, seq)
		p := record.Join("xl.meta")
		before := s.file(p)
		err := s.d.Commit(s.ctx, &drive.Commit{Stamp: drive.Stamp{Epoch: epoch, Seq: seq}, Record: record,
			Edits: []drive.Edit{drive.Write(p, []byte(content))}})
		s.want(err, want, "epoch %d, number %d of %s", epoch, seq, record)
		if want != nil {
			content = before
		}
		if got := s.file(p); got != content {
			s.Errorf("epoch %d, number %d of %s: the record holds %q, want %q", epoch, seq, record, got, content)
		}
	}
	try(5, 10, "v/a", nil)
	try(5, 10, "v/a", drive.ErrStale)
	try(5, 9, "v/a", drive.ErrStale)
	try(5, 9, "v/b", nil) // another record
	try(5, 11, "v/a", nil)
	try(4, 100, "v/a", drive.ErrStale)
	try(4, 100, "v/c", drive.ErrStale)
	try(6, 1, "v/a", nil)
	try(5, 12, "v/b", drive.ErrStale)
	try(6, 0, "v/b", nil)
	try(6, 0, "v/b", drive.ErrStale)
}

func testFence(s *suite) {
	epoch := func(want uint64) {
		s.Helper()
		info, err := s.d.Info(s.ctx)
		s.check(err)
		if info.Epoch != want {
			s.Errorf("got epoch %d, want %d", info.Epoch, want)
		}
	}
	s.check(s.d.Fence(s.ctx, 7))
	epoch(7)
	s.check(s.d.Fence(s.ctx, 7))
	s.want(s.d.Fence(s.ctx, 6), drive.ErrStale, "an older fence")
	s.want(s.try("v/a", drive.Write("v/a/xl.meta", nil)), drive.ErrStale, "a commit of epoch 1 behind fence 7")
	err := s.d.Commit(s.ctx, &drive.Commit{Stamp: drive.Stamp{Epoch: 9}, Record: "v/a"})
	s.check(err)
	epoch(9)
	s.want(s.d.Fence(s.ctx, 8), drive.ErrStale, "a fence older than a commit")
}

// testFenceUnderLoad fences while commits run: when Fence has returned nothing of an older epoch changes any more.
func testFenceUnderLoad(s *suite) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := drive.Path(fmt.Sprintf("v/r%d/xl.meta", i))
			for n := 0; ; n++ {
				err := s.try(p[:len(p)-8], drive.Write(p, []byte(fmt.Sprint(n))))
				if errors.Is(err, drive.ErrStale) {
					return
				}
				if err != nil {
					s.Error(err)
					return
				}
			}
		})
	}
	for s.seq.Load() < 50 { // until they are under way
		s.check(s.try("v/turn", drive.Write("v/turn/xl.meta", nil)))
	}
	s.check(s.d.Fence(s.ctx, 2))
	snapshot := func() (all []string) {
		for i := range 8 {
			all = append(all, s.file(drive.Path(fmt.Sprintf("v/r%d/xl.meta", i))))
		}
		return all
	}
	at := snapshot()
	wg.Wait()
	if diff := cmp.Diff(at, snapshot()); diff != "" {
		s.Errorf("commits of an old epoch changed something behind the fence: %s", diff)
	}
}

func testConcurrentCommits(s *suite) {
	const workers, each = 16, 20
	var wg sync.WaitGroup
	var applied [4]atomic.Int64
	for i := range workers {
		wg.Go(func() {
			for n := range each {
				shared := (i + n) % 4
				stamp := s.stamp()
				p := drive.Path(fmt.Sprintf("v/shared%d", shared))
				content := fmt.Appendf(nil, "%d", stamp.Seq)
				err := s.d.Commit(s.ctx, &drive.Commit{Stamp: stamp, Record: p, Edits: []drive.Edit{
					drive.Write(p.Join("xl.meta"), content)}})
				if err == nil {
					for last := applied[shared].Load(); int64(stamp.Seq) > last; last = applied[shared].Load() {
						applied[shared].CompareAndSwap(last, int64(stamp.Seq))
					}
				} else if !errors.Is(err, drive.ErrStale) {
					s.Error(err)
				}
				own := drive.Path(fmt.Sprintf("v/own/%d/%d", i, n))
				if err := s.try(own, drive.Write(own.Join("xl.meta"), []byte(own))); err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i := range applied {
		p := drive.Path(fmt.Sprintf("v/shared%d/xl.meta", i))
		if got, want := s.file(p), fmt.Sprint(applied[i].Load()); got != want {
			s.Errorf("%s: got commit %s, the last that was acknowledged is %s", p, got, want)
		}
	}
	for i := range workers {
		for n := range each {
			own := drive.Path(fmt.Sprintf("v/own/%d/%d", i, n))
			if got := s.file(own.Join("xl.meta")); got != string(own) {
				s.Errorf("%s: got %q", own, got)
			}
		}
	}
}

// testOldOrNew reads a record while it is replaced.
func testOldOrNew(s *suite) {
	content := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n%26)}, 1000+n%7*1000) }
	s.commit(drive.Write("v/r/xl.meta", content(0)))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				b, err := s.d.ReadFile(s.ctx, "v/r/xl.meta", 1<<20)
				if err != nil || len(b) == 0 || len(b)%1000 != 0 || bytes.Count(b, b[:1]) != len(b) {
					s.Errorf("got %d bytes, %v: neither old nor new", len(b), err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := range 100 {
		s.check(s.try("v/r", drive.Write("v/r/xl.meta", content(n))))
	}
	close(done)
	wg.Wait()
}

// testPruneRace has commits remove the last file of a directory while others put one in.
func testPruneRace(s *suite) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := drive.Path(fmt.Sprintf("v/a/b/c/r%d", i))
			for n := range 40 {
				if err := s.try(p, drive.Write(p.Join("xl.meta"), []byte("x"))); err != nil {
					s.Errorf("write %d: %v", n, err)
					return
				}
				if got := s.file(p.Join("xl.meta")); got != "x" {
					s.Errorf("write %d: got %q", n, got)
					return
				}
				if err := s.try(p, drive.Remove(p.Join("xl.meta"))); err != nil {
					s.Errorf("remove %d: %v", n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := s.names("v"); len(got) != 0 {
		s.Errorf("the volume holds %q", got)
	}
}

// testStagingRace stages and moves below a directory others stage in.
func testStagingRace(s *suite) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 15 {
				name := fmt.Sprintf("%d-%d", i, n)
				w, err := s.d.Create(s.ctx, staged("shared", "dir", name), 4)
				if err != nil {
					s.Errorf("create %s: %v", name, err)
					return
				}
				io.WriteString(w, "data")
				if n%3 == 0 {
					w.Abort()
					continue
				}
				if err := w.Close(); err != nil {
					s.Errorf("close %s: %v", name, err)
					return
				}
				to := drive.Path("v/moved").Join(name)
				if err := s.try(to, drive.Move(staged("shared", "dir", name), to)); err != nil {
					s.Errorf("move %s: %v", name, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := s.names("v/moved"); len(got) != 8*10 {
		s.Errorf("%d files arrived, want 80", len(got))
	}
}
