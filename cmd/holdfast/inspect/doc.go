// Package inspect is the command "holdfast inspect": it looks at drives without a server and says what is on them, what a
// server would make of them, and what of it would not read.
//
// # Concepts
//
// Everything here reads. A drive is opened as a directory that nothing can be written through; no lock is taken, not even
// for a moment, so a server that is starting does not notice. Who asks while a server runs gets an answer about a moving
// target: what was being written looks interrupted. A lock that somebody holds on a drive is therefore told.
//
// There are five questions, each a function that finds, with a type that holds what was found:
//
//	Labels   who are these drives, and what would a start do      Survey
//	Object   every copy of one object, version by version         ObjectReport
//	Verify   everything on the drives                             Report
//	System   the documents a store keeps about itself             Document
//	File     one file, taken from a drive or not                  FileReport
//
// [Run] is the command line around them. The types marshal to JSON under names that do not change; the text for people may.
//
// # How a version stands
//
// A version is on n drives: its metadata on each, and a shard of its bytes on each. [Object] and [Verify] hear all drives,
// line up what they say, and count as a server would. With M data shards, M drives must have the metadata and a sound shard
// of it; a shard is sound when its files have the right size and every frame the right hash. If they do, the version reads:
// it is [Sound] when nothing at all is amiss and [Degraded] otherwise. If they do not, it is [Unreadable]; unless even with
// the drives whose copy is not known it could not have reached the quorum of a write: then nobody was ever told that it is
// there (or everybody was told that it is gone), and it is [Dangling].
//
//	report, err := inspect.Verify(ctx, []string{"/mnt/disk{1...4}"}, inspect.Options{})
//	for _, f := range report.Findings { ... }
//
// # Traps
//
// Hashes protect each shard by itself. Shards that are all sound but were never of one body are not noticed. The bytes of
// objects in a remote tier are not looked at.
package inspect
