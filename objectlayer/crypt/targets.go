package crypt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// targetsName binds the data key to the document, and not to an object of the bucket.
const targetsName = "bucket-targets.json"

// SealTargets seals the replication targets of a bucket, which hold credentials, for its metadata document. It returns the
// sealed document and the JSON that goes with it. Without a KMS the document stays plain and has none.
func SealTargets(ctx context.Context, kms KMS, bucket string, plain []byte) (stored, metaJSON []byte, err error) {
	if kms == nil {
		return plain, nil, nil
	}
	at := Place{Bucket: bucket}
	data, err := kms.Generate(ctx, "", targetsContext(bucket))
	if err != nil {
		return nil, nil, fmt.Errorf("make data key for bucket targets: %w", err)
	}
	r := record{scheme: SSES3, algorithm: algorithmHMAC, iv: newIV(), keyID: data.KeyID, dataKey: data.Sealed}
	key := newObjectKey(data.Plain)
	if err := r.seal(key, data.Plain, at); err != nil {
		return nil, nil, err
	}
	if stored, err = sealBlob(key.Key, plain); err != nil {
		return nil, nil, err
	}
	text := make(map[string]string)
	for name, value := range r.entries() {
		text[name] = string(value)
	}
	metaJSON, err = json.Marshal(text)
	return stored, metaJSON, err
}

// OpenTargets is the reverse of SealTargets. A document without metadata is plain.
func OpenTargets(ctx context.Context, kms KMS, bucket string, stored, metaJSON []byte) ([]byte, error) {
	var text map[string]string
	if len(bytes.TrimSpace(metaJSON)) > 0 {
		if err := json.Unmarshal(metaJSON, &text); err != nil {
			return nil, fmt.Errorf("%w: metadata of bucket targets: %w", ErrCorrupt, err)
		}
	}
	if len(text) == 0 {
		return stored, nil
	}
	meta := make(map[string][]byte, len(text))
	for name, value := range text {
		meta[name] = []byte(value)
	}
	r, err := parseRecord(meta)
	if err != nil {
		return nil, fmt.Errorf("metadata of bucket targets: %w", err)
	}
	if r.scheme != SSES3 {
		return nil, fmt.Errorf("%w: bucket targets sealed as %s", ErrCorrupt, r.scheme)
	}
	if kms == nil {
		return nil, ErrNoKMS
	}
	external, err := kms.Decrypt(ctx, r.keyID, r.dataKey, targetsContext(bucket))
	if err != nil {
		return nil, fmt.Errorf("open data key of bucket targets: %w", err)
	}
	key, err := r.open(external, Place{Bucket: bucket})
	if err != nil {
		return nil, err
	}
	return openBlob(key.Key, stored)
}

func targetsContext(bucket string) Context {
	return Context{bucket: bucket, targetsName: targetsName}
}
