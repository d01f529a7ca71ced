package sigv4

import (
	"crypto/sha256"
	"strings"
	"sync"
)

// A scope is what a signing key is good for: one day, one region, one service.
// On the wire it reads 20130524/us-east-1/s3/aws4_request.
type scope struct {
	date    string // YYYYMMDD
	region  string // may be empty: MinIO's admin clients sign without one
	service string
}

const scopeTerminal = "aws4_request"

// appendTo appends the scope as it stands in a string to sign.
func (s scope) appendTo(dst []byte) []byte {
	dst = append(append(dst, s.date...), '/')
	dst = append(append(dst, s.region...), '/')
	dst = append(append(dst, s.service...), '/')
	return append(dst, scopeTerminal...)
}

func (s scope) String() string { return string(s.appendTo(nil)) }

// A signingKey is the secret narrowed to one scope. It is as good as the
// secret within that scope, so it never leaves the package.
type signingKey [sha256.Size]byte

func deriveKey(secret string, s scope) signingKey {
	key := hmacSHA256(append([]byte("AWS4"), secret...), []byte(s.date))
	key = hmacSHA256(key[:], []byte(s.region))
	key = hmacSHA256(key[:], []byte(s.service))
	return hmacSHA256(key[:], []byte(scopeTerminal))
}

// hmacSHA256 is HMAC (RFC 2104) for messages of a few hundred bytes. It does
// what crypto/hmac does, but on the stack: one signature costs no allocation
// and a quarter of the time, which is what every request pays. A test holds it
// against crypto/hmac.
func hmacSHA256(key, message []byte) [sha256.Size]byte {
	var pad [sha256.BlockSize]byte
	if len(key) > len(pad) {
		sum := sha256.Sum256(key)
		copy(pad[:], sum[:])
	} else {
		copy(pad[:], key)
	}
	for i := range pad {
		pad[i] ^= 0x36
	}
	inner := sha256.Sum256(append(append(make([]byte, 0, 512), pad[:]...), message...))
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	return sha256.Sum256(append(append(make([]byte, 0, sha256.BlockSize+sha256.Size), pad[:]...), inner[:]...))
}

// keysPerGeneration bounds a keyCache: it holds at most twice as many keys.
const keysPerGeneration = 512

// A keyCache remembers derived signing keys, since deriving one costs four
// times what using it does. Only keys that have verified a signature are put
// in, so strangers cannot push out the keys of clients.
//
// It is bounded by generations: when the young one is full it becomes the old
// one and what was old is forgotten. A key found in the old generation moves
// to the young one, so keys in use survive and yesterday's go. An LRU list
// would choose its victims better and take a lock for writing on every hit.
//
// The zero value is ready; all methods may be called concurrently.
type keyCache struct {
	mu         sync.RWMutex
	young, old map[keyName]signingKey
}

// The secret is part of the name, so a changed secret is never answered with
// the key of its predecessor.
type keyName struct {
	secret string
	scope  scope
}

func (c *keyCache) get(secret string, s scope) (signingKey, bool) {
	name := keyName{secret, s}
	c.mu.RLock()
	key, ok := c.young[name]
	if ok {
		c.mu.RUnlock()
		return key, true
	}
	key, ok = c.old[name]
	c.mu.RUnlock()
	if ok {
		c.put(secret, s, key)
	}
	return key, ok
}

func (c *keyCache) put(secret string, s scope, key signingKey) {
	// The scope's parts are slices of a whole Authorization header, which
	// should not live as long as the cache.
	s = scope{strings.Clone(s.date), strings.Clone(s.region), strings.Clone(s.service)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= keysPerGeneration {
		c.old, c.young = c.young, make(map[keyName]signingKey)
	}
	c.young[keyName{secret, s}] = key
}
