package iam_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/iam"
)

func TestRoot(t *testing.T) {
	t.Parallel()
	root := objectlayer.Caller{AccessKey: "operator", Root: true}
	for _, tc := range []struct {
		name       string
		accounts   *iam.Root
		key, token string
		secret     string
		ok         bool
		caller     objectlayer.Caller
		kind       objectlayer.Kind
	}{
		{name: "root", accounts: iam.NewRoot("operator", "secret"), key: "operator", secret: "secret", ok: true, caller: root},
		{name: "root with a token", accounts: iam.NewRoot("operator", "secret"), key: "operator", token: "t", caller: root},
		{name: "anonymous", accounts: iam.NewRoot("operator", "secret")},
		{name: "unknown", accounts: iam.NewRoot("operator", "secret"), key: "other", kind: objectlayer.KindDenied},
		{name: "prefix", accounts: iam.NewRoot("operator", "secret"), key: "operato", kind: objectlayer.KindDenied},
		{name: "case", accounts: iam.NewRoot("operator", "secret"), key: "Operator", kind: objectlayer.KindDenied},
		{name: "space", accounts: iam.NewRoot("operator", "secret"), key: "operator ", kind: objectlayer.KindDenied},
		{name: "no account, empty key", accounts: iam.NewRoot("", "")},
		{name: "no secret", accounts: iam.NewRoot("operator", ""), key: "operator", kind: objectlayer.KindDenied},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			secret, ok, err := tc.accounts.Secret(t.Context(), tc.key, tc.token)
			if secret != tc.secret || ok != tc.ok || err != nil {
				t.Errorf("got secret %q, %v, %v; want %q, %v", secret, ok, err, tc.secret, tc.ok)
			}
			caller, err := tc.accounts.Caller(t.Context(), tc.key)
			if diff := cmp.Diff(tc.caller, caller); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
			if (err != nil) != (tc.kind != 0) || err != nil && objectlayer.KindOf(err) != tc.kind {
				t.Errorf("got %v, want kind %v", err, tc.kind)
			}
		})
	}
}
