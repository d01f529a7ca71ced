// Package label is who a drive is: the file .minio.sys/format.json that every formatted drive
// carries, and the tracker .minio.sys/buckets/.healing.bin that stands beside it while a replaced
// drive is being filled. It turns bytes into values and back, and judges what was read from all the
// drives of a pool; it touches no file.
//
// # Concepts
//
// Every drive has a uuid, written once when it is formatted. The labels of a pool all repeat the same
// [Roster]: the deployment, and the uuids of all drives of the pool, set by set. A [Label] is the
// roster and the line in it that is this drive. So any drive knows its fellows, and a drive is
// known by its uuid wherever its cable goes: the path it was found at does not matter.
//
// At start the labels of a pool are read from all drives, and
//
//	roster, err := label.Elect(readings, setDrives)
//	verdicts := roster.Judge(readings)
//
// [Elect] finds the roster the drives agree on, and [Roster.Judge] says of each drive whether
// it belongs, and where. A pool of which every drive is blank is formatted:
//
//	roster, err := label.NewRoster(rand.Reader, deployment, sets, setDrives)
//	l, err := roster.Label(topology.Slot{Set: 0, Drive: 3})
//	b, err := l.Marshal()
//
// A blank drive in a pool with a roster takes the place, and the uuid, of the one it replaces.
//
// # Traps
//
// Nothing may be formatted while any drive of the pool might carry a label: a drive that cannot be
// read is not blank. A missing file is [ErrUnformatted]; an empty or damaged one is [ErrCorrupt]; one we
// understand to be foreign to us is [ErrUnsupported]. Only the first two ever make way for a
// new label.
//
// The format is described in docs/format/format-json.md.
package label
