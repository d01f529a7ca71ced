package drivetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// recordPath is where the record of a key lies.
func recordPath(key string) drive.Path {
	if base, ok := strings.CutSuffix(key, "/"); ok {
		key = base + drive.DirSuffix
	}
	return drive.Path("v/" + key)
}

// fill writes a record for each key. A record holds its key.
func (s *suite) fill(keys []string) {
	s.Helper()
	edits := make([]drive.Edit, len(keys))
	for i, key := range keys {
		edits[i] = drive.Write(recordPath(key).Join(drive.RecordName), []byte(key))
	}
	s.commit(edits...)
}

// walk returns all keys a walk meets.
func (s *suite) walk(prefix, after string) []string {
	s.Helper()
	w, err := s.d.Walk(s.ctx, "v", prefix, after)
	s.check(err)
	defer w.Close()
	return s.rest(w)
}

func (s *suite) rest(w drive.Walker) []string {
	s.Helper()
	keys := []string{}
	for {
		e, err := w.Next()
		if err == io.EOF {
			return keys
		}
		s.check(err)
		if string(e.Record) != e.Key {
			s.Errorf("record of %q holds %q", e.Key, e.Record)
		}
		keys = append(keys, e.Key)
	}
}

// inRange filters sorted keys as a walk does.
func inRange(keys []string, prefix, after string) []string {
	in := []string{}
	for _, key := range keys {
		if strings.HasPrefix(key, prefix) && key > after {
			in = append(in, key)
		}
	}
	return in
}

// nasty are keys whose order is not that of their directories.
var nasty = []string{
	"a", "a-", "a-b", "a-b/c", "a.", "a.b", "a/", "a/b", "a/b/", "a/b/c", "a/b-c", "a0", "aa", "a\x01", "a\xff", "a\xff/b",
	"nest", "nest/", "nest/child", "nest/child/grandchild", "nest.txt", "nest-/x",
	"xl.meta", "q/xl.meta", "q/xl.meta/x", "deep/a/b/c/d/e/f/g", "deep/a/b/c/d/e/f", "deep/a", "deep/",
	"space key/with more", "Uppercase", "ünïcödé/ключ", "trailing.", "part.1", "part.1/x",
	"literal__XLDIR__/below", "literal__XLDIR__x", "literal0", "__XLDIR__x",
	"0b36afb8-2c62-4b7c-a0a0-7a5f3a5a5a5a", "0b36afb8-2c62-4b7c-a0a0-7a5f3a5a5a5a/in",
	"sub/0b36afb8-2c62-4b7c-a0a0-7a5f3a5a5a5b",
}

func sorted(keys []string) []string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return keys
}

func testWalk(s *suite) {
	s.fill(nasty)
	s.stage(staged("d", "part.1"), "shard")
	s.commit(drive.Move(staged("d"), recordPath("a").Join("9f7a3a5e-0000-4b7c-a0a0-7a5f3a5a5a5a")))
	s.commit(drive.Write(recordPath("nest").Join("8f7a3a5e-0000-4b7c-a0a0-7a5f3a5a5a5a", "xl.meta.bkp"), []byte("backup")))
	s.commit(drive.Write("v/no/record/here", nil), drive.Write("v/stray", nil))
	if diff := cmp.Diff(sorted(nasty), s.walk("", "")); diff != "" {
		s.Error(diff)
	}
	s.commit(drive.Write(drive.System+"/config/iam/users/alice/xl.meta", []byte("config/iam/users/alice")))
	w, err := s.d.Walk(s.ctx, drive.System, "config/iam/", "")
	s.check(err)
	if diff := cmp.Diff([]string{"config/iam/users/alice"}, s.rest(w)); diff != "" {
		s.Errorf("in the system volume: %s", diff)
	}
}

func testWalkRanges(s *suite) {
	s.fill(nasty)
	all := sorted(nasty)
	points := []string{"", "a", "a-", "a/", "a/b", "a/b/", "a0", "b", "deep/a/b", "deep", "nest", "nest/", "n", "zzz", "\xff", "a\xff",
		"literal", "literal__", "literal__XLDIR__", "literal__XLDIR__/", "lit0", "x", "xl.meta", "xl.meta/", "no/such/prefix/",
		"//", "/", "a//", "..", "../", strings.Repeat("x", 300), strings.Repeat("x", 300) + "/"}
	for _, prefix := range points {
		for _, after := range points {
			if diff := cmp.Diff(inRange(all, prefix, after), s.walk(prefix, after)); diff != "" {
				s.Errorf("prefix %q after %q: %s", prefix, after, diff)
			}
		}
	}
}

func testSeek(s *suite) {
	s.fill(nasty)
	all := sorted(nasty)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		w, err := s.d.Walk(s.ctx, "v", "", "")
		s.check(err)
		least := ""
		for {
			if rng.IntN(2) == 0 {
				key := all[rng.IntN(len(all))] + []string{"", "/", "0", "\x00"}[rng.IntN(4)]
				w.Seek(key)
				least = max(least, key)
			}
			i, _ := slices.BinarySearch(all, least)
			e, err := w.Next()
			if i == len(all) {
				if err != io.EOF {
					s.Fatalf("from %q: got %q, %v, want the end", least, e.Key, err)
				}
				break
			}
			s.check(err)
			if e.Key != all[i] {
				s.Fatalf("from %q: got %q, want %q", least, e.Key, all[i])
			}
			least = e.Key + "\x00"
		}
		w.Close()
	}
}

// testWalkRandom compares walks over random trees with a sorted list.
func testWalkRandom(s *suite) {
	const alphabet = "ab-./0_"
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 7))
		set := map[string]bool{}
		for range 60 {
			var key []byte
			for range 1 + rng.IntN(7) {
				key = append(key, alphabet[rng.IntN(len(alphabet))])
			}
			if rng.IntN(10) == 0 {
				key = append(key, drive.DirSuffix+"/z"...)
			}
			if k := string(key); recordPath(k).Join(drive.RecordName).Valid() {
				set[k] = true
			}
		}
		var keys []string
		for k := range set {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		s.fill(keys)
		for range 30 {
			prefix, after := "", ""
			if rng.IntN(3) > 0 {
				k := keys[rng.IntN(len(keys))]
				prefix = k[:rng.IntN(len(k)+1)]
			}
			if rng.IntN(3) > 0 {
				k := keys[rng.IntN(len(keys))]
				after = k[:rng.IntN(len(k)+1)]
			}
			if diff := cmp.Diff(inRange(keys, prefix, after), s.walk(prefix, after)); diff != "" {
				s.Fatalf("seed %d, prefix %q, after %q: %s", seed, prefix, after, diff)
			}
		}
		var edits []drive.Edit
		for _, k := range keys {
			edits = append(edits, drive.Remove(recordPath(k).Join(drive.RecordName)))
		}
		s.commit(edits...)
	}
}

func testWalkEnds(s *suite) {
	s.fill([]string{"a", "b"})
	_, err := s.d.Walk(s.ctx, "absent", "", "")
	s.want(err, drive.ErrNotFound, "walking an absent volume")
	ctx, cancel := context.WithCancel(s.ctx)
	w, err := s.d.Walk(ctx, "v", "", "")
	s.check(err)
	_, err = w.Next()
	s.check(err)
	cancel()
	_, err = w.Next()
	s.want(err, context.Canceled, "walking on after the context ended")
	w.Close()
	w.Close()

	w, err = s.d.Walk(s.ctx, "v", "", "")
	s.check(err)
	s.rest(w)
	if _, err := w.Next(); err != io.EOF {
		s.Errorf("after the end: got %v", err)
	}
	w, err = s.d.Walk(s.ctx, "v", "", "")
	s.check(err)
	w.Close()
	if _, err := w.Next(); err == nil {
		s.Error("a closed walk goes on")
	}
}

// testWalkWhileChanging walks past records that stay while others come and go.
func testWalkWhileChanging(s *suite) {
	var stay []string
	for i := range 60 {
		stay = append(stay, fmt.Sprintf("dir%d/stay%02d", i%5, i))
	}
	s.fill(stay)
	slices.Sort(stay)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			p := recordPath(fmt.Sprintf("dir%d/comes%d/deep", n%5, n%7))
			if err := s.try(p, drive.Write(p.Join(drive.RecordName), []byte(p[2:]))); err != nil {
				s.Error(err)
			}
			if err := s.try(p, drive.Remove(p)); err != nil {
				s.Error(err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	defer wg.Wait()
	defer close(done)
	for range 10 {
		w, err := s.d.Walk(s.ctx, "v", "", "")
		s.check(err)
		var met []string
		last := ""
		for {
			e, err := w.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			s.check(err)
			if e.Key <= last {
				s.Fatalf("%q came after %q", e.Key, last)
			}
			last = e.Key
			if strings.Contains(e.Key, "stay") {
				met = append(met, e.Key)
			}
		}
		w.Close()
		if diff := cmp.Diff(stay, met); diff != "" {
			s.Fatal(diff)
		}
	}
}
