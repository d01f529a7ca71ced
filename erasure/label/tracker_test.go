package label_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/erasure/label"
)

func fullTracker() *label.Tracker {
	return &label.Tracker{
		ID: drive1, PoolIndex: 1, SetIndex: 2, DiskIndex: 3, Path: "/mnt/disk4", Endpoint: "/mnt/disk4",
		Started:           time.Date(2026, 11, 22, 19, 39, 0, 5, time.UTC),
		LastUpdate:        time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC),
		ObjectsTotalCount: 4, ObjectsTotalSize: 5, ItemsHealed: 6, ItemsFailed: 7, BytesDone: 8, BytesFailed: 9,
		Bucket: "photos", Object: "cat.jpg",
		ResumeItemsHealed: 10, ResumeItemsFailed: 11, ResumeItemsSkipped: 12,
		ResumeBytesDone: 13, ResumeBytesFailed: 14, ResumeBytesSkipped: 1 << 63,
		QueuedBuckets: []string{"a", "b"}, HealedBuckets: []string{"c"}, HealID: "once",
		ItemsSkipped: 15, BytesSkipped: 16, RetryAttempts: 17, Finished: true,
	}
}

func TestTrackerRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*label.Tracker{"full": fullTracker(), "zero": {}} {
		got, err := label.ParseTracker(want.Marshal())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// The keys of the file are the names of the fields, in their order, and none is forgotten.
func TestTrackerKeys(t *testing.T) {
	t.Parallel()
	var want, got []string
	fields := reflect.TypeFor[label.Tracker]()
	for i := range fields.NumField() {
		want = append(want, fields.Field(i).Name)
	}
	n, b, err := msgp.ReadMapHeaderBytes(fullTracker().Marshal())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		var key string
		if key, b, err = msgp.ReadStringBytes(b); err != nil {
			t.Fatal(err)
		}
		if b, err = msgp.Skip(b); err != nil {
			t.Fatal(err)
		}
		got = append(got, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The first entries, and a time, spelled out.
func TestTrackerBytes(t *testing.T) {
	t.Parallel()
	b := (&label.Tracker{ID: "x", PoolIndex: -1, SetIndex: 300}).Marshal()
	for _, want := range []string{
		"de001d" + "a24944" + "a178" + "a9506f6f6c496e646578" + "ff" + "a8536574496e646578" + "d1012c" + "a94469736b496e646578" + "00",
		"a753746172746564" + "c70c05fffffff1886e090000000000",
		"a846696e6973686564" + "c2",
	} {
		if !bytes.Contains(b, must(hex.DecodeString(want))) {
			t.Errorf("%x does not contain %s", b, want)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

func TestParseTrackerTolerates(t *testing.T) {
	t.Parallel()
	b := msgp.AppendMapHeader(nil, 3)
	b = msgp.AppendMapStrStr(msgp.AppendString(b, "Unheard"), map[string]string{"of": "this"})
	b = msgp.AppendInt64(msgp.AppendString(b, "ItemsHealed"), 7)
	b = msgp.AppendString(msgp.AppendString(b, "ID"), drive1)
	got, err := label.ParseTracker(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&label.Tracker{ID: drive1, ItemsHealed: 7}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseTrackerRefuses(t *testing.T) {
	t.Parallel()
	whole := fullTracker().Marshal()
	hugeArray := msgp.AppendArrayHeader(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "QueuedBuckets"), 1<<31)
	for name, b := range map[string][]byte{
		"nothing":       nil,
		"no map":        {0xc0},
		"wrong type":    msgp.AppendInt(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "ID"), 1),
		"negative":      msgp.AppendInt(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "ItemsHealed"), -1),
		"trailing byte": append(bytes.Clone(whole), 0),
		"huge array":    hugeArray,
		"list of ints":  msgp.AppendInt(msgp.AppendArrayHeader(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "HealedBuckets"), 1), 1),
		"no list":       msgp.AppendNil(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "HealedBuckets")),
		"too large":     make([]byte, label.MaxTrackerBytes+1),
	} {
		if got, err := label.ParseTracker(b); !errors.Is(err, label.ErrCorrupt) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, label.ErrCorrupt)
		}
	}
	for n := range whole {
		if _, err := label.ParseTracker(whole[:n]); !errors.Is(err, label.ErrCorrupt) {
			t.Errorf("cut to %d bytes: got %v, want %v", n, err, label.ErrCorrupt)
		}
	}
}

func FuzzParseTracker(f *testing.F) {
	f.Add(fullTracker().Marshal())
	f.Add((&label.Tracker{}).Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		tracker, err := label.ParseTracker(b)
		if err != nil {
			if !errors.Is(err, label.ErrCorrupt) {
				t.Errorf("got %v", err)
			}
			return
		}
		again, err := label.ParseTracker(tracker.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tracker, again); diff != "" {
			t.Error(diff)
		}
	})
}
