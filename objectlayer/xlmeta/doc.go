// Package xlmeta is the bytes of xl.meta, in and out.
//
// # Concepts
//
// Every object is a directory on each drive of its erasure set, and in it lies
// one file, xl.meta. It is a [Journal]: all versions of one key, newest first,
// as this one drive knows them, followed by the drive's shards of those
// versions that are small enough to need no file of their own (inline data).
//
// Each [Version] has two parts. Its [Header] is a few dozen bytes that are
// equal on all drives, so that drives can be compared without looking further;
// a four-byte signature in it stands for everything else the drives must agree
// on. Its metadata is the rest, kept as it was read and decoded only when asked
// for with [Version.Object], [Version.DeleteMarker] or [Version.Legacy]. What a
// journal does not change it writes back byte for byte, including keys that
// this package has never heard of.
//
// Versions have a [VersionID]; the zero one is the null version of an
// unversioned or suspended bucket. A version whose bytes are in files names a
// [DataDir], a directory beside xl.meta. Several versions may share one.
//
// Some versions are notes to ourselves and invisible to clients: a free-version
// ([FlagFreeVersion]) remembers a remote copy that has yet to be deleted. A key
// with nothing but free-versions does not exist. [Journal.Latest] skips them.
//
// The layout is in docs/format/xl-meta.md. The package is pure: it touches no
// file, no clock and no other package of ours.
//
// # Use
//
//	j, err := xlmeta.DecodeHeaders(raw) // raw belongs to j from here on
//	v, ok := j.Latest()
//	obj, err := v.Object()
//
//	obj.ModTime, obj.Index = now, shard
//	err = j.Put(obj, inline)
//	raw = j.Append(nil)
//
// # Traps
//
//   - On disk EcM counts data blocks and EcN parity blocks, against the habit of
//     most papers. Here they are called Data and Parity.
//   - [Decode] checks everything and owns its bytes; [DecodeHeaders] checks the
//     container only and keeps reading from the caller's bytes.
//   - Headers first written before April 2024 carry no erasure numbers: zero
//     means unknown there ([Header.Matches]).
//   - Times are nanoseconds since 1970; two versions of a key should not have
//     the same one.
//   - A Journal is not safe for use by several goroutines while one edits it.
package xlmeta
