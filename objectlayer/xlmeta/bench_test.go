package xlmeta_test

import (
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// benchJournal is a journal with a number of versions like the example's.
func benchJournal(b *testing.B, versions int) []byte {
	b.Helper()
	var j xlmeta.Journal
	o, data := oneByteObject()
	for i := range versions {
		o.ID = xlmeta.VersionID{byte(i >> 8), byte(i), 1}
		o.ModTime++
		if err := j.Put(o, data); err != nil {
			b.Fatal(err)
		}
	}
	return j.Append(nil)
}

func sizes(b *testing.B, run func(b *testing.B, raw []byte)) {
	for name, versions := range map[string]int{"versions=1": 1, "versions=100": 100} {
		b.Run(name, func(b *testing.B) { run(b, benchJournal(b, versions)) })
	}
}

func BenchmarkDecodeHeaders(b *testing.B) {
	sizes(b, func(b *testing.B, raw []byte) {
		b.ReportAllocs()
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := xlmeta.DecodeHeaders(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	sizes(b, func(b *testing.B, raw []byte) {
		b.ReportAllocs()
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := xlmeta.Decode(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkObject(b *testing.B) {
	j, err := xlmeta.DecodeHeaders(benchJournal(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	v, _ := j.Latest()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Object(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	o, data := oneByteObject()
	var j xlmeta.Journal
	b.ReportAllocs()
	for b.Loop() {
		if err := j.Put(o, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	sizes(b, func(b *testing.B, raw []byte) {
		j, err := xlmeta.DecodeHeaders(raw)
		if err != nil {
			b.Fatal(err)
		}
		var buffer []byte
		b.ReportAllocs()
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			buffer = j.Append(buffer[:0])
		}
	})
}
