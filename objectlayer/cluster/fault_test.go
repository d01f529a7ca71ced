package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/objectlayer/cluster"
	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

var errBroken = errors.New("broken")

// unwritable is a drive that takes no label.
type unwritable struct{ cluster.Drive }

func (unwritable) WriteFormat([]byte) error { return errBroken }

// unwritableD2 opens d2 so that it takes no label.
func unwritableD2(path string) (cluster.Drive, error) {
	d, err := openLocal(path)
	if err == nil && strings.HasSuffix(path, "d2") {
		d = unwritable{d}
	}
	return d, err
}

func TestLabelCannotBeWritten(t *testing.T) {
	t.Parallel()
	t.Run("to a replaced drive", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.format(0, "d{1...4}")
		r.remove("d2")
		r.open = unwritableD2
		want := four()
		want["d2"] = fate{Slot: "0.0.1", State: "vacant"}
		r.expect(r.start(0, "d{1...4}"), want)
	})
	t.Run("in a first format", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.open = unwritableD2
		if _, err := cluster.Open(t.Context(), r.options(0, "d{1...4}")); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "d2") {
			t.Errorf("got %v", err)
		}
		r.open = nil // the next attempt finishes what was begun
		c := r.start(0, "d{1...4}")
		want := four()
		want["d2"] = fate{Slot: "0.0.1", State: "sound", Serves: true, Fresh: true}
		r.expect(c, want)
	})
}

// brokenAt opens local drives but for one.
func brokenAt(name string) func(path string) (cluster.Drive, error) {
	return func(path string) (cluster.Drive, error) {
		if strings.HasSuffix(path, name) {
			return nil, errBroken
		}
		return openLocal(path)
	}
}

// TestDriveCannotBeOpened is about one whose label could be read.
func TestDriveCannotBeOpened(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.format(0, "d{1...4}")
	r.open = brokenAt("d2")
	c := r.start(0, "d{1...4}")
	want := four()
	want["d2"] = fate{Slot: "0.0.1", State: "sound"}
	r.expect(c, want)
	if err := c.Members[1].Err; !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

// memory is a drive that is only its label.
type memory struct {
	drive.Drive
	format []byte
}

func (m *memory) ReadFormat() ([]byte, error) { return m.format, nil }
func (m *memory) WriteFormat(b []byte) error  { m.format = b; return nil }
func (m *memory) SetID(string)                {}
func (m *memory) Close() error                { return nil }
func (m *memory) look() (cluster.Finding, error) {
	return cluster.Finding{Format: m.format, System: m.format != nil}, nil
}

// TestHungDrive has a drive on which every call hangs, as on a dead mount.
func TestHungDrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, dir: "/drives"}
		drives := make(map[string]*memory)
		hang := make(chan struct{})
		hangs := ""
		o := r.options(0, "d{1...4}")
		for _, path := range o.Pools[0].Drives {
			drives[path] = new(memory)
		}
		o.Look = func(path string) (cluster.Finding, error) {
			if path == hangs {
				<-hang
			}
			return drives[path].look()
		}
		o.Open = func(_ context.Context, path string) (cluster.Drive, error) { return drives[path], nil }
		o.Patience = 5 * time.Second

		if _, err := cluster.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		hangs = "/drives/d3"
		began := time.Now()
		c, err := cluster.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != o.Patience {
			t.Errorf("took %v, want %v", took, o.Patience)
		}
		if m := c.Members[2]; m.State != label.Unreadable || m.Serves() || !strings.Contains(m.Err.Error(), "does not answer") {
			t.Errorf("got %s %v", m.State, m.Err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := cluster.Open(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %v", err)
		}
		close(hang)
	})
}

// TestFixtures opens drives that MinIO formatted.
func TestFixtures(t *testing.T) {
	t.Parallel()
	for _, name := range fixture.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, m := newRig(t), fixture.Load(t, name)
			from := fixture.Unpack(t, name)
			roster := m.Drives[0].Format.XL.Sets
			want, args := make(map[string]fate), []string(nil)
			for _, d := range m.Drives {
				raw, err := os.ReadFile(from + "/" + d.Path + "/" + formatFile)
				if err != nil {
					t.Fatal(err)
				}
				r.write(raw, d.Path, formatFile)
				args = append(args, d.Path)
				for set, ids := range roster {
					if slot := slices.Index(ids, d.Format.XL.This); slot >= 0 {
						want[d.Path] = sound(fmt.Sprintf("0.%d.%d", set, slot))
					}
				}
			}
			c := r.start(len(roster[0]), args...)
			r.expect(c, want)
			if c.Name() != m.DeploymentID {
				t.Errorf("deployment %s, want %s", c.Name(), m.DeploymentID)
			}
			if log := r.logged(); log != "" {
				t.Errorf("log:\n%s", log)
			}
		})
	}
}
