package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

const (
	maxPartNote = 64 << 10 // a part's note: a few hundred bytes and a seek index
	partsAtOnce = 16       // parts whose notes are read at the same time
)

// partNote is the file beside a part that says what the part is.
func partNote(number int) string { return partFile(number) + ".meta" }

// partFiles are the names in an upload's data directory, by slot; nil where the drive has no such directory.
type partFiles [][]drive.DirEntry

func (s *Store) partFiles(ctx context.Context, u *upload) (partFiles, error) {
	files := make(partFiles, u.at.set.Size())
	errs := u.at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) (err error) {
		files[slot], err = d.List(ctx, u.dir(), "", 0)
		if errors.Is(err, drive.ErrNotFound) {
			return nil // no part arrived on this drive
		}
		return err
	})
	if succeeded(errs) < u.object.Data {
		return nil, u.final.readable("list parts", errors.Join(errs...))
	}
	return files, nil
}

// numbers are the parts greater than after that any drive has a note of, ascending.
func (f partFiles) numbers(after int) []int {
	seen := make(map[int]bool)
	var all []int
	for _, names := range f {
		for _, e := range names {
			text, ok := strings.CutSuffix(e.Name, ".meta")
			text, isPart := strings.CutPrefix(text, "part.")
			n, err := strconv.Atoi(text)
			if ok && isPart && err == nil && n > after && !seen[n] {
				seen[n] = true
				all = append(all, n)
			}
		}
	}
	slices.Sort(all)
	return all
}

// partState is what the drives have of one part of an upload. A part and its note come and go in one commit, so a drive that
// has the note has the part.
type partState struct {
	number int
	note   *xlmeta.PartMeta   // the part that stands; nil when none does
	dir    []*xlmeta.PartMeta // by slot: the note in the data directory
	aside  []*xlmeta.PartMeta // by slot: the note that was put aside for a newer part
}

// inDir and inSpare tell where a drive has the part that stands.
func (p *partState) inDir(slot int) bool   { return p.note != nil && samePart(p.dir[slot], p.note) }
func (p *partState) inSpare(slot int) bool { return p.note != nil && samePart(p.aside[slot], p.note) }

// copies is how many drives have the part that stands.
func (p *partState) copies() (n int) {
	for slot := range p.dir {
		if p.inDir(slot) || p.inSpare(slot) {
			n++
		}
	}
	return n
}

func samePart(a, b *xlmeta.PartMeta) bool {
	return a != nil && a.Number == b.Number && a.ETag == b.ETag && a.Size == b.Size && a.ModTime.Equal(b.ModTime)
}

// wide tells whether more than half of the drives are needed to read the upload.
func (u *upload) wide() bool {
	return 2*geometryOf(&u.object).ReadQuorum() > u.at.set.Size()+1
}

// spare is where a part is put aside while a newer one takes its place.
func (u *upload) spare(number int) drive.Path {
	sum := sha256.Sum256([]byte("holdfast part " + strconv.Itoa(number)))
	return u.at.data(xlmeta.DataDir(sum[:16]))
}

// partStates reads what the drives have of some parts.
func (s *Store) partStates(ctx context.Context, u *upload, numbers []int) ([]*partState, error) {
	states := make([]*partState, len(numbers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for i, n := range numbers {
		group.Go(func() (err error) {
			states[i], err = s.partState(ctx, u, n)
			return err
		})
	}
	return states, group.Wait()
}

// partState reads what the drives have of one part. The newest of which there are enough to read it stands.
func (s *Store) partState(ctx context.Context, u *upload, number int) (*partState, error) {
	n := u.at.set.Size()
	p := &partState{number: number, aside: make([]*xlmeta.PartMeta, n)}
	var errs []error
	p.dir, errs = u.notes(ctx, u.dir(), number)
	if u.wide() && !p.alike() {
		p.aside, _ = u.notes(ctx, u.spare(number), number)
	}
	most := 0
	for _, note := range slices.Concat(p.dir, p.aside) {
		if note == nil {
			continue
		}
		candidate := partState{note: note, dir: p.dir, aside: p.aside}
		have := candidate.copies()
		most = max(most, have)
		if have >= u.object.Data && (p.note == nil || note.ModTime.After(p.note.ModTime)) {
			p.note = note
		}
	}
	unknown := 0
	for _, err := range errs {
		if err != nil && !errors.Is(err, drive.ErrNotFound) {
			unknown++
		}
	}
	if p.note == nil && unknown > 0 && most+unknown >= u.object.Data {
		return nil, u.final.fault("part", objectlayer.KindReadQuorum, errors.Join(errs...))
	}
	return p, nil
}

// alike tells whether all drives have the same note, or all none.
func (p *partState) alike() bool {
	first := p.dir[0]
	return !slices.ContainsFunc(p.dir, func(note *xlmeta.PartMeta) bool {
		return note != first && (first == nil || !samePart(note, first))
	})
}

// notes reads the note of a part in one directory, by slot.
func (u *upload) notes(ctx context.Context, dir drive.Path, number int) ([]*xlmeta.PartMeta, []error) {
	notes := make([]*xlmeta.PartMeta, u.at.set.Size())
	errs := u.at.set.Each(ctx, func(ctx context.Context, slot int, d drive.Drive) error {
		raw, err := d.ReadFile(ctx, dir.Join(partNote(number)), maxPartNote)
		if err != nil {
			return err
		}
		note, err := xlmeta.DecodePartMeta(raw)
		if err == nil && note.Number == number {
			notes[slot] = &note
		}
		return err
	})
	return notes, errs
}
