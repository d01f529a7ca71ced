package inspect

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// ObjectReport is everything the drives say of one key.
type ObjectReport struct {
	Bucket  string         `json:"bucket"`
	Key     string         `json:"key"`
	Survey  Survey         `json:"survey"`
	Records []ObjectRecord `json:"records,omitempty"` // one for each pool that has the key, and for each wrong set
}

// ObjectRecord is the copies of the key's record on the drives of one set.
type ObjectRecord struct {
	Pool     int       `json:"pool"`
	Set      int       `json:"set"`
	Path     string    `json:"path"` // of the record's directory, below each drive
	Versions []Version `json:"versions"`
	Findings []Finding `json:"findings,omitempty"` // about the record itself, and what lies beside it
}

// Object reads all copies of the record of one key, in every pool, and verifies all that its versions refer to. The bucket may
// be .minio.sys, with the path of a document below it as key. A key that nobody has gives a report without records.
func Object(ctx context.Context, drives []string, bucket, key string, o Options) (ObjectReport, error) {
	o = o.withDefaults()
	report := ObjectReport{Bucket: bucket, Key: key}
	if err := objectlayer.Key(key).Check(); err != nil && bucket != drive.System || !drive.Path(bucket+"/"+storedName(key)).Valid() {
		return report, fmt.Errorf("%q is no key that can be stored", key)
	}
	c, err := openCluster(drives, o)
	if err != nil {
		return report, err
	}
	defer c.close()
	report.Survey = c.survey
	frames := &frameChecker{progress: o.Progress}
	for _, p := range c.pools {
		for _, s := range p.sets {
			rec, ok := s.object(ctx, bucket, storedName(key), frames)
			if err := ctx.Err(); err != nil {
				return report, err
			}
			if ok {
				report.Records = append(report.Records, rec)
			}
		}
	}
	return report, nil
}

// object looks at a key on one set; false when no drive that could be asked has it.
func (s *set) object(ctx context.Context, bucket, name string, frames *frameChecker) (ObjectRecord, bool) {
	r := s.hear(ctx, bucket, name, frames)
	if !r.exists() {
		return ObjectRecord{}, false
	}
	rec := ObjectRecord{Pool: s.pool.index, Set: s.index, Path: r.path(), Versions: r.judge(ctx, frames, true)}
	rec.Findings = r.judgeRest(ctx, frames)
	return rec, true
}

// exists tells whether any drive that could be asked has the record.
func (r *record) exists() bool {
	for slot, t := range r.drives {
		if r.set.slots[slot].disk != nil && !absent(t.err) {
			return true
		}
	}
	return false
}

// State is how the key stands: the worst of its versions, leaving out those that nobody was ever told of.
func (r *ObjectReport) State() State {
	state := Sound
	for _, rec := range r.Records {
		for _, v := range rec.Versions {
			if v.State == Unreadable {
				return Unreadable
			}
			if v.State != Sound {
				state = Degraded
			}
		}
		for _, f := range rec.Findings {
			if f.Severity == Lost {
				return Unreadable
			}
			state = Degraded
		}
	}
	return state
}

// parseObject splits BUCKET/KEY.
func parseObject(name string) (bucket, key string, err error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if !ok || bucket == "" || key == "" {
		return "", "", fmt.Errorf("%q does not name an object: write BUCKET/KEY", name)
	}
	return bucket, key, nil
}
