package xlmeta

import (
	"strings"
)

// Keys of MetaSys with their exact spelling on disk. Only those that this
// package interprets or that several packages need are here; all others are
// carried along.
const (
	KeyInlineData        = "x-minio-internal-inline-data"       // "true": the bytes are inline
	KeyCompression       = "X-Minio-Internal-compression"       // algorithm of the stored bytes
	KeyActualSize        = "X-Minio-Internal-actual-size"       // decimal, before compression and encryption
	KeyChecksum          = "x-minio-internal-crc"               // see package checksum
	KeyErasureUpgraded   = "x-minio-internal-erasure-upgraded"  // parity "configured->used"
	KeyFreeVersion       = "x-minio-internal-free-version"      // empty; markers only
	KeyTransitionStatus  = "x-minio-internal-transition-status" // "complete"
	KeyTransitionTier    = "x-minio-internal-transition-tier"
	KeyTransitionObject  = "x-minio-internal-transitioned-object"
	KeyTransitionVersion = "x-minio-internal-transitioned-versionID"

	KeyReplicationStatus    = "x-minio-internal-replication-status"
	KeyReplicationTimestamp = "x-minio-internal-replication-timestamp"
	KeyReplicaStatus        = "x-minio-internal-replica-status"
	KeyReplicaTimestamp     = "x-minio-internal-replica-timestamp"
	KeyPurgeStatus          = "x-minio-internal-purgestatus"

	KeyEncryptedMultipart = "X-Minio-Internal-Encrypted-Multipart"
	KeySealIV             = "X-Minio-Internal-Server-Side-Encryption-Iv"
	KeySealAlgorithm      = "X-Minio-Internal-Server-Side-Encryption-Seal-Algorithm"
	KeySealedSSEC         = "X-Minio-Internal-Server-Side-Encryption-Sealed-Key"
	KeySealedS3           = "X-Minio-Internal-Server-Side-Encryption-S3-Sealed-Key"
	KeySealedKMS          = "X-Minio-Internal-Server-Side-Encryption-Kms-Sealed-Key"
	KeyKMSKeyID           = "X-Minio-Internal-Server-Side-Encryption-S3-Kms-Key-Id"
	KeyKMSSealedKey       = "X-Minio-Internal-Server-Side-Encryption-S3-Kms-Sealed-Key"
	KeyKMSContext         = "X-Minio-Internal-Server-Side-Encryption-Context"
)

// Values of those keys.
const (
	InlineTrue         = "true"
	CompressionS2      = "klauspost/compress/s2"
	TransitionComplete = "complete"
)

// keyRestore is the key of MetaUser that tells of a restored copy of a
// transitioned object, as in the x-amz-restore header of S3's HeadObject.
const keyRestore = "x-amz-restore"

// sysPrefix begins the keys that belong into MetaSys, in any case.
const sysPrefix = "x-minio-internal-"

// IsSystemKey reports whether a metadata key belongs into MetaSys rather than
// into MetaUser.
func IsSystemKey(key string) bool {
	return len(key) >= len(sysPrefix) && strings.EqualFold(key[:len(sysPrefix)], sysPrefix)
}

// internKey gives the text of a MetaSys key, without allocating for the usual
// ones.
func internKey(key []byte) string {
	switch string(key) {
	case KeyInlineData:
		return KeyInlineData
	case KeyCompression:
		return KeyCompression
	case KeyActualSize:
		return KeyActualSize
	case KeyChecksum:
		return KeyChecksum
	case KeySealIV:
		return KeySealIV
	case KeySealAlgorithm:
		return KeySealAlgorithm
	case KeySealedSSEC:
		return KeySealedSSEC
	case KeySealedS3:
		return KeySealedS3
	case KeySealedKMS:
		return KeySealedKMS
	case KeyKMSKeyID:
		return KeyKMSKeyID
	case KeyKMSSealedKey:
		return KeyKMSSealedKey
	}
	return string(key)
}
