package label

import (
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// MaxTrackerBytes is the size above which a file is no tracker. It leaves room for the names of a
// hundred thousand buckets.
const MaxTrackerBytes = 16 << 20

// Tracker is how far the filling of a replaced drive has come. While the drive carries one that is
// not Finished it takes writes, but reads prefer other drives. Who interrupts the filling leaves it
// for the next server, whichever it is, to go on from.
//
// The fields are those of the file, by name and order; see docs/format/format-json.md.
type Tracker struct {
	ID        string // uuid of the drive
	PoolIndex int
	SetIndex  int
	DiskIndex int
	Path      string // where the drive was mounted
	Endpoint  string // how the operator named it

	Started    time.Time
	LastUpdate time.Time

	ObjectsTotalCount uint64 // an estimate made at the start
	ObjectsTotalSize  uint64

	ItemsHealed uint64
	ItemsFailed uint64
	BytesDone   uint64
	BytesFailed uint64

	Bucket string // being healed now
	Object string // last one healed in it

	// The counters as they stood when Bucket was begun.
	ResumeItemsHealed  uint64
	ResumeItemsFailed  uint64
	ResumeItemsSkipped uint64
	ResumeBytesDone    uint64
	ResumeBytesFailed  uint64
	ResumeBytesSkipped uint64

	QueuedBuckets []string
	HealedBuckets []string
	HealID        string

	ItemsSkipped  uint64
	BytesSkipped  uint64
	RetryAttempts uint64
	Finished      bool
}

// field is one entry of the file: its key, and a pointer to its value in a tracker.
type field struct {
	key   string
	value any
}

// fields lists the entries in the order of the file.
func (t *Tracker) fields() []field {
	return []field{
		{"ID", &t.ID},
		{"PoolIndex", &t.PoolIndex},
		{"SetIndex", &t.SetIndex},
		{"DiskIndex", &t.DiskIndex},
		{"Path", &t.Path},
		{"Endpoint", &t.Endpoint},
		{"Started", &t.Started},
		{"LastUpdate", &t.LastUpdate},
		{"ObjectsTotalCount", &t.ObjectsTotalCount},
		{"ObjectsTotalSize", &t.ObjectsTotalSize},
		{"ItemsHealed", &t.ItemsHealed},
		{"ItemsFailed", &t.ItemsFailed},
		{"BytesDone", &t.BytesDone},
		{"BytesFailed", &t.BytesFailed},
		{"Bucket", &t.Bucket},
		{"Object", &t.Object},
		{"ResumeItemsHealed", &t.ResumeItemsHealed},
		{"ResumeItemsFailed", &t.ResumeItemsFailed},
		{"ResumeItemsSkipped", &t.ResumeItemsSkipped},
		{"ResumeBytesDone", &t.ResumeBytesDone},
		{"ResumeBytesFailed", &t.ResumeBytesFailed},
		{"ResumeBytesSkipped", &t.ResumeBytesSkipped},
		{"QueuedBuckets", &t.QueuedBuckets},
		{"HealedBuckets", &t.HealedBuckets},
		{"HealID", &t.HealID},
		{"ItemsSkipped", &t.ItemsSkipped},
		{"BytesSkipped", &t.BytesSkipped},
		{"RetryAttempts", &t.RetryAttempts},
		{"Finished", &t.Finished},
	}
}

// Marshal is the content of the file: a msgpack map.
func (t *Tracker) Marshal() []byte {
	fields := t.fields()
	b := msgp.AppendMapHeader(nil, uint32(len(fields)))
	for _, f := range fields {
		b = f.append(msgp.AppendString(b, f.key))
	}
	return b
}

func (f field) append(b []byte) []byte {
	switch v := f.value.(type) {
	case *string:
		return msgp.AppendString(b, *v)
	case *int:
		return msgp.AppendInt(b, *v)
	case *uint64:
		return msgp.AppendUint64(b, *v)
	case *bool:
		return msgp.AppendBool(b, *v)
	case *time.Time:
		return msgp.AppendTime(b, *v)
	case *[]string:
		b = msgp.AppendArrayHeader(b, uint32(len(*v)))
		for _, s := range *v {
			b = msgp.AppendString(b, s)
		}
		return b
	}
	panic(fmt.Sprintf("label: tracker field %s of type %T", f.key, f.value))
}

// ParseTracker reads the content of a .healing.bin. Entries it does not know are skipped, missing ones
// are zero. The error is ErrCorrupt.
func ParseTracker(b []byte) (*Tracker, error) {
	if len(b) > MaxTrackerBytes {
		return nil, fmt.Errorf("%w: tracker of %d bytes", ErrCorrupt, len(b))
	}
	entries, b, err := msgp.ReadMapHeaderBytes(b)
	if err != nil {
		return nil, fmt.Errorf("%w: tracker: %w", ErrCorrupt, err)
	}
	t := new(Tracker)
	fields := t.fields()
	for range entries {
		var key []byte
		if key, b, err = msgp.ReadMapKeyZC(b); err != nil {
			return nil, fmt.Errorf("%w: tracker: %w", ErrCorrupt, err)
		}
		if b, err = readEntry(fields, string(key), b); err != nil {
			return nil, fmt.Errorf("%w: tracker entry %.40q: %w", ErrCorrupt, key, err)
		}
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: tracker: %d bytes behind its end", ErrCorrupt, len(b))
	}
	return t, nil
}

func readEntry(fields []field, key string, b []byte) ([]byte, error) {
	for _, f := range fields {
		if f.key == key {
			return f.read(b)
		}
	}
	return msgp.Skip(b)
}

// read sets the value from the front of b and returns the rest.
func (f field) read(b []byte) (rest []byte, err error) {
	switch v := f.value.(type) {
	case *string:
		*v, rest, err = msgp.ReadStringBytes(b)
	case *int:
		*v, rest, err = msgp.ReadIntBytes(b)
	case *uint64:
		*v, rest, err = msgp.ReadUint64Bytes(b)
	case *bool:
		*v, rest, err = msgp.ReadBoolBytes(b)
	case *time.Time:
		*v, rest, err = msgp.ReadTimeUTCBytes(b)
	case *[]string:
		*v, rest, err = readStrings(b)
	default:
		panic(fmt.Sprintf("label: tracker field %s of type %T", f.key, f.value))
	}
	return rest, err
}

func readStrings(b []byte) ([]string, []byte, error) {
	n, b, err := msgp.ReadArrayHeaderBytes(b)
	if err != nil {
		return nil, b, err
	}
	if uint64(n) > uint64(len(b)) { // each takes a byte at least
		return nil, b, msgp.ErrShortBytes
	}
	var list []string
	for range n {
		var s string
		if s, b, err = msgp.ReadStringBytes(b); err != nil {
			return nil, b, err
		}
		list = append(list, s)
	}
	return list, b, nil
}
