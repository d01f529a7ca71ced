// Package guard stands between the doors and the store: it wraps an [objectlayer.Store] so that every call is authorised for
// a named caller before it happens.
//
// # Concepts
//
// The [Gate] hands each door a view bound to one [objectlayer.Caller]; a door owns nothing stronger. A view turns each call
// into the [Request]s that S3's policies speak of ("s3:PutObject" on a bucket and key) and asks a [Decider] about every one
// of them. Only when all are allowed does the call reach the store. What a call needs follows from its options: putting an
// object with tags needs the right to put and the right to tag.
//
//	gate := guard.New(store, guard.RootOnly{})
//	view := gate.Store(caller)
//
// # Traps
//
// Refusal is the default: a gate without a decider refuses everything, and so does a request whose action is empty. Nothing
// about the store, not even whether a bucket exists, is found out before the decision, so that a refusal tells nothing.
// Deleting many versions is decided for each of them; the answers of those refused are KindDenied.
//
// The actions are those of "Actions, resources, and condition keys for Amazon S3" in the AWS service authorization
// reference. MinIO's own are marked.
package guard

import (
	"context"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Request is one thing a caller wants to do, as a policy speaks of it. Attributes of the request itself (addresses, headers)
// are the caller's.
type Request struct {
	Action  string // such as "s3:GetObject"; never empty
	Bucket  objectlayer.Bucket
	Key     objectlayer.Key
	Version objectlayer.VersionID

	// Of listings: what the conditions s3:prefix, s3:delimiter and s3:max-keys are about.
	Prefix    string
	Delimiter string
	MaxKeys   int
}

// Decider answers whether a caller may do something. It is asked on every call, by many goroutines at once, and must answer
// no when it cannot tell.
type Decider interface {
	Allow(ctx context.Context, c objectlayer.Caller, r Request) bool
}

// RootOnly allows everything to the root and nothing to anybody else.
type RootOnly struct{}

// Allow implements Decider.
func (RootOnly) Allow(_ context.Context, c objectlayer.Caller, _ Request) bool {
	return c.Root && !c.Anonymous()
}

// Gate hands out authorised views of one store.
type Gate struct {
	store   objectlayer.Store
	decider Decider
}

var _ objectlayer.Gate = (*Gate)(nil)

// New returns a gate before a store. A nil decider refuses everything.
func New(store objectlayer.Store, decider Decider) *Gate {
	return &Gate{store: store, decider: decider}
}

// Store returns the view of one caller.
func (g *Gate) Store(c objectlayer.Caller) objectlayer.Store {
	return &view{gate: g, caller: c}
}

// view is the store as one caller may use it. Its methods are in buckets.go, objects.go and uploads.go, one for each of the
// contract; each asks first and passes on the call unchanged.
type view struct {
	gate   *Gate
	caller objectlayer.Caller
}

var _ objectlayer.Store = (*view)(nil)

// allowed tells whether every one of the requests is allowed.
func (v *view) allowed(ctx context.Context, requests ...Request) bool {
	if v.gate.decider == nil || len(requests) == 0 {
		return false
	}
	for _, r := range requests {
		if r.Action == "" || !v.gate.decider.Allow(ctx, v.caller, r) {
			return false
		}
	}
	return true
}

// check returns nil or the refusal of a call.
func (v *view) check(ctx context.Context, op string, requests ...Request) error {
	if v.allowed(ctx, requests...) {
		return nil
	}
	refusal := &objectlayer.Error{Op: op, Kind: objectlayer.KindDenied}
	if len(requests) > 0 {
		refusal.Bucket, refusal.Key, refusal.Version = requests[0].Bucket, requests[0].Key, requests[0].Version
	}
	return refusal
}
