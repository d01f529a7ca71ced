package fault_test

import (
	"math"
	"testing"
)

// TestAdmissible tests the judge.
func TestAdmissible(t *testing.T) {
	t.Parallel()
	const open = math.MaxInt64
	putAt := func(id, begin, end int64, result outcome) *operation {
		return &operation{id: id, kind: put, begin: begin, end: end, outcome: result}
	}
	removeAt := func(id, begin, end int64, result outcome) *operation {
		return &operation{id: id, kind: remove, begin: begin, end: end, outcome: result}
	}
	for name, test := range map[string]struct {
		operations []*operation
		shown      int64
		want       bool
	}{
		"nothing of nothing":                       {nil, 0, true},
		"something of nothing":                     {nil, 1, false},
		"acknowledged":                             {[]*operation{putAt(1, 1, 2, acknowledged)}, 1, true},
		"acknowledged and lost":                    {[]*operation{putAt(1, 1, 2, acknowledged)}, 0, false},
		"unknown and there":                        {[]*operation{putAt(1, 1, open, unknown)}, 1, true},
		"unknown and not there":                    {[]*operation{putAt(1, 1, open, unknown)}, 0, true},
		"refused and there":                        {[]*operation{putAt(1, 1, 2, never)}, 1, false},
		"replaced":                                 {[]*operation{putAt(1, 1, 2, acknowledged), putAt(2, 3, 4, acknowledged)}, 1, false},
		"at the same time, first":                  {[]*operation{putAt(1, 1, 4, acknowledged), putAt(2, 2, 3, acknowledged)}, 1, true},
		"at the same time, second":                 {[]*operation{putAt(1, 1, 4, acknowledged), putAt(2, 2, 3, acknowledged)}, 2, true},
		"at the same time, lost":                   {[]*operation{putAt(1, 1, 4, acknowledged), putAt(2, 2, 3, acknowledged)}, 0, false},
		"perhaps replaced, old":                    {[]*operation{putAt(1, 1, 2, acknowledged), putAt(2, 3, open, unknown)}, 1, true},
		"perhaps replaced, new":                    {[]*operation{putAt(1, 1, 2, acknowledged), putAt(2, 3, open, unknown)}, 2, true},
		"perhaps replaced, lost":                   {[]*operation{putAt(1, 1, 2, acknowledged), putAt(2, 3, open, unknown)}, 0, false},
		"removed":                                  {[]*operation{putAt(1, 1, 2, acknowledged), removeAt(2, 3, 4, acknowledged)}, 0, true},
		"removed and back":                         {[]*operation{putAt(1, 1, 2, acknowledged), removeAt(2, 3, 4, acknowledged)}, 1, false},
		"removed before":                           {[]*operation{removeAt(1, 1, 2, acknowledged), putAt(2, 3, 4, acknowledged)}, 0, false},
		"unknown before one that was acknowledged": {[]*operation{putAt(1, 1, open, unknown), putAt(2, 3, 4, acknowledged)}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := admissible(test.operations, test.shown, 100, 101)
			if (err == nil) != test.want {
				t.Errorf("got %v, want admissible %v", err, test.want)
			}
		})
	}
}

// TestPayload tests that torn bodies are found out.
func TestPayload(t *testing.T) {
	t.Parallel()
	k := key{"bucket", "name"}
	old, fresh := payload(k, 1, 10*lineSize), payload(k, 2, 10*lineSize)
	if id, err := parsePayload(k, fresh); id != 2 || err != nil {
		t.Errorf("got %d, %v, want 2", id, err)
	}
	for name, body := range map[string][]byte{
		"torn":        append(append([]byte(nil), fresh[:5*lineSize]...), old[5*lineSize:]...),
		"cut":         fresh[:100],
		"shifted":     fresh[lineSize:],
		"of another":  payload(key{"bucket", "other"}, 2, 10*lineSize),
		"with a hole": append(append([]byte(nil), fresh[:5*lineSize]...), make([]byte, lineSize)...),
	} {
		if id, err := parsePayload(k, body); err == nil {
			t.Errorf("%s: got operation %d, want an error", name, id)
		}
	}
}
