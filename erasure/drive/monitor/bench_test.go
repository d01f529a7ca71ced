package monitor_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/drive/monitor"
)

// BenchmarkOverhead is what a call costs on a drive that takes no time at all.
func BenchmarkOverhead(b *testing.B) {
	data := make([]byte, 4096)
	record := drive.Commit{Record: "v/r", Edits: []drive.Edit{drive.Write("v/r/xl.meta", data)}}
	p := make([]byte, 4096)
	for _, bc := range []struct {
		name string
		call func(d drive.Drive, r drive.Reader) error
	}{
		{"ReadFile", func(d drive.Drive, _ drive.Reader) error { _, err := d.ReadFile(b.Context(), "v/f", 1); return err }},
		{"Commit", func(d drive.Drive, _ drive.Reader) error { return d.Commit(b.Context(), &record) }},
		{"ReadAt", func(_ drive.Drive, r drive.Reader) error { _, err := r.ReadAt(p, 0); return err }},
	} {
		for _, watched := range []bool{false, true} {
			var d drive.Drive = nothing{}
			name := bc.name + "/bare"
			if watched {
				d, name = monitor.New(d, monitor.Options{}), bc.name+"/watched"
			}
			r, err := d.Open(b.Context(), "v/f")
			if err != nil {
				b.Fatal(err)
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := bc.call(d, r); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(name+"/parallel", func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := bc.call(d, r); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}

// BenchmarkLocal is what calls of a real drive cost with and without the watch, and how many calls at a time are enough.
func BenchmarkLocal(b *testing.B) {
	for _, calls := range []int{0, 32, 64, 128} {
		var d drive.Drive = openLocal(b)
		name := "bare"
		if calls > 0 {
			d, name = monitor.New(d, monitor.Options{Calls: calls}), fmt.Sprint(calls)
		}
		b.Cleanup(func() { _ = d.Close() })
		var seq atomic.Uint64
		data := make([]byte, 4096)
		write := func(b *testing.B) {
			n := seq.Add(1)
			p := drive.Path(fmt.Sprintf("v/%d", n%1000))
			err := d.Commit(b.Context(), &drive.Commit{Stamp: drive.Stamp{Epoch: 1, Seq: n}, Record: p, Edits: []drive.Edit{drive.Write(p.Join("xl.meta"), data)}})
			if err != nil {
				b.Error(err)
			}
		}
		if err := d.MakeVolume(b.Context(), "v"); err != nil {
			b.Fatal(err)
		}
		b.Run("Commit/500 callers/"+name, func(b *testing.B) {
			b.SetParallelism(250)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					write(b)
				}
			})
		})
		b.Run("ReadFile/"+name, func(b *testing.B) {
			b.ReportAllocs()
			write(b)
			p := drive.Path(fmt.Sprintf("v/%d/xl.meta", seq.Load()%1000))
			for b.Loop() {
				if _, err := d.ReadFile(b.Context(), p, 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("ReadFile/32 callers/"+name, func(b *testing.B) {
			write(b)
			p := drive.Path(fmt.Sprintf("v/%d/xl.meta", seq.Load()%1000))
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := d.ReadFile(b.Context(), p, 1<<20); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
