package store

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"maps"
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// CompleteUpload implements objectlayer.Uploads. The parts' files move as they are: their directory becomes the version's.
func (s *Store) CompleteUpload(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, parts []objectlayer.CompletePart, o objectlayer.CompleteOptions) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	state, err := s.writeTarget(ctx, b, k)
	if err != nil {
		return none, err
	}
	u, err := s.upload(ctx, b, k, id)
	var lease *lock.Lease
	if err == nil {
		lease, err = s.lockUpload(ctx, u)
	}
	if objectlayer.KindOf(err) == objectlayer.KindNoUpload {
		return s.completed(ctx, b, k, id, parts, err)
	}
	if err != nil {
		return none, err
	}
	if u.touched() {
		if info, err := s.completed(ctx, b, k, id, parts, u.gone()); err == nil {
			return info, s.removeUpload(ctx, lease, u.at)
		}
	}
	defer lease.Release()
	c := &completion{upload: u, parts: parts, options: o}
	if err := s.gather(ctx, c); err != nil {
		return none, err
	}
	d := &draft{
		at:         u.final,
		state:      state.rules.Versioning.Of(k),
		shown:      state.rules.Versioning.State(),
		conditions: o.Conditions,
		geometry:   geometryOf(&u.object),
		transform:  c.transform,
		object:     u.object,
	}
	if err := c.finish(d); err != nil {
		return none, err
	}
	return s.publishUpload(ctx, d, c)
}

// touched tells whether some drive does not have the upload, or is not known to: a completion of it may have been cut off.
func (u *upload) touched() bool { return u.standing.slots.count() < u.at.set.Size() }

// completed answers a completion of an upload that is not there any more: if a version was made of it, as that did.
func (s *Store) completed(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, id objectlayer.UploadID, parts []objectlayer.CompletePart, gone error) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	f, err := s.search(ctx, b, k, true, xlmeta.VersionID{})
	if err != nil || f == nil {
		return none, gone
	}
	object, ok := f.rec.madeOf(uploadDir(id))
	if !ok {
		return none, gone
	}
	tags := make([]objectlayer.ETag, len(parts))
	for i, p := range parts {
		tags[i] = p.ETag
	}
	if etag, err := uploadETag(tags); err != nil || etag != object.MetaUser[metaETag] {
		return none, gone
	}
	info, err := s.StatBucket(ctx, b)
	if err != nil {
		return none, err
	}
	return s.describe(ctx, f.at, &object, info.Versioning, nil)
}

// madeOf finds the version that was made of an upload.
func (r *record) madeOf(dir string) (xlmeta.Object, bool) {
	for _, v := range r.versions {
		if verdict := r.verdict(v); v.Type != xlmeta.TypeObject || verdict != committed && verdict != doubtful {
			continue
		}
		if o, err := r.object(v); err == nil && string(o.MetaSys[keyUpload]) == dir {
			return o, true
		}
	}
	return xlmeta.Object{}, false
}

// completion is a call to complete an upload and what was found out for it.
type completion struct {
	upload    *upload
	parts     []objectlayer.CompletePart
	options   objectlayer.CompleteOptions
	transform *transform // nil for SSE-C without the customer's key
	files     partFiles
	states    []*partState           // of the parts named, in order
	infos     []objectlayer.PartInfo // likewise, as clients see them
}

// gather reads what is known of the parts named and checks that they are what the client thinks.
func (s *Store) gather(ctx context.Context, c *completion) (err error) {
	u := c.upload
	if len(c.parts) == 0 || len(c.parts) > objectlayer.MaxPartNumber {
		return u.fault(objectlayer.KindPart, "number of parts")
	}
	numbers := make([]int, len(c.parts))
	for i, p := range c.parts {
		if i > 0 && p.Number <= numbers[i-1] {
			return u.fault(objectlayer.KindPartOrder, "")
		}
		numbers[i] = p.Number
	}
	if c.transform, err = s.sealer(ctx, u, c.options.Encryption.CustomerKey); err != nil {
		return err
	}
	if c.files, err = s.partFiles(ctx, u); err != nil {
		return err
	}
	if c.states, err = s.partStates(ctx, u, numbers); err != nil {
		return err
	}
	c.infos = make([]objectlayer.PartInfo, len(numbers))
	for i, state := range c.states {
		if err := c.check(i, state.note); err != nil {
			return err
		}
	}
	return nil
}

func (u *upload) fault(kind objectlayer.Kind, detail string) error {
	return &objectlayer.Error{Op: "complete upload", Kind: kind, Bucket: objectlayer.Bucket(u.final.bucket), Key: u.final.key(), Detail: detail}
}

// check compares one part with what the client says about it.
func (c *completion) check(i int, note *xlmeta.PartMeta) (err error) {
	u, want := c.upload, c.parts[i]
	named := "part " + strconv.Itoa(want.Number)
	if note == nil {
		return u.fault(objectlayer.KindPart, named)
	}
	if c.infos[i], err = u.part(*note, c.transform); err != nil {
		return err
	}
	info := c.infos[i]
	if !strings.EqualFold(string(want.ETag), string(info.ETag)) {
		return u.fault(objectlayer.KindPart, named)
	}
	if want.Checksum.Value != "" && note.Checksums[want.Checksum.Algorithm] != want.Checksum.Value {
		return u.fault(objectlayer.KindPart, named+": checksum")
	}
	if i < len(c.parts)-1 && info.Size < objectlayer.MinPartSize {
		return u.fault(objectlayer.KindTooSmall, named)
	}
	return nil
}

// finish turns the upload's metadata into the version's.
func (c *completion) finish(d *draft) error {
	u := c.upload
	d.object = u.object
	d.object.MetaSys, d.object.MetaUser = maps.Clone(u.object.MetaSys), maps.Clone(u.object.MetaUser)
	delete(d.object.MetaSys, keyUploadName)
	delete(d.object.MetaUser, metaUploadSum)
	delete(d.object.MetaUser, metaUploadKind)
	d.object.MetaSys[keyUpload] = []byte(uploadDir(u.id))
	d.object.Parts, d.object.Size = nil, 0
	tags, actual := make([]objectlayer.ETag, len(c.states)), int64(0)
	for i, state := range c.states {
		note := state.note
		tags[i] = c.infos[i].ETag
		d.object.Parts = append(d.object.Parts, xlmeta.Part{Number: note.Number, Size: note.Size, ActualSize: note.ActualSize, Index: note.Index})
		d.object.Size += note.Size
		actual += c.infos[i].Size
	}
	if c.options.Size != nil && *c.options.Size != actual {
		return u.fault(objectlayer.KindArgument, "x-amz-mp-object-size")
	}
	etag, err := uploadETag(tags)
	if err != nil {
		return u.fault(objectlayer.KindPart, "ETag is no digest")
	}
	d.object.MetaUser[metaETag] = etag
	d.object.MetaSys[xlmeta.KeyActualSize] = strconv.AppendInt(nil, actual, 10)
	return c.sum(d)
}

// uploadETag is the ETag of a version made of parts with these ETags: the MD5 of their digests, and their number.
func uploadETag(tags []objectlayer.ETag) (string, error) {
	digest := md5.New()
	for _, tag := range tags {
		sum, err := hex.DecodeString(string(tag))
		if err != nil {
			return "", err
		}
		digest.Write(sum)
	}
	return hex.EncodeToString(digest.Sum(nil)) + "-" + strconv.Itoa(len(tags)), nil
}

// sum makes the version's checksum of those of its parts.
func (c *completion) sum(d *draft) error {
	u := c.upload
	name := u.object.MetaUser[metaUploadSum]
	if name == "" || c.transform == nil {
		return nil
	}
	algorithm, err := checksum.ParseAlgorithm(name)
	if err != nil {
		return u.fault(objectlayer.KindInternal, "")
	}
	kind := checksum.FullObject
	if u.object.MetaUser[metaUploadKind] == "COMPOSITE" {
		kind = checksum.Composite
	}
	parts := make([]checksum.Part, len(c.states))
	for i, state := range c.states {
		note := state.note
		sum, err := algorithm.Parse(note.Checksums[algorithm.String()])
		if err != nil {
			return u.fault(objectlayer.KindPart, "part "+strconv.Itoa(note.Number)+": no "+name)
		}
		parts[i] = checksum.Part{Sum: sum, Size: c.infos[i].Size}
	}
	value, err := checksum.Assemble(algorithm, kind, parts)
	if err != nil {
		return u.fault(objectlayer.KindArgument, "checksum type")
	}
	if want := c.options.Checksum.Value; want != "" && want != value.Text() && want != checksum.Format(value.Sum) {
		return u.fault(objectlayer.KindChecksum, name) // some clients leave out the "-<parts>" of a composite
	}
	return d.setChecksum(value)
}

// publishUpload makes the completed upload a version.
func (s *Store) publishUpload(ctx context.Context, d *draft, c *completion) (objectlayer.ObjectInfo, error) {
	u := c.upload
	d.moves = c.moveIn
	d.stakes = []stake{{copies: u.standing.slots.count(), read: u.object.Data}}
	d.spent = []drive.Path{u.at.path()}
	var whole slots
	for slot := range u.at.set.Size() {
		if c.has(slot) == len(c.states) {
			whole |= 1 << slot
		}
	}
	for _, state := range c.states {
		d.stakes = append(d.stakes, stake{copies: state.copies(), read: u.object.Data})
	}
	// Drives that lack a part are left out and caught up later. Where there are too few of the others everyone takes part, and
	// since it is not known who holds what, nobody may fail.
	if whole.count() >= d.geometry.WriteQuorum() {
		d.absent = func(slot int) bool { return !whole.has(slot) }
	} else {
		d.all = true
	}
	return s.publish(ctx, d)
}

// has is how many of the parts a drive has.
func (c *completion) has(slot int) (n int) {
	for _, p := range c.states {
		if p.inDir(slot) || p.inSpare(slot) {
			n++
		}
	}
	return n
}

// moveIn makes the parts' directory on one drive the version's.
func (c *completion) moveIn(slot int, backup drive.Path) []drive.Edit {
	u := c.upload
	edits := c.arrange(slot, backup)
	if backup != "" && u.standing.slots.has(slot) {
		edits = append(edits, drive.Move(u.at.record(), backup.Join(backupUpload)))
	}
	if c.has(slot) > 0 {
		edits = append(edits, drive.Move(u.dir(), u.final.data(u.object.DataDir)))
	}
	return append(edits, drive.Remove(u.at.path()))
}

// arrange makes the parts' directory on one drive what the version's has to be: the parts named, just those that stand, and
// nothing else.
func (c *completion) arrange(slot int, backup drive.Path) []drive.Edit {
	dir := c.upload.dir()
	named := make(map[string]*partState, 2*len(c.states))
	for _, state := range c.states {
		named[partFile(state.number)], named[partNote(state.number)] = state, state
	}
	var edits []drive.Edit
	for _, e := range c.files[slot] {
		state := named[e.Name]
		switch {
		case state != nil && state.inDir(slot) && e.Name == partFile(state.number):
		case backup != "" && (state == nil || state.inDir(slot)):
			edits = append(edits, drive.Move(dir.Join(e.Name), backup.Join(e.Name)))
		default:
			edits = append(edits, drive.Remove(dir.Join(e.Name)))
		}
	}
	for _, state := range c.states {
		if state.inDir(slot) || !state.inSpare(slot) {
			continue
		}
		from, file, beside := c.upload.spare(state.number), partFile(state.number), partNote(state.number)
		edits = append(edits, drive.Move(from.Join(file), dir.Join(file)))
		if backup != "" {
			edits = append(edits, drive.Move(from.Join(beside), backup.Join(beside)))
		}
	}
	return edits
}
