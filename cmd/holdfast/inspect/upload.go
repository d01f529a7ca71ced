package inspect

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

const (
	partPrefix     = "part."
	partMetaSuffix = ".meta"
	// maxPartMeta bounds a part.N.meta, in bytes: the index of the largest part takes a few hundred kilobytes.
	maxPartMeta = 4 << 20
)

// partNumber reads the name of a part file.
func partNumber(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, partPrefix)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n > 0 && partName(n) == name
}

// uploadPart is a part of an upload in progress as the drives have it.
type uploadPart struct {
	number int
	metas  []*xlmeta.PartMeta // by slot; nil where there is none that can be read
	errs   []error            // by slot, what is wrong with it
}

// judgeParts verifies the parts of an upload in progress. A part is there for clients when as many drives as a read takes have
// its file and agree on its part.N.meta.
func (r *record) judgeParts(ctx context.Context, frames *frameChecker) []Finding {
	candidates := r.merge()
	if len(candidates) == 0 {
		return nil
	}
	o := r.object(candidates[0])
	if o == nil || o.Data+o.Parity != len(r.set.slots) {
		return nil
	}
	scheme, err := schemeOf(o.Data, o.Parity, o.BlockSize)
	if err != nil {
		return nil
	}
	u := upload{record: r, object: o, scheme: scheme, dir: path.Join(r.path(), o.DataDir.String())}
	parts := r.uploadParts(u.dir)
	var list []Finding
	for _, number := range slices.Sorted(maps.Keys(parts)) {
		if f, ok := u.judge(ctx, parts[number], frames); !ok {
			list = append(list, f)
		}
	}
	return list
}

// uploadParts reads what the drives say of the parts in a data directory.
func (r *record) uploadParts(dir string) map[int]*uploadPart {
	parts := make(map[int]*uploadPart)
	for slot, at := range r.set.slots {
		if at.disk == nil {
			continue
		}
		at.disk.list(dir, func(name string, _ bool) {
			number, ok := partNumber(strings.TrimSuffix(name, partMetaSuffix))
			if ok && parts[number] == nil {
				n := len(r.set.slots)
				parts[number] = &uploadPart{number: number, metas: make([]*xlmeta.PartMeta, n), errs: make([]error, n)}
			}
			if ok && strings.HasSuffix(name, partMetaSuffix) {
				p := parts[number]
				p.metas[slot], p.errs[slot] = readPartMeta(at.disk, path.Join(dir, name))
			}
		})
	}
	return parts
}

func readPartMeta(d *disk, name string) (*xlmeta.PartMeta, error) {
	b, err := d.readFile(name, maxPartMeta)
	if err != nil {
		return nil, err
	}
	p, err := xlmeta.DecodePartMeta(b)
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// lead is the description of the part that most drives have.
func (p *uploadPart) lead() *xlmeta.PartMeta {
	var best *xlmeta.PartMeta
	most := 0
	for _, m := range p.metas {
		votes := 0
		for _, other := range p.metas {
			if m != nil && other != nil && samePart(m, other) {
				votes++
			}
		}
		if votes > most {
			best, most = m, votes
		}
	}
	return best
}

func samePart(a, b *xlmeta.PartMeta) bool {
	return a.Number == b.Number && a.ETag == b.ETag && a.Size == b.Size && a.ModTime.Equal(b.ModTime)
}

// upload is what is needed to judge the parts of an upload.
type upload struct {
	*record
	object *xlmeta.Object
	scheme code.Scheme
	dir    string // with the parts, below the drive
}

// judge verifies one part. ok tells that every drive has it whole, or would if it were there.
func (u *upload) judge(ctx context.Context, p *uploadPart, frames *frameChecker) (f Finding, ok bool) {
	lead := p.lead()
	var copies []Copy
	for slot := range u.set.slots {
		copies = append(copies, u.copy(ctx, p, lead, slot, frames))
	}
	read := u.scheme.ReadQuorum()
	known, serving := count(copies, Copy.holdsMetadata), count(copies, Copy.serves)
	f = u.finding(KindUploadPart)
	f.Part, f.Copies = p.number, bad(copies)
	switch {
	case serving >= read:
		f.Severity, f.Why = Weaker, reads(serving-read)
	case known >= read:
		f.Severity, f.Why = Lost, fmt.Sprintf("%s left, and reading takes %d", counted(serving, "sound shard"), read)
	default:
		f.Why = fmt.Sprintf("it is on %s, of %d that it takes: it does not count as uploaded", counted(known, "drive"), read)
	}
	gone := count(f.Copies, func(c Copy) bool { return c.State == CopyNoDrive })
	return f, len(f.Copies) == 0 || f.Severity == Weaker && gone == len(f.Copies)
}

// copy says what one slot has of a part.
func (u *upload) copy(ctx context.Context, p *uploadPart, lead *xlmeta.PartMeta, slot int, frames *frameChecker) Copy {
	at, shard := u.set.slots[slot], int(u.object.Dist[slot])
	c := Copy{Drive: at.path, Slot: slot, Shard: shard, Data: shard <= u.object.Data, State: CopySound}
	switch m := p.metas[slot]; {
	case at.disk == nil:
		c.State, c.Detail = CopyNoDrive, at.why
	case p.errs[slot] != nil:
		c.State, c.Detail = CopyBadRecord, p.errs[slot].Error()
	case m == nil:
		c.State, c.Detail = CopyNoRecord, "no "+partName(p.number)+partMetaSuffix
	case !samePart(m, lead):
		c.State = CopyOther
	case m.Size > 0:
		var err error
		c.Bytes, err = checkFile(ctx, at.disk, path.Join(u.dir, partName(p.number)), u.scheme, m.Size, frames)
		c.blame(err)
	}
	return c
}
