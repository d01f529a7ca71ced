package local_test

import (
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
)

func benchDrive(b *testing.B) *local.Drive {
	b.Helper()
	d := open(b, b.TempDir(), local.Options{})
	check(b, d.MakeVolume(b.Context(), "v"))
	return d
}

// BenchmarkCommit commits records of 4 KiB, new ones and old ones in turn, from some goroutines at once.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d := benchDrive(b)
			record := make([]byte, 4<<10)
			var seq atomic.Uint64
			b.SetParallelism(max(1, writers/2)) // of GOMAXPROCS, which is 2 where we measure
			if writers == 1 {
				b.SetParallelism(1)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(record)))
			before := d.Stats()
			one := func() error {
				n := seq.Add(1)
				p := drive.Path(fmt.Sprintf("v/dir%d/r%d", n%16, n%5000))
				return d.Commit(b.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: n}, Record: p,
					Edits: []drive.Edit{drive.Write(p.Join("xl.meta"), record)}})
			}
			if writers == 1 {
				for b.Loop() {
					check(b, one())
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := one(); err != nil {
							b.Error(err)
						}
					}
				})
			}
			s := d.Stats()
			b.ReportMetric(float64(s.Commits-before.Commits)/float64(s.Groups-before.Groups), "commits/sync")
		})
	}
}

func fillBench(b *testing.B, d *local.Drive, records int) {
	b.Helper()
	record := make([]byte, 500)
	for from := 0; from < records; from += 500 {
		var edits []drive.Edit
		for i := from; i < from+500; i++ {
			edits = append(edits, drive.Write(drive.Path(fmt.Sprintf("v/dir%d/object-%06d/xl.meta", i%10, i)), record))
		}
		check(b, d.Commit(b.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: uint64(from)}, Record: "v/r", Edits: edits}))
	}
}

func BenchmarkReadFile(b *testing.B) {
	d := benchDrive(b)
	fillBench(b, d, 500)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.ReadFile(b.Context(), "v/dir7/object-000007/xl.meta", 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWalk walks 10,000 records.
func BenchmarkWalk(b *testing.B) {
	d := benchDrive(b)
	const records = 10000
	fillBench(b, d, records)
	b.ReportAllocs()
	for b.Loop() {
		w, err := d.Walk(b.Context(), "v", "", "")
		check(b, err)
		n := 0
		for {
			_, err := w.Next()
			if err == io.EOF {
				break
			}
			check(b, err)
			n++
		}
		w.Close()
		if n != records {
			b.Fatalf("met %d records", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
}

// BenchmarkCreate stages shards of 1 MiB.
func BenchmarkCreate(b *testing.B) {
	d := benchDrive(b)
	frame := make([]byte, 1<<20)
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for i := 0; b.Loop(); i++ {
		dir := drive.Staging.Join(fmt.Sprint(i))
		w, err := d.Create(b.Context(), dir.Join("d", "part.1"), int64(len(frame)))
		check(b, err)
		_, err = w.Write(frame)
		check(b, err)
		check(b, w.Close())
		check(b, d.Discard(b.Context(), dir))
	}
}
