package guard

import (
	"context"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// on returns the requests for actions on a bucket.
func on(b objectlayer.Bucket, actions ...string) []Request {
	requests := make([]Request, len(actions))
	for i, action := range actions {
		requests[i] = Request{Action: action, Bucket: b}
	}
	return requests
}

func (v *view) MakeBucket(ctx context.Context, b objectlayer.Bucket, o objectlayer.MakeBucketOptions) error {
	need := on(b, "s3:CreateBucket")
	if o.ObjectLock {
		need = on(b, "s3:CreateBucket", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning")
	}
	if err := v.check(ctx, "make bucket", need...); err != nil {
		return err
	}
	return v.gate.store.MakeBucket(ctx, b, o)
}

// mayKnow tells whether a caller has one of the rights that let it know a bucket: to list it, or to ask for its location.
func (v *view) mayKnow(ctx context.Context, b objectlayer.Bucket) bool {
	return v.allowed(ctx, on(b, "s3:ListBucket")...) || v.allowed(ctx, on(b, "s3:GetBucketLocation")...)
}

func (v *view) StatBucket(ctx context.Context, b objectlayer.Bucket) (objectlayer.BucketInfo, error) {
	if !v.mayKnow(ctx, b) {
		return objectlayer.BucketInfo{}, &objectlayer.Error{Op: "stat bucket", Kind: objectlayer.KindDenied, Bucket: b}
	}
	return v.gate.store.StatBucket(ctx, b)
}

// ListBuckets shows all buckets to a caller with the right to list them. Without it, a caller who is known sees the buckets it
// may list or ask the location of, as MinIO does, and is refused when there are none.
func (v *view) ListBuckets(ctx context.Context) ([]objectlayer.BucketInfo, error) {
	refusal := v.check(ctx, "list buckets", Request{Action: "s3:ListAllMyBuckets"})
	if refusal != nil && (v.gate.decider == nil || v.caller.Anonymous()) {
		return nil, refusal
	}
	all, err := v.gate.store.ListBuckets(ctx)
	if err != nil || refusal == nil {
		return all, err
	}
	var seen []objectlayer.BucketInfo
	for _, b := range all {
		if v.mayKnow(ctx, b.Name) {
			seen = append(seen, b)
		}
	}
	if len(seen) == 0 {
		return nil, refusal
	}
	return seen, nil
}

func (v *view) DeleteBucket(ctx context.Context, b objectlayer.Bucket, force bool) error {
	need := on(b, "s3:DeleteBucket")
	if force {
		need = on(b, "s3:DeleteBucket", "s3:ForceDeleteBucket") // the latter is MinIO's
	}
	if err := v.check(ctx, "delete bucket", need...); err != nil {
		return err
	}
	return v.gate.store.DeleteBucket(ctx, b, force)
}

func (v *view) Setting(ctx context.Context, b objectlayer.Bucket, kind objectlayer.SettingKind) ([]byte, error) {
	if err := v.check(ctx, "get setting", on(b, readAction(kind))...); err != nil {
		return nil, err
	}
	return v.gate.store.Setting(ctx, b, kind)
}

func (v *view) SetSetting(ctx context.Context, b objectlayer.Bucket, kind objectlayer.SettingKind, doc []byte) error {
	if err := v.check(ctx, "set setting", on(b, writeAction(kind, doc == nil))...); err != nil {
		return err
	}
	return v.gate.store.SetSetting(ctx, b, kind, doc)
}

// settingActions are the actions on the documents of a bucket. Quotas and remote targets are the business of MinIO's
// administrators.
func settingActions(kind objectlayer.SettingKind) (read, write, remove string) {
	switch kind {
	case objectlayer.SettingPolicy:
		return "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"
	case objectlayer.SettingNotification:
		return "s3:GetBucketNotification", "s3:PutBucketNotification", "s3:PutBucketNotification"
	case objectlayer.SettingLifecycle:
		return "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:PutLifecycleConfiguration"
	case objectlayer.SettingObjectLock:
		return "s3:GetBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"
	case objectlayer.SettingVersioning:
		return "s3:GetBucketVersioning", "s3:PutBucketVersioning", "s3:PutBucketVersioning"
	case objectlayer.SettingEncryption:
		return "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration", "s3:PutEncryptionConfiguration"
	case objectlayer.SettingTagging:
		return "s3:GetBucketTagging", "s3:PutBucketTagging", "s3:PutBucketTagging"
	case objectlayer.SettingQuota:
		return "admin:GetBucketQuota", "admin:SetBucketQuota", "admin:SetBucketQuota"
	case objectlayer.SettingReplication:
		return "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration", "s3:PutReplicationConfiguration"
	case objectlayer.SettingTargets:
		return "admin:GetBucketTarget", "admin:SetBucketTarget", "admin:SetBucketTarget"
	}
	return "", "", "" // refused
}

func readAction(kind objectlayer.SettingKind) string {
	read, _, _ := settingActions(kind)
	return read
}

func writeAction(kind objectlayer.SettingKind, remove bool) string {
	_, write, removal := settingActions(kind)
	if remove {
		return removal
	}
	return write
}
