package crypt

// Side data is kept beside an object and would tell something of its content. It is sealed under keys derived from the
// object key, also where the parts have keys of their own.

// SealIndex seals the compression index of a part.
func (k ObjectKey) SealIndex(index []byte) ([]byte, error) { return sealBlob(k.indexKey(), index) }

// OpenIndex is the reverse of SealIndex.
func (k ObjectKey) OpenIndex(sealed []byte) ([]byte, error) { return openBlob(k.indexKey(), sealed) }

// SealChecksum seals the stored checksum value of an object.
func (k ObjectKey) SealChecksum(value []byte) ([]byte, error) {
	return sealBlob(k.checksumKey(), value)
}

// OpenChecksum is the reverse of SealChecksum.
func (k ObjectKey) OpenChecksum(sealed []byte) ([]byte, error) {
	return openBlob(k.checksumKey(), sealed)
}

func (k ObjectKey) indexKey() Key    { return k.derive([]byte("compression-index")) }
func (k ObjectKey) checksumKey() Key { return k.derive([]byte("object-checksum")) }
