package guard_test

import (
	"context"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/guard"
)

var (
	root      = objectlayer.Caller{AccessKey: "operator", Root: true}
	user      = objectlayer.Caller{AccessKey: "somebody"}
	anonymous = objectlayer.Caller{}
)

// recorder is a Decider that answers by a rule and remembers what it was asked.
type recorder struct {
	rule  func(guard.Request) bool
	asked []guard.Request
}

func (r *recorder) Allow(_ context.Context, _ objectlayer.Caller, q guard.Request) bool {
	r.asked = append(r.asked, q)
	return r.rule(q)
}

func always(answer bool) func(guard.Request) bool { return func(guard.Request) bool { return answer } }

// tripwire is a store without methods: whoever reaches it panics.
type tripwire struct{ objectlayer.Store }

// call calls a method of a view with plausible arguments, and tells whether the call got as far as the store.
func call(t *testing.T, view objectlayer.Store, method reflect.Method) (results []reflect.Value, reached bool) {
	t.Helper()
	defer func() {
		if recover() != nil {
			reached = true
		}
	}()
	f := reflect.ValueOf(view).MethodByName(method.Name)
	args := make([]reflect.Value, f.Type().NumIn())
	for i := range args {
		args[i] = plausible(t, f.Type().In(i))
	}
	return f.Call(args), false
}

func plausible(t *testing.T, p reflect.Type) reflect.Value {
	for _, v := range []any{
		t.Context(), io.Reader(strings.NewReader("x")), objectlayer.Bucket("bucket"), objectlayer.Key("key"),
		[]objectlayer.DeleteTarget{{Key: "key"}}, objectlayer.Source{Bucket: "bucket", Key: "source"},
	} {
		if reflect.TypeOf(v).AssignableTo(p) {
			return reflect.ValueOf(v)
		}
	}
	return reflect.Zero(p)
}

// TestNoMethodBypassesTheDecider calls every method of the contract, whatever it may be called tomorrow.
func TestNoMethodBypassesTheDecider(t *testing.T) {
	t.Parallel()
	contract := reflect.TypeFor[objectlayer.Store]()
	for i := range contract.NumMethod() {
		method := contract.Method(i)
		t.Run(method.Name, func(t *testing.T) {
			t.Parallel()
			deny := &recorder{rule: always(false)}
			results, reached := call(t, guard.New(tripwire{}, deny).Store(anonymous), method)
			if reached {
				t.Fatal("the store was reached although everything is refused")
			}
			if len(deny.asked) == 0 {
				t.Error("the decider was not asked")
			}
			checkRefusal(t, results)

			allow := &recorder{rule: always(true)}
			if _, reached := call(t, guard.New(tripwire{}, allow).Store(user), method); !reached {
				t.Error("the store was not reached although everything is allowed")
			}
			for _, q := range allow.asked {
				if !strings.HasPrefix(q.Action, "s3:") && !strings.HasPrefix(q.Action, "admin:") {
					t.Errorf("asked about action %q", q.Action)
				}
				if q.Bucket != "bucket" && method.Name != "ListBuckets" {
					t.Errorf("asked about bucket %q", q.Bucket)
				}
			}

			for name, gate := range map[string]*guard.Gate{"no decider": guard.New(tripwire{}, nil), "root only": guard.New(tripwire{}, guard.RootOnly{})} {
				results, reached := call(t, gate.Store(anonymous), method)
				if reached {
					t.Errorf("%s: the store was reached", name)
				}
				checkRefusal(t, results)
			}
		})
	}
}

// checkRefusal checks that a call returned nothing but KindDenied, for Delete in its answers.
func checkRefusal(t *testing.T, results []reflect.Value) {
	t.Helper()
	if answers, ok := results[0].Interface().([]objectlayer.Deleted); ok {
		for _, a := range answers {
			if objectlayer.KindOf(a.Err) != objectlayer.KindDenied {
				t.Errorf("got answer %+v", a)
			}
		}
		return
	}
	last := len(results) - 1
	err, _ := results[last].Interface().(error)
	if err == nil || objectlayer.KindOf(err) != objectlayer.KindDenied {
		t.Errorf("got error %v, want a refusal", err)
	}
	for _, r := range results[:last] {
		if !r.IsZero() {
			t.Errorf("a refusal came with %v", r)
		}
	}
}

func TestRootOnly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		caller objectlayer.Caller
		want   bool
	}{{root, true}, {user, false}, {anonymous, false}, {objectlayer.Caller{Root: true}, false}} {
		if got := (guard.RootOnly{}).Allow(t.Context(), tc.caller, guard.Request{Action: "s3:GetObject"}); got != tc.want {
			t.Errorf("%+v: got %v", tc.caller, got)
		}
	}
}

// TestActions says what each call needs.
func TestActions(t *testing.T) {
	t.Parallel()
	tags, none, hold, version := "a=b", "", "ON", objectlayer.VersionID("v")
	for _, tc := range []struct {
		name string
		call func(context.Context, objectlayer.Store)
		want string
	}{
		{"make", func(ctx context.Context, s objectlayer.Store) {
			_ = s.MakeBucket(ctx, "b", objectlayer.MakeBucketOptions{})
		}, "s3:CreateBucket"},
		{"make locked", func(ctx context.Context, s objectlayer.Store) {
			_ = s.MakeBucket(ctx, "b", objectlayer.MakeBucketOptions{ObjectLock: true})
		}, "s3:CreateBucket s3:PutBucketObjectLockConfiguration s3:PutBucketVersioning"},
		{"delete by force", func(ctx context.Context, s objectlayer.Store) { _ = s.DeleteBucket(ctx, "b", true) }, "s3:DeleteBucket s3:ForceDeleteBucket"},
		{"get policy", func(ctx context.Context, s objectlayer.Store) { _, _ = s.Setting(ctx, "b", objectlayer.SettingPolicy) }, "s3:GetBucketPolicy"},
		{"put policy", func(ctx context.Context, s objectlayer.Store) {
			_ = s.SetSetting(ctx, "b", objectlayer.SettingPolicy, []byte("{}"))
		}, "s3:PutBucketPolicy"},
		{"delete policy", func(ctx context.Context, s objectlayer.Store) {
			_ = s.SetSetting(ctx, "b", objectlayer.SettingPolicy, nil)
		}, "s3:DeleteBucketPolicy"},
		{"unknown setting", func(ctx context.Context, s objectlayer.Store) { _, _ = s.Setting(ctx, "b", 200) }, ""},
		{"put with everything", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Put(ctx, "b", "k", nil, 0, objectlayer.PutOptions{Tags: tags, LegalHold: hold, Retention: objectlayer.Retention{Mode: "GOVERNANCE"}})
		}, "s3:PutObject s3:PutObjectTagging s3:PutObjectRetention s3:PutObjectLegalHold"},
		{"get a version", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Get(ctx, "b", "k", objectlayer.GetOptions{Version: version})
		}, "s3:GetObjectVersion"},
		{"copy", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Copy(ctx, objectlayer.Source{Bucket: "a", Key: "s", Version: version}, "b", "k", objectlayer.CopyOptions{})
		}, "s3:PutObject s3:GetObjectVersion"},
		{"delete a version", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Delete(ctx, "b", []objectlayer.DeleteTarget{{Key: "k", Version: version}}, objectlayer.DeleteOptions{BypassGovernance: true})
		}, "s3:DeleteObjectVersion s3:BypassGovernanceRetention"},
		{"delete below a prefix", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Delete(ctx, "b", []objectlayer.DeleteTarget{{Key: "k/"}}, objectlayer.DeleteOptions{Prefix: true})
		}, "s3:DeleteObject s3:DeleteObjectVersion"},
		{"list versions", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.List(ctx, "b", objectlayer.ListOptions{Versions: true})
		}, "s3:ListBucketVersions"},
		{"tag", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Amend(ctx, "b", "k", "", objectlayer.Amendment{Tags: &tags})
		}, "s3:PutObjectTagging"},
		{"tag a version", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Amend(ctx, "b", "k", version, objectlayer.Amendment{Tags: &tags})
		}, "s3:PutObjectVersionTagging"},
		{"remove tags", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Amend(ctx, "b", "k", "", objectlayer.Amendment{Tags: &none})
		}, "s3:DeleteObjectTagging"},
		{"remove tags of a version", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Amend(ctx, "b", "k", version, objectlayer.Amendment{Tags: &none})
		}, "s3:DeleteObjectVersionTagging"},
		{"hold and retain", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Amend(ctx, "b", "k", "", objectlayer.Amendment{LegalHold: &hold, Retention: &objectlayer.Retention{}, BypassGovernance: true})
		}, "s3:PutObjectRetention s3:PutObjectLegalHold s3:BypassGovernanceRetention"},
		{"amend nothing", func(ctx context.Context, s objectlayer.Store) {
			_, _ = s.Amend(ctx, "b", "k", "", objectlayer.Amendment{})
		}, "s3:GetObject"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{rule: always(true)}
			func() {
				defer func() { _ = recover() }() // the store is a tripwire
				tc.call(t.Context(), guard.New(tripwire{}, r).Store(user))
			}()
			var actions []string
			for _, q := range r.asked {
				actions = append(actions, q.Action)
			}
			if got := strings.Join(actions, " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			// One refusal among many is a refusal.
			for _, refused := range actions {
				r := &recorder{rule: func(q guard.Request) bool { return q.Action != refused }}
				tc.call(t.Context(), guard.New(tripwire{}, r).Store(user))
			}
		})
	}
}

// partial is a store that deletes and lists buckets.
type partial struct {
	objectlayer.Store
	short bool
}

func (p partial) Delete(_ context.Context, _ objectlayer.Bucket, targets []objectlayer.DeleteTarget, _ objectlayer.DeleteOptions) ([]objectlayer.Deleted, error) {
	var done []objectlayer.Deleted
	for _, t := range targets {
		done = append(done, objectlayer.Deleted{Key: t.Key})
	}
	if p.short {
		done = done[1:]
	}
	return done, nil
}

func (p partial) ListBuckets(context.Context) ([]objectlayer.BucketInfo, error) {
	return []objectlayer.BucketInfo{{Name: "a"}, {Name: "b"}, {Name: "c"}}, nil
}

func TestDeleteKeepsPlaces(t *testing.T) {
	t.Parallel()
	decider := &recorder{rule: func(q guard.Request) bool { return q.Key != "2" && q.Key != "4" }}
	targets := []objectlayer.DeleteTarget{{Key: "1"}, {Key: "2"}, {Key: "3"}, {Key: "4"}}
	answers, err := guard.New(partial{}, decider).Store(user).Delete(t.Context(), "b", targets, objectlayer.DeleteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if refused := objectlayer.KindOf(a.Err) == objectlayer.KindDenied; a.Key != targets[i].Key || refused != (i%2 == 1) {
			t.Errorf("target %d: got %+v", i, a)
		}
	}
	if _, err := guard.New(partial{short: true}, decider).Store(user).Delete(t.Context(), "b", targets, objectlayer.DeleteOptions{}); objectlayer.KindOf(err) != objectlayer.KindInternal || err == nil {
		t.Errorf("a store that answers too little: got %v", err)
	}
}

func TestListBucketsShowsWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		caller objectlayer.Caller
		allow  []string // "action bucket"
		want   []objectlayer.Bucket
	}{
		{"all", user, []string{"s3:ListAllMyBuckets "}, []objectlayer.Bucket{"a", "b", "c"}},
		{"some", user, []string{"s3:ListBucket b", "s3:GetBucketLocation c"}, []objectlayer.Bucket{"b", "c"}},
		{"none", user, nil, nil},
		{"anonymous", anonymous, []string{"s3:ListBucket b"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			decider := &recorder{rule: func(q guard.Request) bool {
				return slices.Contains(tc.allow, q.Action+" "+string(q.Bucket))
			}}
			infos, err := guard.New(partial{}, decider).Store(tc.caller).ListBuckets(t.Context())
			var got []objectlayer.Bucket
			for _, b := range infos {
				got = append(got, b.Name)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
			if (tc.want == nil) != (objectlayer.KindOf(err) == objectlayer.KindDenied && err != nil) {
				t.Errorf("got %v", err)
			}
		})
	}
}
