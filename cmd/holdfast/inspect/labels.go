package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/label"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// Survey is who the drives are, and what a server would make of them.
type Survey struct {
	Deployment string       `json:"deployment,omitempty"`
	Start      Start        `json:"start"` // the worst of all pools
	Pools      []PoolSurvey `json:"pools"`
	Warnings   []string     `json:"warnings,omitempty"`
}

// PoolSurvey is the drives of one pool.
type PoolSurvey struct {
	Argument   string        `json:"argument"`
	Deployment string        `json:"deployment,omitempty"`
	Sets       int           `json:"sets"` // as the labels say, or without any as the arguments do
	SetDrives  int           `json:"set_drives"`
	Algorithm  string        `json:"algorithm,omitempty"`
	Start      Start         `json:"start"`
	Why        string        `json:"why"` // Start in a sentence
	Drives     []DriveSurvey `json:"drives"`
}

// DriveSurvey is one drive. Sizes are in bytes.
type DriveSurvey struct {
	Path    string `json:"path"`
	UUID    string `json:"uuid,omitempty"`
	Set     int    `json:"set"`  // where its uuid belongs; without one, where it was given
	Slot    int    `json:"slot"` // likewise
	State   string `json:"state"`
	Moved   bool   `json:"moved,omitempty"`   // its uuid belongs to the place of another path
	Filling string `json:"filling,omitempty"` // how far the filling of a replaced drive has come
	Total   uint64 `json:"total,omitempty"`
	Free    uint64 `json:"free,omitempty"`
	Why     string `json:"why,omitempty"` // why it would not be used
}

// Start is what a server would do when started on the drives.
type Start string

// The outcomes of a start, from good to bad.
const (
	StartWhole    Start = "whole"    // serve with all drives
	StartDegraded Start = "degraded" // serve without some
	StartFormats  Start = "formats"  // take the drives for new ones and format them
	StartRefused  Start = "refused"  // end with an error
)

var startOrder = []Start{StartWhole, StartDegraded, StartFormats, StartRefused}

// worse is the worse of two outcomes.
func (s Start) worse(other Start) Start {
	if slices.Index(startOrder, other) > slices.Index(startOrder, s) {
		return other
	}
	return s
}

// Labels reads the labels of the drives and judges them. Drives are given as to a server, with or without ellipses. An
// error means that the arguments make no sense; what is wrong with drives is part of the answer.
func Labels(_ context.Context, drives []string, o Options) (Survey, error) {
	c, err := openCluster(drives, o)
	if err != nil {
		return Survey{}, err
	}
	defer c.close()
	return c.survey, nil
}

const (
	systemVolume = ".minio.sys"
	labelFile    = systemVolume + "/format.json"
	trackerFile  = systemVolume + "/buckets/.healing.bin"
	ownState     = systemVolume + "/holdfast"
)

// readLabel reads the label of a drive, as label.Elect wants it.
func (d *disk) readLabel() label.Reading {
	b, err := d.readFile(labelFile, label.MaxBytes)
	if absent(err) {
		return label.Reading{Err: label.ErrUnformatted}
	}
	if err != nil {
		return label.Reading{Err: err}
	}
	l, err := label.Parse(b)
	return label.Reading{Label: l, Err: err}
}

// filling tells in words how far the filling of a replaced drive has come; empty when it is not being filled.
func (d *disk) filling() string {
	b, err := d.readFile(trackerFile, label.MaxTrackerBytes)
	if absent(err) {
		return ""
	}
	if err != nil {
		return err.Error()
	}
	t, err := label.ParseTracker(b)
	switch {
	case err != nil:
		return err.Error()
	case t.Finished:
		return ""
	}
	return fmt.Sprintf("%d of about %d objects done", t.ItemsHealed, t.ObjectsTotalCount)
}

// plurality is the roster most drives carry; the first of several with as many.
func plurality(readings []label.Reading) (label.Roster, bool) {
	var best label.Roster
	most := 0
	for _, r := range readings {
		if r.Err != nil {
			continue
		}
		votes := 0
		for _, other := range readings {
			if other.Err == nil && other.Label.Roster.Equal(r.Label.Roster) {
				votes++
			}
		}
		if votes > most {
			best, most = r.Label.Roster, votes
		}
	}
	return best, most > 0
}

// surveyPool judges the drives of one pool. The verdicts are those of the roster that was elected; where the election
// failed, of the one most drives carry, so that what they hold can be looked at all the same. Without any label there is no
// roster, and ok is false.
func surveyPool(p topology.Pool, readings []label.Reading) (s PoolSurvey, roster label.Roster, verdicts []label.Verdict, ok bool) {
	s = PoolSurvey{Argument: p.Argument, Sets: p.Sets(), SetDrives: p.SetDrives}
	roster, failure := label.Elect(readings, p.SetDrives)
	if ok = failure == nil; !ok {
		roster, ok = plurality(readings)
	}
	if ok {
		verdicts = roster.Judge(readings)
		s.Deployment, s.Algorithm = roster.Deployment.String(), string(roster.Algorithm)
		s.Sets, s.SetDrives = len(roster.Sets), roster.SetDrives()
	}
	for i, path := range p.Drives {
		d := DriveSurvey{Path: path, Set: p.Slot(i).Set, Slot: p.Slot(i).Drive}
		if readings[i].Err == nil {
			d.UUID = readings[i].Label.This.String()
		}
		if ok {
			d.judged(verdicts[i], failure)
		} else {
			d.unjudged(readings[i].Err)
		}
		s.Drives = append(s.Drives, d)
	}
	s.Start, s.Why = foresee(roster, verdicts, failure, s)
	return s, roster, verdicts, ok
}

// judged enters what the roster says of a drive. Where drives were given in another layout than they were formatted for, the
// place of their paths means nothing.
func (d *DriveSurvey) judged(v label.Verdict, failure error) {
	d.State = v.State.String()
	if v.Err != nil {
		d.Why = plain(v.Err)
	}
	switch {
	case v.State == label.Sound || v.State == label.Clone:
		d.Set, d.Slot = v.Slot.Set, v.Slot.Drive
		d.Moved = v.Moved && !errors.Is(failure, label.ErrShape)
	case errors.Is(failure, label.ErrShape) && (v.State == label.Vacant || v.State == label.Surplus):
		d.unjudged(v.Err)
	}
}

// unjudged enters what can be said of a drive without a roster.
func (d *DriveSurvey) unjudged(err error) {
	switch {
	case errors.Is(err, label.ErrUnformatted):
		d.State = "blank"
	case errors.Is(err, label.ErrCorrupt):
		d.State = "corrupt"
	case errors.Is(err, label.ErrUnsupported):
		d.State = label.Unsupported.String()
	default:
		d.State = label.Unreadable.String()
	}
	if err != nil {
		d.Why = plain(err)
	}
}

// foresee says what a start would do with a pool.
func foresee(roster label.Roster, verdicts []label.Verdict, failure error, s PoolSurvey) (Start, string) {
	switch {
	case errors.Is(failure, label.ErrUnformatted):
		return StartFormats, "would format " + all(len(s.Drives)) + ": none carries a label"
	case failure != nil:
		return StartRefused, "would be refused: " + plain(failure)
	}
	sound := make([]int, len(roster.Sets))
	var vacant, left []string
	for i, v := range verdicts {
		switch v.State {
		case label.Sound:
			sound[v.Slot.Set]++
		case label.Vacant:
			vacant = append(vacant, s.Drives[i].Path)
		default:
			left = append(left, s.Drives[i].Path)
		}
	}
	if len(vacant)+len(left) == 0 {
		return StartWhole, "would serve with " + all(len(s.Drives))
	}
	why := []string{fmt.Sprintf("would serve with %d of %d drives", len(s.Drives)-len(vacant)-len(left), len(s.Drives))}
	if len(vacant) > 0 {
		why = append(why, "would format and fill "+strings.Join(vacant, ", "))
	}
	if len(left) > 0 {
		why = append(why, "would leave out "+strings.Join(left, ", "))
	}
	for set, n := range sound {
		if lost := roster.SetDrives() - n; lost > 0 {
			why = append(why, fmt.Sprintf("set %d lacks %d of its %d drives: versions with parity below %d do not read",
				set, lost, roster.SetDrives(), lost))
		}
	}
	return StartDegraded, strings.Join(why, "; ")
}

func all(drives int) string {
	if drives == 1 {
		return "the one drive"
	}
	return fmt.Sprintf("all %d drives", drives)
}

// plain is the text of an error of package label, for a sentence that says itself what it is about.
func plain(err error) string {
	if errors.Is(err, label.ErrUnformatted) {
		return "it carries no label"
	}
	return strings.TrimPrefix(err.Error(), "label: ")
}

// sameDeployment tells whether pools may serve together, and which deployment they are.
func sameDeployment(pools []PoolSurvey) (string, bool) {
	deployment := ""
	for _, p := range pools {
		if p.Deployment == "" || p.Deployment == uuid.Nil.String() {
			continue
		}
		if deployment != "" && deployment != p.Deployment {
			return deployment, false
		}
		deployment = p.Deployment
	}
	return deployment, true
}
