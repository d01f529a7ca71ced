package erasure

import (
	"io"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// run is the goroutine of a lane. It ends when the queue is closed and the drive has answered.
func (w *Writer) run(l *lane) {
	file, err := l.at.drive.Create(w.ctx, w.path, w.fileSize())
	w.note(l, err)
	for st := range l.queue {
		if w.isGood(l) {
			w.note(l, w.write(l, file, st))
		}
		st.drop()
		w.written(l, st)
	}
	w.endLane(l, file)
}

// fileSize is the length of each shard file as far as it is known.
func (w *Writer) fileSize() int64 {
	if w.size < 0 {
		return -1
	}
	return w.coder.FileBytes(w.size)
}

// write completes the shard of a lane and writes it.
func (w *Writer) write(l *lane, file drive.Writer, st *stripe) error {
	st.encode.Do(func() { st.encodeErr = st.Encode() })
	if st.encodeErr != nil {
		return st.encodeErr
	}
	shard := w.geom.shard(l.slot)
	st.Seal(shard)
	run := st.Run(shard)
	n, err := file.Write(run)
	if err == nil && n < len(run) {
		err = io.ErrShortWrite
	}
	return err
}

func (w *Writer) isGood(l *lane) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.good.Has(l.slot)
}

// note takes what a drive said.
func (w *Writer) note(l *lane, err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failLocked(l.slot, err)
}

// written tells that a lane needs a stripe no more.
func (w *Writer) written(l *lane, st *stripe) {
	w.mu.Lock()
	defer w.mu.Unlock()
	st.unwritten = st.unwritten.Without(l.slot)
	w.landLocked()
}

// endLane keeps the file or drops it. file is nil if it could not be made.
func (w *Writer) endLane(l *lane, file drive.Writer) {
	w.mu.Lock()
	wanted := w.end == keep && w.good.Has(l.slot)
	w.mu.Unlock()
	closed := false
	if wanted {
		err := file.Close()
		closed = err == nil
		w.note(l, err)
	}
	if file != nil && !closed {
		file.Abort()
	}
	if !w.ended(l, closed) && closed {
		w.discard(l)
	}
}

// ended tells the Writer that a lane has come to its end, and the lane whether its file is still wanted.
func (w *Writer) ended(l *lane, closed bool) (wanted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.late {
		l.at.lateWrites.Add(-1)
		w.set.log.Info("drive has answered a late write", "slot", l.slot)
	}
	l.durable = closed && w.end == keep && w.good.Has(l.slot)
	if !l.durable {
		w.failLocked(l.slot, errAborted)
	}
	w.busy = w.busy.Without(l.slot)
	w.landLocked()
	return l.durable
}
