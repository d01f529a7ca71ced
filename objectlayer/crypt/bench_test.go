package crypt_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

var benchSizes = []int{4 << 10, 1 << 20, 16 << 20}

func BenchmarkEncrypt(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			plain := make([]byte, size)
			block := make([]byte, 1<<20)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				readAll(b, crypt.Encrypt(bytes.NewReader(plain), streamKey), block)
			}
		})
	}
}

func BenchmarkDecrypt(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			stored := encrypted(b, make([]byte, size))
			block := make([]byte, 1<<20)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				readAll(b, crypt.Decrypt(bytes.NewReader(stored), streamKey), block)
			}
		})
	}
}

func readAll(b *testing.B, r io.Reader, block []byte) {
	for {
		_, err := r.Read(block)
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnseal(b *testing.B) {
	kms := parseKMS(b, fixtureKMS)
	g := golden(b, "enc", "sses3/small")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := crypt.Unseal(b.Context(), kms, g.place(), g.Meta, nil); err != nil {
			b.Fatal(err)
		}
	}
}
