package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
)

// The queue of missed writes survives a clean stop in the file where MinIO keeps its own, in MinIO's form, so that either
// server goes on where the other stopped: two little endian 1s of 16 bits, then one msgpack map for each record
// (docs/format/drive-layout.md).
const missedList drive.Path = drive.System + "/buckets/.heal/mrf/list.bin"

const maxMissedList = 64 << 20

// save writes the queue down, or removes the file when there is nothing in it.
func (m *missed) save(ctx context.Context) error {
	m.mu.Lock()
	queue := m.queue
	m.mu.Unlock()
	edit := drive.Remove(missedList)
	if len(queue) > 0 {
		edit = drive.Write(missedList, m.encode(queue))
	} else if !m.saved {
		return nil
	}
	s := m.store
	lease, err := s.acquire(ctx, string(missedList))
	if err != nil {
		return err
	}
	at := s.listSpot()
	return s.apply(ctx, lease, at, topology.Majority(at.set.Size()), func(int) []drive.Edit { return []drive.Edit{edit} }, nil)
}

// listSpot is where the list is kept: on the drives of the first set.
func (s *Store) listSpot() spot {
	return spot{bucket: drive.System, name: "buckets/.heal/mrf", pool: s.pools[0], set: s.pools[0].sets[0]}
}

func (m *missed) encode(queue []spot) []byte {
	b := binary.LittleEndian.AppendUint16(nil, 1)
	b = binary.LittleEndian.AppendUint16(b, 1)
	now := m.store.options.Now().UTC()
	for _, at := range queue {
		b = msgp.AppendMapHeader(b, 8)
		b = msgp.AppendString(msgp.AppendString(b, "Bucket"), at.bucket)
		b = msgp.AppendString(msgp.AppendString(b, "Object"), at.name)
		b = msgp.AppendString(msgp.AppendString(b, "VersionID"), "")
		b = msgp.AppendBytes(msgp.AppendString(b, "Versions"), nil)
		b = msgp.AppendInt(msgp.AppendString(b, "SetIndex"), slices.Index(at.pool.sets, at.set))
		b = msgp.AppendInt(msgp.AppendString(b, "PoolIndex"), at.pool.index)
		b = msgp.AppendTime(msgp.AppendString(b, "Queued"), now)
		b = msgp.AppendBool(msgp.AppendString(b, "BitrotScan"), m.known[at.lockName()].deep)
	}
	return b
}

// load takes over what an earlier server left to do. A list that cannot be read is no harm: reads find the records again.
func (m *missed) load(ctx context.Context) {
	at := m.store.listSpot()
	for slot := range at.set.Size() {
		raw, err := at.set.Drive(slot).ReadFile(ctx, missedList, maxMissedList)
		if err != nil {
			continue
		}
		m.saved = true
		list, err := decodeMissed(raw)
		if err != nil {
			m.store.log.Warn("list of missed writes is damaged, reads will find them again", "drive", slot, "err", err)
		}
		for _, e := range list {
			m.resume(e)
		}
		if err == nil {
			return
		}
	}
}

// resume queues what an entry is about, unless it is of a pool that is no more.
func (m *missed) resume(e missedEntry) {
	if e.pool < 0 || e.pool >= len(m.store.pools) {
		return
	}
	at := m.store.spotIn(m.store.pools[e.pool], e.bucket, e.object)
	if at.system() && e.set >= 0 && e.set < len(at.pool.sets) {
		at.set = at.pool.sets[e.set] // uploads lie in the set of what they are for
	}
	m.add(at, mending{deep: e.deep})
}

// missedEntry is one record of a list.
type missedEntry struct {
	bucket, object string
	pool, set      int
	deep           bool
}

var errMissedList = errors.New("not a list of missed writes")

// decodeMissed reads a list, as far as it can be read.
func decodeMissed(b []byte) (list []missedEntry, err error) {
	if len(b) < 4 || binary.LittleEndian.Uint16(b) != 1 || binary.LittleEndian.Uint16(b[2:]) != 1 {
		return nil, errMissedList
	}
	for b = b[4:]; len(b) > 0 && len(list) < maxMissed; {
		var e missedEntry
		if e, b, err = decodeMissedEntry(b); err != nil {
			return list, fmt.Errorf("%w: %w", errMissedList, err)
		}
		if drive.Path(e.bucket + "/" + e.object).Valid() {
			list = append(list, e)
		}
	}
	return list, nil
}

func decodeMissedEntry(b []byte) (e missedEntry, rest []byte, err error) {
	fields, b, err := msgp.ReadMapHeaderBytes(b)
	if err != nil {
		return e, nil, err
	}
	for range fields {
		var key []byte
		if key, b, err = msgp.ReadMapKeyZC(b); err != nil {
			return e, nil, err
		}
		switch string(key) {
		case "Bucket":
			e.bucket, b, err = msgp.ReadStringBytes(b)
		case "Object":
			e.object, b, err = msgp.ReadStringBytes(b)
		case "PoolIndex":
			e.pool, b, err = msgp.ReadIntBytes(b)
		case "SetIndex":
			e.set, b, err = msgp.ReadIntBytes(b)
		case "BitrotScan":
			e.deep, b, err = msgp.ReadBoolBytes(b)
		default:
			b, err = msgp.Skip(b)
		}
		if err != nil {
			return e, nil, err
		}
	}
	return e, b, nil
}
