package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/code"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/objectlayer/lock"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Put implements objectlayer.Objects.
func (s *Store) Put(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, src io.Reader, size int64, o objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	state, err := s.writeTarget(ctx, b, k)
	if err != nil {
		return none, err
	}
	in, err := newBody(src, promise{size: size, md5: o.ContentMD5, checksum: o.Checksum, wantChecksum: o.WantChecksum})
	if err != nil {
		return none, err
	}
	at, err := s.place(ctx, b, k, size)
	if err != nil {
		return none, err
	}
	d, err := s.newDraft(ctx, at, state.rules, o, size, false)
	if err != nil {
		return none, err
	}
	if err := s.fill(ctx, d, in); err != nil {
		return none, err
	}
	if err := d.seal(in); err != nil {
		d.blob.drop()
		return none, err
	}
	return s.publish(ctx, d)
}

// writeTarget checks that an object of this name may be written.
func (s *Store) writeTarget(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key) (*bucketState, error) {
	if err := k.Check(); err != nil {
		return nil, err
	}
	if name := storedName(k); !(spot{bucket: string(b), name: name}).record().Valid() {
		return nil, &objectlayer.Error{Op: "write", Kind: objectlayer.KindKey, Bucket: b, Key: k}
	}
	return s.bucket(ctx, b)
}

// draft is a version under construction: everything about it but its id, its time and what each drive adds.
type draft struct {
	at         spot
	state      objectlayer.Versioning // how the version joins the others
	shown      objectlayer.Versioning // the bucket's versioning, which decides how ids are shown
	rules      bucket.Rules
	conditions objectlayer.Conditions
	announced  bool // the client told the MD5 beforehand
	object     xlmeta.Object
	geometry   erasure.Geometry
	transform  *transform
	blob       blob
	size       int64 // bytes to come, -1 when unknown

	// Of completed uploads, whose bytes are on the drives already.
	moves  func(slot int) []drive.Edit
	after  func(slot int) []drive.Edit
	absent func(slot int) bool
}

// newDraft decides how a new version will be kept.
func (s *Store) newDraft(ctx context.Context, at spot, rules bucket.Rules, o objectlayer.PutOptions, size int64, multipart bool) (*draft, error) {
	d := &draft{
		at:         at,
		state:      rules.Versioning.Of(at.key()),
		shown:      rules.Versioning.State(),
		rules:      rules,
		conditions: o.Conditions,
		announced:  o.ContentMD5 != nil,
		size:       size,
	}
	sys := make(map[string][]byte)
	parity, raised, err := s.parity(ctx, at, o.StorageClass)
	if err != nil {
		return nil, err
	}
	if raised != "" {
		sys[xlmeta.KeyErasureUpgraded] = []byte(raised)
	}
	d.geometry = at.geometry(parity)
	if o.Encryption.Scheme == objectlayer.EncryptNone && !at.system() {
		o.Encryption = s.defaultEncryption(rules)
	}
	if d.transform, err = s.newTransform(ctx, at, o, size, multipart, sys); err != nil {
		return nil, err
	}
	d.object = xlmeta.Object{
		DataDir:   xlmeta.DataDir(uuid.New()),
		Data:      d.geometry.Data,
		Parity:    d.geometry.Parity,
		BlockSize: d.geometry.BlockSize,
		Dist:      d.geometry.Dist,
		MetaSys:   sys,
		MetaUser:  clientMeta(o, rules, s.options.Now()),
	}
	return d, nil
}

// defaultEncryption is what an object gets that asks for none.
func (s *Store) defaultEncryption(rules bucket.Rules) objectlayer.Encryption {
	if rules.Encryption.Scheme == objectlayer.EncryptNone && s.options.AutoEncrypt {
		return objectlayer.Encryption{Scheme: objectlayer.EncryptS3}
	}
	return rules.Encryption
}

// parity is how many parity shards a new version gets. While drives are away it is raised, so that the version can stand
// as many losses as its class promises; raised says so in the words of the format.
func (s *Store) parity(ctx context.Context, at spot, class string) (parity int, raised string, err error) {
	n := at.set.Size()
	if at.system() {
		return topology.MaxParity(n), "", nil
	}
	parity = at.pool.classes.Standard
	if class == reduced {
		parity = at.pool.classes.Reduced
	}
	if s.options.KeepParity || parity == 0 {
		return parity, "", nil
	}
	offline := 0
	for slot := range n {
		if !at.set.Online(slot) {
			offline++
		}
	}
	if offline == 0 {
		return parity, "", nil
	}
	up, ok := topology.RaiseParity(parity, offline, n)
	if !ok {
		return 0, "", at.fault("write", objectlayer.KindWriteQuorum, errors.New("half of the drives or more are offline"))
	}
	if up != parity {
		raised = strconv.Itoa(parity) + "->" + strconv.Itoa(up)
	}
	return up, raised, nil
}

// blob is a version's bytes on their way: in memory, framed for each drive, or staged on the drives.
type blob struct {
	inline [][]byte   // by slot; nil when staged
	stage  drive.Path // the staged data directory; empty when inline
	errs   []error    // by slot: why the drive has not got it
	forget func()     // drops what is staged; nil when there is nothing
}

// drop forgets the bytes.
func (b *blob) drop() {
	if b.forget != nil {
		b.forget()
	}
}

// missing tells whether a drive has not got the bytes.
func (b *blob) missing(slot int) bool { return b.errs != nil && b.errs[slot] != nil }

// fill takes in the body of a plain put.
func (s *Store) fill(ctx context.Context, d *draft, in *body) error {
	out := d.transform.outward(in, 1)
	defer out.close()
	var stored int64
	var err error
	if s.inline(d) {
		stored, err = d.fillInline(out)
		d.object.MetaSys[xlmeta.KeyInlineData] = []byte(xlmeta.InlineTrue)
	} else {
		stored, err = d.blob.fill(ctx, d.at, d.geometry, partFile(1), d.transform.storedSize(d.size), out)
	}
	if err != nil {
		return err
	}
	part, err := d.transform.part(1, stored, in, out)
	if err != nil {
		d.blob.drop()
		return d.at.cryptFault("put", err)
	}
	d.object.Parts = []xlmeta.Part{part}
	d.object.Size = stored
	return nil
}

// inline tells whether the shards are small enough to be kept in the record. Where there are versions a record holds many,
// so the limit is an eighth.
func (s *Store) inline(d *draft) bool {
	if d.size < 0 {
		return false
	}
	limit := s.options.InlineBlock
	if d.state == objectlayer.VersioningEnabled {
		limit /= 8
	}
	return plainShard(d.geometry, d.size) <= limit
}

// plainShard is the size of each shard of so many bytes, without hashes.
func plainShard(g erasure.Geometry, size int64) int64 {
	scheme := code.Scheme{Geometry: topology.Geometry{Data: g.Data, Parity: g.Parity}, BlockBytes: g.BlockSize}
	return scheme.PlainBytes(size)
}

// fillInline reads the whole stream and cuts it for the drives.
func (d *draft) fillInline(out *outward) (int64, error) {
	var buf bytes.Buffer
	buf.Grow(int(d.size) + 512)
	if _, err := buf.ReadFrom(out); err != nil {
		return 0, d.at.fault("put", objectlayer.KindInternal, err)
	}
	frames, err := d.at.set.Encode(d.geometry, buf.Bytes())
	if err != nil {
		return 0, d.at.fault("put", objectlayer.KindInternal, err)
	}
	d.blob.inline = frames
	return int64(buf.Len()), nil
}

// fill stages the stream as a file of a new data directory and makes it durable on enough drives.
func (b *blob) fill(ctx context.Context, at spot, g erasure.Geometry, file string, size int64, out io.Reader) (int64, error) {
	b.stage = drive.Staging.Join(uuid.NewString())
	w, err := at.set.NewWriter(ctx, g, b.stage.Join(file), size)
	if err != nil {
		return 0, at.writable("stage", err)
	}
	b.forget = func() {
		w.Abort()
		at.discard(context.WithoutCancel(ctx), b.stage)
	}
	stored, err := w.ReadFrom(out)
	if err == nil {
		b.errs, err = w.Close()
	}
	if err != nil {
		b.drop()
		return 0, at.writable("stage", err)
	}
	return stored, nil
}

// discard drops a file or directory nobody names from all drives of the set. What cannot be dropped is garbage that the
// next start of its drive clears.
func (at spot) discard(ctx context.Context, p drive.Path) {
	at.set.Each(ctx, func(ctx context.Context, _ int, d drive.Drive) error { return d.Discard(ctx, p) })
}

// partFile is the name of a part's file in its data directory.
func partFile(number int) string { return "part." + strconv.Itoa(number) }

// seal writes down what is known at the end of the body.
func (d *draft) seal(in *body) error {
	etag, err := d.transform.sealETag(in.digest(), d.announced)
	if err != nil {
		return d.at.cryptFault("put", err)
	}
	d.object.MetaUser[metaETag] = etag
	if d.transform.compressed {
		d.object.MetaSys[xlmeta.KeyActualSize] = strconv.AppendInt(nil, in.read, 10)
	}
	if in.sum == nil {
		return nil
	}
	return d.setChecksum(checksum.Value{Algorithm: in.algorithm, Type: checksum.FullObject, Sum: in.sum.Sum(nil)})
}

// setChecksum writes down the version's checksum.
func (d *draft) setChecksum(v checksum.Value) error {
	stored, err := v.Append(nil)
	if err != nil {
		return d.at.fault("put", objectlayer.KindInternal, err)
	}
	sealed, err := d.transform.sealChecksum(stored)
	if err != nil {
		return d.at.cryptFault("put", err)
	}
	d.object.MetaSys[xlmeta.KeyChecksum] = sealed
	return nil
}

// publish makes the draft a version: it takes the key's lock, decides the conditions and commits.
func (s *Store) publish(ctx context.Context, d *draft) (objectlayer.ObjectInfo, error) {
	none := objectlayer.ObjectInfo{}
	lease, err := s.locks.Acquire(ctx, d.at.lockName())
	if err != nil {
		d.blob.drop()
		return none, d.at.writable("put", err)
	}
	rec, err := s.prepare(ctx, d, lease)
	if err != nil {
		lease.Release()
		d.blob.drop()
		return none, err
	}
	free := rec.freeVersion(d.object.ID)
	err = s.commit(ctx, lease, rec, change{
		edit: func(slot int, j *xlmeta.Journal) error {
			if err := free.add(j); err != nil {
				return err
			}
			return d.edit(slot, j)
		},
		first:      d.moveIn,
		last:       d.after,
		skip:       d.missing,
		replaced:   d.replaces(rec),
		overwrites: true,
		need:       d.geometry.WriteQuorum(),
		read:       d.geometry.ReadQuorum(),
	})
	if err != nil {
		return none, err
	}
	info, err := s.describe(ctx, d.at, &d.object, d.shown, d.transform)
	info.Latest = true
	return info, err
}

// prepare reads the record under its lock, decides the conditions and gives the draft its id and time.
func (s *Store) prepare(ctx context.Context, d *draft, lease *lock.Lease) (*record, error) {
	rec, err := s.weighLocked(ctx, d.at, lease)
	if err != nil {
		return nil, err
	}
	if err := s.allowed(ctx, rec, d.shown, d.conditions); err != nil {
		return nil, err
	}
	if d.state == objectlayer.VersioningEnabled {
		d.object.ID = xlmeta.VersionID(uuid.New())
	}
	d.object.ModTime = s.now(rec.newest())
	return rec, nil
}

// edit puts the version into one drive's journal.
func (d *draft) edit(slot int, j *xlmeta.Journal) error {
	o := d.object
	o.Index = int(d.geometry.Dist[slot])
	if !o.Inline() {
		return j.Put(o, nil)
	}
	frames := d.blob.inline[slot]
	if frames == nil {
		frames = []byte{}
	}
	return j.Put(o, frames)
}

// missing tells whether a drive has not got the version's bytes.
func (d *draft) missing(slot int) bool {
	return d.blob.missing(slot) || d.absent != nil && d.absent(slot)
}

// moveIn brings the staged data directory to the record.
func (d *draft) moveIn(slot int) []drive.Edit {
	switch {
	case d.moves != nil:
		return d.moves(slot)
	case d.blob.stage == "":
		return nil
	}
	return []drive.Edit{drive.Move(d.blob.stage, d.at.path().Join(d.object.DataDir.String()))}
}

// replaces lists the data directories that go when the draft takes the place of the version with its id.
func (d *draft) replaces(rec *record) []xlmeta.DataDir {
	return rec.freed(d.object.ID)
}

// freed lists the data directories nothing names once the versions with this id are gone. A directory that another version
// shares stays.
func (r *record) freed(id xlmeta.VersionID) []xlmeta.DataDir {
	gone, kept := map[xlmeta.DataDir]bool{}, map[xlmeta.DataDir]bool{}
	for _, v := range r.versions {
		if v.Type != xlmeta.TypeObject || v.Flags.Has(xlmeta.FlagInline) || !v.Flags.Has(xlmeta.FlagUsesDataDir) {
			continue
		}
		o, err := r.object(v)
		if err != nil {
			continue
		}
		if v.ID == id {
			gone[o.DataDir] = true
		} else {
			kept[o.DataDir] = true
		}
	}
	var free []xlmeta.DataDir
	for dir := range gone {
		if !kept[dir] {
			free = append(free, dir)
		}
	}
	return free
}

// allowed decides a write's conditions against the record as it is.
func (s *Store) allowed(ctx context.Context, rec *record, shown objectlayer.Versioning, c objectlayer.Conditions) error {
	if c.Empty() {
		return nil
	}
	v, _, err := rec.pick(true, xlmeta.VersionID{})
	if err != nil {
		return err
	}
	if v == nil || v.Type == xlmeta.TypeDeleteMarker {
		return checkWrite(rec.at, c, nil)
	}
	o, err := rec.object(*v)
	if err != nil {
		return err
	}
	info, err := s.describe(ctx, rec.at, &o, shown, nil)
	if err != nil {
		return err
	}
	return checkWrite(rec.at, c, &info)
}

// checkWrite decides conditions of a write; current is nil when the key has no object.
func checkWrite(at spot, c objectlayer.Conditions, current *objectlayer.ObjectInfo) error {
	if current == nil {
		if len(c.IfMatch) > 0 || c.IfSize != nil {
			return noVersion("write", objectlayer.Bucket(at.bucket), at.key(), "")
		}
		return nil
	}
	if c.IfSize != nil && *c.IfSize != current.Size {
		return at.refused(current)
	}
	if checkRead(c, current) != nil {
		return at.refused(current)
	}
	return nil
}

// refused is the answer to a write whose condition does not hold.
func (at spot) refused(current *objectlayer.ObjectInfo) error {
	return &objectlayer.Error{Op: "write", Kind: objectlayer.KindPrecondition, Bucket: objectlayer.Bucket(at.bucket),
		Key: at.key(), ETag: current.ETag, Info: current}
}

// matches tells whether one of the tags is this one, or any.
func matches(tags []objectlayer.ETag, tag objectlayer.ETag) bool {
	for _, t := range tags {
		if t == "*" || t == tag {
			return true
		}
	}
	return false
}
