package s3api

import "github.com/holdfast-io/holdfast/s3api/s3err"

const (
	anyone  = signed | anonymous
	sending = signed | anonymous | chunked // operations with a body
)

// routes is the whole surface of the door. Within a method and target the first row that matches wins, so the rows without
// a query come last.
func routes() []route {
	get, head, put, post, del := "GET", "HEAD", "PUT", "POST", "DELETE"
	return []route{
		{name: "ListenNotification", method: get, on: onService, query: "events", accepts: anyone, handle: notImplemented},
		{name: "ListBuckets", method: get, on: onService, accepts: anyone, anyRegion: true, handle: (*call).listBuckets},

		// What a bucket carries.
		{name: "GetBucketLocation", method: get, on: onBucket, query: "location", accepts: anyone, anyRegion: true, handle: (*call).getBucketLocation},
		{name: "GetBucketPolicy", method: get, on: onBucket, query: "policy", accepts: anyone, handle: (*call).getBucketPolicy},
		{name: "GetBucketPolicyStatus", method: get, on: onBucket, query: "policyStatus", accepts: anyone, handle: (*call).getBucketPolicyStatus},
		{name: "GetBucketLifecycle", method: get, on: onBucket, query: "lifecycle", accepts: anyone, handle: (*call).getBucketLifecycle},
		{name: "GetBucketEncryption", method: get, on: onBucket, query: "encryption", accepts: anyone, handle: (*call).getBucketEncryption},
		{name: "GetBucketObjectLockConfig", method: get, on: onBucket, query: "object-lock", accepts: anyone, handle: (*call).getBucketObjectLock},
		{name: "GetBucketReplicationConfig", method: get, on: onBucket, query: "replication", accepts: anyone, handle: (*call).getBucketReplication},
		{name: "GetBucketVersioning", method: get, on: onBucket, query: "versioning", accepts: anyone, handle: (*call).getBucketVersioning},
		{name: "GetBucketNotification", method: get, on: onBucket, query: "notification", accepts: anyone, handle: (*call).getBucketNotification},
		{name: "GetBucketTagging", method: get, on: onBucket, query: "tagging", accepts: anyone, handle: (*call).getBucketTagging},
		{name: "GetBucketACL", method: get, on: onBucket, query: "acl", accepts: anyone, handle: (*call).getBucketACL},
		{name: "GetBucketCors", method: get, on: onBucket, query: "cors", accepts: anyone, handle: absent(s3err.NoSuchCORSConfiguration)},
		{name: "GetBucketWebsite", method: get, on: onBucket, query: "website", accepts: anyone, handle: absent(s3err.NoSuchWebsiteConfiguration)},
		{name: "GetBucketAccelerate", method: get, on: onBucket, query: "accelerate", accepts: anyone, handle: (*call).getBucketAccelerate},
		{name: "GetBucketRequestPayment", method: get, on: onBucket, query: "requestPayment", accepts: anyone, handle: (*call).getBucketRequestPayment},
		{name: "GetBucketLogging", method: get, on: onBucket, query: "logging", accepts: anyone, handle: (*call).getBucketLogging},
		{name: "ListenBucketNotification", method: get, on: onBucket, query: "events", accepts: anyone, handle: notImplemented},
		{name: "GetBucketReplicationMetrics", method: get, on: onBucket, query: "replication-metrics", accepts: anyone, handle: notImplemented},
		{name: "ValidateBucketReplicationCreds", method: get, on: onBucket, query: "replication-check", accepts: anyone, handle: notImplemented},
		{name: "ResetBucketReplicationStatus", method: get, on: onBucket, query: "replication-reset-status", accepts: anyone, handle: notImplemented},
		{name: "GetPublicAccessBlock", method: get, on: onBucket, query: "publicAccessBlock", accepts: anyone, handle: notImplemented},
		{name: "GetBucketOwnershipControls", method: get, on: onBucket, query: "ownershipControls", accepts: anyone, handle: notImplemented},
		{name: "GetBucketInventory", method: get, on: onBucket, query: "inventory", accepts: anyone, handle: notImplemented},
		{name: "GetBucketMetrics", method: get, on: onBucket, query: "metrics", accepts: anyone, handle: notImplemented},
		{name: "GetBucketAnalytics", method: get, on: onBucket, query: "analytics", accepts: anyone, handle: notImplemented},
		{name: "GetBucketIntelligentTiering", method: get, on: onBucket, query: "intelligent-tiering", accepts: anyone, handle: notImplemented},
		{name: "CreateSession", method: get, on: onBucket, query: "session", accepts: anyone, handle: notImplemented},

		// What is in a bucket.
		{name: "ListMultipartUploads", method: get, on: onBucket, query: "uploads", accepts: anyone, handle: (*call).listMultipartUploads},
		{name: "ListObjectVersions", method: get, on: onBucket, query: "versions", accepts: anyone, handle: (*call).listObjectVersions},
		{name: "ListObjectsV2", method: get, on: onBucket, query: "list-type=2", accepts: anyone, handle: (*call).listObjectsV2},
		{name: "ListObjectsV1", method: get, on: onBucket, accepts: anyone, handle: (*call).listObjectsV1},

		{name: "HeadBucketACL", method: head, on: onBucket, query: "acl", accepts: anyone, handle: notImplemented},
		{name: "HeadBucket", method: head, on: onBucket, accepts: anyone, handle: (*call).headBucket},

		{name: "PutBucketVersioning", method: put, on: onBucket, query: "versioning", accepts: sending, handle: (*call).putBucketVersioning},
		{name: "PutBucketEncryption", method: put, on: onBucket, query: "encryption", accepts: sending, handle: (*call).putBucketEncryption},
		{name: "PutBucketTagging", method: put, on: onBucket, query: "tagging", accepts: sending, handle: (*call).putBucketTagging},
		{name: "PutBucketACL", method: put, on: onBucket, query: "acl", accepts: sending, handle: (*call).putBucketACL},
		{name: "PutBucketPolicy", method: put, on: onBucket, query: "policy", accepts: sending, handle: notImplemented},
		{name: "PutBucketLifecycle", method: put, on: onBucket, query: "lifecycle", accepts: sending, handle: notImplemented},
		{name: "PutBucketNotification", method: put, on: onBucket, query: "notification", accepts: sending, handle: notImplemented},
		{name: "PutBucketObjectLockConfig", method: put, on: onBucket, query: "object-lock", accepts: sending, handle: (*call).putBucketObjectLock},
		{name: "PutBucketReplicationConfig", method: put, on: onBucket, query: "replication", accepts: sending, handle: notImplemented},
		{name: "ResetBucketReplicationStart", method: put, on: onBucket, query: "replication-reset", accepts: sending, handle: notImplemented},
		{name: "PutBucketCors", method: put, on: onBucket, query: "cors", accepts: sending, handle: notImplemented},
		{name: "PutBucketWebsite", method: put, on: onBucket, query: "website", accepts: sending, handle: notImplemented},
		{name: "PutBucketAccelerate", method: put, on: onBucket, query: "accelerate", accepts: sending, handle: notImplemented},
		{name: "PutBucketRequestPayment", method: put, on: onBucket, query: "requestPayment", accepts: sending, handle: notImplemented},
		{name: "PutBucketLogging", method: put, on: onBucket, query: "logging", accepts: sending, handle: notImplemented},
		{name: "PutPublicAccessBlock", method: put, on: onBucket, query: "publicAccessBlock", accepts: sending, handle: notImplemented},
		{name: "PutBucketOwnershipControls", method: put, on: onBucket, query: "ownershipControls", accepts: sending, handle: notImplemented},
		{name: "PutBucketInventory", method: put, on: onBucket, query: "inventory", accepts: sending, handle: notImplemented},
		{name: "PutBucketMetrics", method: put, on: onBucket, query: "metrics", accepts: sending, handle: notImplemented},
		{name: "PutBucketAnalytics", method: put, on: onBucket, query: "analytics", accepts: sending, handle: notImplemented},
		{name: "PutBucketIntelligentTiering", method: put, on: onBucket, query: "intelligent-tiering", accepts: sending, handle: notImplemented},
		{name: "PutBucket", method: put, on: onBucket, accepts: sending, handle: (*call).createBucket},

		{name: "DeleteMultipleObjects", method: post, on: onBucket, query: "delete", accepts: sending, handle: (*call).deleteObjects},
		{name: "PostPolicyBucket", method: post, on: onBucket, accepts: anonymous | form, handle: (*call).postObject},

		{name: "DeleteBucketPolicy", method: del, on: onBucket, query: "policy", accepts: anyone, handle: (*call).deleteBucketPolicy},
		{name: "DeleteBucketLifecycle", method: del, on: onBucket, query: "lifecycle", accepts: anyone, handle: (*call).deleteBucketLifecycle},
		{name: "DeleteBucketEncryption", method: del, on: onBucket, query: "encryption", accepts: anyone, handle: (*call).deleteBucketEncryption},
		{name: "DeleteBucketTagging", method: del, on: onBucket, query: "tagging", accepts: anyone, handle: (*call).deleteBucketTagging},
		{name: "DeleteBucketWebsite", method: del, on: onBucket, query: "website", accepts: anyone, handle: (*call).deleteBucketWebsite},
		{name: "DeleteBucketReplicationConfig", method: del, on: onBucket, query: "replication", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketCors", method: del, on: onBucket, query: "cors", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketACL", method: del, on: onBucket, query: "acl", accepts: anyone, handle: notImplemented},
		{name: "DeletePublicAccessBlock", method: del, on: onBucket, query: "publicAccessBlock", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketOwnershipControls", method: del, on: onBucket, query: "ownershipControls", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketInventory", method: del, on: onBucket, query: "inventory", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketMetrics", method: del, on: onBucket, query: "metrics", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketAnalytics", method: del, on: onBucket, query: "analytics", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketIntelligentTiering", method: del, on: onBucket, query: "intelligent-tiering", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketAccelerate", method: del, on: onBucket, query: "accelerate", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketLogging", method: del, on: onBucket, query: "logging", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketNotification", method: del, on: onBucket, query: "notification", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketVersioning", method: del, on: onBucket, query: "versioning", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucketObjectLock", method: del, on: onBucket, query: "object-lock", accepts: anyone, handle: notImplemented},
		{name: "DeleteBucket", method: del, on: onBucket, accepts: anyone, handle: (*call).deleteBucket},

		// Objects.
		{name: "GetObjectACL", method: get, on: onObject, query: "acl", accepts: anyone, handle: (*call).getObjectACL},
		{name: "GetObjectTagging", method: get, on: onObject, query: "tagging", accepts: anyone, handle: (*call).getObjectTagging},
		{name: "GetObjectRetention", method: get, on: onObject, query: "retention", accepts: anyone, handle: (*call).getObjectRetention},
		{name: "GetObjectLegalHold", method: get, on: onObject, query: "legal-hold", accepts: anyone, handle: (*call).getObjectLegalHold},
		{name: "GetObjectAttributes", method: get, on: onObject, query: "attributes", accepts: anyone, handle: (*call).getObjectAttributes},
		{name: "GetObjectTorrent", method: get, on: onObject, query: "torrent", accepts: anyone, handle: notImplemented},
		{name: "GetObjectLambda", method: get, on: onObject, query: "lambdaArn", accepts: anyone, handle: notImplemented},
		{name: "ListObjectParts", method: get, on: onObject, query: "uploadId", accepts: anyone, handle: (*call).listParts},
		{name: "GetObject", method: get, on: onObject, accepts: anyone, handle: (*call).getObject},

		{name: "HeadObjectACL", method: head, on: onObject, query: "acl", accepts: anyone, handle: notImplemented},
		{name: "HeadObject", method: head, on: onObject, accepts: anyone, handle: (*call).headObject},

		{name: "PutObjectACL", method: put, on: onObject, query: "acl", accepts: sending, handle: (*call).putObjectACL},
		{name: "PutObjectTagging", method: put, on: onObject, query: "tagging", accepts: sending, handle: (*call).putObjectTagging},
		{name: "PutObjectRetention", method: put, on: onObject, query: "retention", accepts: sending, handle: (*call).putObjectRetention},
		{name: "PutObjectLegalHold", method: put, on: onObject, query: "legal-hold", accepts: sending, handle: (*call).putObjectLegalHold},
		{name: "PutObjectEncryption", method: put, on: onObject, query: "encryption", accepts: sending, handle: notImplemented},
		{name: "CopyObjectPart", method: put, on: onObject, query: "uploadId", header: "X-Amz-Copy-Source", accepts: anyone, handle: (*call).uploadPartCopy},
		{name: "PutObjectPart", method: put, on: onObject, query: "uploadId", accepts: sending, handle: (*call).uploadPart},
		{name: "CopyObject", method: put, on: onObject, header: "X-Amz-Copy-Source", accepts: anyone, handle: (*call).copyObject},
		{name: "PutObject", method: put, on: onObject, accepts: sending, handle: (*call).putObject},

		{name: "NewMultipartUpload", method: post, on: onObject, query: "uploads", accepts: sending, handle: (*call).createMultipartUpload},
		{name: "CompleteMultipartUpload", method: post, on: onObject, query: "uploadId", accepts: sending, handle: (*call).completeMultipartUpload},
		{name: "SelectObjectContent", method: post, on: onObject, query: "select", accepts: sending, handle: notImplemented},
		{name: "PostRestoreObject", method: post, on: onObject, query: "restore", accepts: sending, handle: notImplemented},

		{name: "DeleteObjectTagging", method: del, on: onObject, query: "tagging", accepts: anyone, handle: (*call).deleteObjectTagging},
		{name: "DeleteObjectACL", method: del, on: onObject, query: "acl", accepts: anyone, handle: notImplemented},
		{name: "AbortMultipartUpload", method: del, on: onObject, query: "uploadId", accepts: anyone, handle: (*call).abortMultipartUpload},
		{name: "DeleteObject", method: del, on: onObject, accepts: anyone, handle: (*call).deleteObject},
	}
}

// notImplemented answers for what S3 has and this release has not. Strangers are not told what that is.
func notImplemented(c *call) error {
	if c.caller.Anonymous() {
		return s3err.AccessDenied
	}
	return s3err.NotImplemented
}

// absent answers for a document no bucket has, once the caller is known to see the bucket.
func absent(code s3err.Code) func(*call) error {
	return func(c *call) error {
		if _, err := c.view.StatBucket(c.r.Context(), c.bucket); err != nil {
			return err
		}
		return code
	}
}
