package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// Member is one drive of the command line and what became of it.
type Member struct {
	Endpoint string // as the command line spells it
	Pool     int
	Slot     topology.Slot // the one it serves; of its path where it serves none
	State    label.State
	ID       string // uuid of the slot's drive; empty where it serves none
	Fresh    bool   // it was labelled just now, into a pool that exists, and has to be filled
	Err      error  // why it does not serve; nil when it does
	Drive    Drive  // nil when it does not serve

	finding Finding
	reading label.Reading
	moved   bool
	label   label.Label // of its slot
}

// Serves tells whether the drive has its slot.
func (m *Member) Serves() bool { return m.Drive != nil && m.Err == nil }

// look finds out what lies at every path, all at once.
func (c *Cluster) look(ctx context.Context, o Options) error {
	var group errgroup.Group
	for _, m := range c.Members {
		group.Go(func() error {
			var err error
			m.finding, err = o.look(ctx, m.Endpoint)
			m.reading = read(m.finding, err)
			return ctx.Err()
		})
	}
	return group.Wait()
}

// errSilent is said of a drive that could not be looked at in time.
var errSilent = errors.New("the drive does not answer")

// look is Look with a limit: one drive that hangs must not keep the others from serving. The call that hangs is left behind.
func (o Options) look(ctx context.Context, path string) (Finding, error) {
	type answer struct {
		finding Finding
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		f, err := o.Look(path)
		answers <- answer{f, err}
	}()
	patience := o.Patience
	if patience == 0 {
		patience = DefaultPatience
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.finding, a.err
	case <-timer.C:
		return Finding{}, errSilent
	case <-ctx.Done():
		return Finding{}, context.Cause(ctx)
	}
}

// read makes a reading of a label of what was found.
func read(f Finding, err error) label.Reading {
	if err != nil {
		return label.Reading{Err: err}
	}
	if f.Format == nil {
		return label.Reading{Err: label.ErrUnformatted}
	}
	l, err := label.Parse(f.Format)
	return label.Reading{Label: l, Err: err}
}

// open opens the drive. One that cannot be opened does not serve; only one that another process holds is an error.
func (m *Member) open(ctx context.Context, o Options) error {
	m.Drive, m.Err = o.Open(ctx, m.Endpoint)
	if m.Err != nil {
		m.Drive = nil
		if errors.Is(m.Err, ErrInUse) {
			return m.Err
		}
		return nil
	}
	if now, err := m.Drive.ReadFormat(); err != nil && !errors.Is(err, drive.ErrNotFound) {
		m.refuse(err)
	} else if !bytes.Equal(now, m.finding.Format) {
		m.refuse(errors.New("its label has changed since it was looked at"))
	}
	return nil
}

// refuse takes back what was decided about a drive that was opened.
func (m *Member) refuse(err error) {
	m.Err = errors.Join(err, m.Drive.Close())
	m.Drive, m.Fresh = nil, false
}

// seat gives a blank drive its label, and tells every drive who it is. On a blank pool a drive that cannot be labelled is an
// error: it never was part of the pool.
func (m *Member) seat() error {
	if m.State == label.Vacant {
		raw, err := m.label.Marshal()
		if err == nil {
			err = m.Drive.WriteFormat(raw)
		}
		if err != nil {
			blank := !m.Fresh
			m.refuse(fmt.Errorf("write the label: %w", err))
			if blank {
				return fmt.Errorf("format %s: %w", m.Endpoint, m.Err)
			}
			return nil
		}
		m.State = label.Sound
	}
	m.ID = m.label.This.String()
	m.Drive.SetID(m.ID)
	return nil
}

// report tells the operator what is not as usual.
func (m *Member) report(log *slog.Logger) {
	log = log.With("drive", m.Endpoint)
	switch {
	case !m.Serves():
		log.Error("drive does not serve", "state", m.State.String(), "err", m.Err)
	case m.moved:
		log.Warn("drive was found at the path of another; it serves its own slot", "set", m.Slot.Set, "slot", m.Slot.Drive)
	case m.Fresh:
		log.Warn("drive without a label takes over its slot and will be filled", "set", m.Slot.Set, "slot", m.Slot.Drive)
	case m.finding.Data && m.finding.Format == nil:
		log.Warn("drive was not empty when it was formatted; the folders in it are taken for buckets")
	}
}

// Tracker is the note that MinIO keeps on a drive while it is being filled (docs/format/format-json.md). Writing it lets
// either server go on with the work.
func (m *Member) Tracker(now time.Time) []byte {
	t := label.Tracker{
		ID: m.ID, PoolIndex: m.Pool, SetIndex: m.Slot.Set, DiskIndex: m.Slot.Drive,
		Path: m.Endpoint, Endpoint: m.Endpoint, Started: now.UTC(), LastUpdate: now.UTC(),
	}
	return t.Marshal()
}
