package guard

import (
	"context"
	"io"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// getRequest is the right to read a version; a named one is another right than the current one.
func getRequest(b objectlayer.Bucket, k objectlayer.Key, version objectlayer.VersionID) Request {
	action := "s3:GetObject"
	if version != "" {
		action = "s3:GetObjectVersion"
	}
	return Request{Action: action, Bucket: b, Key: k, Version: version}
}

// putRequests are the rights to store an object with all that is said about it.
func putRequests(b objectlayer.Bucket, k objectlayer.Key, o objectlayer.PutOptions) []Request {
	need := []Request{{Action: "s3:PutObject", Bucket: b, Key: k}}
	if o.Tags != "" {
		need = append(need, Request{Action: "s3:PutObjectTagging", Bucket: b, Key: k})
	}
	if o.Retention.Mode != "" {
		need = append(need, Request{Action: "s3:PutObjectRetention", Bucket: b, Key: k})
	}
	if o.LegalHold != "" {
		need = append(need, Request{Action: "s3:PutObjectLegalHold", Bucket: b, Key: k})
	}
	return need
}

func (v *view) Put(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, body io.Reader, size int64, o objectlayer.PutOptions) (objectlayer.ObjectInfo, error) {
	if err := v.check(ctx, "put", putRequests(b, k, o)...); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return v.gate.store.Put(ctx, b, k, body, size, o)
}

func (v *view) Get(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (*objectlayer.Object, error) {
	if err := v.check(ctx, "get", getRequest(b, k, o.Version)); err != nil {
		return nil, err
	}
	return v.gate.store.Get(ctx, b, k, o)
}

func (v *view) Stat(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.GetOptions) (objectlayer.ObjectInfo, error) {
	if err := v.check(ctx, "stat", getRequest(b, k, o.Version)); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return v.gate.store.Stat(ctx, b, k, o)
}

func (v *view) Copy(ctx context.Context, src objectlayer.Source, b objectlayer.Bucket, k objectlayer.Key, o objectlayer.CopyOptions) (objectlayer.ObjectInfo, error) {
	need := append(putRequests(b, k, o.PutOptions), getRequest(src.Bucket, src.Key, src.Version))
	if err := v.check(ctx, "copy", need...); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return v.gate.store.Copy(ctx, src, b, k, o)
}

// deleteRequests are the rights to delete one target.
func deleteRequests(b objectlayer.Bucket, t objectlayer.DeleteTarget, o objectlayer.DeleteOptions) []Request {
	actions := []string{"s3:DeleteObject"}
	switch {
	case o.Prefix:
		actions = []string{"s3:DeleteObject", "s3:DeleteObjectVersion"}
	case t.Version != "":
		actions = []string{"s3:DeleteObjectVersion"}
	}
	if o.BypassGovernance {
		actions = append(actions, "s3:BypassGovernanceRetention")
	}
	need := make([]Request, len(actions))
	for i, action := range actions {
		need[i] = Request{Action: action, Bucket: b, Key: t.Key, Version: t.Version}
	}
	return need
}

// Delete passes on the targets that are allowed and answers for the others itself, each at its place.
func (v *view) Delete(ctx context.Context, b objectlayer.Bucket, targets []objectlayer.DeleteTarget, o objectlayer.DeleteOptions) ([]objectlayer.Deleted, error) {
	answers := make([]objectlayer.Deleted, len(targets))
	var allowed []objectlayer.DeleteTarget
	var places []int
	for i, t := range targets {
		if err := v.check(ctx, "delete", deleteRequests(b, t, o)...); err != nil {
			answers[i] = objectlayer.Deleted{Key: t.Key, Version: t.Version, Err: err}
			continue
		}
		allowed, places = append(allowed, t), append(places, i)
	}
	if len(allowed) == 0 {
		return answers, nil
	}
	deleted, err := v.gate.store.Delete(ctx, b, allowed, o)
	if err != nil {
		return nil, err
	}
	if len(deleted) != len(allowed) {
		return nil, &objectlayer.Error{Op: "delete", Kind: objectlayer.KindInternal, Bucket: b, Detail: "answers do not match targets"}
	}
	for i, place := range places {
		answers[place] = deleted[i]
	}
	return answers, nil
}

func (v *view) List(ctx context.Context, b objectlayer.Bucket, o objectlayer.ListOptions) (objectlayer.Listing, error) {
	need := Request{Action: "s3:ListBucket", Bucket: b, Prefix: o.Prefix, Delimiter: o.Delimiter, MaxKeys: o.Max}
	if o.Versions {
		need.Action = "s3:ListBucketVersions"
	}
	if err := v.check(ctx, "list", need); err != nil {
		return objectlayer.Listing{}, err
	}
	return v.gate.store.List(ctx, b, o)
}

// amendRequests are the rights to change what is said about a version. An amendment that changes nothing needs the right to
// read.
func amendRequests(b objectlayer.Bucket, k objectlayer.Key, version objectlayer.VersionID, a objectlayer.Amendment) []Request {
	var actions []string
	if a.Tags != nil {
		actions = append(actions, tagAction(*a.Tags == "", version != ""))
	}
	if a.Retention != nil {
		actions = append(actions, "s3:PutObjectRetention")
	}
	if a.LegalHold != nil {
		actions = append(actions, "s3:PutObjectLegalHold")
	}
	if a.BypassGovernance {
		actions = append(actions, "s3:BypassGovernanceRetention")
	}
	if len(actions) == 0 {
		return []Request{getRequest(b, k, version)}
	}
	need := make([]Request, len(actions))
	for i, action := range actions {
		need[i] = Request{Action: action, Bucket: b, Key: k, Version: version}
	}
	return need
}

func tagAction(remove, version bool) string {
	switch {
	case remove && version:
		return "s3:DeleteObjectVersionTagging"
	case remove:
		return "s3:DeleteObjectTagging"
	case version:
		return "s3:PutObjectVersionTagging"
	default:
		return "s3:PutObjectTagging"
	}
}

func (v *view) Amend(ctx context.Context, b objectlayer.Bucket, k objectlayer.Key, version objectlayer.VersionID, a objectlayer.Amendment) (objectlayer.ObjectInfo, error) {
	if err := v.check(ctx, "amend", amendRequests(b, k, version, a)...); err != nil {
		return objectlayer.ObjectInfo{}, err
	}
	return v.gate.store.Amend(ctx, b, k, version, a)
}
