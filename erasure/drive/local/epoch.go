package local

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/durable"
)

// The epoch file has two slots, written in turn so that a torn write leaves the epoch before. It is written in place: a
// drive that is full to the last byte can still be fenced. A slot, described in docs/format/commit-log.md:
//
//	0 8 magic "HFEPOCH1"
//	8 8 epoch
//	16 4 CRC-32C of bytes 0 to 15
const (
	epochMagic = "HFEPOCH1"
	epochSlot  = 4096 // distance of the slots
	epochSize  = 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeEpoch(epoch uint64) []byte {
	b := append(make([]byte, 0, epochSize), epochMagic...)
	b = binary.LittleEndian.AppendUint64(b, epoch)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeEpoch returns the highest epoch in the slots of a file and the slot it is in.
func decodeEpoch(file []byte) (epoch uint64, slot int, ok bool) {
	for i := range 2 {
		if len(file) < i*epochSlot+epochSize {
			break
		}
		b := file[i*epochSlot:][:epochSize]
		if string(b[:8]) != epochMagic || binary.LittleEndian.Uint32(b[16:]) != crc32.Checksum(b[:16], castagnoli) {
			continue
		}
		if e := binary.LittleEndian.Uint64(b[8:]); !ok || e > epoch {
			epoch, slot, ok = e, i, true
		}
	}
	return epoch, slot, ok
}

// loadEpoch reads the epoch. A drive without the file was shown none.
func (d *Drive) loadEpoch() error {
	b, err := d.files.ReadFile(epochFile, 2*epochSlot)
	if absent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	epoch, _, ok := decodeEpoch(b)
	if !ok {
		return d.refuse(drive.ErrCorrupt, "%s is damaged; to have the drive believe the next owner it meets remove it", epochFile)
	}
	d.stamps.raise(epoch)
	return nil
}

// saveEpoch writes the epoch, durably. The caller holds order alone.
func (d *Drive) saveEpoch(epoch uint64) error {
	b, err := d.files.ReadFile(epochFile, 2*epochSlot)
	if absent(err) {
		return durable.Zeros(d.files, epochFile, epochFile+".new", 2*epochSlot, encodeEpoch(epoch))
	}
	if err != nil {
		return err
	}
	_, slot, _ := decodeEpoch(b)
	file, err := d.files.Open(epochFile)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(encodeEpoch(epoch), int64(1-slot)*epochSlot)
	if err == nil {
		err = file.Datasync()
	}
	return errors.Join(err, file.Close())
}

// Fence makes the drive refuse commits of epochs below this one. Commits that were under way have ended when it returns.
func (d *Drive) Fence(ctx context.Context, epoch uint64) error {
	if err := d.change(ctx); err != nil {
		return err
	}
	defer d.leave()
	return d.raise(epoch)
}

// raise shows the drive an epoch.
func (d *Drive) raise(epoch uint64) error {
	d.order.Lock()
	defer d.order.Unlock()
	switch current := d.stamps.current(); {
	case epoch < current:
		return drive.ErrStale
	case epoch == current:
		return nil
	}
	if err := d.saveEpoch(epoch); err != nil {
		if err = d.lift(err); errors.Is(err, drive.ErrFull) {
			return err // the first epoch of a full drive: nothing was changed
		}
		return d.fail("write the epoch", err)
	}
	d.stamps.raise(epoch)
	return nil
}
