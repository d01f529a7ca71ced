package objectlayertest

import (
	"context"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// Gate is a Gate with one rule: an anonymous caller sees the store only when Public is set, everybody else may do anything.
type Gate struct {
	Backend objectlayer.Store
	Public  bool
}

var _ objectlayer.Gate = Gate{}

// Store returns the backend, or for a caller who may do nothing [Denied].
func (g Gate) Store(c objectlayer.Caller) objectlayer.Store {
	if c.Anonymous() && !g.Public {
		return Denied{}
	}
	return g.Backend
}

// Users are access keys and their secrets. The key "root" belongs to the operator.
type Users map[string]string

var _ objectlayer.Accounts = Users{}

// Secret returns the secret of a key. A key of a session, which would need a token, is not among Users.
func (u Users) Secret(_ context.Context, accessKey, sessionToken string) (string, bool, error) {
	secret, ok := u[accessKey]
	return secret, ok && sessionToken == "", nil
}

// Caller describes the holder of a key.
func (u Users) Caller(_ context.Context, accessKey string) (objectlayer.Caller, error) {
	return objectlayer.Caller{AccessKey: accessKey, Root: accessKey == "root"}, nil
}
