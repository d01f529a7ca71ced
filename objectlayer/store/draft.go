package store

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure"
	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

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

	// A version of other metadata for bytes the record has already.
	source *standing

	// A completed upload, whose bytes are on the drives already.
	moves  func(slot int, backup drive.Path) []drive.Edit
	absent func(slot int) bool
	all    bool // every drive that is there must take it
	stakes []stake
	spent  []drive.Path // dropped everywhere once the version stands
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
