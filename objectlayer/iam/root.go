// Package iam knows who may use the system: it turns an access key into a secret to check a signature with, and into the
// [objectlayer.Caller] that everything else is decided about.
//
// # Concepts
//
// An account is an access key, its secret, and what is said about its holder. The operator's own account is the root: it
// comes from the configuration, lives in memory only, and may do everything. This release has no other accounts; users,
// groups, service accounts and sessions join behind the same two methods.
//
//	accounts := iam.NewRoot(cfg.Root.AccessKey, cfg.Root.Secret.Reveal())
//	secret, ok, err := accounts.Secret(ctx, accessKey, "")
//
// # Traps
//
// A secret proves nothing by being known here: only the door that has checked a signature with it may ask for the Caller.
// The root's secret signs nothing and keys nothing else, so that changing it changes who may log in and nothing more.
package iam

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Root is the accounts of a system that only its operator uses. It is safe for concurrent use.
type Root struct {
	accessKey string
	secret    string
	digest    [sha256.Size]byte // of accessKey: comparing digests takes the same time for keys of any length
}

var _ objectlayer.Accounts = (*Root)(nil)

// NewRoot returns the accounts of a root credential. With an empty access key or secret there is no account at all.
func NewRoot(accessKey, secret string) *Root {
	return &Root{accessKey: accessKey, secret: secret, digest: sha256.Sum256([]byte(accessKey))}
}

// Secret returns the root's secret for the root's access key. Root has no sessions: a token is never valid with it.
func (r *Root) Secret(_ context.Context, accessKey, sessionToken string) (string, bool, error) {
	if !r.is(accessKey) || sessionToken != "" {
		return "", false, nil
	}
	return r.secret, true, nil
}

// Caller describes the root, or for the empty key the anonymous caller. Any other key is KindDenied.
func (r *Root) Caller(_ context.Context, accessKey string) (objectlayer.Caller, error) {
	switch {
	case accessKey == "":
		return objectlayer.Caller{}, nil
	case r.is(accessKey):
		return objectlayer.Caller{AccessKey: r.accessKey, Root: true}, nil
	default:
		return objectlayer.Caller{}, &objectlayer.Error{Op: "identify caller", Kind: objectlayer.KindDenied}
	}
}

// is tells in constant time whether the key is the root's. A root without key or secret is nobody.
func (r *Root) is(accessKey string) bool {
	digest := sha256.Sum256([]byte(accessKey))
	same := subtle.ConstantTimeCompare(digest[:], r.digest[:]) == 1
	return same && r.accessKey != "" && r.secret != ""
}
