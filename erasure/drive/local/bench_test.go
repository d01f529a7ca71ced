package local_test

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/local"
	"github.com/holdfast-io/holdfast/erasure/durable"
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
			var seq atomic.Uint64
			before := d.Stats()
			write(b, writers, func(p drive.Path, record []byte) error {
				return d.Commit(b.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: seq.Add(1)}, Record: p,
					Edits: []drive.Edit{drive.Write(p.Join("xl.meta"), record)}})
			})
			s := d.Stats()
			b.ReportMetric(float64(s.Commits-before.Commits)/float64(s.Groups-before.Groups), "commits/sync")
		})
	}
}

// BenchmarkPlain does the same as BenchmarkCommit the plain way: every file and every directory synced by itself.
func BenchmarkPlain(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d, err := durable.OpenDir(b.TempDir())
			check(b, err)
			defer d.Close()
			check(b, d.Mkdir("v"))
			check(b, d.Mkdir("tmp"))
			var serial atomic.Uint64
			write(b, writers, func(p drive.Path, record []byte) error {
				temp := fmt.Sprint("tmp/", serial.Add(1))
				if err := durable.WriteFile(d, temp, record); err != nil {
					return err
				}
				if err := durable.MkdirAll(d, string(p), "v"); err != nil {
					return err
				}
				if err := d.Rename(temp, string(p.Join("xl.meta"))); err != nil {
					return err
				}
				return durable.SyncUp(d, string(p), "v")
			})
		})
	}
}

// write calls one with the names of 5,000 records and 4 KiB, again and again, from some goroutines at once.
func write(b *testing.B, writers int, one func(p drive.Path, record []byte) error) {
	record := make([]byte, 4<<10)
	var count atomic.Uint64
	next := func() error {
		n := count.Add(1)
		return one(drive.Path(fmt.Sprintf("v/dir%d/r%d", n%16, n%5000)), record)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(record)))
	if writers == 1 {
		for b.Loop() {
			check(b, next())
		}
		return
	}
	b.SetParallelism(max(1, writers/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := next(); err != nil {
				b.Error(err)
			}
		}
	})
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
