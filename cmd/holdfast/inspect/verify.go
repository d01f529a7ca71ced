package inspect

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

// inFlight bounds the records between the walk and the last finding, and so what waits for a slow one before it.
const inFlight = 64

// Verify looks at every record of every bucket, at the uploads in progress and at the store's own documents: it hears all
// drives of a set, reads every shard and compares it with its hashes. It reports each version that does not read or has lost
// redundancy, and what belongs to no version. Caches that any server makes anew are passed over.
//
// Memory is bounded by the largest record of a drive for each worker, whatever the number of names; findings count as well
// unless Options.Found takes them.
//
// An error means that the drives could not be looked at; the report then holds what was found until then.
func Verify(ctx context.Context, drives []string, o Options) (Report, error) {
	o = o.withDefaults()
	c, err := openCluster(drives, o)
	if err != nil {
		return Report{}, err
	}
	defer c.close()
	v := &verification{options: o, cluster: c}
	v.report.Survey = c.survey
	v.report.Summary.ByKind, v.report.Summary.Severity = make(map[Kind]int64), make(map[Severity]int64)
	err = v.run(ctx)
	v.report.Summary.Bytes = o.Progress.Bytes.Load()
	return v.report, err
}

// verification is one Verify. The walk puts a result for everything it meets into queue, in order, and each record into jobs
// as well; workers complete the results, and they are taken from the queue in the order they were put in.
type verification struct {
	options Options
	cluster *cluster
	jobs    chan job
	queue   chan *result
	report  Report // of the goroutine that takes from queue
}

// job is a record to be looked at.
type job struct {
	set          *set
	volume, name string
	result       *result
}

// result is what came of one thing that the walk met.
type result struct {
	done     chan struct{} // closed when the rest is set
	tally    Summary
	findings []Finding
}

func (v *verification) run(ctx context.Context) error {
	v.jobs, v.queue = make(chan job), make(chan *result, inFlight)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(v.queue)
		defer close(v.jobs)
		return v.walk(ctx)
	})
	for range v.options.Workers {
		group.Go(func() error { return v.work(ctx) })
	}
	group.Go(func() error { return v.collect(ctx) })
	return group.Wait()
}

// walk meets everything on all sets.
func (v *verification) walk(ctx context.Context) error {
	buckets := make(map[string]bool)
	for _, p := range v.cluster.pools {
		for _, s := range p.sets {
			if err := v.walkSet(ctx, s, buckets); err != nil {
				return err
			}
		}
	}
	return v.put(ctx, &result{tally: Summary{Buckets: len(buckets)}})
}

func (v *verification) walkSet(ctx context.Context, s *set, buckets map[string]bool) error {
	present := s.present()
	if err := v.put(ctx, &result{tally: Summary{Drives: present, Absent: len(s.slots) - present}}); err != nil {
		return err
	}
	volumes, findings := s.buckets()
	for _, f := range findings {
		if err := v.put(ctx, &result{findings: []Finding{f}}); err != nil {
			return err
		}
	}
	for _, volume := range volumes {
		buckets[volume] = true
	}
	for _, volume := range append(volumes, drive.System) {
		w := walk{
			set: s, volume: volume, skip: notVerified,
			record:  func(name string) error { return v.send(ctx, s, volume, name) },
			finding: func(f Finding) error { return v.put(ctx, &result{findings: []Finding{f}}) },
		}
		if err := w.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// notVerified tells what to pass over in the system volume.
func notVerified(name string) bool { return isRawSystem(name) || isCache(name) }

// buckets lists the buckets on any drive of the set, and which drives lack them.
func (s *set) buckets() (names []string, findings []Finding) {
	on := make(map[string]slots)
	for slot, at := range s.slots {
		if at.disk == nil {
			continue
		}
		err := at.disk.list(".", func(name string, isDir bool) {
			if isDir && isBucketName(name) {
				on[name] = on[name].with(slot)
			}
		})
		if err != nil {
			findings = append(findings, Finding{
				Severity: Weaker, Kind: KindUnlisted, Pool: s.pool.index, Set: s.index, Path: ".", Drives: []string{at.path}, Why: err.Error(),
			})
		}
	}
	names = slices.Sorted(maps.Keys(on))
	for _, name := range names {
		f := Finding{Severity: Weaker, Kind: KindBucket, Pool: s.pool.index, Set: s.index, Bucket: name, Path: name}
		for slot, at := range s.slots {
			if at.disk != nil && !on[name].has(slot) {
				f.Drives = append(f.Drives, at.path)
			}
		}
		if len(f.Drives) > 0 {
			f.Why = fmt.Sprintf("the bucket is not on %d of the %d drives of the set that are there", len(f.Drives), s.present())
			findings = append(findings, f)
		}
	}
	return names, findings
}

// put enters something that is complete already.
func (v *verification) put(ctx context.Context, r *result) error {
	r.done = make(chan struct{})
	close(r.done)
	return enqueue(ctx, v.queue, r)
}

// send enters a record for a worker.
func (v *verification) send(ctx context.Context, s *set, volume, name string) error {
	r := &result{done: make(chan struct{})}
	if err := enqueue(ctx, v.queue, r); err != nil {
		return err
	}
	return enqueue(ctx, v.jobs, job{s, volume, name, r})
}

func enqueue[T any](ctx context.Context, queue chan<- T, item T) error {
	select {
	case queue <- item:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work looks at records until there are no more.
func (v *verification) work(ctx context.Context) error {
	frames := &frameChecker{progress: v.options.Progress}
	for j := range v.jobs {
		at := path.Join(j.volume, j.name)
		v.options.Progress.at.Store(&at)
		j.look(ctx, frames)
		v.options.Progress.Records.Add(1)
		if err := ctx.Err(); err != nil {
			return err
		}
		close(j.result.done)
	}
	return nil
}

// look fills in the result of a record.
func (j job) look(ctx context.Context, frames *frameChecker) {
	r := j.set.hear(ctx, j.volume, j.name, frames)
	j.result.tally.Records = 1
	j.result.findings = r.judgeAll(ctx, frames, &j.result.tally)
}

// collect takes the results in order.
func (v *verification) collect(ctx context.Context) error {
	for r := range v.queue {
		select {
		case <-r.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		s := &v.report.Summary
		s.add(&r.tally)
		for _, f := range r.findings {
			s.Findings++
			s.ByKind[f.Kind]++
			s.Severity[f.Severity]++
			if v.options.Found != nil {
				v.options.Found(f)
			} else {
				v.report.Findings = append(v.report.Findings, f)
			}
		}
	}
	return nil
}
