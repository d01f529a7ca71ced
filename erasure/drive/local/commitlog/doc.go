// Package commitlog keeps an append-only log in two recycled files: many appends share one sync, a reader after a crash
// finds every append that was acknowledged, in order, and nothing that was not written whole. It knows nothing of what the
// records say.
//
// # Concepts
//
// The log is two segments, files of one size whose blocks were all written once. Appends go to one of them. When it is full
// they go on in the other while the first is checkpointed: its owner makes durable what the records say, and the segment is
// emptied by writing a new header. So the log neither grows nor shrinks, and an append changes nothing but the bytes of
// blocks that exist: it costs one write and one fdatasync, and no journal commit of the file system.
//
// Appends that arrive while another is on its way to the platter wait for it and then go down together, in one [frame]: the
// first to arrive leads, writes for all and wakes them. There is no timer and no wait for company: one writer alone gets
// one sync per append at once, many get many appends per sync.
//
//	log, err := commitlog.Open(dir, ".minio.sys/holdfast", commitlog.Options{Checkpoint: checkpoint})
//	err = log.Replay(redo)              // what the last run acknowledged and did not checkpoint
//	err = log.Start(id, note)             // everything replayed is durable: begin empty
//	ticket, err := log.Append(record)   // err == nil: durable
//	...                                 // do what the record says
//	ticket.Applied()                    // from now on a checkpoint may forget the record
//
// After a quiet moment what is left is checkpointed too, and then nothing is read, written or timed before the next append.
//
// # Why a reader can trust what it finds
//
// A frame starts on a block boundary, so that no sector that holds acknowledged records is ever written again before the
// segment is empty. It carries a checksum, and the salt of its segment's present life: 64 random bits that are drawn anew
// whenever the segment is emptied. Frames of earlier lives are therefore never taken for new ones, and neither are bytes of
// a client's making that look like a frame. The next frame is written only after the one before it is durable. Hence the
// first frame that does not check out is the torn end of the log, unless a good one of the same life lies behind it: then
// something durable was lost, and the reader says so ([ErrCorrupt]) instead of guessing.
//
// The header has two slots that are written in turn, so that a header torn by a power cut leaves the one before it, whose
// records are then merely applied once more. A header also says which generations are done with: so one write empties the
// whole log after a replay. Emptying its segments one after the other would leave, if the power failed in between, half a
// history to be replayed on top of the outcome of the whole.
//
// The format is described in docs/format/commit-log.md.
package commitlog
