// Package monitor watches a drive, so that one that hangs or fails costs those who use it a second, once, and the process a
// few threads.
//
// # Concepts
//
// A drive can do worse than fail: it can say nothing. The kernel retries a dying disk for minutes, a frozen or overloaded
// file system for ever, and a goroutine in such a system call can be neither cancelled nor killed. It keeps its thread. Go makes
// a new thread for every other goroutine, which gets stuck in turn, and at ten thousand threads the process dies: one bad drive
// has taken the node down. [Drive] stands between such a drive and everybody else:
//
//	d := monitor.New(disk, monitor.Options{Name: "/mnt/drive1", Changed: tell})
//	d.SetID(label.This.String())
//	b, err := d.ReadFile(ctx, "photos/cat.jpg/xl.meta", max)
//	// a second later at most: errors.Is(err, drive.ErrOffline)
//
// # Calls
//
// The goroutine that calls is not the one that may get stuck. A call is handed to a worker, and the caller waits to be told that
// it is over or that it is not worth waiting for. The drive gets at most Options.Calls calls at a time, hence so many threads at
// worst, and two more for a probe and for closing files. Others wait in a queue, each no longer than its deadline. Workers are
// goroutines that are kept while there is work and end soon after.
//
// How many is enough? While commits wait for the sync they share, they count, so the number also bounds how many commits can
// share one. With 32, 64 or 128 a fast drive did the same number of commits for 500 callers; a disk of 10 ms for each sync does
// 100 times as many a second as fit. 64 leaves it 6400, and costs a node of 16 drives that all hang a tenth of the threads that
// Go allows.
//
// # Deadlines
//
// A call may take eight times what 99 of 100 recent calls of its kind took, measured from being asked for, but at least a second
// and at most Options.MaxTimeout. Thus a slow drive gets the time it needs, and a fast one is caught in a second. Where bytes are
// moved there is a second more for every 4 MiB. An answer that comes late counts if it took less than 5 s, so that a drive that
// has become slow gets its time; one that took longer is no measure.
//
// Deadlines do not use a timer for each call. One timer looks at all calls every 250 ms, or when the next is due, as long as
// there are any. Should it come late by more than that, the process itself was held up (a debugger, a suspended machine), and
// the calls get the time back. Nor does the time count in which a call waits for a processor before and after the drive has it.
//
// A call past its deadline is given up: its caller gets drive.ErrOffline. There are two exceptions, which only make the monitor
// look after the drive when they are overdue, and are given up when the drive turns out to be gone. Of some calls nobody knows
// beforehand how long they take, to find the next record among millions or to bring a large file to the platter; they may take
// MaxTimeout more. And as long as less than 100 calls of a kind have been answered, nobody knows what 99 of 100 take; they may
// take 5 s. A busy drive meets the second for the first hundred calls after the start, when nothing is cached yet and all drives
// stall together as likely as one hangs.
//
// # What a call that was given up leaves behind
//
// It is still under way, and may succeed. What the caller has lent to it is the trap: a buffer that goes back to its pool while
// a system call still reads or fills it corrupts a stranger's data. So:
//
//   - Commit gives the drive a copy of its edits. They are small; the copy costs a fraction of the write that follows.
//   - ReadAt and Write copy nothing, and return only when the drive has let go of the buffer, however long that takes. Who
//     cannot wait makes the call from a goroutine that nobody waits for, as package erasure does. As nothing is gained by a
//     worker then, there is none; the call only takes one of the places. Once the drive is known to hang, further calls fail at
//     once as all others do.
//   - A file or walk that is opened too late is closed again. A staged file whose Close comes home late is dropped, since the
//     caller was told not to use it.
//   - A commit may land late. It carries a stamp and can undo nothing that is newer.
//   - Other changes carry none: a late Discard might drop what was put there since. So the drive is not let back before they
//     have come home.
//
// # Verdicts
//
//	Online --a call given up, many faults, or the drive says it is offline--> Suspect
//	Suspect --a probe passes--> Online          Suspect --two probes fail--> Offline
//	Offline --a probe passes--> Online          any --changes are refused, nothing else--> ReadOnly
//
// A drive that is Suspect or Offline takes no calls: they fail at once with drive.ErrOffline. A goroutine looks after it until
// it is back: it probes at once, then after pauses of 1 s that double up to a minute, and whenever a call comes home. A probe asks
// the drive who it is, since another may have been put in its place, and has it stage 4 KiB durably and give them back. A probe
// that hangs is not repeated before it comes home. When the drive is Offline nobody waits any more, not even for the calls that
// take long. A drive that is sound is not probed: idle means idle.
//
// A fault is an error that package drive does not know. Eight at once, or more than one in five calls for long, make a drive
// suspect; so one bad sector does not take a drive out of service, and a dead controller does. Errors that say that the process
// has run out of files or memory are no faults. A drive that passes probes, but fails again within a minute, waits longer before
// each probe, so that it is not in and out all the time.
//
// A drive that says of itself that it is out of order for good fails each probe, and stays Offline until it is opened anew.
//
// # What lost
//
//   - Calling from the caller's goroutine with a timeout: there is no such thing for system calls on files.
//   - A goroutine for each call instead of workers: no simpler, slower by a fifth, and stacks grow anew in every call.
//   - Reading into a private buffer and copying: it makes ReadAt safe to give up, and costs every read of a healthy drive to gain
//     nothing, because those who read already wait elsewhere.
//   - A fixed, generous timeout, such as 30 s: each request that meets the drive pays it.
//   - Letting a drive back only when all calls have come home: a single file on a bad sector, which is only read, would keep all
//     others out of reach.
//
// # Locks
//
// One mutex guards calls, figures and state of a drive. It is never held while the drive is called, nor while Options.Changed is.
package monitor
