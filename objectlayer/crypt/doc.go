// Package crypt keeps objects and configuration unreadable on the drives. It is arithmetic on bytes: it stores nothing,
// knows no version or request, and is handed the metadata it reads and hands back the metadata to be written.
//
// # Keys
//
// Every object has a key of its own, the [ObjectKey]: 32 random bytes. It encrypts the data and is stored beside the object,
// sealed. What seals it is the external key, and where that comes from is the [Scheme]:
//
//	SSEC     the client sends the key with every request and we forget it
//	SSES3    a [KMS] makes one data key per object under its default key
//	SSEKMS   likewise, under a key the client names and with a context the client may add
//
// [Seal] makes an object key and the metadata entries that hold it; [Unseal] is the way back. The name of the object is part
// of both sealing steps, so that a drive cannot serve one object under the name of another. A copy or a rename therefore
// seals the same object key again with [Reseal]; the data need not be touched.
//
// # Data
//
// Data is a DARE 2.0 stream: packages of 64 KiB plaintext, each authenticated together with its position, the last one
// marked. [Encrypt] and [Decrypt] are readers over it. [SpanOf] says which packages hold a range of the plaintext, and
// [DecryptSpan] reads from there; packages that were dropped, doubled, reordered or cut off at the end are noticed.
//
//	key, meta, err := crypt.Seal(ctx, kms, crypt.Place{Bucket: "photos", Key: "cat.jpg"}, crypt.Method{Scheme: crypt.SSES3})
//	body := crypt.Encrypt(plain, key.Key)           // store body and meta
//	...
//	key, err := crypt.Unseal(ctx, kms, place, meta, nil)
//	span, err := crypt.SpanOf(plainSize, offset, length)
//	r := crypt.DecryptSpan(stored, key.Key, span)   // stored begins at span.Offset
//
// A multipart object is one such stream per part, each under [ObjectKey.Part]. The little things that would betray the data
// (its etag, its checksum, its compression index) are sealed under keys derived from the object key.
//
// # Traps
//
// An empty plaintext is an empty stream: only the size recorded elsewhere tells it from one that lost everything, which is
// why a reader that knows the size uses [DecryptSpan] even for the whole. A reader hands out a package only once it is
// authentic, but what came before a broken package has been handed out already: callers who cannot take back what they
// forwarded must break the connection.
//
// Every format here is described in docs/format/encryption.md.
package crypt
