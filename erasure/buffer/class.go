package buffer

import "math/bits"

// Alignment is the multiple of bytes at which every buffer begins.
const Alignment = 4096

// MaxSize is the largest buffer in bytes. It holds a whole coded block of 10 MiB, the
// largest the format knows, with as much parity.
const MaxSize = 32 << 20

// Classes 0..7 are 1..8 units of 4 KiB. From there on each doubling is cut in four:
// 5/4, 6/4, 7/4 and 8/4 of 2^e units, for e = 3, 4, ...
const (
	linearClasses      = 8
	linearExponent     = 3
	classesPerDoubling = 4
	classes            = linearClasses + classesPerDoubling*(25-12-linearExponent) // MaxSize = 1<<25, Alignment = 1<<12
)

// classOf is the smallest class that holds size bytes, which is in 0..MaxSize.
func classOf(size int) int {
	units := max(1, (size+Alignment-1)/Alignment)
	if units <= linearClasses {
		return units - 1
	}
	exponent := bits.Len(uint(units-1)) - 1
	quarter := (units - 1 - 1<<exponent) >> (exponent - 2)
	return linearClasses + (exponent-linearExponent)*classesPerDoubling + quarter
}

// classBytes is the inverse of classOf: the bytes in a buffer of a class.
func classBytes(class int) int {
	if class < linearClasses {
		return (class + 1) * Alignment
	}
	exponent := linearExponent + (class-linearClasses)/classesPerDoubling
	quarter := (class-linearClasses)%classesPerDoubling + 1
	return (1<<exponent + quarter<<(exponent-2)) * Alignment
}
