package e2e_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/test/compat/fixture"
)

// testBuckets asks for the list of buckets and what each carries.
func (d *deployment) testBuckets(t *testing.T) {
	output, err := d.sdk.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil {
		t.Fatal(err)
	}
	got, want := make(map[string]time.Time), make(map[string]time.Time)
	for _, b := range output.Buckets {
		got[*b.Name] = b.CreationDate.UTC()
	}
	for _, b := range d.manifest.Buckets {
		want[b.Name] = b.Created.UTC()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("buckets and when they were made (-want +got):\n%s", diff)
	}
	for i := range d.manifest.Buckets {
		b := &d.manifest.Buckets[i]
		t.Run(b.Name, func(t *testing.T) {
			got := d.configuration(t, b.Name)
			got.Quota = b.Config.Quota // MinIO tells it through its admin API
			anyOrder := cmpopts.SortSlices(func(a, b fixture.Tag) bool { return a.Key < b.Key })
			if diff := cmp.Diff(b.Config, got, cmpopts.EquateEmpty(), anyOrder); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

// configuration asks for every setting of a bucket.
func (d *deployment) configuration(t *testing.T, bucket string) fixture.BucketConfig {
	ctx := t.Context()
	var c fixture.BucketConfig
	if o, err := d.sdk.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket}); errorCode(t, err) == "" {
		c.Versioning.Status = string(o.Status)
	}
	o, err := d.sdk.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if c.Policy.Error = errorCode(t, err); err == nil {
		c.Policy.Policy = aws.ToString(o.Policy)
	}
	tagging, err := d.sdk.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
	if c.Tagging.Error = errorCode(t, err); err == nil {
		c.Tagging.TagSet = tagSet(tagging.TagSet)
	}
	lifecycle, err := d.sdk.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	if c.Lifecycle.Error = errorCode(t, err); err == nil {
		c.Lifecycle.Rules = lifecycleRules(lifecycle.Rules)
	}
	d.encryption(t, bucket, &c)
	notification, err := d.sdk.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &bucket})
	if errorCode(t, err) == "" {
		c.Notification.QueueConfigurations = queues(notification.QueueConfigurations)
	}
	d.objectLock(t, bucket, &c)
	_, err = d.sdk.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &bucket})
	c.Replication.Error = errorCode(t, err)
	_, err = d.sdk.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: &bucket})
	c.CORS.Error = errorCode(t, err)
	return c
}

func (d *deployment) encryption(t *testing.T, bucket string, c *fixture.BucketConfig) {
	output, err := d.sdk.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	if c.Encryption.Error = errorCode(t, err); err != nil {
		return
	}
	rules := &c.Encryption.ServerSideEncryptionConfiguration.Rules
	for _, rule := range output.ServerSideEncryptionConfiguration.Rules {
		*rules = append(*rules, struct {
			ApplyServerSideEncryptionByDefault struct {
				SSEAlgorithm   string
				KMSMasterKeyID string
			}
		}{})
		last := &(*rules)[len(*rules)-1].ApplyServerSideEncryptionByDefault
		last.SSEAlgorithm = string(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm)
		last.KMSMasterKeyID = aws.ToString(rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID)
	}
}

func (d *deployment) objectLock(t *testing.T, bucket string, c *fixture.BucketConfig) {
	output, err := d.sdk.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: &bucket})
	if c.ObjectLock.Error = errorCode(t, err); err != nil {
		return
	}
	lock := &c.ObjectLock.ObjectLockConfiguration
	lock.ObjectLockEnabled = string(output.ObjectLockConfiguration.ObjectLockEnabled)
	if rule := output.ObjectLockConfiguration.Rule; rule != nil {
		lock.Rule = &struct {
			DefaultRetention struct {
				Mode string
				Days int
			}
		}{}
		lock.Rule.DefaultRetention.Mode = string(rule.DefaultRetention.Mode)
		lock.Rule.DefaultRetention.Days = int(aws.ToInt32(rule.DefaultRetention.Days))
	}
}

func tagSet(tags []types.Tag) []fixture.Tag {
	var set []fixture.Tag
	for _, tag := range tags {
		set = append(set, fixture.Tag{Key: aws.ToString(tag.Key), Value: aws.ToString(tag.Value)})
	}
	return set
}

func lifecycleRules(rules []types.LifecycleRule) []fixture.LifecycleRule {
	list := make([]fixture.LifecycleRule, len(rules))
	for i, rule := range rules {
		r := &list[i]
		r.ID, r.Status = aws.ToString(rule.ID), string(rule.Status)
		if rule.Expiration != nil {
			r.Expiration.Days = int(aws.ToInt32(rule.Expiration.Days))
		}
		if n := rule.NoncurrentVersionExpiration; n != nil {
			r.NoncurrentVersionExpiration.NoncurrentDays = int(aws.ToInt32(n.NoncurrentDays))
			r.NoncurrentVersionExpiration.NewerNoncurrentVersions = int(aws.ToInt32(n.NewerNoncurrentVersions))
		}
		if rule.Filter == nil {
			continue
		}
		r.Filter.Prefix = aws.ToString(rule.Filter.Prefix)
		if and := rule.Filter.And; and != nil {
			r.Filter.And.Prefix, r.Filter.And.Tags = aws.ToString(and.Prefix), tagSet(and.Tags)
		}
	}
	return list
}

func queues(configurations []types.QueueConfiguration) []fixture.QueueConfiguration {
	list := make([]fixture.QueueConfiguration, len(configurations))
	for i, c := range configurations {
		q := &list[i]
		q.ID, q.QueueArn = aws.ToString(c.Id), aws.ToString(c.QueueArn)
		for _, event := range c.Events {
			q.Events = append(q.Events, string(event))
		}
		if c.Filter == nil || c.Filter.Key == nil {
			continue
		}
		for _, rule := range c.Filter.Key.FilterRules {
			q.Filter.Key.FilterRules = append(q.Filter.Key.FilterRules, struct{ Name, Value string }{
				string(rule.Name), aws.ToString(rule.Value),
			})
		}
	}
	return list
}

// errorCode is the S3 error code of a call, empty when it succeeded. An error without one fails the test.
func errorCode(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Errorf("got %v, want an S3 error", err)
		return "none"
	}
	return api.ErrorCode()
}
