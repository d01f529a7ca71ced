// Package local is a drive that is a directory of a mounted file system. What it acknowledges survives a loss of power,
// and many acknowledgements share one sync.
//
// # Concepts
//
// The tree below the root is the one MinIO knows: a directory for each volume, a directory with an xl.meta for each record.
// What the drive adds lies in .minio.sys/holdfast (the commit log, the epoch) and in .minio.sys/tmp/.holdfast (files on
// their way). After [Drive.Close] the log is empty, and nothing of it is needed to make sense of the tree.
//
//	d, err := local.Open("/mnt/drive1", local.Options{Logger: logger})
//	if errors.Is(err, local.ErrInUse) { ... }
//	label, err := d.ReadFormat()
//
// # How a commit becomes durable
//
// The plain way is to sync everything a commit touched: the file before its rename, then each directory. That is four to
// six trips to the platter for a small object, none of which can be shared with another commit. Leaving the directories out,
// as MinIO does, is one trip for each file and loses the last acknowledged objects when the power fails. One sync of the
// whole file system (syncfs) for a group of commits would be shared, but waits for every byte that strangers are streaming
// to the drive. So there is a log:
//
//  1. order: the commit takes its record's lock and shows its stamp.
//  2. prepare: whatever may fail for good reasons is done now, where nobody sees it: volumes and sources are looked up,
//     directories made, the bytes of each write put into a file of their own. None of it is synced. What fails here has
//     changed nothing.
//  3. log: one record that says the whole change goes down to the commit log, together with those of all commits that
//     arrive meanwhile: one write and one fdatasync for all, in place, without a journal commit. From here on the change is
//     durable. A record is there whole or not at all, and so is the commit.
//  4. apply: the edits are done in order, each a rename or two, without syncing anything.
//  5. the caller is told. The kernel writes the files when it pleases.
//  6. checkpoint: when a segment of the log is full, or after a quiet moment, one syncfs makes durable what was applied,
//     and the segment is used anew.
//
// Applying must not begin before the record is durable. A rename may reach the platter at once, and the bytes of the new
// file only later, or never: the old version, which was acknowledged, would be gone, and nothing would be left to redo the
// new one from. For the same reason an error while applying cannot be answered with a refusal: the change will come about
// when the log is replayed. The drive stops (every call is ErrOffline), keeps the log and settles the matter when it is
// opened again.
//
// Writes too large to be worth logging (see Options.LogSize) are staged: their file is synced in step 2 and the log says to
// move it.
//
// # What is found after a crash
//
// The invariant: for every record in the log that was not checkpointed, what it says is either on the platter or can be done
// from the log and durable staged files alone; and no record whose segment was emptied is needed any more.
//
// The crash points, and what [Open] does:
//
//   - before the log record is durable: the change did not happen. Prepared files lie in tmp and are swept.
//   - after that, before, while or after it is applied, any part of it being on the platter or not: replayed.
//   - while a checkpoint runs: both segments are replayed, older first.
//   - while a replay runs: replayed again.
//
// # Replay
//
// Doing the edits over again in order would be wrong: the tree may be ahead of the log. A record deleted and written again
// is the simplest case. The log says "remove k; move t to k/d", the platter has both, and to remove k again would destroy
// k/d, of which t is the only copy and is gone. So replay does not repeat history; it computes the outcome. The log
// is folded into what must be true in the end ([overlay]): which file holds which bytes, which moved thing is where, where
// nothing of old is left. Moved things are known by identity (inode and time of birth), not by name, and are looked for
// wherever they may have got to. Then the tree is made to be so, and whatever already is so is left alone.
//
// # MinIO on the same drive
//
// MinIO renames .minio.sys/tmp away when it starts. The drive keeps a random id in .minio.sys/tmp/.holdfast and in the
// log. When the log holds records and the id is gone, MinIO has run on a drive that had crashed, and has served and
// changed what it found; doing our old changes over it would destroy newer ones. The log is then set aside
// (commit.N.superseded-<time>) with a warning. The changes that were not applied are missing from this drive as if it had
// been away, and the set heals them. The same is done with a drive that was copied file by file after a crash, where
// the inodes in the log mean nothing; the id's file knows its own inode and tells.
//
// # Staying on the drive
//
// The root is held open and all names are resolved beneath it, so a drive that is unmounted cannot turn into writes on the
// file system below, and a symbolic link leads nowhere else. At most once a second a call looks whether the path still leads
// to the directory that was opened; when it does not the drive is offline for good and must be opened anew. An flock on the
// root keeps a second process out.
//
// # Locks
//
// In this order: gate (held shared by every call, alone by Close), order (held shared by commits, alone by what changes the
// epoch or removes a volume), the record's lock, the locks of the staged files a commit moves, the log's. Readers take the gate
// only.
package local
