package monitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

var (
	// errReadOnly is said of a drive that answers and refuses to be changed.
	errReadOnly = errors.New("takes no changes")
	errNoAnswer = errors.New("probe has not been answered")
)

// probed probes the drive and waits for the outcome as long as patience allows. A probe that does not answer stays, and as
// long as it does there is no other: it has failed again.
func (m *Drive) probed() error {
	if m.look.probe != nil {
		return errNoAnswer
	}
	m.look.count++
	n, answer := m.look.count, make(chan error, 1)
	m.look.probe = answer
	m.others.Go(func() { answer <- m.probe(n) })
	for began := m.now(); ; {
		timer := time.NewTimer(m.patience() - (m.now() - began))
		select {
		case err := <-answer:
			timer.Stop()
			m.look.probe = nil
			return err
		case <-timer.C:
			return errNoAnswer
		case <-m.look.hurry:
			timer.Stop()
		case <-m.quit:
			timer.Stop()
			return errClosed
		}
	}
}

// patience is how long to wait for a probe: for long while there is but a doubt, since one call that is late may be all that
// is wrong.
func (m *Drive) patience() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == Online {
		return min(hung, m.o.MaxTimeout)
	}
	return m.figures[probe].limit
}

// probe asks the drive who it is, and has it keep something durably and give it back. One that is full passes.
func (m *Drive) probe(n int) error {
	began := m.now()
	err := m.examine(n)
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &m.figures[probe]
	f.calls++
	if err != nil {
		f.errors++
	}
	now := m.now()
	if took := now - began; took < hung {
		f.note(took, now, m.o.MaxTimeout)
	}
	return err
}

func (m *Drive) examine(n int) error {
	ctx := context.Background()
	i, err := m.inner.Info(ctx)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	m.mu.Lock()
	id := m.id
	m.mu.Unlock()
	if id != "" && i.ID != id {
		return fmt.Errorf("probe: drive %q is where %q should be", i.ID, id)
	}
	path := drive.Staging.Join(fmt.Sprintf("probe-%d-%d", m.began.UnixNano(), n))
	err = m.roundtrip(ctx, path)
	if err := m.inner.Discard(ctx, path); err != nil && !errors.Is(err, drive.ErrOffline) {
		return fmt.Errorf("probe: %w", err)
	}
	if err == nil || errors.Is(err, drive.ErrFull) {
		return nil
	}
	if errors.Is(err, drive.ErrOffline) {
		if _, gone := m.inner.Info(ctx); gone == nil {
			return fmt.Errorf("%w: %w", errReadOnly, err)
		}
	}
	return fmt.Errorf("probe: %w", err)
}

// roundtrip writes a file and reads it.
func (m *Drive) roundtrip(ctx context.Context, path drive.Path) error {
	sent := bytes.Repeat([]byte(path), 4096/len(path))
	w, err := m.inner.Create(ctx, path, int64(len(sent)))
	if err != nil {
		return err
	}
	if _, err := w.Write(sent); err != nil {
		w.Abort()
		return err
	}
	if err := w.Close(); err != nil {
		w.Abort()
		return err
	}
	got, err := m.inner.ReadFile(ctx, path, int64(len(sent)))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, sent) {
		return fmt.Errorf("%w: it gives back other bytes than it was given", drive.ErrCorrupt)
	}
	return nil
}
